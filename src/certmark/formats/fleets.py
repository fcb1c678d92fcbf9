"""The file of a fleet: the clouds that are tested together, in YAML or JSON.

    fleet: nightly
    defaults: {program: object}
    clouds:
      north:
        os-cloud: north-member
        regions: [north-1, north-2]
        owner: Team North <north@example.org>
      south: {available: false, reason: moves house, until: 2026-12-01}
    lists: {nightly: [north]}

docs/reference/fleet.md has every key. No secret belongs into it: how to sign in stands in clouds.yaml.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from certmark.domain.fleets import AVAILABLE, Availability, Fleet, FleetCloud
from certmark.formats.errors import FormatError, excerpt

LARGEST = 1 << 20
_MOST = 2_000
"""Clouds of one fleet."""
_LONGEST = 2_000
"""Characters of one text."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}\Z")
_FILES = ("accounts", "tempest-conf", "waivers")
"""Relative to the fleet's file."""
_MAYBE_FILES = ("guideline", "policy", "suite", "tempest")
"""Likewise, where there is such a file."""
_OTHERS = ("level", "workers", "class-timeout")
_OPTIONS = (*_FILES, *_MAYBE_FILES, *_OTHERS)
_LISTED = {"region": "regions", "program": "programs"}
_DEFAULTS = frozenset({*_OPTIONS, "program", "programs", "owner", "labels", "group"})
_KEYS = _DEFAULTS | {"name", "os-cloud", "region", "regions", "available", "reason", "until"}
_TOP = frozenset({"fleet", "defaults", "clouds", "lists"})


class InvalidFleet(FormatError):
    """Whoever wrote the file of a fleet must mend it."""


def read_fleet(data: bytes, name: str, folder: Path) -> Fleet:
    """The fleet in file `name`, which lies in `folder`; raises InvalidFleet for what is unknown, missing or twice.

    A misspelt `available` must not let a cloud be tested that its owner set aside.
    """
    if len(data) > LARGEST:
        raise InvalidFleet(f"{name} has more than {LARGEST >> 20} MiB, too much for a file of clouds")
    document = _document(data, name)
    if isinstance(document, list):
        document = {"clouds": document}
    if not isinstance(document, dict):
        raise InvalidFleet(f'{name} must be a mapping with "clouds", or a list of clouds')
    _check_keys(document, _TOP, name)
    defaults = _mapping(document.get("defaults") or {}, f"{name}, defaults")
    _check_keys(defaults, _DEFAULTS, f"{name}, defaults")
    entries = _entries(document.get("clouds"), name)
    clouds = tuple(_cloud(own, defaults, key, folder, f"{name}, cloud {excerpt(key)}") for key, own in entries.items())
    title = document.get("fleet")
    return Fleet(
        Path(name).stem if title is None else _text(title, f"{name}, fleet"),
        clouds,
        _lists(document.get("lists") or {}, clouds, name),
    )


def _document(data: bytes, name: str) -> Any:
    if name.lower().endswith(".json"):
        from certmark.formats.documents.foreign_json import parse as parse_json

        return parse_json(data, name, InvalidFleet, unique=True)
    from certmark.formats.documents.foreign_yaml import parse

    return parse(data, name, InvalidFleet)


def _entries(clouds: Any, name: str) -> dict[str, dict[str, Any]]:
    """Name -> entry; a list names each of them inside."""
    if isinstance(clouds, list):
        pairs = []
        for place, entry in enumerate(clouds):
            own = _mapping({"name": entry} if isinstance(entry, str) else entry, f"{name}, clouds[{place}]")
            pairs.append((own.get("name", own.get("os-cloud")), own))
    elif isinstance(clouds, dict):
        pairs = [(key, _mapping(entry or {}, f"{name}, cloud {excerpt(str(key))}")) for key, entry in clouds.items()]
    else:
        raise InvalidFleet(f'{name}: "clouds" must be there: a mapping of names, or a list')
    found: dict[str, dict[str, Any]] = {}
    for place, (key, entry) in enumerate(pairs):
        if not isinstance(key, str) or not _NAME.match(key):
            raise InvalidFleet(f"{name}, clouds[{place}] must have a name of letters, digits, '.', '_', '-' or blanks")
        if key in found:
            raise InvalidFleet(f"{name}: the cloud {excerpt(key)} stands twice; leave one out")
        found[key] = entry
    if not 0 < len(found) <= _MOST:
        raise InvalidFleet(f"{name} must have between 1 and {_MOST:,} clouds")
    return found


def _cloud(own: Mapping[str, Any], defaults: Mapping[str, Any], name: str, folder: Path, place: str) -> FleetCloud:
    _check_keys(own, _KEYS, place)
    entry = {**_without_twins(defaults, own), **own}
    group = entry.get("group")
    return FleetCloud(
        name=name,
        os_cloud=_os_cloud(own, name, place),
        regions=_one_or_many(entry, "region", place),
        programs=_one_or_many(entry, "program", place),
        group=None if group is None else _text(group, f"{place}, group"),
        labels=_texts(entry.get("labels") or [], f"{place}, labels"),
        owner="" if entry.get("owner") is None else _text(entry["owner"], f"{place}, owner"),
        availability=_availability(own, place),
        options={key: _option(entry[key], key, folder, place) for key in _OPTIONS if entry.get(key) is not None},
    )


def _os_cloud(own: Mapping[str, Any], name: str, place: str) -> str | None:
    if "os-cloud" in own and own["os-cloud"] is None:
        return None
    return _text(own.get("os-cloud", name), f"{place}, os-cloud")


def _without_twins(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults; a cloud's `program` stands for a default of `programs`, too."""
    if not {"program", "programs"} & own.keys():
        return dict(defaults)
    return {key: value for key, value in defaults.items() if key not in {"program", "programs"}}


def _one_or_many(entry: Mapping[str, Any], key: str, place: str) -> tuple[str | None, ...]:
    many = _LISTED[key]
    if entry.get(key) is not None and entry.get(many) is not None:
        raise InvalidFleet(f'{place} has "{key}" and "{many}"; keep one of them')
    value = entry.get(many) if entry.get(key) is None else entry[key]
    if value is None:
        return (None,)
    found = _texts(value if isinstance(value, list) else [value], f"{place}, {key}")
    if not found or len(set(found)) < len(found):
        raise InvalidFleet(f'{place}: "{many}" must name at least one, and each once')
    return found


def _availability(own: Mapping[str, Any], place: str) -> Availability:
    available = own.get("available", True)
    if not isinstance(available, bool):
        raise InvalidFleet(f'{place}: "available" must be true or false')
    reason = "" if own.get("reason") is None else _text(own["reason"], f"{place}, reason")
    until = own.get("until")
    if available:
        if reason or until is not None:
            raise InvalidFleet(f'{place} gives a reason or an end without "available: false"; add it, or drop them')
        return AVAILABLE
    return Availability(available=False, reason=reason, until=None if until is None else _day(until, place))


def _day(value: Any, place: str) -> date:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, date) or isinstance(value, datetime):
        raise InvalidFleet(f'{place}: "until" must be a date such as 2027-05-31')
    return value


def _option(value: Any, key: str, folder: Path, place: str) -> str:
    if isinstance(value, float) and key not in _OTHERS:  # 2020.10 would be read as 2020.1
        raise InvalidFleet(f'{place}: "{key}" must stand in quotes, or YAML takes it for a number')
    text = _text(str(value) if isinstance(value, int | float) else value, f"{place}, {key}")
    if key in _OTHERS:
        return text
    path = _beside(folder, text)
    if key in _FILES:
        if not path.is_file():
            raise InvalidFleet(
                f"{place}: there is no file {excerpt(text)} for {key}; it is looked for beside the fleet"
            )
        return str(path)
    return str(path) if path.exists() else text


def _beside(folder: Path, text: str) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # the home of somebody who is not known here
        return folder / text


def _lists(value: Any, clouds: tuple[FleetCloud, ...], name: str) -> dict[str, tuple[str, ...]]:
    known = {cloud.name for cloud in clouds}
    found = {}
    for key, names in _mapping(value, f"{name}, lists").items():
        found[str(key)] = _texts(names, f"{name}, list {excerpt(str(key))}")
        strange = next((one for one in found[str(key)] if one not in known), None)
        if strange is not None:
            raise InvalidFleet(f"{name}, list {excerpt(str(key))}: there is no cloud {excerpt(strange)} in the file")
    return found


def _mapping(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidFleet(f"{place} must be a mapping")
    return value


def _check_keys(mapping: Mapping[Any, Any], known: frozenset[str], place: str) -> None:
    for key in mapping:
        if key not in known:
            raise InvalidFleet(f"{place}: {excerpt(str(key), 40)} is not known; there are {', '.join(sorted(known))}")


def _texts(value: Any, place: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise InvalidFleet(f"{place} must be a list of texts")
    return tuple(_text(item, place) for item in value)


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST or value.startswith("-"):
        raise InvalidFleet(f"{place} must be a text of at most {_LONGEST:,} characters that does not begin with '-'")
    return value.strip()
