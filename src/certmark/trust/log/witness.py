"""Witnesses: what they are asked, and their answer (the bodies of c2sp.org/tlog-witness, add-checkpoint).

A witness keeps, for each log, the last checkpoint that it cosigned. It cosigns another only if the log's key
signed it and the log only grew since; so no two people who ask the same witness see two histories.

    old 5                  how many entries the witness saw last; 0 if it never saw the log
    …                      the proof of consistency, a hash in base64 on each line
                           an empty line
    example.org/log …      the signed checkpoint

The answer is the signature line of the witness, to be put under the checkpoint.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundNote, UnsoundProof
from certmark.trust.log.checkpoints import Checkpoint, cosign, open_checkpoint, unverified_checkpoint
from certmark.trust.log.log import Log
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.notes import NoteKey, NoteSigner

_LARGEST: Final = 1 << 20
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})\Z")
_MOST_STEPS: Final = 63


class CosigningRequest(NamedTuple):
    """What a log asks of a witness."""

    old: int
    """How many entries the witness is thought to have seen."""
    proof: tuple[bytes, ...]
    """That the log only grew since."""
    checkpoint: bytes


class Cosigned(NamedTuple):
    """What a witness answers."""

    line: bytes
    """The signature line."""
    checkpoint: Checkpoint


def write_request(log: Log, checkpoint: bytes, old: int = 0) -> bytes:
    """The request to cosign `checkpoint`, a signed one of `log`, for a witness who saw `old` entries.

    Raises UnsoundProof where the log never had so many.
    """
    size = unverified_checkpoint(checkpoint).size
    if not 0 <= old <= size:
        raise UnsoundProof(f"the checkpoint has {size:,} entries; a witness cannot have seen {old:,}")
    steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in log.consistency(old, size))
    return f"old {old}\n{steps}\n".encode() + checkpoint


def read_request(data: bytes, name: str = "the request") -> CosigningRequest:
    """The request in `data`; nothing is verified. Raises UnsoundNote."""
    head, gap, checkpoint = data.partition(b"\n\n")
    lines = head.decode("ascii", "replace").split("\n")
    old = _OLD.match(lines[0])
    if len(data) > _LARGEST or not gap or old is None or len(lines) > 1 + _MOST_STEPS:
        raise UnsoundNote(f"{name} is no request to a witness: it does not begin with `old` and a number of entries")
    try:
        proof = tuple(base64.b64decode(line, validate=True) for line in lines[1:])
    except (binascii.Error, ValueError) as error:
        raise UnsoundNote(f"{name} is damaged: a line of its proof is no base64") from error
    return CosigningRequest(int(old[1]), proof, checkpoint)


def answer_request(
    request: CosigningRequest, keys: Sequence[NoteKey], memory: CheckpointMemory, signer: NoteSigner, *, time: int
) -> Cosigned:
    """Cosign, for a log of `keys`, and remember it first. `time` is the witness's, in seconds since 1970.

    Raises UnsoundNote where the log's key did not sign, UnsoundProof where it shrank, was rewritten or does not
    begin where the witness left it; LogBusy, LogDamaged or OSError.
    """
    now = open_checkpoint(request.checkpoint, keys).checkpoint
    with memory.held():
        last = memory.last(now.origin)
        seen = 0 if last is None else last.size
        if request.old != seen:
            raise UnsoundProof(
                f"this witness last saw {seen:,} entries of {excerpt(now.origin, 60)}, and the request says "
                f"{request.old:,}; ask with a proof since {seen}"
            )
        if last is None and request.proof:
            raise UnsoundProof("there is nothing to be proved to a witness who never saw the log")
        note = cosign(request.checkpoint, keys, last, request.proof, signer, time=time)
        memory.remember(request.checkpoint)
    return Cosigned(note.removeprefix(request.checkpoint), now)
