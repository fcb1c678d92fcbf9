"""The JSON Schema of format 3: it describes every key, and holds for what the reader reads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema

from certmark.formats.guideline import schemas, yaml_text
from certmark.formats.guideline.schemas import FORMAT_3_ADDRESS

_SCHEMAS = Path(schemas.__file__).parents[2] / "data" / "schemas"
_SCHEMA = json.loads((_SCHEMAS / "guideline-3.0.json").read_bytes())
_SAMPLE = Path(__file__).parents[2] / "assets" / "guideline" / "sound" / "format_3.yaml"


def test_every_key_is_described() -> None:
    places = [place for place, schema in _schemas(_SCHEMA, "") if not str(schema.get("description", "")).strip()]
    assert places == []


def test_its_address_is_the_one_that_documents_name() -> None:
    assert _SCHEMA["$id"] == FORMAT_3_ADDRESS


def test_it_holds_for_the_document_that_says_everything() -> None:
    jsonschema.Draft202012Validator.check_schema(_SCHEMA)
    document = yaml_text.parsed(_SAMPLE.read_text())
    assert list(jsonschema.Draft202012Validator(_SCHEMA).iter_errors(document)) == []


def test_the_document_that_says_everything_has_every_key() -> None:
    """But for what only a lifted document has."""
    text = _SAMPLE.read_text()
    keys = {key for _, schema in _schemas(_SCHEMA, "") for key in schema.get("properties", {})}
    only_lifted_or_elsewhere = {
        *("achievements", "original", "changes", "was", "is", "order", "reference", "target"),
        *("deprecated", "removed", "informational", "setup_error", "not_run", "not_reported", "method"),
    }
    assert {key for key in keys if f"{key}:" not in text} <= only_lifted_or_elsewhere


def _schemas(schema: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema of a key or an item, with its place."""
    yield place, schema
    for name, inner in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from _schemas(inner, f"{place}/{name}")
    for name in ("items", "additionalProperties"):
        if isinstance(schema.get(name), dict):
            yield from _schemas(schema[name], f"{place}/{name}")
    for number, inner in enumerate(schema.get("anyOf", ())):
        yield from _schemas(inner, f"{place}/{number}")
