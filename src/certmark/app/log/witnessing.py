"""What a witness does: sees that a log only grew since last time, and puts its signature under that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.inputs.keys import AskPassphrase, signer_of
from certmark.app.log.opening import note_key, read
from certmark.domain.remarks import Listener
from certmark.places import state_home
from certmark.trust.log.checkpoints import Checkpoint
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.notes import NoteKey, NoteKind, NoteSigner, note_signer
from certmark.trust.log.witness import Cosigned, answer_request, read_request


@dataclass(frozen=True, kw_only=True)
class WitnessRequest:
    """Who the witness is, and what it is asked."""

    name: str
    """Of the witness, like `witness.example.org`."""
    key: str | None = None
    request: str | None = None
    """The file that a log sent; None: only who the witness is and what it saw is asked."""
    log_keys: Sequence[str] = ()
    """Of the logs that it witnesses."""


class KnownWitness(NamedTuple):
    """A witness, and what it saw."""

    key: NoteKey
    seen: tuple[Checkpoint, ...]
    """The last checkpoint of each log."""


def witness(request: WitnessRequest, ask: AskPassphrase, listen: Listener) -> Cosigned | KnownWitness:
    """Cosign what is asked, or say who the witness is.

    Raises InvalidRequest, TrustError, AgentUnavailable or OSError.
    """
    signer = note_signer(request.name, signer_of(request.key, ask, listen), NoteKind.COSIGNATURE)
    memory = _memory_of(signer)
    if request.request is None:
        return KnownWitness(signer.key, tuple(memory.all()))
    asked = read_request(read(request.request), Path(request.request).name)
    keys = [note_key(word) for word in request.log_keys]
    return answer_request(asked, keys, memory, signer, time=int(dt.datetime.now(dt.UTC).timestamp()))


def _memory_of(signer: NoteSigner) -> CheckpointMemory:
    """By its key: a witness that changes its name has seen no less."""
    return CheckpointMemory(state_home() / "witness" / signer.key.raw.hex()[:32])
