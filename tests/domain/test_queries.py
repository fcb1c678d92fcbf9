"""What people ask for reads back as it was written; a mistake is answered at its character."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.queries.reading import LONGEST, QueryMistake, read_query
from certmark.domain.queries.tree import (
    STANDINGS,
    STATES,
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
    parts_of,
)
from certmark.domain.queries.writing import written
from certmark.domain.verdict_values import Standing, State

words = st.text(max_size=12) | st.sampled_from(["and", "or", "not", "a b", 'say "x"', "back\\slash", "t[id-1](x)", "="])
numbers = st.tuples(st.sampled_from(Relation), st.integers(0, 10**9 - 1))
atoms: st.SearchStrategy[Query] = st.one_of(
    st.builds(WordTerm, st.sampled_from(Word), words),
    st.builds(OutcomeTerm, words, st.none() | st.sampled_from(list(STATES.values()))),
    st.builds(CapabilityTerm, words, st.none() | st.sampled_from(list(STANDINGS.values()))),
    st.builds(StatusTerm, st.sampled_from(list(STANDINGS.values()))),
    st.builds(TagTerm, words, st.none() | words),
    st.builds(SinceTerm, st.dates()),
    numbers.map(lambda pair: FlakyTerm(*pair)),
    numbers.map(lambda pair: CountTerm(EveryTerm(), *pair)),
)
queries = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AllTerm(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: AnyTerm(tuple(parts))),
        st.builds(NotTerm, inner),
        st.builds(lambda query, pair: CountTerm(query, *pair), inner, numbers),
    ),
    max_leaves=8,
)


@given(queries | st.just(EveryTerm()))
def test_what_is_written_reads_back_as_the_same_query(query: Query) -> None:
    assert read_query(written(query)) == query
    assert query in list(parts_of(query))


@given(st.text(alphabet='cloud:tes=><()"\\ andornt19', max_size=40))
def test_any_text_is_a_query_or_has_its_mistake_at_a_character(text: str) -> None:
    found: Query | QueryMistake
    try:
        found = read_query(text)
    except QueryMistake as mistake:
        found = mistake
    if isinstance(found, QueryMistake):
        assert 0 <= found.position <= len(text)
    else:
        assert read_query(written(found)) == found


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", EveryTerm()),
        ("cloud:acme status:fail", AllTerm((WordTerm(Word.CLOUD, "acme"), StatusTerm(Standing.FAIL)))),
        (
            "vendor:a or vendor:b AND not since:2026-11-01",
            AnyTerm(
                (
                    WordTerm(Word.VENDOR, "a"),
                    AllTerm((WordTerm(Word.VENDOR, "b"), NotTerm(SinceTerm(date(2026, 11, 1))))),
                )
            ),
        ),
        ('test:"m.T.test_x[a](b)"=failed', OutcomeTerm("m.T.test_x[a](b)", State.FAILED)),
        ("capability:os:boot=incomplete", CapabilityTerm("os:boot", Standing.INCOMPLETE)),
        ("tag:nightly", TagTerm("nightly", None)),
        ("count( test:x=failed )>=2", CountTerm(OutcomeTerm("x", State.FAILED), Relation.AT_LEAST, 2)),
        ("flaky > 3", FlakyTerm(Relation.MORE, 3)),
    ],
)
def test_the_language(text: str, query: Query) -> None:
    assert read_query(text) == query


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("cloud:a nonsense", 8, "a word by itself means nothing"),
        ("venodr:a", 0, "did you mean vendor?"),
        ("status:green", 7, "one of pass, fail"),
        ("test:x=green", 7, "one of passed, failed"),
        ("since:yesterday", 6, "a day must stand here"),
        ("(cloud:a", 0, "never closed"),
        ("cloud:a)", 7, "no bracket that this one closes"),
        ("cloud:a and", 11, "missing at the end"),
        ("cloud:a or or", 11, "must stand here"),
        ('cloud:"a', 6, "never closed"),
        ("cloud:", 6, "there is no word"),
        ("count>2", 0, "followed by a query in brackets"),
        ("flaky", 5, "and a number must stand here"),
        ("flaky>many", 6, "a whole number"),
        ("a\\b", 1, "a backslash stands in quotation marks only"),
        ("not " * 40 + "cloud:a", 120, "stand in one another here"),
        ("(" * 40, 30, "stand in one another here"),
        ("tag:a " * 201, 1200, "more than 200 parts"),
        ("x" * (LONGEST + 1), LONGEST, "may have 4,000"),
    ],
)
def test_a_mistake_is_answered_at_its_character(text: str, position: int, reason: str) -> None:
    with pytest.raises(QueryMistake) as caught:
        read_query(text)
    assert (caught.value.position, reason in caught.value.reason) == (position, True), caught.value
