"""What version 2 promises (docs/reference/api.md): what was there stays as it was.

Run as a program it writes the file anew; whoever does so looks at what the change takes away.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from certmark.server.api.openapi import document_of
from certmark.server.api.v2 import ROUTES

PROMISED = Path(__file__).with_name("api_v2.json")


def contract() -> dict[str, Any]:
    """Operations with their parameters and statuses, and the fields of all objects."""
    document = document_of(ROUTES, None)
    operations = {
        operation["operationId"]: {
            "at": f"{method.upper()} {path}",
            "parameters": {
                f"{one['in']} {one['name']}": "required" if one["required"] else "optional"
                for one in operation["parameters"]
            },
            "answers": sorted(
                f"{status} {media}"
                for status, answer in operation["responses"].items()
                if status < "300"
                for media in answer.get("content", {"nothing": None})
            ),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    objects = {
        name: {field: _kind(schema["properties"][field]) for field in schema.get("required", ())}
        for name, schema in document["components"]["schemas"].items()
    }
    return {"operations": operations, "objects": objects}


def _kind(schema: dict[str, Any]) -> Any:
    if "anyOf" in schema:
        return sorted(str(_kind(one)) for one in schema["anyOf"])
    return schema.get("$ref", schema.get("type", "any"))


NOW, THEN = contract(), json.loads(PROMISED.read_bytes()) if PROMISED.exists() else {"operations": {}, "objects": {}}


@pytest.mark.parametrize("name", THEN["operations"])
def test_an_operation_is_where_it_was_and_takes_what_it_took(name: str) -> None:
    then, now = THEN["operations"][name], NOW["operations"][name]
    assert now["at"] == then["at"]
    assert set(then["answers"]) <= set(now["answers"])
    for parameter, need in then["parameters"].items():
        assert now["parameters"][parameter] in {need, "optional"}
    added = set(now["parameters"]) - set(then["parameters"])
    assert {now["parameters"][parameter] for parameter in added} <= {"optional"}


@pytest.mark.parametrize("name", THEN["objects"])
def test_an_object_has_the_fields_that_it_had(name: str) -> None:
    then, now = THEN["objects"][name], NOW["objects"][name]
    assert {field: now.get(field) for field in then} == then


def test_everything_that_there_is_is_promised() -> None:
    assert NOW == THEN, "python tests/server/test_api_stability.py adds what is new"


def test_the_document_is_openapi_3_1() -> None:
    validator = pytest.importorskip("openapi_spec_validator")
    document = document_of(ROUTES, "https://certmark.example.org")
    validator.validate(document)
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


if __name__ == "__main__":
    PROMISED.write_text(json.dumps(NOW, indent=1, sort_keys=True) + "\n", encoding="utf-8")
