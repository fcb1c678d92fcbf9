"""Small guidelines to be broken one rule at a time."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable
from typing import Any

from certmark.authoring.lint.checking import CheckedGuideline, LintInput, lint, open_file
from certmark.domain.findings import LintFinding

UUIDS = [f"{number:08x}-1111-4111-8111-111111111111" for number in range(10)]
LIST = "suite.servers.test_servers.Servers.test_list"
SHOW = "suite.servers.test_servers.Servers.test_show"
RESIZE = "suite.servers.test_servers.Servers.test_resize"

_SOUND: dict[str, Any] = {
    "metadata": {
        "id": "2099.06",
        "schema": "2.0",
        "reference": "https://example.org/schema/2.0.json",
        "source": "https://example.org/2099.06.json",
        "scoring": {
            "cutoff_score": 10,
            "criteria": {
                "atomic": {"name": "Atomic", "description": "one", "weight": 6},
                "future": {"name": "Future", "description": "two", "weight": 4},
            },
        },
        "os_trademark_approval": {
            "target_approval": "2099.06",
            "replaces": "2098.12",
            "releases": ["2098.1", "2098.2", "2099.1"],
            "status": "draft",
        },
    },
    "platforms": {"Servers": {"description": "what has servers", "components": [{"name": "servers"}]}},
    "components": {
        "servers": {
            "capabilities": {"required": ["list"], "advisory": ["resize"], "deprecated": [], "removed": []},
            "designated_sections": {"required": ["nova"]},
        }
    },
    "capabilities": {
        "list": {
            "achievements": ["atomic", "future"],
            "admin": False,
            "required_since": "2098.12",
            "description": "to list",
            "project": "nova",
            "tests": {
                LIST: {"idempotent_id": f"id-{UUIDS[0]}"},
                SHOW: {"idempotent_id": f"id-{UUIDS[1]}", "aliases": ["suite.Old.test_show"]},
            },
        },
        "resize": {
            "achievements": ["atomic"],
            "admin": False,
            "description": "to resize",
            "project": "nova",
            "tests": {RESIZE: {"idempotent_id": f"id-{UUIDS[2]}"}},
        },
    },
    "designated_sections": {
        "nova": {"required": {"guidance": "all", "sections": {"api": {"description": "API", "designated": True}}}}
    },
    "test_repositories": {"suite": {"repository": "https://example.org/suite", "reference": "1"}},
}


def sound() -> dict[str, Any]:
    """A guideline in which nothing is wrong."""
    return copy.deepcopy(_SOUND)


def before() -> dict[str, Any]:
    """The guideline that it replaces."""
    document = sound()
    document["metadata"]["id"] = "2098.12"
    document["metadata"]["source"] = "https://example.org/2098.12.json"
    approval = document["metadata"]["os_trademark_approval"]
    approval |= {"target_approval": "2098.12", "status": "approved", "releases": ["2097.2", "2098.1", "2098.2"]}
    del approval["replaces"]
    return document


def old() -> dict[str, Any]:
    """A guideline of schema 1.6 in which nothing is wrong but what it replaces."""
    levels: dict[str, list[str]] = {"required": [], "advisory": [], "deprecated": [], "removed": []}
    return {
        "id": "2016.08",
        "schema": "1.6",
        "reference": "https://example.org/1.6.json",
        "source": "https://example.org/",
        "status": "superseded",
        "replaces": "2016.01",
        "target_approval": "2016-08-23",
        "releases": ["kilo", "liberty", "mitaka"],
        "platform": {**levels, "required": ["compute"]},
        "components": {"compute": {**levels, "required": ["list"]}},
        "capabilities": {
            "list": {
                "achievements": ["atomic"],
                "admin": False,
                "required-since": "2016.08",
                "description": "to list",
                "project": "nova",
                "tests": {LIST: {"idempotent_id": f"id-{UUIDS[0]}"}},
            }
        },
        "designated-sections": {level: {} for level in (*levels, "informational")},
        "criteria": {"atomic": {"name": "Atomic", "Description": "one", "weight": 6}},
    }


def encoded(document: Any) -> bytes:
    """As a file."""
    return json.dumps(document, indent=2).encode()


def checked(
    document: Any, *, name: str = "2099.06.json", beside: Any = None, predecessor: Any = None
) -> CheckedGuideline:
    """What is found in a document (or in the bytes of one), which may have others beside it."""
    data = document if isinstance(document, bytes) else encoded(document)
    others = {"2098.12.json": before()} if beside is None else beside
    given = open_file(LintInput(name, data))
    former = None if predecessor is None else open_file(LintInput("former.json", encoded(predecessor)))
    opened = [open_file(LintInput(other, encoded(content))) for other, content in others.items()]
    return lint([given], beside=opened, predecessor=former)[0]


def told(findings: Iterable[LintFinding]) -> list[tuple[str, str]]:
    """Rules and places."""
    return [(finding.rule.id, finding.pointer) for finding in findings]
