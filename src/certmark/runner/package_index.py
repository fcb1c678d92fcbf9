"""Whether pip would reach a package index, before it tries again and again."""

from __future__ import annotations

import http.client
import os
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

from certmark.cloud.concurrency import side_by_side
from certmark.domain.advice import Action, Advice

_USUAL = "https://pypi.org/simple/"
_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_SECONDS = 6.0
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def why_unreachable(settings: Sequence[str]) -> str | None:
    """In a sentence why no package index can be reached; None: one can, or nobody can tell.

    `settings` are the lines of `pip config list`. An index, or the proxy before it, is asked for any answer.
    """
    known = _known(settings)
    if known.get("no-index") or known.get("find-links"):
        return None
    place = known.get("proxy") or next((os.environ[name] for name in _PROXIES if os.environ.get(name)), None)
    place = place or known.get("index-url") or _USUAL
    parts = urlsplit(place if "://" in place else f"http://{place}")
    if not parts.hostname or parts.scheme not in _PORTS:
        return None
    host, port = parts.hostname, parts.port or _PORTS[parts.scheme]
    # To look a name up has no time-out of its own.
    answer = side_by_side({"index": lambda: _ask(parts.scheme, host, port)}, _SECONDS)["index"]
    if not isinstance(answer, OSError) or isinstance(answer, ssl.SSLError):
        return None  # it answered, or pip has certificates of its own for it
    why = "it does not answer" if isinstance(answer, TimeoutError) else answer.strerror or str(answer)
    return f"no package index can be reached ({host}: {why})"


def _ask(scheme: str, host: str, port: int) -> None:
    """Any answer will do. Raises OSError where there is none."""
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=_SECONDS)
    try:
        connection.connect()
        if scheme in {"http", "https"}:
            connection.request("HEAD", "/")
            connection.getresponse()
    except http.client.HTTPException:
        pass  # something is there
    finally:
        connection.close()


def _known(settings: Sequence[str]) -> dict[str, str]:
    """Pip's settings by their names: those of files (`global.index-url='x'`), then those of the environment."""
    found = {}
    for line in settings:
        name, equals, value = line.partition("=")
        if equals:
            found[name.rpartition(".")[2]] = value.strip().strip("'\"")
    return found


NO_INDEX = Advice(Action.NAME_WHEELS)
"""What may be done without one."""
