"""Keys of logs and witnesses for tests; the same number gives the same key."""

from __future__ import annotations

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certmark.trust.log.notes import NoteKey, NoteKind, NoteSigner


def signer_of(name: str, number: int = 1, kind: NoteKind = NoteKind.ED25519) -> NoteSigner:
    """A signer of notes under `name`."""
    private = Ed25519PrivateKey.from_private_bytes(sha256(b"key %d of the tests" % number).digest())
    return NoteSigner(NoteKey(name, kind, private.public_key().public_bytes_raw()), private.sign)
