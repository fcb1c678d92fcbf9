"""Who is asking: a value that every service takes, so that who may see is part of every question."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class TokenScope(Enum):
    """What somebody may do."""

    READ = "read"
    """See what is their own, and what is public."""
    SUBMIT = "submit"
    """Send results, and delete their own."""
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

    def may(self, scope: TokenScope) -> bool:
        """Whether they may do such things at all."""
        return scope in self.scopes


STRANGER = Asker(None, "", frozenset())
"""Nobody said who they are."""
EVERYTHING = frozenset(TokenScope)
"""What the one person of a local server may do."""
OPERATOR = Asker(None, "operator", EVERYTHING, "certmark-server")
"""Whoever has the command line of the server."""
WORKER = Asker(None, "worker", EVERYTHING, "worker")
"""The server itself, outside of requests."""
