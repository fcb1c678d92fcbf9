"""Judgements compared, and what may be doubted of an old one: the rules of `domain.replays`."""

from __future__ import annotations

import pytest

from certmark.domain.guidelines import Level
from certmark.domain.replays import (
    SHOWN,
    Circumstances,
    ComparableVerdict,
    JudgedTest,
    NoSuchGuideline,
    by_name,
    compare_judgements,
    doubts_about,
    guideline_meant,
    judgement_of,
)
from certmark.domain.results import Outcome
from certmark.formats.results.report.document import write_report
from certmark.formats.results.report.parsing import read_judged
from support.build import U1, U2, U3, attempt, capability, guideline, required, results, verdict

WHOLE = Circumstances(passes_only=False, truncated=False, evaluator="1", evaluator_now="1")
TOLD = ComparableVerdict("g", "p", "strict", "2026-11-21", "fail", "s", (), {})


def one(name: str, counted: str = "passed", uuid: str | None = None, *capabilities: str) -> JudgedTest:
    return JudgedTest(name, uuid, "passed", counted, capabilities or ("c",), "")


def judged(*tests: JudgedTest, standing: str = "fail") -> ComparableVerdict:
    return TOLD._replace(standing=standing, tests=by_name(tests))


def test_rule_1_the_guideline_is_the_one_of_that_text_and_no_more_are_asked_for_than_needed() -> None:
    this, same_id = guideline(capability("a", required("x"))), guideline(capability("b", required("x")))
    candidates = iter([same_id, this, same_id])
    assert guideline_meant(this.id, this.sha256, candidates) is this
    assert next(candidates) is same_id
    with pytest.raises(NoSuchGuideline) as caught:
        guideline_meant(this.id, this.sha256, [same_id])
    assert caught.value.doubt.endswith("is not at hand, so that its judgement was taken as the report tells it")


def test_rule_2_a_renamed_test_is_one_test_where_its_id_is_its_own() -> None:
    (change,) = compare_judgements(judged(one("old", "passed", U1)), judged(one("new", "failed", U1))).tests
    assert (change.name, change.words) == ("new", ("passed", "failed"))
    twice = judged(one("new", "failed", U1), one("newer", "failed", U1))
    assert len(compare_judgements(judged(one("old", "passed", U1)), twice).tests) == 3


def test_rule_3_a_test_of_several_capabilities_counts_at_its_strongest_and_has_them_all() -> None:
    found = by_name([one("t", SHOWN, None, "a"), one("t", "failed", None, "b"), one("t", "flagged", None, "c")])
    assert found == {"t": one("t", "failed", None, "a", "b", "c")}


def test_rule_3_a_verdict_is_compared_as_its_report_would_tell_it() -> None:
    document = guideline(
        capability("a", required("t.A.one", U1), required("t.A.two", U2)),
        capability("b", required("t.A.one", U1), required("t.A.three", U3)),
        levels={"b": Level.ADVISORY},
    )
    found = verdict(document, results(attempt(f"t.A.one[id-{U1}]"), attempt(f"t.A.two[id-{U2}]", Outcome.FAILED, "no")))
    assert judgement_of(found) == read_judged(write_report(found, (), evaluator="1"))
    assert judgement_of(found).tests["t.A.three"].counted == SHOWN


@pytest.mark.parametrize(
    ("again", "known", "said"),
    [
        (judged(one("t")), WHOLE, []),
        ("no guideline", WHOLE, ["no guideline"]),
        (judged(one("t")), WHOLE._replace(passes_only=True), ["the evidence names passed tests only"]),
        ("x", WHOLE._replace(truncated=True), ["the evidence stops in the middle", "x"]),
        (judged(one("t"), standing="pass"), WHOLE,
         ["the report says fail, and its own evidence, guideline and policy give pass"]),
        (judged(one("t", "failed")), WHOLE._replace(evaluator_now="2"),
         ["the report counts t otherwise than its own evidence gives", "it was judged by certmark 1; this is 2"]),
        (judged(*(one(name) for name in "abcde")), WHOLE,
         ["the report counts a, b, c and 3 more otherwise than its own evidence gives"]),
    ],
)  # fmt: skip
def test_rule_4_what_may_be_doubted_is_a_sentence_each(
    again: ComparableVerdict | str, known: Circumstances, said: list[str]
) -> None:
    told = judged(one("t"))
    assert [doubt.partition(":")[0] for doubt in doubts_about(told, again, known)] == said
