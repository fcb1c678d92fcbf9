"""The JSON of fleets and sandboxes is what its schema says."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from certmark.domain.fleets import FleetCloud, FleetMember, MemberProgress, MemberStanding, conclude
from certmark.formats.fleet_record import FleetSummary
from certmark.reporting.fleet import FleetView
from certmark.reporting.sandbox import SandboxView
from certmark.reporting.views import Form, View, render
from certmark.sandbox.lifecycle import ServiceStatus, Status


def checked(name: str, view: View) -> Any:
    schema = json.loads((files("certmark") / f"data/schemas/output/{name}.json").read_text())
    document = json.loads(render(view, Form.JSON))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(document)
    return document


def fleet_of(*standings: MemberStanding) -> FleetView:
    whole = conclude((standing.progress for standing in standings), ignore_dead=False)
    summary = FleetSummary("id", "n", "/f", "then", None, whole, 0, standings, ("a",), {"no-doctor": ()})
    return FleetView(summary, Path("/fleet"))


@pytest.mark.parametrize("progress", MemberProgress)
def test_a_fleet_is_what_its_schema_says_however_far_it_is(progress: MemberProgress) -> None:
    cloud = FleetCloud("a", "a", group="g", labels=("l",), options={"level": "required"})
    standing = MemberStanding(
        FleetMember(cloud, "r", "object"), progress, "why", "Object", {"passed": 1}, 2.5, "/fleet/a-r"
    )
    assert checked("certmark-fleet", fleet_of(standing))["members"][0]["folder"] == "a-r"


def test_a_fleet_without_members_is_one_too() -> None:
    assert checked("certmark-fleet", fleet_of())["standing"] == "incomplete"


def test_a_sandbox_is_what_its_schema_says() -> None:
    services = (
        ServiceStatus("keystone", 12, (15000,), answers=True, memory=1 << 20, broken=False),
        ServiceStatus("swift", None, (), answers=False, memory=0, broken=True),
    )
    status = Status("object-storage", Path("/s"), services, ("people",), ("swift",))
    assert checked("certmark-sandbox", SandboxView(status))["is_up"] is False
