"""What the attempts of a stream of version 2 are."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import subunit

from certmark.domain.results import Attempt, Detail, Outcome, Request, Trouble, TroubleKind
from certmark.formats.results.contents import MAX_NAME, MAX_REASON, MAX_TEXT, Reading
from certmark.formats.results.subunit import read_v1, read_v2
from certmark.formats.sources import source_of

UUID = "4f6a15f3-3e82-1ef1-995e-e9458609130e"
NAME = "tempest.api.compute.servers.test_servers.ServersTestJSON.test_list_servers"
ID = f"{NAME}[id-{UUID}]"
SECOND = 1_000_000_000


def only(reading: Reading) -> Attempt:
    (attempt,) = reading.attempts
    return attempt


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("success", Outcome.PASSED),
        ("fail", Outcome.FAILED),
        ("skip", Outcome.SKIPPED),
        ("xfail", Outcome.EXPECTED_FAILURE),
        ("uxsuccess", Outcome.UNEXPECTED_SUCCESS),
    ],
)
def test_every_final_status_becomes_an_outcome(stream: Callable[[], Any], word: str, outcome: Outcome) -> None:
    run = stream().say(ID, "inprogress", 1.0).say(ID, word, 3.5, test_tags={"worker-1"})

    assert read_v2(run.source) == Reading("subunit-v2", (Attempt(NAME, UUID, outcome, SECOND, 2.5, "worker-1"),))


def test_a_listed_test_is_no_attempt(stream: Callable[[], Any]) -> None:
    assert read_v2(stream().say(ID, "exists", 1.0).source) == Reading("subunit-v2", ())


def test_a_final_status_without_a_beginning_is_an_attempt_of_unknown_length(stream: Callable[[], Any]) -> None:
    attempt = only(read_v2(stream().say(ID, "success", 3.5).source))

    assert attempt == Attempt(NAME, UUID, Outcome.PASSED, 3 * SECOND + SECOND // 2, None)


def test_times_may_be_missing(stream: Callable[[], Any]) -> None:
    attempt = only(read_v2(stream().say(ID, "inprogress").say(ID, "success", 2.0).source))

    assert attempt == Attempt(NAME, UUID, Outcome.PASSED, None, None)


def test_a_clock_that_went_back_gives_no_duration(stream: Callable[[], Any]) -> None:
    attempt = only(read_v2(stream().say(ID, "inprogress", 5.0).say(ID, "success", 2.0).source))

    assert (attempt.started, attempt.seconds) == (5 * SECOND, None)


def test_several_executions_are_several_attempts(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0).attach(ID, "traceback", "ValueError: one").say(ID, "fail", 2.0)
    run.say(ID, "inprogress", 3.0).say(ID, "success", 4.0)

    assert read_v2(run.source).attempts == (
        Attempt(NAME, UUID, Outcome.FAILED, SECOND, 1.0, detail=Detail("ValueError: one", "ValueError: one", ())),
        Attempt(NAME, UUID, Outcome.PASSED, 3 * SECOND, 1.0),
    )


def test_a_repeated_beginning_is_the_same_execution(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0).say(ID, "inprogress", 2.0).say(ID, "success", 4.0)

    assert read_v2(run.source).attempts == (Attempt(NAME, UUID, Outcome.PASSED, SECOND, 3.0),)


def test_route_codes_keep_executions_of_one_test_apart(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0, route_code="0").say(ID, "inprogress", 2.0, route_code="1")
    run.say(ID, "success", 5.0, route_code="1").say(ID, "skip", 6.0, route_code="0")

    assert read_v2(run.source).attempts == (
        Attempt(NAME, UUID, Outcome.PASSED, 2 * SECOND, 3.0, "1"),
        Attempt(NAME, UUID, Outcome.SKIPPED, SECOND, 5.0, "0"),
    )


def test_the_worker_is_a_tag_and_the_other_tags_are_kept(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0).say(ID, "success", 2.0, test_tags={"slow", "worker-12", "Ärger"})

    attempt = only(read_v2(run.source))
    assert (attempt.worker, attempt.tags) == ("worker-12", ("slow", "Ärger"))


def test_tags_of_the_beginning_count_if_the_end_has_none(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0, test_tags={"worker-3"}).say(ID, "success", 2.0)

    assert only(read_v2(run.source)).worker == "worker-3"


@pytest.mark.parametrize(
    ("test_id", "identity"),
    [
        (f"{NAME}[id-{UUID},smoke]", (NAME, UUID, ("smoke",))),
        (f"{NAME}[gate,id-{UUID.upper()}](ipv6)", (f"{NAME}(ipv6)", UUID, ("gate",))),
        (f"{NAME}[id-no-uuid-of-{'x' * 23}]", (f"{NAME}[id-no-uuid-of-{'x' * 23}]", None, ())),
        (f"{NAME}[ia-{UUID}]", (f"{NAME}[ia-{UUID}]", None, ())),
        ("setUpClass (tempest.api.Class)", ("setUpClass (tempest.api.Class)", None, ())),
        ("t", ("t", None, ())),
        ("prüfung[1-2]", ("prüfung[1-2]", None, ())),
        ("x" * 63, ("x" * 63, None, ())),
        ("x" * 64, ("x" * 64, None, ())),
        ("x" * MAX_NAME, ("x" * MAX_NAME, None, ())),
    ],
)
def test_ids_are_taken_apart(
    stream: Callable[[], Any], test_id: str, identity: tuple[str, str | None, tuple[str, ...]]
) -> None:
    attempt = only(read_v2(stream().say(test_id, "inprogress", 1.0).say(test_id, "success", 2.0).source))

    assert (attempt.name, attempt.uuid, attempt.attributes) == identity


def test_what_only_looks_like_an_id_is_part_of_the_name(stream: Callable[[], Any]) -> None:
    name = f"{'d' * 50}[i3-01234567-89ab-cdef-0123-456789abcdef]"
    (attempt,) = read_v2(stream().say(name, "success", 1.0).source).attempts
    assert (attempt.name, attempt.uuid) == (name, None)


def test_absurd_ids_are_counted_and_left_out(stream: Callable[[], Any]) -> None:
    run = stream().say("", "success", 1.0).say("x" * (MAX_NAME + 1), "success", 1.0).say("y" * 70_000, "fail")

    assert read_v2(run.source) == Reading(
        "subunit-v2",
        (),
        remarks=("3 packets with an empty test id or one of more than 8192 bytes",),
        troubles=(Trouble(TroubleKind.ERROR, "3 packets of the stream cannot be told to belong to a test"),),
    )


def test_a_test_in_progress_at_the_end_is_unfinished_and_the_stream_cut(stream: Callable[[], Any]) -> None:
    log = "] Request (C:t): 200 GET http://127.0.0.1/v2?limit=1 0.1s\n"
    run = stream().say(ID, "inprogress", 1.0, test_tags={"worker-0"}).attach(ID, "pythonlogging:''", log)

    assert read_v2(run.source) == Reading(
        "subunit-v2",
        (
            Attempt(
                NAME,
                UUID,
                Outcome.UNFINISHED,
                SECOND,
                None,
                "worker-0",
                detail=Detail("", "", (Request("GET", "http://127.0.0.1/v2", 200, None),)),
            ),
        ),
        truncated=True,
        remarks=("1 test had begun and not ended when the stream stopped",),
    )


def test_an_attachment_alone_is_no_attempt(stream: Callable[[], Any]) -> None:
    run = stream().attach(ID, "stdout", "hello").attach(None, "stderr", "from the runner")

    assert read_v2(run.source) == Reading("subunit-v2", ())


def test_the_reason_of_a_skip_is_its_attachment(stream: Callable[[], Any]) -> None:
    run = stream().say(ID, "inprogress", 1.0).attach(ID, "pythonlogging:''", "] Request (C:t): 500 GET http://h/ 0s")
    run.attach(ID, "reason", "Volume API\nnot enabled").say(ID, "skip", 2.0)

    assert only(read_v2(run.source)).detail == Detail("Volume API. not enabled", "", ())


def test_the_reason_of_a_failure_is_its_exception_and_the_requests_those_refused(stream: Callable[[], Any]) -> None:
    traceback = (
        "Traceback (most recent call last):\n"
        '  File "x.py", line 1, in f\n    g()\n\n'
        "During handling of the above exception, another exception occurred:\n\n"
        "Traceback (most recent call last):\n"
        '  File "y.py", line 2, in g\n    raise exceptions.ServerFault(body)\n'
        "tempest.lib.exceptions.ServerFault: Got server fault\n"
        "Details: The server has either erred\n"
    )
    log = (
        "2026 1 INFO     [tempest.lib.common.rest_client] Request (C:t): 200 GET http://h/a 0.1s\n"
        "2026 1 INFO     [tempest.lib.common.rest_client] Request (C:t): 500 POST http://h/b?signature=s 0.1s\n"
        "    Response - Headers: {'x-compute-request-id': 'req-1', 'status': '500'}\n"
    )
    run = stream().say(ID, "inprogress", 1.0).attach(ID, "pythonlogging:''", log[:100])
    run.attach(ID, "pythonlogging:''", log[100:]).attach(ID, "traceback", traceback).say(ID, "fail", 2.0)

    assert only(read_v2(run.source)).detail == Detail(
        "tempest.lib.exceptions.ServerFault: Got server fault. Details: The server has either erred",
        traceback.rstrip(),
        (Request("POST", "http://h/b", 500, "req-1"),),
    )


def test_details_are_bounded(stream: Callable[[], Any]) -> None:
    traceback = "Traceback (most recent call last):\n" + '  File "x.py"\n' * 90_000 + "E: " + "m" * 3_000
    run = stream().say(ID, "inprogress", 1.0).attach(ID, "traceback", traceback).say(ID, "fail", 2.0)

    detail = only(read_v2(run.source)).detail
    assert detail is not None
    assert (len(detail.reason), len(detail.text)) == (MAX_REASON, MAX_TEXT)
    assert detail.reason.startswith("E: mmm")
    assert detail.text == traceback[-MAX_TEXT:]


def test_secrets_are_hidden_in_reasons_and_tracebacks(stream: Callable[[], Any]) -> None:
    line = "E: http://joe:hunter2@host/ {\"password\": \"hunter2\", 'X-Auth-Token': 'hunter2'} password=hunter2"
    run = stream().say(ID, "inprogress", 1.0).attach(ID, "traceback", line).say(ID, "fail", 2.0)

    detail = only(read_v2(run.source)).detail
    assert detail is not None
    assert "hunter2" not in detail.reason + detail.text


def test_attachments_larger_than_the_window_are_read(stream: Callable[[], Any]) -> None:
    run = stream()
    for number in range(4):
        test = f"{NAME}_{number}"
        run.say(test, "inprogress", 1.0).attach(test, "pythonlogging:''", b"\xb3" * 1_500_000)
        run.attach(test, "traceback", f"ValueError: {number}").say(test, "fail", 2.0)

    reading = read_v2(run.source)
    assert [attempt.reason for attempt in reading.attempts] == [f"ValueError: {number}" for number in range(4)]
    assert not reading.remarks


def test_a_file_and_a_stream_are_read_alike(stream: Callable[[], Any], file: Callable[[bytes], Any]) -> None:
    run = stream()
    for number in range(3_000):
        test = f"{NAME}_{number}[id-{UUID}]"
        run.say(test, "inprogress", float(number)).attach(test, "pythonlogging:''", b"x" * (number % 20_000))
        run.attach(test, "reason", "no").say(test, ("success", "skip")[number % 2], number + 0.5)

    assert read_v2(file(run.content)) == read_v2(run.source)


def test_a_recorded_run_says_the_same_in_both_versions(assets: Path) -> None:
    second = read_v2(source_of(str(assets / "subunit" / "object_server_stopped.v2.gz")))
    first = read_v1(source_of(str(assets / "subunit" / "object_server_stopped.v1.gz")))

    assert second.attempts == first.attempts
    assert not second.remarks + first.remarks
    assert Counter(attempt.outcome for attempt in second.attempts) == {
        Outcome.PASSED: 29,
        Outcome.FAILED: 28,
        Outcome.SKIPPED: 1,
    }
    assert {attempt.reason for attempt in second.attempts} == {
        "",
        "Skipped because of bug#2147232.",
        "tempest.lib.exceptions.UnexpectedResponseCode: Unexpected response code received. Details: 503",
    }
    first_failed = next(attempt for attempt in second.attempts if attempt.name.endswith("test_copy_object_2d_way"))
    assert first_failed.detail is not None
    assert first_failed.detail.requests == (
        Request(
            "PUT",
            "http://127.0.0.1:8080/v1/AUTH_89d0520553e14011bcd01146d6cc6111/tempest-TestContainer-2070165992/"
            "tempest-SrcObject-437554806",
            503,
            "txe025c2b888f04f8ea1846-006b020490",
        ),
    )


@pytest.mark.shared
@pytest.mark.parametrize("run", ["object-dynamic", "object-broken-server-stopped", "compute-dynamic-1"])
def test_each_recorded_run_says_the_same_in_both_versions(shared: Path, run: str) -> None:
    second = read_v2(source_of(str(shared / "runs" / run / "results.subunit")))
    first = read_v1(source_of(str(shared / "runs" / run / "results.subunit1.gz")))

    assert (second.attempts, second.truncated, second.remarks) == (first.attempts, first.truncated, first.remarks)


def test_a_process_that_died_is_a_trouble_and_stays_an_entry(stream: Callable[[], Any]) -> None:
    run = stream().attach("process-returncode", "traceback", "returncode -9")
    run.say("process-returncode", "fail", 1.0, test_tags={"worker-3"})
    reading = read_v2(run.source)
    assert [attempt.name for attempt in reading.attempts] == ["process-returncode"]
    assert reading.troubles == (
        Trouble(TroubleKind.ERROR, "a process that ran tests ended with an error (worker-3): returncode -9"),
    )


def test_a_module_that_cannot_be_imported_is_a_trouble_of_its_tests(stream: Callable[[], Any]) -> None:
    run = stream().attach("unittest.loader._FailedTest.pkg.mod", "traceback", "ImportError: no module named x")
    run.say("unittest.loader._FailedTest.pkg.mod", "fail", 1.0)
    assert read_v2(run.source).troubles == (
        Trouble(TroubleKind.ERROR, "pkg.mod could not be imported: ImportError: no module named x", "pkg.mod"),
    )


def test_a_second_outcome_without_a_new_beginning_is_no_later_attempt(memory: Callable[[bytes], Any]) -> None:
    stream = io.BytesIO()
    writer = subunit.StreamResultToBytes(stream)
    for number, status in enumerate(("inprogress", "fail", "success")):
        writer.status(
            test_id="a", test_status=status, timestamp=dt.datetime.fromtimestamp(1_700_000_000 + number, dt.UTC)
        )
    first, second = read_v2(memory(stream.getvalue())).attempts
    assert (first.outcome, first.started) == (Outcome.FAILED, 1_700_000_000 * 10**9)
    assert (second.outcome, second.started) == (Outcome.PASSED, None)
