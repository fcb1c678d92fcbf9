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

from certmark.corpus.bits import Codes, Indices, Words, flags_of, none_of
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.single_runs import verdict_on
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import Level
from certmark.domain.impacts import GuidelineImpact, Hindrance, RunImpact
from certmark.domain.queries.tree import Word
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
    for run in _one_of_each_cloud(draft, then if now is None else now):
        facts = snapshot.facts_of(run)
        found = RunImpact(
            run=named(facts),
            cloud=_cloud(facts) or named(facts),
            program=after.program.name,
            before=None if now is None else _STANDINGS[now[run]],
            after=_STANDINGS[then[run]],
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


def _one_of_each_cloud(draft: Judge, standings: Codes) -> list[int]:
    """Rule 1, in the order in which clouds came."""
    snapshot, program = draft.snapshot, draft.plan.yardstick.program
    words = {program.name.casefold(), *(alias.casefold() for alias in program.aliases)}
    programs = np.array([word.casefold() in words for word in snapshot.words_of(Word.PROGRAM)] or [False])
    codes = snapshot.codes_of(Word.PROGRAM)
    is_open = codes == _code(snapshot, Word.PROGRAM, "")
    covered = flags_of(_covered(draft) & snapshot.everything, snapshot.runs)
    made_for = programs[codes] & flags_of(snapshot.everything, snapshot.runs)
    runs = np.flatnonzero(made_for | (is_open & covered))
    if not len(runs):
        return []
    keys = _keys(snapshot)[runs]
    is_decided = np.isin(standings[runs], (_PASS, _FAIL))
    _, firsts = np.unique(keys, return_index=True)
    order = np.lexsort((runs, snapshot.created[runs], is_decided, keys))
    last = np.append(keys[order][1:] != keys[order][:-1], np.True_)
    chosen = runs[order][last]  # by their keys, as `firsts` are
    found: list[int] = chosen[np.argsort(firsts)].tolist()
    return found


def _keys(snapshot: Snapshot) -> Indices:
    """For each run a number that is its cloud's (rule 2)."""
    clouds, vendors, products = (
        snapshot.codes_of(word).astype(np.int64) for word in (Word.CLOUD, Word.VENDOR, Word.PRODUCT)
    )
    number = len(snapshot.words_of(Word.PRODUCT)) + 1
    of_product = len(snapshot.words_of(Word.CLOUD)) + vendors * number + products
    is_known = (vendors != _code(snapshot, Word.VENDOR, "")) | (products != _code(snapshot, Word.PRODUCT, ""))
    alone = -1 - np.arange(snapshot.runs)
    found: Indices = np.where(clouds != _code(snapshot, Word.CLOUD, ""), clouds, np.where(is_known, of_product, alone))
    return found


def _code(snapshot: Snapshot, word: Word, said: str) -> int:
    known = snapshot.words_of(word)
    return known.index(said) if said in known else -1


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
_PASS, _FAIL = 1, 2


def _standings(judge: Judge) -> Codes:
    """What every run comes to: a place in `_STANDINGS`."""
    codes = np.zeros(judge.snapshot.runs, np.uint8)
    for code, standing in enumerate(_STANDINGS):
        codes[flags_of(judge.standings().of(standing), judge.snapshot.runs)] = code
    return codes
