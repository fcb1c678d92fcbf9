"""What each service of OpenStack is asked for a suite's configuration: which module looks at which.

A look sends reading requests only. What is for administrators is asked only as one: a refusal costs
a call and tells nothing. Feature flags that nobody can be asked for are left to the suite's default
(docs/reference/discovery.md has the list), but for those that a must-pass list would trip over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.service import Service
from certmark.cloud.session import SignedInUser


class ServiceOptions(NamedTuple):
    """What a service told."""

    options: tuple[Option, ...]
    remarks: tuple[str, ...] = ()
    version: str = ""
    """What it says of its version."""


def where(section: str, me: SignedInUser, endpoint_type: str = "endpoint_type") -> Iterable[Option]:
    """Region and interface, as the cloud's entry has them."""
    if me.region:
        yield Option(section, "region", me.region, Origin.GIVEN, "region_name of the cloud's entry")
    value = me.interface if section in {"identity", "placement"} else f"{me.interface}URL"
    yield Option(section, endpoint_type, value, Origin.GIVEN, "interface of the cloud's entry")


def asked(section: str, name: str, value: str, call: str) -> Option:
    """An option that the cloud itself said."""
    return Option(section, name, value, Origin.ASKED, call)


def assumed(section: str, name: str, value: str, reason: str) -> Option:
    """An option for which nobody could be asked."""
    return Option(section, name, value, Origin.ASSUMED, reason)


def spoken(section: str, versions: tuple[str, str] | None, word: str = "microversion") -> Iterable[Option]:
    """The microversions of an API; `word` is what the suite's options call them."""
    if versions is not None:
        call = "GET of the API's version document"
        yield asked(section, f"min_{word}", versions[0], call)
        yield asked(section, f"max_{word}", versions[1], call)


def quota(service: Service, limit: str, things: str) -> Iterable[str]:
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
