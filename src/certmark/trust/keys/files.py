"""Files of private keys: OpenSSH's own, PKCS#1, SEC 1 and PKCS#8 in PEM, locked with a passphrase or not."""

from __future__ import annotations

import binascii
import os
import stat
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.trust.errors import InvalidKey, NoPassphrase, WrongPassphrase
from certmark.trust.keys import material, wire
from certmark.trust.keys.keys import Algorithm, Passphrase, PublicKey, public_from_blob, public_from_line

_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_BITS = 3072
"""Of a new RSA key (NIST SP 800-57: until 2030 and beyond)."""


def read_private(data: bytes, name: str, passphrase: Passphrase) -> FileSigner:
    """The private key in `data`; as `keys.load_private`."""
    if b"PRIVATE KEY-----" not in data:
        raise _no_private_key(data, name)
    private = _loaded(data, name, passphrase)
    public = material.public_of(private.public_key(), name)
    return FileSigner(public, private)


def read_public(data: bytes, name: str) -> PublicKey:
    """The public key in the PEM `data`; also of a private key in OpenSSH's format."""
    if data.lstrip().startswith(_OPENSSH):
        return public_from_blob(_openssh_public(data, name), name)
    if b"PRIVATE KEY-----" in data:
        raise InvalidKey(f"{name} is a private key; name its public half")
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return material.public_of(load_pem_public_key(data), name)
    except UnsupportedAlgorithm as error:
        raise InvalidKey(f"{name} is a key of a kind that is not read here") from error
    except ValueError as error:
        if isinstance(error, InvalidKey):
            raise
        raise InvalidKey(f"{name} is no public key in PEM; take a fresh copy") from error


def is_open_to_others(path: str) -> bool:
    """Whether others than the owner may read the file."""
    return bool(Path(path).stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))


def new_key(algorithm: Algorithm, comment: str = "") -> FileSigner:
    """A new key."""
    private: Any
    match algorithm:
        case Algorithm.ED25519:
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

            private = Ed25519PrivateKey.generate()
        case Algorithm.ECDSA_P256:
            from cryptography.hazmat.primitives.asymmetric import ec

            private = ec.generate_private_key(ec.SECP256R1())
        case Algorithm.RSA:
            from cryptography.hazmat.primitives.asymmetric import rsa

            private = rsa.generate_private_key(65537, _BITS)
    public = material.public_of(private.public_key(), "the new key")
    return FileSigner(public._replace(comment=comment), private)


def private_document(signer: FileSigner, passphrase: bytes | None) -> bytes:
    """The key's file in OpenSSH's format, locked with `passphrase` unless that is None."""
    from cryptography.hazmat.primitives import serialization

    lock = serialization.NoEncryption() if passphrase is None else serialization.BestAvailableEncryption(passphrase)
    form = serialization.PrivateFormat.OpenSSH
    return bytes(signer.private.private_bytes(serialization.Encoding.PEM, form, lock))


def _loaded(data: bytes, name: str, passphrase: Passphrase) -> Any:
    secret = _secret_of(passphrase, name) if _is_locked(data, name) else None
    if secret is None and (private := _open_ed25519(data, name)) is not None:
        return private
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    load: Any = (
        serialization.load_ssh_private_key if data.lstrip().startswith(_OPENSSH) else serialization.load_pem_private_key
    )
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of kinds that are weak, and refused below in our words
            return load(data.lstrip(), secret)
    except UnsupportedAlgorithm as error:
        if "bcrypt" in str(error):
            raise InvalidKey(
                f"{name} is locked in a way that needs the library bcrypt; install it, or add the key to ssh-agent"
            ) from error
        raise InvalidKey(f"{name} is a key of a kind that is not read here") from error
    except (ValueError, TypeError) as error:
        if secret is not None:
            raise WrongPassphrase(f"{name} does not open with this passphrase") from error
        raise InvalidKey(f"{name} is no private key that is read here; take a fresh copy") from error


def _open_ed25519(data: bytes, name: str) -> Any:
    """The key of the most usual file, without the library's own reader: importing that costs more than signing."""
    if not data.lstrip().startswith(_OPENSSH):
        return None
    try:
        halves = _halves(wire.Reader(_openssh(data, name)))
    except wire.Damaged as error:
        raise InvalidKey(f"{name} is no private key of OpenSSH: {error}; take a fresh copy") from error
    if halves is None:
        return None
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(halves[0])
    if private.public_key().public_bytes_raw() != halves[1]:
        raise InvalidKey(f"{name} is no private key of OpenSSH: its two halves do not belong together")
    return private


def _halves(reader: wire.Reader) -> tuple[bytes, bytes] | None:
    """(private, public) of an open Ed25519 key (PROTOCOL.key §3); None where it is another kind. Raises Damaged."""
    for _ in ("cipher", "derivation of the key", "its parameters"):
        reader.string()
    if reader.number() != 1 or not reader.string().startswith(wire.string(b"ssh-ed25519")):
        return None
    inner = wire.Reader(reader.string())
    checks = inner.take(4), inner.take(4)  # the same number twice
    kind, public, both = inner.string(), inner.string(), inner.string()
    if checks[0] != checks[1] or kind != b"ssh-ed25519" or both[32:] != public:
        raise wire.Damaged("its two halves do not belong together")
    return both[:32], public


def _is_locked(data: bytes, name: str) -> bool:
    if data.lstrip().startswith(_OPENSSH):
        reader = wire.Reader(_openssh(data, name))
        try:
            return reader.string() != b"none"
        except wire.Damaged as error:
            raise InvalidKey(f"{name} is no private key of OpenSSH: {error}") from error
    return b"ENCRYPTED" in data


def _secret_of(passphrase: Passphrase, name: str) -> bytes:
    secret = passphrase() if callable(passphrase) else passphrase
    if not secret:
        raise NoPassphrase(
            f"{name} is locked; give its passphrase on a terminal or in the file that "
            "CERTMARK_KEY_PASSPHRASE_FILE names, or add the key to ssh-agent"
        )
    return secret


def _openssh(data: bytes, name: str) -> bytes:
    """The content of a file of OpenSSH (PROTOCOL.key), behind its magic word."""
    try:
        body = data.strip().split(b"-----")[2]
        content = binascii.a2b_base64(b"".join(body.split()), strict_mode=True)
    except (ValueError, IndexError) as error:
        raise InvalidKey(f"{name} is no private key of OpenSSH: it is damaged; take a fresh copy") from error
    if not content.startswith(_MAGIC):
        raise InvalidKey(f"{name} is no private key of OpenSSH: it is damaged; take a fresh copy")
    return content[len(_MAGIC) :]


def _openssh_public(data: bytes, name: str) -> bytes:
    reader = wire.Reader(_openssh(data, name))
    try:
        for _ in ("cipher", "derivation of the key", "its parameters"):
            reader.string()
        if reader.number() != 1:
            raise InvalidKey(f"{name} has several keys; name a file with one")
        return reader.string()
    except wire.Damaged as error:
        raise InvalidKey(f"{name} is no private key of OpenSSH: {error}") from error


def _no_private_key(data: bytes, name: str) -> InvalidKey:
    if data.startswith((b"ssh-", b"ecdsa-")) or b"PUBLIC KEY-----" in data:
        return InvalidKey(f"{name} is no private key but a public one; name the file without .pub")
    if data.startswith(b"PuTTY-User-Key-File"):
        return InvalidKey(f"{name} is no private key that is read here but PuTTY's; export it in OpenSSH's format")
    return InvalidKey(f"{name} is no private key", Advice(Action.NAME_PRIVATE_KEY))


_LARGEST_FILE = 64 << 10


class FileSigner(NamedTuple):
    """A private key in memory; made by `load_private` and `new_key`."""

    public: PublicKey
    private: Any
    """Of the library `cryptography`."""

    def __repr__(self) -> str:
        """Never the key."""
        return f"FileSigner({self.keyid})"

    @property
    def keyid(self) -> str:
        """The id of the public key."""
        return self.public.id

    def sign(self, message: bytes) -> bytes:
        """The signature over `message`."""
        return material.sign(self.public.algorithm, self.private, message)


def load_private(place: str | os.PathLike[str] | bytes, passphrase: Passphrase = None) -> FileSigner:
    """The private key in a file, or in bytes: OpenSSH, PKCS#1, SEC 1 or PKCS#8, locked or not.

    Raises InvalidKey (NoPassphrase and WrongPassphrase are of that family) or OSError.
    """
    data, name = _content(place)
    return read_private(data, name, passphrase)


def load_public(place: str | os.PathLike[str] | bytes) -> PublicKey:
    """The public key in a file, or in bytes: a line of SSH, or PEM. Raises InvalidKey or OSError.

    Of a private key in OpenSSH's format, which has the public one in clear, that one.
    """
    data, name = _content(place)
    if data.lstrip().startswith(b"-----BEGIN"):
        return read_public(data, name)
    try:
        lines = [line for line in data.decode("utf-8-sig").splitlines() if line.strip() and not line.startswith("#")]
    except UnicodeDecodeError as error:
        raise InvalidKey(f"{name} is no public key; name a .pub file") from error
    if len(lines) != 1:
        what = "has several keys; name a file with one" if lines else "is empty; name a .pub file"
        raise InvalidKey(f"{name} {what}")
    return public_from_line(lines[0], name)


def _content(place: str | os.PathLike[str] | bytes) -> tuple[bytes, str]:
    if isinstance(place, bytes):
        return place[: _LARGEST_FILE + 1], "the key"
    with Path(place).open("rb") as file:
        data = file.read(_LARGEST_FILE + 1)
    name = Path(place).name
    if len(data) > _LARGEST_FILE:
        raise InvalidKey(f"{name} has more than {_LARGEST_FILE >> 10} KiB; no key has")
    return data, name
