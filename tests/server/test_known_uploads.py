"""Uploads of tests that the server knows are read quickly, and come to the same as by the long way."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from msgspec.structs import replace

from certmark.domain.masks import counted_verdict
from certmark.domain.programs import demand_of, find_program
from certmark.domain.results import Outcome, Results
from certmark.domain.sentences import sentence
from certmark.domain.verdicts import judge
from certmark.formats.guideline import load
from certmark.formats.guideline.reading import read as read_guideline
from certmark.formats.results.refstack import read_upload
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.numbering import KnownTest
from certmark.server.opening import add_identity
from certmark.server.reading import reader
from certmark.server.reading.claims import read_with_facts
from certmark.server.reading.known import KnownUploads
from certmark.server.services import guidelines, listings, runs, sources
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.services.verifying import verify
from certmark.server.store import dictionary
from certmark.server.store import guidelines as stored_guidelines
from certmark.server.store.database import Transaction
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter
from certmark.server.store.runs import RunRow
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
U1, U2 = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
KNOWN = [
    KnownTest(1, "m.A.test_a", U1),
    KnownTest(2, "m.A.test_b", ""),
    KnownTest(5, "m.A.test_b", U2),
    KnownTest(7, "m.Ä.test_ü", U2),
    KnownTest(8, "setUpClass (m.A)", ""),
    KnownTest(9, f"m.A.odd[id-{U1}]", U2),
]
entries = st.fixed_dictionaries(
    {"name": st.sampled_from([*(test.name for test in KNOWN), f"m.A.test_a[id-{U1}]", "m.new", ""])},
    optional={
        "uuid": st.sampled_from([U1, U2, U1.upper(), f"id-{U1}", "", "x", None, 3]),
        "status": st.sampled_from(["pass", "fail"]),
    },
)
documents = st.fixed_dictionaries(
    {"results": st.lists(entries, max_size=4)},
    optional={
        "cpid": st.sampled_from(["a", 1, None]),
        "duration_seconds": st.sampled_from([1, 1.5, -1, "1", None]),
        "format": st.just("certmark-report"),
        "more": st.just(1),
    },
)


@given(document=documents, form=st.sampled_from(["plain", "indented", "ascii", "cut", "mark"]))
def test_the_quick_way_reads_what_the_long_way_reads_or_nothing(document: dict[str, Any], form: str) -> None:
    known = KnownUploads()
    known.learn(KNOWN)
    text = json.dumps(document, ensure_ascii=form == "ascii", indent=2 if form == "indented" else None)
    data = (("\ufeff" if form == "mark" else "") + text).encode()[: -1 if form == "cut" else None]
    outcomes = known.outcomes(data)
    if outcomes is not None:
        reading = read_upload(data, "f")
        assert reading.remarks == ()
        numbers = {(test.name, test.uuid or None): test.number for test in KNOWN}
        found = {numbers[one.name, one.uuid] for one in reading.attempts}
        assert {number for number, outcome in enumerate(outcomes) if outcome} == found
        assert all(one.outcome is Outcome.PASSED for one in reading.attempts)


def test_an_ordinary_upload_goes_the_quick_way() -> None:
    known = KnownUploads()
    known.learn(KNOWN)
    results = [{"name": "m.A.test_a", "uuid": U1}, {"name": "m.A.test_b"}]
    assert known.outcomes(json.dumps({"cpid": "c", "duration_seconds": 1, "results": results}).encode()) is not None


@pytest.mark.parametrize(
    "data", [b"{", b'{"results": ' + b"[" * 100_000, b"\xff", b"{}", b'{"cpid": "a", "results": []}']
)
def test_what_is_no_such_upload_is_left_to_the_long_way(data: bytes) -> None:
    assert KnownUploads().outcomes(data) is None


@pytest.fixture
def upload(tmp_path: Path) -> Any:
    guideline = load("2026.11")
    tests = list(demand_of(guideline, find_program(guideline, "object")).tests.values())

    def written(without: int = 0, *, renamed: bool = False) -> Path:
        entries = [{"name": test.name, **({"uuid": test.uuid} if test.uuid else {})} for test in tests[without:]]
        if renamed:
            entries[0]["name"] = "tempest.api.renamed.Test.test_it"
        file = tmp_path / f"{uuid4()}.json"
        file.write_text(json.dumps({"cpid": "c", "duration_seconds": 1, "results": entries}))
        return file

    return written


def about(**more: Any) -> AboutRun:
    return AboutRun(name="upload.json", guideline="2026.11", program="object", **more)


def test_both_ways_give_the_same_run(services: Services, ada: Asker, upload: Any) -> None:
    for made in ({}, {"without": 1}, {"renamed": True}, {"without": 30}):
        file = upload(**made)
        first = runs.receive(services, ada, file, about())  # some test may be new
        second = runs.receive(services, ada, file, about())
        quick = reader._known(_request(services, file), _learnt(services))  # noqa: SLF001 - the way itself
        assert quick is not None, made
        for one, other in ((first, second),):
            assert (one.standing, one.is_partial, one.sentence, one.as_of) == (
                other.standing,
                other.is_partial,
                other.sentence,
                other.as_of,
            )
        assert sorted(runs.results(services, ada, first.id)[1]) == sorted(runs.results(services, ada, second.id)[1])
        _, judged = runs.verdict(services, ada, second.id, VerdictRequest(form="json"))
        assert (judged.standing, judged.sentence, judged.is_partial) == (
            second.standing,
            second.sentence,
            second.is_partial,
        )


def test_what_was_kept_the_quick_way_is_what_is_computed_again(services: Services, ada: Asker, upload: Any) -> None:
    file = upload()
    for made in (file, upload(without=2), file):
        runs.receive(services, ada, made, about())
    assert list(verify(services)) == []


def _learnt(services: Services) -> KnownUploads:
    known = KnownUploads()
    known.learn(services.dictionary.known)
    return known


def _request(services: Services, file: Path) -> Any:
    revision = guidelines.revision_of(services, "2026.11")
    return replace(runs._request(services, file, "f", revision, "object"), by_number=True)  # noqa: SLF001 - as the service asks


def test_an_upload_takes_five_statements_and_one_where_its_evidence_is_kept_apart(
    services: Services, ada: Asker, upload: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.xml"
    log = "x" * (300 << 10)
    large.write_text(
        f'<testsuite><testcase classname="a.B" name="c"><system-out>{log}</system-out></testcase></testsuite>'
    )
    for file in (upload(), large):
        runs.receive(services, ada, file, about())
    statements: list[str] = []
    for kind in {type(_written(services)), Transaction}:
        for name in ("run", "many"):
            _counted(monkeypatch, kind, name, statements)
    for file in (upload(), large):
        statements.clear()
        run = runs.receive(services, ada, file, about(key=file.name, tags={"a": "b", "c": "d"}))
        assert len(statements) <= 5 + ("evidence.add" in statements), statements
        statements.clear()
        assert runs.receive(services, ada, file, about(key=file.name)).id == run.id
        assert statements == ["runs.earlier"]
        for look in (runs.show, runs.results):
            statements.clear()
            look(services, ada, run.id)
            assert len(statements) <= 2, statements


def _written(services: Services) -> Transaction:
    with services.database.write() as transaction:
        found: Transaction = transaction
    return found


def _counted(monkeypatch: pytest.MonkeyPatch, kind: type, name: str, statements: list[str]) -> None:
    if name not in vars(kind):
        return
    real = vars(kind)[name]

    def counting(self: Transaction, statement: Any, *rows: Any, **values: Any) -> Any:
        statements.append(statement.name)
        return real(self, statement, *rows, **values)

    monkeypatch.setattr(kind, name, counting)


def test_a_partial_run_does_not_replace_the_last_whole_one(
    services: Services, ada: Asker, bob: Asker, upload: Any
) -> None:
    of_acme = {"vendor": "acme", "product": "cloud"}
    whole = runs.receive(services, ada, upload(), about(**of_acme))
    partial = runs.receive(services, ada, upload(without=3), about(**of_acme))
    assert (whole.is_partial, partial.is_partial) == (False, True)
    program = whole.program or ""
    assert runs.latest_whole(services, ada, program=program, **of_acme).id == whole.id
    newer = runs.receive(services, ada, upload(), about(**of_acme))
    assert runs.latest_whole(services, ada, program=program, **of_acme).id == newer.id
    with pytest.raises(NotFound, match="no whole run of acme/cloud"):
        runs.latest_whole(services, bob, program=program, **of_acme)
    runs.delete(services, ada, newer.id)
    assert runs.latest_whole(services, ada, program=program, **of_acme).id == whole.id


def test_many_who_send_at_once_are_all_kept(services: Services, ada: Asker, upload: Any) -> None:
    files = [upload(without=number % 7, renamed=number % 2 == 0) for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda file: runs.receive(services, ada, file, about(key=file.name)), files * 2))
    assert len({run.id for run in found}) == len(files)
    for run, file in zip(found, files * 2, strict=True):
        with runs.received(services, ada, run.id) as (_, copy):
            assert copy.read_bytes() == file.read_bytes()


def test_tests_beyond_those_of_which_readers_are_told_come_to_the_same(
    services: Services, ada: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dictionary, "MOST_KNOWN", 61)
    names = [f"m.T.test_{number:03}" for number in range(100)]
    place = tmp_path / "g.json"
    place.write_text(json.dumps(guideline_document({name: {"idempotent_id": ""} for name in names[50:90]})))
    sources.add(services, str(place))

    def sent(chosen: list[str]) -> RunRow:
        file = tmp_path / "u.json"
        file.write_text(json.dumps({"cpid": "c", "results": [{"name": name} for name in chosen]}))
        return runs.receive(services, ada, file, AboutRun(name="u.json", guideline="2030.01", program="P"))

    whole, again, first, last = sent(names), sent(names), sent(names[:60]), sent(names[60:])
    assert len(services.dictionary.known) == 60
    assert [(one.standing, one.sentence) for one in (whole, again)] == [("pass", whole.sentence)] * 2
    assert (first.standing, last.standing) == ("incomplete", "incomplete")
    assert {one.name for one in runs.results(services, ada, again.id)[1]} == set(names)
    page = listings.history_of_test(services, ada, names[99], RunFilter(), behind=None, most=9)
    assert [moment.run.id for moment in page.moments] == [last.id, again.id, whole.id]
    assert list(verify(services)) == []


wanted_tests = st.dictionaries(
    st.sampled_from([f"m.A.test_{sign}" for sign in "abcdef"]),
    st.fixed_dictionaries(
        {"idempotent_id": st.sampled_from(["", f"id-{U1}", f"id-{U2}"])},
        optional={
            "aliases": st.lists(st.sampled_from(["m.A.test_a", "m.A.test_f", "m.B.old"]), max_size=2, unique=True),
            "flagged_reason": st.just("broken"),
        },
    ),
    min_size=1,
    max_size=4,
)
sent_tests = st.lists(
    st.tuples(
        st.sampled_from([*(f"m.A.test_{sign}" for sign in "abcdef"), "m.B.old", "m.B.other"]),
        st.sampled_from([None, U1, U2]),
    ),
    min_size=1,
    max_size=6,
)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(required=wanted_tests, sent=sent_tests, level=st.sampled_from(["required", "advisory"]))
def test_what_is_kept_of_an_upload_is_what_judge_says(
    lasting: Services, tmp_path: Path, required: dict[str, Any], sent: list[tuple[str, str | None]], level: str
) -> None:
    for test in required.values():
        if reason := test.pop("flagged_reason", None):
            test["flagged"] = {"reason": reason, "date": "2026-01-01", "action": "flag"}
    guideline = guideline_document(required, level=level)
    text = json.dumps(guideline).encode()
    revision = Revision(hashlib.sha256(text).digest(), "2030.01", "approved", "", 1)
    asker = Asker(add_identity(lasting, str(uuid4())), "ada", EVERYTHING)
    with lasting.database.write() as transaction:
        stored_guidelines.add(transaction, revision, text)
    entries = [{"name": name, **({"uuid": uuid} if uuid else {})} for name, uuid in sent]
    file = tmp_path / "u.json"
    file.write_text(json.dumps({"cpid": "c", "duration_seconds": 1, "results": entries}))
    about = AboutRun(name="u.json", guideline=revision.digest.hex(), program="P")
    read_guideline_ = read_guideline(text, "g")
    results = Results(read_with_facts(reader._source(str(file), "u.json"))[0])  # noqa: SLF001 - as it reads
    for _ in range(2):  # the second one is of known tests
        run = runs.receive(lasting, asker, file, about)
        day = dt.date.fromisoformat(run.as_of or "")
        verdict = judge(read_guideline_, read_guideline_.programs[0], results, (), as_of=day)
        expected = verdict.standing.value, sentence(verdict), counted_verdict(verdict).is_partial
        assert (run.standing, run.sentence, run.is_partial) == expected
