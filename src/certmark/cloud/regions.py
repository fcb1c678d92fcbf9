"""Which region of a cloud is meant.

1. The one that is named, if the catalogue has it, with a service in it.
2. Where none is: the one that has services other than Keystone, which may stand in a region of its own.
3. Of several that have the same services the first, as openstacksdk takes it; else the one that has all that the
   others have.
4. Where that is none, nothing is guessed: the regions are listed, and one is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.cloud.catalogue import Endpoint, serving
from certmark.cloud.errors import WrongRegion
from certmark.domain.phrases import some

_ASK = "name one as region_name in clouds.yaml, or set OS_REGION_NAME"


class ChosenRegion(NamedTuple):
    """The region that is looked at."""

    name: str
    """Empty where the catalogue has no regions."""
    remark: str = ""
    """What a person should know of the choice; empty where there was none."""


def chosen_region(
    endpoints: Iterable[Endpoint], interfaces: Sequence[str], named: str = "", listed: Sequence[str] = ()
) -> ChosenRegion:
    """The region that is meant; `listed` are those that the cloud's entry has, where it names none.

    Raises WrongRegion where it is not there, or where more than one may be meant.
    """
    offers = _offers(serving(endpoints, interfaces, ""))
    if not any(offers.values()):  # nothing but Keystone anywhere, or no regions at all
        return ChosenRegion(named or next(iter(offers), ""))
    if named:
        _demand(named, offers)
        return ChosenRegion(named, _twin_of(named, offers))
    full = {name: types for name, types in offers.items() if types and (not listed or name in listed)}
    if not full:
        raise WrongRegion(f"clouds.yaml lists the regions {some(listed)}; {_there_are(offers)}; {_ASK}")
    name = _largest(full)
    if name is None:
        raise WrongRegion(f"the regions of the cloud have different services: {_described(full)}; {_ASK}")
    return ChosenRegion(name, _remark(name, full, offers))


def identity_region(endpoints: Iterable[Endpoint], interfaces: Sequence[str], region: str) -> str | None:
    """The region in which Keystone is found for the services of `region`; None where the catalogue has it nowhere."""
    found = [one.region for one in serving(endpoints, interfaces, "") if one.type == "identity"]
    return region if region in found else next(iter(found), None)


def _offers(endpoints: Iterable[Endpoint]) -> dict[str, frozenset[str]]:
    """The services of each region, Keystone left out."""
    found: dict[str, set[str]] = {}
    for one in endpoints:
        if one.region:
            found.setdefault(one.region, set()).update({one.type} - {"identity"})
    return {name: frozenset(types) for name, types in found.items()}


def _demand(named: str, offers: Mapping[str, frozenset[str]]) -> None:
    twin = next((name for name in offers if name != named and name.lower() == named.lower()), None)
    likely = f"; did you mean {twin}?" if twin is not None and offers[twin] else ""
    if named not in offers:
        raise WrongRegion(f"the cloud has no region {named}{likely or ';'} {_there_are(offers)}; {_ASK}")
    if not offers[named]:
        raise WrongRegion(f"region {named} has no service but identity{likely or ';'} {_there_are(offers)}; {_ASK}")


def _there_are(offers: Mapping[str, frozenset[str]]) -> str:
    return f"the regions with services are {some([name for name, types in offers.items() if types], 8)}"


def _largest(full: Mapping[str, frozenset[str]]) -> str | None:
    """The first region that has every service of the others; None where none has."""
    return next((name for name, types in full.items() if all(others <= types for others in full.values())), None)


def _remark(name: str, full: Mapping[str, frozenset[str]], offers: Mapping[str, frozenset[str]]) -> str:
    others = [other for other in full if other != name]
    if not others:
        return _twin_of(name, offers)
    because = "" if len(set(full.values())) == 1 else " because it has all services"
    return f"the cloud has the regions {some([*full], 5)}; {name} is taken{because}: set region_name in clouds.yaml"


def _twin_of(name: str, offers: Mapping[str, frozenset[str]]) -> str:
    twin = next((other for other in offers if other != name and other.lower() == name.lower()), None)
    return f"the catalogue has the region {twin} beside {name}: one of the two is likely misspelt" if twin else ""


def _described(full: Mapping[str, frozenset[str]]) -> str:
    return "; ".join(f"{name} has {some(sorted(types), 8)}" for name, types in list(full.items())[:6])
