"""What the attempts of a stream of version 1 are."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import subunit
from testtools import PlaceHolder, content, content_type

from certmark.domain.results import Attempt, Detail, Outcome, Request, Trouble, TroubleKind
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_NAME, Reading
from certmark.formats.results.subunit import read_v1
from support.processes import limited

BEGUN = b"time: 1970-01-01 00:00:01.000000Z\ntest: t\ntime: 1970-01-01 00:00:03.500000Z\n"
SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("success", Outcome.PASSED),
        ("successful", Outcome.PASSED),
        ("failure", Outcome.FAILED),
        ("error", Outcome.FAILED),
        ("skip", Outcome.SKIPPED),
        ("xfail", Outcome.EXPECTED_FAILURE),
        ("uxsuccess", Outcome.UNEXPECTED_SUCCESS),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b" [\n]\n", b" [ multipart\n]\n"])
def test_every_directive_of_an_end_becomes_an_outcome(
    memory: Callable[[bytes], Any], word: str, outcome: Outcome, end: bytes
) -> None:
    reading = read_v1(memory(BEGUN + word.encode() + b": t" + end))

    assert reading == Reading("subunit-v1", (Attempt("t", None, outcome, SECOND, 2.5),))


def test_details_in_brackets_are_the_traceback_or_the_reason(memory: Callable[[bytes], Any]) -> None:
    reading = read_v1(
        memory(
            b"test: a\nskip: a [\nno network\n]\n"
            b"test: b\nfailure: b [\nTraceback (most recent call last):\n  File\n ]\nE: bad\n]\n"
            b"test: c\nsuccess: c [\nfine\n]\n"
        )
    )

    assert reading.attempts == (
        Attempt("a", None, Outcome.SKIPPED, detail=Detail("no network", "", ())),
        Attempt(
            "b",
            None,
            Outcome.FAILED,
            detail=Detail("]. E: bad", "Traceback (most recent call last):\n  File\n]\nE: bad", ()),
        ),
        Attempt("c", None, Outcome.PASSED),
    )


def test_details_in_parts_are_read_through_their_chunks(memory: Callable[[bytes], Any]) -> None:
    log = b"] Request (C:t): 503 PUT http://h/c?sig=1 0s\n]\n    Response - Headers: {'x-trans-id': 'tx1'}\n"
    part = b"Content-Type: text/plain;charset=utf8\n%s\n"
    stream = (
        BEGUN
        + b"failure: t [ multipart\n"
        + part % b"pythonlogging:''"
        + b"%X\r\n%s%x\r\n%s0\r\n" % (10, log[:10], len(log) - 10, log[10:])
        + part % b"traceback"
        + b"6\r\nE: bad0\r\n]\n"
    )

    assert read_v1(memory(stream)).attempts == (
        Attempt(
            "t",
            None,
            Outcome.FAILED,
            SECOND,
            2.5,
            detail=Detail("E: bad", "E: bad", (Request("PUT", "http://h/c", 503, "tx1"),)),
        ),
    )


def test_tags_hold_until_they_are_taken_back_and_within_a_test_for_it_alone(memory: Callable[[bytes], Any]) -> None:
    reading = read_v1(
        memory(
            b"tags: worker-1 nightly\ntest: a\ntags: slow -nightly\nsuccess: a\n"
            b"test: b\nsuccess: b\ntags: -worker-1\ntest: c\nsuccess: c\n"
        )
    )

    assert [(attempt.worker, attempt.tags) for attempt in reading.attempts] == [
        ("worker-1", ("slow",)),
        ("worker-1", ("nightly",)),
        (None, ("nightly",)),
    ]


def test_what_python_subunit_writes_is_read(memory: Callable[[bytes], Any]) -> None:
    out = io.BytesIO()
    client = subunit.TestProtocolClient(out)
    case = PlaceHolder("module.Class.test_it[id-4f6a15f3-3e82-1ef1-995e-e9458609130e,smoke]")
    kind = content_type.ContentType("text", "plain", {"charset": "utf8"})
    client.time(datetime(2026, 11, 21, tzinfo=UTC))
    client.startTest(case)
    client.time(datetime(2026, 11, 21, 0, 0, 2, tzinfo=UTC))
    client.addSkip(case, details={"reason": content.Content(kind, lambda: [b"line\n" * 30_000])})
    client.stopTest(case)

    (attempt,) = read_v1(memory(out.getvalue())).attempts
    assert attempt[:7] == (
        "module.Class.test_it",
        "4f6a15f3-3e82-1ef1-995e-e9458609130e",
        Outcome.SKIPPED,
        1_795_219_200 * SECOND,
        2.0,
        None,
        ("smoke",),
    )
    assert attempt.reason.startswith("line. line.")


@pytest.mark.parametrize(
    ("rest", "outcome"),
    [
        (b"", Outcome.UNFINISHED),
        (b"success: ", Outcome.UNFINISHED),
        (b"success: t", Outcome.UNFINISHED),
        (b"success: t [ multipart\n", Outcome.UNFINISHED),
        (b"failure: t [ multipart\nContent-Type: a/b\nname\nFF\r\nabc", Outcome.UNFINISHED),
        (b"failure: t [\nabc\n", Outcome.UNFINISHED),
        (b"success: t\nti", Outcome.PASSED),
    ],
)
def test_a_stream_that_stops_is_read_to_its_end(memory: Callable[[bytes], Any], rest: bytes, outcome: Outcome) -> None:
    reading = read_v1(memory(BEGUN + rest))

    assert [attempt.outcome for attempt in reading.attempts] == [outcome]
    assert reading.truncated
    assert reading.remarks[0] == f"the stream stops in the middle at byte {len(BEGUN + rest)}"


def test_a_test_without_an_end_is_unfinished_when_the_next_begins(memory: Callable[[bytes], Any]) -> None:
    reading = read_v1(memory(b"test: a\ntest: b\nsuccess: b\n"))

    assert reading == Reading(
        "subunit-v1",
        (Attempt("a", None, Outcome.UNFINISHED), Attempt("b", None, Outcome.PASSED)),
        remarks=("1 test had begun and not ended when the stream stopped or went on to another",),
    )


def test_output_of_programs_is_tolerated_with_a_remark(memory: Callable[[bytes], Any]) -> None:
    reading = read_v1(
        memory(b"hello\n\ntest: a\ntime flies\ntest it\nsuccess: b\nsuccess: a\ntime: soon\nerror: c\nprogress: 3\n")
    )

    assert reading == Reading(
        "subunit-v1",
        (Attempt("a", None, Outcome.PASSED),),
        remarks=("6 lines are not subunit, first at byte 0",),
    )


@pytest.mark.parametrize(
    "details",
    [
        b"Content-Type: a/b\nn\nZZ\r\n",
        b"Content-Type: a/b\nn\n-1\r\n",
        b"Content-Type: a/b\nn\nFFFFFFFFFFFF\r\n",
        b"nonsense\n",
    ],
)
def test_details_that_make_no_sense_leave_the_test_unfinished(memory: Callable[[bytes], Any], details: bytes) -> None:
    reading = read_v1(memory(b"test: a\nfailure: a [ multipart\n" + details + b"test: b\nsuccess: b\n"))

    assert [(attempt.name, attempt.outcome) for attempt in reading.attempts] == [
        ("a", Outcome.UNFINISHED),
        ("b", Outcome.PASSED),
    ]
    assert reading.remarks[0] == "details that make no sense in 1 place, first at byte 31"
    assert not reading.truncated


def test_names_of_absurd_length_are_counted_and_left_out(memory: Callable[[bytes], Any]) -> None:
    name = b"x" * (MAX_NAME + 1)
    reading = read_v1(memory(b"test: " + name + b"\nsuccess: " + name + b"\ntest: " + b"y" * 1_000_000 + b"\n"))

    assert reading.attempts == ()
    assert reading.remarks == (
        "1 line is not subunit, first at byte 8200",
        "2 names of tests have more than 8192 bytes; those are not counted",
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello\n", b"\xb3\x29\x01\0\n" * 9, b"<xml/>", b"success: a\n"])
def test_what_names_no_test_is_refused_by_name(memory: Callable[[bytes], Any], content: bytes) -> None:
    with pytest.raises(UnreadableResults, match=r"^results\.subunit names no test in the manner of subunit v1"):
        read_v1(memory(content))


def test_every_cut_and_flip_gives_a_reading_or_a_refusal(memory: Callable[[bytes], Any]) -> None:
    whole = (
        b"time: 2026-11-21 20:29:05.870619Z\ntags: worker-1\ntest: t\nfailure: t [ multipart\n"
        b"Content-Type: text/plain\ntraceback\n6\r\nE: bad0\r\n]\ntags: -worker-1\ntest: u\nskip: u [\nno\n]\n"
    )
    read = 0
    for at in range(len(whole)):
        for changed in (whole[:at], *(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :] for bit in (1, 32, 128))):
            try:
                reading = read_v1(memory(changed))
            except UnreadableResults:
                continue
            assert Outcome.PASSED not in {attempt.outcome for attempt in reading.attempts}
            read += len(reading.attempts)
    assert read > len(whole)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "content", [b"x" * 4_000_000, b"\n" * 2_000_000, b"test: t\nfailure: t [\n" + b"]" * 4_000_000]
)
def test_long_lines_and_many_lines_are_read_within_bounds(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run").write_bytes(b"test: a.B.c\nsuccess: a.B.c\n" + content)
    assert limited(tmp_path / "run").startswith("evidence [('subunit-v1', ")


def test_a_failure_told_outside_of_its_test_contradicts_the_stream(memory: Callable[[bytes], Any]) -> None:
    reading = read_v1(memory(b"test: a\nsuccess: a\nfailure: a [\nboom\n]\n"))
    sentence = "a line outside of the test says that a failed"
    assert reading.troubles == (Trouble(TroubleKind.CONTRADICTION, sentence, "a"),)
