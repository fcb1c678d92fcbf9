"""Forgeries of a document: each of its leaves changed, taken away, and given a neighbour."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

_YEAR = re.compile(r"2026(?=-\d\d-\d\d)")
Keys = tuple[str | int, ...]


class Forgery(NamedTuple):
    """A document of which one leaf was forged."""

    name: str
    """Of the leaf: its keys from the outside inwards, without places in lists."""
    what: str
    document: Any


def forgeries(document: Any) -> Iterator[Forgery]:
    """All of `document`, which is a list or a mapping."""
    places = list(_places(document, ()))
    of_name: dict[str, list[Any]] = {}
    for keys in places:
        of_name.setdefault(name_of(keys), []).append(_at(document, keys))
    for keys in places:
        value, name = _at(document, keys), name_of(keys)
        for forged in _others(value, of_name[name]):
            yield Forgery(name, f"{value!r} became {forged!r}", _with(document, keys, forged))
        yield Forgery(name, "was taken away", _without(document, keys))
        if isinstance(value, dict):
            yield Forgery(name, "got another key", _with(document, keys, {**value, "zz": 1}))
        if isinstance(value, list):
            yield Forgery(name, "got one more", _with(document, keys, [*value, value[-1] if value else "x"]))


def name_of(keys: Keys) -> str:
    """The keys without places in lists; the names of distributions are all one."""
    words = [key for key in keys if isinstance(key, str)]
    if "distributions" in words[:-1]:
        words = [*words[: words.index("distributions") + 1], "*"]
    return ".".join(words)


def _places(value: Any, keys: Keys) -> Iterator[Keys]:
    """Every part of the document, the document itself left out."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in inner:
        yield (*keys, key)
        yield from _places(part, (*keys, key))


def _others(value: Any, alike: list[Any]) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
            yield int(value)
        case int() | float():
            yield value + 1
            yield float(value) if isinstance(value, int) else str(value)
        case str():
            yield _YEAR.sub("2025", value) if _YEAR.match(value) else value + "x"
            yield from list(dict.fromkeys(one for one in alike if isinstance(one, str) and one != value))[:1]
        case None:
            yield "x"
        case _:
            yield None


def _at(document: Any, keys: Keys) -> Any:
    for key in keys:
        document = document[key]
    return document


def _with(document: Any, keys: Keys, value: Any) -> Any:
    forged = copy.deepcopy(document)
    _at(forged, keys[:-1])[keys[-1]] = value
    return forged


def _without(document: Any, keys: Keys) -> Any:
    forged = copy.deepcopy(document)
    del _at(forged, keys[:-1])[keys[-1]]
    return forged
