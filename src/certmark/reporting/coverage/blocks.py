"""A coverage in words: blocks for text, terminal and Markdown, the summary first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.coverage import accounts_of
from certmark.domain.covered_tests import (
    Coverage,
    CoverageFinding,
    CoverageFindingKind,
    CoverageStage,
    CoveredTest,
    Presence,
    asks_admin,
)
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone

_FEW = 3
"""Tests shown of a group unless everything is asked for."""

_ALWAYS_LISTED = frozenset((CoverageFindingKind.VANISHED, CoverageFindingKind.RENAMED, CoverageFindingKind.OTHER_ID))
TITLES = {
    CoverageFindingKind.VANISHED: "Vanished",
    CoverageFindingKind.NOT_COVERED: "Not covered by this suite or list",
    CoverageFindingKind.OTHER_ID: "Another test under the name",
    CoverageFindingKind.RENAMED: "Renamed",
    CoverageFindingKind.ADMIN: "Asks for an administrator",
    CoverageFindingKind.SECOND_ACCOUNT: "Asks for a second account",
    CoverageFindingKind.SKIP: "Gained a condition of skipping",
    CoverageFindingKind.FLAG: "Flagged for a bug that is gone",
}

_ALLOWED = {
    CoverageStage.DRAFT: "a draft: keys, tests and flags may change, and each decision below is still open",
    CoverageStage.APPROVED: "approved: aliases and flags may be added, nothing else",
    CoverageStage.SUPERSEDED: "superseded: history, nothing may change",
}


def coverage_blocks(coverage: Coverage, words: Words, *, full: bool) -> tuple[Block, ...]:
    """The coverage for people; `full` lists every test, else `words` says how they are had."""
    more = None if full else words(Advice(Action.SHOW_ALL))
    return (
        Sentence(headline(coverage), Tone.GAP if coverage.open else Tone.GOOD),
        Sentence(f"The guideline is {_ALLOWED[coverage.stage]}."),
        *_remarks(coverage),
        _services(coverage),
        *_matters(coverage, more),
        *_accounts(coverage),
        *_skips(coverage, more),
    )


def headline(coverage: Coverage) -> str:
    """The coverage in one sentence."""
    parts = [f"{coverage.count(Presence.EXISTS)} of {counted(len(coverage.tests), 'test')} stand there as they did"]
    for presence in (Presence.RENAMED, Presence.OTHER_ID, Presence.VANISHED, Presence.NOT_COVERED):
        count = coverage.count(presence)
        known = sum(test.alias_known for test in coverage.tests) if presence is Presence.RENAMED else 0
        if count:
            parts.append(f"{count} {presence.value}" + (f" ({known} known by an alias)" if known else ""))
    open_ = len(coverage.open)
    todo = f"{counted(open_, 'test')} need{'s' if open_ == 1 else ''} a decision" if open_ else "nothing to do"
    return f"{coverage.guideline} against {suite_of(coverage)}: {', '.join(parts)}; {todo}."


def suite_of(coverage: Coverage) -> str:
    """The suite and its plugins with versions, or that it is a list."""
    survey = coverage.survey
    if not survey.suite:
        return f"a list of {counted(len(survey.tests), 'test')}"
    rest = [f"{name} {version}" for name, version in survey.packages if name != survey.suite]
    return f"{survey.suite} {survey.version}" + (f" with {', '.join(rest)}" if rest else "")


def _remarks(coverage: Coverage) -> Iterator[Block]:
    if not coverage.survey.is_described:
        yield Sentence("A list tells names and ids only: credentials and conditions of skipping are not known.")
    if coverage.before is not None:
        before = f"{coverage.before.suite} {coverage.before.version}".strip() or "a list"
        yield Sentence(f"Whom tests act as and when they skip is compared with {before}; only additions are matters.")
    for problem in coverage.survey.problems:
        yield Sentence(f"Some of the suite cannot be imported: {problem}", Tone.GAP)


_NOT_COVERED = "not covered"
SERVICE_COLUMNS = (
    "service", "tests", "exist", "renamed", "vanished", _NOT_COVERED, "administrator", "second account", "to do",
)  # fmt: skip


def service_rows(coverage: Coverage) -> list[tuple[str, ...]]:
    """Per service, in the words of SERVICE_COLUMNS; the last row is the sum."""
    services = sorted({test.service for test in coverage.tests})
    rows = [(name, *_row([test for test in coverage.tests if test.service == name])) for name in services]
    return [*rows, ("all", *_row(coverage.tests))]


def _row(tests: Sequence[CoveredTest]) -> tuple[str, ...]:
    presences = Counter(test.presence for test in tests)
    counts = (
        len(tests),
        presences[Presence.EXISTS],
        presences[Presence.RENAMED],
        presences[Presence.VANISHED] + presences[Presence.OTHER_ID],
        presences[Presence.NOT_COVERED],
        sum(asks_admin(test) for test in tests),
        sum(asks_second(test) for test in tests),
        sum(any(finding.is_open for finding in test.findings) for test in tests),
    )
    return tuple(str(count) for count in counts)


def asks_second(test: CoveredTest) -> bool:
    """Whether its class asks for more than one account today, none of them an administrator's."""
    return test.surveyed is not None and len(test.surveyed.credentials) > 1 and not asks_admin(test)


def _services(coverage: Coverage) -> Table:
    """The table; what is not covered has a column where there is some."""
    rows = service_rows(coverage)
    shown = [place for place, name in enumerate(SERVICE_COLUMNS) if name != _NOT_COVERED or rows[-1][place] != "0"]
    return Table(
        tuple(SERVICE_COLUMNS[place] for place in shown),
        tuple(tuple(Cell(row[place]) for place in shown) for row in rows),
    )


def _matters(coverage: Coverage, more: str | None) -> Iterator[Block]:
    for matter in CoverageFindingKind:
        found = [(test, finding) for test in coverage.tests for finding in test.findings if finding.matter is matter]
        if not found:
            continue
        open_ = sum(finding.is_open for _, finding in found)
        yield Heading(f"{TITLES[matter]}: {len(found)}, to do {open_}")
        groups: dict[tuple[str, str, bool], list[CoveredTest]] = {}
        for test, finding in found:
            what = "" if matter is CoverageFindingKind.RENAMED else finding.what
            groups.setdefault((what, _common(finding, matter), finding.is_open), []).append(test)
        for (what, remedy, is_open), tests in sorted(groups.items(), key=lambda item: (not item[0][2], -len(item[1]))):
            yield _group(matter, what, remedy, tests, is_open=is_open, more=more)


def _common(finding: CoverageFinding, matter: CoverageFindingKind) -> str:
    """The remedy, where it is the same for every test; a rename's names its test."""
    return "" if matter is CoverageFindingKind.RENAMED and finding.is_open else finding.remedy


def _group(
    matter: CoverageFindingKind,
    what: str,
    remedy: str,
    tests: Sequence[CoveredTest],
    *,
    is_open: bool,
    more: str | None,
) -> ItemGroup:
    """`more` says how all tests are had; None: they are shown."""
    title = ": ".join(part for part in (counted(len(tests), "test"), what) if part)
    shown = tests if more is None or matter in _ALWAYS_LISTED else tests[:_FEW]
    items = [Item(test.name, tuple(_notes(test, matter))) for test in shown]
    if len(shown) < len(tests):
        items.append(Item(f"… and {len(tests) - len(shown)} more ({more})"))
    return ItemGroup(title, tuple(items), Tone.GAP if is_open else Tone.QUIET, (f"→ {remedy}",) if remedy else ())


def _notes(test: CoveredTest, matter: CoverageFindingKind) -> Iterable[str]:
    yield f"in {', '.join(dict.fromkeys(place_of(test)))}"
    if matter is CoverageFindingKind.RENAMED:
        for finding in test.findings:
            if finding.matter is matter:
                yield finding.what
                if finding.is_open:
                    yield f"→ {finding.remedy}"


def place_of(test: CoveredTest) -> list[str]:
    """The capabilities in which it stands, with their levels."""
    return [
        f"{place.capability} ({place.level.value if place.level is not None else 'in no component'})"
        for place in test.places
    ]


def account_rows(coverage: Coverage) -> list[tuple[str, int]]:
    """What the tests that count ask for, and how many of them, the commonest first."""
    asked = Counter(
        accounts_of(test.surveyed.credentials)
        for test in coverage.tests
        if test.surveyed is not None and test.counts and test.presence in {Presence.EXISTS, Presence.RENAMED}
    )
    return sorted(asked.items(), key=lambda item: (-item[1], item[0]))


def _accounts(coverage: Coverage) -> Iterator[Block]:
    rows = account_rows(coverage) if coverage.survey.is_described else []
    if rows:
        yield Heading(f"Accounts that tests to pass ask for today: {counted(sum(count for _, count in rows), 'test')}")
        yield Table(("tests", "accounts"), tuple((Cell(str(count)), Cell(words)) for words, count in rows))


def skip_rows(coverage: Coverage) -> list[tuple[str, int]]:
    """Conditions under which tests that count skip, and how many of them, the commonest first."""
    conditions = Counter(
        condition
        for test in coverage.tests
        if test.surveyed is not None and test.counts
        for condition in test.surveyed.skips
    )
    return sorted(conditions.items(), key=lambda item: (-item[1], item[0]))


def _skips(coverage: Coverage, more: str | None) -> Iterator[Block]:
    rows = skip_rows(coverage)
    if rows:
        shown = rows if more is None else rows[: 2 * _FEW]
        yield Heading(f"Conditions under which tests to pass are skipped: {len(rows)}")
        yield Table(("tests", "skipped"), tuple((Cell(str(count)), Cell(words)) for words, count in shown))
        if len(shown) < len(rows):
            yield Sentence(f"… and {len(rows) - len(shown)} more ({more})")
