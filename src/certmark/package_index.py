"""Whether pip would reach a package index, before it tries again and again."""

from __future__ import annotations

import http.client
import os
import ssl
import subprocess
import threading
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

_USUAL = "https://pypi.org/simple/"
_PORTS = {"http": 80, "https": 443, "socks5": 1080}
_SECONDS = 6.0
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


def why_no_index(pip: Sequence[str]) -> str | None:
    """In a sentence why `pip`, as it is set up here, reaches no package index; None: it does, or nobody can tell.

    An index, or the proxy before it, is asked for any answer; that takes seconds at most.
    """
    command = [*pip, "--disable-pip-version-check", "config", "list"]
    try:
        listed = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout  # noqa: S603 - pip
    except (OSError, subprocess.SubprocessError):
        return None  # an old pip; what it cannot do it will say
    return why_unreachable(listed.splitlines())


def why_unreachable(settings: Iterable[str]) -> str | None:
    """The same, by the lines of `pip config list`."""
    known = _known(settings)
    if known.get("no-index") or known.get("find-links"):
        return None
    place = known.get("proxy") or next((os.environ[name] for name in _PROXIES if os.environ.get(name)), None)
    place = place or known.get("index-url") or _USUAL
    parts = urlsplit(place if "://" in place else f"http://{place}")
    if not parts.hostname or parts.scheme not in _PORTS:
        return None
    why = _problem(parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])
    return None if why is None else f"no package index can be reached ({parts.hostname}: {why})"


def _problem(scheme: str, host: str, port: int) -> str | None:
    found: list[str | None] = ["it does not answer"]

    def ask() -> None:
        try:
            _ask(scheme, host, port)
            found.append(None)
        except TimeoutError:
            pass
        except ssl.SSLError:
            found.append(None)  # pip has certificates of its own for it, or will say
        except OSError as error:
            found.append(error.strerror or str(error))

    # To look a name up has no time-out of its own.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(_SECONDS)
    return found[-1]


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


def _known(settings: Iterable[str]) -> dict[str, str]:
    """Pip's settings by their names: those of files (`global.index-url='x'`), then those of the environment."""
    found = {}
    for line in settings:
        name, equals, value = line.partition("=")
        if equals:
            found[name.rpartition(".")[2]] = value.strip().strip("'\"")
    return found
