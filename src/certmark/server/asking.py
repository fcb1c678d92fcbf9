"""Who is asking: a value that every service takes, so that who may see is part of every question."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from certmark.domain.permissions import DEFAULT_RULES, AccessRules, Right, Role, with_everybody


class TokenScope(Enum):
    """What somebody may do."""

    READ = "read"
    """See what is their own, and what is public."""
    SUBMIT = "submit"
    """Send results, and delete their own."""
    RUN = "run"
    """Claim standing orders, and say what becomes of them; for runners."""
    MANAGE = "manage"
    """Change what they own: vendors, members, products; decide where their roles allow it."""
    ACCOUNT = "account"
    """See and change how they are known here: tokens, sessions, keys. Only who is signed in may; no token does."""


class Asker(NamedTuple):
    """Whoever sends a request."""

    identity: bytes | None
    """None: a stranger, who sees what is public."""
    name: str
    scopes: frozenset[TokenScope]
    request: str = ""
    """The id of the request, for the audit."""
    rules: AccessRules = DEFAULT_RULES
    """Of the server that is asked: which roles have which right."""

    def may(self, scope: TokenScope) -> bool:
        """Whether they may do such things at all."""
        return scope in self.scopes

    def has(self, right: Right, roles: Iterable[Role] = ()) -> bool:
        """Whether they have a right to a thing towards which they have these roles."""
        return self.rules.allow(right, with_everybody(roles, is_known=self.identity is not None))


STRANGER = Asker(None, "", frozenset())
"""Nobody said who they are."""
ANONYMOUS = hashlib.sha256(b"certmark: whoever sends results and does not say who they are").digest()[:16]
"""Whose runs are that nobody signed; nobody is this one."""
ANONYMOUS_NAME = "anonymous senders"
EVERYTHING = frozenset(TokenScope)
"""What the one person of a local server may do."""
OPERATOR = Asker(None, "operator", EVERYTHING, "certmark-server")
"""Whoever has the command line of the server."""
WORKER = Asker(None, "worker", EVERYTHING, "worker")
"""The server itself, outside of requests."""
