"""Lists, clouds and histories: whatever is wanted, page by page everything that fits it comes, once, at a bounded price."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.reading.messages import OutcomeCode
from certmark.server.services import guidelines, runs, sources, upkeep
from certmark.server.services import listings as service
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import listings
from certmark.server.store import runs as stored
from certmark.server.store.dictionary import packed
from certmark.server.store.listings import RunFilter, StoredCloud
from certmark.server.store.runs import ReadingState, RunContent, RunRow
from certmark.server.store.upkeep import keep_verdicts_beside
from support.surveys import ONE, TWO, guideline_document

pytestmark = pytest.mark.enable_socket
START = 1_700_000_000_000_000
STEP = 400
"""Microseconds between two runs: some have the same millisecond."""


class Filled(NamedTuple):
    """A server with some runs, and what is known of them."""

    services: Services
    askers: list[Asker]
    rows: list[tuple[RunRow, dict[str, str], dict[bytes, str]]]
    """Each with its tags and its standings beside."""


@pytest.fixture(scope="module")
def filled(module_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with services_of(_created(tmp_path_factory.mktemp("listings"), module_url)) as services:
        askers = [Asker(add_identity(services, name), name, frozenset()) for name in ("ada", "bob")]
        digests = [guidelines.revision_of(services, "2026.11").digest]
        rows = [_row(number, askers, digests[0]) for number in range(60)]
        with services.database.write() as transaction:
            for run, tags, beside in rows:
                stored.add(transaction, run, RunContent(b"", packed({run.size: 1})), tags, None)
                for digest, standing in beside.items():
                    judged = run._replace(guideline=digest, standing=standing, sentence="s", as_of="2026-11-28")
                    keep_verdicts_beside(transaction, [judged])
        yield Filled(services, askers, rows)


def _created(folder: Path, url: str) -> Any:
    found = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    create(found)
    return found


def _row(number: int, askers: list[Asker], guideline: bytes) -> tuple[RunRow, dict[str, str], dict[bytes, str]]:
    created = START + number * STEP
    is_judged = number % 3 != 0
    run = RunRow(
        id=ids.new_id(created),
        owner=askers[number % 2].identity or b"",
        created=created,
        state=ReadingState.READ,
        is_public=number % 4 == 0,
        name=str(number),
        digest=b"",
        size=number % 5 + 1,
        evidence=None,
        format="f",
        began=None,
        ended=None,
        subject=(None, "x", "y", "z")[number % 4],
        suite=None,
        vendor="acme" if number % 5 else None,
        product=f"p{number % 3}" if number % 5 else None,
        version="1",
        region=("r", "s")[number // 2 % 2],
        guideline=guideline if number % 6 == 1 else None,
        program="OpenStack 100%_x" if is_judged else None,
        problem=None,
        standing=("pass", "fail")[number // 3 % 2] if is_judged else None,
        is_partial=number % 7 == 0,
        sentence="s" if is_judged else None,
        as_of="2026-11-28" if is_judged else None,
    )
    beside = {guideline: "incomplete"} if is_judged and number % 6 in {2, 4} else {}
    return run, {"ci": "a=b", "n": str(number % 4)} if number % 2 else {"n": str(number % 4)}, beside


def fits(one: tuple[RunRow, dict[str, str], dict[bytes, str]], asker: Asker, wanted: RunFilter) -> RunRow | None:
    """The run as it is shown, if it fits: the same question, asked of a list in memory."""
    run, tags, beside = one
    if wanted.guideline is not None:
        if wanted.guideline not in {run.guideline, *beside}:
            return None
        if wanted.guideline in beside:
            run = run._replace(guideline=wanted.guideline, standing=beside[wanted.guideline])
    fields = ("subject", "vendor", "product", "version", "region", "standing", "guideline")
    same = all(getattr(wanted, name) in {None, getattr(run, name)} for name in fields)
    rest = (
        run.is_public if wanted.is_public else run.owner == asker.identity,
        wanted.program is None or wanted.program.lower() in (run.program or "").lower(),
        wanted.tag is None or tags.get(wanted.tag[0]) == wanted.tag[1],
        wanted.since is None or run.created >= wanted.since,
        wanted.until is None or run.created < wanted.until,
        wanted.is_whole is None or (run.standing is not None and run.is_partial != wanted.is_whole),
    )
    return run if same and all(rest) else None


moments = st.integers(START - 1, START + 61 * STEP)


def maybe(*values: Any) -> Any:
    return st.none() | st.sampled_from(values)


@st.composite
def filters(draw: Any) -> dict[str, Any]:
    return {
        "is_public": draw(st.booleans()),
        "subject": draw(maybe("x", "w")),
        "vendor": draw(maybe("acme", "none")),
        "product": draw(maybe("p1", "p2")),
        "region": draw(maybe("r")),
        "program": draw(maybe("stack", "0%_X", "%z")),
        "standing": draw(maybe("pass", "incomplete")),
        "tag": draw(maybe(("ci", "a=b"), ("n", "1"), ("n", "9"))),
        "since": draw(st.none() | moments),
        "until": draw(st.none() | moments),
        "is_whole": draw(maybe(True, False)),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(given_filters=filters(), is_judged=st.booleans(), most=st.integers(1, 9), looked=st.integers(1, 12))
def test_page_by_page_everything_comes_that_fits_and_nothing_else(
    filled: Filled,
    monkeypatch: pytest.MonkeyPatch,
    given_filters: dict[str, Any],
    is_judged: bool,
    most: int,
    looked: int,
) -> None:
    monkeypatch.setattr(listings, "LOOKED_THROUGH", looked)
    digest = guidelines.revision_of(filled.services, "2026.11").digest
    wanted = RunFilter(**given_filters, guideline=digest if is_judged else None)
    asker = filled.askers[0]
    expected = sorted((run for one in filled.rows if (run := fits(one, asker, wanted))), key=lambda run: run.id)
    found: list[RunRow] = []
    behind, pages = None, 0
    while pages == 0 or behind is not None:
        page = service.runs_like(filled.services, asker, wanted, behind=behind, most=most)
        found += page.runs
        behind, pages = page.behind, pages + 1
        assert len(page.runs) <= most
        assert pages < 200
    assert [(run.id, run.standing, run.guideline) for run in found] == [
        (run.id, run.standing, run.guideline) for run in reversed(expected)
    ]


@pytest.mark.parametrize("is_public", [False, True])
def test_clouds_have_their_ends_their_number_and_their_newest_whole_run(filled: Filled, is_public: bool) -> None:
    asker = filled.askers[1]
    found: list[StoredCloud] = []
    behind: str | None = ""
    while True:
        page, further = service.clouds(filled.services, asker, is_public=is_public, behind=behind or "", most=1)
        found += page
        if further is None:
            break
        behind = further
    seen = [run for run, _, _ in filled.rows if (run.is_public if is_public else run.owner == asker.identity)]
    expected = []
    for subject in sorted({run.subject for run in seen if run.subject is not None}):
        its = sorted((run for run in seen if run.subject == subject), key=lambda run: run.id)
        whole = [run.id for run in its if run.standing is not None and not run.is_partial]
        times = its[0].created // 1000 * 1000, its[-1].created // 1000 * 1000
        expected.append((subject, len(its), *times, whole[-1] if whole else None))
    assert [(one.subject, one.runs, one.first, one.last, one.whole and one.whole.id) for one in found] == expected


def test_a_history_ends_and_every_page_of_it_is_bounded(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_LONGEST", 3)
    with filled.services.database.write() as transaction:
        numbers = filled.services.dictionary.numbers(transaction, [(f"m.T.test_{n}", "") for n in range(1, 6)])
    filled.services.dictionary.refresh()
    assert numbers[:5] == [1, 2, 3, 4, 5]
    found: list[bytes] = []
    behind = None
    asker = filled.askers[0]
    while True:
        page = service.history_of_test(filled.services, asker, "m.T.test_3", RunFilter(), behind=behind, most=2)
        found += [moment.run.id for moment in page.moments]
        behind = page.behind
        if behind is None:
            break
    its = [run.id for run, _, _ in filled.rows if run.owner == asker.identity and run.size == 3]
    assert found == sorted(its, reverse=True)


def upload(folder: Path, name: str, uuid: str | None = None) -> Path:
    file = folder / "upload.json"
    entry = {"name": name} if uuid is None else {"name": name, "uuid": uuid}
    file.write_text(json.dumps({"cpid": "c", "duration_seconds": 1, "results": [entry]}))
    return file


def test_a_history_follows_ids_of_suites_and_aliases_of_guidelines(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    places = []
    for identity, test, alias, uuid in (
        ("g1", "m.New.test", "m.Old.test", ONE),
        ("g2", "m.Newer.test", "m.New.test", ONE),
    ):
        document = guideline_document({test: {"idempotent_id": f"id-{uuid}", "aliases": [alias]}})
        document["metadata"]["id"] = identity
        places.append(tmp_path / f"{identity}.json")
        places[-1].write_text(json.dumps(document))
    sent = [
        ("m.Old.test", None),
        ("m.New.test", ONE),
        ("m.Newest.test", ONE),
        ("m.Old.test", TWO),
        ("m.Newer.test", None),
    ]
    found: dict[bytes, tuple[str, str | None]] = {}
    for name, sent_id in sent:
        run = runs.receive(services, ada, upload(tmp_path, name, sent_id), AboutRun(name="u.json"))
        found[run.id] = name, sent_id
    for place in places:
        sources.add(services, str(place))

    def history(test: str) -> set[tuple[str, str | None]]:
        page = service.history_of_test(services, ada, test, RunFilter(), behind=None, most=50)
        assert {moment.name for moment in page.moments} == {found[moment.run.id][0] for moment in page.moments}
        return {found[moment.run.id] for moment in page.moments}

    its = set(sent) - {("m.Old.test", TWO)}
    for asked in ("m.New.test", "m.Newer.test", "m.Newest.test", ONE, f"id-{ONE}"):
        assert history(asked) == its, asked
    assert history(TWO) == {("m.Old.test", TWO)}


def test_a_name_that_nobody_sent_leads_to_the_runs_of_its_aliases(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    document = guideline_document({"m.New.test": {"idempotent_id": f"id-{ONE}", "aliases": ["m.Old.test"]}})
    place = tmp_path / "g.json"
    place.write_text(json.dumps(document))
    sources.add(services, str(place))
    run = runs.receive(services, ada, upload(tmp_path, "m.Old.test"), AboutRun(name="u.json"))
    page = service.history_of_test(services, ada, "m.New.test", RunFilter(), behind=None, most=50)
    assert [(one.run.id, one.name, one.outcome) for one in page.moments] == [(run.id, "m.Old.test", OutcomeCode.PASSED)]


def test_a_run_that_was_read_while_its_guideline_changed_is_judged_by_the_new_one_later(
    services: Services, ada: Asker, tmp_path: Path
) -> None:
    place = tmp_path / "g.json"

    def publish(test: str) -> bytes:
        place.write_text(json.dumps(guideline_document({test: {"idempotent_id": ""}})))
        sources.refresh(services)
        return guidelines.revision_of(services, "2030.01").digest

    place.write_text(json.dumps(guideline_document({"m.A.b": {"idempotent_id": ""}})))
    sources.add(services, str(place))
    old = guidelines.revision_of(services, "2030.01").digest
    new = publish("m.A.c")
    assert upkeep.judge_again(services, new) == 0
    about = AboutRun(name="u.json", guideline=old.hex(), program="P")
    run = runs.receive(services, ada, upload(tmp_path, "m.A.b"), about)
    assert (upkeep.judge_again(services, new), upkeep.judge_again(services, new)) == (1, 0)
    page = service.runs_like(services, ada, RunFilter(guideline=new), behind=None, most=9)
    assert [(one.id, one.standing) for one in page.runs] == [(run.id, "incomplete")]
