"""Who would break, and who would newly pass, if a draft of a guideline were approved.

1. For each program of the draft, one run of each cloud is looked at that was made for it; or for no program that is
   known, and says something of a test that it requires. It is the newest one that passes or fails now; where all are
   incomplete, the newest.
2. A cloud is known by its identity, else by its vendor and its product; a run of which neither is known is a cloud
   of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from certmark.corpus.bits import Words, flags_of, indices_of, none_of
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.single_runs import verdict_on
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import Level
from certmark.domain.impacts import GuidelineImpact, Hindrance, RunImpact
from certmark.domain.verdict_values import CountKind, Standing, Verdict

Pair = tuple[Yardstick | None, Yardstick]
"""A program as it is now, where there is one, and in the draft."""


def impact_of(snapshot: Snapshot, programs: Sequence[Pair], named: Callable[[RunFacts], str]) -> GuidelineImpact:
    """What the draft changes; `named` says what people call a run. Raises NotOverTheHistory."""
    return GuidelineImpact(tuple(run for pair in programs for run in _of_program(snapshot, pair, named)))


def _of_program(snapshot: Snapshot, pair: Pair, named: Callable[[RunFacts], str]) -> Iterator[RunImpact]:
    before, after = pair
    draft = Judge(snapshot, after)
    then = _standings(draft)
    now = None if before is None else _standings(Judge(snapshot, before))
    for run in _one_of_each_cloud(draft, now or then):
        facts = snapshot.facts_of(run)
        found = RunImpact(
            run=named(facts),
            cloud=_cloud(facts) or named(facts),
            program=after.program.name,
            before=None if now is None else now[run],
            after=then[run],
        )
        yield _explained(found, snapshot, run, pair)


def _explained(found: RunImpact, snapshot: Snapshot, run: int, pair: Pair) -> RunImpact:
    yardstick = pair[1] if found.breaks else pair[0] if found.newly_passes else None
    if yardstick is None:
        return found
    verdict = verdict_on(snapshot, run, yardstick)
    return RunImpact(
        run=found.run,
        cloud=found.cloud,
        program=found.program,
        before=found.before,
        after=found.after,
        hindrances=tuple(_hindrances(verdict)),
        circumstances=tuple(one.words for one in verdict.circumstances if one.weight is not None),
    )


def _hindrances(verdict: Verdict) -> Iterator[Hindrance]:
    for asked in verdict.demand.capabilities:
        if asked.level is Level.REQUIRED:
            for test, settled in verdict.tests_of(asked.key):
                if verdict.counted_as(asked.key, test) in {CountKind.FAILED, CountKind.MISSING}:
                    yield Hindrance(asked.key, test.name, settled.state)


def _one_of_each_cloud(draft: Judge, standings: Sequence[Standing]) -> list[int]:
    """Rule 1, in the order in which clouds came."""
    snapshot, program = draft.snapshot, draft.plan.yardstick.program
    covered = flags_of(_covered(draft), snapshot.runs)
    words = {program.name.casefold(), *(alias.casefold() for alias in program.aliases)}
    chosen: dict[str, tuple[bool, int, int]] = {}
    for run in map(int, indices_of(snapshot.everything)):
        facts = snapshot.facts_of(run)
        if facts.program.casefold() in words or (not facts.program and covered[run]):
            is_decided = standings[run] in {Standing.PASS, Standing.FAIL}
            key = _cloud(facts) or f"\0{run}"
            rank = (is_decided, facts.created, run)
            chosen[key] = max(chosen.get(key, rank), rank)
    return [run for _, _, run in chosen.values()]


def _covered(draft: Judge) -> Words:
    """The runs that say something of a required test."""
    snapshot, found = draft.snapshot, none_of(draft.snapshot.runs)
    places = {place for plan in draft.plan.required for group in (plan.singles, *plan.groups) for place in group}
    columns = {column for place in places for column in draft.plan.tests[place].touching}
    for part in snapshot.parts():
        for column in columns:
            words = part.present(column)
            if words is not None:
                found[part.first : part.first + part.words] |= words
    return found


def _cloud(facts: RunFacts) -> str:
    """Rule 2."""
    return facts.cloud or "/".join(filter(None, (facts.vendor, facts.product)))


_STANDINGS = (Standing.NOT_APPLICABLE, Standing.PASS, Standing.FAIL, Standing.INCOMPLETE)


def _standings(judge: Judge) -> list[Standing]:
    """What every run comes to."""
    codes = np.zeros(judge.snapshot.runs, np.uint8)
    for code, standing in enumerate(_STANDINGS):
        codes[flags_of(judge.standings().of(standing), judge.snapshot.runs)] = code
    return [_STANDINGS[code] for code in codes.tolist()]
