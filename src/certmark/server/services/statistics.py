"""What a programme looks at before it changes a guideline, over the history of shared runs.

1. Numbers of runs are those of one question (`services.questions`): a period, a guideline and a program.
2. A word of a tag stands by itself where it is said of runs of three clouds or more; those of fewer are told together,
   so that no single cloud is pointed out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import flags_of, size_of
from certmark.corpus.history import Snapshot
from certmark.domain.guidelines import Flag, Guideline
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import Standing, State
from certmark.server.services.claims import vocabulary
from certmark.server.services.numbers import NumberedTest, rates
from certmark.server.services.questions import AskedQuestion

HALF, CANDIDATE = 0.5, 0.8
FEWEST_CLOUDS = 3
"""Rule 2; and on so many a test must have run to be a candidate."""


class RateOnClouds(NamedTuple):
    """A test, and on how many clouds it ran."""

    test: NumberedTest
    clouds: int
    """On which it passed or failed."""


class UsageReport(NamedTuple):
    """Which tests are to be looked at."""

    failing: list[RateOnClouds]
    """Required ones that fail in more than half of the runs in which they ran, the worst first."""
    candidates: list[RateOnClouds]
    """Those that the program does not require, and that pass in more than four of five."""


class FlagOfTest(NamedTuple):
    """A test that does not count."""

    test: str
    capability: str
    flag: Flag
    day: str
    """Since when, as far as the document says it."""


class TagWord(NamedTuple):
    """Runs of which a word is said; rule 2."""

    key: str
    word: str | None
    """None: all words that are said of few clouds."""
    runs: int
    clouds: int
    passed: int


class Adoption(NamedTuple):
    """For which guidelines verdicts were asked, period by period."""

    guideline: str
    runs: list[int]


def usage(asked: AskedQuestion) -> UsageReport:
    """Under the program of the question, which must name one."""
    assert asked.judge is not None  # noqa: S101 - as the docstring says
    required = {
        word
        for plan in asked.judge.plan.required
        for place in (*plan.singles, *plan.flagged, *(one for group in plan.groups for one in group))
        for test in [asked.judge.plan.tests[place].test]
        for word in (test.name, test.uuid, *test.aliases)
    }
    failing, candidates = [], []
    for one in rates(asked, ""):
        share = one.rate.share
        is_required = one.rate.name in required or (one.rate.uuid is not None and one.rate.uuid in required)
        if share is not None and is_required and share < HALF:
            failing.append(RateOnClouds(one, _clouds_of(asked, one)))
        elif share is not None and not is_required and share > CANDIDATE:
            clouds = _clouds_of(asked, one)
            if clouds >= FEWEST_CLOUDS:
                candidates.append(RateOnClouds(one, clouds))
    candidates.sort(key=lambda one: (-(one.test.rate.share or 0), -one.clouds, one.test.rate.name))
    return UsageReport(failing, candidates)


def _clouds_of(asked: AskedQuestion, one: NumberedTest) -> int:
    snapshot = asked.snapshot
    column = snapshot.tests.column((one.rate.name, one.rate.uuid))
    assert column is not None  # noqa: S101 - the rate is that of a column
    codes = snapshot.codes_of(Word.CLOUD)
    found: set[int] = set()
    for part in snapshot.parts(asked.runs):
        for state in (State.PASSED, State.FAILED):
            words = part.column(state, column)
            if words is not None:
                flags = flags_of(words & part.within, part.runs)
                first = part.first << 6
                found.update(np.unique(codes[first : first + part.runs][flags]).tolist())
    return len({snapshot.words_of(Word.CLOUD)[code] for code in found} - {""})


def without_tests(guideline: Guideline) -> list[tuple[str, str]]:
    """Capabilities of which no test counts, and why."""
    found = []
    for capability in guideline.capabilities.values():
        if not capability.tests:
            found.append((capability.key, "it has no test"))
        elif all(test.flag is not None for test in capability.tests):
            found.append((capability.key, "all its tests are flagged"))
    return found


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def flags(guideline: Guideline) -> list[FlagOfTest]:
    """All of them, the oldest first; those of which no day is known at the end."""
    found = [
        FlagOfTest(test.name, capability.key, test.flag, day[0] if (day := _DAY.search(test.flag.date)) else "")
        for capability in guideline.capabilities.values()
        for test in capability.tests
        if test.flag is not None
    ]
    return sorted(found, key=lambda one: (one.day or "9", one.test))


def adoption(snapshot: Snapshot, starts: Sequence[int]) -> list[Adoption]:
    """Runs by the guideline that their senders named, between each two of these moments; by the guidelines' ids."""
    names = list(snapshot.words_of(Word.GUIDELINE))
    there = flags_of(snapshot.everything, snapshot.runs)
    places = np.searchsorted(np.array(starts, np.int64), snapshot.created[there], side="right")
    width = len(starts) + 1
    counts = np.bincount(snapshot.codes_of(Word.GUIDELINE)[there] * width + places, minlength=len(names) * width)
    table = counts.reshape(-1, width)[:, 1 : len(starts)]
    found = [Adoption(name, table[code].tolist()) for code, name in enumerate(names) if name and table[code].any()]
    return sorted(found, key=lambda one: one.guideline)


def tags(snapshot: Snapshot) -> Iterator[TagWord]:
    """Shared runs by the words of the vocabulary, in its order."""
    passed, codes = snapshot.with_standing(Standing.PASS), snapshot.codes_of(Word.CLOUD)
    names = snapshot.words_of(Word.CLOUD)
    labels = set(snapshot.labels())
    for key, words in vocabulary().words.items():
        few: list[TagWord] = []
        for word in words:
            if (key, word) not in labels:
                continue
            runs = snapshot.labelled((key, word)) & snapshot.everything
            clouds = {names[code] for code in np.unique(codes[flags_of(runs, snapshot.runs)]).tolist()} - {""}
            one = TagWord(key, word, size_of(runs), len(clouds), size_of(runs & passed))
            if one.clouds >= FEWEST_CLOUDS:
                yield one
            elif one.runs:
                few.append(one)
        if few:
            yield TagWord(key, None, sum(one.runs for one in few), 0, sum(one.passed for one in few))
