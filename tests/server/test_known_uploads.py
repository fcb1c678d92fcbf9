"""Uploads of tests that the server knows are read quickly, and come to the same as by the long way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.programs import demand_of, find_program
from certmark.domain.results import Outcome
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load
from certmark.formats.results.refstack import read_upload
from certmark.server.asking import Asker
from certmark.server.numbering import KnownTest
from certmark.server.reading import reader
from certmark.server.reading.known import KnownUploads
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.store.database import Transaction

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
def upload(tmp_path: Path) -> Iterator[Any]:
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
        quick = reader._known(_request(services, file), _learnt(services))
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


def _learnt(services: Services) -> KnownUploads:
    known = KnownUploads()
    known.learn(services.dictionary.known)
    return known


def _request(services: Services, file: Path) -> Any:
    revision = runs.guidelines.revision_of(services, "2026.11")
    return runs._request(services, file, "f", revision, "object")


def test_an_upload_takes_five_statements_at_most(
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
        assert len(statements) <= 5, statements
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
    with pytest.raises(runs.NotFound, match="no whole run of acme/cloud"):
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
