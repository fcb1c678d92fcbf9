"""Public keys of people and of vendors: who signs with one is known by it.

1. Whoever adds a key signs a challenge with it that is fresh, theirs, this server's, and made for nothing else:
   `ssh-keygen -Y sign -n certmark-key`. It holds once, for ten minutes.
2. A key is one person's or one vendor's.
3. A key that was proven by RefStack's old signature over a word that never changes may send results by the old API
   and do nothing else, until it is proven by a challenge.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple

from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted
from certmark.server.services.holders import holder, new_holder, note
from certmark.server.store import keys, people
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
"""Keys of one holder."""


class Proof(NamedTuple):
    """That somebody has a key."""

    line: str
    """The key."""
    challenge: str
    signature: str
    """Over the challenge, as ssh-keygen -Y sign writes it."""


def challenge(services: Services, asker: Asker, vendor: bytes | None = None) -> str:
    """What is to be signed (rule 1). Raises NotFound, NotPermitted or WrongState."""
    where, now = services.settings.public_url or "local", services.clock()
    with services.database.write() as transaction:
        whose = new_holder(services, transaction, asker, vendor).identity
        text = f"{where} {ids.written(whose)} {secrets.token_hex(32)}"
        keys.ask(transaction, _digest(text.encode()), whose, now, now - _PATIENCE)
    return text


def add(services: Services, asker: Asker, proof: Proof, vendor: bytes | None = None) -> StoredKey:
    """Rules 1 and 2. Raises InvalidKey, BadSignature, NotFound, NotPermitted or WrongState."""
    key = proven(services, asker, proof, vendor)
    return _kept(services, asker, key, FRESH, vendor)


def proven(services: Services, asker: Asker, proof: Proof, vendor: bytes | None = None) -> PublicKey:
    """The key that signed a challenge of theirs (rule 1). Raises as `add`."""
    asked = proof.challenge
    with services.database.read() as transaction:
        whose = holder(transaction, asker, vendor)
    key, signed = public_from_line(proof.line), read_ssh_signature(proof.signature.encode())
    with services.database.write() as transaction:
        created = keys.take(transaction, _digest(asked.encode()), whose.identity)
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
    return key


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
        found = keys.one(transaction, digest_of(key))
        name = None if found is None else people.name_of(transaction, found.identity)
    if found is None or name is None:
        return None
    return Asker(found.identity, name, frozenset({TokenScope.SUBMIT}), rules=services.rules)


def own(services: Services, asker: Asker, vendor: bytes | None = None) -> list[StoredKey]:
    """Keys of whoever asks, or of a vendor of theirs. Raises NotFound, NotPermitted or WrongState."""
    with services.database.read() as transaction:
        return keys.of(transaction, holder(transaction, asker, vendor).identity)


def remove(services: Services, asker: Asker, digest: bytes, vendor: bytes | None = None) -> None:
    """Raises NotFound, NotPermitted or WrongState."""
    with services.database.write() as transaction:
        whose, found = holder(transaction, asker, vendor), keys.one(transaction, digest)
        if found is None or found.identity != whose.identity:
            raise NotFound("there is no such key of yours")
        keys.remove(transaction, digest)
        note(transaction, asker, whose, ("key.remove", digest.hex()), services.clock())


def owner_of(services: Services, key: PublicKey, *, is_old_api: bool = False) -> bytes | None:
    """Whose key it is, as far as that counts (rule 3); None: nobody's."""
    with services.database.read() as transaction:
        found = keys.one(transaction, digest_of(key))
    return found.identity if found is not None and (found.proof == FRESH or is_old_api) else None


def _kept(services: Services, asker: Asker, key: PublicKey, proof: int, vendor: bytes | None = None) -> StoredKey:
    now = services.clock()
    with services.database.write() as transaction:
        whose = new_holder(services, transaction, asker, vendor)
        new = StoredKey(digest_of(key), whose.identity, key.line, proof, now)
        there = keys.one(transaction, new.digest)
        if there is None:
            _check_room(transaction, new.identity)
            keys.add(transaction, new)
        elif there.identity != new.identity:
            raise NotPermitted("somebody here has this key already")
        else:
            new = there._replace(proof=max(there.proof, proof))
            keys.prove(transaction, new.digest, new.proof)
        note(transaction, asker, whose, ("key.add", new.digest.hex()), now)
    return new


def _check_room(transaction: Transaction, identity: bytes) -> None:
    if len(keys.of(transaction, identity)) >= _MOST:
        raise NotPermitted(f"there are {_MOST} keys; remove one of them")


def digest_of(key: PublicKey) -> bytes:
    """By which a key is found."""
    return _digest(key.blob)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
