"""Who is examined: a connection, what was discovered through it, and the configuration that a run would have."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from certmark.cloud.accounts_file import Account
from certmark.cloud.catalogue import ServiceState
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.service import Service, Unanswered
from certmark.cloud.timeouts import in_proportion

if TYPE_CHECKING:
    from openstack.connection import Connection

_SECONDS = 12.0


def patience() -> float:
    """Seconds for one answer."""
    return in_proportion(_SECONDS)


class ExaminedCloud(NamedTuple):
    """A cloud that is about to be tested."""

    connection: Connection
    discovered: Discovered
    options: Mapping[str, str]
    """`section.name` -> value, as the suite will be told."""
    accounts: tuple[Account, ...] | None
    """Whom the tests act as; None where the suite makes its own users."""

    def state(self, service: str) -> ServiceState | None:
        """How the service was found; None where the catalogue does not have it."""
        return next((state for state in self.discovered.services if state.service == service and state.url), None)

    def service(self, name: str) -> Service:
        """The service, as the connection's own user sees it. Raises Unanswered."""
        state = self.state(name)
        if state is None:
            raise Unanswered(f"the catalogue has no {name}")
        adapter: Any = self.connection.config.get_session_client(state.type or name)  # type: ignore[no-untyped-call,unused-ignore]  # untyped in older versions
        return Service(name, adapter, self.discovered.me.region)


class Answer(NamedTuple):
    """An answer with its status and headers, which `Service.get` does not give."""

    status: int
    headers: Mapping[str, str]
    body: Any
    """Of JSON; None where it is none."""


class UserSession:
    """One signed-in account: asks any service of the cloud as that user."""

    def __init__(self, session: Any, project: str, bases: Mapping[str, str]) -> None:
        self._session = session
        self.project = project
        self._bases = bases

    def has(self, service: str) -> bool:
        """Whether the service can be asked."""
        return service in self._bases

    def ask(self, service: str, path: str = "", method: str = "GET", **headers: str) -> Answer:
        """What the service answers to `path`, whatever its status. Raises Unanswered."""
        from keystoneauth1 import exceptions as ka

        named = {name.replace("_", "-"): value for name, value in headers.items()}
        base = self._bases[service].replace(_PROJECT, self.project)
        url = base if not path else f"{base.rstrip('/')}/{path}"
        try:
            answer = self._session.request(
                url, method, headers={"Accept": "application/json"} | named, raise_exc=False, timeout=patience(),
                connect_retries=0, endpoint_filter=None, authenticated=True,
            )  # fmt: skip
        except (ka.ClientException, OSError, ValueError) as error:
            from certmark.cloud.explaining import TOKEN, why

            raise Unanswered(why(error, base, TOKEN)) from error
        return Answer(answer.status_code, answer.headers, _json(answer))

    def get(self, service: str, path: str) -> Any:
        """The JSON of an answer below 400. Raises Unanswered."""
        answer = self.ask(service, path)
        if answer.status >= 400:
            raise Unanswered(f"{service} answers {answer.status} to GET {path}")
        if answer.body is None:
            raise Unanswered(f"{service} answers something that is not JSON to GET {path}")
        return answer.body


def _json(answer: Any) -> Any:
    try:
        return answer.json() if answer.content else None
    except (ValueError, RecursionError):
        return None


_PROJECT = "\0project\0"
_VERSIONED = {"network": ("/v2.0", r"/v2\.0/?\Z"), "image": ("/v2", r"/v2/?\Z")}


def bases_of(patient: ExaminedCloud) -> dict[str, str]:
    """Service -> URL that paths are relative to, with a mark in the place of the project's id; no calls are made."""
    me = patient.discovered.me
    found = {}
    for state in patient.discovered.services:
        if state.url is None:
            continue
        url = state.url.rstrip("/")
        version, pattern = _VERSIONED.get(state.service, ("", r"\Z"))
        if not re.search(pattern, url):
            url += version
        found[state.service] = url.replace(me.project_id, _PROJECT) if me.project_id else url
    return found
