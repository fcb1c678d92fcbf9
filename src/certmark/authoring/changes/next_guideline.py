"""The next guideline, cut from the one before (D304, A1.1).

1. It is named for the month (D4.1), replaces the one that it is cut from, and is a draft.
2. It starts without flags (D312): what counts again is told.
3. What its source and its add-ons' sources call by the old name is called by the new one.
4. A capability that a working copy requires for the first time is required since this month.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from certmark.authoring.changes.editable import (
    CAPABILITY_KEYS,
    EditableGuideline,
    EditPlan,
    Forbidden,
    must_pass,
    name_of_required,
)
from certmark.authoring.edits.operations import EditOperation, RemoveKey, SetValue, put
from certmark.authoring.lint.model import as_object, text_of
from certmark.authoring.lint.schemas import JsonPath
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import SINCE_2021A
from certmark.domain.guidelines import Level
from certmark.domain.phrases import counted
from certmark.formats.errors import excerpt

_MONTH = re.compile(r"\d{4}\.(0[1-9]|1[0-2])\Z", re.ASCII)
_TERMS = ("target_approval", "status", "replaces", "releases")


@dataclass(frozen=True, kw_only=True)
class CutNext:
    """A draft out of an approved guideline, or of a working copy."""

    month: str
    """`YYYY.MM`."""
    releases: Sequence[str]
    core: str | None = None
    """For an add-on: the id of the core guideline that is cut with it."""

    def plan(self, guideline: EditableGuideline) -> EditPlan:
        """As the rules above have it."""
        if _MONTH.match(self.month) is None:
            raise InvalidRequest(
                f"{self.month[:40]} is no month; a guideline is named like 2026.11 ({guideline.clause('D4.1')})"
            )
        if not self.releases:
            raise InvalidRequest("name the releases that it covers")
        replaced = self._replaced(guideline)
        new = self.new_id(guideline)
        operations = [
            *self._terms(guideline, new, replaced),
            *self._sources(guideline, new),
            *self._flags(guideline),
            *self._newly_required(guideline),
        ]
        return EditPlan(tuple(operations), tuple(self._remarks(guideline, new)))

    def new_id(self, guideline: EditableGuideline) -> str:
        """What it is called."""
        line = guideline.model.line
        return f"{line}.{self.month}" if line else self.month

    def _replaced(self, guideline: EditableGuideline) -> str:
        model = guideline.model
        if model.line is None:
            raise InvalidRequest(f"{guideline.id} is of no line of dated guidelines; it has no next one")
        before = guideline.predecessor if model.is_next else model
        if before is None or before.month is None:
            raise InvalidRequest(f"{guideline.id} is a working copy, and no dated guideline of its line lies beside it")
        if f"{before.month[0]:04}.{before.month[1]:02}" >= self.month:
            raise Forbidden(
                f"{before.id} is not older than {self.month}; the next one is named for a later month "
                f"({guideline.clause('D4.1')})"
            )
        return before.id

    def _terms(self, guideline: EditableGuideline, new: str, replaced: str) -> Iterator[EditOperation]:
        document, terms = guideline.document, guideline.terms_path
        yield put(document, (*guideline.model.meta_path, "id"), new)
        is_day = re.fullmatch(r"\d{4}-\d{2}-\d{2}", guideline.term("target_approval") or "") is not None
        wanted: dict[str, Any] = {"status": "draft", "replaces": replaced, "releases": list(self.releases)}
        if not guideline.is_3 or guideline.has((*terms, "target_approval")):
            wanted["target_approval"] = f"{self.month.replace('.', '-')}-01" if is_day else self.month
        for key, value in wanted.items():
            if guideline.terms.get(key) != value:
                yield put(document, (*terms, key), value, _TERMS)
        gone = [
            ("metadata", "approval"),
            ("original",),
            *([("metadata", "process")] if self._has_moved_on(guideline) else []),
        ]
        for path in gone if guideline.is_3 else ():
            if guideline.has(path):
                yield RemoveKey(path)

    def _has_moved_on(self, guideline: EditableGuideline) -> bool:
        """Whether the process that it names ended before this month."""
        return guideline.process == "2017A" and tuple(map(int, self.month.split("."))) >= SINCE_2021A

    def _sources(self, guideline: EditableGuideline, new: str) -> Iterator[EditOperation]:
        """Addresses that end with the name of a file."""
        path = (*guideline.model.meta_path, "source")
        old = text_of(guideline.model.meta.get("source"))
        renamed = None if old is None else _renamed(old, new)
        if renamed is not None and renamed != old:
            yield SetValue(path, renamed)
        for path, address in _addresses(guideline) if self.core is not None else ():
            moved = _renamed(address, str(self.core))
            if moved is not None and moved != address:
                yield SetValue((*path, "source"), moved)
                if guideline.has((*path, "sha256")):
                    yield RemoveKey((*path, "sha256"))

    def _flags(self, guideline: EditableGuideline) -> Iterator[EditOperation]:
        for test in guideline.model.tests:
            if test.flag_key is not None:
                yield RemoveKey((*test.path, test.flag_key))
        for capability in guideline.model.capabilities.values():
            if capability.flagged:
                yield SetValue((*capability.path, "flagged"), [])

    def _newly_required(self, guideline: EditableGuideline) -> Iterator[EditOperation]:
        if not guideline.model.is_next or guideline.model.schema == "1.0":
            return
        for placed in guideline.model.required:
            capability = guideline.model.capabilities[placed.subject]
            if capability.required_since is None and guideline.former_level(placed.subject) is not Level.REQUIRED:
                path = (*capability.path, guideline.since_key)
                yield put(guideline.document, path, self.month, CAPABILITY_KEYS)

    def _remarks(self, guideline: EditableGuideline, new: str) -> Iterator[str]:
        model = guideline.model
        before = must_pass(model)
        required = [test for placed in model.required for test in model.capabilities[placed.subject].tests]
        after = frozenset(map(name_of_required, required))
        flagged = [
            test
            for capability in model.capabilities.values()
            for test in capability.tests
            if capability.is_flagged(test)
        ]
        again = after - before
        behind = counted(len({test.name for test in flagged}), "flag")
        count = counted(len(again), "test counts again", "tests count again")
        yield f"{new}: {len(before)} → {len(after)} tests must pass: {count} ({behind} left behind)"
        whole = [
            placed.subject
            for placed in model.required
            if (tests := model.capabilities[placed.subject].tests)
            and all(name_of_required(test) in again for test in tests)
        ]
        if whole:
            yield f"{new}: of {', '.join(whole)} nothing counted before, and now all of it does"
        for name in sorted(again):
            yield f"counts again: {name}"
        gone = [placed.subject for placed in model.levels.values() if placed.level is Level.DEPRECATED]
        if gone:
            yield f"{new}: deprecated before, and may be removed now: {', '.join(gone[:5])}"
        title = text_of(guideline.metadata.get("title")) if guideline.is_3 else None
        if title is not None:
            yield f"{new}: its title is still {excerpt(title)}"
        if len(self.releases) != 3:
            covered = counted(len(self.releases), "release")
            yield f"{new}: it covers {covered}; a guideline covers three ({guideline.clause('D305')})"


def _addresses(guideline: EditableGuideline) -> Iterator[tuple[JsonPath, str]]:
    """The components of other documents that programs name: where they are named, and their address."""
    if not guideline.is_3:
        yield from ((one.path, one.source) for one in guideline.model.references if one.source is not None)
        return
    for program, content in as_object(guideline.document.get("programs")).items():
        hosts = as_object(as_object(content).get("hosts"))
        lists: dict[JsonPath, Any] = {("components",): as_object(content).get("components")}
        for key in ("requires", "optional"):
            lists["hosts", key] = hosts.get(key)
        for place, members in lists.items():
            for number, member in enumerate(members if isinstance(members, list) else ()):
                address = text_of(as_object(member).get("source"))
                if address is not None:
                    yield ("programs", program, *place, number), address


_FILE = re.compile(r"(?<=/)((?:[a-z][a-z0-9_-]*\.)?(?:\d{4}\.\d{2}|next))(\.(?:json|ya?ml))\Z", re.ASCII)


def _renamed(address: str, new: str) -> str | None:
    """An address whose last part is a guideline's file, with another guideline in its place."""
    match = _FILE.search(address)
    return None if match is None else f"{address[: match.start()]}{new}{match[2]}"
