from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.cli.errors import sentence_of
from certmark.domain.results import Attempt, Outcome
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import Reading
from certmark.formats.results.refstack import read_upload, write_upload

U1 = "11111111-1111-4111-8111-111111111111"
U2 = "22222222-2222-4222-8222-222222222222"


def upload(*results: Any, **more: Any) -> bytes:
    return json.dumps({"cpid": "f00d", "duration_seconds": 12, "results": list(results), **more}).encode()


def test_every_entry_is_a_pass_and_nothing_is_said_of_the_others() -> None:
    data = upload(
        {"name": "a.B.c", "uuid": U1.upper()}, {"name": f"a.B.d[id-{U2},smoke](x)"}, {"name": "a.B.e", "uuid": None}
    )
    assert read_upload(data, "0.json") == Reading(
        "refstack-upload",
        (
            Attempt("a.B.c", U1, Outcome.PASSED),
            Attempt("a.B.d(x)", U2, Outcome.PASSED, attributes=("smoke",)),
            Attempt("a.B.e", None, Outcome.PASSED),
        ),
        passes_only=True,
    )


def test_what_is_odd_is_told() -> None:
    data = upload(
        {"name": "a.B.c", "uuid": U1, "uid": U2},
        {"name": "a.B.c", "uuid": U1},
        {"name": "a.B.d", "uuid": "garbage", "time": 3},
        {"name": "a.B.e", "uuid": 7},
        signed_by="me",
    )
    reading = read_upload(data, "0.json")
    assert [(attempt.name, attempt.uuid) for attempt in reading.attempts] == [
        ("a.B.c", U1),
        ("a.B.d", None),
        ("a.B.e", None),
    ]
    assert reading.remarks == (
        'keys that an upload has not were ignored: "signed_by", "time"',
        '2 ids are no uuid and ignored: "garbage", "7"',
        "1 entry repeats a test that is named already",
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"[]", "0.json is JSON, but a list and not an upload of RefStack or a report of certmark"),
        (b'{"a": 1}', '0.json is JSON of another kind (it has "a" and no "results"); name a file of results'),
        (b"{}", '0.json is JSON of another kind (it has nothing and no "results"); name a file of results'),
        (b'{"capabilities": {}}', "0.json is a guideline, not results; give it with --guideline"),
        (b'{"results": []}', '0.json has no "cpid", so it is no upload of RefStack; name the file that was uploaded'),
        (b'{"results": 1, "cpid": ""}', '0.json: "results" is no list; name the file that was uploaded'),
        (upload({"name": ""}), '0.json, results[0] has no "name"; an upload names every test that passed'),
        (upload("a"), '0.json, results[0] has no "name"; an upload names every test that passed'),
        (upload({"name": "n" * 9_000}), "0.json, results[0]: a test's name of 9,000 characters is no name"),
        (
            b"{",
            "0.json is no JSON (line 1, column 2: Expecting property name enclosed in double quotes); name another file, or mend it there",
        ),
        (b'{"a": "\xff"}', "0.json is no JSON: byte 7 is not UTF-8; write it in UTF-8"),
        (b"[" * 100_000, "0.json is JSON nested deeper than anything that is read here"),
        (b"[1" + b"1" * 5_000 + b"]", "0.json is no JSON that is read here: a number in it is too long"),
        (b"[" + b"1," * 4_000_001 + b"1]", "0.json has more than 4,000,000 values, too many for JSON of one run"),
        (bytes(65 << 20), "0.json has more than 64 MiB, too much for an upload of RefStack"),
    ],
    ids=lambda value: str(value[:24]),
)
def test_what_is_no_upload_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableResults) as refusal:
        read_upload(data, "0.json")
    assert sentence_of(refusal.value) == sentence


def test_what_is_written_is_what_refstack_client_would_send() -> None:
    out = io.BytesIO()
    write_upload(
        [
            Attempt("tempest.a.B.c", U1, Outcome.PASSED, attributes=("smoke",)),
            Attempt("tempest.a.B.d", U2, Outcome.FAILED),
            Attempt("setUpClass (tempest.a.B)", None, Outcome.PASSED),
            Attempt("tempest.passed.noid", None, Outcome.PASSED),
            Attempt("tempest.a.B.c", U1, Outcome.PASSED),
        ],
        out,
        cpid="f00d",
        duration_seconds=12,
    )
    assert out.getvalue() == (
        b'{"cpid": "f00d", "duration_seconds": 12, "results": [{"name": "tempest.a.B.c", '
        b'"uuid": "11111111-1111-4111-8111-111111111111"}, {"name": "tempest.passed.noid"}]}'
    )


_NAMES = st.text(min_size=1).filter(lambda name: bool(name.strip()) and not {"[", ")"} & {*name})


@given(st.lists(st.tuples(_NAMES, st.sampled_from([None, U1])).map(lambda pair: Attempt(*pair, Outcome.PASSED))))
def test_what_is_written_reads_back(attempts: list[Attempt]) -> None:
    out = io.BytesIO()
    write_upload(attempts, out, cpid="x", duration_seconds=0)
    first = {attempt.name: attempt for attempt in reversed(attempts)}
    assert {attempt.name: attempt for attempt in read_upload(out.getvalue(), "0.json").attempts} == first


def test_the_servers_record_of_a_result_is_read_names_and_all() -> None:
    record = {
        "id": "f75c4c91",
        "created_at": "2020-12-01 10:00:00",
        "duration_seconds": 12,
        "results": ["a.B.c", "a.B.d[id-638f876d-6a43-482a-bbb3-0840bca101c6]"],
        "meta": {"guideline": "2020.11.json", "target": "object"},
        "url": "https://refstack.example/#/results/f75",
        "user_role": "user",
        "verification_status": 0,
        "product_version": None,
    }
    said = (
        'it is RefStack\'s record of the result "f75c4c91", created "2020-12-01 10:00:00" (guideline "2020.11.json", '
        'target "object"); it names tests without ids'
    )
    assert read_upload(json.dumps(record).encode(), "0.json") == Reading(
        "refstack-upload",
        (
            Attempt("a.B.c", None, Outcome.PASSED),
            Attempt("a.B.d", "638f876d-6a43-482a-bbb3-0840bca101c6", Outcome.PASSED),
        ),
        passes_only=True,
        remarks=(said,),
    )


@pytest.mark.parametrize("said", [{"status": "fail"}, {"passed": False}, {"skipped": True}, {"state": "odd"}])
def test_an_entry_that_says_that_it_did_not_pass_is_no_pass(said: dict[str, Any]) -> None:
    with pytest.raises(UnreadableResults, match="an upload names passed tests only"):
        read_upload(upload({"name": "a.B.c", **said}), "0.json")


def test_an_entry_whose_name_says_another_id_stands_with_both_so_that_it_settles_neither() -> None:
    reading = read_upload(upload({"name": f"a.B.c[id-{U2}]", "uuid": U1}), "0.json")
    assert [(attempt.name, attempt.uuid) for attempt in reading.attempts] == [("a.B.c", U1), ("a.B.c", U2)]
    assert reading.remarks == ()
