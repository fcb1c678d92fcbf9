"""Where two JSON documents differ, as data, and one of them made of the other with it.

A difference has a place (a JSON pointer) and what stands there: `was` in the first, `is` in the second; only one of
the two where the other has no such key. `order` are the keys of the second, where they follow one another otherwise.
Lists are compared as wholes; the order of keys in objects counts.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from certmark.formats.errors import InvalidGuideline

Difference = dict[str, Any]
"""With `place` and `was`, `is` or `order`."""

_MISSING = object()
_KEYS = frozenset(("place", "was", "is", "order"))


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Difference]:
    """What must be changed in `first` to make `second` of it."""
    return list(_between(first, second, ""))


def _between(first: Mapping[str, Any], second: Mapping[str, Any], place: str) -> Iterator[Difference]:
    for key in dict.fromkeys((*first, *second)):
        here = f"{place}/{_escaped(key)}"
        was, now = first.get(key, _MISSING), second.get(key, _MISSING)
        if isinstance(was, dict) and isinstance(now, dict):
            yield from _between(was, now, here)
        elif now is _MISSING:
            yield {"place": here, "was": was}
        elif was is _MISSING:
            yield {"place": here, "is": now}
        elif not is_same(was, now):
            yield {"place": here, "was": was, "is": now}
    if _keys_after(first, second) != list(second):
        yield {"place": place, "order": list(second)}


def _keys_after(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[str]:
    return [*(key for key in first if key in second), *(key for key in second if key not in first)]


def with_differences(first: Mapping[str, Any], changes: object) -> dict[str, Any]:
    """`first` with `changes`, each where its place is still as it was. Raises InvalidGuideline where they are none."""
    changed: dict[str, Any] = copy.deepcopy(dict(first))
    if not isinstance(changes, list):
        raise InvalidGuideline("original.changes: must be a list")
    seen = set()
    for number, change in enumerate(changes):
        if not _is_difference(change):
            raise InvalidGuideline(f'original.changes[{number}]: must have a "place", and "was", "is" or "order"')
        subject = change["place"], "order" in change
        if subject in seen:  # each costs as much as what stands at its place
            raise InvalidGuideline(f"original.changes[{number}]: its place stands there a second time")
        seen.add(subject)
        _apply(changed, change)
    return changed


def _is_difference(change: object) -> bool:
    return (
        isinstance(change, dict)
        and change.keys() <= _KEYS
        and len(change) > 1
        and isinstance(change.get("place"), str)
        and isinstance(change.get("order", []), list)
        and all(isinstance(key, str) for key in change.get("order", []))
    )


def _apply(document: dict[str, Any], change: Difference) -> None:
    steps = [_unescaped(step) for step in change["place"].split("/")[1:]]
    if "order" in change:
        target = _at(document, steps)
        if target is not None:
            _sort(target, change["order"])
        return
    target = _at(document, steps[:-1]) if steps else None
    if target is None or not is_same(target.get(steps[-1], _MISSING), change.get("was", _MISSING)):
        return
    if "is" in change:
        target[steps[-1]] = copy.deepcopy(change["is"])
    else:
        del target[steps[-1]]


def _at(document: dict[str, Any], steps: Sequence[str]) -> dict[str, Any] | None:
    found: Any = document
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _sort(content: dict[str, Any], order: Sequence[str]) -> None:
    """Put the keys of `order` first; those that came later keep their places behind them."""
    known = [key for key in dict.fromkeys(order) if key in content]
    entries = {key: content[key] for key in (*known, *content)}
    content.clear()
    content.update(entries)


def is_same(one: object, other: object) -> bool:
    """Whether two JSON values are written alike: `1` is neither `true` nor `1.0`."""
    if one is _MISSING or other is _MISSING:
        return one is other
    return type(one) is type(other) and json.dumps(one) == json.dumps(other)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescaped(step: str) -> str:
    return step.replace("~1", "/").replace("~0", "~")
