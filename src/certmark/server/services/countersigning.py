"""The server's log: every accepted attestation and signed certificate is countersigned and appended by a job.

1. Whoever writes has read the log before; of several who write at once one wins, and the others begin again
   (`store.log`). What is signed is in the database, with its receipts, before anybody sees it.
2. An attestation is accepted in the transaction of its run, and its receipt comes a moment later. What its owner
   deletes leaves a salted commitment in the log, which nobody can open any more.
3. Nothing is signed unless the log goes on from every checkpoint that is known elsewhere: the one that this machine
   remembers, outside of database and folder, and those in `published_checkpoints`.
4. A log that was restored signs nothing before one at least of the published ones was had. The same where a machine
   that never saw the log meets one with entries, and such are named.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.places import state_home
from certmark.server.fetching import fetch, reaching
from certmark.server.reading.messages import ReadAttestation
from certmark.server.services import jobs
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind
from certmark.server.services.moments import moment_of
from certmark.server.settings import Settings
from certmark.server.store import attestations
from certmark.server.store import log as stored
from certmark.server.store.attestations import AcceptedAttestation
from certmark.server.store.certification import proofs
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.log import StagedLog
from certmark.trust.errors import TrustError
from certmark.trust.keys.agent import agent_signer
from certmark.trust.keys.files import is_open_to_others, load_private, load_public
from certmark.trust.keys.keys import Signer
from certmark.trust.log.checkpoints import Checkpoint, open_checkpoint, unverified_checkpoint
from certmark.trust.log.log import Log
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.notes import NoteKey, NoteSigner, note_signer
from certmark.trust.log.receipts import checkpoint_in, issue_receipts_of

_LARGEST = 1 << 20
_TRIES = 5
_LOG = logging.getLogger("certmark.server")


def accept(services: Services, transaction: Transaction, run: bytes, envelope: bytes, found: ReadAttestation) -> None:
    """That the attestation of a run holds, and is countersigned once `transaction` is kept, where there is a log.

    Raises Conflict.
    """
    digest = hashlib.sha256(envelope).digest()
    accepted = AcceptedAttestation(digest, found.signers, found.unchecked, services.clock(), None)
    attestations.accept(transaction, run, accepted)
    if services.settings.log_origin is not None:
        jobs.ask(services, transaction, JobKind.COUNTERSIGN)


def countersign(services: Services) -> int:
    """Put what waits on record; how many. Raises CannotProceed."""
    count = tries = 0
    signer = note_signer_of(services.settings)
    while True:
        try:
            added = _next(services, signer)
        except Conflict as error:
            tries += 1
            if tries == _TRIES:
                raise CannotProceed("others write to the log all the time; it is tried again") from error
            continue
        except TrustError as error:
            raise CannotProceed(f"the log cannot be written: {error}") from error
        if not added:
            return count
        count += added


def _next(services: Services, signer: NoteSigner) -> int:
    """The next ones that wait; how many. Raises Conflict, TrustError or CannotProceed."""
    now = services.clock()
    with services.database.read() as transaction:
        waiting = attestations.waiting(transaction)
        certified = proofs.waiting(transaction)
        if not waiting and not certified:
            return 0
        staged, log = _checked(services, transaction, signer.key)
        if staged.checkpoint() is None:
            log.checkpoint([signer])
        digests = [*(one.digest for one in waiting), *(one.digest for one in certified)]
        receipts = issue_receipts_of(log, digests, moment_of(now), [signer])
    with services.database.write() as transaction:
        staged.keep(transaction, str(signer.key), now)
        stored.agree(transaction, now)
        for one, receipt in zip(waiting, receipts[: len(waiting)], strict=True):
            attestations.keep_receipt(transaction, one, receipt)
        for certificate, receipt in zip(certified, receipts[len(waiting) :], strict=True):
            proofs.keep_receipt(transaction, certificate, receipt)
    _remember(staged.checkpoint())
    return len(digests)


def check(services: Services) -> None:
    """Whether the next attestation could be countersigned. Raises CannotProceed."""
    signer = note_signer_of(services.settings)
    try:
        with services.database.read() as transaction:
            _checked(services, transaction, signer.key)
    except TrustError as error:
        raise CannotProceed(f"the log cannot be written: {error}") from error


def _checked(services: Services, transaction: Transaction, key: NoteKey) -> tuple[StagedLog, Log]:
    """The log, which goes on from all that is known of it (rules 3 and 4). Raises TrustError or CannotProceed."""
    staged = StagedLog(transaction)
    remembered = _remembered(key.name)
    is_new_here = remembered is None and staged.size > 0 and bool(services.settings.published_checkpoints)
    must_agree = stored.is_restored(transaction) or is_new_here
    known = _published(services.settings, key, must_agree=must_agree)
    log = Log(key.name, staged, (*known, *(() if remembered is None else (remembered,))))
    log.check_history()
    last = staged.checkpoint()
    if last is not None:
        open_checkpoint(last, [key], name="the last checkpoint")
    return staged, log


def _remembered(origin: str) -> Checkpoint | None:
    """What this machine signed last. Raises CannotProceed where it cannot know."""
    try:
        return _memory().last(origin)
    except OSError as error:
        raise CannotProceed(
            f"what this machine signed last cannot be read ({error}); let CERTMARK_HOME name a folder that it can write"
        ) from error


def _memory() -> CheckpointMemory:
    """What this machine signed last of each log, where the operator of a log's folder has it, too."""
    return CheckpointMemory(state_home() / "logs")


def _remember(note: bytes | None) -> None:
    """It is in the database: where this machine cannot write it down, the log goes on."""
    assert note is not None  # noqa: S101 - it was signed a moment ago
    memory, now = _memory(), unverified_checkpoint(note)
    try:
        last = memory.last(now.origin)
        if last is None or last.size < now.size:
            memory.remember(note)
    except (OSError, TrustError) as error:
        _LOG.warning("the last checkpoint was not written down on this machine: %s", error)


def note_signer_of(settings: Settings) -> NoteSigner:
    """Who signs the log. Raises CannotProceed."""
    if settings.log_origin is None or settings.log_key is None:
        raise CannotProceed("nothing is countersigned here: log_origin and log_key are not both set")
    try:
        return note_signer(settings.log_origin, signer_of(settings.log_key))
    except TrustError as error:
        raise CannotProceed(f"the key {settings.log_key} cannot sign the log: {error}") from error


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


def _published(settings: Settings, key: NoteKey, *, must_agree: bool) -> tuple[Checkpoint, ...]:
    """Checkpoints that others keep; those at addresses only where one `must_agree`. Raises CannotProceed."""
    found, problems = [], []
    for place in settings.published_checkpoints:
        if _is_address(place) and not must_agree:
            continue
        try:
            found.append(open_checkpoint(checkpoint_in(_read(settings, place)), [key], name=place).checkpoint)
        except (CannotProceed, InvalidRequest, InvalidInput, TrustError, OSError) as error:
            problems.append(str(error))
    if must_agree and not found:
        why = f" ({problems[0]})" if problems else ""
        raise CannotProceed(
            "the log was restored, or is new to this machine, and nothing is signed until a checkpoint that others "
            f"keep agrees with it: name such in published_checkpoints{why}"
        )
    return tuple(found)


def _is_address(place: str) -> bool:
    return place.startswith(("https://", "http://"))


def _read(settings: Settings, place: str) -> bytes:
    if not _is_address(place):
        with Path(place).open("rb") as file:
            return file.read(_LARGEST)
    return fetch(place, reaching(settings), largest=_LARGEST).body or b""
