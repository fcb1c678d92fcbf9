"""The rules of `domain.outages`, by tables of cases."""

from __future__ import annotations

import pytest

from certmark.domain.outages import (
    PATIENCE,
    AnswersInARow,
    ClassSpan,
    Outage,
    ServiceAnswer,
    TouchedClass,
    absence,
    is_given_up,
    is_suspect,
    touched,
    without_outages,
)
from certmark.domain.results import Attempt, Evidence, Outcome

REASONS = {
    "tempest.lib.exceptions.ServerFault: Got server fault Details: 503": True,
    "tempest.lib.exceptions.UnexpectedResponseCode: Unexpected response code received Details: 503": True,
    "tempest.lib.exceptions.Unauthorized: Unauthorized Details: b'<html><h1>Unauthorized</h1>'": True,
    "urllib3.exceptions.MaxRetryError: HTTPConnectionPool(host='a', port=1): Max retries exceeded": True,
    "urllib3.exceptions.NewConnectionError: Failed to establish a new connection: [Errno 111] Connection refused": True,
    "urllib3.exceptions.NameResolutionError: Failed to resolve 'swift'": True,
    "socket.gaierror: [Errno -2] Name or service not known": True,
    "tempest.lib.exceptions.TimeoutException: Request timed out": True,
    "tempest.lib.exceptions.Forbidden: Forbidden Details: b'<html>'": False,
    "tempest.lib.exceptions.OverLimit: Request entity is too large Details: Upload exceeds quota.": False,
    "testtools.matchers._impl.MismatchError: 200 != 204": False,
    "AssertionError: 15003 is not 15004": False,
    "": False,
}


@pytest.mark.parametrize(("reason", "is_one"), REASONS.items())
def test_rule_1_what_fails_as_nobody_answered_is_suspect(reason: str, *, is_one: bool) -> None:
    assert is_suspect(is_failure=True, reason=reason) is is_one
    assert not is_suspect(is_failure=False, reason=reason)


def test_rule_2_three_in_a_row_are_enough_and_a_pass_ends_the_row() -> None:
    row = AnswersInARow().after_suspect(30.0).after_suspect(20.0)
    assert not row.is_enough
    assert row.after_suspect(40.0) == AnswersInARow(3, 20.0)
    assert row.after_suspect(40.0).is_enough
    assert row.after_pass() == AnswersInARow()
    assert row.after_answer() == AnswersInARow(enough=6)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([], None),
        ([ServiceAnswer("identity", 200), ServiceAnswer("object-store", 204)], None),
        ([ServiceAnswer("identity", 401)], None),
        ([ServiceAnswer("identity", 200), ServiceAnswer("object-store", 429)], None),
        ([ServiceAnswer("identity", 200), ServiceAnswer("object-store", 503)], "object-store answers 503"),
        ([ServiceAnswer("identity", None, "http://a refuses the connection")], "http://a refuses the connection"),
        ([ServiceAnswer("compute", None)], "compute gives no answer"),
    ],
)
def test_rule_2_who_gives_no_answer_or_5xx_is_away(answers: list[ServiceAnswer], said: str | None) -> None:
    assert absence(answers) == said


def test_rule_4_what_was_under_way_since_is_touched() -> None:
    spans = [
        ClassSpan("before", "s", 0.0, 9.9),
        ClassSpan("across", "s", 5.0, 12.0),
        ClassSpan("within", "t", 11.0, 13.0),
        ClassSpan("still", "u", 1.0),
    ]
    assert [one.name for one in touched(spans, 10.0)] == ["across", "within", "still"]


OUTAGE = Outage(100.0, "swift answers 503", (TouchedClass("m.A", "w0-a1.subunit"),), until=200.0, is_over=True)


def attempt(name: str, outcome: Outcome, ended: float | None) -> Attempt:
    started = None if ended is None else round((ended - 1) * 1e9)
    return Attempt(name, None, outcome, started=started, seconds=None if ended is None else 1.0)


@pytest.mark.parametrize(
    ("name", "outcome", "ended", "read"),
    [
        ("m.A.test", Outcome.FAILED, 99.0, Outcome.FAILED),
        ("m.A.test", Outcome.FAILED, 150.0, Outcome.UNFINISHED),
        ("m.A.test", Outcome.FAILED, 201.0, Outcome.FAILED),
        ("m.A.test", Outcome.FAILED, None, Outcome.UNFINISHED),
        ("m.A.test", Outcome.PASSED, 150.0, Outcome.PASSED),
        ("m.A.test", Outcome.SKIPPED, 150.0, Outcome.UNFINISHED),
        ("setUpClass (m.A)", Outcome.FAILED, 150.0, Outcome.UNFINISHED),
        ("tearDownClass (m.A)", Outcome.FAILED, 150.0, Outcome.UNFINISHED),
        ("m.B.test", Outcome.FAILED, 150.0, Outcome.FAILED),
    ],
)
def test_rule_5_what_failed_meanwhile_counts_as_not_finished(
    name: str, outcome: Outcome, ended: float | None, read: Outcome
) -> None:
    piece = Evidence("w0-a1.subunit", "subunit-v2", 1, None, (attempt(name, outcome, ended),))
    (found,) = without_outages(piece, [OUTAGE]).attempts
    assert found.outcome is read
    assert ("swift answers 503" in found.reason) is (read is not outcome)
    other = piece._replace(name="w1-a1.subunit")
    assert without_outages(other, [OUTAGE]) is other


def test_rule_5_without_an_end_everything_since_is_meanwhile() -> None:
    piece = Evidence("w0-a1.subunit", "subunit-v2", 1, None, (attempt("m.A.test", Outcome.FAILED, 1e6),))
    assert without_outages(piece, [OUTAGE._replace(until=None)]).attempts[0].outcome is Outcome.UNFINISHED


@pytest.mark.parametrize(("seconds", "is_one"), [(0.0, False), (PATIENCE - 1, False), (PATIENCE, True)])
def test_rule_6_a_cloud_is_waited_for_and_then_given_up(seconds: float, *, is_one: bool) -> None:
    assert is_given_up(1000.0, 1000.0 + seconds) is is_one


def test_a_reader_of_the_verdict_is_told_from_when_to_when() -> None:
    assert OUTAGE.sentence == (
        "the cloud was away from 1970-01-01 00:01:40 to 1970-01-01 00:03:20 UTC (swift answers 503); "
        "1 class was run again"
    )
    assert OUTAGE._replace(until=1e300, is_over=False).sentence == (
        "the cloud was away from 1970-01-01 00:01:40 UTC on (swift answers 503); "
        "what was under way or left then says nothing of its conformity"
    )
