"""What no guideline tracks, in words: blocks for text, terminal and Markdown, the summary first."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.coverage import accounts_of
from certmark.domain.gaps import Candidate, Gaps, UntrackedTest, by_service, distinct
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone

_FEW = 6
"""Candidates shown of a service unless everything is asked for."""

SERVICE_COLUMNS = (
    "service",
    "all",
    "administrator",
    "without",
    "in the guideline",
    "in none",
    "plain",
    "negative",
    "slow",
    "second user",
)


def gap_blocks(gaps: Gaps, words: Words, *, full: bool) -> tuple[Block, ...]:
    """The gap report for people; `full` lists every test, else `words` says how they are had."""
    more = None if full else words(Advice(Action.SHOW_ALL))
    return (
        Heading("Tests in no guideline"),
        Sentence(gap_headline(gaps)),
        Sentence(gap_rule(gaps)),
        Table(SERVICE_COLUMNS, tuple(tuple(map(Cell, row)) for row in gap_rows(gaps))),
        *_candidates("Candidates without an administrator", gaps.candidates, more),
        *_candidates("With an administrator", gaps.admin, more),
    )


def gap_headline(gaps: Gaps) -> str:
    """The gap in one sentence."""
    without = [test for test in gaps.untracked if not test.is_admin]
    rest = [test for test in gaps.untracked if test.is_admin]
    return (
        f"In no guideline: {counted(distinct(without), 'distinct test')} without an administrator "
        f"({counted(len(without), 'name')}), "
        f"in {counted(len(gaps.candidates), 'candidate capability', 'candidate capabilities')}; "
        f"{distinct(rest)} more with one."
    )


def gap_rule(gaps: Gaps) -> str:
    """By which rule it was counted."""
    return (
        f"Counted are tests of an API ({len(gaps.api)} names, {distinct(gaps.api)} ids); one asks for an administrator "
        "if it lies under an admin package or its class has an administrator's credentials; it is tracked if a "
        f"guideline has its id, or its name and no id ({counted(len(gaps.guidelines), 'guideline')}, "
        f"{counted(gaps.tracked, 'distinct id')})."
    )


def gap_rows(gaps: Gaps) -> list[tuple[str, ...]]:
    """Per service distinct tests, in the words of SERVICE_COLUMNS; the last row is the sum."""
    own = set(gaps.in_guideline)
    everything = by_service(gaps.api)
    mine = by_service(test for test in gaps.api if not test.is_admin and test.key in own)
    missing = by_service(test for test in gaps.untracked if not test.is_admin)
    names = list(everything)
    rows = []
    for name in names:
        known = everything[name]
        gap = missing.get(name)
        in_guideline = mine[name]["all"] if name in mine else 0
        words = ("all", "plain", "negative", "slow", "second_user")
        counts = (known["all"], known["admin"], known["all"] - known["admin"], in_guideline)
        rows.append([name, *counts, *((gap[word] for word in words) if gap is not None else (0,) * len(words))])
    total = ["all", *(sum(int(row[place]) for row in rows) for place in range(1, len(SERVICE_COLUMNS)))]
    return [tuple(map(str, row)) for row in [*rows, total]]


def _candidates(title: str, candidates: tuple[Candidate, ...], more: str | None) -> Iterator[Block]:
    if not candidates:
        return
    services = dict.fromkeys(candidate.service for candidate in candidates)
    yield Heading(f"{title}: {len(candidates)}")
    for service in services:
        found = [candidate for candidate in candidates if candidate.service == service]
        shown = found if more is None else found[:_FEW]
        yield Table(("candidate", "plain", "negative", "slow", "second user", "operation"), tuple(map(_row, shown)))
        if len(shown) < len(found):
            rest = found[len(shown) :]
            tests = sum(len(candidate.tests) for candidate in rest)
            yield Sentence(f"… and {len(rest)} more of {service} ({counted(tests, 'test')}; {more})")
        if more is None:
            yield from (_group(candidate) for candidate in found)


def _row(candidate: Candidate) -> tuple[Cell, ...]:
    counts = (
        candidate.plain,
        distinct(test for test in candidate.tests if test.is_negative),
        distinct(test for test in candidate.tests if test.is_slow),
        distinct(test for test in candidate.tests if test.is_second_user),
    )
    return (Cell(candidate.key), *(Cell(str(count)) for count in counts), Cell(candidate.operation))


def _group(candidate: Candidate) -> ItemGroup:
    items = tuple(Item(test.name, tuple(_notes(test))) for test in candidate.tests)
    return ItemGroup(f"{candidate.key}: {counted(len(items), 'test')}", items, Tone.QUIET)


def _notes(test: UntrackedTest) -> Iterator[str]:
    known = test.surveyed
    summary = " ".join(known.document.partition("\n\n")[0].split())
    if summary:
        yield summary[:200]
    yield "; ".join(
        part for part in (kinds_of(test), f"as {accounts_of(known.credentials)}", test.history.words) if part
    )
    if known.calls:
        shown = known.calls[: known.own_calls or _FEW]
        rest = len(known.calls) - len(shown)
        yield f"calls {', '.join(shown)}" + (f" and, in helpers, {rest} more" if rest else "")
    if known.skips:
        yield f"skipped {'; '.join(known.skips)}"


def kinds_of(test: UntrackedTest) -> str:
    """What tells it from a plain test, with its tags."""
    kinds = ((test.is_negative, "negative"), (test.is_slow, "slow"), (test.is_second_user, "second user"))
    words = [word for holds, word in kinds if holds]
    return ", ".join(dict.fromkeys([*words, *test.tags]))
