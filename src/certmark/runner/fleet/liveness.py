"""Whether a cloud answers at all, before a run is begun on it: one request, within a bound.

Whoever answers is alive, whatever the answer: what it refuses is the run's to find and to name. Only
a gateway that says that nothing is behind it (502, 503, 504) counts as silence.
"""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.discovery.conf_files import read_conf, region_in
from certmark.cloud.errors import CloudError

_NOBODY_BEHIND = frozenset({502, 503, 504})


class Address(NamedTuple):
    """Where a cloud is: two of them are one cloud, which is tested by one run at a time."""

    url: str
    """Of its identity service; empty where nobody knows."""
    region: str = ""


def silence_of(url: str, seconds: float) -> str | None:
    """Why the cloud at `url` counts as not alive, in a sentence; None: it answered within `seconds`.

    Certificates are not checked here, and no redirect is followed: nothing secret is sent.
    """
    found: list[str | None] = []
    asking = threading.Thread(target=lambda: found.append(_ask(url, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)  # a server that trickles bytes outlives every time-out of a socket
    return found[0] if found else f"{url} does not answer within {seconds:g} s"


def _ask(url: str, seconds: float) -> str | None:
    import ssl

    trusting = ssl.create_default_context()
    trusting.check_hostname = False
    trusting.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trusting), _Stay)
    try:
        with opener.open(url, timeout=seconds):
            return None
    except urllib.error.HTTPError as error:
        with error:
            is_empty = error.code in _NOBODY_BEHIND
        return f"{url} answers {error.code}: nothing is behind it" if is_empty else None
    except urllib.error.URLError as error:
        return f"{url} does not answer: {_cause_of(error.reason)}"
    except Exception as error:  # noqa: BLE001 - odd answers are answers, odd addresses are not
        return f"{url} does not answer as a cloud: {_cause_of(error)}"


def _cause_of(error: object) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())[:160] or type(error).__name__


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def address_in(tempest_conf: str | Path) -> Address:
    """Where the cloud of a configuration file is, as far as the file tells."""
    try:
        options = {option.key: option.value for option in read_conf(Path(tempest_conf))}
    except CloudError:
        return Address("")
    return Address(options.get("identity.uri_v3") or options.get("identity.uri") or "", region_in(options))


class Liveness:
    """Asks each address once."""

    def __init__(self, seconds: float, ask: Callable[[str, float], str | None] = silence_of) -> None:
        self._seconds = seconds
        self._ask = ask
        self._known: dict[str, str | None] = {}

    def silence(self, url: str) -> str | None:
        """Why the cloud at `url` counts as not alive; None: it is alive.

        An address that nobody knows counts as alive: its run says what is wrong.
        """
        if not url:
            return None
        if url not in self._known:
            self._known[url] = self._ask(url, self._seconds)
        return self._known[url]
