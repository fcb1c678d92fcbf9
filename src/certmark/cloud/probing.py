"""A plain question to every service that a run's tests use: is the cloud there?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.authentication import NotSignedIn, sign_in
from certmark.cloud.client import Client
from certmark.cloud.discovery.tempest_conf import ACCOUNTS
from certmark.cloud.errors import CloudError
from certmark.cloud.leftovers.kinds import KINDS
from certmark.cloud.leftovers.projects import user_of_run
from certmark.cloud.replies import Unanswered
from certmark.domain.outages import ServiceAnswer

IDENTITY = "identity"
_FIRST = {kind.service: kind for kind in reversed(KINDS)}
"""What is listed to ask a service: the first kind of its things."""


def ask_services(configuration: Path, services: Collection[str]) -> Iterator[ServiceAnswer]:
    """What identity and these services give to a user of the run, by the configuration in its folder.

    A user who is refused is an answer, too. Raises CloudError where the configuration names nobody.
    """
    accounts = read_accounts(configuration / ACCOUNTS) if (configuration / ACCOUNTS).exists() else ()
    account, address = user_of_run(configuration, accounts)
    try:
        client = sign_in(account, address)
    except NotSignedIn as error:
        yield ServiceAnswer(IDENTITY, error.status, str(error))
        return
    except CloudError as error:
        yield ServiceAnswer(IDENTITY, None, str(error))
        return
    yield ServiceAnswer(IDENTITY, 200)
    for service in sorted(set(services) - {IDENTITY}):
        if client.has(service):
            yield _asked(client, service)


def _asked(client: Client, service: str) -> ServiceAnswer:
    kind = _FIRST.get(service)
    path = "" if kind is None else client.path(service, kind.path.partition("?")[0])
    try:
        reply = client.ask("GET", service, f"{path}?limit=1", headers={} if kind is None else kind.headers)
    except Unanswered as error:
        return ServiceAnswer(service, error.status, str(error))
    return ServiceAnswer(service, reply.status)
