"""Signatures that `ssh-keygen -Y sign` makes over a file (OpenSSH's PROTOCOL.sshsig), made, read and checked."""

from __future__ import annotations

import binascii
import hashlib
from collections.abc import Iterable
from typing import NamedTuple

from certmark.formats.errors import excerpt
from certmark.trust.errors import BadSignature
from certmark.trust.keys import material, wire
from certmark.trust.keys.keys import Algorithm, PublicKey, Signer, public_from_blob

NAMESPACE = "certmark"
"""What a signature must have been made for: `ssh-keygen -Y sign -n certmark`."""
BEGIN = b"-----BEGIN SSH SIGNATURE-----"
_END = b"-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_LARGEST = 64 << 10
_WIDTH = 70

_DIGESTS = ("sha256", "sha512")


class SshSignature(NamedTuple):
    """A signature and what it says of itself."""

    key: PublicKey
    namespace: str
    digest: str
    """Of the message: sha256 or sha512."""
    reserved: bytes
    kind: str
    """Of the signature: ssh-ed25519, rsa-sha2-512 …"""
    sig: bytes

    def verify(self, message: bytes) -> None:
        """Raise BadSignature unless it is over `message`, whoever made it."""
        self.verify_digest(hashlib.new(self.digest, message).digest())

    def verify_stream(self, blocks: Iterable[bytes]) -> None:
        """Raise BadSignature unless it is over the bytes of `blocks`, one after the other."""
        found = hashlib.new(self.digest)
        for block in blocks:
            found.update(block)
        self.verify_digest(found.digest())

    def verify_digest(self, digest: bytes) -> None:
        """Raise BadSignature unless it is over a message with this digest."""
        signed = _signed(self.namespace, self.reserved, self.digest, digest)
        if self.key.algorithm is Algorithm.RSA:
            _verify_rsa(self, signed)
        else:
            material.verify(self.key, plain_signature(self.key.algorithm, self.sig), signed)


def _signed(namespace: str, reserved: bytes, name: str, digest: bytes) -> bytes:
    """What the key signs, for a message of this digest."""
    return _MAGIC + b"".join(map(wire.string, (namespace.encode(), reserved, name.encode(), digest)))


def sign_as_ssh(message: bytes, signer: Signer) -> bytes:
    """The signature over `message` as `ssh-keygen -Y sign -n certmark` writes it.

    Raises InvalidKey or AgentUnavailable.
    """
    key = signer.public
    digest = hashlib.sha512(message).digest()
    sig = signer.sign(_signed(NAMESPACE, b"", "sha512", digest))
    kind = "rsa-sha2-256" if key.algorithm is Algorithm.RSA else key.algorithm.ssh
    signature = wire.string(kind.encode()) + wire.string(_sig_of_ssh(key.algorithm, sig))
    parts = (key.blob, NAMESPACE.encode(), b"", b"sha512", signature)
    blob = _MAGIC + (1).to_bytes(4, "big") + b"".join(map(wire.string, parts))
    body = binascii.b2a_base64(blob, newline=False)
    lines = (body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH))
    return b"\n".join((BEGIN, *lines, _END)) + b"\n"


def _sig_of_ssh(algorithm: Algorithm, sig: bytes) -> bytes:
    if algorithm is not Algorithm.ECDSA_P256:
        return sig
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    return b"".join(map(wire.positive, decode_dss_signature(sig)))


def read_ssh_signature(data: bytes, name: str = "the signature") -> SshSignature:
    """The signature in the armoured `data`. Nothing is verified. Raises BadSignature or InvalidKey."""
    if len(data) > _LARGEST:
        raise BadSignature(f"{name} has more than {_LARGEST >> 10} KiB; no signature has")
    lines = data.strip().splitlines()
    if len(lines) < 3 or lines[0].strip() != BEGIN or lines[-1].strip() != _END:
        raise BadSignature(f"{name} is no signature of ssh-keygen -Y sign")
    try:
        return _understood(wire.Reader(_unarmoured(b"".join(line.strip() for line in lines[1:-1]))), name)
    except wire.Damaged as error:
        raise BadSignature(f"{name} is no signature of SSH: {error}") from error
    except ValueError as error:
        if isinstance(error, BadSignature) or type(error) is not binascii.Error:
            raise
        raise BadSignature(f"{name} is no signature of SSH: it is damaged; take a fresh copy") from error


def _unarmoured(body: bytes) -> bytes:
    blob = binascii.a2b_base64(body, strict_mode=True)
    if binascii.b2a_base64(blob, newline=False) != body:
        raise wire.Damaged("its base64 has bits that mean nothing")
    return blob


def _understood(reader: wire.Reader, name: str) -> SshSignature:
    if reader.take(len(_MAGIC)) != _MAGIC or reader.number() != 1:
        raise wire.Damaged("it is not of version 1")
    key = public_from_blob(reader.string(), f"the key in {name}")
    namespace, reserved, digest = reader.text(), reader.string(), reader.text()
    if digest not in _DIGESTS:
        raise wire.Damaged(f"its digest is {excerpt(digest, 20)}, neither sha256 nor sha512")
    signature = wire.Reader(reader.string())
    reader.end()
    kind, sig = signature.text(), signature.string()
    signature.end()
    allowed = ("rsa-sha2-256", "rsa-sha2-512") if key.algorithm is Algorithm.RSA else (key.algorithm.ssh,)
    if kind not in allowed:
        raise wire.Damaged(f"it is of the kind {excerpt(kind, 40)}, which a key {key.algorithm.ssh} does not make")
    return SshSignature(key, namespace, digest, reserved, kind, sig)


def plain_signature(algorithm: Algorithm, sig: bytes) -> bytes:
    """The bytes of a signature of SSH as `PublicKey.verify` takes them. Raises Damaged."""
    if algorithm is not Algorithm.ECDSA_P256:
        return sig
    from certmark.trust.keys.material import ecdsa_der

    numbers = wire.Reader(sig)
    der = ecdsa_der(numbers.positive(), numbers.positive())
    numbers.end()
    return der


def _verify_rsa(signature: SshSignature, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes

    from certmark.trust.keys.material import verify_rsa

    digest = hashes.SHA512() if signature.kind == "rsa-sha2-512" else hashes.SHA256()
    try:
        verify_rsa(signature.key, signature.sig, signed, digest)
    except InvalidSignature as error:
        raise BadSignature(f"the signature is not that of {signature.key.id} over these bytes") from error
