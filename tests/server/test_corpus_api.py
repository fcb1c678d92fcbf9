"""The history of shared runs over HTTP: every number equals the count of the query that stands beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from certmark.formats.guideline.reading import read
from certmark.server.api.application import application
from certmark.server.asking import STRANGER
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from server.conftest import newcomer
from support.lint_documents import LIST, RESIZE, SHOW, encoded, sound
from support.server import answering

pytestmark = pytest.mark.enable_socket
FLAG = {"reason": "[D402] a bug", "action": "wait", "date": "2099-07-01"}
STANDINGS = ("pass", "fail", "incomplete")


class Corpus(NamedTuple):
    """A server with runs, and a draft of a guideline."""

    url: str
    services: Services
    draft: bytes
    runs: list[str]

    def get(self, path: str, **asked: Any) -> requests.Response:
        return requests.get(f"{self.url}/api/v2/corpus/{path}", params=asked, timeout=60)

    def found(self, path: str, **asked: Any) -> Any:
        answer = self.get(path, **asked)
        assert answer.ok, answer.text
        return answer.json()

    def count(self, query: str, **by: str) -> int:
        return int(self.found("runs", q=query, limit=1, **by)["runs"])


def junit(*tests: str, failed: tuple[str, ...] = (), skipped: tuple[str, ...] = ()) -> bytes:
    cases = [
        f'<testcase classname="{name.rpartition(".")[0]}" name="{name.rpartition(".")[2]}">'
        f"{'<failure/>' if name in failed else '<skipped/>' if name in skipped else ''}</testcase>"
        for name in tests
    ]
    return f"<testsuite>{''.join(cases)}</testsuite>".encode()


@pytest.fixture(scope="module")
def corpus(lasting: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    draft, sent = filled(lasting, tmp_path_factory.mktemp("corpus"))
    with answering(application(lasting, lambda _: STRANGER)) as url:
        yield Corpus(url, lasting, draft, sent)


def filled(lasting: Services, folder: Path) -> tuple[bytes, list[str]]:
    """A server with a guideline and six shared runs: a draft of the next guideline, and their ids."""
    now, draft = sound(), sound()
    now["metadata"]["id"] = "2098.12"
    now["metadata"]["os_trademark_approval"]["replaces"] = "2098.06"
    draft["components"]["servers"]["capabilities"] |= {"required": ["list", "resize"], "advisory": []}
    draft["capabilities"]["list"]["tests"][SHOW]["flagged"] = FLAG
    here = read(encoded(now), "2098.12.json")
    with lasting.database.write() as transaction:
        guidelines.add(transaction, Revision(bytes.fromhex(here.sha256), here.id, "", "a test", 1), here.data)
    ada, sent = newcomer(lasting, "ada"), []
    everything = (LIST, SHOW, RESIZE)
    for cloud, vendor, content in (
        ("ann", "Acme", junit(*everything)),
        ("bob", "ACME", junit(*everything, failed=(RESIZE,))),
        ("cyd", "Else", junit(*everything, failed=(SHOW,))),
        ("cyd", "Else", junit(*everything, failed=(RESIZE, SHOW), skipped=(LIST,))),
        ("dan", "An (odd) one*", junit("elsewhere.Test.test_it", "odd.Test.test_it[a](b)")),
        ("", "", junit(LIST, SHOW, skipped=(LIST,))),
    ):
        file = folder / "results.xml"
        file.write_bytes(content)
        about = AboutRun(
            name=file.name,
            is_public=True,
            subject=cloud or None,
            vendor=vendor or None,
            product=f"Cloud of {cloud}" if cloud else None,
            version="1",
            guideline="2098.12",
            program="servers",
            tags={"kind": "nightly"},
        )
        sent.append(runs.receive(lasting, ada, file, about).id.hex())
    runs.receive(lasting, ada, file, AboutRun(name="private.xml", is_public=False))
    return encoded(draft), sent


def test_runs_for_a_query_are_counted_and_paged(corpus: Corpus) -> None:
    whole = corpus.found("runs")
    assert (whole["query"], whole["runs"], whole["next"]) == ("", 6, None)
    assert [one["id"].replace("-", "") for one in whole["found"]] == corpus.runs[::-1]
    pages, cursor = [], None
    while True:
        page = corpus.found("runs", q="not vendor:else", limit=2, **({"cursor": cursor} if cursor else {}))
        pages.append([one["subject"] for one in page["found"]])
        cursor = page["next"]
        if cursor is None:
            break
    assert pages == [[None, "dan"], ["bob", "ann"]]
    assert corpus.found("runs", q="vendor:acme")["standings"] == {
        "pass": 2,
        "fail": 0,
        "incomplete": 0,
        "not_judged": 0,
    }


@pytest.mark.parametrize("by", [{}, {"guideline": "2098.12", "program": "servers"}])
@pytest.mark.parametrize("query", ["", "vendor:acme or tag:kind=nightly not cloud:ann"])
def test_every_number_is_the_count_of_its_query(corpus: Corpus, query: str, by: dict[str, str]) -> None:
    asked = {"q": query, **by}
    rates = corpus.found("rates", **asked)
    assert len(rates["tests"]) == rates["count"] == 5
    for test in rates["tests"]:
        for word, number in test["outcomes"].items():
            if word != "not_reported":
                assert corpus.count(f"{test['query']}={word.replace('_', '-')}", **by) == number, (test, word)
    assert len(rates["capabilities"]) == (2 if by else 0)
    for capability in rates["capabilities"]:
        for word in STANDINGS:
            assert corpus.count(f"{capability['query']}={word}", **by) == capability["standings"][word]
    for kind in ("cloud", "vendor", "product", "release", "region", "program", "guideline", "status"):
        for one in corpus.found("counts", by=kind, **asked)["counts"]:
            assert corpus.count(one["query"], **by) == one["runs"], one
    first = corpus.found("runs", limit=1)["found"][0]["created"][:10]
    points = corpus.found("trends", by="day", since=first, until=first, **asked)["points"]
    assert [corpus.count(one["query"], **by) for one in points] == [sum(points[0]["standings"].values())]
    assert points[0]["standings"] == corpus.found("runs", **asked)["standings"]


def test_what_blocks_and_what_flips(corpus: Corpus) -> None:
    by = {"guideline": "2098.12", "program": "servers"}
    found = corpus.found("blockers", **by)["blockers"]
    assert [(one["test"], one["alone"], one["among"]) for one in found] == [(LIST, 1, 3), (SHOW, 1, 3)]
    for one in found:
        assert one["query"] is None or corpus.count(one["query"], **by) == one["among"]
    assert "guideline and program" in corpus.get("blockers").json()["detail"]
    flakes = corpus.found("flakes")
    assert [(one["name"], one["flips"], one["clouds"]) for one in flakes["tests"]] == [(RESIZE, 1, ["cyd"])]
    assert flakes["clouds"] == [{"cloud": "cyd", "flips": 1, "tests": 1}]


def test_a_mistake_in_a_query_is_answered_at_its_character(corpus: Corpus) -> None:
    answer = corpus.get("runs", q="vendor:acme stauts:fail")
    assert answer.status_code == 400
    problem = answer.json()
    assert (problem["pointer"], problem["position"]) == ("q", 12)
    assert "did you mean status" in problem["detail"]
    for asked, status in (
        ({"q": "capability:list"}, 400),
        ({"q": "(" * 300}, 400),
        ({"q": "x" * 4001}, 400),
        ({"q": " or ".join(["flaky>1"] * 10)}, 400),
        ({"guideline": "1999.01"}, 404),
        ({"guideline": "2098.12", "program": "nothing"}, 400),
        ({"program": "servers"}, 400),
    ):
        assert corpus.get("runs", **asked).status_code == status, asked
    assert corpus.get("trends", since="0001-01-01").status_code == 400
    assert corpus.get("trends", by="day", since="1970-01-01").status_code == 400
    assert corpus.get("trends", until="9999-12-31").status_code == 400


def test_a_draft_is_answered_with_who_would_break_and_by_what(corpus: Corpus) -> None:
    def ask(content: bytes, **asked: str) -> requests.Response:
        return requests.post(f"{corpus.url}/api/v2/corpus/impact", data=content, params=asked, timeout=60)

    answer = ask(corpus.draft, name="2099.06.json")
    assert answer.ok, answer.text
    found = answer.json()
    assert (found["before"]["id"], found["draft"]["id"], found["looked_at"]) == ("2098.12", "2099.06", 6)
    changing = [one for one in found["runs"] if one["hindrances"]]
    assert [(one["run"], one["before"], one["after"]) for one in changing] == [("Cloud of bob", "pass", "fail")]
    assert changing[0]["hindrances"] == [{"capability": "resize", "test": RESIZE, "state": "failed"}]
    assert (found["breaking"], found["newly_passing"]) == (1, 0)
    assert ask(corpus.draft, name="x.json", predecessor="1999.01").status_code == 404
    assert ask(b"{", name="x.json").status_code == 422
    assert ask(json.dumps({"id": "x", "schema": "3.0"}).encode()).status_code == 422
    assert ask(corpus.draft, program="nothing").status_code == 400
    for junk in (b"", b"\x00\xff", b"[]", b"\x1f\x8b", b"- a\n- b: &x [*x]\n"):
        assert ask(junk, predecessor="2098.12").status_code in {400, 422}, junk
        url = f"{corpus.url}/api/v2/corpus/evidence"
        assert requests.post(url, data=junk, timeout=60).status_code in {200, 400, 422}, junk
    many = "\n".join(f"suite.Test.test_{number}" for number in range(20_001))
    assert "has at most 20,000" in ask(many.encode(), name="list.lst", predecessor="2098.12").json()["detail"]
