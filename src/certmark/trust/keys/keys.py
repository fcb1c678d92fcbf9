"""Keys: who signs. Ed25519, ECDSA on P-256 and RSA from 2048 bits, each with one way to sign and no other.

| algorithm | signature |
| --- | --- |
| ed25519 | RFC 8032 |
| ecdsa-p256 | SHA-256, r and s in DER (as other DSSE signers write it) |
| rsa | PKCS#1 v1.5 with SHA-256: the one that ssh-agent and RefStack's server know as well |

A key has the id that `ssh-keygen -l` shows. The algorithm is the key's: a signature never says how it is to be checked.
The cryptography is that of the library `cryptography`, imported when a key is used (20 ms).
"""

from __future__ import annotations

import binascii
import hashlib
import math
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import NamedTuple, Protocol, assert_never

from certmark.domain.advice import Action, Advice
from certmark.formats.errors import excerpt
from certmark.trust.errors import InvalidKey
from certmark.trust.keys import wire

SMALLEST_RSA = 2048
"""Bits."""
LARGEST_RSA = 8192
"""Bits; checking a signature of a larger key takes noticeable time."""
_SMALLEST_EXPONENT = 3
_LARGEST_FACTOR = 1_000
"""An RSA key that a smaller number divides belongs to everybody."""
_P = (1 << 255) - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({0, 1, _P - 1, _P, _P + 1, _ORDER_8, _P - _ORDER_8})
"""The y of the points of small order on edwards25519; each has two encodings, by the sign of x."""

Passphrase = bytes | Callable[[], bytes | None] | None
"""Given, asked for when the file turns out to be locked, or there is none."""


class Algorithm(Enum):
    """What kind of key."""

    ED25519 = "ed25519"
    ECDSA_P256 = "ecdsa-p256"
    RSA = "rsa"

    @property
    def ssh(self) -> str:
        """Its name in SSH."""
        return _SSH_NAMES[self]


_SSH_NAMES = {
    Algorithm.ED25519: "ssh-ed25519",
    Algorithm.ECDSA_P256: "ecdsa-sha2-nistp256",
    Algorithm.RSA: "ssh-rsa",
}
_BY_SSH_NAME = {name: algorithm for algorithm, name in _SSH_NAMES.items()}


class PublicKey(NamedTuple):
    """A public key. Equal keys are equal values, whatever file they came from, but for the comment."""

    algorithm: Algorithm
    blob: bytes
    """As in SSH (RFC 4253 §6.6): the one form in which a key can be written."""
    comment: str = ""

    @property
    def id(self) -> str:
        """`SHA256:` and the digest of the blob in base64, as `ssh-keygen -l` shows it."""
        digest = hashlib.sha256(self.blob).digest()
        return f"SHA256:{binascii.b2a_base64(digest, newline=False).decode().rstrip('=')}"

    @property
    def line(self) -> str:
        """One line, as in a .pub file."""
        encoded = binascii.b2a_base64(self.blob, newline=False).decode()
        return " ".join(filter(None, (self.algorithm.ssh, encoded, self.comment)))

    @property
    def bits(self) -> int:
        """The size of the key."""
        if self.algorithm is not Algorithm.RSA:
            return 256
        reader = wire.Reader(self.blob)
        reader.string(), reader.string()
        return reader.positive().bit_length()


class Signer(Protocol):
    """Who can sign: a key in a file, in ssh-agent, or later a keyless identity that makes a key for one signature."""

    @property
    def public(self) -> PublicKey:
        """The key that verifies."""

    @property
    def keyid(self) -> str:
        """The id of the public key, as it stands in envelopes."""

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`; raises InvalidKey or AgentUnavailable."""


def public_from_line(line: str, name: str = "the key") -> PublicKey:
    """The key of a line as in a .pub file: algorithm, base64, comment. Raises InvalidKey.

    A comment that hides something is refused: lists of signers and messages show it.
    """
    words = line.split(None, 2)
    if len(words) < 2:
        raise InvalidKey(f"{name} is no public key; a line of one is: ssh-ed25519 AAAA… comment")
    try:
        blob = binascii.a2b_base64(words[1].encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise InvalidKey(f"{name} is no public key of SSH: its second word is no base64") from error
    if binascii.b2a_base64(blob, newline=False).decode("ascii") != words[1]:  # as OpenSSH has it
        raise InvalidKey(f"{name} is no public key of SSH: its second word is not written as base64 is")
    _check_kind(words[0], blob, name)
    comment = words[2].strip() if len(words) > 2 else ""
    hidden = hidden_in(comment)
    if hidden is not None:
        raise InvalidKey(f"{name} has {hidden} in its comment, which nobody sees; take it out")
    return public_from_blob(blob, name)._replace(comment=comment)


def digest_of_id(identity: str) -> bytes:
    """The SHA-256 that `PublicKey.id` shows. Raises ValueError for what is no id."""
    return binascii.a2b_base64(identity.removeprefix("SHA256:") + "=", strict_mode=True)


def hidden_in(line: str) -> str | None:
    """The first character of a line that shows nothing, or ends the line for some readers; None: there is none."""
    if line.replace("\t", "").isprintable():
        return None
    found = next(sign for sign in line if sign != "\t" and not sign.isprintable())
    return f"the character U+{ord(found):04X}"


def _check_kind(said: str, blob: bytes, name: str) -> None:
    try:
        kind = wire.Reader(blob).text()
    except wire.Damaged as error:
        raise InvalidKey(f"{name} is no public key of SSH: {error}") from error
    if kind != said:
        raise InvalidKey(f"{name} contradicts itself: it says {excerpt(said, 40)}, and is {excerpt(kind, 40)}")


def is_small_order(point: bytes) -> bool:
    """Whether a point of Ed25519 is one of the 14 encodings under which a signature fits any message."""
    return int.from_bytes(point, "little") & ((1 << 255) - 1) in _SMALL_ORDER


def public_from_blob(blob: bytes, name: str = "the key") -> PublicKey:
    """The key of an SSH blob; raises InvalidKey for what is none, weak, or of a kind that is not read here."""
    reader = wire.Reader(blob)
    try:
        word = reader.text()
        algorithm = _BY_SSH_NAME.get(word)
        if algorithm is None:
            raise _unknown(word, name)
        _check(algorithm, reader, name)
        reader.end()
    except wire.Damaged as error:
        raise InvalidKey(f"{name} is no public key of SSH: {error}") from error
    return PublicKey(algorithm, blob)


def _check(algorithm: Algorithm, reader: wire.Reader, name: str) -> None:
    match algorithm:
        case Algorithm.ED25519:
            point = reader.string()
            if len(point) != 32:
                raise wire.Damaged("an Ed25519 key has 32 bytes")
            if is_small_order(point):
                raise InvalidKey(f"{name} is a key of small order, under which anybody can sign; make a new one")
        case Algorithm.ECDSA_P256:
            curve, point = reader.text(), reader.string()
            if curve != "nistp256" or len(point) != 65 or point[0] != 4:
                raise wire.Damaged("it is no point on P-256")
        case Algorithm.RSA:
            exponent, modulus = reader.positive(), reader.positive()
            check_rsa(modulus.bit_length(), exponent, name)
            if math.gcd(modulus, _small_factors()) != 1:
                raise InvalidKey(f"{name} is an RSA key with small factors, so anybody can sign; make a new one")
        case _:
            assert_never(algorithm)


def check_rsa(bits: int, exponent: int, name: str) -> None:
    """Raise InvalidKey unless an RSA key is strong enough, and small enough to check with."""
    if bits < SMALLEST_RSA:
        raise InvalidKey(f"{name} is an RSA key of {bits} bits, which is weak", Advice(Action.MAKE_NEW_KEY))
    if bits > LARGEST_RSA:
        raise InvalidKey(f"{name} is an RSA key of {bits:,} bits; at most {LARGEST_RSA:,} are read")
    if exponent < _SMALLEST_EXPONENT or exponent % 2 == 0 or exponent.bit_length() > 33:
        raise InvalidKey(f"{name} is an RSA key with an exponent that no sound key has; make a new one")


@cache
def _small_factors() -> int:
    """A number that every number up to `_LARGEST_FACTOR` divides."""
    return math.factorial(_LARGEST_FACTOR)


def _unknown(word: str, name: str) -> InvalidKey:
    if "cert-v0" in word:
        return InvalidKey(f"{name} is a certificate of SSH; name the plain key that it certifies")
    if word.startswith("sk-"):
        what = f"is a key of a security token ({excerpt(word, 40)}), which is not read here; use another key"
        return InvalidKey(f"{name} {what}")
    if word == "ssh-dss":
        return InvalidKey(f"{name} is a DSA key, which is weak", Advice(Action.MAKE_NEW_KEY))
    what = f"is a key of a kind that is not read here ({excerpt(word, 40)}); use Ed25519, ECDSA P-256 or RSA"
    return InvalidKey(f"{name} {what}")
