"""What may be changed in a document, and what each change does to its values."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from certmark.authoring.lint.schemas import JsonPath


@dataclass(frozen=True)
class SetValue:
    """Another value in the place of the one at `path`."""

    path: JsonPath
    value: Any


@dataclass(frozen=True)
class InsertKey:
    """A new key in the mapping at `path`, where its neighbours' order has it."""

    path: JsonPath
    key: str
    value: Any
    order: tuple[str, ...] = ()
    """The customary order of such keys, where the neighbours have none."""


@dataclass(frozen=True)
class RemoveKey:
    """The key that `path` ends with, and its value."""

    path: JsonPath


@dataclass(frozen=True)
class RenameKey:
    """Another key in the place of the one that `path` ends with; its value stays."""

    path: JsonPath
    new: str


@dataclass(frozen=True)
class AddItem:
    """A new item of the list at `path`, where its neighbours' order has it."""

    path: JsonPath
    value: Any


@dataclass(frozen=True)
class RemoveItem:
    """The first item of the list at `path` that is equal to `value`."""

    path: JsonPath
    value: Any


EditOperation = SetValue | InsertKey | RemoveKey | RenameKey | AddItem | RemoveItem


def value_at(document: Any, path: JsonPath) -> Any:
    """The value at `path`. Raises LookupError or TypeError."""
    for step in path:
        document = document[step]
    return document


def has(document: Any, path: JsonPath) -> bool:
    """Whether there is a value at `path`."""
    try:
        value_at(document, path)
    except (LookupError, TypeError):
        return False
    return True


def put(document: Any, path: JsonPath, value: Any, order: tuple[str, ...] = ()) -> EditOperation:
    """The operation that leaves `value` at `path`, whether something is there or not."""
    if has(document, path):
        return SetValue(path, value)
    return InsertKey(path[:-1], str(path[-1]), value, order)


def apply(document: Any, operations: Iterable[EditOperation]) -> Any:
    """A copy of `document` after `operations`, one after the other. Raises LookupError or TypeError."""
    document = copy.deepcopy(document)
    for one in operations:
        document = _applied(document, one)
    return document


def _applied(document: Any, one: EditOperation) -> Any:
    match one:
        case SetValue(path, value):
            if not path:
                return copy.deepcopy(value)
            value_at(document, path[:-1])[path[-1]] = copy.deepcopy(value)
        case InsertKey(path, key, value):
            mapping = value_at(document, path)
            _in_order(mapping, place_of_key(list(mapping), key, one.order), key, copy.deepcopy(value))
        case RemoveKey(path):
            del value_at(document, path[:-1])[path[-1]]
        case RenameKey(path, new):
            mapping = value_at(document, path[:-1])
            renamed = {new if key == path[-1] else key: value for key, value in mapping.items()}
            mapping.clear()
            mapping.update(renamed)
        case AddItem(path, value):
            items = value_at(document, path)
            items.insert(place_of_item(items, value), copy.deepcopy(value))
        case RemoveItem(path, value):
            items = value_at(document, path)
            del items[items.index(value)]
    return document


def _in_order(mapping: dict[str, Any], place: int, key: str, value: Any) -> None:
    after = list(mapping.items())[place:]
    for old, _ in after:
        del mapping[old]
    mapping[key] = value
    mapping.update(after)


def place_of_key(keys: Sequence[str], new: str, order: Sequence[str] = ()) -> int:
    """Where a new key goes: among sorted ones by its sort, else as `order` says, else behind its nearest kin."""
    if len(keys) > 1 and list(keys) == sorted(keys):
        return sum(key < new for key in keys)
    if new in order:
        before = set(order[: order.index(new)])
        return max((number + 1 for number, key in enumerate(keys) if key in before), default=0)
    return _behind_kin(keys, new)


def place_of_item(items: Sequence[Any], new: Any) -> int:
    """Where a new item goes: among sorted texts by its sort, else behind its nearest kin."""
    if not isinstance(new, str) or not all(isinstance(item, str) for item in items):
        return len(items)
    return place_of_key(items, new)


def _behind_kin(words: Sequence[str], new: str) -> int:
    """Behind the last of those that begin with most of the same parts; without kin at the end."""
    parts = _parts(new)
    shared = [_shared(parts, _parts(word)) for word in words]
    most = max(shared, default=0)
    return len(words) if not most else len(shared) - shared[::-1].index(most)


def _parts(word: str) -> list[str]:
    return re.split(r"[-.]", word)


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    return next(
        (number for number, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
