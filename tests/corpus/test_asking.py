"""A query over columns of bits finds the runs that a plain look at each run finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certmark.corpus.asking import runs_for
from certmark.corpus.bits import indices_of
from certmark.corpus.history import RunFacts
from certmark.corpus.judging import Judge
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.errors import InvalidRequest
from certmark.domain.queries.reading import read_query
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
from certmark.domain.verdicts import judge
from support.build import TODAY, U1, U2, capability, guideline, required
from support.histories import Run, facts, history_of, plain_results

A, B, OLD = "m.One.test_a", "m.One.test_b", "m.Old.test_a"
DOCUMENT = guideline(capability("boot", required(A, U1, OLD)), capability("stop", required(B, U2)))
KEYS = ((A, U1), (B, U2), (OLD, None))
DAY = 24 * 3600 * 10**6
words = st.sampled_from(["", "acme", "Acme Two", "zeta"])
described = st.builds(
    RunFacts,
    id=st.just(b""),
    created=st.integers(0, 4).map(lambda day: day * DAY),
    passes_only=st.booleans(),
    standing=st.none() | st.sampled_from([Standing.PASS, Standing.FAIL]),
    cloud=words,
    vendor=words,
    release=st.sampled_from(["", "1", "2"]),
    waived=st.sampled_from([(), (A,), (A, "stop")]),
    tags=st.sampled_from([(), (("kind", "nightly"),), (("kind", "weekly"), ("who", "me"))]),
)
runs = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([State.PASSED, State.FAILED, State.SKIPPED]))
comparisons = st.tuples(st.sampled_from(Relation), st.integers(0, 3))
atoms: st.SearchStrategy[Query] = st.one_of(
    st.builds(
        WordTerm, st.sampled_from([Word.CLOUD, Word.VENDOR, Word.RELEASE]), st.sampled_from(["ACME", "acme*", "1"])
    ),
    st.builds(WordTerm, st.just(Word.WAIVED), st.sampled_from([A, "stop", "*"])),
    st.builds(OutcomeTerm, st.sampled_from([A, U2, "none"]), st.none() | st.sampled_from([*State])),
    st.builds(
        CapabilityTerm, st.sampled_from(["boot", "stop"]), st.none() | st.sampled_from([Standing.PASS, Standing.FAIL])
    ),
    st.builds(StatusTerm, st.sampled_from([Standing.PASS, Standing.FAIL, Standing.INCOMPLETE])),
    st.builds(TagTerm, st.just("kind"), st.none() | st.just("weekly")),
    st.integers(0, 4).map(lambda days: SinceTerm(dt.date(1970, 1, 1) + dt.timedelta(days))),
    comparisons.map(lambda pair: FlakyTerm(*pair)),
    st.just(EveryTerm()),
)
queries = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllTerm(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyTerm(tuple(parts))),
        st.builds(NotTerm, inner),
        st.builds(lambda query, pair: CountTerm(query, *pair), inner, comparisons),
    ),
    max_leaves=5,
)
History = Sequence[tuple[RunFacts, Run]]


def holds(query: Query, history: History, number: int, *, is_judged: bool) -> bool:  # noqa: C901, PLR0911, PLR0912 - a case for each kind of query
    """Looks at one run at a time."""
    about, run = history[number]

    def inner(part: Query, other: int = number) -> bool:
        return holds(part, history, other, is_judged=is_judged)

    def same_cloud() -> list[int]:
        return [other for other, (facts_, _) in enumerate(history) if about.cloud and facts_.cloud == about.cloud]

    verdict = judge(DOCUMENT, DOCUMENT.programs[0], plain_results(run, passes_only=about.passes_only), as_of=TODAY)
    match query:
        case AllTerm(parts):
            return all(map(inner, parts))
        case AnyTerm(parts):
            return any(map(inner, parts))
        case NotTerm(part):
            return not inner(part)
        case EveryTerm():
            return True
        case CountTerm(part, comparison, bound):
            return bool(about.cloud) and comparison.holds(sum(inner(part, other) for other in same_cloud()), bound)
        case FlakyTerm(comparison, bound):
            return bool(about.cloud) and comparison.holds(flips(history, same_cloud()), bound)
        case WordTerm(Word.WAIVED, value):
            return any(is_like(label, value) for label in about.waived)
        case WordTerm(word, value):
            said = getattr(about, word.value)
            return bool(said) and is_like(said, value)
        case OutcomeTerm(test, state):
            states = {found for (name, uuid), found in run.items() if test in {name, uuid}}
            return (not states) if state is State.NOT_REPORTED else bool(states) if state is None else state in states
        case CapabilityTerm(key, None):
            return any(key_ in run for key_ in {"boot": (KEYS[0], KEYS[2]), "stop": (KEYS[1],)}[key])
        case CapabilityTerm(key, standing):
            return any(one.key == key and one.standing is standing for one in verdict.capabilities)
        case StatusTerm(standing):
            return (verdict.standing if is_judged else about.standing) is standing
        case TagTerm(key, value):
            return any(name == key and value in {None, said} for name, said in about.tags)
        case SinceTerm(day):
            return about.created >= (day - dt.date(1970, 1, 1)).days * DAY


def is_like(said: str, wanted: str) -> bool:
    said, wanted = said.casefold(), wanted.casefold()
    return said.startswith(wanted[:-1]) if wanted.endswith("*") else said == wanted


def flips(history: History, runs_of_cloud: Sequence[int]) -> int:
    """How many tests passed in one and failed in the next of the cloud's runs of one release in which they ran."""
    found = set()
    for release in {history[run][0].release for run in runs_of_cloud}:
        same = sorted(
            (run for run in runs_of_cloud if history[run][0].release == release),
            key=lambda run: (history[run][0].created, run),
        )
        for key in KEYS:
            ran = [history[run][1][key] for run in same if history[run][1].get(key) in {State.PASSED, State.FAILED}]
            if any(one is not other for one, other in pairwise(ran)):
                found.add(key)
    return len(found)


@settings(max_examples=80)
@given(history=st.lists(st.tuples(described, runs), min_size=1, max_size=6), query=queries, is_judged=st.booleans())
def test_a_query_finds_what_a_look_at_each_run_finds(history: History, query: Query, is_judged: bool) -> None:
    snapshot = history_of(history).snapshot()
    judged = Judge(snapshot, Yardstick(DOCUMENT, DOCUMENT.programs[0]))
    if not is_judged and "CapabilityTerm" in repr(query):
        with pytest.raises(InvalidRequest, match="say by which guideline"):
            runs_for(query, snapshot)
        return
    found = [int(run) for run in indices_of(runs_for(query, snapshot, judged if is_judged else None))]
    assert found == [run for run in range(len(history)) if holds(query, history, run, is_judged=is_judged)]


def test_a_capability_that_nobody_knows_is_refused() -> None:
    snapshot = history_of([(facts(1), {})]).snapshot()
    judged = Judge(snapshot, Yardstick(DOCUMENT, DOCUMENT.programs[0]))
    with pytest.raises(InvalidRequest, match="no capability 'fly'"):
        runs_for(read_query("capability:fly"), snapshot, judged)
