"""Signed in as one user, asking any service for anything: requests with answers as values.

Unlike `service.Service` this also sends requests that change things. No redirect is followed and no
link of an answer is visited, for either could carry the token elsewhere.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from certmark.cloud.accounts_file import Account
from certmark.cloud.errors import CloudError, first_line
from certmark.cloud.explaining import TOKEN, why
from certmark.cloud.service import Unanswered
from certmark.cloud.timeouts import answer_seconds
from certmark.cloud.transport import transport_of

if TYPE_CHECKING:
    from openstack.connection import Connection

_PAGES = 400
_OK = range(200, 300)
_FOUND_NOTHING = frozenset({404, 410})
_REFUSED = frozenset({403, 405})
_VERSIONED = re.compile(r"/v\d+(\.\d+)?(/|\Z)")
_TYPES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "identity": (("identity",), "/v3"),
    "compute": (("compute",), "/v2.1"),
    "image": (("image",), "/v2"),
    "network": (("network",), "/v2.0"),
    "block-storage": (("block-storage", "volumev3", "block-store", "volume"), "/v3"),
    "object-store": (("object-store",), ""),
    "orchestration": (("orchestration",), "/v1"),
    "dns": (("dns",), "/v2"),
    "load-balancer": (("load-balancer",), "/v2.0"),
    "key-manager": (("key-manager",), "/v1"),
    "shared-file-system": (("shared-file-system", "sharev2", "share"), "/v2"),
}
"""Our word for a service -> the catalogue's, the best first, and the version that is spoken."""


class Where(NamedTuple):
    """How a cloud is reached."""

    auth_url: str
    region: str = ""
    interface: str = "public"
    verify: bool | str = True
    """A file of certificates, or whether certificates are checked."""


class Reply(NamedTuple):
    """An answer."""

    status: int
    body: Any
    """JSON; None where it is none."""
    headers: Mapping[str, str]
    text: str = ""
    """The beginning of what it says, for messages; may be foreign."""

    @property
    def is_ok(self) -> bool:
        """Whether the request was done."""
        return self.status in _OK

    @property
    def is_gone(self) -> bool:
        """Whether there is no such thing."""
        return self.status in _FOUND_NOTHING

    @property
    def is_refused(self) -> bool:
        """Whether this user may not."""
        return self.status in _REFUSED

    @property
    def reason(self) -> str:
        """What the service says of its refusal, in one bounded line."""
        found = self.body
        for _ in range(3):
            if isinstance(found, dict) and found:
                found = found.get("message") or found.get("faultstring") or next(iter(found.values()))
        text = found if isinstance(found, str) else ""
        return first_line(ValueError(text), 160) if text else f"status {self.status}"


class Access:
    """One user, signed in."""

    def __init__(self, session: Any, where: Where, label: str) -> None:
        self.where = where
        self.label = label
        self._session = session
        access = session.auth.get_access(session)
        self.user_id = str(access.user_id or "")
        self.user = str(access.username or "")
        self.project_id = str(access.project_id or "")
        self.project = str(access.project_name or "")
        self.domain_id = str(access.project_domain_id or access.user_domain_id or "")
        self.roles = tuple(str(role) for role in access.role_names or ())
        self._urls = _urls(access, where)
        transport_of(session).trust([*self._urls.values(), where.auth_url])

    @property
    def is_admin(self) -> bool:
        """Whether it has the role admin."""
        return "admin" in {role.lower() for role in self.roles}

    def has(self, service: str) -> bool:
        """Whether the catalogue has the service."""
        return self.url(service) is not None

    def url(self, service: str) -> str | None:
        """The address of the version that is spoken; None where the catalogue has none."""
        types, version = _TYPES[service]
        found = next((self._urls[name] for name in types if name in self._urls), None)
        if found is None:
            return None
        found = found.rstrip("/")
        if service == "identity":
            return re.sub(r"/v[23](\.0)?\Z", "", found) + version
        return found if not version or _VERSIONED.search(found.partition("://")[2]) else found + version

    def ask(
        self,
        method: str,
        service: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> Reply:
        """The answer to `method` on `path` of the service. Raises Unanswered where there is none."""
        base = self.url(service)
        if base is None:
            raise Unanswered(f"the catalogue has no {service} service")
        return self._asked(method, f"{base}{path}", service, json, headers, seconds or answer_seconds())

    def all(self, service: str, path: str, key: str) -> tuple[Reply, list[dict[str, Any]]]:
        """The last answer, and the things under `key` of all pages of `path`. Raises Unanswered."""
        found: list[dict[str, Any]] = []
        bare, _, given = path.partition("?")
        query = ""
        for _ in range(_PAGES):
            words = "&".join(filter(None, (given, query)))
            reply = self.ask("GET", service, f"{bare}?{words}" if words else bare)
            things = reply.body.get(key) if reply.is_ok and isinstance(reply.body, dict) else None
            found += [one for one in things if isinstance(one, dict)] if isinstance(things, list) else []
            query = next_query(reply.body, key) if things else ""
            if not query:
                break
        return reply, found

    def clock(self) -> dt.datetime | None:
        """What time it is at the cloud, in whole seconds; None where it does not tell."""
        try:
            told = self.ask("GET", "identity", "").headers.get("Date", "")
            return email.utils.parsedate_to_datetime(told).astimezone(dt.UTC)
        except (Unanswered, ValueError, TypeError):
            return None

    def _asked(
        self, method: str, url: str, service: str, json: object, headers: Mapping[str, str] | None, seconds: float
    ) -> Reply:
        from keystoneauth1 import exceptions as ka

        more: dict[str, Any] = {} if json is None else {"json": json}
        try:
            answer = self._session.request(
                url,
                method,
                headers={"Accept": "application/json", **(headers or {})},
                raise_exc=False,
                redirect=False,
                timeout=seconds,
                connect_retries=0,
                log=False,
                **more,
            )
        except ka.ClientException as error:
            raise Unanswered(why(error, url.partition("?")[0], TOKEN)) from error
        except (OSError, ValueError) as error:
            raise Unanswered(f"{service} cannot be asked: {first_line(error)}") from error
        try:
            body = answer.json() if answer.content else None
        except (ValueError, RecursionError):
            body = None
        return Reply(answer.status_code, body, answer.headers, answer.text[:200] if body is None else "")


def access_of(connection: Connection) -> Access:
    """The user of a connection that is signed in."""
    region: Any = connection.config
    verify, _cert = region.get_requests_verify_args()
    auth = region.config.get("auth") or {}
    where = Where(
        str(auth.get("auth_url") or ""),
        str(region.get_region_name() or ""),
        str(region.get_interface() or "public"),
        verify,
    )
    found = Access(connection.session, where, "")
    found.label = f"{found.user} of {found.project}"
    return found


def sign_in(account: Account, where: Where, *, project_id: str | None = None) -> Access:
    """Sign in as the account; `project_id` instead of its own project. Raises CloudError."""
    from keystoneauth1 import exceptions as ka
    from keystoneauth1 import session as sessions
    from keystoneauth1.identity import v3

    label = f"{account.username} of {account.project}" if account.project else account.username
    auth = v3.Password(_versioned(where.auth_url), **_words(account, project_id))
    session = sessions.Session(auth=auth, verify=where.verify, timeout=answer_seconds(), app_name="certmark")
    transport_of(session)
    try:
        return Access(session, where, label)
    except ka.Unauthorized as error:
        raise CloudError(
            f"{where.auth_url} refuses {label}: the password is wrong, or there is no such user or project"
        ) from error
    except (ka.ClientException, OSError, ValueError) as error:
        raise CloudError(why(error, where.auth_url, f"user name or password of {label}")) from error


def _words(account: Account, project_id: str | None) -> dict[str, Any]:
    """What Keystone is told: domains by id where the account has ids, else by name."""
    document = account.document
    domain = document.get("domain_name")
    words: dict[str, Any] = {"username": account.username, "password": str(document["password"])}
    words["reauthenticate"] = True
    _domain(words, "user_domain", document, domain)
    if project_id is not None:
        return words | {"project_id": project_id}
    if "system" in document:
        return words | {"system_scope": "all"}
    if not account.project:
        return words | {"domain_name": domain or "Default"}
    words["project_name"] = account.project
    _domain(words, "project_domain", document, domain)
    return words


def _domain(words: dict[str, Any], key: str, document: Mapping[str, Any], usual: object) -> None:
    if document.get(f"{key}_id"):
        words[f"{key}_id"] = str(document[f"{key}_id"])
    else:
        words[f"{key}_name"] = str(document.get(f"{key}_name") or usual or "Default")


def _versioned(url: str) -> str:
    url = url.rstrip("/")
    return url if url.endswith("/v3") else f"{url}/v3"


def _urls(access: Any, where: Where) -> dict[str, str]:
    found: dict[str, str] = {}
    catalogue = access.service_catalog.catalog if access.has_service_catalog() else []
    for entry in catalogue or ():
        for endpoint in entry.get("endpoints", ()):
            region = endpoint.get("region_id") or endpoint.get("region")
            if endpoint.get("interface") == where.interface and (not where.region or region == where.region):
                found.setdefault(str(entry.get("type")), str(endpoint.get("url")))
    found.setdefault("identity", where.auth_url)
    return found


def next_query(body: Any, key: str) -> str:
    """The query of the next page of a list; the rest of the link is not followed. Empty where there is none."""
    if not isinstance(body, dict):
        return ""
    links = body.get(f"{key}_links") or body.get("links")
    found: object = body.get("next")
    if isinstance(links, dict):
        found = links.get("next")
    elif isinstance(links, list):
        found = next((link.get("href") for link in links if isinstance(link, dict) and link.get("rel") == "next"), None)
    try:
        return urlsplit(found).query if isinstance(found, str) else ""
    except ValueError:
        return ""


def now() -> dt.datetime:
    """This machine's clock, in whole seconds."""
    return dt.datetime.fromtimestamp(int(time.time()), dt.UTC)
