"""What JUnit says of the whole: counts, places, words, and what went wrong outside of any test."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from certmark.domain.results import Outcome, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import Reading
from certmark.formats.results.junit import read_junit
from certmark.formats.results.junit.words import HARMLESS, MEANINGS
from certmark.formats.sources import FileSource, source_of


def read(content: str | bytes) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return read_junit(FileSource("results.xml", lambda: io.BytesIO(data)))


def of_asset(assets: Path, name: str) -> Reading:
    return read_junit(source_of(str(assets / "junit" / name)))


def sentences(reading: Reading) -> list[tuple[str, str, str]]:
    return [(trouble.kind.value, trouble.sentence, trouble.scope) for trouble in reading.troubles]


def test_only_known_words_are_a_pass(assets: Path) -> None:
    reading = of_asset(assets, "unknown_words_and_elements.xml")
    assert [(attempt.name, attempt.outcome.value, attempt.reason) for attempt in reading.attempts] == [
        ("element failed", "failed", "<failed>"),
        ("element Failure", "failed", "in capitals"),
        ("element with prefix", "failed", ""),
        ("nested", "failed", "deep"),
        ("ignored", "skipped", "<ignored>"),
        ("inconclusive", "unfinished", "<inconclusive>: timer"),
        ("unknown element", "unfinished", "<verdict>, which is not known to mean a pass: maybe"),
        ("broken", "failed", 'its status is "broken"'),
        ("timeout", "failed", 'its status is "TimeOut"'),
        ("nok", "failed", 'its result is "NOK"'),
        ("blocked", "unfinished", 'its status is "blocked"'),
        ("not executed", "skipped", 'its status is "Not Executed"'),
        ("unknown word", "unfinished", 'its status is "perhaps", which is not known to mean a pass'),
        ("good word, unknown word", "unfinished", 'its result is "perhaps", which is not known to mean a pass'),
        ("printed", "passed", ""),
        ("harmless", "passed", ""),
    ]


def test_a_suite_that_counts_failures_that_no_case_shows_contradicts_itself_once(assets: Path) -> None:
    reading = of_asset(assets, "suite_counts_failures_that_no_case_shows.xml")
    sentence = 'the suite "pkg.Class" counts 1 failure or error, and its test cases show 0'
    assert reading.troubles == (Trouble(TroubleKind.CONTRADICTION, sentence, "pkg.Class"),)


_CASE = "<testcase classname='m' name='{}'>{}</testcase>"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("<testsuite tests='2'>{good}</testsuite>", ["a suite without a name counts 2 tests, and has 1"]),
        ("<testsuites tests='2'>{good}</testsuites>", ["the file counts 2 tests, and has 1"]),
        ("<testsuite tests='3' skipped='2'>{good}</testsuite>", []),
        ("<testsuite tests='1' failures='1'>{bad}</testsuite>", []),
        ("<testsuite tests='0' failures='0'>{bad}</testsuite>", []),
        ("<testsuite failures='1' flakes='1'>{flaky}</testsuite>", []),
        ("<testsuite failures='2'>{double}</testsuite>", []),
        ("<testsuites failures='1'><testsuite failures='1'><testsuite failures='1'>{bad}</testsuite></testsuite></testsuites>", []),
        ("<testsuite inconc='1'>{good}</testsuite>", ["a suite without a name counts 1 failure or error, and its test cases show 0"]),
        ("<testsuite name='pytest' tests='9'>{good}</testsuite>", []),
        ("<testsuite failures='many' errors='-1'>{good}</testsuite>", []),
        (
            "<testsuite name='e2e'><property name='SuiteSucceeded' value='false'/><property name='SpecialSuiteFailureReason' value='Interrupted by User'/>{good}</testsuite>",
            ['Ginkgo says that the suite "e2e" did not succeed ("Interrupted by User"), and no test case in it failed'],
        ),
    ],
)  # fmt: skip
def test_counts_are_compared_with_the_cases(document: str, told: list[str]) -> None:
    content = document.format(
        good=_CASE.format("a", ""),
        bad=_CASE.format("b", "<failure/>"),
        flaky=_CASE.format("f", "<flakyFailure/>"),
        double=_CASE.format("d", "<failure/><error/>"),
    )
    assert sentences(read(content)) == [("contradiction", sentence, "") for sentence in told]


def test_what_failed_outside_of_tests_is_an_error() -> None:
    reading = read(
        "<testsuites><testsuite name='pytest'><error message='boom'/>"
        "<testcase classname='' name='m.x'><error message='collection failure'>E  ImportError: none</error></testcase></testsuite>"
        "<testsuite><testcase/><testcase><failure message='bad'/></testcase>"
        "<testcase classname='a.B' name=''><error message='no cloud'/></testcase>"
        "<testcase classname='example.org/pkg' name='TestMain'><failure>[build failed]</failure></testcase>"
        "</testsuite></testsuites>"
    )
    assert sentences(reading) == [
        ("error", "an error outside of any test case: <error>: boom", ""),
        ("error", 'm.x: collection failure: "E  ImportError: none"', "m.x"),
        ("error", "a test case without a name failed: bad", ""),
        ("error", "a.B failed as a whole: no cloud", "a.B"),
        ("error", "example.org/pkg failed outside of its tests: [build failed]", "example.org/pkg"),
    ]
    assert reading.remarks == ("2 test cases have neither name nor class: left out",)


def test_ginkgos_labels_are_split_off_and_its_nodes_stay_entries(assets: Path) -> None:
    reading = of_asset(assets, "ginkgo_labels_and_failed_nodes.xml")
    assert [(attempt.name, attempt.attributes, attempt.outcome) for attempt in reading.attempts] == [
        ("[SynchronizedBeforeSuite]", (), Outcome.FAILED),
        ("[sig-a] Pods should run [Conformance]", ("sig-a", "Conformance"), Outcome.PASSED),
        ("Sums should add [1, 2]", (), Outcome.PASSED),
        ("[sig-a] Pods should rest [Slow] [Slow]", (), Outcome.PASSED),
        ("[SynchronizedAfterSuite]", (), Outcome.FAILED),
    ]
    assert sentences(reading) == [("error", "[SynchronizedBeforeSuite] failed: nodes not ready", "")]


def test_a_test_that_ctest_could_not_run_is_no_skip(assets: Path) -> None:
    reading = of_asset(assets, "ctest.xml")
    assert [(attempt.name, attempt.outcome.value) for attempt in reading.attempts] == [
        ("a.b", "passed"),
        ("bad", "failed"),
        ("skip", "skipped"),
        ("off", "skipped"),
        ("gone", "setup-error"),
    ]
    assert reading.troubles == ()


def test_one_test_in_two_suites_has_two_places(assets: Path) -> None:
    attempts = of_asset(assets, "one_test_in_two_suites.xml").attempts
    assert [(attempt.name, attempt.place) for attempt in attempts] == [
        ("m.C.test_a", "chromium"),
        ("m.C.test_a", "firefox"),
    ]


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ("<testsuite name='m.C'>{case}</testsuite>", [None]),
        ("<testsuite name='m'>{case}</testsuite>", [None]),
        ("<testsuite name='m.C-20261128144851'>{case}</testsuite>", [None]),
        ("<testsuite name='pytest'>{case}</testsuite>", ["pytest"]),
        ("<testsuites name='t'><testsuite name='a'><testsuite name='b'>{case}</testsuite></testsuite></testsuites>", ["a > b"]),
        (
            "<testsuites><testsuite name='s' hostname='x'>{case}</testsuite><testsuite name='s' hostname='y'>{case}</testsuite></testsuites>",
            ["s (x)", "s (y)"],
        ),
        (
            "<testsuites><testsuite name='s' hostname='x'>{case}</testsuite><testsuite name='s' hostname='x'>{case}</testsuite></testsuites>",
            ["s", "s"],
        ),
        ("<testsuites id='' name=''><testsuite name='m.C' hostname='chromium'>{case}</testsuite></testsuites>", ["chromium"]),
        ("<testsuite name='Login'><testcase classname='Login page' name='works'/></testsuite>", ["Login > Login page"]),
    ],
)  # fmt: skip
def test_the_place_of_a_test_is_the_path_of_its_suites(document: str, places: list[str | None]) -> None:
    content = document.format(case="<testcase classname='m.C' name='test_a'/>")
    assert [attempt.place for attempt in read(content).attempts] == places


def test_a_suite_that_tells_its_zone_gives_a_window() -> None:
    reading = read(
        "<testsuites timestamp='1970-01-01T00:00:01Z' time='5'>"
        "<testsuite name='own' timestamp='1970-01-01T00:00:02+00:00' time='1.5'><testcase name='a'/>"
        "<testcase name='timed' timestamp='1970-01-01T00:00:03Z'/></testsuite>"
        "<testsuite name='parents' timestamp='1970-01-01T00:00:02'><testcase name='b'/></testsuite></testsuites>"
    )
    assert [(attempt.name, attempt.started, attempt.window) for attempt in reading.attempts] == [
        ("a", None, (2_000_000_000, 3_500_000_000)),
        ("timed", 3_000_000_000, None),
        ("b", None, (1_000_000_000, 6_000_000_000)),
    ]


def test_times_before_1970_are_no_times() -> None:
    reading = read("<testsuite><testcase name='a' timestamp='0001-01-01T00:00:00Z' time='1'/></testsuite>")
    assert (reading.attempts[0].started, reading.remarks) == (None, ("1 time before 1970 or after 2262 left out",))


def test_retries_that_the_format_marks_are_superseded() -> None:
    reading = read(
        "<testsuite><testcase name='flaky' time='1'><flakyFailure message='once' timestamp='1970-01-01T00:00:01Z' time='2'/></testcase>"
        "<testcase name='broken'><failure message='first'/><rerunFailure message='second'/></testcase></testsuite>"
    )
    assert [(a.name, a.reason, a.started, a.seconds, a.superseded) for a in reading.attempts] == [
        ("flaky", "once", 1_000_000_000, 2.0, True),
        ("flaky", "", None, 1.0, False),
        ("broken", "first", None, None, True),
        ("broken", "second", None, None, False),
    ]


def test_bad_characters_outside_of_names_cost_nothing_but_a_remark(assets: Path) -> None:
    reading = of_asset(assets, "blank_first_escapes_and_latin1_said_to_be_utf8.xml")
    assert [(attempt.name, attempt.outcome, attempt.reason) for attempt in reading.attempts] == [
        ("m.C.test_a", Outcome.FAILED, "d\ufffdj\ufffd"),
        ("m.C.test_b", Outcome.PASSED, ""),
    ]
    assert reading.attempts[0].detail is not None
    assert reading.attempts[0].detail.text == "want \ufffd[31m1\ufffd[0m"
    assert reading.remarks == (
        "it begins with blanks, which were passed over",
        "6 characters that XML does not allow, outside of names, read as U+FFFD",
    )


def test_two_documents_in_one_file_are_refused_as_two(assets: Path) -> None:
    with pytest.raises(UnreadableResults, match="line 3: a second document begins where the first has ended"):
        of_asset(assets, "two_documents.xml")


def test_an_endless_attribute_is_cut() -> None:
    reading = read(f"<testsuite><testcase name='a'><failure message='{'c' * 3_000_000}'/></testcase></testsuite>")
    assert (reading.attempts[0].outcome, reading.remarks) == (
        Outcome.FAILED,
        ("1 attribute of more than 1 MiB cut short",),
    )


def test_bad_characters_are_found_wherever_a_block_ends() -> None:
    head = "<testsuite><testcase name='é€😀'><failure>"
    for pad in range(262_144 - 60, 262_144 - 44):
        reading = read(f"{head}{'x' * (pad - 44)}&#27;é€😀\x1b</failure></testcase></testsuite>")
        detail = reading.attempts[0].detail
        assert reading.attempts[0].name == "é€😀"
        assert detail is not None
        assert detail.text.endswith("x\ufffdé€😀\ufffd")


def test_the_reference_has_every_word() -> None:
    text = (Path(__file__).parents[2] / "docs/reference/junit.md").read_text()
    rows = [f"| {outcome.value} | {', '.join(words)} |" for outcome, words in MEANINGS.items()]
    assert [row for row in rows if row not in text] == []
    assert ", ".join(sorted(HARMLESS)) in text


@pytest.mark.parametrize(
    ("attribute", "outcome"),
    [
        ('success="false"', Outcome.FAILED),
        ('executed="false"', Outcome.SKIPPED),
        ('skipped="true"', Outcome.SKIPPED),
        ('failures="1"', Outcome.FAILED),
        ('failure="boom"', Outcome.FAILED),
        ('Status="Failed"', Outcome.FAILED),
        ('verdict="inconc"', Outcome.UNFINISHED),
        ('success="true" failures="0" error="" disabled="false" timeout="1"', Outcome.PASSED),
    ],
)
def test_an_attribute_of_a_test_case_that_says_how_it_ended_is_heard(attribute: str, outcome: Outcome) -> None:
    (attempt,) = read(f'<testsuite><testcase name="a" {attribute}/></testsuite>').attempts
    assert attempt.outcome is outcome


@pytest.mark.parametrize("attribute", ['status="failed"', 'result="Failed"', 'success="false"'])
def test_a_suite_that_says_that_it_failed_contradicts_its_passes(attribute: str) -> None:
    reading = read(f'<testsuite name="s" {attribute}><testcase name="a"/></testsuite>')
    word, value = attribute.replace('"', "").split("=")
    said = f'the suite "s" says that its {word} is "{value}", and no test case in it failed'
    assert sentences(reading) == [("contradiction", said, "")]
