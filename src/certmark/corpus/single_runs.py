"""One run of a history by itself, as `domain` reads it: for reasons, which are worked out when somebody asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from certmark.corpus.history import Snapshot
from certmark.corpus.segments import OUTCOMES
from certmark.corpus.settling import results_of
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.results import Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge


def results_of_run(snapshot: Snapshot, run: int) -> Results:
    """What a run says of tests."""
    whole = snapshot.wholes.get(run)
    if whole is not None:
        return whole
    entries = ((snapshot.tests.keys[column], code) for column, code in _codes_of(snapshot, run))
    facts = snapshot.facts_of(run)
    return results_of(entries, passes_only=facts.passes_only, is_damaged=facts.is_damaged)


def verdict_on(snapshot: Snapshot, run: int, yardstick: Yardstick) -> Verdict:
    """The whole verdict on a run, without waivers."""
    guideline, program, policy, hosts = yardstick
    return judge(guideline, program, results_of_run(snapshot, run), as_of=dt.date.max, policy=policy, hosts=hosts)


def _codes_of(snapshot: Snapshot, run: int) -> Iterator[tuple[int, int]]:
    part = next(one for one in snapshot.parts() if one.first <= run >> 6 < one.first + one.words)
    word, bit = (run >> 6) - part.first, run & 63
    for column in range(len(snapshot.tests)):
        for code, state in enumerate(OUTCOMES):
            words = None if state is None else part.column(state, column)
            if words is not None and int(words[word]) >> bit & 1:
                yield column, code
