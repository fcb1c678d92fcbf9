"""One user of one cloud, signed in: every service is asked through a `Client`, and what it answers is a value.

1. An answer is a `Reply`, whatever its status. Where none came, or none that can be read, Unanswered is raised.
2. Nothing is repeated here: the transport below repeats what reads, and keeps every answer in bounds.
3. A request that changes something follows no redirect, and no link of an answer is visited (`replies`):
   either could carry the token elsewhere.
4. Nothing is logged: bodies and headers hold secrets.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote

from certmark.cloud.catalogue import PREFERRED_TYPES, endpoints_of, serving, versioned_url
from certmark.cloud.errors import first_line
from certmark.cloud.explaining import TOKEN, explain
from certmark.cloud.replies import Listed, Reply, ReplyPage, Unanswered, listed, pages
from certmark.cloud.timeouts import answer_seconds

_READING = frozenset({"GET", "HEAD"})


class CloudAddress(NamedTuple):
    """How a cloud is reached."""

    auth_url: str
    region: str = ""
    interfaces: tuple[str, ...] = ("public",)
    """Of each service the first of these that it has."""
    verify: bool | str = True
    """A file of certificates, or whether certificates are checked."""
    overrides: Mapping[str, str] = {}
    """Our word for a service -> where it is, whatever the catalogue says."""


class Client:
    """One user, signed in. A service is where the catalogue has it, in the version that is spoken."""

    def __init__(self, session: Any, address: CloudAddress, *, label: str = "", seconds: float | None = None) -> None:
        token = session.auth.get_access(session)
        self.address = address
        self.user_id = str(token.user_id or "")
        self.project_id = str(token.project_id or "")
        self.project = str(token.project_name or "")
        self.domain_id = str(token.project_domain_id or domain_of_user(token).id or "")
        self.roles = tuple(str(role) for role in token.role_names or ())
        self.label = label or f"{token.username} of {self.project}"
        """The user, for messages."""
        self.endpoints = endpoints_of(token)
        """The whole catalogue."""
        self._urls: dict[str, str] = {}
        for one in serving(self.endpoints, address.interfaces, address.region):
            self._urls.setdefault(one.type, one.url)
        self._urls |= {PREFERRED_TYPES[service][0]: url for service, url in address.overrides.items()}
        self._urls.setdefault("identity", address.auth_url)
        self._token = token
        self._session = session
        self._seconds = seconds

    def at(self, address: CloudAddress) -> Client:
        """The same user at another `address` of the same cloud, without signing in again while the token holds."""
        return Client(self._session, address, label=self.label)

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator."""
        return is_admin(self.roles)

    @property
    def issued(self) -> dt.datetime | None:
        """When Keystone, by its clock, gave the token; None where it does not tell."""
        try:
            moment: dt.datetime = self._token.issued
        except (KeyError, ValueError, TypeError, AttributeError):
            return None
        return moment

    def has(self, service: str) -> bool:
        """Whether the catalogue has the service."""
        return self.url(service) is not None

    def url(self, service: str) -> str | None:
        """The address of the version that is spoken; None where the catalogue has none."""
        return versioned_url(self._urls, service)

    def path(self, service: str, template: str, user: str = "") -> str:
        """A path with `{project}` (where the service's address does not have it already) and `{user}` filled in."""
        if self.project_id in (self.url(service) or ""):
            template = template.replace("/{project}", "", 1)
        return template.replace("{project}", quote(self.project_id)).replace("{user}", quote(user or self.user_id))

    def ask(
        self,
        method: str,
        service: str,
        path: str = "",
        *,
        json: object = None,
        data: object = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """The reply to `method` on `path` (relative to the service's address, or a whole URL). Raises Unanswered.

        `data` is sent as it is; `seconds` are for the answer with all repeats.
        """
        more: dict[str, Any] = {name: value for name, value in (("json", json), ("data", data)) if value is not None}
        if method not in _READING:
            more["redirect"] = False

        def send() -> Any:
            asker, url = self._asker_of(service, path)
            return asker.request(
                url,
                method,
                headers={"Accept": "application/json", **(headers or {})},
                raise_exc=False,
                timeout=seconds or self._seconds or answer_seconds(),
                connect_retries=0,
                status_code_retries=0,
                log=False,
                **more,
            )

        answer = self._guarded(service, send)
        return Reply(answer.status_code, _json(answer), answer.headers)

    def get(
        self, service: str, path: str, *, headers: Mapping[str, str] | None = None, seconds: float | None = None
    ) -> Any:
        """The JSON of an answer below 400 to GET `path`. Raises Unanswered."""
        return self.ask("GET", service, path, headers=headers, seconds=seconds).content(service, path)

    def pages(
        self, service: str, path: str, key: str, *, headers: Mapping[str, str] | None = None
    ) -> Iterator[ReplyPage]:
        """The pages of the list under `key`, as they come. Raises Unanswered."""
        return pages(lambda asked: self.ask("GET", service, asked, headers=headers), path, key)

    def all(self, service: str, path: str, key: str) -> Listed:
        """The things under `key` of all pages; nothing where it is refused: the reply tells. Raises Unanswered."""
        found = listed(self.pages(service, path, key))
        return found._replace(items=[one for one in found.items if isinstance(one, dict)])

    def _asker_of(self, service: str, path: str) -> tuple[Any, str]:
        """Who sends the request, and what it asks for."""
        base = self.url(service)
        if base is None:
            raise Unanswered(f"the catalogue has no {service} service")
        if path.startswith(("http://", "https://")):
            return self._session, path
        # An empty path leaves the address as it is: to Swift a slash at its end is a container without a name.
        return self._session, base + ("" if not path or path[0] in "/?" else "/") + path

    def _place(self, service: str) -> str:
        """The address of a service, for messages."""
        return self.url(service) or service

    def _guarded(self, service: str, send: Callable[[], Any]) -> Any:
        from keystoneauth1 import exceptions as ka

        try:
            return send()
        except ka.ClientException as error:
            status = getattr(error, "http_status", None)
            raise Unanswered(explain(error, self._place(service), TOKEN), status) from error
        except (OSError, ValueError) as error:
            raise Unanswered(f"{service} cannot be asked: {first_line(error)}") from error


class VersionedClient(Client):
    """One user who finds services by the version documents that they have, as an SDK does.

    `adapter_of` gives the adapter of keystoneauth for a service.
    """

    def __init__(self, session: Any, address: CloudAddress, adapter_of: Callable[[str], Any]) -> None:
        super().__init__(session, address)
        self._adapter_of = adapter_of

    def version_of(self, service: str) -> Any:
        """What its version document says, as keystoneauth has it; None where it has none. Raises Unanswered."""
        return self._guarded(service, lambda: self._adapter_of(service).get_endpoint_data())

    def listed_url(self, service: str) -> str:
        """The URL in the catalogue, as it stands there. Raises Unanswered."""
        found = self._guarded(service, lambda: self._adapter_of(service).get_endpoint(skip_discovery=True))
        if not found:
            raise Unanswered(f"the catalogue has no endpoint of {service}")
        return str(found)

    def _asker_of(self, service: str, path: str) -> tuple[Any, str]:
        return self._adapter_of(service), path

    def _place(self, service: str) -> str:
        try:
            return str(self._adapter_of(service).get_endpoint(skip_discovery=True) or service)
        except Exception:  # noqa: BLE001 - for a message only
            return service


class UserDomain(NamedTuple):
    """The domain of a user; None of both for one of an identity provider, who need have none."""

    id: str | None
    name: str | None


def domain_of_user(token: Any) -> UserDomain:
    """The domain of the token's user. Raises what keystoneauth raises over a token that is none."""
    try:
        return UserDomain(token.user_domain_id, token.user_domain_name)
    except KeyError:
        if not token.is_federated:
            raise
        return UserDomain(None, None)


def is_admin(roles: Iterable[str]) -> bool:
    """Whether somebody with these roles is an administrator, who may make users of his own accord."""
    return "admin" in {role.lower() for role in roles}


def _json(answer: Any) -> Any:
    try:
        return answer.json() if answer.content else None
    except (ValueError, RecursionError):
        return None
