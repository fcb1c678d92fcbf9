"""A log's folder, opened by its operator; what was published of it is asked before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener
from certmark.places import state_home
from certmark.trust.log.checkpoints import Checkpoint, open_checkpoint, unverified_checkpoint
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.notes import NoteKey, NoteSigner, note_signer, read_note_key
from certmark.trust.log.receipts import checkpoint_in

LARGEST = 1 << 20
"""Bytes of a checkpoint, a receipt, a request or an answer."""


class OpenedLog(NamedTuple):
    """A log, and where it is kept."""

    log: Log
    store: FileStore
    checkpoint: bytes
    """The last one that was signed."""


@contextmanager
def opened(folder: str, published: Sequence[str] = (), *, writable: bool = False) -> Iterator[OpenedLog]:
    """The log in `folder`; `published` are files with checkpoints or receipts that others got of it.

    What this machine remembers of it counts as published, too. Raises InvalidRequest, TrustError or OSError.
    """
    nothing = InvalidRequest(f"there is no log in {folder}", Advice(Action.BEGIN_LOG))
    if not Path(folder, "checkpoint").exists() and not Path(folder, "records").exists():
        raise nothing
    with FileStore(folder, writable=writable) as store:
        checkpoint = store.checkpoint()
        if checkpoint is None:  # it was never begun; one that lost its checkpoint is refused by its store
            raise nothing
        origin = unverified_checkpoint(checkpoint).origin
        log = Log(origin, store, tuple(_published(origin, published)))
        yield OpenedLog(log, store, checkpoint)


def memory_of_logs() -> CheckpointMemory:
    """What this machine signed last of each log; outside of their folders."""
    return CheckpointMemory(state_home() / "logs")


def log_signer(
    origin: str, wanted: str | None, ask: AskPassphrase, listen: Listener, *, signed: bytes | None = None
) -> NoteSigner:
    """The key that signs the log `origin`; it must have made the checkpoint `signed`, where there is one.

    Raises InvalidRequest, AgentUnavailable, InvalidKey, UnsoundNote or OSError.
    """
    signer = note_signer(origin, signer_of(wanted, ask, listen))
    if signed is not None:
        open_checkpoint(signed, [signer.key], name="the last checkpoint")
    return signer


def note_key(word: str) -> NoteKey:
    """The key of a log or of a witness, or of the file that has it. Raises UnsoundNote or OSError."""
    text = read(word).decode("utf-8", "replace") if Path(word).is_file() else word
    return read_note_key(text)


def read(path: str) -> bytes:
    """A small file, cut off where it is none. Raises OSError."""
    with Path(path).open("rb") as file:
        return file.read(LARGEST + 1)


def _published(origin: str, paths: Sequence[str]) -> Iterator[Checkpoint]:
    remembered = memory_of_logs().last(origin)
    if remembered is not None:
        yield remembered
    for path in paths:
        yield unverified_checkpoint(checkpoint_in(read(path)), Path(path).name)
