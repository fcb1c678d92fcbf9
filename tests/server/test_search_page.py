"""The search: queries find runs and their spread, plain words find what has a name, a mistake is shown at its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.server.asking import STRANGER
from certmark.server.services.context import Services
from certmark.server.web.table import pages_of
from server.test_corpus_api import Corpus, corpus
from support.lint_documents import RESIZE

__all__ = ["corpus"]
pytestmark = pytest.mark.enable_socket
NS = {"a": "http://www.w3.org/2005/Atom"}


class Searched(NamedTuple):
    """The site, for a stranger."""

    client: TestClient
    corpus: Corpus

    def page(self, **asked: str) -> str:
        answer = self.client.get("/search", params=asked, headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def said(self, **asked: str) -> Any:
        answer = self.client.get("/search.json", params=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def searched(corpus: Corpus, lasting: Services) -> Iterator[Searched]:
    routes = pages_of(lasting, lambda _: STRANGER)
    with TestClient(Starlette(routes=routes)) as client:
        yield Searched(client, corpus)


def test_a_query_finds_runs_and_their_spread(searched: Searched) -> None:
    found = searched.said(q="vendor:acme or cloud:cyd")["runs"]
    assert (found["count"], [one["cloud"] for one in found["found"]]) == (4, ["cyd", "cyd", "bob", "ann"])
    facets = [one for kind in found["facets"] for one in kind["counts"]] + found["standings"]
    assert len(facets) > 6
    for one in facets:
        assert searched.said(q=one["query"])["runs"]["count"] == one["runs"], one
    drawn = searched.page(q="vendor:acme or cloud:cyd")
    assert "<h2>4 runs</h2>" in drawn
    assert 'value="vendor:acme or cloud:cyd"' in drawn
    judged = searched.said(q="status:fail", guideline="2098.12", program="servers")["runs"]
    assert (judged["count"], judged["program"]) == (2, "Servers")


def test_runs_come_page_by_page_and_as_a_table_and_a_feed(searched: Searched) -> None:
    assert searched.said(q="since:2000-01-01")["runs"]["behind"] is None
    table = searched.client.get("/search.csv", params={"q": "vendor:acme"}).text.splitlines()
    assert (len(table), table[0].split(",")[:4]) == (3, ["run", "received", "standing", "cloud"])
    feed = ET.fromstring(searched.client.get("/search.atom", params={"q": "vendor:acme"}).content)  # noqa: S314 - our own
    assert len(feed.findall("a:entry", NS)) == 2


@pytest.mark.parametrize(
    ("words", "kind", "name"),
    [
        ("2098", "guidelines", "2098.12"),
        ("resize", "capabilities", "resize"),
        ("servers RESIZE", "tests", RESIZE),
        ("cyd", "clouds", "cyd"),
        ("acme", "vendors", "Acme"),
        ("cloud bob", "products", "Cloud of bob"),
    ],
)
def test_plain_words_find_what_has_a_name_like_that(searched: Searched, words: str, kind: str, name: str) -> None:
    found = {one["kind"]: one for one in searched.said(q=words)["hits"]}
    hit = next(one for one in found[kind]["hits"] if one["name"].casefold() == name.casefold())
    if hit["query"]:
        assert searched.said(q=hit["query"])["runs"]["count"] == hit["runs"] > 0
    assert hit["name"] in searched.page(q=words)


def test_a_run_is_found_by_the_beginning_of_its_id(searched: Searched) -> None:
    last = searched.corpus.found("runs", limit=1)["found"][0]["id"]
    hits = {one["kind"]: one["hits"] for one in searched.said(q=last)["hits"]}
    assert [one["path"] for one in hits["runs"]] == [f"/runs/{last}"]
    assert searched.said(q="nothing-is-called-so")["hits"] == []
    assert "Nothing has a name like that" in searched.page(q="nothing-is-called-so")


def test_a_mistake_stays_in_the_box_and_is_shown_at_its_place(searched: Searched) -> None:
    wrong = 'vendor:"<b>" stauts:fail'
    drawn = searched.page(q=wrong)
    assert "did you mean status" in drawn
    assert 'At <a href="#query">character 14</a>' in drawn
    assert "<mark>s</mark>tauts:fail" in drawn
    assert 'role="alert" tabindex="-1" autofocus' in drawn
    assert 'value="vendor:&#34;&lt;b&gt;&#34; stauts:fail"' in drawn
    assert "<b>" not in drawn
    assert searched.said(q="capability:list=fail")["mistake"]["position"] is None
    assert searched.said(q="status:")["mistake"]["position"] == 7
    assert searched.said(q="(" * 5000)["mistake"]["position"] == 4000
    assert searched.said(q="status:fail", guideline="1999.01")["mistake"]["reason"].startswith("there is no guideline")


def test_every_example_can_be_asked(searched: Searched) -> None:
    page = searched.said()
    assert (page["runs"], page["mistake"]) == (None, None)
    for example in page["examples"]:
        asked = {name: example[name] for name in ("guideline", "program") if example[name]}
        mistake = searched.said(q=example["query"], **asked)["mistake"]
        assert mistake is None, (example, mistake)
