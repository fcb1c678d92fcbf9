from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.identity import join, split
from certmark.domain.results import Attempt, Detail, Outcome, Request, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_NAME, MAX_REASON, MAX_TEXT, Reading
from certmark.formats.results.junit import read_junit, write_junit
from certmark.formats.results.junit.cases import ELEMENTS, moment, seconds
from certmark.formats.results.junit.names import full_name
from certmark.formats.sources import FileSource, source_of

U1, U2, U3 = (f"{n * 8}-{n * 4}-4{n * 3}-8{n * 3}-{n * 12}" for n in "123")


def read(content: str | bytes) -> Reading:
    """Read JUnit that stands in a string."""
    data = content.encode() if isinstance(content, str) else content
    return read_junit(FileSource("results.xml", lambda: io.BytesIO(data)))


def outcomes(reading: Reading) -> list[tuple[str, Outcome]]:
    return [(attempt.name, attempt.outcome) for attempt in reading.attempts]


def test_tempests_names_ids_fixtures_and_requests_are_read(assets: Path) -> None:
    reading = read_junit(source_of(str(assets / "junit/tempest.xml")))
    assert reading == Reading(
        "junit",
        (
            Attempt("tempest.api.x.Flavors.test_list", U1, Outcome.PASSED, seconds=0.666, attributes=("smoke",)),
            Attempt(
                "tempest.api.x.Servers.test_create(ipv6)",
                U2,
                Outcome.FAILED,
                seconds=1234.5,
                detail=Detail(
                    "tempest.lib.exceptions.ServerFault: Got server fault",
                    'Traceback (most recent call last):\n  File "test.py", line 1, in test_create\n'
                    "    raise ServerFault\ntempest.lib.exceptions.ServerFault: Got server fault",
                    (Request("POST", "http://cloud/compute/servers", 503, "req-aaaa"),),
                ),
            ),
            Attempt(
                "setUpClass (tempest.api.x.Images)",
                None,
                Outcome.SKIPPED,
                seconds=0.0,
                detail=Detail("No images here", "", ()),
            ),
            Attempt(
                "tearDownClass (tempest.api.x.Volumes)",
                None,
                Outcome.FAILED,
                seconds=0.0,
                detail=Detail("boom", "", ()),
            ),
            Attempt(
                "tempest.api.x.Servers.test_odd",
                U3,
                Outcome.UNEXPECTED_SUCCESS,
                seconds=0.1,
                detail=Detail("unittest.case._UnexpectedSuccess", "", ()),
            ),
        ),
    )


def test_pytests_set_up_clean_up_and_expected_failures_are_told_apart(assets: Path) -> None:
    reading = read_junit(source_of(str(assets / "junit/pytest.xml")))
    assert [
        (attempt.name.removeprefix("tests.test_cloud."), attempt.outcome, attempt.reason)
        for attempt in reading.attempts
    ] == [
        ("TestServers.test_good[small-1]", Outcome.PASSED, ""),
        ("test_bad", Outcome.FAILED, "AssertionError: assert 1 == 2. + where 1 = f()"),
        ("test_no_fixture", Outcome.SETUP_ERROR, 'failed on setup with "RuntimeError: no cloud"'),
        ("test_untidy", Outcome.PASSED, ""),
        ("test_bad_and_untidy", Outcome.FAILED, "assert 0"),
        ("test_skipped", Outcome.SKIPPED, "no swift here"),
        ("test_xfail", Outcome.EXPECTED_FAILURE, "bug 7"),
        ("test_xpass", Outcome.UNEXPECTED_SUCCESS, "[XPASS(strict)] bug 8"),
    ]
    untidy = 'failed on teardown with "RuntimeError: left over"'
    assert reading.troubles == tuple(
        Trouble(TroubleKind.TEAR_DOWN, f"{name}: {untidy}", name)
        for name in ("tests.test_cloud.test_untidy", "tests.test_cloud.test_bad_and_untidy")
    )


def test_only_pytest_marks_an_error_of_the_clean_up() -> None:
    torn = """<testsuite name='{}'><testcase classname='m' name='t'><error message='failed on teardown{}'/></testcase></testsuite>"""
    assert outcomes(read(torn.format("pytest", ' with "X"'))) == [("m.t", Outcome.PASSED)]
    assert outcomes(read(torn.format("pytest", " of the data"))) == [("m.t", Outcome.FAILED)]
    assert outcomes(read(torn.format("s", ' with "X"'))) == [("m.t", Outcome.FAILED)]


def test_troubles_of_one_kind_are_bounded() -> None:
    torn = """<testcase name='t{}'><error message='failed on teardown with "X"'/></testcase>"""
    reading = read(f"<testsuite name='pytest'>{''.join(torn.format(number) for number in range(150))}</testsuite>")
    assert (len(reading.troubles), reading.troubles[-1]) == (
        101,
        Trouble(TroubleKind.TEAR_DOWN, "50 more troubles of this kind"),
    )


def test_ginkgos_prefix_and_title_are_no_part_of_a_name(assets: Path) -> None:
    reading = read_junit(source_of(str(assets / "junit/ginkgo.xml")))
    assert [(attempt.name, attempt.outcome, attempt.reason) for attempt in reading.attempts] == [
        ("[SynchronizedBeforeSuite]", Outcome.PASSED, ""),
        ("[sig-x] Pods should run [Conformance]", Outcome.PASSED, ""),
        ("[sig-x] Pods should rest", Outcome.SKIPPED, "skipped"),
        ("[sig-x] Pods should stop", Outcome.FAILED, "timed out waiting"),
        ("[sig-x] Older Ginkgo wrote no prefix", Outcome.SKIPPED, 'its status is "pending"'),
    ]


def test_reruns_of_surefire_are_attempts_in_their_order(assets: Path) -> None:
    reading = read_junit(source_of(str(assets / "junit/surefire.xml")))
    assert [(attempt.name, attempt.outcome, attempt.reason, attempt.seconds) for attempt in reading.attempts] == [
        ("org.example.CloudTest.flaky", Outcome.FAILED, "first time", None),
        ("org.example.CloudTest.flaky", Outcome.PASSED, "", 0.5),
        ("org.example.CloudTest.broken", Outcome.FAILED, "first", 0.25),
        ("org.example.CloudTest.broken", Outcome.FAILED, "second", None),
    ]


@pytest.mark.shared
@pytest.mark.parametrize(("vendor", "passed", "skipped"), [("v1.28/kops", 384, 7294), ("v1.29/eks", 392, 7019)])
def test_vendors_kubernetes_results_are_read(shared: Path, vendor: str, passed: int, skipped: int) -> None:
    attempts = read_junit(source_of(str(shared / "kubernetes" / vendor / "junit_01.xml.gz"))).attempts
    counts = {outcome: sum(attempt.outcome is outcome for attempt in attempts) for outcome in Outcome}
    assert {outcome: count for outcome, count in counts.items() if count} == {
        Outcome.PASSED: passed,
        Outcome.SKIPPED: skipped,
    }


@pytest.mark.parametrize(
    ("classname", "name", "full"),
    [
        ("a.B", "test_c", "a.B.test_c"),
        ("", "test_c", "test_c"),
        ("a.B", "", "a.B"),
        ("a suite", "[It] does it", "does it"),
        ("Suite", "[It] does it", "does it"),
        ("Suite", "[BeforeSuite]", "[BeforeSuite]"),
        ("Suite", "[DeferCleanup (Suite)]", "[DeferCleanup (Suite)]"),
        ("a suite", "does it", "does it"),
        ("", "setUpClass (a.B)", "setUpClass (a.B)"),
        ("setUpClass (a.B)", "", "setUpClass (a.B)"),
        ("setUpClass (a", "B)", "setUpClass (a.B)"),
        ("a.B", "tearDownClass", "tearDownClass (a.B)"),
        ("unittest.suite._ErrorHolder", "setUpModule (a)", "setUpModule (a)"),
    ],
)
def test_a_name_is_made_of_two_attributes(classname: str, name: str, full: str) -> None:
    assert full_name(classname, name) == full


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", 1.5),
        ("1,234.5", 1234.5),
        ("1,234", 1234.0),
        ("0,5", 0.5),
        (" 2 ", 2.0),
        ("", None),
        ("-1", None),
        ("nan", None),
        ("1e999", None),
        ("soon", None),
    ],
)
def test_durations_are_read_as_they_are_spelt(text: str, value: float | None) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1970-01-01T00:00:01.5Z", 1_500_000_000),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01", None),
        ("x", None),
    ],
)
def test_a_moment_needs_its_zone(text: str, value: int | None) -> None:
    assert moment(text) == value


@pytest.mark.parametrize(
    ("case", "outcome"),
    [
        ('<testcase name="a" status="passed"/>', Outcome.PASSED),
        ('<testcase name="a" status="timedout"/>', Outcome.FAILED),
        ('<testcase name="a" status="notrun" result="suppressed"/>', Outcome.SKIPPED),
        ('<testcase name="a" result="suppressed"/>', Outcome.SKIPPED),
        ('<testcase name="a" status="run" result="Timedout"/>', Outcome.FAILED),
        ('<testcase name="a" status="passed"><failure/></testcase>', Outcome.FAILED),
        ('<testcase name="a"><skipped/><failure/></testcase>', Outcome.FAILED),
        ('<testcase name="a"><error type="unfinished"/></testcase>', Outcome.UNFINISHED),
        ('<testcase name="a"><properties><failure/></properties></testcase>', Outcome.FAILED),
        ('<testcase name="a" status="failed"><skipped/></testcase>', Outcome.FAILED),
        ('<testcase name="a" status="perhaps"><skipped/></testcase>', Outcome.SKIPPED),
        (
            '<testcase name="a"><skipped message="xfail-marked test passes unexpectedly"/></testcase>',
            Outcome.UNEXPECTED_SUCCESS,
        ),
    ],
)
def test_the_strongest_element_decides(case: str, outcome: Outcome) -> None:
    assert outcomes(read(f"<testsuite><testsuite>{case}</testsuite></testsuite>")) == [("a", outcome)]


def test_secrets_in_messages_are_hidden() -> None:
    reading = read(
        "<testsuite><testcase name='a'><failure message='no'>password='hunter2'</failure></testcase></testsuite>"
    )
    assert "hunter2" not in str(reading)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_are_read(encoding: str) -> None:
    declared = "utf-8" if encoding == "utf-8-sig" else encoding
    text = f"<?xml version='1.0' encoding='{declared}'?><testsuite><testcase name='é'/></testsuite>"
    assert outcomes(read(text.encode(encoding))) == [("é", Outcome.PASSED)]


def test_a_file_that_stops_in_the_middle_is_read_to_its_last_whole_case() -> None:
    reading = read("<testsuite><testcase name='a'/><testcase name='b'><failure>x")
    assert (outcomes(reading), reading.truncated) == ([("a", Outcome.PASSED)], True)


def test_long_texts_keep_their_end() -> None:
    text = "x" * 3_000_000 + "\nthe end"
    detail = (
        read(f"<testsuite><testcase name='a'><failure message='{'m' * 9999}'>{text}</failure></testcase></testsuite>")
        .attempts[0]
        .detail
    )
    assert detail is not None
    assert (len(detail.text), detail.text[-7:], len(detail.reason)) == (MAX_TEXT, "the end", MAX_REASON)


_SUITE = "<testsuite><testcase name='a'/>"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("<testsuite", "results.xml stops before its first test case ends; send the whole file"),
        ("<html></html>", "results.xml is a web page; JUnit begins with <testsuites> or <testsuite>"),
        (
            "<svg/>",
            'results.xml is XML of another kind (its first element is "<svg>"); JUnit begins with <testsuites> or <testsuite>',
        ),
        (
            "<testsuite>\n<testcase name='a&#27;'/></testsuite>",
            "results.xml, line 2: a character that XML does not allow in the name of a test; have it written again by a tool that knows XML",
        ),
        (
            "<testsuite><testcase classname='\x1b' name='a'/></testsuite>",
            "results.xml, line 1: a character that XML does not allow in the name of a test; have it written again by a tool that knows XML",
        ),
        (
            _SUITE + "<a b=\0>",
            "results.xml, line 1: a character that XML does not allow, or a broken tag; have it written again by a tool that knows XML",
        ),
        (
            _SUITE + "</testsuite>\0",
            "results.xml, line 1: a character that XML does not allow, or a broken tag; have it written again by a tool that knows XML",
        ),
        (
            _SUITE + "</testsuite>\n<testsuite/>",
            "results.xml, line 2: a second document begins where the first has ended; give each in a file of its own",
        ),
        (_SUITE + "</b>", "results.xml, line 1: mismatched tag; have it written again by a tool that knows XML"),
        (
            "<!DOCTYPE x [<!ENTITY a 'b'>]><testsuite/>",
            "results.xml, line 1: a document type (DTD), which can hide attacks; send the file without it",
        ),
        (
            "<?xml version='1.0' encoding='x-none'?><testsuite/>",
            "results.xml, line 1: its XML is in an encoding that is not known here; send it in UTF-8",
        ),
        (
            _SUITE + "<a>" * 300,
            "results.xml, line 1: elements are nested more than 200 deep, which no JUnit file needs",
        ),
        (
            f"<testsuite><testcase name='{'n' * (MAX_NAME + 1)}'/></testsuite>",
            "results.xml, line 1: a test's name of 8,193 characters is no name",
        ),
        (
            _SUITE + f"<!-- {'c' * 40_000_000}",
            "results.xml, line 1: one tag of more than 16 MiB; have it written again by a tool that knows XML",
        ),
        (
            _SUITE + "".join(f"<a{n}/>" for n in range(60_000)) + "</testsuite>",
            "results.xml, line 1: more than 10,000 different names of elements, which no JUnit file has",
        ),
        (
            "<testsuite><testcase name='a'><testcase name='b'/></testcase></testsuite>",
            "results.xml, line 1: a test case inside a test case, which JUnit has not",
        ),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_what_is_no_honest_junit_gets_one_sentence(content: str, sentence: str) -> None:
    with pytest.raises(UnreadableResults) as refusal:
        read(content)
    assert str(refusal.value) == sentence


def test_every_outcome_but_a_pass_has_an_element() -> None:
    assert set(Outcome) - ELEMENTS.keys() == {Outcome.PASSED}


def test_what_is_written_is_grouped_by_class() -> None:
    out = io.BytesIO()
    write_junit(
        [
            Attempt("a.B.c", U1, Outcome.PASSED, seconds=0.5, attributes=("smoke",)),
            Attempt("a.B.d", None, Outcome.FAILED, detail=Detail("no <b>", "a\0b", ())),
            Attempt("setUpClass (a.C)", None, Outcome.SKIPPED, detail=Detail("not here", "", ())),
        ],
        out,
        title='a "run"',
    )
    assert out.getvalue().decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="a &quot;run&quot;" tests="3" failures="1" errors="0" skipped="1" time="0.500000">\n'
        '  <testsuite name="a.B" tests="2" failures="1" errors="0" skipped="0" time="0.500000">\n'
        f'    <testcase classname="a.B" name="c[id-{U1},smoke]" time="0.500000"/>\n'
        '    <testcase classname="a.B" name="d"><failure type="failed" message="no &lt;b&gt;">a\ufffdb</failure></testcase>\n'
        "  </testsuite>\n"
        '  <testsuite name="a.C" tests="1" failures="0" errors="0" skipped="1" time="0.000000">\n'
        '    <testcase classname="" name="setUpClass (a.C)"><skipped type="skipped" message="not here"/></testcase>\n'
        "  </testsuite>\n"
        "</testsuites>\n"
    )


_NAMES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
    st.sampled_from(
        [
            "a.B.c",
            "a.B.c(ipv6)",
            "setUpClass (a.B)",
            "[It] x",
            "[BeforeSuite]",
            "a b.c",
            "x.setUpClass (y)",
            "a.a",
            "a\x1b.b",
        ]
    ),
).filter(lambda name: all(split(join(name, uuid))[:2] == (name, uuid) for uuid in (None, U1)))
_TIMES = st.none() | st.integers(0, (1 << 63) - 1)


@given(
    st.lists(
        st.builds(
            Attempt,
            name=_NAMES,
            uuid=st.sampled_from([None, U1]),
            outcome=st.sampled_from(Outcome),
            started=_TIMES,
            seconds=st.none() | st.integers(0, 10**9).map(lambda number: number / 1_000_000),
            worker=st.none(),
            attributes=st.just(()),
            tags=st.just(()),
            detail=st.none() | st.builds(Detail, st.text(max_size=20), st.text(max_size=40), st.just(())),
            place=st.sampled_from([None, "node 1", "a > b (chromium)"]),
            window=st.none(),
            superseded=st.booleans(),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_reads_back(attempts: list[Attempt]) -> None:
    out = io.BytesIO()
    write_junit(attempts, out, title="a run")
    reading = read(out.getvalue())
    found = [attempt._replace(detail=None) for attempt in reading.attempts]
    given_ = [attempt._replace(detail=None) for attempt in attempts]
    assert sorted(found, key=repr) == sorted(given_, key=repr)
    assert not any(trouble.kind is TroubleKind.CONTRADICTION for trouble in reading.troubles)


def test_attempts_of_one_test_are_written_in_the_order_of_their_times() -> None:
    late, early = (
        Attempt("a.B.c", None, Outcome.FAILED, 2_000_000_000),
        Attempt("a.B.c", None, Outcome.PASSED, 1_000_000_001),
    )
    out = io.BytesIO()
    write_junit([late, early], out, title="a run")
    assert read(out.getvalue()).attempts == (early, late)
    assert b'timestamp="1970-01-01T00:00:01.000000001Z"' in out.getvalue()


def test_the_window_of_a_suite_is_written_and_read() -> None:
    attempt = Attempt("a.B.c", None, Outcome.PASSED, place="s", window=(1_000_000_000, 3_500_000_000))
    out = io.BytesIO()
    write_junit([attempt], out, title="a run")
    assert read(out.getvalue()).attempts == (attempt,)


def test_a_claimed_exact_name_must_be_the_shown_one() -> None:
    case = "<testsuite><testcase name='a\ufffdb' certmark-name='{}'/></testsuite>"
    assert [read(case.format(name)).attempts[0].name for name in ("a\\u001bb", "other", '"', "")] == [
        "a\x1bb",
        *["a\ufffdb"] * 3,
    ]
