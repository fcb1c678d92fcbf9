"""What each service of OpenStack is asked for a suite's configuration: which module looks at which.

A look sends reading requests only. What is for administrators is asked only as one: a refusal costs
a call and tells nothing. Feature flags that nobody can be asked for are left to the suite's default
(docs/reference/discovery.md has the list), but for those that a must-pass list would trip over.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.client import VersionedClient
from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.replies import Listed, Reply, Unanswered, bare, listed, pages
from certmark.cloud.session import SignedInUser
from certmark.cloud.timeouts import answer_seconds, scaled

LOOK_SECONDS = 45.0
"""For everything that one service is asked (`timeouts.scaled`)."""


class ServiceOptions(NamedTuple):
    """What a service told."""

    options: tuple[Option, ...]
    remarks: tuple[str, ...] = ()
    version: str = ""
    """What it says of its version."""


class ServiceLook:
    """A whole look at one service, which has an end: reading requests only.

    `missed` collects a sentence for every answer that was wanted and did not come for a fault of
    the service (`maybe`): a refusal is none. `has_answered` tells whether any came.
    """

    def __init__(self, client: VersionedClient, name: str) -> None:
        self.name = name
        self.missed: list[str] = []
        self.has_answered = False
        self._client = client
        self._ends = time.monotonic() + scaled(LOOK_SECONDS)

    def get(self, path: str, **headers: str) -> Any:
        """What the service answers to GET `path`, relative to its versioned endpoint. Raises Unanswered.

        Keywords are headers, `_` for `-`.
        """
        return self._ask(path, **headers).content(self.name, path)

    def maybe(self, path: str, **headers: str) -> Any:
        """Likewise, None where it does not: it may be for administrators, or newer (see `missed`)."""
        try:
            return self.get(path, **headers)
        except Unanswered as error:
            if not error.is_refusal:
                self.missed.append(str(error))
            return None

    def all(self, path: str, key: str, *, limit: int = 1000, page: int = 200) -> Listed:
        """The things under `key` of the pages of GET `path`, at most `limit`. Raises Unanswered."""

        def ask(asked: str) -> Reply:
            reply = self._ask(asked)
            content = reply.content(self.name, asked)
            if not isinstance(content, dict) or not isinstance(content.get(key), list):
                raise Unanswered(f"{self.name} answers something that is not its API to GET {bare(asked)}")
            return reply

        return listed(pages(ask, f"{path}{'&' if '?' in path else '?'}limit={min(page, limit)}", key), limit)

    def microversions(self) -> tuple[str, str] | None:
        """The lowest and the highest microversion of the API; None where it has none."""
        data = self._client.version_of(self.name)
        low, high = getattr(data, "min_microversion", None), getattr(data, "max_microversion", None)
        if not low or not high:
            return None
        return ".".join(map(str, low)), ".".join(map(str, high))

    def listed_url(self) -> str:
        """The URL in the catalogue, as it stands there. Raises Unanswered."""
        return self._client.listed_url(self.name)

    def _ask(self, path: str, **headers: str) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        left = self._ends - time.monotonic()
        if left <= 0:
            raise Unanswered(f"{self.name} took too long over earlier questions to be asked GET {bare(path)}")
        reply = self._client.ask("GET", self.name, path, headers=named, seconds=min(answer_seconds(), left))
        self.has_answered |= reply.status < 500
        return reply


def where(section: str, me: SignedInUser, endpoint_type: str = "endpoint_type") -> Iterable[Option]:
    """Region and interface, as the cloud's entry has them."""
    region = me.identity_region if section == "identity" else me.region
    if region and region == me.region and not me.is_region_chosen:
        yield Option(section, "region", region, Origin.GIVEN, "region_name of the cloud's entry")
    elif region:
        yield Option(section, "region", region, Origin.CHOSEN, "the catalogue has it there")
    value = me.interface if section in {"identity", "placement"} else f"{me.interface}URL"
    yield Option(section, endpoint_type, value, Origin.GIVEN, "interface of the cloud's entry")


def option_of(section: str, name: str, value: str, call: str) -> Option:
    """An option that the cloud itself said."""
    return Option(section, name, value, Origin.ASKED, call)


def guess(section: str, name: str, value: str, reason: str) -> Option:
    """An option for which nobody could be asked."""
    return Option(section, name, value, Origin.ASSUMED, reason)


def spoken(section: str, versions: tuple[str, str] | None, word: str = "microversion") -> Iterable[Option]:
    """The microversions of an API; `word` is what the suite's options call them."""
    if versions is not None:
        call = "GET of the API's version document"
        yield option_of(section, f"min_{word}", versions[0], call)
        yield option_of(section, f"max_{word}", versions[1], call)


def quota(service: ServiceLook, limit: str, things: str) -> Iterable[str]:
    """Whether this project may make any; accounts of other projects may have other quotas."""
    answer = service.maybe("limits")
    if answer is not None and answer.get("limits", {}).get("absolute", {}).get(limit) == 0:
        yield f"{service.name}: this project's quota of {things} is 0; tests that make one cannot pass"


def role_among(roles: Sequence[str], wanted: Iterable[str]) -> str | None:
    """The first of the `wanted` roles (in lower case) that there is, as the cloud writes it."""
    return next((role for word in wanted for role in roles if role.lower() == word), None)


def at_least(version: tuple[str, str] | None, minor: int) -> bool:
    """Whether the API speaks the microversion 2.`minor` or 3.`minor`: it is the newest that counts."""
    return version is not None and int(version[1].partition(".")[2] or 0) >= minor


def spec_is(specs: Mapping[str, Any] | None, name: str) -> bool:
    """Whether a volume type's extra spec is true, as Cinder writes it (`<is> True`)."""
    return str((specs or {}).get(name, "")).removeprefix("<is>").strip().lower() == "true"
