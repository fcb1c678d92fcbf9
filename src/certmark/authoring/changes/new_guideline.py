"""An empty guideline: everything that one needs, and no capability yet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Criterion
from certmark.formats.errors import excerpt

_SCHEMA_2 = "https://opendev.org/openstack/interop/raw/branch/master/doc/source/schema/2.0.json"
_ID = re.compile(r"(?:[a-z][a-z0-9_-]*\.)?(?:\d{4}\.(?:0[1-9]|1[0-2])|next)\Z", re.ASCII)


def empty_guideline(
    identity: str,
    *,
    schema: str,
    program: str,
    component: str,
    releases: Sequence[str],
    criteria: Sequence[Criterion],
    cutoff: int,
) -> dict[str, Any]:
    """Its document, of schema 2.0 or 3.0. Raises InvalidRequest."""
    check_identity(identity)
    if not releases:
        raise InvalidRequest("name the releases that it covers")
    weighed = {one.key: {"name": one.name, "description": one.description, "weight": one.weight} for one in criteria}
    levels: dict[str, list[str]] = {"required": [], "advisory": [], "deprecated": [], "removed": []}
    made = _of_3 if schema.startswith("3") else _of_2
    return made(identity, program, component, list(releases), weighed, cutoff, levels)


def check_identity(identity: str) -> None:
    """Raise InvalidRequest where no guideline is called so."""
    if _ID.match(identity) is None:
        raise InvalidRequest(f"{excerpt(identity)} is no id of a guideline; call it like 2027.06 or dns.2027.06")


def key_of(name: str) -> str:
    """A key made of a name for people."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "program"


def _of_3(
    identity: str,
    program: str,
    component: str,
    releases: list[str],
    criteria: dict[str, Any],
    cutoff: int,
    levels: dict[str, list[str]],
) -> dict[str, Any]:
    key = key_of(program)
    return {
        "metadata": {"id": identity, "schema": "3.0", "status": "draft", "releases": releases},
        "scoring": {"cutoff": cutoff, "criteria": criteria},
        "programs": {key: {"name": program, "kind": "platform", "components": [{"name": component}]}},
        "components": {component: {"capabilities": levels, "designated_sections": {}}},
        "capabilities": {},
        "designated_sections": {},
        "suites": {"tempest": {"repository": "https://opendev.org/openstack/tempest"}},
    }


def _of_2(
    identity: str,
    program: str,
    component: str,
    releases: list[str],
    criteria: dict[str, Any],
    cutoff: int,
    levels: dict[str, list[str]],
) -> dict[str, Any]:
    approval = {"target_approval": identity[-7:], "releases": releases, "status": "draft"}
    return {
        "metadata": {
            "id": identity,
            "schema": "2.0",
            "reference": _SCHEMA_2,
            "source": f"{identity}.json",
            "scoring": {"cutoff_score": cutoff, "criteria": criteria},
            "os_trademark_approval": approval,
        },
        "platforms": {program: {"description": program, "components": [{"name": component}]}},
        "components": {component: {"capabilities": levels, "designated_sections": {}}},
        "capabilities": {},
        "designated_sections": {},
        "test_repositories": {"tempest": {"repository": "https://opendev.org/openstack/tempest"}},
    }
