from __future__ import annotations

import json
from collections.abc import Callable
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.policies import NONE_FAILED, REFSTACK_2020, STRICT, Policy
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Request, Results, Trouble, TroubleKind
from certmark.domain.verdict_values import Standing, Verdict
from certmark.domain.verdicts import judge
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.report import parsing, reading
from certmark.formats.results.report.document import read_judgement, read_report, write_report

POLICIES = pytest.mark.parametrize("policy", [STRICT, NONE_FAILED, REFSTACK_2020], ids=lambda policy: policy.name)


def written(verdict: Verdict) -> bytes:
    return write_report(verdict, verdict.results.evidence, evaluator="1.2.3")


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    text = resources.files("certmark").joinpath("data/schemas/certmark-report-1.json").read_text("utf-8")
    jsonschema.Draft202012Validator.check_schema(json.loads(text))
    return jsonschema.Draft202012Validator(json.loads(text))


@POLICIES
def test_a_report_replayed_gives_the_same_judgement(
    everything_under: Callable[[Policy], Verdict], policy: Policy
) -> None:
    verdict = everything_under(policy)
    report = written(verdict)
    known = read_judgement(report)
    assert known is not None
    again = judge(
        verdict.guideline,
        verdict.program,
        Results(read_report(report)),
        known.waivers,
        as_of=known.as_of,
        policy=known.policy,
    )
    assert written(again) == report


def test_the_judgement_is_read_as_values(everything: Verdict) -> None:
    assert read_judgement(written(everything)) == reading.Judgement(
        guideline="2026.11",
        guideline_schema="2.0",
        guideline_sha256="7f36f93458320ef2d0a1a6a51e2f3be45a4012d0e1d56342530140ff7e7bca6a",
        guideline_status="draft",
        program="Powered Things",
        policy=STRICT,
        as_of=everything.as_of,
        waivers=tuple(record.waiver for record in everything.waivers),
        standing=Standing.FAIL,
        sentence=(
            "Powered Things under the draft guideline 2026.11: FAIL; 1 of 7 required capabilities failed, 2 are incomplete; "
            "4 of 11 counted tests passed, 2 failed, 5 left a gap; not counted: 1 flagged, 1 waived; with 1 waiver; "
            "results.subunit stops in the middle; 1 clean-up failed; 2 of 14 tests were found under other names."
        ),
        evaluator="1.2.3",
        hosts=("2026.11",),
    )


def test_evidence_without_a_verdict_is_a_report_too(everything: Verdict) -> None:
    report = write_report(None, everything.results.evidence, evaluator="1.2.3")
    assert read_judgement(report) is None
    assert read_report(report) == everything.results.evidence


def test_waivers_that_refstack_does_not_look_at_are_kept(
    everything: Verdict, everything_under: Callable[[Policy], Verdict]
) -> None:
    waivers = tuple(record.waiver for record in everything.waivers)
    report = write_report(everything_under(REFSTACK_2020), (), evaluator="1.2.3", waivers=waivers)
    known = read_judgement(report)
    assert known is not None
    assert known.waivers == waivers
    assert {waiver["use"] for waiver in json.loads(report)["judgement"]["waivers"]} == {"not looked at"}


@POLICIES
def test_the_counts_of_a_capability_are_those_of_its_tests(
    everything_under: Callable[[Policy], Verdict], policy: Policy
) -> None:
    for capability in json.loads(written(everything_under(policy)))["judgement"]["capabilities"]:
        counted = [test["counted"] for test in capability["tests"]]
        kinds = ("passed", "failed", "missing", "flagged", "waived", "ignored")
        assert {kind: capability["counts"][kind] for kind in kinds} == {kind: counted.count(kind) for kind in kinds}


@POLICIES
def test_every_report_keeps_to_the_schema(
    everything_under: Callable[[Policy], Verdict], policy: Policy, schema: jsonschema.Draft202012Validator
) -> None:
    schema.validate(json.loads(written(everything_under(policy))))


def test_a_hostile_or_empty_report_keeps_to_the_schema(
    hostile: Verdict, nothing: Verdict, schema: jsonschema.Draft202012Validator
) -> None:
    for verdict in (hostile, nothing):
        schema.validate(json.loads(written(verdict)))
        assert read_report(written(verdict)) == verdict.results.evidence
    schema.validate(json.loads(write_report(None, (), evaluator="1.2.3")))


BROKEN: dict[str, tuple[str, Any]] = {
    "another format": ("format", "certmark"),
    "another version": ("version", 2),
    "a version that is true": ("version", True),
    "evidence that is no list": ("evidence", {}),
    "no evidence": ("evidence", None),
    "evidence of numbers": ("evidence", [1]),
    "evidence without a name": ("evidence.0.name", None),
    "a size below nothing": ("evidence.0.size", -1),
    "a size that is true": ("evidence.0.size", True),
    "truncated as a word": ("evidence.0.truncated", "no"),
    "remarks of numbers": ("evidence.0.remarks", [1]),
    "attempts that are no list": ("evidence.0.attempts", "x"),
    "an attempt without a name": ("evidence.0.attempts.0.name", ""),
    "a name of a megabyte": ("evidence.0.attempts.0.name", "x" * 1_000_000),
    "an unknown outcome": ("evidence.0.attempts.0.outcome", "flaky"),
    "a start that is a text": ("evidence.0.attempts.0.started", "now"),
    "seconds that are a text": ("evidence.0.attempts.0.seconds", "1"),
    "tags that are a text": ("evidence.0.attempts.0.tags", "a"),
    "a detail that is a list": ("evidence.0.attempts.0.detail", []),
    "a reason that is a number": ("evidence.0.attempts.0.detail.reason", 1),
    "requests of texts": ("evidence.0.attempts.0.detail.requests", ["GET"]),
    "a status that is a text": ("evidence.0.attempts.0.detail.requests.0.status", "503"),
}


def broken(report: bytes, path: str, value: object) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(report)
    holder: Any = document
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return document


@pytest.mark.parametrize(("path", "value"), BROKEN.values(), ids=BROKEN)
def test_a_broken_report_is_refused_in_a_sentence(
    everything: Verdict, schema: jsonschema.Draft202012Validator, path: str, value: object
) -> None:
    document = broken(written(everything), path, value)
    with pytest.raises(
        UnreadableResults, match=r"^the report[^\n]{10,250}; (send it again|read it with one that knows it)$"
    ):
        read_report(json.dumps(document).encode())
    if value is not True or path != "version":  # 1 is true in JSON Schema's Python
        assert not schema.is_valid(document)


BROKEN_JUDGEMENTS: dict[str, tuple[str, Any]] = {
    "a judgement that is a text": ("judgement", "pass"),
    "no guideline": ("judgement.guideline", None),
    "a digest that is a number": ("judgement.guideline.sha256", 7),
    "an unknown policy effect": ("judgement.policy.skipped", "pass"),
    "a day that is none": ("judgement.as_of", "yesterday"),
    "an unknown standing": ("judgement.standing", "certified"),
    "a waiver without an end": ("judgement.waivers.0.expires", None),
    "a waiver of an unknown scope": ("judgement.waivers.0.scope", "cloud"),
}


@pytest.mark.parametrize(("path", "value"), BROKEN_JUDGEMENTS.values(), ids=BROKEN_JUDGEMENTS)
def test_a_broken_judgement_is_refused_in_a_sentence(
    everything: Verdict, schema: jsonschema.Draft202012Validator, path: str, value: object
) -> None:
    document = broken(written(everything), path, value)
    with pytest.raises(
        UnreadableResults, match=r"^the report[^\n]{10,250}; (send it again|read it with one that knows it)$"
    ):
        read_judgement(json.dumps(document).encode())
    assert not schema.is_valid(document)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"certmark-report"',
        b"{",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format":"certmark-report","version":1,"evidence":[{"size":' + b"9" * 5000 + b"}]}",
        b'{"format":"certmark-report","version":1,"evidence":NaN}',
        b'{"format":"certmark-report","version":1,"evidence":1e999}',
    ],
    ids=lambda data: repr(data[:20]),
)
def test_what_is_no_report_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableResults, match=r"^the report[^\n]{10,200}$"):
        read_report(data)


def test_a_report_that_is_too_large_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "MAX_SIZE", 100)
    with pytest.raises(UnreadableResults, match="bytes"):
        read_report(b" " * 101)
    monkeypatch.setattr(parsing, "MAX_VALUES", 10)
    with pytest.raises(UnreadableResults, match="values"):
        read_report(b"[[[[[[,,,,,")


def test_keys_that_are_not_known_are_left_alone(everything: Verdict) -> None:
    document = json.loads(written(everything))
    for holder in (document, document["evidence"][0], document["evidence"][0]["attempts"][0], document["judgement"]):
        holder["some_day"] = {"more": [1, None]}
    data = json.dumps(document).encode()
    assert read_report(data) == everything.results.evidence
    assert read_judgement(data) == read_judgement(written(everything))


words = st.text(max_size=20)
requests = st.builds(Request, words, words, st.none() | st.integers(0, 999), st.none() | words)
details = st.builds(Detail, words, words, st.lists(requests, max_size=3).map(tuple))
attempts = st.builds(
    Attempt,
    st.text(min_size=1, max_size=20),
    st.none() | words,
    st.sampled_from(Outcome),
    st.none() | st.integers(0, 2**62),
    st.none() | st.floats(0, 1e6),
    st.none() | words,
    st.lists(words, max_size=2).map(tuple),
    st.lists(words, max_size=2).map(tuple),
    st.none() | details,
    place=st.none() | words,
    window=st.none() | st.tuples(st.integers(0, 2**61), st.integers(0, 2**61)).map(lambda ends: (min(ends), max(ends))),
    superseded=st.booleans(),
)
troubles = st.builds(Trouble, st.sampled_from(TroubleKind), words, words)
files = st.builds(
    Evidence,
    words,
    words,
    st.integers(0, 2**40),
    st.none() | words,
    st.lists(attempts, max_size=4).map(tuple),
    st.booleans(),
    st.booleans(),
    st.lists(words, max_size=2).map(tuple),
    troubles=st.lists(troubles, max_size=2).map(tuple),
    plugin=st.none() | words,
)


@pytest.mark.thorough
@given(st.lists(files, max_size=3).map(tuple))
def test_evidence_reads_back_equal(evidence: tuple[Evidence, ...]) -> None:
    assert read_report(write_report(None, evidence, evaluator="1.2.3")) == evidence


@given(st.integers(0), st.binary(min_size=1, max_size=4))
def test_a_damaged_report_is_read_or_refused(everything: Verdict, place: int, damage: bytes) -> None:
    report = written(everything)
    place %= len(report)
    data = report[:place] + damage + report[place + len(damage) :]
    try:
        read_report(data)
        read_judgement(data)
    except UnreadableResults as error:
        assert "\n" not in str(error)  # noqa: PT017 - either way is right
