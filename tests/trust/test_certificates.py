"""Certificates: what is looked at, what each fault is called, and that nothing unknown is ever *certified*."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.cli.exits import Exit, of_certificate
from certmark.domain.certification.status_lists import ListedState
from certmark.domain.results import Evidence, Outcome
from certmark.formats.certificates.certificate import certificate_bytes, certificate_in
from certmark.formats.certificates.status_list import status_list_bytes, status_list_in
from certmark.formats.errors import FormatError
from certmark.formats.guideline.reading import read
from certmark.reporting.certificate import conclusion
from certmark.trust.certificates.envelopes import opened_certificate, opened_status_list
from certmark.trust.signers.policy import Revocation, Revocations
from certmark.trust.signers.signers import AllowedSigner, Grant, Signers, ValidityPeriod, any_key
from support.issued import (
    GUIDELINE,
    NEXT_KEY,
    NOW,
    NUMBER,
    OFFICE_KEY,
    ask,
    certificate,
    evidence,
    outcomes_of,
    receipt_of,
    rewritten,
    row,
    run_of,
    sealed,
    status_list,
)


def test_a_certificate_that_holds_is_certified_as_of_the_list_that_is_named() -> None:
    result = ask()
    assert outcomes_of(result) == {"revocation": "not checked"}
    assert of_certificate(result) is Exit.CERTIFIED
    assert conclusion(result) == (
        "CERTIFIED: Acme, Acme Cloud 12 in RegionOne, for list under list, from 2026-11-21 until 2027-11-20; "
        "as of the status list of 2026-11-22 10:00 UTC"
    )


def test_what_is_published_has_outcomes_and_no_logs() -> None:
    told = certificate_bytes(certificate()).decode()
    assert '"outcome":"passed"' in told
    assert "Traceback" not in told
    assert "10.1.2.3" not in told
    assert "worker-1" not in told


@pytest.mark.parametrize(
    ("state", "word"), [(state, state.value) for state in ListedState if state is not ListedState.ACTIVE]
)
def test_every_state_but_active_ends_it(state: ListedState, word: str) -> None:
    result = ask(statuses=sealed(status_list(row(state, reason="product-changed"))))
    assert of_certificate(result) is Exit.ENDED
    assert conclusion(result).startswith("NOT CERTIFIED NOW: Acme,")
    assert f"{word} since 2026-11-21 12:00 UTC (reason: product-changed)" in conclusion(result)


STALE = sealed(status_list(issued=NOW - timedelta(days=3), next_update=NOW - timedelta(hours=1)))
AHEAD = sealed(status_list(issued=NOW + timedelta(hours=1)))
OLD_OF_REVOKED = sealed(
    status_list(row(ListedState.REVOKED), issued=NOW - timedelta(days=3), next_update=NOW - timedelta(hours=1))
)
OTHERS = sealed(status_list(row(number="OSP-2026-0001")))
BEFORE_IT = sealed(status_list(row(number="OSP-2026-0001"), issued=NOW - timedelta(days=2)))


@pytest.mark.parametrize(
    ("statuses", "status", "words"),
    [
        (None, Exit.UNCHECKED, "no status list is at hand"),
        (STALE, Exit.UNCHECKED, "is stale: the next one was due 2026-11-22 11:00 UTC"),
        (AHEAD, Exit.UNCHECKED, "is still to come"),
        (OLD_OF_REVOKED, Exit.ENDED, "revoked since"),
        (OTHERS, Exit.ENDED, "does not name it"),
        (BEFORE_IT, Exit.UNCHECKED, "is older than the certificate"),
        (sealed(status_list(), NEXT_KEY), Exit.UNCHECKED, "cannot be relied on: no key that signed is among"),
        (sealed(status_list(issuer="Another")), Exit.UNCHECKED, "cannot be relied on: it is of"),
        (rewritten(sealed(status_list()), NEXT_KEY), Exit.UNCHECKED, "none of the 1 keys that are known here made it"),
        (sealed(certificate()), Exit.UNCHECKED, "holds something else than a status list"),
        (b"{}", Exit.UNCHECKED, "is no DSSE envelope"),
    ],
)
def test_only_a_list_in_date_and_of_who_may_says_that_it_is_in_force(
    statuses: bytes | None, status: Exit, words: str
) -> None:
    result = ask(statuses=statuses)
    assert of_certificate(result) is status
    assert words in result.findings.steps[-1].sentence


@pytest.mark.parametrize(
    ("moment", "status", "words"),
    [
        (datetime(2026, 11, 20, 23, 59, tzinfo=UTC), Exit.ENDED, "is still to come"),
        (datetime(2027, 11, 20, 23, 59, tzinfo=UTC), Exit.CERTIFIED, "active, until 2027-11-20"),
        (datetime(2027, 11, 21, tzinfo=UTC), Exit.ENDED, "it was in force until 2027-11-20"),
    ],
)
def test_it_is_in_force_from_its_first_day_to_the_end_of_its_last(moment: datetime, status: Exit, words: str) -> None:
    listed = sealed(status_list(issued=moment - timedelta(hours=1), next_update=moment + timedelta(days=1)))
    early = datetime(2026, 11, 20, tzinfo=UTC)
    one = certificate()
    data = sealed(one._replace(issued=early, decision=one.decision._replace(decided=early)))
    result = ask(data, moment=moment, statuses=listed, receipts=())
    assert of_certificate(result) is status
    assert words in result.findings.steps[-1].sentence


def test_a_list_can_extend_and_shorten_it() -> None:
    later = datetime(2027, 12, 1, tzinfo=UTC)
    extended = status_list(row(until=date(2027, 12, 31)), issued=later, next_update=later + timedelta(days=1))
    assert of_certificate(ask(moment=later, statuses=sealed(extended))) is Exit.CERTIFIED
    shortened = sealed(status_list(row(until=date(2026, 11, 21))))
    assert of_certificate(ask(statuses=shortened)) is Exit.ENDED


def test_changed_bytes_are_told() -> None:
    data = sealed(certificate())
    document = json.loads(data)
    payload = document["payload"]
    changed = json.dumps({**document, "payload": payload[:-8] + "AAAA" + payload[-4:]}).encode()
    assert of_certificate(ask(changed, receipts=())) is Exit.SIGNATURE


def test_a_sound_signature_of_somebody_else_is_another_answer() -> None:
    assert of_certificate(ask(sealed(certificate(), NEXT_KEY))) is Exit.SIGNER
    one = certificate(signer=OFFICE_KEY.public.line)
    assert of_certificate(ask(rewritten(sealed(one), NEXT_KEY))) is Exit.SIGNATURE


def test_outcomes_that_give_another_verdict_are_told() -> None:
    failed = run_of(evidence(b=Outcome.FAILED))
    forged = failed._replace(standing=run_of().standing, totals=run_of().totals)
    assert of_certificate(ask(sealed(certificate(runs=(forged,))))) is Exit.VERDICT
    other_counts = run_of()._replace(totals=failed.totals)
    assert of_certificate(ask(sealed(certificate(runs=(other_counts,))))) is Exit.VERDICT


def test_nothing_and_a_failure_are_certified_by_nobody() -> None:
    assert of_certificate(ask(sealed(certificate(runs=())))) is Exit.VERDICT
    assert of_certificate(ask(sealed(certificate(runs=(run_of(evidence(b=Outcome.FAILED)),))))) is Exit.VERDICT


def test_the_worst_of_its_regions_counts() -> None:
    runs = (run_of(), run_of(evidence(c=Outcome.FAILED)))
    assert certificate(runs=runs).standing.value == "fail"
    assert of_certificate(ask(sealed(certificate(runs=runs)))) is Exit.VERDICT


def test_without_the_text_of_the_guideline_nothing_is_computed() -> None:
    assert of_certificate(ask(guidelines=())) is Exit.UNCHECKED
    other = read(b"tempest.api.test_z\n", "list.txt")
    assert of_certificate(ask(guideline=other)) is Exit.GUIDELINE
    assert of_certificate(ask(guideline=GUIDELINE, guidelines=())) is Exit.CERTIFIED


def test_a_receipt_is_of_this_certificate_and_of_a_possible_time() -> None:
    data = sealed(certificate())
    assert of_certificate(ask(data, receipts=(receipt_of(b"another"),))) is Exit.RECEIPT
    before = receipt_of(data, NOW - timedelta(days=5))
    assert of_certificate(ask(data, receipts=(before,))) is Exit.RECEIPT


ROTATED = Signers(
    "the trust of the programme",
    (
        AllowedSigner("office", OFFICE_KEY.public, ValidityPeriod(None, datetime(2027, 1, 31, tzinfo=UTC))),
        AllowedSigner("office of later", NEXT_KEY.public, ValidityPeriod(datetime(2027, 1, 1, tzinfo=UTC), None)),
    ),
    (Grant(("office", "office of later"), ("openstack",)),),
)


def test_a_key_that_was_replaced_in_time_leaves_what_it_signed() -> None:
    later = datetime(2027, 3, 1, tzinfo=UTC)
    span = {"issued": later - timedelta(hours=1), "next_update": later + timedelta(days=1)}
    listed = sealed(status_list(**span), NEXT_KEY)
    assert of_certificate(ask(moment=later, signers=ROTATED, statuses=listed)) is Exit.CERTIFIED
    assert of_certificate(ask(moment=later, signers=ROTATED, statuses=listed, receipts=())) is Exit.EXPIRED
    by_old = sealed(status_list(**span))
    assert of_certificate(ask(moment=later, signers=ROTATED, statuses=by_old)) is Exit.UNCHECKED


@pytest.mark.parametrize("key", [OFFICE_KEY, NEXT_KEY])
def test_while_keys_overlap_each_may_sign_lists(key: object) -> None:
    assert key in {OFFICE_KEY, NEXT_KEY}
    moment = datetime(2027, 1, 15, tzinfo=UTC)
    span = {"issued": moment - timedelta(hours=1), "next_update": moment + timedelta(days=1)}
    listed = sealed(status_list(**span), OFFICE_KEY if key is OFFICE_KEY else NEXT_KEY)
    assert of_certificate(ask(moment=moment, signers=ROTATED, statuses=listed)) is Exit.CERTIFIED


def test_a_grant_is_for_its_programmes() -> None:
    others = ROTATED._replace(grants=(Grant(("office",), ("scs",)),))
    assert of_certificate(ask(signers=others)) is Exit.SIGNER


def test_a_compromised_key_spares_what_a_receipt_shows_to_be_older() -> None:
    def revoked_since(moment: datetime) -> Revocations:
        return Revocations("the list", {OFFICE_KEY.public.id: Revocation("stolen", moment)}, {}, unchecked=None)

    both = any_key([OFFICE_KEY.public, NEXT_KEY.public])
    by_next = sealed(status_list(), NEXT_KEY)
    since = revoked_since(NOW - timedelta(hours=10))
    assert of_certificate(ask(signers=both, revocations=since, statuses=by_next)) is Exit.CERTIFIED
    assert of_certificate(ask(signers=both, revocations=since, statuses=by_next, receipts=())) is Exit.REVOKED
    before = revoked_since(NOW - timedelta(days=10))
    assert of_certificate(ask(signers=both, revocations=before, statuses=by_next)) is Exit.REVOKED
    # A list has no receipt: one of a key that was revoked says nothing.
    assert of_certificate(ask(signers=both, revocations=since)) is Exit.UNCHECKED


def test_what_is_written_is_read_back() -> None:
    one = certificate()
    assert certificate_in(json.loads(certificate_bytes(one)), "it") == one._replace(
        runs=tuple(run._replace(evidence=_to_microseconds(run.evidence)) for run in one.runs)
    )
    rows = (
        row(),
        row(
            ListedState.REVOKED,
            number="X-1",
            reason="forged evidence",
            effective=NOW,
            until=date(2027, 1, 1),
            regions=("R",),
            successor="X-2",
        ),
    )
    listed = status_list(*rows)
    assert status_list_in(json.loads(status_list_bytes(listed)), "it") == listed


def _to_microseconds(pieces: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    return tuple(
        piece._replace(
            attempts=tuple(one._replace(started=(one.started or 0) // 1000 * 1000) for one in piece.attempts)
        )
        for piece in pieces
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"number": "../../etc"}, '"number"'),
        ({"number": None}, '"number"'),
        ({"issuer": "a\u202eb"}, '"issuer"'),
        ({"unknown": 1}, "is not known"),
        ({"version": 2}, "version"),
        ({"valid_until": "2026-01-01"}, "before the first day"),
        ({"runs": {}}, '"runs"'),
        ({"runs": [{}] * 300}, "more than 256"),
        ({"judgement": None}, "must be a mapping"),
        ({"judgement": {}}, "guideline"),
        ({"judgement": {"policy": "none"}}, "guideline"),
        ({"decision": 7}, "must be a mapping"),
        ({"mark": []}, "must be a mapping"),
        ({"statement": ["x"]}, "must be a mapping"),
        ({"issued": "yesterday"}, '"issued"'),
        ({"evaluator": None}, "evaluator"),
    ],
)
def test_what_is_no_certificate_is_one_sentence(change: dict[str, Any], words: str) -> None:
    result = ask(rewritten(sealed(certificate()), **change), receipts=())
    assert of_certificate(result) is Exit.SIGNATURE
    assert words in result.findings.steps[0].sentence


OUTCOMES = json.loads(certificate_bytes(certificate()))["runs"]


@pytest.mark.parametrize(
    "outcomes",
    [
        None,
        [1],
        [{}],
        [{"attempts": [1]}],
        [{"attempts": [{"name": "a", "outcome": "passed", "detail": {"reason": "x"}}]}],
        [{**OUTCOMES[0]["outcomes"][0], "attempts": [{"name": "a", "outcome": "fine"}]}],
        [{**OUTCOMES[0]["outcomes"][0], "attempts": [{"name": "a", "outcome": "passed", "started": "x"}]}],
        [{**OUTCOMES[0]["outcomes"][0], "attempts": [{"name": "a", "outcome": "passed", "window": [2, 1]}]}],
    ],
)
def test_what_are_no_outcomes_is_one_sentence(outcomes: object) -> None:
    changed = rewritten(sealed(certificate()), runs=[{**OUTCOMES[0], "outcomes": outcomes}])
    result = ask(changed, receipts=())
    assert of_certificate(result) is Exit.SIGNATURE


@pytest.mark.parametrize(
    "change",
    [
        {"certificates": [{"number": NUMBER}]},
        {"certificates": [{"number": NUMBER, "state": "fine", "since": "2026-01-01T00:00:00Z"}]},
        {"certificates": [{"number": NUMBER, "state": "active", "since": "2026-01-01T00:00:00Z"}] * 2},
        {"next_update": "2020-01-01T00:00:00Z"},
        {"edition": 0},
        {"unknown": 1},
    ],
)
def test_what_is_no_status_list_tells_nothing(change: dict[str, Any]) -> None:
    assert of_certificate(ask(statuses=rewritten(sealed(status_list()), **change))) is Exit.UNCHECKED


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["format", "version", "number", "judgement", "runs", "outcomes", "payloadType", "payload", "signatures"]
    ) | st.text(max_size=5), inner, max_size=5),
).map(lambda value: json.dumps(value).encode()))  # fmt: skip
def test_whatever_comes_is_a_finding_or_a_refusal(data: bytes) -> None:
    for opened in (opened_certificate, opened_status_list):
        with pytest.raises(FormatError):
            opened(data, "it")
    assert of_certificate(ask(data, receipts=())) is Exit.SIGNATURE
