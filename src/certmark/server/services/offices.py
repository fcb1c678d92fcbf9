"""Roles in the programme: reviewers, the office, the operator; given on the server's command line."""

from __future__ import annotations

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import OF_PROGRAMME, Role
from certmark.domain.suggestions import did_you_mean
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.tokens import OPERATOR
from certmark.server.store import history, identities, membership
from certmark.server.store.membership import OfficeHolder


def listed(services: Services) -> list[OfficeHolder]:
    """Everybody with roles in the programme."""
    with services.database.read() as transaction:
        return membership.office_holders(transaction)


def appoint(services: Services, name: str, roles: frozenset[Role], organisation: str) -> OfficeHolder:
    """Give somebody just these roles in the programme; none: they have none. Raises NotFound or InvalidRequest."""
    if roles - OF_PROGRAMME:
        raise InvalidRequest("roles in a vendor are given by its administrators and the programme office")
    if Role.REVIEWER in roles and not organisation:
        raise InvalidRequest("a reviewer belongs to an organisation; name it")
    now = services.clock()
    with services.database.write() as transaction:
        identity = identities.named(transaction, name)
        if identity is None:
            raise NotFound(f"nobody is called {name[:200]!r} here; they must sign in once, or be given a token")
        holder = OfficeHolder(identity, name, roles, organisation, now)
        membership.put_office(transaction, holder)
        detail = {"roles": sorted(role.value for role in roles), "organisation": organisation}
        history.note(transaction, OPERATOR, "office.appoint", identity, now, detail=detail)
    return holder


def role_named(word: str) -> Role:
    """A role in the programme by its word. Raises InvalidRequest."""
    words = {role.value.replace(" ", "-"): role for role in Role if role in OF_PROGRAMME}
    found = words.get(word.replace(" ", "-"))
    if found is None:
        raise InvalidRequest(f"{word[:40]!r} is no role in the programme{did_you_mean(word, words)}")
    return found
