"""What stands before the API: ids of requests, proxies, the path prefix, log lines, metrics, headers, readiness.

1. A proxy is believed (Forwarded, X-Forwarded-For) only where its address is named by the settings.
2. The prefix of public_url is taken away where a proxy leaves it in the path.
3. An id of a request that a proxy names is taken over from a trusted one only; the answer bears it.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from certmark.server.observing.logs import REQUEST
from certmark.server.observing.metrics import Metrics
from certmark.server.proxies import Proxies
from certmark.server.settings import Settings

_LOG = logging.getLogger("certmark.server.requests")
_ID = re.compile(r"[A-Za-z0-9._-]{8,64}\Z")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_YEAR = b"max-age=31536000"


class Front:
    """An ASGI application before another one."""

    def __init__(
        self, inner: ASGIApp, settings: Settings, metrics: Metrics, problems: Callable[[], Mapping[str, str]]
    ) -> None:
        public = urlsplit(settings.public_url or "")
        self._inner, self._metrics, self._problems = inner, metrics, problems
        self._proxies = Proxies(settings.trusted_proxies)
        self._prefix = public.path.rstrip("/")
        is_secure = public.scheme == "https"
        self._headers = (*_HEADERS, (b"strict-transport-security", _YEAR)) if is_secure else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        asked = _Asked(self, scope, send)
        context = REQUEST.set(asked.id)
        self._metrics.open.inc()
        try:
            if asked.path in {"/healthz", "/readyz"}:
                await self._health(asked.path, asked.send)
            else:
                await self._inner(asked.scope, receive, asked.send)
        finally:
            self._metrics.open.dec()
            asked.end()
            REQUEST.reset(context)

    async def _health(self, path: str, send: Send) -> None:
        """To strangers only the names of the parts; the log has the rest."""
        failing = sorted(self._problems()) if path == "/readyz" else []
        word = "ready" if path == "/readyz" else "alive"
        body = json.dumps({"status": f"not {word}" if failing else word, "failing": failing}).encode()
        headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 503 if failing else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def scope_of(self, scope: Scope) -> Scope:
        """Rules 1 and 2."""
        found = {**scope, "client": self._proxies.client(scope), "root_path": ""}
        if self._prefix and (scope["path"] == self._prefix or scope["path"].startswith(f"{self._prefix}/")):
            found["path"] = scope["path"][len(self._prefix) :] or "/"
            found.pop("raw_path", None)
        return found

    def id_of(self, scope: Scope) -> str:
        """Rule 3."""
        if self._proxies.is_trusted(scope.get("client")):
            named = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
            if _ID.match(named):
                return str(named)
        return secrets.token_hex(8)

    @property
    def headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Of every answer that does not say otherwise."""
        return self._headers

    @property
    def metrics(self) -> Metrics:
        """What is counted."""
        return self._metrics


class _Asked:
    """One request, until it is answered."""

    def __init__(self, front: Front, scope: Scope, send: Send) -> None:
        self._front, self._send = front, send
        self.id = front.id_of(scope)
        self.scope = front.scope_of(scope)
        self.path: str = self.scope["path"]
        self._began = time.perf_counter()
        self._status = 0

    async def send(self, message: Message) -> None:
        """Further, with our headers."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            there = {name.lower() for name, _ in message.get("headers", ())}
            ours = [*self._front.headers, (b"x-request-id", self.id.encode())]
            more = [(name, value) for name, value in ours if name not in there]
            message = {**message, "headers": [*message.get("headers", ()), *more]}
        await self._send(message)

    def end(self) -> None:
        """Count it, and write a line."""
        seconds = time.perf_counter() - self._began
        method = self.scope["method"] if self.scope["method"] in _METHODS else "other"
        self._front.metrics.requests.labels(method, str(self._status)).inc()
        self._front.metrics.seconds.labels(method).observe(seconds)
        if self.path in {"/healthz", "/readyz"}:
            return
        fields: dict[str, Any] = {
            "method": method,
            "path": self.path[:500],
            "status": self._status,
            "milliseconds": round(seconds * 1000, 1),
            "client": (self.scope.get("client") or ("",))[0],
        }
        _LOG.info("answered" if self._status else "broken off", extra={"fields": fields})
