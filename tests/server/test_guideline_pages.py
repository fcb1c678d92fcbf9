"""The pages on guidelines: what they say is what the guidelines say, and each number is the answer of its query."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import runs, sources
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.web.table import pages_of
from support.databases import sqlite
from support.lint_documents import LIST, RESIZE, SHOW, before, encoded, sound

pytestmark = pytest.mark.enable_socket
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HOSTILE = "<script>alert(1)</script> \u202e [x](javascript:x) \x07"
MANY = 4_000


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        self.attributes |= values.keys()
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a" and "href" in values:
            self.links.append(str(values["href"]))


@dataclass
class Site:
    client: TestClient
    services: Services
    folder: Path

    def get(self, path: str, **headers: str) -> Any:
        """As a stranger's browser asks."""
        return self.client.get(path, headers=headers, follow_redirects=False)

    def page(self, path: str) -> Page:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-800:])
        return Page(answer.text)

    def data(self, path: str) -> Any:
        path, _, query = path.partition("?")
        answer = self.get(f"{path}.json?{query}")
        assert answer.status_code == 200, (path, answer.text)
        return answer.json()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Two guidelines of one family, of which the later has two texts, a list, strangers' bytes, and two shared runs."""
    folder = tmp_path_factory.mktemp("source")
    (folder / "servers.2098.12.json").write_bytes(encoded(_earlier()))
    (folder / "2099.06.json").write_bytes(encoded(_first_text()))
    (folder / "odd.json").write_bytes(encoded(_odd()))
    (folder / "many.json").write_bytes(encoded(_many()))
    (folder / "2099.99.json").write_bytes(b"{")
    place = tmp_path_factory.mktemp("site")
    with sqlite(place) as url:
        settings = read_settings(None, {}, data=str(place / "data"), database_url=url)
        create(settings)
        with services_of(settings) as services:
            sources.add(services, str(folder))
            (folder / "2099.06.json").write_bytes(encoded(_second_text()))
            sources.refresh(services)
            ada = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
            for name, cloud in (("object-storage-pass.subunit", "north"), ("object-storage-broken.subunit", "south")):
                about = AboutRun(name=name, is_public=True, guideline="2026.11", program="object", subject=cloud)
                runs.receive(services, ada, EXAMPLES / name, about)
            yield Site(TestClient(Starlette(routes=pages_of(services, lambda _: STRANGER))), services, folder)


def _earlier() -> dict[str, Any]:
    document = before()
    document["metadata"]["id"] = "servers.2098.12"
    return document


def _first_text() -> dict[str, Any]:
    document = sound()
    document["metadata"]["id"] = "servers.2099.06"
    document["metadata"]["os_trademark_approval"]["replaces"] = "servers.2098.12.json"
    document["capabilities"]["list"]["tests"][SHOW]["flagged"] = {
        "reason": f"[D401] {HOSTILE}",
        "action": "wait",
        "date": "2016-02-03",
    }
    return document


def _second_text() -> dict[str, Any]:
    document = _first_text()
    document["capabilities"]["list"]["description"] = HOSTILE
    document["components"]["servers"]["capabilities"] = {
        "required": ["list", "resize"],
        "advisory": [],
        "deprecated": [],
        "removed": [],
    }
    return document


def _odd() -> dict[str, Any]:
    """Names that cannot stand in an address, and texts that are too long for a page."""
    document = sound()
    document["metadata"]["id"] = f"odd/{HOSTILE}"
    document["metadata"]["os_trademark_approval"]["replaces"] = "../../etc/passwd"
    document["platforms"] = {HOSTILE: {"description": "x" * 1_000_000, "components": [{"name": "servers"}]}}
    document["capabilities"]["list"]["description"] = "y" * 1_000_000
    document["capabilities"][HOSTILE] = document["capabilities"].pop("resize")
    document["components"]["servers"]["capabilities"]["advisory"] = [HOSTILE]
    tests = document["capabilities"]["list"]["tests"]
    tests[SHOW]["aliases"] = [LIST, "z" * 8000]
    tests[LIST]["aliases"] = [SHOW]
    return document


def _many() -> dict[str, Any]:
    document = sound()
    document["metadata"]["id"] = "many.2099.06"
    document["capabilities"]["list"]["tests"] = {
        f"suite.servers.test_{number}.Servers.test_it": {
            "idempotent_id": f"id-{number:08x}-1111-4111-8111-111111111111"
        }
        for number in range(MANY)
    }
    return document


PARTS = {"guidelines", "capabilities", "programmes", "tests", "history", "impact", "diff", "reports"}
OF_A_KIND = 4


def kind_of(path: str) -> str:
    """Without names."""
    return "/".join(part if part in PARTS or not part else "*" for part in path.split("/"))


def some_of_every_page(site: Site) -> list[str]:
    """From the lists on, a few of each kind of page to which a page leads, and whatever is at a digest."""
    found, todo = dict[str, None](), ["/guidelines", "/capabilities", "/programmes"]
    while todo:
        path = todo.pop(0)
        kinds = [kind_of(one) for one in found]
        if path in found or (kinds.count(kind_of(path)) >= OF_A_KIND and "/@" not in path):
            continue
        found[path] = None
        for link in site.page(path).links:
            target = link.partition("#")[0]
            if target.startswith(("/guidelines", "/capabilities", "/programmes")) and "?" not in target:
                todo += [] if re.search(r"\.(json|csv|atom|txt)$", target) else [target]
    return list(found)


def test_every_page_that_a_page_leads_to_is_there_and_is_sound(site: Site) -> None:
    paths = some_of_every_page(site)
    kinds = {kind_of(path) for path in paths}
    assert {"/guidelines/*", "/guidelines/*/*", "/guidelines/*/*/tests", "/guidelines/*/history"} <= kinds
    assert {"/guidelines/*/impact", "/guidelines/*/diff/*", "/capabilities/*", "/programmes/*/reports/*"} <= kinds
    assert any("/@" in path for path in paths)
    for path in paths:
        answer = site.get(path)
        page = Page(answer.text)
        assert page.tags.count("h1") == 1, path
        assert len(set(page.ids)) == len(page.ids), (path, sorted(i for i in page.ids if page.ids.count(i) > 1))
        assert page.tags.count("script") == 1, path  # our own
        assert not {name for name in page.attributes if name.startswith("on") or name == "style"}, path
        assert "\u202e" not in answer.text
        assert "\x07" not in answer.text
        assert not any(link.startswith("javascript:") for link in page.links)
        assert len(gzip.compress(answer.content)) < 60_000, path


def test_every_page_has_its_data_beside_it(site: Site) -> None:
    for path in (
        "/guidelines",
        "/guidelines/servers.2099.06",
        "/guidelines/servers.2099.06/servers",
        "/capabilities/list",
    ):
        data = site.data(path)
        assert data == json.loads(site.get(path, Accept="application/json").text)


def test_a_guideline_is_listed_with_what_it_replaces_and_where_it_is_from(site: Site) -> None:
    data = site.data("/guidelines")
    listed = {one["id"]: one for family in data["families"] for one in family["guidelines"]}
    assert listed["servers.2099.06"]["replaces"]["path"] == "/guidelines/servers.2098.12"
    assert listed["servers.2098.12"]["replaced_by"]["path"] == "/guidelines/servers.2099.06"
    assert listed["servers.2098.12"]["replaced_by_draft"] is True
    assert (listed["servers.2099.06"]["revisions"], listed["servers.2099.06"]["status"]) == (2, "draft")
    assert {"2026.11", "scs-0128", "many.2099.06"} < listed.keys()
    assert [one["place"] for one in data["sources"]] == ["a folder of this server"]
    assert str(site.folder) not in site.get("/guidelines").text
    # One of its files is no guideline: that is told first.
    assert data["sources"][0]["failed"] is True
    assert "something could not be read" in site.get("/guidelines").text


def test_the_list_is_filtered_by_status_and_words(site: Site) -> None:
    def ids(query: str) -> set[str]:
        return {one["id"] for family in site.data(f"/guidelines?{query}")["families"] for one in family["guidelines"]}

    assert "servers.2099.06" in ids("status=draft")
    assert "servers.2098.12" not in ids("status=draft")
    assert ids("q=servers.2098.12") == {"servers.2098.12"}
    assert ids("q=nowhere") == set()
    assert "Show all of them" in site.get("/guidelines?q=nowhere").text


def test_a_new_revision_is_in_the_feed(site: Site) -> None:
    feed = ET.fromstring(site.get("/guidelines.atom").content)  # noqa: S314 - ours
    titles = [entry.findtext("{*}title") for entry in feed.iterfind("{*}entry")]
    assert "Guideline servers.2099.06" in titles
    assert "Guideline servers.2099.06, a new revision" in titles


def test_one_revision_stays_at_its_address_and_leads_to_the_newest(site: Site) -> None:
    history = site.data("/guidelines/servers.2099.06/history")["revisions"]
    assert len(history) == 2
    assert history[0]["path"] == "/guidelines/servers.2099.06"
    old = history[1]["path"]
    data = site.data(old)
    assert (data["sha256"], data["newest"]) == (history[1]["sha256"], "/guidelines/servers.2099.06")
    assert 'rel="canonical" href="http://testserver/guidelines/servers.2099.06"' in site.get(old).text
    assert site.data("/guidelines/servers.2099.06")["newest"] is None
    assert site.data(f"/guidelines/@{history[1]['sha256'][:6]}")["sha256"] == history[1]["sha256"]
    for wrong, status in (
        ("servers.2099.06@abc", 400),
        ("servers.2099.06@000000", 404),
        ("servers.2099.07", 404),
        ("@", 400),
    ):
        assert site.get(f"/guidelines/{wrong}").status_code == status, wrong
    assert "servers.2099.06" in site.get("/guidelines/servers.2099.07").text


def test_a_page_that_is_known_is_not_sent_again(site: Site) -> None:
    for path in (
        "/guidelines",
        "/guidelines/servers.2099.06",
        "/guidelines/servers.2098.12/diff/servers.2099.06",
        "/capabilities/list",
    ):
        tag = site.get(path).headers["ETag"]
        assert site.get(path, **{"If-None-Match": tag}).status_code == 304, path


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("", {"list", "resize"}),
        ("level=required", {"list", "resize"}),
        ("level=advisory", set()),
        ("status=flagged", {"list"}),
        ("status=all-flagged", set()),
        ("component=servers", {"list", "resize"}),
        ("component=nothing", set()),
        ("q=TEST_RESIZE", {"resize"}),
        ("q=suite.Old", {"list"}),
        ("level=required&q=00000002-1111", {"resize"}),
    ],
)
def test_filters_choose_capabilities(site: Site, query: str, keys: set[str]) -> None:
    data = site.data(f"/guidelines/servers.2099.06?{query}")
    shown = {entry["row"]["key"] for part in data["levels"] for entry in part["capabilities"]}
    assert shown == keys
    assert data["tallies"] == [{"level": "required", "capabilities": 2}]


def test_a_wrong_filter_is_named(site: Site) -> None:
    answer = site.get("/guidelines/servers.2099.06?level=best")
    assert answer.status_code == 400
    assert "Level: has no such value as" in answer.text


def test_flags_have_their_reason_and_age(site: Site) -> None:
    (flag,) = site.data("/guidelines/servers.2099.06")["flags"]
    assert flag["part"]["action"] == "wait"
    assert [one["test"]["name"] for one in flag["part"]["tests"]] == [SHOW]
    assert re.fullmatch(r"\d+ years", flag["age"])


def test_scores_are_what_the_achievements_give(site: Site) -> None:
    scores = site.data("/guidelines/servers.2099.06")["scores"]
    assert (scores["cutoff"], scores["total"]) == (10, 10)
    assert {row["capability"]: (row["marks"], row["total"], row["decision"]) for row in scores["rows"]} == {
        "list": (["met", "met"], 10, "in"),
        "resize": (["not met", "met"], 6, "out"),
    }
    assert "●6" in site.get("/guidelines/servers.2099.06").text


def test_the_list_for_a_suite_has_refstacks_parameters(site: Site) -> None:
    def lines(query: str = "") -> list[str]:
        text: str = site.get(f"/guidelines/servers.2099.06/servers/tests.txt{query}").text
        return text.splitlines()

    show, old = f"{SHOW}[id-00000001-1111-4111-8111-111111111111]", "suite.Old.test_show"
    assert [line.partition("[")[0] for line in lines()] == [LIST, RESIZE]
    assert show in lines("?flag=true")
    assert any(line.startswith(old) for line in lines("?flag=true"))
    assert not any(line.startswith(old) for line in lines("?flag=true&alias=false"))
    assert lines("?type=advisory,removed") == []
    assert site.get("/guidelines/servers.2099.06/tests.txt?target=servers").text.splitlines() == lines()
    assert site.get("/guidelines/servers.2099.06/tests.txt").headers["Content-Type"].startswith("text/plain")
    assert site.get("/guidelines/servers.2099.06/nothing/tests.txt").status_code == 404


def test_a_list_of_tests_is_shown_as_such(site: Site) -> None:
    data = site.data("/guidelines/scs-0128")
    assert data["is_list"] is True
    assert data["groups"]
    name = data["groups"][0]["tests"][0]["name"]
    found = [test for group in site.data(f"/guidelines/scs-0128?q={name}")["groups"] for test in group["tests"]]
    assert {name} <= {test["name"] for test in found if name in test["name"]}
    assert len(found) < sum(len(group["tests"]) for group in data["groups"])


def test_two_guidelines_are_compared_both_ways(site: Site) -> None:
    there = site.data("/guidelines/servers.2098.12/diff/servers.2099.06")
    back = site.data(there["other_way"])
    assert (there["before"]["title"], back["before"]["title"]) == ("servers.2098.12", "servers.2099.06")
    assert not there["same"]
    assert {one["kind"] for one in there["changes"]} & {"became required", "capability became required"} or there[
        "changes"
    ]
    assert site.data("/guidelines/servers.2099.06/diff/servers.2099.06")["same"] is True
    rows = list(csv.reader(io.StringIO(site.get("/guidelines/servers.2098.12/diff/servers.2099.06.csv").text)))
    assert len(rows) == 1 + len(there["changes"])


def test_a_capability_is_followed_through_the_guidelines(site: Site) -> None:
    page = site.data("/capabilities/resize")["capability"]
    assert {row["guideline"]: row["level"] for row in page["versions"]}["servers.2099.06"] == "required"
    assert {test["name"] for test in page["tests"]} == {RESIZE}
    assert site.get("/capabilities/resiz").status_code == 404
    assert "resize" in site.get("/capabilities/resiz").text
    matrix = site.data("/capabilities?q=resize&family=servers")
    (row,) = [row for part in matrix["rows"] for row in part["rows"]]
    assert [cell["word"] for cell in row["cells"]][-1] == "required"


MOST_NUMBERS = 30


def answers(site: Site, page: str) -> Iterator[tuple[int, int]]:
    """For every number on a page that leads to runs: it, and what its query finds."""
    text, seen = site.get(page).text, set[str]()
    for href, said in re.findall(r'<a[^>]*href="(/search\?[^"]+)"[^>]*>(.*?)</a>', text, re.DOTALL):
        number = re.search(r"\d[\d,]*", re.sub(r"<[^>]*>", " ", said))
        if number is not None:
            if (address := urlsplit(href.replace("&amp;", "&")).query) in seen or len(seen) >= MOST_NUMBERS:
                continue
            seen.add(address)
            found = site.get(f"/search.json?{address}")
            assert found.status_code == 200, href
            yield int(number[0].replace(",", "")), found.json()["runs"]["count"]


@pytest.mark.parametrize(
    "page",
    [
        "/guidelines/2026.11/object",
        "/capabilities/objectstore-object-copy",
        "/programmes/interoperable-cloud",
        "/programmes/interoperable-cloud/reports/{year}",
    ],
)
def test_every_number_is_the_answer_of_its_query(site: Site, page: str) -> None:
    year = site.data("/programmes/interoperable-cloud")["reports"][-3]["title"]
    found = list(answers(site, page.format(year=year)))
    assert found
    assert all(said == counted for said, counted in found), found


def test_a_program_says_what_shared_runs_come_to(site: Site) -> None:
    figures = site.data("/guidelines/2026.11/object")["figures"]
    assert (figures["runs"], figures["share"]) == (2, 0.5)
    assert {one["standing"]: one["runs"] for one in figures["standings"]} == {"pass": 1, "fail": 1, "incomplete": 0}


def test_a_report_names_guidelines_that_were_asked_for(site: Site) -> None:
    reports = site.data("/programmes/interoperable-cloud")["reports"]
    report = site.data(reports[-3]["path"])
    assert {one["guideline"]: one["runs"] for one in report["adoption"]} == {"2026.11": 2}
    assert report["runs"] == 2
    assert parse_qs(f"q={report['query']}")
    rows = list(csv.reader(io.StringIO(site.get(f"{reports[-3]['path']}.csv").text)))
    assert rows[0][0] == "what"
    for wrong in ("2026-13", "soon", "1999"):
        assert site.get(f"/programmes/interoperable-cloud/reports/{wrong}").status_code == 400
    assert site.get("/programmes/nobody").status_code == 404


def test_an_impact_is_held_against_what_is_replaced(site: Site) -> None:
    data = site.data("/guidelines/servers.2099.06/impact")
    assert data["against"]["title"] == "servers.2098.12"
    assert (data["looked_at"], data["programs"]) == (2, [])
    same = site.data("/guidelines/2026.11/impact?against=2026.11")
    storage = next(one for one in same["programs"] if "Storage" in one["program"])
    assert (storage["clouds"], storage["pass_before"], storage["pass_after"], storage["breaking"]) == (2, 1, 1, 0)


def test_a_guideline_with_very_many_tests_is_shown_in_part(site: Site) -> None:
    data = site.data("/guidelines/many.2099.06")
    shown = sum(len(entry["tests"]) for part in data["levels"] for entry in part["capabilities"])
    assert shown <= 1500
    assert data["left_out"] == 1
    assert len(site.get("/guidelines/many.2099.06/servers/tests.txt").text.splitlines()) == MANY


def test_every_upstream_guideline_has_its_pages(site: Site, shared: Path) -> None:
    folder = shared / "guidelines"
    (site.folder / "2099.99.json").unlink()
    names = ("2015.03", "2017.01", "2018.02", "2019.11", "2020.06", "next", "add-ons/dns.2020.06", "verticals/nfv.next")
    for path in (folder / f"{name}.json" for name in names):
        (site.folder / path.name).write_bytes(path.read_bytes())
    (site.folder / "conformance-v1.29.yaml").write_bytes((shared / "kubernetes/conformance-v1.29.yaml").read_bytes())
    assert sources.refresh(site.services)[0].problem is None
    listed = [one for family in site.data("/guidelines")["families"] for one in family["guidelines"]]
    assert {"2020.06", "2015.03", "next", "dns.2020.06", "nfv.next", "conformance-v1.29"} < {
        one["id"] for one in listed
    }
    for one in listed:
        answer = site.get(one["path"])
        page = Page(answer.text)
        assert len(set(page.ids)) == len(page.ids), one["path"]
        assert len(gzip.compress(answer.content)) < 60_000, one["path"]
    data = site.data("/guidelines/2020.06")
    assert {one["name"]: one["to_pass"] for one in data["programs"]}["OpenStack Powered Platform"] == 273
    assert {one["level"]: one["capabilities"] for one in data["tallies"]}["required"] == 78
    assert data["scores"]["cutoff"] == 74
    assert sum(len(one["part"]["tests"]) for one in data["flags"]) == 11
    # As RefStack answered (distinct lines).
    lines = site.get("/guidelines/2020.06/platform/tests.txt?flag=true").text.splitlines()
    assert (len(lines), len(set(lines))) == (390, 388)
    versions = site.data("/capabilities/compute-servers-resize")["capability"]["versions"]
    assert {row["level"] for row in versions} <= {"required", "advisory", "not in it", "in no component"}
