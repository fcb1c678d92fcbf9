"""What every change of something owned has: a right, a state that it changes, one transaction.

1. Who may not see a thing is not told that it is there; who sees it is told which right they lack.
2. A change names the revision that it changes; of two who change one at once the second is told (Outdated).
3. A change, what history says of it and what the audit says of it are kept together, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from certmark.domain.permissions import Right, Role
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotKnown, NotPermitted, Outdated, WrongState
from certmark.server.store import access
from certmark.server.store.database import Conflict, Transaction

_AGAIN = "somebody else changed it since you looked at it; look again, and change what is there now"


@contextmanager
def changing(services: Services, conflict: str, refusal: type[WrongState] = WrongState) -> Iterator[Transaction]:
    """A transaction of rule 3. Raises `refusal` with the sentence `conflict` where the database refuses it."""
    try:
        with services.database.write() as transaction:
            yield transaction
    except Conflict as error:
        raise refusal(conflict) from error


def require(transaction: Transaction, asker: Asker, right: Right, vendor: bytes | None = None) -> frozenset[Role]:
    """The roles of who asks in the programme and in `vendor`, of which one has `right`. Raises NotPermitted."""
    roles = access.roles(transaction, asker, vendor)
    if not asker.has(right, roles):
        if asker.identity is None:
            raise NotKnown(f"that needs the right {right.value}; say who you are")
        raise NotPermitted(f"that needs the right {right.value}, and none of your roles here has it")
    return roles


def check_revision(expected: int | None, revision: int) -> None:
    """Rule 2; None: whatever it is now. Raises Outdated."""
    if expected is not None and expected != revision:
        raise Outdated(_AGAIN)


def changed(revision: int | None) -> int:
    """The new revision of what was changed. Raises Outdated where there is none."""
    if revision is None:
        raise Outdated(_AGAIN)
    return revision
