"""Converting results changes no verdict: over all pairs of forms, for runs with times, retries, places, fixtures, troubles."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

import certmark
from certmark.app.results import ConvertRequest, ResultsForm, convert_results
from certmark.domain.errors import InvalidRequest
from certmark.domain.policies import STRICT, AttemptRule, Consequence
from certmark.domain.remarks import Remark
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Request, Trouble, TroubleKind
from certmark.domain.verdict_values import Standing
from certmark.formats.results.report.document import write_report
from certmark.formats.results.subunit import write_v2

U1 = "11111111-1111-4111-8111-111111111111"
LIST = f"a.B.test_a[id-{U1}]\na.B.test_b\nc.D.test_c\n"
NAMES = (("a.B.test_a", U1), ("a.B.test_b", None), ("c.D.test_c", None), ("x.Y.test_other", None))
FIXTURES = (("setUpClass (a.B)", None), ("tearDownClass (a.B)", None))
POLICIES = (
    *(STRICT._replace(attempts=rule) for rule in AttemptRule),
    STRICT._replace(others=Consequence.FAIL, teardown=Consequence.FAIL),
)
FULL = (ResultsForm.REPORT, ResultsForm.JUNIT, ResultsForm.SUBUNIT)
SECOND = 10**9
BEGINNING = 1_790_000_000 * SECOND

moments = st.integers(0, 5).map(lambda number: BEGINNING + number * 10 * SECOND)
details = st.none() | st.builds(
    Detail,
    st.sampled_from(["it broke", "no network: 503"]),
    st.sampled_from(["", 'Traceback (most recent call last):\n  File "x"\nE: it broke']),
    st.sampled_from([(), (Request("GET", "http://h/v2", 503, "req-1"),)]),
)


@st.composite
def attempts(draw: st.DrawFn) -> Attempt:
    name, uuid = draw(st.sampled_from((*NAMES, *NAMES, *FIXTURES)))
    outcome = draw(st.sampled_from((Outcome.PASSED, Outcome.PASSED, Outcome.PASSED, *Outcome)))
    started = draw(st.none() | moments)
    return Attempt(
        name,
        uuid,
        outcome,
        started,
        None if outcome is Outcome.UNFINISHED else draw(st.sampled_from([None, 0.0, 2.5, 10.0, 15.0])),
        draw(st.sampled_from([None, "worker-1", "route/2"])) if started is not None else None,
        detail=None if outcome in {Outcome.PASSED, Outcome.UNFINISHED} else draw(details),
        place=draw(st.sampled_from([None, None, None, "chrome", "node 2"])),
        window=None if started is not None else draw(st.none() | moments.map(lambda at: (at, at + 5 * SECOND))),
        superseded=draw(st.sampled_from([False, False, False, True])),
    )


troubles = st.builds(
    Trouble,
    st.sampled_from([TroubleKind.CONTRADICTION, TroubleKind.ERROR, TroubleKind.ERROR, TroubleKind.TEAR_DOWN]),
    st.sampled_from(["it says that 3 failed, 1 did", "a worker died"]),
    st.sampled_from(["", "a.B"]),
)
pieces = st.builds(
    Evidence,
    st.just("run"),
    st.just("junit"),
    st.just(1),
    st.none(),
    st.lists(attempts(), max_size=7).map(tuple),
    passes_only=st.sampled_from([False] * 9 + [True]),
    remarks=st.just(()),
    plugin=st.none(),
    truncated=st.sampled_from([False, False, False, True]),
    troubles=st.sampled_from([(), (), ()]) | st.lists(troubles, max_size=1).map(tuple),
)


def verdicts(content: bytes, folder: Path) -> list[Standing]:
    (folder / "list.txt").write_text(LIST, encoding="utf-8")
    (folder / "results").write_bytes(content)
    guideline = certmark.load_guideline(folder / "list.txt")
    results = certmark.read_results(folder / "results")
    day = date(2026, 11, 21)
    return [certmark.judge(guideline, results, policy=policy, as_of=day).standing for policy in POLICIES]


def converted(content: bytes, form: ResultsForm, folder: Path) -> bytes | None:
    """`content` in another form; None where that is refused."""
    (folder / "in").write_bytes(content)
    try:
        return convert_results(ConvertRequest(results=[str(folder / "in")], form=form))
    except InvalidRequest as refusal:
        event(str(refusal).partition("changed: ")[2].partition("'")[0] or "refstack")
        return None


@pytest.mark.thorough
@settings(max_examples=150)
@given(st.lists(pieces, min_size=1, max_size=2), st.sampled_from(FULL), st.sampled_from(FULL))
def test_no_pair_of_forms_changes_a_verdict(evidence: list[Evidence], first: ResultsForm, second: ResultsForm) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        original = write_report(None, tuple(evidence), evaluator="0")
        try:
            expected = verdicts(original, folder)
        except certmark.InvalidInput:
            assume(False)  # two pieces contradict each other: there is no verdict
        once = converted(original, first, folder)
        if once is None:
            return
        assert verdicts(once, folder) == expected
        twice = converted(once, second, folder)
        if twice is not None:
            assert verdicts(twice, folder) == expected


@pytest.mark.thorough
@settings(max_examples=100)
@given(st.lists(pieces, min_size=1, max_size=2))
def test_refstacks_form_never_makes_a_verdict_better(evidence: list[Evidence]) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        original = write_report(None, tuple(evidence), evaluator="0")
        try:
            expected = verdicts(original, folder)[list(AttemptRule).index(AttemptRule.LAST)]
            upload = converted(original, ResultsForm.REFSTACK, folder)
        except certmark.InvalidInput:
            assume(False)
        if upload is not None and expected is not Standing.PASS:
            assert verdicts(upload, folder)[list(AttemptRule).index(AttemptRule.LAST)] is not Standing.PASS


RICH = (
    Attempt("a.B.test_a", U1, Outcome.FAILED, BEGINNING, 2.5, "worker-1", detail=Detail("E: x", "E: x", ())),
    Attempt("a.B.test_a", U1, Outcome.PASSED, BEGINNING + 10 * SECOND, 2.5, "worker-1"),
    Attempt("a.B.test_b", None, Outcome.SETUP_ERROR, BEGINNING, 1.0, detail=Detail("the message", "the text", ())),
    Attempt("c.D.test_c", None, Outcome.PASSED, None, 0.25, place="chrome", window=(BEGINNING, BEGINNING + SECOND)),
    Attempt("c.D.test_c", None, Outcome.FAILED, None, 0.25, place="firefox", superseded=True),
    Attempt("c.D.test_c", None, Outcome.SKIPPED, None, 0.25, place="firefox", detail=Detail("no", "", ())),
    Attempt("c.D.te\x00st \x1b[1m", None, Outcome.UNFINISHED, BEGINNING),
)
BROKEN = Evidence(
    "run", "junit", 1, None, RICH, truncated=True, troubles=(Trouble(TroubleKind.ERROR, "it died", "a.B"),)
)


def read(content: bytes, folder: Path) -> Evidence:
    (folder / "results").write_bytes(content)
    (piece,) = certmark.read_results(folder / "results").evidence
    return piece


def test_a_stream_of_ours_carries_everything_but_what_no_stream_may_have(tmp_path: Path) -> None:
    attempts = tuple(one for one in RICH if "\0" not in one.name)
    piece = read(
        converted(
            write_report(None, (BROKEN._replace(attempts=attempts),), evaluator="0"), ResultsForm.SUBUNIT, tmp_path
        )
        or b"",
        tmp_path,
    )
    assert (piece.attempts, piece.truncated, piece.troubles) == (attempts, True, BROKEN.troubles)


@pytest.mark.parametrize("form", [ResultsForm.REPORT, ResultsForm.JUNIT])
def test_names_with_control_characters_come_back(form: ResultsForm, tmp_path: Path) -> None:
    content = converted(write_report(None, (BROKEN,), evaluator="0"), form, tmp_path)
    assert content is not None
    assert {one.name for one in read(content, tmp_path).attempts} == {one.name for one in RICH}


def test_a_name_that_the_form_cannot_hold_is_refused_with_the_test(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(write_report(None, (BROKEN,), evaluator="0"))
    with pytest.raises(InvalidRequest) as refusal:
        convert_results(ConvertRequest(results=[str(tmp_path / "in")], form=ResultsForm.SUBUNIT))
    assert str(refusal.value) == (
        "the results cannot be written as subunit without being changed: the test 'c.D.te\\x00st \\x1b[1m' would be read "
        "back under another name or id; use the form report, or convert one file at a time"
    )


def test_what_is_lost_is_said_once_for_each_kind(tmp_path: Path) -> None:
    said: list[Remark] = []
    out = io.BytesIO()
    requests = (Request("GET", "http://h/v2", 503, "req-1"),)
    failed = Attempt("a.B.c", None, Outcome.FAILED, BEGINNING, 1.0, "worker-0", detail=Detail("E", "", requests))
    write_v2([failed._replace(name=f"a.B.c{number}") for number in range(3)], out)
    (tmp_path / "in").write_bytes(out.getvalue())
    convert_results(ConvertRequest(results=[str(tmp_path / "in")], form=ResultsForm.JUNIT), said.append)
    assert [remark.text for remark in said] == [
        "the worker of 3 attempts cannot be written as junit",
        "the requests of 3 attempts cannot be written as junit",
    ]


@pytest.mark.parametrize("form", FULL)
def test_results_without_a_test_stay_results(form: ResultsForm, tmp_path: Path) -> None:
    content = converted(b"<testsuites/>", form, tmp_path)
    assert content is not None
    assert read(content, tmp_path).attempts == ()


def test_times_before_1970_and_after_2262_stay_readable(tmp_path: Path) -> None:
    stream = b"".join(
        b"time: %s-01-01 00:00:00Z\ntest: a.B.t%s\nsuccess: a.B.t%s\n" % (year, year, year)
        for year in (b"0001", b"1969", b"1971", b"9999")
    )
    content = converted(stream, ResultsForm.REPORT, tmp_path)
    assert content is not None
    years = [
        attempt.started and attempt.started // (365 * 24 * 3600 * SECOND)
        for attempt in read(content, tmp_path).attempts
    ]
    assert years == [None, None, 1, None]


def test_an_upload_names_no_test_that_did_not_pass_for_certain(tmp_path: Path) -> None:
    attempts = (
        Attempt("a.B.fails_later", None, Outcome.PASSED, BEGINNING, 1.0),
        Attempt("a.B.fails_later", None, Outcome.FAILED, BEGINNING + 10 * SECOND, 1.0),
        Attempt("a.B.passes_later", None, Outcome.FAILED, BEGINNING, 1.0),
        Attempt("a.B.passes_later", None, Outcome.PASSED, BEGINNING + 10 * SECOND, 1.0),
        Attempt("a.B.skipped_later", None, Outcome.PASSED, BEGINNING, 1.0),
        Attempt("a.B.skipped_later", None, Outcome.SKIPPED, BEGINNING + 10 * SECOND, 1.0),
        Attempt("a.B.unordered", None, Outcome.FAILED),
        Attempt("a.B.unordered", None, Outcome.PASSED),
    )
    report = write_report(None, (Evidence("run", "junit", 1, None, attempts),), evaluator="0")
    upload = converted(report, ResultsForm.REFSTACK, tmp_path)
    assert upload is not None
    assert [one.name for one in read(upload, tmp_path).attempts] == ["a.B.passes_later", "a.B.skipped_later"]


def test_no_upload_is_made_of_results_that_are_not_whole(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(write_report(None, (BROKEN._replace(truncated=False),), evaluator="0"))
    with pytest.raises(InvalidRequest, match=r"^RefStack's form has no word for this: run: it died; use another form"):
        convert_results(ConvertRequest(results=[str(tmp_path / "in")], form=ResultsForm.REFSTACK))
