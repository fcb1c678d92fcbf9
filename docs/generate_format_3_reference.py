"""Writes docs/reference/guideline-format-3.md from the JSON Schema; `--check` only compares.

`./dev docs` runs it, and a test runs it with `--check`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "src" / "certmark" / "data" / "schemas" / "guideline-3.0.json"
TARGET = ROOT / "docs" / "reference" / "guideline-format-3.md"
HEAD = """# Format 3 of guidelines: every key

This page is generated from [the JSON Schema](../../src/certmark/data/schemas/guideline-3.0.json) by `docs/generate_format_3_reference.py`.
The schema's address is `{address}`.
[Guidelines](guidelines.md#format-3) has an example, and says how the format is read.
A key in bold must be there; `*` stands for a name that the author chooses.
"""


def main(words: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    schema = json.loads(SCHEMA.read_bytes())
    page = HEAD.format(address=schema["$id"]) + "".join(sections(schema))
    if "--check" in words:
        return 0 if TARGET.read_text(encoding="utf-8") == page else 1
    TARGET.write_text(page, encoding="utf-8")
    return 0


def sections(schema: dict[str, Any]) -> Iterator[str]:
    """The document, then each kind of object in it."""
    yield f"\n## The document\n\n{schema['description']}\n\n{table(schema, schema)}"
    for name, definition in schema["$defs"].items():
        title = name.replace("_", " ")
        yield f"\n## {title[:1].upper()}{title[1:]}\n\n{definition['description']}\n\n{table(definition, schema)}"


def table(definition: dict[str, Any], schema: dict[str, Any]) -> str:
    """The keys of one object, those of objects without a section of their own included."""
    rows = "".join(f"| {key} | {value} | {text} |\n" for key, value, text in keys(definition, schema, ""))
    return f"| key | value | what it says |\n| --- | --- | --- |\n{rows}"


def keys(definition: dict[str, Any], schema: dict[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    """Each key with its place in the object, what may stand there, and its description."""
    for name, inner in definition.get("properties", {}).items():
        place = f"{path}{name}"
        shown = f"**`{place}`**" if name in definition.get("required", ()) else f"`{place}`"
        yield shown, value_of(inner).replace("|", "\\|"), inner["description"].replace("|", "\\|")
        yield from below(inner, schema, place)


def below(inner: dict[str, Any], schema: dict[str, Any], place: str) -> Iterator[tuple[str, str, str]]:
    """What stands under a key that has no section of its own."""
    for child, mark in ((inner.get("additionalProperties"), ".*"), (inner.get("items"), "[]")):
        if isinstance(child, dict):
            yield from below(child, schema, place + mark)
    if "properties" in inner:
        yield from keys(inner, schema, f"{place}.")


def value_of(inner: dict[str, Any]) -> str:
    """What may stand under a key, in few words."""
    if "$ref" in inner:
        name = inner["$ref"].rpartition("/")[2]
        return f"[{name.replace('_', ' ')}](#{name.replace('_', '-')})"
    if "const" in inner:
        return f"`{inner['const']}`"
    if "enum" in inner:
        return ", ".join(f"`{value}`" for value in inner["enum"])
    if "anyOf" in inner:
        return " or ".join(value_of(one) for one in inner["anyOf"])
    child = inner.get("items") or inner.get("additionalProperties")
    if inner.get("type") == "array":
        return f"list of {value_of(child)}" if isinstance(child, dict) else "list"
    if isinstance(child, dict):
        return f"by name: {value_of(child)}"
    return {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(
        inner.get("type", ""), "object"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
