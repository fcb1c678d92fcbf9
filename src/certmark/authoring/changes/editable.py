"""A guideline that is about to be changed: where its parts stand in each schema, and what the process allows.

A clause is named as the process has it that was in force in the guideline's month: 2021A since June 2021. It
goes on from 2017A and reuses no number for anything else, so the clauses of 2017A are named for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from certmark.authoring.edits.operations import EditOperation, has, value_at
from certmark.authoring.lint.model import CapabilityModel, Entry, GuidelineModel, as_object, text_of
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import SINCE_2021A
from certmark.domain.guidelines import Level
from certmark.domain.suggestions import did_you_mean
from certmark.formats.errors import excerpt

_WITH_TESTS = frozenset(("1.3", "1.4", "1.5", "1.6", "2.0", "3.0"))
"""Schemas in which a test has an entry of its own."""
CAPABILITY_KEYS = (
    "name", "achievements", "admin", "description", "project", "required_since", "required-since", "operations",
    "microversion", "credentials", "scores", "tests",
)  # fmt: skip
TEST_KEYS = ("test", "idempotent_id", "aliases", "any_of", "flag", "flagged")
LEVELS = tuple(level.value for level in Level)


class Forbidden(InvalidRequest):
    """The process does not allow it; the sentence names the clause."""


class EditPlan(NamedTuple):
    """What is to be done to one guideline."""

    operations: tuple[EditOperation, ...]
    remarks: tuple[str, ...] = ()
    """What the author should know: a sentence each."""


class IntendedChange(Protocol):
    """What an author means, as a value that decides what it does to a guideline."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """What is to be done. Raises Forbidden, InvalidRequest."""
        ...


class EditableGuideline(NamedTuple):
    """A guideline, laid out, with the one that it replaces."""

    model: GuidelineModel
    predecessor: GuidelineModel | None = None
    """None: it is not at hand."""

    @property
    def document(self) -> Mapping[str, Any]:
        """Its values, in the words of its own schema."""
        return self.model.original

    @property
    def id(self) -> str:
        """As it calls itself."""
        return self.model.id

    @property
    def is_3(self) -> bool:
        """Whether it is of format 3."""
        return self.model.is_3

    @property
    def terms_path(self) -> JsonPath:
        """Where status, releases and what it replaces stand."""
        return ("metadata",) if self.is_3 else self.model.approval_path

    def term(self, key: str) -> str | None:
        """One of them, if it is a text."""
        return text_of(self.terms.get(key))

    @property
    def terms(self) -> Mapping[str, Any]:
        """All of them; empty where they are missing."""
        return as_object(value_at(self.document, self.terms_path)) if self.has(self.terms_path) else {}

    @property
    def status(self) -> str:
        """In lower case; empty where it says none."""
        return (self.term("status") or "").strip().casefold()

    @property
    def is_settled(self) -> bool:
        """Whether it was approved, by whoever may."""
        return self.status in {"approved", "superseded"}

    @property
    def process(self) -> str:
        """Under which process it is made."""
        said = text_of(self.metadata.get("process"))
        return said or ("2021A" if (self.model.month or SINCE_2021A) >= SINCE_2021A else "2017A")

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What it says of itself."""
        return as_object(self.document.get("metadata")) if self.model.is_2 else self.document

    @property
    def approvers(self) -> str:
        """Who approves it."""
        return "the Board" if self.process == "2017A" else "the approval committee"

    def clause(self, number: str) -> str:
        """A clause of the process, as a refusal names it."""
        if number.startswith("D3") and len(number) == 4:
            return f"HACKING {number}"
        return f"2017A {number}" if self.process == "2017A" else f"{self.process}; {number} of 2017A"

    def check_draft(self, what: str, number: str) -> None:
        """Raise Forbidden where it is settled: `what` may be done in drafts only."""
        if self.is_settled:
            raise Forbidden(f"{self.id} is {self.status}: {what} ({self.clause(number)})")

    def capability(self, key: str) -> CapabilityModel:
        """One that it defines. Raises InvalidRequest."""
        found = self.model.capabilities.get(key)
        if found is None:
            meant = did_you_mean(key, list(self.model.capabilities))
            raise InvalidRequest(f"{self.id} has no capability {excerpt(key)}{meant}")
        return found

    def component(self, name: str | None) -> str:
        """One of its components; None: the only one. Raises InvalidRequest."""
        names = list(self.model.components)
        if name is None and len(names) == 1:
            return names[0]
        if name is None or name not in names:
            which = "it has several components" if name is None else f"it has no component {excerpt(name)}"
            raise InvalidRequest(f"{self.id}: {which}; name one of {', '.join(names)}")
        return name

    def levels_path(self, component: str, kind: str = "capabilities") -> JsonPath:
        """Where the lists of a component stand, by level."""
        return ("components", component, kind) if self.model.is_2 else ("components", component)

    def tests(self, named: str) -> tuple[Entry, ...]:
        """The entries of the test with this name, end of a name, alias, or id. Raises InvalidRequest."""
        if self.model.schema not in _WITH_TESTS:
            raise InvalidRequest(
                f"schema {self.model.schema} lists names of tests only, and nothing can be said of one"
            )
        names = self.model.names
        bare = named.removeprefix("id-").casefold()
        found = [
            name
            for name, entries in names.items()
            if any(known == named or known.endswith(f".{named}") for known in (name, *entries[0].aliases))
            or any(bare == entry.uuid for entry in entries)
        ]
        if named in found:
            found = [named]
        if not found:
            raise InvalidRequest(f"{self.id} has no test {excerpt(named)}{did_you_mean(named, list(names))}")
        if len(found) > 1:
            raise InvalidRequest(
                f"{self.id} has {len(found)} tests {excerpt(named)}: {', '.join(found[:3])}; say more of its name"
            )
        return tuple(names[found[0]])

    @property
    def flag_key(self) -> str:
        """How a flag is spelt."""
        return "flag" if self.is_3 else "flagged"

    @property
    def since_key(self) -> str:
        """How the month is spelt since which a capability is required."""
        return "required_since" if self.model.is_2 else "required-since"

    @property
    def month(self) -> str | None:
        """Of its name, as it is written; None for a working copy."""
        month = self.model.month
        return None if month is None else f"{month[0]:04}.{month[1]:02}"

    def former_level(self, key: str) -> Level | None:
        """At which level the guideline before had a capability."""
        placed = None if self.predecessor is None else self.predecessor.levels.get(key)
        return None if placed is None else placed.level

    def has(self, path: JsonPath) -> bool:
        """Whether there is something at `path`."""
        return has(self.document, path)


def must_pass(model: GuidelineModel, without: str | None = None) -> frozenset[str]:
    """The distinct tests that count: of required capabilities, and not flagged; `without` this one, as if it were."""
    return frozenset(
        name_of_required(test)
        for placed in model.required
        for test in model.capabilities[placed.subject].tests
        if not model.capabilities[placed.subject].is_flagged(test) and test.name != without
    )


def name_of_required(test: Entry) -> str:
    """Its name; of tests of which any one is enough (`any_of`) one name for all."""
    group = text_of(test.details.get("any_of"))
    return test.name if group is None else f"{test.capability}: any of {group}"
