"""Guidelines beside each other: which one replaced which, and which is the newest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from certmark.authoring.lint.model import GuidelineModel
from certmark.domain.identity import split


class SuiteNames:
    """The tests of a suite by name and by id."""

    def __init__(self, suite: str, full_ids: Iterable[str]) -> None:
        self.suite = suite
        self.ids: dict[str, str | None] = {}
        self.names: dict[str, list[str]] = {}
        for full_id in full_ids:
            identity = split(full_id)
            self.ids[identity.name] = identity.uuid
            if identity.uuid is not None:
                self.names.setdefault(identity.uuid, []).append(identity.name)


class Surroundings(NamedTuple):
    """What a check may look at beside documents."""

    today: date | None = None
    """None: nothing is said of what lies in the future."""
    suite: SuiteNames | None = None
    """The tests that there are."""


NOTHING_AROUND = Surroundings()


class RevisionHistory:
    """All documents at hand, of every line (core, dns, …).

    `predecessor` overrides what the documents say of their predecessors; `revisions` are earlier
    ones of the same files, by their names.
    """

    def __init__(
        self,
        sheets: Iterable[GuidelineModel],
        predecessor: GuidelineModel | None = None,
        revisions: Mapping[str, GuidelineModel] | None = None,
        around: Surroundings = NOTHING_AROUND,
    ) -> None:
        self.around = around
        self.slips: dict[GuidelineModel, Any] = {}
        """What `near_names` found of each document."""
        self.sheets = tuple(sheets)
        self._named = {name: sheet for sheet in reversed(self.sheets) for name in (sheet.id, sheet.base)}
        self._given = predecessor
        self._revisions = revisions or {}

    def named(self, name: str) -> GuidelineModel | None:
        """The document of this id, else of this file name without its ending."""
        return self._named.get(name)

    def revision(self, sheet: GuidelineModel) -> GuidelineModel | None:
        """An earlier revision of the same file, where one is at hand."""
        return self._revisions.get(sheet.file)

    def file(self, name: str) -> GuidelineModel | None:
        """The document in a file of this name."""
        return self._named.get(name.removesuffix(".json"))

    @cached_property
    def lines(self) -> dict[str, list[GuidelineModel]]:
        """The dated guidelines of each line, the oldest first."""
        lines: dict[str, dict[tuple[int, int], GuidelineModel]] = {}
        for sheet in self.sheets:
            if sheet.line is not None and sheet.month is not None:
                lines.setdefault(sheet.line, {}).setdefault(sheet.month, sheet)
        return {line: [found[month] for month in sorted(found)] for line, found in lines.items()}

    def predecessor(self, sheet: GuidelineModel) -> GuidelineModel | None:
        """What `sheet` is held against: the one given, the one it replaces, else the one before it in its line.

        A working copy (`next`) is held against the newest of its line.
        """
        if self._given is not None:
            return self._given if self._given is not sheet else None
        if sheet.line is None:
            return None
        if sheet.is_next:
            return self.newest(sheet)
        named = self.named(sheet.replaces) if sheet.replaces else None
        if named is not None and named is not sheet:
            return named
        before = [other for other in self.lines[sheet.line] if (other.month or (0, 0)) < (sheet.month or (0, 0))]
        return before[-1] if before else None

    def newest(self, sheet: GuidelineModel) -> GuidelineModel | None:
        """The newest dated guideline of the line of `sheet`."""
        line = self.lines.get(sheet.line) if sheet.line is not None else None
        return line[-1] if line else None

    def chain(self, sheet: GuidelineModel) -> list[GuidelineModel]:
        """`sheet` and what it replaced, one after the other, the newest first."""
        chain = [sheet]
        while (before := self.predecessor(chain[-1])) is not None and before not in chain:
            chain.append(before)
        return chain
