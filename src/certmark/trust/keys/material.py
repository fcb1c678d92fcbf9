"""What the library `cryptography` does for keys: sign, verify, and tell the public key of a private one."""

from __future__ import annotations

from typing import Any, assert_never

from certmark.trust.errors import BadSignature, InvalidKey
from certmark.trust.keys import wire
from certmark.trust.keys.keys import Algorithm, PublicKey, public_from_blob

_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    """Raise BadSignature unless `signature` is that of `key` over `message`; InvalidKey for no point of its curve."""
    from cryptography.exceptions import InvalidSignature

    try:
        _verify(key, signature, message)
    except InvalidSignature as error:
        raise BadSignature(f"the signature is not that of {key.id} over these bytes") from error


def _verify(key: PublicKey, signature: bytes, message: bytes) -> None:
    match key.algorithm:
        case Algorithm.ED25519:
            _ed25519(key).verify(signature, message)
        case Algorithm.ECDSA_P256:
            from cryptography.hazmat.primitives.asymmetric import ec
            from cryptography.hazmat.primitives.hashes import SHA256

            _ecdsa(key).verify(signature, message, ec.ECDSA(SHA256()))
        case Algorithm.RSA:
            from cryptography.hazmat.primitives.hashes import SHA256

            verify_rsa(key, signature, message, SHA256())
        case _:
            assert_never(key.algorithm)


def verify_rsa(key: PublicKey, signature: bytes, message: bytes, digest: Any) -> None:
    """PKCS#1 v1.5 with another digest: SSH signatures may have SHA-512."""
    from cryptography.hazmat.primitives.asymmetric import padding

    _rsa(key).verify(signature, message, padding.PKCS1v15(), digest)


def sign(algorithm: Algorithm, private: Any, message: bytes) -> bytes:
    """The signature of a private key of the library."""
    match algorithm:
        case Algorithm.ED25519:
            return bytes(private.sign(message))
        case Algorithm.ECDSA_P256:
            from cryptography.hazmat.primitives.asymmetric import ec
            from cryptography.hazmat.primitives.hashes import SHA256

            return low_s(bytes(private.sign(message, ec.ECDSA(SHA256()))))
        case Algorithm.RSA:
            from cryptography.hazmat.primitives.asymmetric import padding
            from cryptography.hazmat.primitives.hashes import SHA256

            return bytes(private.sign(message, padding.PKCS1v15(), SHA256()))
        case _:
            assert_never(algorithm)


def public_of(key: Any, name: str) -> PublicKey:
    """The library's public key as ours. Raises InvalidKey for a kind or a size that is not used here."""
    kind = type(key).__name__
    if kind.startswith("Ed25519"):
        blob = wire.string(b"ssh-ed25519") + wire.string(key.public_bytes_raw())
    elif kind.startswith("RSA"):
        numbers = key.public_numbers()
        blob = wire.string(b"ssh-rsa") + wire.positive(numbers.e) + wire.positive(numbers.n)
    elif kind.startswith("EC") and key.curve.name == "secp256r1":
        numbers = key.public_numbers()
        point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        blob = wire.string(b"ecdsa-sha2-nistp256") + wire.string(b"nistp256") + wire.string(point)
    else:
        curve = f" on {key.curve.name}" if kind.startswith("EC") else f" ({kind.removesuffix('PublicKey')})"
        raise InvalidKey(f"{name} is a key of a kind that is not used here{curve}; use Ed25519, ECDSA on P-256 or RSA")
    return public_from_blob(blob, name)


def ecdsa_der(r: int, s: int) -> bytes:
    """The signature (r, s) in DER."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    return encode_dss_signature(r, s)


def low_s(signature: bytes) -> bytes:
    """Of the two ECDSA signatures (r, s) and (r, n - s), which both verify, the one that is made here."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    r, s = decode_dss_signature(signature)
    return ecdsa_der(r, _P256_ORDER - s if _P256_ORDER // 2 < s < _P256_ORDER else s)


def _ed25519(key: PublicKey) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    def build(reader: wire.Reader) -> Any:
        return Ed25519PublicKey.from_public_bytes(reader.string())

    return _built(key, build)


def _ecdsa(key: PublicKey) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    def build(reader: wire.Reader) -> Any:
        reader.string()
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), reader.string())

    return _built(key, build)


def _rsa(key: PublicKey) -> Any:
    from cryptography.hazmat.primitives.asymmetric import rsa

    def build(reader: wire.Reader) -> Any:
        exponent = reader.positive()
        return rsa.RSAPublicNumbers(exponent, reader.positive()).public_key()

    return _built(key, build)


def _built(key: PublicKey, build: Any) -> Any:
    reader = wire.Reader(key.blob)
    reader.string()
    try:
        return build(reader)
    except ValueError as error:
        raise InvalidKey(f"{key.id} is no sound key of {key.algorithm.value}") from error
