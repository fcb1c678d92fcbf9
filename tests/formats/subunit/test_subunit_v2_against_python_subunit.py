"""python-subunit is the judge: what it writes we read, what we write it reads."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, NamedTuple

import subunit
from hypothesis import given
from hypothesis import strategies as st
from subunit.v2 import StreamResultToBytes
from testtools import StreamToDict

from certmark.domain.identity import join, split
from certmark.domain.results import Attempt, Detail, Outcome, Request
from certmark.formats.results.subunit import read_v2, write_v2

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OUTCOMES = {
    "success": Outcome.PASSED,
    "fail": Outcome.FAILED,
    "skip": Outcome.SKIPPED,
    "xfail": Outcome.EXPECTED_FAILURE,
    "uxsuccess": Outcome.UNEXPECTED_SUCCESS,
    "inprogress": Outcome.UNFINISHED,
}
WORDS = {outcome: word for word, outcome in OUTCOMES.items()}


class Memory(NamedTuple):
    content: bytes
    name: str = "results.subunit"

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


def judged(content: bytes) -> list[dict[str, Any]]:
    """What python-subunit reads: one dictionary per execution."""
    found: list[Any] = []
    result = StreamToDict(found.append)
    result.startTestRun()
    subunit.ByteStreamToStreamResult(io.BytesIO(content)).run(result)
    result.stopTestRun()
    return found


def nanoseconds(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1) * 1_000


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=90)
uuids = st.uuids().map(str)
test_ids = st.one_of(
    texts,
    st.builds("tempest.api.{}[id-{}]".format, st.integers(), uuids),
    st.builds("tempest.api.{}[id-{},smoke]".format, st.integers(), uuids),
)
moments = st.integers(0, 2**32 * 1_000_000 - 1)
"""Microseconds since 1970, as far as the format reaches."""


@st.composite
def executions(draw: st.DrawFn) -> bytes:
    """A stream of tests that run side by side, written by python-subunit."""
    out = io.BytesIO()
    writer = StreamResultToBytes(out)
    waiting = []
    for test_id in draw(st.lists(test_ids, max_size=6)):
        word = draw(st.sampled_from(sorted(OUTCOMES)))
        tags = draw(st.sets(st.sampled_from(["worker-0", "worker-1", "slow", "ü"]), max_size=2)) or None
        packets: list[dict[str, Any]] = [{"test_status": "inprogress"}]
        packets += [
            {"file_name": name, "file_bytes": content, "mime_type": "text/plain", "eof": draw(st.booleans())}
            for name, content in draw(
                st.lists(st.tuples(st.sampled_from(["traceback", "log"]), st.binary()), max_size=2)
            )
        ]
        if word != "inprogress":
            packets.append({"test_status": word, "test_tags": tags})
        waiting.append((test_id, packets))
    ids = [test_id for test_id, _ in waiting]
    if len(set(ids)) < len(ids):
        waiting = list(dict(waiting).items())
    while waiting:
        test_id, packets = waiting[draw(st.integers(0, len(waiting) - 1))]
        time = EPOCH + timedelta(microseconds=draw(moments))
        writer.status(test_id=test_id, timestamp=time, runnable=draw(st.booleans()), **packets.pop(0))
        waiting = [entry for entry in waiting if entry[1]]
    return out.getvalue()


@given(executions())
def test_what_python_subunit_writes_is_read_as_it_reads_it(content: bytes) -> None:
    expected = []
    for case in judged(content):
        name, uuid, attributes = split(case["id"])
        outcome = OUTCOMES[case["status"]]
        began, ended = (nanoseconds(moment) for moment in (case["timestamps"][0], case["timestamps"][1] or EPOCH))
        timed = outcome is not Outcome.UNFINISHED and ended >= began
        workers = sorted(tag for tag in case["tags"] if tag.startswith("worker-"))
        expected.append(
            Attempt(
                name,
                uuid,
                outcome,
                began,
                (ended - began) / 1e9 if timed else None,
                workers[0] if workers else None,
                attributes,
                tuple(sorted(tag for tag in case["tags"] if tag not in workers[:1])),
            )
        )

    if not content:
        assert not expected
        return
    attempts = read_v2(Memory(content)).attempts
    # Tests that never ended come last here and there, but not in the same order.
    assert sorted(attempt._replace(detail=None) for attempt in attempts if attempt.outcome is Outcome.UNFINISHED) == (
        sorted(attempt for attempt in expected if attempt.outcome is Outcome.UNFINISHED)
    )
    assert [attempt._replace(detail=None) for attempt in attempts if attempt.outcome is not Outcome.UNFINISHED] == [
        attempt for attempt in expected if attempt.outcome is not Outcome.UNFINISHED
    ]


names = texts.filter(lambda name: split(name).name == name)
lines = st.text(st.characters(codec="ascii", exclude_categories=["C", "Z"]), min_size=1, max_size=40)


@st.composite
def attempts_to_write(draw: st.DrawFn) -> Attempt:
    """An attempt of which the format can say everything."""
    outcome = draw(st.sampled_from(sorted(WORDS, key=WORDS.__getitem__)))
    uuid = draw(st.none() | uuids)
    attributes = tuple(sorted(draw(st.sets(st.sampled_from(["smoke", "slow"]))))) if uuid else ()
    started = draw(st.none() | moments.map(lambda moment: moment * 1_000))
    seconds = None
    if started is not None and outcome is not Outcome.UNFINISHED:
        seconds = draw(st.none() | st.integers(0, 1_000_000).map(lambda number: number / 1_000))
        seconds = None if started > 2**61 else seconds
    detail = None
    if outcome is Outcome.SKIPPED:
        detail = draw(st.none() | lines.map(lambda line: Detail(line, "", ())))
    elif outcome is not Outcome.PASSED:
        detail = draw(st.none() | lines.map(lambda line: Detail(f"E: {line}", f"E: {line}", ())))
    worker = draw(st.sampled_from([None, "worker-0", "worker-17", "0/1"]))
    tags = tuple(sorted(draw(st.sets(st.sampled_from(["slow", "ü", "t"])))))
    name = draw(names)
    if split(join(name, uuid, attributes)).name != name:
        name = "tempest.api.Class.test_it"
    return Attempt(name, uuid, outcome, started, seconds, worker, attributes, tags, detail)


@given(st.lists(attempts_to_write(), min_size=1, max_size=5, unique_by=lambda attempt: attempt.name))
def test_what_is_written_is_read_back_equal_by_us_and_by_python_subunit(attempts: list[Attempt]) -> None:
    out = io.BytesIO()
    write_v2(attempts, out)

    back = read_v2(Memory(out.getvalue())).attempts
    assert sorted(map(repr, back)) == sorted(map(repr, attempts))

    cases = {case["id"]: case for case in judged(out.getvalue())}
    assert len(cases) == len(attempts)
    for attempt in attempts:
        case = cases[join(attempt.name, attempt.uuid, attempt.attributes)]
        assert case["status"] == WORDS[attempt.outcome]
        if attempt.detail is not None:
            name = "reason" if attempt.outcome is Outcome.SKIPPED else "traceback"
            assert case["details"][name].as_text() == (attempt.detail.text or attempt.detail.reason)
        if attempt.started is not None:
            assert case["timestamps"][0] == EPOCH + timedelta(microseconds=attempt.started // 1_000)


def test_writing_says_what_subunit_cannot_say_in_the_nearest_word_and_in_tags_of_ours() -> None:
    out = io.BytesIO()
    requests = (Request("GET", "http://h/", 500, "req-1"),)
    write_v2(
        [
            Attempt("a\0b", None, Outcome.SETUP_ERROR, -1, 1.0, detail=Detail("no network", "", requests)),
            Attempt("late", None, Outcome.PASSED, 2**63, 1.0),
            Attempt("long" * 2_000, None, Outcome.FAILED, detail=Detail("E", "E: " + "ü" * 16_000, ())),
        ],
        out,
    )

    back = read_v2(Memory(out.getvalue())).attempts
    assert back == (
        Attempt(
            "a\N{REPLACEMENT CHARACTER}b", None, Outcome.SETUP_ERROR, -1, 1.0, detail=Detail("no network", "", requests)
        ),
        Attempt("late", None, Outcome.PASSED, None, 1.0),
        Attempt("long" * 2_000, None, Outcome.FAILED, detail=Detail("E", "E: " + "ü" * 16_000, ())),
    )
    assert [case["status"] for case in judged(out.getvalue())] == ["fail", "success", "fail"]


def test_an_unfinished_attempt_is_not_swallowed_by_the_next_one_of_its_test() -> None:
    begun = Attempt("a.B.c", None, Outcome.UNFINISHED, 1_000_000_000)
    attempts = (begun._replace(worker="worker-1"), begun._replace(worker="worker-2"), begun._replace(worker="route"))
    out = io.BytesIO()
    write_v2(attempts, out)
    reading = read_v2(Memory(out.getvalue()))
    assert sorted(reading.attempts) == sorted(attempts)
    assert reading.truncated
