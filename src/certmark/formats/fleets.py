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
from pathlib import Path
from typing import Any

from certmark.domain.fleets import AVAILABLE, Availability, Fleet, FleetCloud
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
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
    document = parse_document(data, name, InvalidFleet, largest=LARGEST, is_json=name.lower().endswith(".json"))
    fields = Fields({"clouds": document} if isinstance(document, list) else document, name, InvalidFleet, _TOP)
    defaults = fields.mapping("defaults", _DEFAULTS) if fields.has("defaults") else fields.inside({}, name)
    clouds = tuple(_cloud(own, defaults.content, key, folder) for key, own in _entries(fields).items())
    title = Path(name).stem if not fields.has("fleet") else _word(fields, "fleet")
    return Fleet(title, clouds, _lists(fields, clouds))


def _entries(fields: Fields) -> dict[str, Fields]:
    """Name -> entry; a list names each of them inside."""
    clouds, name = fields.content.get("clouds"), fields.where
    pairs: list[tuple[Any, Fields]] = []
    if isinstance(clouds, list):
        for place, entry in enumerate(clouds):
            own = fields.inside({"name": entry} if isinstance(entry, str) else entry, f"{name}, clouds[{place}]")
            pairs.append((own.content.get("name", own.content.get("os-cloud")), own))
    elif isinstance(clouds, dict):
        pairs += [(key, fields.inside(own or {}, f"{name}, cloud {excerpt(str(key))}")) for key, own in clouds.items()]
    else:
        fields.refuse("must be there: a mapping of names, or a list", "clouds")
    found: dict[str, Fields] = {}
    for place, (key, entry) in enumerate(pairs):
        if not isinstance(key, str) or not _NAME.match(key):
            raise InvalidFleet(f"{name}, clouds[{place}] must have a name of letters, digits, '.', '_', '-' or blanks")
        if key in found:
            fields.refuse(f"has the cloud {excerpt(key)} twice; leave one out")
        found[key] = fields.inside(entry.content, f"{name}, cloud {excerpt(key)}", _KEYS)
    if not 0 < len(found) <= _MOST:
        fields.refuse(f"must have between 1 and {_MOST:,} clouds")
    return found


def _cloud(own: Fields, defaults: Mapping[str, Any], name: str, folder: Path) -> FleetCloud:
    entry = own.inside({**_without_twins(defaults, own.content), **own.content}, own.where)
    return FleetCloud(
        name=name,
        os_cloud=_os_cloud(own, name),
        regions=_one_or_many(entry, "region"),
        programs=_one_or_many(entry, "program"),
        group=_word(entry, "group") if entry.has("group") else None,
        labels=_words(entry, "labels") if entry.has("labels") else (),
        owner=_word(entry, "owner") if entry.has("owner") else "",
        availability=_availability(own),
        options={key: _option(entry, key, folder) for key in _OPTIONS if entry.has(key)},
    )


def _os_cloud(own: Fields, name: str) -> str | None:
    if "os-cloud" in own.content and not own.has("os-cloud"):
        return None
    return _word(own, "os-cloud") if own.has("os-cloud") else name


def _without_twins(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults; a cloud's `program` stands for a default of `programs`, too."""
    if not {"program", "programs"} & own.keys():
        return dict(defaults)
    return {key: value for key, value in defaults.items() if key not in {"program", "programs"}}


def _one_or_many(entry: Fields, key: str) -> tuple[str | None, ...]:
    many = _LISTED[key]
    if entry.has(key) and entry.has(many):
        entry.refuse(f'has "{key}" and "{many}"; keep one of them')
    if not entry.has(key) and not entry.has(many):
        return (None,)
    found = _words(entry, key if entry.has(key) else many)
    if not found or len(set(found)) < len(found):
        entry.refuse("must name at least one, and each once", many)
    return found


def _availability(own: Fields) -> Availability:
    available = own.truth("available", default=True)
    reason = _word(own, "reason") if own.has("reason") else ""
    if available:
        if reason or own.has("until"):
            own.refuse('gives a reason or an end without "available: false"; add it, or drop them')
        return AVAILABLE
    return Availability(available=False, reason=reason, until=own.maybe_day("until"))


def _option(entry: Fields, key: str, folder: Path) -> str:
    value = entry.content[key]
    if isinstance(value, float) and key not in _OTHERS:  # 2020.10 would be read as 2020.1
        entry.refuse("must stand in quotes, or YAML takes it for a number", key)
    text = _word(entry.inside({key: str(value)}, entry.where) if isinstance(value, int | float) else entry, key)
    if key in _OTHERS:
        return text
    path = _beside(folder, text)
    if key in _FILES:
        if not path.is_file():
            entry.refuse(f"names {excerpt(text)}, and there is no such file; it is looked for beside the fleet", key)
        return str(path)
    return str(path) if path.exists() else text


def _beside(folder: Path, text: str) -> Path:
    try:
        return folder / Path(text).expanduser()
    except RuntimeError:  # the home of somebody who is not known here
        return folder / text


def _lists(fields: Fields, clouds: tuple[FleetCloud, ...]) -> dict[str, tuple[str, ...]]:
    known = {cloud.name for cloud in clouds}
    lists = fields.mapping("lists") if fields.has("lists") else fields.inside({}, fields.where)
    found = {str(key): _words(lists, key) for key in lists.content}
    for key, names in found.items():
        strange = next((one for one in names if one not in known), None)
        if strange is not None:
            lists.refuse(f"names the cloud {excerpt(strange)}, which is not in the file", key)
    return found


def _words(fields: Fields, key: str) -> tuple[str, ...]:
    """One word, or a list of them; they become words of a command line, so none may look like an option."""
    value = fields.content.get(key)
    found = (value,) if isinstance(value, str) else fields.texts(key, (), limit=_LONGEST)
    if not all(word.strip() and not word.startswith("-") and len(word) <= _LONGEST for word in found):
        fields.refuse(f"must be strings of 1 to {_LONGEST:,} characters that do not begin with '-'", key)
    return tuple(word.strip() for word in found)


def _word(fields: Fields, key: str) -> str:
    text = fields.text(key, limit=_LONGEST)
    if text.startswith("-"):
        fields.refuse("must not begin with '-'", key)
    return text.strip()
