"""Signed notes: a text that people can read, under signature lines (c2sp.org/signed-note, tlog-cosignature).

Two kinds of signatures are known: Ed25519 over the text (type 1), and the timestamped cosignature
of a witness (type 4). Lines of other keys are ignored, as the specification asks; a line of a known
key that does not verify refuses the whole note.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from enum import IntEnum
from hashlib import sha256
from typing import Final, NamedTuple

from certmark.formats.errors import excerpt
from certmark.trust.errors import UnsoundNote
from certmark.trust.keys.keys import Algorithm, Signer, is_small_order

_LARGEST: Final = 1 << 20
_MOST_SIGNATURES: Final = 100
_LONGEST_NAME: Final = 250
_ID_SIZE: Final = 4
_KEY_SIZE: Final = 32
_TIME_SIZE: Final = 8
_DASH: Final = "— "  # an em dash, by the specification


class NoteKind(IntEnum):
    """What a signature stands under; the numbers are the specification's."""

    ED25519 = 1
    """The text."""
    COSIGNATURE = 4
    """The text and the time at which a witness saw it."""


class NoteKey(NamedTuple):
    """A public key and the name under which it signs notes."""

    name: str
    kind: NoteKind
    raw: bytes
    """The 32 bytes of the Ed25519 public key."""

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature line names the key; a hint, no security."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.raw).digest()[:_ID_SIZE]

    def __str__(self) -> str:
        """The key as people exchange it: NAME+ID+KEY (a vkey)."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.raw).decode()}"


class NoteSigner(NamedTuple):
    """Somebody who signs notes."""

    key: NoteKey
    sign: Callable[[bytes], bytes]
    """A message -> the 64 bytes of its Ed25519 signature."""


def note_signer(name: str, signer: Signer, kind: NoteKind = NoteKind.ED25519) -> NoteSigner:
    """`signer` as one that signs notes under `name`. Raises UnsoundNote where its key is not Ed25519."""
    if signer.public.algorithm is not Algorithm.ED25519:
        raise UnsoundNote(f"a log signs with an Ed25519 key, not with {signer.public.algorithm.value}; make one")
    if not _is_name(name):
        raise UnsoundNote(f"{excerpt(name)} cannot be the name of a log: it has a space or a plus, or is too long")
    return NoteSigner(NoteKey(name, kind, signer.public.blob[-_KEY_SIZE:]), signer.sign)


class NoteSignature(NamedTuple):
    """A signature that was verified."""

    key: NoteKey
    time: int | None
    """Seconds since 1970 at which a witness signed; None for a plain signature."""


class Note(NamedTuple):
    """A text, and who was found to have signed it."""

    text: str
    """With its last newline."""
    signatures: tuple[NoteSignature, ...]


def read_note_key(text: str) -> NoteKey:
    """The key in a vkey, NAME+ID+KEY. Raises UnsoundNote."""
    name, _, rest = text.strip().partition("+")
    shown, _, encoded = rest.partition("+")
    content = _decoded(encoded)
    if not _is_name(name) or content is None or len(content) != 1 + _KEY_SIZE:
        raise UnsoundNote(f"{excerpt(text)} is no key of a log (NAME+ID+KEY); copy it again from where it is published")
    if content[0] not in set(NoteKind):
        raise UnsoundNote(f"the key of {excerpt(name)} is of type {content[0]}; types 1 and 4 (Ed25519) are known here")
    key = NoteKey(name, NoteKind(content[0]), content[1:])
    if is_small_order(key.raw):
        raise UnsoundNote(f"the key of {excerpt(name)} is of small order, under which anybody can sign; name another")
    if shown != key.id.hex():
        raise UnsoundNote(f"the key of {excerpt(name)} does not fit its id; copy it again from where it is published")
    return key


def sign_note(text: str, signers: Sequence[NoteSigner], *, time: int = 0) -> bytes:
    """The note of `text`, signed by each of `signers`; `time` (seconds since 1970) is that of witnesses.

    Raises UnsoundNote where `text` cannot be a note's.
    """
    _check_text(text)
    return add_signatures(f"{text}\n".encode(), signers, time=time)


def add_signatures(note: bytes, signers: Sequence[NoteSigner], *, time: int = 0) -> bytes:
    """`note` with one more line for each of `signers`. Nothing is verified. Raises UnsoundNote."""
    text, _ = _split(note) if not note.endswith(b"\n\n") else (note[:-1].decode(), [])
    return note + "".join(_line(text, signer, time) for signer in signers).encode()


def add_verified(note: bytes, lines: bytes, keys: Sequence[NoteKey], name: str = "the note") -> bytes:
    """`note` with those of the signature `lines` that `keys` made over it; one line for each key, others are left out.

    Raises UnsoundNote where there is none of them, or one does not verify.
    """
    text, present = _split(note, name)
    known = {(key.name, key.id): key for key in keys}
    taken = {(signer, content[:_ID_SIZE]) for signer, content in present}
    found = []
    for line in _decoded_lines(lines, name):
        signer, content = _parsed(line, name)
        named = (signer, content[:_ID_SIZE])
        if named in known:
            _verified(known[named], text, content[_ID_SIZE:], name)
            found.append((named, line))
    if not found:
        raise UnsoundNote(f"none of these signature lines is by a key that you name; nothing was added to {name}")
    new = {named: line for named, line in reversed(found) if named not in taken}
    return note + "".join(f"{line}\n" for line in reversed(new.values())).encode()


def _decoded_lines(lines: bytes, name: str) -> list[str]:
    if len(lines) > _LARGEST:
        raise UnsoundNote(f"{name} has more than {_LARGEST >> 10} KiB; no signed note has")
    try:
        return [line for line in lines.decode().split("\n") if line]
    except UnicodeDecodeError as error:
        raise UnsoundNote(f"{name} has signature lines that are not UTF-8") from error


def open_note(note: bytes, keys: Sequence[NoteKey], name: str = "the note") -> Note:
    """The text of `note`, if at least one of `keys` signed it. Raises UnsoundNote.

    A key that stands twice among the lines counts once; the first line counts.
    """
    text, lines = _split(note, name)
    known = {(key.name, key.id): key for key in keys}
    found: dict[NoteKey, NoteSignature] = {}
    for signer, content in lines:
        key = known.get((signer, content[:_ID_SIZE]))
        if key is not None and key not in found:
            found[key] = NoteSignature(key, _verified(key, text, content[_ID_SIZE:], name))
    if not found:
        said = ", ".join(dict.fromkeys(excerpt(signer, 60) for signer, _ in lines[:3]))
        raise UnsoundNote(f"{name} is signed by no key that you trust (it names {said})")
    return Note(text, tuple(found.values()))


def unverified_text(note: bytes, name: str = "the note") -> str:
    """The text of `note`, whoever signed it. Raises UnsoundNote."""
    return _split(note, name)[0]


def _split(note: bytes, name: str = "the note") -> tuple[str, list[tuple[str, bytes]]]:
    """Text, and (name, id and signature) of each line."""
    if len(note) > _LARGEST:
        raise UnsoundNote(f"{name} has more than {_LARGEST >> 10} KiB; no signed note has")
    try:
        content = note.decode()
    except UnicodeDecodeError as error:
        raise UnsoundNote(f"{name} is no signed note: it is not UTF-8") from error
    text, gap, tail = content.rpartition("\n\n")
    lines = tail.split("\n")
    if not gap or lines.pop() or not lines:
        raise UnsoundNote(f"{name} is no signed note: there are no signature lines under its text; take a fresh copy")
    if len(lines) > _MOST_SIGNATURES:
        raise UnsoundNote(f"{name} has {len(lines):,} signatures; at most {_MOST_SIGNATURES} are looked at")
    text += "\n"
    _check_text(text, name)
    return text, [_parsed(line, name) for line in lines]


def _check_text(text: str, name: str = "the note") -> None:
    if not text.endswith("\n") or any(sign < " " and sign != "\n" for sign in text):
        raise UnsoundNote(f"{name} is no signed note: its text has control characters, or no end of line")


def _parsed(line: str, name: str) -> tuple[str, bytes]:
    signer, _, encoded = line.removeprefix(_DASH).partition(" ")
    content = _decoded(encoded)
    if not line.startswith(_DASH) or not _is_name(signer) or content is None or len(content) <= _ID_SIZE:
        raise UnsoundNote(f"{name} has a signature line that is none: {excerpt(line)}")
    return signer, content


def _line(text: str, signer: NoteSigner, time: int) -> str:
    key = signer.key
    match key.kind:
        case NoteKind.ED25519:
            content = signer.sign(text.encode())
        case NoteKind.COSIGNATURE:
            content = time.to_bytes(_TIME_SIZE, "big") + signer.sign(_cosigned(text, time))
    return f"{_DASH}{key.name} {base64.b64encode(key.id + content).decode()}\n"


def _verified(key: NoteKey, text: str, content: bytes, name: str) -> int | None:
    """The time of a cosignature. Raises UnsoundNote."""
    time = None
    message, signature = text.encode(), content
    if key.kind is NoteKind.COSIGNATURE:
        time = int.from_bytes(content[:_TIME_SIZE], "big")
        message, signature = _cosigned(text, time), content[_TIME_SIZE:]
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.raw).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise UnsoundNote(f"the signature of {key.name} does not fit {name}; it was changed, or damaged") from error
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _is_name(name: str) -> bool:
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable() and "+" not in name and not any(map(str.isspace, name))


def _decoded(encoded: str) -> bytes | None:
    """Standard base64, canonical; None where it is none."""
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if base64.b64encode(content).decode() == encoded else None
