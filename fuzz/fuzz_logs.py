"""Any bytes are a receipt, a checkpoint, what passes between log and witness, or a log's files, or get a sentence."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

import driver

driver.watch("certmark.trust.log.receipts", "certmark.trust.log.witness", "certmark.trust.log.file_store")
sys.path.insert(0, str(driver.ROOT / "tests"))

from certmark.formats.errors import FormatError
from certmark.trust.log.checkpoints import WitnessPolicy, cosign, open_checkpoint
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log, MemoryStore, audit
from certmark.trust.log.notes import NoteKind, add_verified, read_note_key
from certmark.trust.log.receipts import check_receipt, checkpoint_in, issue_receipts, renew_receipt, time_of
from certmark.trust.log.witness import read_request, write_request
from support.log_keys import signer_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)
KEY = signer_of("example.org/log")
WITNESS = signer_of("witness.example", 2, NoteKind.COSIGNATURE)
ENVELOPE = b"{}"
_V1 = driver.ROOT / "tests" / "assets" / "log" / "v1"
_OLD, _OLD_KEY = (_V1 / "envelope.dsse.json").read_bytes(), read_note_key((_V1 / "log.vkey").read_text())
_HOLDER = tempfile.TemporaryDirectory()
_FOLDER = Path(_HOLDER.name)
_FILES = ("checkpoint", "records", "hashes", "entries")
_POLICY = WitnessPolicy((WITNESS.key,), 1)


def log_of(entries: Iterable[bytes]) -> Log:
    """A log in memory."""
    log = Log("example.org/log", MemoryStore())
    log.append(entries)
    return log


LOG = log_of([b"a", b"b"])
(RECEIPT,) = issue_receipts(LOG, [ENVELOPE], NOW, [KEY])
NOTE = cosign(LOG.checkpoint([KEY]), [KEY.key], None, (), WITNESS, time=int(NOW.timestamp()))
SOUND = renew_receipt(LOG, RECEIPT, NOTE)


def target(data: bytes) -> None:
    """Raises if reading `data` ends in anything but a value or a refusal in one line, or a forged receipt is sound."""
    told(lambda: time_of(check_receipt(data, _OLD, [_OLD_KEY]), NOW, [(NOW, "it was signed")]))
    told(lambda: unchanged(data))
    told(lambda: renew_receipt(LOG, data, NOTE))
    told(lambda: open_checkpoint(checkpoint_in(data), [KEY.key], _POLICY))
    told(lambda: read_request(data))
    told(lambda: add_verified(LOG.checkpoint([KEY]), data, [WITNESS.key]))
    told(lambda: read_note_key(data.decode("utf-8", "replace")))
    told(lambda: folder_of(data))


def unchanged(data: bytes) -> None:
    """Raises AssertionError for a receipt that is sound and says something else than those that were given."""
    found = check_receipt(data, ENVELOPE, [KEY.key])
    if (found.received, found.place, found.checkpoint.size) != (NOW, 2, 3):
        raise AssertionError(f"forged: {found}")


def folder_of(data: bytes) -> None:
    """A log whose files are pieces of `data`."""
    parts = data.split(b"||||")
    if len(parts) != len(_FILES):
        return
    for name, part in zip(_FILES, parts, strict=True):
        (_FOLDER / name).write_bytes(part)
    with FileStore(str(_FOLDER)) as store:
        audit(store)
        Log("example.org/log", store).check_history()


def told(read: Callable[[], object]) -> None:
    """Raises for what is no refusal in a sentence."""
    try:
        read()
    except FormatError as refusal:
        driver.demand_sentence(str(refusal), 2_000)


def seeds() -> list[bytes]:
    """Everything that is sound."""
    folder = b"||||".join(
        (_V1 / "folder" / name).read_bytes() for name in ("checkpoint", "records", "hashes", "entries")
    )
    files = [path.read_bytes() for path in sorted(_V1.glob("*")) if path.is_file()]
    return [
        RECEIPT,
        SOUND,
        NOTE,
        NOTE.rpartition(b"\n\n")[2],
        write_request(LOG, NOTE, 1),
        str(KEY.key).encode(),
        folder,
        *files,
    ]


if __name__ == "__main__":
    sys.exit(driver.main(target, seeds()))
