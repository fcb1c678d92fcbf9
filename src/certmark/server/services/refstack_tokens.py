"""Bearer tokens of RefStack's API: a JWT that somebody signs with a key of theirs.

1. It is signed with RS256 by a key that its maker has here, and was proven by a fresh challenge: one that was proven
   by RefStack's old signature may send results, and nothing else.
2. It says `user_openid` and `exp`, and holds for 31 days at most from now. What it is good for is what a token of
   ours may be good for, and managing.
"""

from __future__ import annotations

from typing import Any

from certmark.server.asking import Asker, TokenScope
from certmark.server.services.context import Services
from certmark.server.services.errors import NotKnown
from certmark.server.services.keys import FRESH
from certmark.server.services.openids import identity_called
from certmark.server.store import keys, people

_LEEWAY = 42
"""Seconds, as RefStack had it."""
_LONGEST = 31 * 86_400
_LARGEST = 16 << 10
_SECOND = 1_000_000
_MAY = frozenset({TokenScope.READ, TokenScope.SUBMIT, TokenScope.MANAGE})
_NOT_VALID = "Token is not valid"


def is_one(token: str) -> bool:
    """Whether a token is of this kind, and none of ours."""
    return token.count(".") == 2


def asker_of(services: Services, token: str) -> Asker:
    """Whom a token stands for. Raises NotKnown with the words that RefStack had for it."""
    openid = _claimed(token).get("user_openid")
    if not isinstance(openid, str) or not openid:
        raise NotKnown("Token does not contain user's openid")
    with services.database.read() as transaction:
        identity = identity_called(transaction, openid)
        proven = [] if identity is None else [one for one in keys.of(transaction, identity) if one.proof == FRESH]
        name = None if identity is None else people.name_of(transaction, identity)
    if not any(_is_signed_by(one.line, token, services.clock() // _SECOND) for one in proven):
        raise NotKnown(f"{_NOT_VALID}; it must be signed with RS256 by a key that you proved here, and not have ended")
    return Asker(identity, name or "", _MAY)


def _claimed(token: str) -> dict[str, Any]:
    """What it says, whoever made it: by that the keys are found which may have signed it."""
    from joserfc.errors import JoseError
    from joserfc.jws import extract_compact
    from msgspec import DecodeError, json

    try:
        if len(token) > _LARGEST:
            raise NotKnown(_NOT_VALID)
        found = json.decode(extract_compact(token.encode()).payload)
    except (JoseError, DecodeError, ValueError, TypeError, RecursionError) as error:
        raise NotKnown(_NOT_VALID) from error
    return found if isinstance(found, dict) else {}


def _is_signed_by(line: str, token: str, now: int) -> bool:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key
    from joserfc.errors import JoseError
    from joserfc.jwk import RSAKey
    from joserfc.jwt import JWTClaimsRegistry, decode

    if not line.startswith("ssh-rsa "):
        return False
    public = load_ssh_public_key(line.encode()).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        claims = decode(token, RSAKey.import_key(public), algorithms=["RS256"]).claims
        JWTClaimsRegistry(now, _LEEWAY, exp={"essential": True}).validate(dict(claims))
    except (JoseError, ValueError, TypeError, KeyError):
        return False
    return bool(claims["exp"] <= now + _LONGEST)
