"""The APIs of a compute sandbox seen by its own administrator: enough to fill the cloud and to see its hosts."""

from __future__ import annotations

import http.client
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from certmark.sandbox.errors import SandboxError
from certmark.sandbox.identity import ADMIN, log_in
from certmark.sandbox.state import HOST, Sandbox

_PREFIXES = {"glance": "/v2", "neutron": "/v2.0", "nova": "/v2.1", "cinder": "/v3"}
_PATIENCE = 60.0
_PAUSE = 0.6
_tokens: dict[str, str] = {}
_OK = range(200, 300)
_UNAUTHORIZED = 401


class ApiRefusal(SandboxError):
    """A service of the sandbox answered with an error, or not at all."""


class Cloud:
    """The sandbox's APIs, asked as its administrator."""

    def __init__(self, sandbox: Sandbox, patience: float = _PATIENCE) -> None:
        self._sandbox = sandbox
        self._patience = patience

    def get(self, service: str, path: str) -> dict[str, Any]:
        """The JSON object at `path` below the service's version, such as `get("nova", "/flavors")`."""
        return self.ask("GET", service, path)

    def ask(self, method: str, service: str, path: str, body: object = None) -> dict[str, Any]:
        """Send a request, with `body` as JSON, or as it is where it is bytes; an answer without content gives {}.

        Raises ApiRefusal with the service's own words.
        """
        status, content = self._send(method, service, path, body)
        if status == _UNAUTHORIZED:
            _tokens.pop(self._sandbox.auth_url, None)
            status, content = self._send(method, service, path, body)
        if status not in _OK:
            said = content[:200].decode("utf-8", "replace")
            raise ApiRefusal(f"{service} answered {method} {path} with {status}: {said}")
        found = json.loads(content) if content.strip() else {}
        return found if isinstance(found, dict) else {}

    def _token(self) -> str:
        """The administrator's token: one for all questions to this cloud, until it is refused."""
        url = self._sandbox.auth_url
        if url not in _tokens:
            _tokens[url] = log_in(self._sandbox, ADMIN)[0]
        return _tokens[url]

    def _send(self, method: str, service: str, path: str, body: object) -> tuple[int, bytes]:
        headers = {"X-Auth-Token": self._token()}
        headers["Content-Type"] = "application/octet-stream" if isinstance(body, bytes) else "application/json"
        port, url = self._sandbox.port(service), _PREFIXES[service] + path
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection(HOST, port, timeout=self._patience)
        try:
            connection.request(method, url, body=sent, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ApiRefusal(f"{service} does not answer {method} {path}: {error}") from error
        finally:
            connection.close()


def host_is_up(sandbox: Sandbox, name: str) -> bool:
    """Whether a worker such as `nova-compute` has reported to its API since its process was started.

    Its state alone says nothing: it stays "up" for a minute after a worker ended.
    """
    if _has_reported(sandbox, name, _started(sandbox.path("run", f"{name}.json"))):
        return True
    # Whoever waits asks ten times a second; that many questions would keep the services from starting.
    time.sleep(_PAUSE)
    return False


def _has_reported(sandbox: Sandbox, name: str, started: datetime) -> bool:
    api = name.partition("-")[0]
    try:
        cloud = Cloud(sandbox, patience=5)
        listed = cloud.get(api, "/os-services?binary=" + name)["services"]
        reported = any(one["state"] == "up" and _moment(one["updated_at"]) > started for one in listed)
        return reported and (name != "nova-compute" or bool(cloud.get("nova", "/os-hypervisors")["hypervisors"]))
    except (SandboxError, LookupError, ValueError):
        return False


def _started(record: Path) -> datetime:
    """When a process was started: its record is written at that moment."""
    try:
        return datetime.fromtimestamp(record.stat().st_mtime, UTC)
    except FileNotFoundError:
        return datetime.now(UTC)


def _moment(text: str | None) -> datetime:
    """A time as Nova and Cinder write it, in UTC without saying so."""
    return datetime.fromisoformat(text or "1970-01-01").replace(tzinfo=UTC)
