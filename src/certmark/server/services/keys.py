"""Public keys of people: who signs with one is known by it.

1. Whoever adds a key signs a challenge with it that is fresh, theirs, this server's, and made for nothing else:
   `ssh-keygen -Y sign -n certmark-key`. It holds once, for ten minutes.
2. A key is one person's.
3. A key that was proven by RefStack's old signature over a word that never changes may send results by the old API
   and do nothing else, until it is proven by a challenge.
"""

from __future__ import annotations

import hashlib
import secrets

from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.store import audit, keys, people
from certmark.server.store.database import Transaction
from certmark.server.store.keys import StoredKey
from certmark.trust.errors import BadSignature
from certmark.trust.keys.keys import Algorithm, PublicKey, public_from_line
from certmark.trust.keys.material import verify
from certmark.trust.keys.signatures import read_ssh_signature

NAMESPACE = "certmark-key"
OLD, FRESH = 0, 1
"""How a key is proven."""
_OLD_WORD = b"signature"
_PATIENCE = 600_000_000
_MOST = 50
"""Keys of one person."""


def challenge(services: Services, asker: Asker) -> str:
    """What is to be signed (rule 1)."""
    where, who = services.settings.public_url or "local", ids.written(asker.identity or b"")
    text, now = f"{where} {who} {secrets.token_hex(32)}", services.clock()
    with services.database.write() as transaction:
        keys.ask(transaction, _digest(text.encode()), asker.identity or b"", now, now - _PATIENCE)
    return text


def add(services: Services, asker: Asker, line: str, asked: str, signature: str) -> StoredKey:
    """Rules 1 and 2. Raises InvalidKey, BadSignature or NotPermitted."""
    key, signed = public_from_line(line), read_ssh_signature(signature.encode())
    with services.database.write() as transaction:
        created = keys.take(transaction, _digest(asked.encode()), asker.identity or b"")
    if created is None or services.clock() - created > _PATIENCE:
        raise NotPermitted("you were not asked to sign that, or not within ten minutes; ask for another challenge")
    if signed.namespace != NAMESPACE:
        raise BadSignature(f"the signature was made for something else; make it with -n {NAMESPACE}")
    if signed.key.blob != key.blob:
        raise BadSignature("the signature is another key's")
    try:
        signed.verify(asked.encode())
    except BadSignature:
        signed.verify(f"{asked}\n".encode())  # as `echo` writes it
    return _kept(services, asker, key, FRESH)


def add_old(services: Services, asker: Asker, line: str, signature: str) -> StoredKey:
    """Rule 3. Raises InvalidKey, BadSignature or NotPermitted."""
    key = public_from_line(line)
    if key.algorithm is not Algorithm.RSA:
        raise BadSignature("a key is proven so with RSA only")
    try:
        found = bytes.fromhex(signature)
    except ValueError as error:
        raise BadSignature("the signature is not written in hexadecimal digits") from error
    verify(key, found, _OLD_WORD)
    return _kept(services, asker, key, OLD)


def import_old(services: Services, asker: Asker, line: str) -> StoredKey:
    """Rule 3, of a key that another server has looked at and whose signature nobody kept; `asker` is whose it is.

    Raises InvalidKey or NotPermitted.
    """
    return _kept(services, asker, public_from_line(line), OLD)


def sender_of(services: Services, key: PublicKey) -> Asker | None:
    """In whose name results are sent by the old API that are signed with a key (rule 3); None: it is nobody's."""
    with services.database.read() as transaction:
        found = keys.one(transaction, _digest(key.blob))
        name = None if found is None else people.name_of(transaction, found.identity)
    if found is None or name is None:
        return None
    return Asker(found.identity, name, frozenset({TokenScope.SUBMIT}), rules=services.rules)


def own(services: Services, asker: Asker) -> list[StoredKey]:
    """Keys of whoever asks."""
    with services.database.read() as transaction:
        return keys.of(transaction, asker.identity or b"")


def remove(services: Services, asker: Asker, digest: bytes) -> None:
    """Raises NotFound."""
    with services.database.write() as transaction:
        found = keys.one(transaction, digest)
        if found is None or found.identity != asker.identity:
            raise NotFound("you have no such key")
        keys.remove(transaction, digest)
        audit.note(transaction, asker, "key.remove", digest.hex(), services.clock())


def owner_of(services: Services, key: PublicKey, *, is_old_api: bool = False) -> bytes | None:
    """Whose key it is, as far as that counts (rule 3); None: nobody's."""
    with services.database.read() as transaction:
        found = keys.one(transaction, _digest(key.blob))
    return found.identity if found is not None and (found.proof == FRESH or is_old_api) else None


def _kept(services: Services, asker: Asker, key: PublicKey, proof: int) -> StoredKey:
    now = services.clock()
    new = StoredKey(_digest(key.blob), asker.identity or b"", key.line, proof, now)
    with services.database.write() as transaction:
        there = keys.one(transaction, new.digest)
        if there is None:
            _check_room(transaction, new.identity)
            keys.add(transaction, new)
        elif there.identity != new.identity:
            raise NotPermitted("somebody here has this key already")
        else:
            new = there._replace(proof=max(there.proof, proof))
            keys.prove(transaction, new.digest, new.proof)
        audit.note(transaction, asker, "key.add", new.digest.hex(), now)
    return new


def _check_room(transaction: Transaction, identity: bytes) -> None:
    if len(keys.of(transaction, identity)) >= _MOST:
        raise NotPermitted(f"you have {_MOST} keys; remove one of them")


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
