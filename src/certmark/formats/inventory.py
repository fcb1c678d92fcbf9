"""Inventories and lists of leftovers as JSON: what a cloud's projects held, without secrets.

`{"format": "certmark-inventory", "version": 1, "cloud", "taken", "wide", "projects", "held", "unseen",
"absent"}`; times are RFC 3339 in UTC. A list of leftovers is `{"format": "certmark-leftovers", "version": 1,
"cloud", "began", "taken", "left", "unseen"}`, its things as in an inventory, and `kept` where one must stay;
`began` is null where a list says what is left. Runs of earlier versions have `"certmark": "inventory"` in the
place of the format, which is read as well.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from certmark.domain.leftovers import Inventory, InventoryGap, Leftover, Resource
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import FormatError

INVENTORY, LEFTOVERS = "certmark-inventory", "certmark-leftovers"
_VERSION = 1


class InvalidInventory(FormatError):
    """The file holds no inventory and no list of leftovers; the message says what is wrong."""


class Recorded(NamedTuple):
    """A list of leftovers that was written down."""

    cloud: str
    left: tuple[Leftover, ...]


def write_inventory(inventory: Inventory) -> bytes:
    """The inventory as JSON."""
    return _text({
        "format": INVENTORY,
        "version": _VERSION,
        "cloud": inventory.cloud,
        "taken": _time(inventory.taken),
        "wide": inventory.is_wide,
        "projects": [{"id": ident, "name": name} for ident, name in inventory.projects],
        "held": [_resource(held) for held in inventory.held],
        "unseen": [gap._asdict() for gap in inventory.unseen],
        "absent": list(inventory.absent),
    })  # fmt: skip


def write_leftovers(left: Iterable[Leftover], now: Inventory, began: dt.datetime | None) -> bytes:
    """What a run left, as JSON."""
    return _text({
        "format": LEFTOVERS,
        "version": _VERSION,
        "cloud": now.cloud,
        "began": None if began is None else _time(began),
        "taken": _time(now.taken),
        "left": [_leftover(one) for one in left],
        "unseen": [gap._asdict() for gap in now.unseen],
    })  # fmt: skip


def read_record(data: bytes, name: str) -> Inventory | Recorded:
    """What either of the above wrote. Raises InvalidInventory."""
    document = parse_json(data, name, InvalidInventory)
    what = _format_of(document)
    if what not in {INVENTORY, LEFTOVERS}:
        raise InvalidInventory(f"{name} is no inventory and no list of leftovers that certmark wrote")
    if document.get("version") != _VERSION:
        raise InvalidInventory(f"{name} is of version {document.get('version')!r}; this certmark reads {_VERSION}")
    try:
        return _inventory(document) if what == INVENTORY else _recorded(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInventory(f"{name} is not whole ({type(error).__name__}: {error}); take another one") from error


def _format_of(document: object) -> str | None:
    if not isinstance(document, dict):
        return None
    if "certmark" in document:
        return f"certmark-{document['certmark']}"
    return str(document.get("format"))


def _inventory(document: Mapping[str, Any]) -> Inventory:
    return Inventory(
        str(document["cloud"]),
        _moment(document["taken"]),
        tuple((str(one["id"]), str(one["name"])) for one in document["projects"]),
        tuple(_as_held(one) for one in document["held"]),
        tuple(
            InventoryGap(str(gap["kind"]), str(gap["project"]), str(gap["why"]), bool(gap["is_refused"]))
            for gap in document["unseen"]
        ),
        tuple(map(str, document["absent"])),
        bool(document["wide"]),
    )


def _recorded(document: Mapping[str, Any]) -> Recorded:
    left = tuple(Leftover(_as_held(one), one.get("kept")) for one in document["left"])
    return Recorded(str(document["cloud"]), left)


def _resource(held: Resource) -> dict[str, object]:
    created = None if held.created is None else _time(held.created)
    words = {**held._asdict(), "created": created}
    return {key: value for key, value in words.items() if value not in {None, ""}}


def _leftover(one: Leftover) -> dict[str, object]:
    return _resource(one.held) | ({} if one.kept is None else {"kept": one.kept})


def _as_held(one: Mapping[str, Any]) -> Resource:
    words = {key: str(one.get(key) or "") for key in ("name", "project", "user", "detail")}
    created = None if one.get("created") is None else _moment(one["created"])
    return Resource(str(one["kind"]), str(one["id"]), created=created, **words)


def _time(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: object) -> dt.datetime:
    if not isinstance(text, str):
        raise TypeError("a time must be text")
    found = dt.datetime.fromisoformat(text)
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def moment_of(text: str) -> dt.datetime:
    """A time as a person writes it: RFC 3339; without a zone it is UTC. Raises ValueError."""
    return _moment(text)


def _text(document: Mapping[str, object]) -> bytes:
    return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()
