"""The shipped JSON Schemas of guidelines, and their evaluation.

Draft 2020-12, as far as our schemas use it: type, enum, const, pattern, minLength, items, minItems,
uniqueItems, properties, required, additionalProperties, $ref into $defs. Each file is compiled once into plain
functions: a guideline is checked in milliseconds, without a library. A test holds every answer
against that of the library `jsonschema`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

JsonPath = tuple[str | int, ...]
"""From the top of a document: keys of objects and numbers of items."""

_FOLDER = Path(__file__).parents[2] / "data" / "schemas"


class Violation(NamedTuple):
    """A keyword of a schema that a value does not satisfy."""

    path: JsonPath
    """Of the value."""
    keyword: str
    schema: Mapping[str, Any]
    """The subschema with that keyword."""
    value: Any
    key: str = ""
    """The missing or the unknown key, for `required` and `additionalProperties`."""


_Check = Callable[[Any, JsonPath, list[Violation]], None]


@cache
def schema_of(version: str) -> dict[str, Any]:
    """The shipped schema of a version of guidelines."""
    schema: dict[str, Any] = json.loads((_FOLDER / f"guideline-{version}.json").read_bytes())
    return schema


def violations(document: object, version: str) -> list[Violation]:
    """Where `document` breaks the schema of `version`, in the order of the document.

    One violation for each unknown key and each missing one.
    """
    found: list[Violation] = []
    _compiled(version)[_WHOLE](document, (), found)
    return found


def violations_of_part(value: object, version: str, part: str, path: JsonPath) -> list[Violation]:
    """Where `value`, which stands at `path`, breaks the definition `part` of the schema; nothing if it has none."""
    found: list[Violation] = []
    check = _compiled(version).get(part)
    if check is not None:
        check(value, path, found)
    return found


_WHOLE = ""


@cache
def _compiled(version: str) -> Mapping[str, _Check]:
    """The checks of the definitions by name, and that of the whole document."""
    schema = schema_of(version)
    definitions: dict[str, _Check] = {}
    for name, inner in schema.get("$defs", {}).items():
        definitions[name] = _check_of(inner, definitions)
    definitions[_WHOLE] = _check_of(schema, definitions)
    return definitions


def _check_of(schema: Mapping[str, Any], definitions: dict[str, _Check]) -> _Check:
    if "$ref" in schema:
        return _reference(schema["$ref"].rpartition("/")[2], definitions)
    makers = dict.fromkeys(make for word, make in _MAKERS.items() if word in schema)
    checks = [make(schema, definitions) for make in makers]
    kinds = _kinds(schema.get("type"))

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        if kinds is not None and not _is(value, kinds):
            found.append(Violation(path, "type", schema, value))
            return
        for inner in checks:
            inner(value, path, found)

    return check


def _reference(name: str, definitions: dict[str, _Check]) -> _Check:
    """The definition is looked up when it is needed: it may be made later."""

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        definitions[name](value, path, found)

    return check


def _kinds(word: object) -> tuple[str, ...] | None:
    if word is None:
        return None
    return (word,) if isinstance(word, str) else tuple(word)  # type: ignore[arg-type]  # our own schemas: a word or words


_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "null": type(None),
}


def _is(value: object, kinds: tuple[str, ...]) -> bool:
    for kind in kinds:
        if kind == "integer":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            if whole and not isinstance(value, bool):
                return True
        elif isinstance(value, _TYPES[kind]):
            return True
    return False


def _object(schema: Mapping[str, Any], definitions: dict[str, _Check]) -> _Check:
    properties = {key: _check_of(inner, definitions) for key, inner in schema.get("properties", {}).items()}
    required = schema.get("required", ())
    rest = schema.get("additionalProperties", True)
    others = _check_of(rest, definitions) if isinstance(rest, dict) else None
    closed = rest is False

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        if type(value) is not dict:
            return
        missing = (key for key in required if key not in value)
        found.extend(Violation(path, "required", schema, value, key) for key in missing)
        for key, inner in value.items():
            known = properties.get(key, others)
            if known is not None:
                known(inner, (*path, key), found)
            elif closed:
                found.append(Violation(path, "additionalProperties", schema, value, key))

    return check


def _list(schema: Mapping[str, Any], definitions: dict[str, _Check]) -> _Check:
    item = _check_of(schema["items"], definitions)
    least = schema.get("minItems", 0)
    unique = schema.get("uniqueItems", False)

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        if type(value) is not list:
            return
        if len(value) < least:
            found.append(Violation(path, "minItems", schema, value))
        if unique and _has_double(value):
            found.append(Violation(path, "uniqueItems", schema, value))
        for number, inner in enumerate(value):
            item(inner, (*path, number), found)

    return check


def _has_double(items: list[Any]) -> bool:
    if all(type(item) is str for item in items):
        return len(set(items)) < len(items)
    return len({json.dumps(item, sort_keys=True) for item in items}) < len(items)


def _text(schema: Mapping[str, Any], definitions: dict[str, _Check]) -> _Check:
    del definitions
    # ECMA-262: `$` is the very end, `\d` a digit of ASCII.
    matches = re.compile(schema.get("pattern", "").replace("$", r"\Z"), re.ASCII).search
    least = schema.get("minLength", 0)

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        if type(value) is not str:
            return
        if len(value) < least:
            found.append(Violation(path, "minLength", schema, value))
        if not matches(value):
            found.append(Violation(path, "pattern", schema, value))

    return check


def _enum(schema: Mapping[str, Any], definitions: dict[str, _Check]) -> _Check:
    del definitions
    keyword = "enum" if "enum" in schema else "const"
    allowed = schema["enum"] if keyword == "enum" else [schema["const"]]

    def check(value: Any, path: JsonPath, found: list[Violation]) -> None:
        if value not in allowed:
            found.append(Violation(path, keyword, schema, value))

    return check


_MAKERS: dict[str, Callable[[Mapping[str, Any], dict[str, _Check]], _Check]] = {
    "properties": _object,
    "additionalProperties": _object,
    "items": _list,
    "pattern": _text,
    "minLength": _text,
    "enum": _enum,
    "const": _enum,
}
