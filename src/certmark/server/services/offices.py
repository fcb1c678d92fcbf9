"""Roles in the programme: reviewers, the office, the operator; given on the server's command line."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.permissions import DEFAULT_RULES, OF_PROGRAMME, OF_VENDOR, AccessRules, Right, Role
from certmark.domain.suggestions import did_you_mean
from certmark.formats.permissions import read_rules
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted
from certmark.server.settings import Settings
from certmark.server.store import access, history, identities, membership
from certmark.server.store.membership import OfficeHolder

_LOG = logging.getLogger("certmark.server")


def rules_of(settings: Settings) -> AccessRules:
    """Who may see and do what on this server; what is overridden without effect is told.

    Raises InvalidPermissions, or CannotProceed where the file cannot be read.
    """
    file = settings.permissions
    if file is None:
        return DEFAULT_RULES
    try:
        rules = read_rules(file.read_bytes(), file.name)
    except OSError as error:
        raise CannotProceed(f"{file} cannot be read: {error.strerror}") from error
    for sentence in needless(rules):
        _LOG.warning("%s: %s", file.name, sentence)
    return rules


def needless(rules: AccessRules) -> list[str]:
    """What an operator should take out of the file, for it changes nothing."""
    return [f"{right.value} is overridden with what holds anyway; leave it out" for right in rules.without_effect()]


def check(services: Services, asker: Asker, rights: Sequence[Right]) -> None:
    """Whether who asks can have one of `rights` towards anything. Raises NotKnown or NotPermitted."""
    if not rights or any(asker.has(right) for right in rights):
        return
    if asker.identity is None:
        raise NotKnown(f"that needs the right {rights[0].value}; say who you are")
    if any(asker.rules.roles(right) & (OF_VENDOR | {Role.OWNER}) for right in rights):
        return  # the thing decides that is asked for
    with services.database.read() as transaction:
        roles = access.roles(transaction, asker, None)
    if not any(asker.has(right, roles) for right in rights):
        raise NotPermitted(f"that needs the right {rights[0].value}, and none of your roles here has it")


def listed(services: Services) -> list[OfficeHolder]:
    """Everybody with roles in the programme."""
    with services.database.read() as transaction:
        return membership.office_holders(transaction)


def seen(services: Services, asker: Asker) -> list[OfficeHolder]:
    """Likewise, for who may know. Raises NotPermitted."""
    check(services, asker, (Right.SEE_OFFICES,))
    return listed(services)


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


def acting(services: Services, name: str) -> Asker:
    """Somebody as who asks on the server's command line. Raises NotFound."""
    with services.database.read() as transaction:
        identity = identities.named(transaction, name)
    if identity is None:
        raise NotFound(f"nobody is called {name[:200]!r} here")
    return Asker(identity, name, EVERYTHING, OPERATOR.request, services.rules)


def role_named(word: str) -> Role:
    """A role in the programme by its word. Raises InvalidRequest."""
    words = {role.value.replace(" ", "-"): role for role in Role if role in OF_PROGRAMME}
    found = words.get(word.replace(" ", "-"))
    if found is None:
        raise InvalidRequest(f"{word[:40]!r} is no role in the programme{did_you_mean(word, words)}")
    return found
