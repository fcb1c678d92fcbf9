"""One service of a cloud, asked with reading requests only.

The transport below repeats what failed in passing and keeps every answer in bounds (`transport`).
Here a whole look at a service has an end, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from certmark.cloud.errors import first_line
from certmark.cloud.explaining import TOKEN, why
from certmark.cloud.timeouts import answer_seconds, in_proportion

LOOK_SECONDS = 45.0
"""For everything that one service is asked (`patience.in_proportion`)."""
_LONGEST_QUERY = 4096


class Unanswered(Exception):
    """The service did not answer what it was asked; the message is a sentence."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        """Of HTTP; None where no answer came, or none that can be read."""

    @property
    def is_refusal(self) -> bool:
        """Whether the service is well and says no: not for this user, or not in this cloud."""
        return self.status is not None and self.status < 500 and self.status != 429


class Listed(NamedTuple):
    """Things of a list that comes in pages."""

    items: list[Any]
    is_whole: bool
    """Whether these are all; else the service has more than was asked for."""


class Service:
    """A service, by its adapter of keystoneauth.

    `missed` collects a sentence for every answer that was wanted and did not come for a fault of
    the service (`maybe`): a refusal is none.
    """

    def __init__(self, name: str, adapter: Any, region: str) -> None:
        self.name = name
        self.region = region
        self.missed: list[str] = []
        self._adapter = adapter
        self._ends = time.monotonic() + in_proportion(LOOK_SECONDS)

    def get(self, path: str, **headers: str) -> Any:
        """What the service answers to GET `path`, relative to its versioned endpoint. Raises Unanswered.

        Keywords are headers, `_` for `-`.
        """
        answer = self._asked(path, headers)
        if answer.status_code >= 400:
            raise Unanswered(f"{self.name} answers {answer.status_code} to GET {_bare(path)}", answer.status_code)
        try:
            return answer.json()
        except (ValueError, RecursionError) as error:
            raise Unanswered(f"{self.name} answers something that is not JSON to GET {_bare(path)}") from error

    def maybe(self, path: str, **headers: str) -> Any:
        """Likewise, None where it does not: it may be for administrators, or newer (see `missed`)."""
        try:
            return self.get(path, **headers)
        except Unanswered as error:
            if not error.is_refusal:
                self.missed.append(str(error))
            return None

    def all(self, path: str, key: str, *, limit: int = 1000, page: int = 200, **headers: str) -> Listed:
        """The things under `key` of the pages of GET `path`, at most `limit`. Raises Unanswered.

        Of a page's link to the next one only the query is used: it is asked of the same path of the
        same service, wherever the link leads. A service that leads in circles ends it.
        """
        found: list[Any] = []
        bare, _, query = path.partition("?")
        asked = set[str]()
        query = f"{query}&limit={min(page, limit)}" if query else f"limit={min(page, limit)}"
        while query not in asked and len(found) < limit:
            asked.add(query)
            answer = self.get(f"{bare}?{query}", **headers)
            found += _things(answer, key, self.name, bare)
            following = _next_query(answer, key)
            if following is None:
                return Listed(found[:limit], len(found) <= limit)
            query = following
        return Listed(found[:limit], is_whole=False)

    def microversions(self) -> tuple[str, str] | None:
        """The lowest and the highest microversion of the API; None where it has none."""
        data = self._guarded(self._adapter.get_endpoint_data)
        low, high = getattr(data, "min_microversion", None), getattr(data, "max_microversion", None)
        if not low or not high:
            return None
        return ".".join(map(str, low)), ".".join(map(str, high))

    def version(self) -> str:
        """Of the API, as its version document says (`3.14`); empty where it has none."""
        data = self._guarded(self._adapter.get_endpoint_data)
        return ".".join(map(str, getattr(data, "api_version", None) or ()))

    def endpoint(self) -> str:
        """The URL in the catalogue, as it stands there. Raises Unanswered."""
        found = self._guarded(lambda: self._adapter.get_endpoint(skip_discovery=True))
        if not found:
            raise Unanswered(f"the catalogue has no endpoint of {self.name}")
        return str(found)

    def _asked(self, path: str, headers: dict[str, str]) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unanswered(f"{self.name} took too long over earlier questions to be asked GET {_bare(path)}")
        return self._guarded(
            lambda: self._adapter.get(
                path,
                headers={"Accept": "application/json"} | named,
                raise_exc=False,
                timeout=min(answer_seconds(), left),
                connect_retries=0,
                status_code_retries=0,
            )
        )

    def _guarded(self, ask: Callable[[], Any]) -> Any:
        from keystoneauth1 import exceptions as ka

        try:
            return ask()
        except ka.ClientException as error:
            raise Unanswered(why(error, self._address(), TOKEN), getattr(error, "http_status", None)) from error
        except (OSError, ValueError) as error:
            raise Unanswered(f"{self.name} cannot be asked: {first_line(error)}") from error

    def _address(self) -> str:
        try:
            return str(self._adapter.get_endpoint(skip_discovery=True) or self.name)
        except Exception:  # noqa: BLE001 - for a message only
            return self.name


def _bare(path: str) -> str:
    return path.partition("?")[0]


def _things(answer: Any, key: str, name: str, path: str) -> list[Any]:
    things = answer.get(key) if isinstance(answer, dict) else None
    if not isinstance(things, list):
        raise Unanswered(f"{name} answers something that is not its API to GET {path}")
    return things


def _next_query(answer: dict[str, Any], key: str) -> str | None:
    """The query of the next page, as Nova, Cinder and Neutron, Glance, or Keystone write it."""
    link: object = answer.get("next")
    links = answer.get("links")
    if not link and isinstance(links, dict):
        link = links.get("next")
    listed = answer.get(f"{key}_links")
    if not link and isinstance(listed, list):
        link = next((one.get("href") for one in listed if isinstance(one, dict) and one.get("rel") == "next"), None)
    if not isinstance(link, str):
        return None
    try:
        query = urlsplit(link).query
    except ValueError:
        return None
    return query if 0 < len(query) <= _LONGEST_QUERY else None
