"""Checkpoints: what a log was at one time, signed (c2sp.org/tlog-checkpoint).

A checkpoint is a note of three lines: the log's origin, how many entries it has, its root. Whoever
holds one can check every later proof; whoever holds two can check that the log only grew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundNote
from certmark.trust.log.merkle import HASH_SIZE, LARGEST, check_consistency
from certmark.trust.log.notes import NoteKey, NoteKind, NoteSigner, add_signatures, open_note, sign_note

_SIZE: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_FEWEST_LINES: Final = 3


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
    seen = tuple(
        Witnessed(one.key.name, one.time)
        for one in opened.signatures
        if one.key in witnesses.keys and one.key.kind is NoteKind.COSIGNATURE and one.time is not None
    )
    # One key under two names is one witness.
    distinct = {one.key.raw for one in opened.signatures if one.key in witnesses.keys and one.time is not None}
    if len(distinct) < witnesses.quorum:
        raise UnsoundNote(
            f"{name} was seen by {len(distinct)} of the {len(witnesses.keys)} witnesses, "
            f"and the policy asks for {witnesses.quorum}"
        )
    return SignedCheckpoint(checkpoint, seen)


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
