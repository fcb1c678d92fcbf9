"""Flags on tests: set, and in a draft taken away.

1. Tests stay as they are after approval (D301, D2.2); a flag may be set before and after (D2.1), by the newest
   approved guideline and the working copy (D300), never by one that is superseded.
2. A flag says why, what is to be done and since when (D307, D309); its reason begins with a code, D400 to D406.
3. Within a guideline a flag stays (D311); a new one starts without (D312).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from certmark.authoring.changes.editable import TEST_KEYS, EditableGuideline, EditPlan, Forbidden, must_pass
from certmark.authoring.edits.operations import EditOperation, InsertKey, RemoveKey
from certmark.domain.errors import InvalidRequest

CODES = {
    "D400": "it fails the criteria",
    "D401": "a bug of the test, accepted by its project",
    "D402": "a bug of the product, accepted by its project",
    "D403": "it also tests what is not required",
    "D404": "a reason that is not listed",
    "D405": "an implementation that is not in wide use",
    "D406": "the test was removed",
}
"""The accepted reasons of a flag."""


@dataclass(frozen=True, kw_only=True)
class FlagTest:
    """A test that is not to count, for anybody."""

    test: str
    """Its name or an alias, the end of one, or its id."""
    code: str
    reason: str
    action: str
    """What is to be done about it, by whom or until when."""
    date: dt.date

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rules 1 and 2 have it, wherever the test stands."""
        if guideline.status == "superseded":
            raise Forbidden(
                f"{guideline.id} is superseded, and history; flag it in the newest ({guideline.clause('D300')})"
            )
        for word, text, number in (("reason", self.reason, "D307"), ("action", self.action, "D309")):
            if not text.strip():
                raise Forbidden(
                    f"a flag needs {'a reason' if word == 'reason' else 'an action'} ({guideline.clause(number)})"
                )
        entries = guideline.tests(self.test)
        flagged = [test for test in entries if test.flag_key is not None]
        if flagged:
            said = flagged[0].flag.get("reason") or "without a reason"
            raise InvalidRequest(f"{entries[0].name} is flagged already: {said}")
        key, value = guideline.flag_key, self._written(guideline)
        operations = tuple(InsertKey(test.path, key, value, TEST_KEYS) for test in entries)
        return EditPlan(operations, tuple(self._remarks(guideline, entries[0].name)))

    def _written(self, guideline: EditableGuideline) -> dict[str, str]:
        date = self.date.isoformat()
        if guideline.is_3:
            return {"code": self.code, "reason": self.reason, "action": self.action, "date": date}
        return {"reason": f"[{self.code}] {self.reason}", "action": self.action, "date": date}

    def _remarks(self, guideline: EditableGuideline, name: str) -> list[str]:
        before, after = must_pass(guideline.model), must_pass(guideline.model, without=name)
        what = f"{len(before)} → {len(after)} tests count"
        if before == after:
            what = f"{len(before)} tests count, as before"
        remarks = [f"{guideline.id}: {name.rpartition('.')[2]} is flagged; {what}"]
        only = [
            capability.key
            for capability in guideline.model.capabilities.values()
            if any(test.name == name for test in capability.tests)
            and all(test.name == name or capability.is_flagged(test) for test in capability.tests)
        ]
        if only:
            remarks.append(f"every test of {' and '.join(only)} is flagged now")
        return remarks


@dataclass(frozen=True)
class UnflagTest:
    """A test that is to count again."""

    test: str

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As rule 3 has it, wherever the test stands."""
        entries = guideline.tests(self.test)
        guideline.check_draft("a flag stays until the next guideline, which starts without", "D311")
        operations: tuple[EditOperation, ...] = tuple(
            RemoveKey((*test.path, test.flag_key)) for test in entries if test.flag_key is not None
        )
        if not operations:
            raise InvalidRequest(f"{entries[0].name} is not flagged in {guideline.id}")
        return EditPlan(
            operations, (f"{guideline.id}: {entries[0].name.rpartition('.')[2]} counts again where it is required",)
        )
