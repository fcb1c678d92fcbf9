"""Runs are received, kept, judged, shown and deleted: on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.formats.errors import UnreadableResults
from certmark.server.asking import STRANGER, Asker
from certmark.server.reading.messages import OutcomeCode
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.errors import AnotherUpload, NotFound, NotPermitted
from certmark.server.services.listings import runs_like
from certmark.server.services.runs import AboutRun, VerdictRequest
from certmark.server.store.listings import RunFilter
from certmark.server.store.runs import RunRow

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED = EXAMPLES / "object-storage-pass.subunit"
BROKEN = EXAMPLES / "object-storage-broken.subunit"


def sent(services: Services, asker: Asker, file: Path = PASSED, **about: object) -> RunRow:
    said = {"name": file.name, "guideline": "2026.11", "program": "object", **about}
    return runs.receive(services, asker, file, AboutRun(**said))  # type: ignore[arg-type]  # a test's own words


def own(services: Services, asker: Asker) -> list[RunRow]:
    return list(runs_like(services, asker, RunFilter(), behind=None, most=50).runs)


def test_what_is_received_is_judged_and_shown_to_its_owner(services: Services, ada: Asker) -> None:
    run = sent(services, ada, tags={"ci": "42"})
    assert run.standing == "pass"
    assert runs.show(services, ada, run.id) == (run, {"ci": "42"})
    assert own(services, ada) == [run]
    _, results = runs.results(services, ada, run.id)
    assert len(results) == 64
    assert {result.outcome for result in results} <= {OutcomeCode.PASSED, OutcomeCode.SKIPPED}


def test_the_bytes_come_back_as_they_were_sent(services: Services, ada: Asker, tmp_path: Path) -> None:
    small = tmp_path / "small.xml"
    small.write_text('<testsuite><testcase classname="a.B" name="c"/></testsuite>')
    for file, is_apart in ((PASSED, True), (small, False)):
        run = sent(services, ada, file, guideline=None, program=None)
        assert (run.evidence is not None) == is_apart
        with runs.received(services, ada, run.id) as (_, copy):
            assert copy.read_bytes() == file.read_bytes()


def test_others_do_not_see_a_run_and_are_not_told_that_it_is_there(services: Services, ada: Asker, bob: Asker) -> None:
    run = sent(services, ada)
    for other in (bob, STRANGER):
        with pytest.raises(NotFound):
            runs.show(services, other, run.id)
        with pytest.raises(NotFound):
            runs.results(services, other, run.id)
    assert own(services, bob) == []


def test_what_is_public_is_seen_by_everybody_and_deleted_by_its_owner_only(
    services: Services, ada: Asker, bob: Asker
) -> None:
    run = sent(services, ada, is_public=True)
    assert runs.show(services, STRANGER, run.id)[0] == run
    with pytest.raises(NotPermitted):
        runs.delete(services, bob, run.id)
    runs.delete(services, ada, run.id)
    with pytest.raises(NotFound):
        runs.show(services, ada, run.id)


def test_the_same_request_sent_twice_is_one_run(services: Services, ada: Asker, bob: Asker) -> None:
    first = sent(services, ada, key="k")
    assert sent(services, ada, key="k") == first
    assert len(own(services, ada)) == 1
    assert sent(services, bob, key="k").id != first.id


def test_the_key_of_a_request_is_not_that_of_another_content(services: Services, ada: Asker) -> None:
    sent(services, ada, key="k")
    with pytest.raises(AnotherUpload):
        sent(services, ada, BROKEN, key="k")


def test_what_cannot_be_read_leaves_nothing_behind(services: Services, ada: Asker, tmp_path: Path) -> None:
    file = tmp_path / "note.txt"
    file.write_text("no results")
    with pytest.raises(UnreadableResults, match="which is not results"):
        sent(services, ada, file)
    assert own(services, ada) == []
    assert list(services.evidence.digests()) == []


def test_a_stranger_sends_nothing(services: Services) -> None:
    with pytest.raises(NotPermitted):
        sent(services, STRANGER)


def test_pages_are_the_newest_first_and_go_on_where_the_last_one_ended(services: Services, ada: Asker) -> None:
    sent_ = [sent(services, ada) for _ in range(5)]
    first = runs_like(services, ada, RunFilter(), behind=None, most=2)
    rest = runs_like(services, ada, RunFilter(), behind=first.behind, most=10)
    assert rest.behind is None
    assert [run.id for run in (*first.runs, *rest.runs)] == [run.id for run in reversed(sent_)]


def test_a_run_is_judged_again_under_what_is_asked(services: Services, ada: Asker) -> None:
    run = sent(services, ada, BROKEN)
    assert run.standing == "fail"
    _, told = runs.verdict(services, ada, run.id, VerdictRequest(program="compute", guideline="2026.11", form="text"))
    assert told.standing != "pass"
    assert b"Interoperable Compute" in told.rendered
    with pytest.raises(NotFound, match=r"2026\.11"):
        runs.verdict(services, ada, run.id, VerdictRequest(guideline="2026.12", form="text"))
