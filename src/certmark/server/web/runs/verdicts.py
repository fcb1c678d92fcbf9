"""The verdict of a run on its page: in short, and the tests that somebody wants to see of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from certmark.domain.guidelines import Level
from certmark.reporting.verdict.page_parts import PageTest, ReportPage
from certmark.server.services.errors import NotFound
from certmark.server.web.runs.data import SelectedTest, Selection

FEW = 5
"""Tests of a cause that are shown at once."""
SOME = 20
"""Entries of a long list that are shown at once."""
AT_ONCE = 200
"""Rows of a page."""
_STRONGEST = ("failed", "gap", "passed", "waived", "set aside", "flagged", "alternative")
"""How a test counts that several capabilities ask for (rule 4 of a verdict)."""


def in_short(page: ReportPage) -> ReportPage:
    """The page without the tests of its capabilities, and with the beginnings of its lists."""
    return replace(
        page,
        levels=tuple((level, tuple(replace(part, tests=()) for part in parts)) for level, parts in page.levels),
        causes=tuple(replace(cause, tests=cause.tests[:FEW]) for cause in page.causes[:SOME]),
        repeated=page.repeated[:SOME],
        renamed=page.renamed[:SOME],
        tear_downs=page.tear_downs[:SOME],
        waivers=tuple(replace(one, tests=one.tests[:SOME]) for one in page.waivers[:AT_ONCE]),
        circumstances=tuple((tone, title, subjects[:SOME]) for tone, title, subjects in page.circumstances),
        killed=page.killed[:SOME],
    )


def selection(page: ReportPage, kind: str, value: str, first: int) -> Selection:
    """The tests of a capability, a state or a cause, from the `first` on. Raises NotFound."""
    words, description, tests = _SELECTIONS[kind](page, value)
    shown = tests[first : first + AT_ONCE]
    further = first + AT_ONCE
    return Selection(
        kind=kind,
        value=value,
        words=words,
        description=description,
        tests=shown,
        total=len(tests),
        first=first,
        behind=further if further < len(tests) else None,
    )


Selected = tuple[str, str, Sequence[SelectedTest]]


def _of_capability(page: ReportPage, key: str) -> Selected:
    part = page.capabilities.get(key)
    if part is None:
        raise NotFound(f"the program has no capability {key[:100]!r}")
    asked = _asked(page)
    tests = [SelectedTest(test, asked[test.name]) for test in part.tests]
    return f"{part.key} ({part.level}): {part.summary}", part.description, tests


def _of_state(page: ReportPage, state: str) -> Selected:
    asked = _asked(page)
    tests = [SelectedTest(test, asked[test.name]) for test in required(page) if test.counted == state]
    return f"Required tests: {state}", "", tests


def _of_cause(page: ReportPage, identity: str) -> Selected:
    cause = next((one for one in page.causes if one.id == identity), None)
    if cause is None:
        raise NotFound("no test of this run was missed for this cause")
    asked, by_name = _asked(page), {test.name: test for test in _every(page)}
    tests = [SelectedTest(by_name[miss.name], asked[miss.name]) for miss in cause.tests if miss.name in by_name]
    scope = f" in the set-up of {cause.scope}" if cause.scope else ""
    return f"{cause.kind}{scope}", cause.said, tests


_SELECTIONS = {"capability": _of_capability, "state": _of_state, "cause": _of_cause}


def _every(page: ReportPage) -> Iterator[PageTest]:
    """Entries that left something to look at come last: a test is shown with its traceback, where it has one."""
    entries = [test for _, parts in page.levels for part in parts for test in part.tests]
    yield from sorted(entries, key=lambda test: test.trace is not None and bool(test.trace.text))


def required(page: ReportPage) -> list[PageTest]:
    """Each test of the required capabilities once, as it counts for the program."""
    found: dict[str, PageTest] = {}
    for level, parts in page.levels:
        if level == Level.REQUIRED.value:
            for test in (test for part in parts for test in part.tests):
                before = found.get(test.name)
                if before is None or _rank(test) < _rank(before):
                    found[test.name] = test
    return list(found.values())


def _rank(test: PageTest) -> tuple[int, bool]:
    return _STRONGEST.index(test.counted), test.trace is None or not test.trace.text


def _asked(page: ReportPage) -> Mapping[str, list[str]]:
    """The capabilities that ask for each test."""
    found: dict[str, list[str]] = {}
    for _, parts in page.levels:
        for part in parts:
            for test in part.tests:
                found.setdefault(test.name, []).append(part.key)
    return found
