"""Capabilities that come from the gap report, and names of capabilities.

1. A capability begins as advisory (A4.6), without marks: it is scored before it may be required.
2. Its tests are those of a candidate of the gap report, and in no other capability of the guideline.
3. After approval no test comes in (D2.2), and names stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from certmark.authoring.changes.editable import EditableGuideline, EditPlan, Forbidden
from certmark.authoring.changes.levels import placed_at
from certmark.authoring.edits.operations import EditOperation, InsertKey, RenameKey, SetValue
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Level
from certmark.formats.errors import excerpt
from certmark.formats.gap_reports import CandidateTest, GapCandidate

PROJECTS = {
    "compute": "nova", "image": "glance", "identity": "keystone", "network": "neutron", "volume": "cinder",
    "object_storage": "swift", "dns": "designate", "designate": "designate", "orchestration": "heat", "heat": "heat",
    "load_balancer": "octavia", "octavia": "octavia", "key_manager": "barbican", "barbican": "barbican",
    "share": "manila", "manila": "manila",
}  # fmt: skip
"""The project of each service, as names of tests call the service."""
_KEY = re.compile(r"[a-z0-9][A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*\Z")


@dataclass(frozen=True, kw_only=True)
class AddCapability:
    """A new capability, advisory."""

    key: str
    candidate: GapCandidate
    description: str
    name: str | None = None
    """For people; only format 3 has one."""
    component: str | None = None
    """None: the only one."""
    project: str | None = None
    """None: that of the candidate's service."""
    only: Sequence[str] = ()
    """Ends of names of the tests that are taken; none: all."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As the rules above have it."""
        guideline.check_draft("no test comes in after approval", "D2.2")
        _check_new(guideline, self.key)
        if not self.description.strip():
            raise InvalidRequest("a capability needs a description: what can a user do?")
        tests = self._tests(guideline)
        entry = self._entry(guideline, tests)
        component = guideline.component(self.component)
        operations: list[EditOperation] = [InsertKey(("capabilities",), self.key, entry)]
        operations += placed_at(guideline, component, Level.ADVISORY, self.key)
        return EditPlan(
            tuple(operations), (f"{self.key} is advisory in {component}, with {len(tests)} tests; score it next",)
        )

    def _tests(self, guideline: EditableGuideline) -> list[CandidateTest]:
        wanted = [
            test
            for test in self.candidate.tests
            if not self.only or any(test.name == end or test.name.endswith(f".{end}") for end in self.only)
        ]
        if not wanted:
            raise InvalidRequest(f"no test of {self.candidate.key} is called {' or '.join(self.only)}")
        if any(test.is_admin for test in wanted):
            raise Forbidden(f"{self.candidate.key} needs an administrator, and no such capability is tested")
        ids = {test.uuid for test in guideline.model.tests}
        known = [test.name for test in wanted if test.name in guideline.model.names or (test.uuid and test.uuid in ids)]
        if known:
            raise InvalidRequest(f"{guideline.id} has {len(known)} of these tests already: {', '.join(known[:2])}")
        return wanted

    def _entry(self, guideline: EditableGuideline, tests: Sequence[CandidateTest]) -> dict[str, Any]:
        project = self.project or PROJECTS.get(self.candidate.service, self.candidate.service)
        if guideline.is_3:
            listed = {test.name: {"test": f"tempest:{test.uuid}"} if test.uuid else {} for test in tests}
            name = {"name": self.name} if self.name else {}
            return {**name, "description": self.description, "project": project, "credentials": "user", "tests": listed}
        listed = {test.name: {"idempotent_id": f"id-{test.uuid}"} if test.uuid else {} for test in tests}
        return {
            "achievements": [],
            "admin": False,
            "description": self.description,
            "project": project,
            "tests": listed,
        }


@dataclass(frozen=True)
class RenameCapability:
    """Another key for a capability, wherever it stands."""

    capability: str
    new: str

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rule 3 has it."""
        guideline.check_draft("names of capabilities are what was approved", "D1.1")
        capability = guideline.capability(self.capability)
        _check_new(guideline, self.new)
        listed = [placed for placed in guideline.model.placements if placed.subject == self.capability]
        operations: list[EditOperation] = [RenameKey(capability.path, self.new)]
        operations += [SetValue(placed.path, self.new) for placed in listed]
        since = [("components", component, "since", self.capability) for component in guideline.model.components]
        operations += [RenameKey(path, self.new) for path in since if guideline.has(path)]
        return EditPlan(tuple(operations), tuple(_told(guideline, self.capability)))


def _told(guideline: EditableGuideline, key: str) -> list[str]:
    if guideline.former_level(key) is None:
        return []
    before = guideline.predecessor.id if guideline.predecessor is not None else "the guideline before"
    return [f"{before} calls it {key}: whoever compares the two sees one go and another come"]


def _check_new(guideline: EditableGuideline, key: str) -> None:
    if key in guideline.model.capabilities:
        raise InvalidRequest(f"{guideline.id} has a capability {excerpt(key)} already")
    if _KEY.match(key) is None:
        raise InvalidRequest(f"{excerpt(key)} is no key of a capability; write it like compute-servers-rescue")
