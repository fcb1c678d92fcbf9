"""What a coverage leaves one remedy for, done; what somebody has to weigh is left.

1. In a draft: a test that vanished is left out, also one that was renamed and asks for an administrator now; the new
   name of a renamed one becomes the key, and the old one an alias; a flag that nothing speaks for goes.
2. In an approved guideline: the new name becomes an alias (D301); what vanished is flagged (D406).
3. No capability is left without tests.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from certmark.authoring.changes.editable import TEST_KEYS, EditableGuideline, EditPlan
from certmark.authoring.changes.flags import FlagTest
from certmark.authoring.edits.operations import AddItem, EditOperation, InsertKey, RemoveItem, RemoveKey, RenameKey
from certmark.authoring.lint.model import Entry
from certmark.domain.covered_tests import (
    Coverage,
    CoverageFindingKind,
    CoverageStage,
    CoveredTest,
    asks_admin,
)
from certmark.domain.phrases import counted


@dataclass(frozen=True, kw_only=True)
class ApplyCoverage:
    """A coverage of the guideline that is changed."""

    coverage: Coverage
    date: dt.date
    """Of flags."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As the rules above have it."""
        if self.coverage.stage is CoverageStage.DRAFT:
            guideline.check_draft("its tests stay; cut the next guideline, and apply it there", "D301")
        operations: list[EditOperation] = []
        remarks: list[str] = []
        done = 0
        left_out = {test.name for test in self.coverage.open if self._is_left_out(test)}
        for test in self.coverage.open:
            problem = self._problem(test, guideline, left_out)
            if problem is not None:
                remarks.append(problem)
                continue
            found = list(self._remedies(test, guideline))
            operations += found
            done += bool(found)
        rest = len(self.coverage.open) - done
        what = counted(rest, "test has", "tests have")
        return EditPlan(
            tuple(operations), (f"{counted(done, 'test')} done; {what} to be decided by somebody", *remarks)
        )

    def _matters(self, test: CoveredTest) -> set[CoverageFindingKind]:
        return {finding.matter for finding in test.findings if finding.is_open}

    def _is_left_out(self, test: CoveredTest) -> bool:
        if self.coverage.stage is not CoverageStage.DRAFT:
            return False
        matters = self._matters(test)
        return CoverageFindingKind.VANISHED in matters or (CoverageFindingKind.RENAMED in matters and asks_admin(test))

    def _problem(self, test: CoveredTest, guideline: EditableGuideline, left_out: set[str]) -> str | None:
        """Rule 3."""
        for place in test.places if test.name in left_out else ():
            if all(entry.name in left_out for entry in guideline.capability(place.capability).tests):
                without = f"without it {place.capability} would have no test"
                return f"{test.name}: {without}; take another test, or remove the capability"
        return None

    def _remedies(self, test: CoveredTest, guideline: EditableGuideline) -> Iterator[EditOperation]:
        entries = guideline.model.names.get(test.name, [])
        matters = self._matters(test)
        if self._is_left_out(test):
            yield from (RemoveKey(entry.path) for entry in entries)
        elif self.coverage.stage is CoverageStage.APPROVED:
            yield from self._approved(test, entries, matters, guideline)
        elif CoverageFindingKind.RENAMED in matters and test.names[0] not in guideline.model.names:
            for entry in entries:
                yield from _renamed(entry, test.names[0])
        elif CoverageFindingKind.FLAG in matters:
            yield from (RemoveKey((*entry.path, entry.flag_key)) for entry in entries if entry.flag_key is not None)

    def _approved(
        self,
        test: CoveredTest,
        entries: Sequence[Entry],
        matters: set[CoverageFindingKind],
        guideline: EditableGuideline,
    ) -> Iterator[EditOperation]:
        if CoverageFindingKind.RENAMED in matters:
            for entry in entries:
                if test.names[0] not in entry.aliases:
                    yield _alias(entry, entry.path, test.names[0])
        elif CoverageFindingKind.VANISHED in matters:
            suite = f"{self.coverage.survey.suite} {self.coverage.survey.version or ''}".strip()
            flag = FlagTest(
                test=test.name,
                code="D406",
                reason=f"{suite} has neither its id nor its name.",
                action="Leave it out of the next guideline.",
                date=self.date,
            )
            yield from flag.plan(guideline).operations


def _renamed(entry: Entry, new: str) -> Iterator[EditOperation]:
    yield RenameKey(entry.path, new)
    path = (*entry.path[:-1], new)
    if new in entry.aliases:
        yield RemoveItem((*path, "aliases"), new)
    if entry.name not in entry.aliases:
        yield _alias(entry, path, entry.name)


def _alias(entry: Entry, path: tuple[str | int, ...], name: str) -> EditOperation:
    if isinstance(entry.details.get("aliases"), list):
        return AddItem((*path, "aliases"), name)
    return InsertKey(path, "aliases", [name], TEST_KEYS)
