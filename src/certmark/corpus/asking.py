"""The runs for which a query holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import reduce
from typing import assert_never

import numpy as np

from certmark.corpus.bits import Words, flags_of, none_of, of_flags
from certmark.corpus.flakes import flaky_tests_of_clouds
from certmark.corpus.history import Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.segments import STATES
from certmark.domain.errors import InvalidRequest
from certmark.domain.queries.tree import (
    AllTerm,
    AnyTerm,
    CapabilityTerm,
    CountTerm,
    EveryTerm,
    FlakyTerm,
    NotTerm,
    OutcomeTerm,
    Query,
    Relation,
    SinceTerm,
    StatusTerm,
    TagTerm,
    Word,
    WordTerm,
)
from certmark.domain.verdict_values import Standing, State

_DAY = 24 * 3600 * 10**6


def runs_for(query: Query, snapshot: Snapshot, judge: Judge | None = None) -> Words:
    """The runs for which `query` holds.

    `judge` says what they come to in capabilities, and as a whole; without one the recorded verdicts are meant.
    Raises InvalidRequest for a capability that nobody can know.
    """
    return _Asking(snapshot, judge).runs(query) & snapshot.everything


class _Asking:
    def __init__(self, snapshot: Snapshot, judge: Judge | None) -> None:
        self._snapshot = snapshot
        self._judge = judge

    def runs(self, query: Query) -> Words:  # noqa: C901, PLR0911, PLR0912 - a case for each kind of query
        match query:
            case EveryTerm():
                return self._snapshot.everything
            case AllTerm(parts):
                return reduce(np.bitwise_and, map(self.runs, parts))
            case AnyTerm(parts):
                return reduce(np.bitwise_or, map(self.runs, parts))
            case NotTerm(inner):
                return self._snapshot.everything & ~self.runs(inner)
            case CountTerm(inner, comparison, bound):
                return self._counted(self.runs(inner) & self._snapshot.everything, comparison, bound)
            case FlakyTerm(comparison, bound):
                return self._flaky(comparison, bound)
            case OutcomeTerm(test, state):
                return self._test(test, state)
            case CapabilityTerm(capability, standing):
                return self._capability(capability, standing)
            case StatusTerm(standing):
                return self._status(standing)
            case WordTerm(Word.WAIVED, value):
                return self._labelled(lambda key, label: not key and _is_like(label, value))
            case WordTerm(word, value):
                return self._word(word, value)
            case TagTerm(key, tag):
                return self._labelled(lambda name, label: name == key and tag in {None, label})
            case SinceTerm(day):
                return of_flags(self._snapshot.created >= (day - dt.date(1970, 1, 1)).days * _DAY)
            case _:
                assert_never(query)

    def _word(self, word: Word, value: str) -> Words:
        words = self._snapshot.words_of(word)
        codes = [code for code, known in enumerate(list(words)) if known and _is_like(known, value)]
        return self._snapshot.with_codes(word, codes) if codes else none_of(self._snapshot.runs)

    def _labelled(self, is_meant: Callable[[str, str], bool]) -> Words:
        found = none_of(self._snapshot.runs)
        for label in self._snapshot.labels():
            if is_meant(*label):
                found |= self._snapshot.labelled(label)
        return found

    def _test(self, test: str, state: State | None) -> Words:
        columns = self._snapshot.tests.meant(test)
        if state is State.NOT_REPORTED:
            return self._snapshot.everything & ~self._test(test, None)
        states = STATES if state is None else (state,)
        found = none_of(self._snapshot.runs)
        for part in self._snapshot.parts():
            for column in columns:
                for one in states:
                    words = part.column(one, column)
                    if words is not None:
                        found[part.first : part.first + part.words] |= words
        return found

    def _capability(self, capability: str, standing: Standing | None) -> Words:
        if self._judge is None:
            raise InvalidRequest("say by which guideline and program runs are judged: a capability is known by these")
        plan = next((one for one in self._judge.plan.capabilities if one.key == capability), None)
        if plan is None:
            raise InvalidRequest(f"there is no capability {capability[:80]!r} in what runs are judged by")
        if standing is not None:
            return self._judge.capability(capability).of(standing)
        found = none_of(self._snapshot.runs)
        for place in {*plan.singles, *plan.flagged, *(place for group in plan.groups for place in group)}:
            for column in self._judge.plan.tests[place].touching:
                for part in self._snapshot.parts():
                    words = part.present(column)
                    if words is not None:
                        found[part.first : part.first + part.words] |= words
        return found

    def _status(self, standing: Standing) -> Words:
        if self._judge is None:
            return self._snapshot.with_standing(standing)
        return self._judge.standings().of(standing)

    def _counted(self, runs: Words, comparison: Relation, bound: int) -> Words:
        clouds = self._snapshot.codes_of(Word.CLOUD)
        counts = np.bincount(clouds[flags_of(runs, self._snapshot.runs)], minlength=int(clouds.max(initial=0)) + 1)
        return self._of_clouds(np.array([comparison.holds(int(count), bound) for count in counts], np.bool_))

    def _flaky(self, comparison: Relation, bound: int) -> Words:
        clouds = self._snapshot.codes_of(Word.CLOUD)
        counts = flaky_tests_of_clouds(self._snapshot)
        size = int(clouds.max(initial=0)) + 1
        return self._of_clouds(np.array([comparison.holds(counts.get(one, 0), bound) for one in range(size)], np.bool_))

    def _of_clouds(self, chosen: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Words:
        """The runs of these clouds; those of no known cloud are of none."""
        words = self._snapshot.words_of(Word.CLOUD)
        if "" in words and (nameless := words.index("")) < len(chosen):
            chosen[nameless] = False
        return of_flags(chosen[self._snapshot.codes_of(Word.CLOUD)])


def _is_like(known: str, wanted: str) -> bool:
    known, wanted = known.casefold(), wanted.casefold()
    return known.startswith(wanted[:-1]) if wanted.endswith("*") else known == wanted
