"""Checkpoints: what a log was at one time, signed (c2sp.org/tlog-checkpoint).

A checkpoint is a note of three lines: the log's origin, how many entries it has, its root. Whoever
holds one can check every later proof; whoever holds two can check that the log only grew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final, NamedTuple, TypeGuard

from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundNote
from certmark.trust.log.merkle import HASH_SIZE, LARGEST, check_consistency
from certmark.trust.log.notes import (
    NoteKey,
    NoteSigner,
    add_signatures,
    open_note,
    sign_note,
    unverified_text,
)

_SIZE: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_FEWEST_LINES: Final = 3
_LAST_TIME: Final = 253_402_300_799
"""The last second of the year 9999, after which no calendar of ours goes on."""


class Checkpoint(NamedTuple):
    """The state of a log."""

    origin: str
    """Which log."""
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()
    """Further lines, of which nothing is understood."""

    def __str__(self) -> str:
        """The text of the note."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


class Witnessed(NamedTuple):
    """A witness who saw the log in this state, with every earlier one in it."""

    name: str
    time: int
    """Seconds since 1970, by the witness's clock."""


class SignedCheckpoint(NamedTuple):
    """A checkpoint whose signatures were verified."""

    checkpoint: Checkpoint
    witnessed: tuple[Witnessed, ...]
    quorum_time: int | None = None
    """By when as many witnesses as were asked for had seen it; None where none were."""


class WitnessPolicy(NamedTuple):
    """Whose cosignatures are asked for: at least `quorum` of `keys`."""

    keys: tuple[NoteKey, ...] = ()
    quorum: int = 0


def read_checkpoint(text: str, name: str = "the checkpoint") -> Checkpoint:
    """The checkpoint in the text of a note; nothing is verified. Raises UnsoundNote."""
    lines = text.split("\n")
    if lines.pop() or len(lines) < _FEWEST_LINES or not all(lines):
        raise UnsoundNote(f"{name} is no checkpoint of a log: it needs origin, size and root, a line each")
    origin, size, encoded, *extensions = lines
    if not _SIZE.match(size) or int(size) > LARGEST:
        raise UnsoundNote(f"{name} is no checkpoint of a log: its size is {excerpt(size, 30)}")
    try:
        root = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != HASH_SIZE or base64.b64encode(root).decode() != encoded:
        raise UnsoundNote(f"{name} is no checkpoint of a log: its third line is no root hash")
    return Checkpoint(origin, int(size), root, tuple(extensions))


def unverified_checkpoint(note: bytes, name: str = "the checkpoint") -> Checkpoint:
    """The checkpoint in a signed note, whoever signed it. Raises UnsoundNote."""
    return read_checkpoint(unverified_text(note, name), name)


def sign_checkpoint(checkpoint: Checkpoint, signers: Sequence[NoteSigner], *, time: int = 0) -> bytes:
    """The signed note of `checkpoint`; `time` is that of witnesses among `signers`. Raises UnsoundNote."""
    read_checkpoint(str(checkpoint))
    return sign_note(str(checkpoint), signers, time=time)


def open_checkpoint(
    note: bytes,
    keys: Sequence[NoteKey],
    witnesses: WitnessPolicy = WitnessPolicy(),  # noqa: B008 - a value that cannot change
    name: str = "the checkpoint",
) -> SignedCheckpoint:
    """The checkpoint in `note`, signed by the log itself and by as many witnesses as the policy asks.

    `keys` are those of logs that are trusted; the one that signed must bear the name of the log,
    so that no log can speak for another. Raises UnsoundNote.
    """
    opened = open_note(note, [*keys, *witnesses.keys], name)
    checkpoint = read_checkpoint(opened.text, name)
    if not any(one.key in keys and one.key.name == checkpoint.origin for one in opened.signatures):
        raise UnsoundNote(
            f"{name} of the log {excerpt(checkpoint.origin, 60)} is not signed by a key of that log that you trust"
        )
    cosigned = [(one.key, one.time) for one in opened.signatures if one.key in witnesses.keys and _is_time(one.time)]
    # One key under two names is one witness; one that says two times has seen it by the earlier one.
    times: dict[bytes, int] = {}
    for key, time in cosigned:
        times[key.raw] = min(time, times.get(key.raw, time))
    if len(times) < witnesses.quorum:
        raise UnsoundNote(
            f"{name} was seen by {len(times)} of the {len(witnesses.keys)} witnesses, "
            f"and the policy asks for {witnesses.quorum}"
        )
    by_then = sorted(times.values())[witnesses.quorum - 1] if witnesses.quorum else None
    return SignedCheckpoint(checkpoint, tuple(Witnessed(key.name, time) for key, time in cosigned), by_then)


def _is_time(time: int | None) -> TypeGuard[int]:
    """Whether a clock can have shown it: a cosignature without one, or of the year 36812, says nothing."""
    return time is not None and 0 < time <= _LAST_TIME


def cosign(
    note: bytes,
    keys: Sequence[NoteKey],
    last: Checkpoint | None,
    proof: Sequence[bytes],
    signer: NoteSigner,
    *,
    time: int,
) -> bytes:
    """`note` with a witness's cosignature, given that the log only grew since `last` (None: never seen before).

    The witness keeps the checkpoint in the place of `last` before it hands the note out. Raises
    UnsoundNote or UnsoundProof.
    """
    now = open_checkpoint(note, keys).checkpoint
    if last is not None:
        if last.origin != now.origin:
            raise UnsoundNote(f"this is the log {excerpt(now.origin, 60)}, not {excerpt(last.origin, 60)}")
        check_consistency(last.size, now.size, proof, last.root, now.root)
    return add_signatures(note, [signer], time=time)
