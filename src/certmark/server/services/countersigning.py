"""The server's log: every accepted attestation is countersigned and appended by a job.

1. One process writes the log at a time (`FileStore` locks it); another one tries again later.
2. An attestation is accepted in the transaction of its run, and its receipt comes a moment later. Where a
   worker dies in between, the log has an entry more that nobody can open, and the attestation another one.
3. A log that was restored from a backup appends and signs nothing until it was compared with checkpoints that
   others keep: each that can be had must agree, and one at least.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.server.fetching import fetch, reaching
from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.services.moments import moment_of
from certmark.server.settings import Settings
from certmark.server.store import receipts
from certmark.server.store.database import Transaction
from certmark.trust.errors import TrustError
from certmark.trust.keys.agent import agent_signer
from certmark.trust.keys.files import is_open_to_others, load_private, load_public
from certmark.trust.keys.keys import Signer
from certmark.trust.log.checkpoints import Checkpoint, open_checkpoint
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log
from certmark.trust.log.notes import NoteKey, NoteSigner, note_signer
from certmark.trust.log.receipts import checkpoint_in, issue_receipts

RESTORED = "restored"
"""A file beside those of the log: it came from a backup, and nobody compared it yet (rule 3)."""
_LARGEST = 1 << 20


class LogState(NamedTuple):
    """The log as an operator sees it."""

    origin: str
    size: int
    is_confirmed: bool
    """Rule 3."""


def folder_of(settings: Settings) -> Path:
    """Where the log is kept."""
    return settings.data / "log"


def accept(services: Services, transaction: Transaction, run: bytes, attestation: bytes) -> None:
    """That the attestation of a run is to be countersigned once `transaction` is kept; nothing where no log is."""
    if services.settings.log_origin is None:
        return
    receipts.add(transaction, hashlib.sha256(attestation).digest(), run, services.clock())
    jobs.ask(services, transaction, JobKind.COUNTERSIGN)


def receipt_of(services: Services, run: bytes) -> bytes | None:
    """The receipt of a run's attestation; None: there is none, or none yet."""
    with services.database.read() as transaction:
        return receipts.of_run(transaction, run)


def checkpoint(services: Services) -> bytes | None:
    """The last checkpoint that was signed; None: there is no log yet. Raises OSError."""
    path = folder_of(services.settings) / "checkpoint"
    return path.read_bytes() if path.exists() else None


def countersign(services: Services) -> int:
    """Put what waits on record; how many. Raises CannotProceed."""
    count = 0
    while True:
        with services.database.read() as transaction:
            waiting = receipts.waiting(transaction)
        if not waiting:
            return count
        with writing(services.settings) as (log, signer):
            found = issue_receipts(log, [content for _, content in waiting], moment_of(services.clock()), [signer])
        with services.database.write() as transaction:
            for (digest, _), receipt in zip(waiting, found, strict=True):
                receipts.keep(transaction, digest, receipt)
        count += len(waiting)


@contextmanager
def writing(settings: Settings) -> Iterator[tuple[Log, NoteSigner]]:
    """The log, by the one who writes it, and who signs it; it is begun where there is none. Raises CannotProceed."""
    if settings.log_origin is None or settings.log_key is None:
        raise CannotProceed("nothing is countersigned here: log_origin and log_key are not both set")
    folder = folder_of(settings)
    try:
        signer = note_signer(settings.log_origin, signer_of(settings.log_key))
        with FileStore(str(folder), writable=True) as store:
            log = Log(settings.log_origin, store, _confirming(settings, folder, signer.key))
            log.check_history()
            (folder / RESTORED).unlink(missing_ok=True)
            if store.checkpoint() is None:
                log.checkpoint([signer])
            yield log, signer
    except (TrustError, OSError) as error:
        raise CannotProceed(f"the log cannot be written: {error}") from error


def signer_of(place: Path) -> Signer:
    """Who signs: a private key in a file that nobody else reads, or the agent that has it. Raises CannotProceed."""
    try:
        if b"PRIVATE KEY-----" not in place.read_bytes():
            return agent_signer(load_public(place))
        if is_open_to_others(str(place)):
            raise CannotProceed(f"the key {place} can be read by others; take that right away (mode 600)")
        return load_private(place)
    except (OSError, TrustError) as error:
        raise CannotProceed(f"the key {place} cannot be used: {error}") from error


def _confirming(settings: Settings, folder: Path, key: NoteKey) -> tuple[Checkpoint, ...]:
    """Checkpoints that others keep, where the log was restored (rule 3). Raises CannotProceed."""
    if not (folder / RESTORED).exists():
        return ()
    found, problems = [], []
    for place in settings.published_checkpoints:
        try:
            found.append(open_checkpoint(checkpoint_in(_read(settings, place)), [key], name=place).checkpoint)
        except (CannotProceed, InvalidRequest, InvalidInput, TrustError, OSError) as error:
            problems.append(str(error))
    if not found:
        why = f" ({problems[0]})" if problems else ""
        raise CannotProceed(
            "the log was restored, and nothing is signed until a checkpoint that others keep agrees with it: "
            f"name such in published_checkpoints{why}"
        )
    return tuple(found)


def _read(settings: Settings, place: str) -> bytes:
    if not place.startswith(("https://", "http://")):
        return Path(place).read_bytes()
    return fetch(place, reaching(settings), largest=_LARGEST).body or b""
