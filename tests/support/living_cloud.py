"""A cloud that keeps what it is given: Keystone, Nova, Neutron and Swift as far as accounts and leftovers go.

Things live in tables by service and collection; a list shows those of the token's project (an
administrator's all), two to a page. Tokens are `user:project:` and how often all tokens were taken back.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_PAGE = 2
_SINGULAR = {"servers": "server", "networks": "network", "subnets": "subnet", "routers": "router", "ports": "port",
             "security-groups": "security_group", "users": "user", "projects": "project", "roles": "role"}  # fmt: skip
SERVICES = {"compute": "/compute/v2.1", "network": "/network", "object-store": "/swift/v1/AUTH_{project}"}


class LivingCloud:
    """Its tables, and what it was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.tables: dict[str, dict[str, dict[str, Any]]] = {}
        self.grants: set[tuple[str, str, str]] = set()
        self.swift: dict[str, dict[str, dict[str, str]]] = {}
        self.quotas: dict[str, str] = {}
        """Project -> bytes that its account in Swift may hold."""
        self.asked: list[str] = []
        self.refuses: dict[str, int] = {}
        """`METHOD path`, or the beginning of it -> the status that is answered instead."""
        self.busy: dict[str, int] = {}
        """Id -> how often its removal is still refused with 409."""
        self.revocations = 0
        """How often all tokens were taken back."""
        self._numbers = count(1)
        self.lock = threading.RLock()
        for role in ("admin", "member", "reader", "SwiftOperator", "ResellerAdmin"):
            self.add("/v3/roles", role)
        self.admin = self.person("root", "admin", "admin")

    def add(self, collection: str, name: str, **more: Any) -> str:
        """A new thing; gives its id."""
        ident = f"{collection.rpartition('/')[2]}-{next(self._numbers)}"
        made = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        thing = {"id": ident, "name": name, "created": made, "created_at": made, **more}
        self.tables.setdefault(collection, {})[ident] = thing
        return ident

    def person(self, name: str, project: str, *roles: str) -> str:
        """A user with a project of his own; gives the project's id. The password is `right`."""
        known = self.named("/v3/projects", project)
        ident = known or self.add("/v3/projects", project, domain_id="default", description="")
        user = self.add("/v3/users", name, domain_id="default", description="", password="right")  # noqa: S106 - of nobody
        for role in roles:
            self.grants.add((ident, user, self.named("/v3/roles", role) or ""))
        return ident

    def named(self, collection: str, name: str) -> str | None:
        """The id of a thing by its name."""
        found = self.tables.get(collection, {}).values()
        return next((str(one["id"]) for one in found if one["name"] == name), None)

    def names(self, collection: str) -> list[str]:
        """The names in a table."""
        return sorted(str(one["name"]) for one in self.tables.get(collection, {}).values())

    def revoke(self) -> None:
        """Take back all tokens."""
        with self.lock:
            self.revocations += 1

    def clouds_yaml(self, folder: Path, user: str = "root", project: str = "admin") -> Path:
        """A clouds.yaml with the cloud `living`."""
        auth = {"auth_url": f"{self.url}/v3", "username": user, "password": "right", "project_name": project,
                "user_domain_id": "default", "project_domain_id": "default"}  # fmt: skip
        path = folder / "clouds.yaml"
        path.write_text(json.dumps({"clouds": {"living": {"auth": auth, "region_name": "RegionOne"}}}))
        return path

    def roles_of(self, user: str, project: str) -> list[str]:
        """Names of roles."""
        return [self.tables["/v3/roles"][role]["name"] for on, who, role in self.grants if (on, who) == (project, user)]


@contextmanager
def living() -> Iterator[LivingCloud]:
    """A server on loopback, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    cloud = LivingCloud(f"http://127.0.0.1:{server.server_address[1]}")
    server.RequestHandlerClass = _handler(cloud)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield cloud
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Said(Exception):
    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


def _handler(cloud: LivingCloud) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(size) or b"null") if size else None
            parts = urlsplit(self.path)
            path = unquote(parts.path).rstrip("/")
            with cloud.lock:
                cloud.asked.append(f"{self.command} {path}")
                try:
                    _Asked(cloud, self.command, path, parse_qs(parts.query), body,
                           self.headers.get("X-Auth-Token", "")).answer()  # fmt: skip
                except _Said as said:
                    self._say(said)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer  # noqa: N815 - http.server names them so

        def _say(self, said: _Said) -> None:
            content = b"" if said.body is None else json.dumps(said.body).encode()
            self.send_response(said.status)
            for key, value in said.headers.items():
                self.send_header(key.replace("_", "-"), value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


class _Asked:
    """One request; every method ends by saying something."""

    def __init__(
        self,
        cloud: LivingCloud,
        method: str,
        path: str,
        query: dict[str, list[str]],
        body: Any,
        token: str,
    ) -> None:
        self.cloud, self.method, self.path, self.query, self.body = cloud, method, path, query, body
        self.user, self.project, given = [*token.split(":"), "", ""][:3]
        self.is_revoked = bool(token) and int(given or 0) < cloud.revocations
        self.is_admin = "admin" in cloud.roles_of(self.user, self.project)

    def answer(self) -> None:
        self._refuse()
        if self.path == "/v3" or self.path.endswith("/v2.1"):
            links = [{"rel": "self", "href": f"{self.cloud.url}{self.path}/"}]
            raise _Said(200, {"version": {"id": self.path.rpartition("/")[2], "status": "stable", "links": links}})
        if self.path == "/v3/auth/tokens":
            self._token()
        if self.path.startswith("/swift/v1/"):
            self._swift(*self.path.removeprefix("/swift/v1/AUTH_").split("/", 2))
        if grant := re.fullmatch(r"/v3/projects/([^/]+)/users/([^/]+)/roles/([^/]+)", self.path):
            self.cloud.grants.add((grant[1], grant[2], grant[3]))
            raise _Said(204)
        if self.path.startswith("/v3/") and not self.is_admin and "/users/" not in self.path:
            raise _Said(403, {"error": {"message": "You are not authorized", "code": 403}})
        collection, _, ident = self.path.removesuffix("/detail").rpartition("/")
        whole = f"{collection}/{ident}"
        if ident in _SINGULAR and collection.count("/") <= 2:
            self._collection(whole, ident)
        if ident in self.cloud.tables.get(collection, {}):
            self._thing(collection, ident)
        raise _Said(404, {"error": {"message": "not found", "code": 404}})

    def _refuse(self) -> None:
        for beginning, status in self.cloud.refuses.items():
            if f"{self.method} {self.path}".startswith(beginning):
                raise _Said(status, {"error": {"message": "not here", "code": status}})
        if self.is_revoked and self.path != "/v3/auth/tokens":
            raise _Said(401, {"error": {"message": "the token was taken back", "code": 401}})

    def _token(self) -> None:
        identity = self.body["auth"]["identity"]["password"]["user"]
        user = next((one for one in self.cloud.tables["/v3/users"].values() if one["name"] == identity["name"]), None)
        scope = self.body["auth"]["scope"]["project"]
        project = scope.get("id") or self.cloud.named("/v3/projects", scope["name"])
        if user is None or user["password"] != identity["password"] or project is None:
            raise _Said(401, {"error": {"message": "wrong", "code": 401}})
        roles = self.cloud.roles_of(user["id"], project)
        if not roles:
            raise _Said(401, {"error": {"message": "no role", "code": 401}})
        domain = {"id": "default", "name": "Default"}
        endpoint = {"interface": "public", "region_id": "RegionOne", "region": "RegionOne", "id": "e"}
        catalogue = [{"type": kind, "id": kind, "name": kind,
                      "endpoints": [{**endpoint, "url": self.cloud.url + path.format(project=project)}]}
                     for kind, path in (("identity", "/v3"), *SERVICES.items())]  # fmt: skip
        name = self.cloud.tables["/v3/projects"][project]["name"]
        token = {"methods": ["password"], "user": {"id": user["id"], "name": user["name"], "domain": domain},
                 "project": {"id": project, "name": name, "domain": domain},
                 "roles": [{"id": role, "name": role} for role in roles], "catalog": catalogue,
                 "issued_at": "2026-11-21T00:00:00.000000Z", "expires_at": "2096-11-21T00:00:00.000000Z"}  # fmt: skip
        raise _Said(201, {"token": token}, X_Subject_Token=f"{user['id']}:{project}:{self.cloud.revocations}")

    def _collection(self, collection: str, member: str) -> None:
        table = self.cloud.tables.setdefault(collection, {})
        if self.method == "POST":
            fields = next(iter(self.body.values()))
            owner = {} if collection.startswith("/v3") else {"project_id": fields.get("project_id", self.project)}
            ident = self.cloud.add(collection, **{**fields, **owner})
            raise _Said(201, {_SINGULAR[member]: table[ident]})
        is_wide = collection.startswith("/v3") or (self.is_admin and (
            "network" in collection or "all_tenants" in self.query))  # fmt: skip
        found = [one for one in table.values()
                 if is_wide or self.project in {one.get("project_id"), one.get("tenant_id")}]  # fmt: skip
        for key in ("name", "device_id", "project_id"):
            if key in self.query:
                found = [one for one in found if one.get(key) == self.query[key][0]]
        start = int(self.query.get("marker", ["0"])[0])
        key = member.replace("-", "_")
        answer: dict[str, Any] = {key: found[start : start + _PAGE]}
        if start + _PAGE < len(found):
            # The rest of the link is a trap: only its query may be used.
            answer[f"{key}_links"] = [
                {"rel": "next", "href": f"http://127.0.0.1:1/else?all_tenants=1&marker={start + _PAGE}"}
            ]
        raise _Said(200, answer)

    def _thing(self, collection: str, ident: str) -> None:
        table = self.cloud.tables[collection]
        if self.method == "PATCH":
            table[ident] |= next(iter(self.body.values()))
        if self.method == "DELETE":
            if self.cloud.busy.get(ident, 0):
                self.cloud.busy[ident] -= 1
                raise _Said(409, {"conflictingRequest": {"message": "it is in use", "code": 409}})
            del table[ident]
            raise _Said(204)
        raise _Said(200, {_SINGULAR[collection.rpartition("/")[2]]: table[ident]})

    def _swift(self, project: str, container: str = "", name: str = "") -> None:
        roles = self.cloud.roles_of(self.user, self.project)
        if self.method == "POST" and not container and "ResellerAdmin" in roles:
            self.cloud.quotas.pop(project, None)
            raise _Said(204)
        if project != self.project or not {"SwiftOperator", "admin"} & set(roles):
            raise _Said(403)
        account = self.cloud.swift.setdefault(project, {})
        if not container and self.method == "HEAD":
            quota = self.cloud.quotas.get(project)
            raise _Said(204, **({"X-Account-Meta-Quota-Bytes": quota} if quota else {}))
        if not container:
            raise _Said(200, [{"name": one, "count": 0, "bytes": 0} for one in sorted(account)])
        if container not in account:
            raise _Said(404)
        if name:
            if account[container].pop(name, None) is None:
                raise _Said(404)
            raise _Said(204)
        if self.method == "DELETE":
            if account[container]:
                raise _Said(409)
            del account[container]
            raise _Said(204)
        raise _Said(
            200, [{"name": one, "bytes": 1, "last_modified": when} for one, when in sorted(account[container].items())]
        )
