"""DSSE envelopes, version 1.0.2: a payload, its type, and signatures over both (github.com/secure-systems-lab/dsse).

Nothing here knows a key: `trust.keys` signs and verifies, `trust.verification` decides.
Fields that the specification does not name are left alone, as it asks; nobody may rely on them, for nobody signed them.
Base64 must be canonical, so that one flipped bit of it is always another value.
"""

from __future__ import annotations

import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidEnvelope

LARGEST = 16 << 20
"""Bytes of an envelope; the attestation of a run has some kilobytes."""
MOST_SIGNATURES = 64
_LONGEST_TYPE = 1_000
_LONGEST_ID = 1_000
_LONGEST_SIGNATURE = 16_384
_DEEPEST = 32
_LARGEST_NUMBER = 2**53
"""Beyond it readers that know no whole numbers read another one (RFC 8259, 6)."""


class Signature(NamedTuple):
    """A signature in an envelope."""

    keyid: str
    """Which key it claims to be of; a hint that nobody signed. Empty: not said."""
    sig: bytes


class Envelope(NamedTuple):
    """A payload and what was signed over it."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    @property
    def signed(self) -> bytes:
        """The bytes that signatures stand under."""
        return pae(self.payload_type, self.payload)


class Signs(Protocol):
    """What makes a signature: `trust.keys.Signer`, or a keyless one."""

    @property
    def keyid(self) -> str:
        """The id of its public key."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`."""


def pae(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: type and payload so joined that no two pairs give the same bytes."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def seal(payload_type: str, payload: bytes, signers: Iterable[Signs]) -> Envelope:
    """The payload signed by each of `signers`. Raises what their `sign` raises."""
    message = pae(payload_type, payload)
    return Envelope(payload_type, payload, tuple(Signature(one.keyid, one.sign(message)) for one in signers))


def write_envelope(envelope: Envelope) -> bytes:
    """The JSON of an envelope: the same envelope gives the same bytes."""
    document = {
        "payloadType": envelope.payload_type,
        "payload": _base64(envelope.payload),
        "signatures": [{"keyid": one.keyid, "sig": _base64(one.sig)} for one in envelope.signatures],
    }
    return json.dumps(document, indent=1).encode("ascii") + b"\n"


def read_envelope(data: bytes, name: str = "the envelope") -> Envelope:
    """The envelope in `data`; `name` is for messages. Nothing is verified. Raises InvalidEnvelope."""
    if len(data) > LARGEST:
        raise InvalidEnvelope(f"{name} has more than {LARGEST >> 20} MiB; no envelope of a run has")
    document = parse_plain(data, name)
    if not isinstance(document, dict):
        raise InvalidEnvelope(f"{name} is no DSSE envelope: it is no object; name another file")
    kind = _text(document, "payloadType", _LONGEST_TYPE, name)
    if not kind:
        raise InvalidEnvelope(f"{name}: its payloadType is empty; it must say what the payload is")
    payload = _bytes(document, "payload", LARGEST, name)
    entries = document.get("signatures")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidEnvelope(f'{name} is no DSSE envelope: "signatures" must be a list of objects')
    if not entries:
        raise InvalidEnvelope(f"{name} has no signature; ask its sender to sign it")
    if len(entries) > MOST_SIGNATURES:
        raise InvalidEnvelope(f"{name} has {len(entries):,} signatures; at most {MOST_SIGNATURES} are looked at")
    return Envelope(kind, payload, tuple(_signature(entry, name) for entry in entries))


def parse_plain(data: bytes, name: str) -> Any:
    """JSON of strangers, of which every reader makes the same: no key twice, no number that is none, bounded depth.

    Raises InvalidEnvelope.
    """
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise InvalidEnvelope(f"{name} is no JSON: byte {error.start} is not UTF-8; name another file") from error
    if data.startswith(b"\xef\xbb\xbf"):
        raise InvalidEnvelope(f"{name} begins with a byte order mark, which JSON does not have; write plain JSON")
    document = parse_json(data, name, InvalidEnvelope, unique=True)
    _check(document, name)
    return document


def _check(document: Any, name: str) -> None:
    level, depth = [document], 0
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise InvalidEnvelope(f"{name} is nested more than {_DEEPEST} deep; nothing of ours is")
        deeper: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                if len({key.casefold() for key in value}) < len(value):
                    raise InvalidEnvelope(f"{name} has two keys that only capitals tell apart; others read one of them")
                deeper += value.values()
            elif isinstance(value, list):
                deeper += value
            elif isinstance(value, float) and value - value != 0:  # NaN and infinities, which JSON does not have
                raise InvalidEnvelope(f"{name} has a number that is none; write plain JSON")
            elif isinstance(value, int) and abs(value) > _LARGEST_NUMBER:
                raise InvalidEnvelope(f"{name} has a number that other readers round; write plain JSON")
        level = deeper


def _signature(entry: Mapping[str, Any], name: str) -> Signature:
    keyid = _text(entry, "keyid", _LONGEST_ID, name) if entry.get("keyid") is not None else ""
    return Signature(keyid, _bytes(entry, "sig", _LONGEST_SIGNATURE, name))


def _text(holder: Mapping[str, Any], key: str, limit: int, name: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or len(value) > limit:
        raise InvalidEnvelope(f'{name} is no DSSE envelope: "{key}" must be a text of at most {limit:,} characters')
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidEnvelope(f'{name}: "{key}" is no Unicode text ({excerpt(value, 40)})') from error
    return value


def _bytes(holder: Mapping[str, Any], key: str, limit: int, name: str) -> bytes:
    value = holder.get(key)
    if not isinstance(value, str) or len(value) > 2 * limit:
        raise InvalidEnvelope(f'{name} is no DSSE envelope: "{key}" must be a text in base64')
    try:
        # Both alphabets are allowed, one at a time.
        text = value.encode("ascii")
        if b"-" in text or b"_" in text:
            if b"+" in text or b"/" in text:
                raise ValueError("two alphabets")  # noqa: TRY301 - told below with the other ways to be wrong
            text = text.translate(_STANDARD)
        decoded = binascii.a2b_base64(text, strict_mode=True) if text else b""
    except ValueError as error:
        raise InvalidEnvelope(f'{name}: "{key}" is no base64; take a fresh copy') from error
    if binascii.b2a_base64(decoded, newline=False) != text:
        raise InvalidEnvelope(f'{name}: "{key}" is base64 with bits that mean nothing; take a fresh copy')
    return decoded


_STANDARD = bytes.maketrans(b"-_", b"+/")


def _base64(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode("ascii")
