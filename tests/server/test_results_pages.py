"""Pages of clouds, matrix, grid, tests and statistics: every number on them is the answer of the query beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.domain.programs import find_program
from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.asking import STRANGER
from certmark.server.services import questions
from certmark.server.services.questions import Question
from certmark.server.web.handling import not_here, pages
from certmark.server.web.table import TABLES
from support import databases
from support.results_pages import CLOUDS, FAILED, HOSTILE, PROGRAM, RUNS_OF_EACH, Populated, populated

pytestmark = pytest.mark.enable_socket


class Site(NamedTuple):
    there: Populated
    client: TestClient

    def json(self, path: str, **query: Any) -> Any:
        found = self.client.get(path, params=query, headers={"accept": "application/json"})
        assert found.status_code == 200, found.text
        return found.json()

    def html(self, path: str, **query: Any) -> str:
        found = self.client.get(path, params=query)
        assert found.status_code == 200, found.text
        return found.text


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("results")
    with databases.sqlite(folder) as url, populated(folder, url) as there:
        table = [page for subject in TABLES for page in subject]

        def who(request: Any) -> Any:
            return there.owner if "x-known" in request.headers else STRANGER

        routes = pages(table, there.services, who)
        yield Site(there, TestClient(Starlette(routes=routes)))


def tallies(value: Any) -> Iterator[dict[str, Any]]:
    """Every number of runs in a page's data."""
    if isinstance(value, dict):
        if {"number", "query"} <= value.keys():
            yield value
        else:
            for one in value.values():
                yield from tallies(one)
    elif isinstance(value, list):
        for one in value:
            yield from tallies(one)


def path_of(cloud: str, *more: str) -> str:
    return "/".join(("/clouds", quote(cloud, safe="/"), *more))


def first_test(site: Site, place: int = 0) -> str:
    return f"/tests/{quote(site.there.tests[place][0])}"


PARTS = (
    "outcomes",
    "failing",
    "blockers",
    "flakes",
    "capabilities",
    "candidates",
    "untested",
    "flags",
    "adoption",
    "tags",
)
PAGES = (
    "/clouds",
    "/tests",
    "/tests?q=object",
    "/matrix?program=object",
    "/statistics?program=object",
    *(f"/statistics/{part}?program=object" for part in PARTS),
)


def every_page(site: Site) -> list[str]:
    found = [*PAGES, *(first_test(site, place) for place in range(5)), "/tests/other.Suite.test_more"]
    return found + [path_of(cloud) for cloud in CLOUDS] + [path_of(cloud, "grid") for cloud in CLOUDS]


def test_every_number_of_runs_equals_the_answer_of_the_query_to_which_it_leads(site: Site) -> None:
    seen = 0
    for path in every_page(site):
        for one in tallies(site.json(path)):
            if one["query"] is not None:
                asked = questions.ask(
                    site.there.services,
                    STRANGER,
                    Question(one["query"], one.get("guideline"), one.get("program")),
                )
                assert asked.count == one["number"], (path, one)
                seen += one["number"] > 0
    assert seen > 250


def test_every_page_is_one_document_with_one_heading_and_shows_hostile_names_harmlessly(site: Site) -> None:
    for path in every_page(site):
        text = site.html(path)
        assert text.count("<h1") == 1, path
        assert "<script>alert" not in text
        assert "\u202e" not in text
        assert " style=" not in text
        tables = len(re.findall(r"<table", text))
        assert tables == len(re.findall(r"<caption", text)), path
        assert set(re.findall(r'<use href="#sign-([a-z]+)"', text)) <= set(re.findall(r'id="sign-([a-z]+)"', text))


def test_a_cell_of_the_matrix_is_what_the_newest_shared_run_came_to(site: Site) -> None:
    guideline = load("2026.11")
    page = site.json("/matrix", program="object")
    assert [one["name"] for one in page["columns"]] == sorted(CLOUDS)
    keys = {test.name: key for key, one in guideline.capabilities.items() for test in one.tests}
    failing = keys[site.there.tests[0][0]]
    row = next(row for row in page["rows"] if row["key"] == failing)
    standings = {one["name"]: cell for one, cell in zip(page["columns"], row["cells"], strict=True)}
    assert standings["alpha"]["standing"] == "fail"
    assert standings["beta cloud"]["standing"] == "pass"
    assert standings["alpha"]["passed"] < standings["alpha"]["counted"] == standings["beta cloud"]["passed"]
    assert {one["standing"] for one in page["columns"]} == {"fail", "pass"}
    program = find_program(guideline, "object").name
    for row in page["rows"]:
        for column, cell in zip(page["columns"], row["cells"], strict=True):
            found = questions.ask(site.there.services, STRANGER, Question(cell["query"], "2026.11", program))
            assert bytes.fromhex(column["run"]["id"].replace("-", "")) in {
                one.facts.id for one in questions.page(found, None, 50).runs
            }


def test_clouds_are_listed_by_name_page_by_page_and_narrowed_down(site: Site) -> None:
    assert [one["name"] for one in site.json("/clouds")["clouds"]] == sorted(CLOUDS)
    assert [one["name"] for one in site.json("/clouds", vendor="acme")["clouds"]] == ["alpha", 'gamma "quoted"']
    assert [one["name"] for one in site.json("/clouds", q="STACK")["clouds"]] == ["beta cloud"]
    assert [one["name"] for one in site.json("/clouds", standing="pass", program=PROGRAM)["clouds"]] == ["beta cloud"]
    assert [one["name"] for one in site.json("/clouds", behind="beta cloud")["clouds"]] == sorted(CLOUDS)[3:]
    assert "No cloud fits" in site.html("/clouds", q="nothing like it")


def test_a_private_run_is_on_the_page_of_its_owner_only(site: Site) -> None:
    stranger = site.client.get("/clouds/alpha.json")
    owner = site.client.get("/clouds/alpha.json", headers={"x-known": "1"})
    assert (len(stranger.json()["runs"]), len(owner.json()["runs"])) == (RUNS_OF_EACH - 1, RUNS_OF_EACH)
    assert owner.headers["cache-control"] == "no-store"
    assert site.json("/clouds")["clouds"][1]["runs"]["number"] == RUNS_OF_EACH - 1


def test_what_is_not_there_is_not_found_and_the_nearest_name_is_said(site: Site) -> None:
    for path, near in (("/clouds/alpho", "alpha"), ("/tests/other.Suite.test_mora", "test_more")):
        found = site.client.get(path)
        assert (found.status_code, near in found.text) == (404, True)
    assert site.client.get("/statistics/nothing").status_code == 404
    assert site.client.get("/matrix", params={"program": "nothing"}).status_code == 400


def test_the_grid_has_the_last_failures_first_and_equal_runs_in_one_cell(site: Site) -> None:
    page = site.json(path_of('gamma "quoted"', "grid"))
    names = [row["name"] for row in page["rows"]]
    first, second, third = (site.there.tests[place][0] for place in range(3))
    assert names[:2] == [first, second]
    assert page["rows"][0]["cells"] == [["failed", RUNS_OF_EACH, page["runs"][0]["id"]]]
    assert page["rows"][1]["flips"] == RUNS_OF_EACH - 1
    skipped = page["rows"][names.index(third)]["cells"]
    assert [cell[:2] for cell in skipped] == [["skipped", 4], ["passed", 5]]
    assert page["totals"] == {"": len(page["rows"]), "failing": 1, "unstable": 1}
    narrowed = site.json(path_of('gamma "quoted"', "grid"), only="unstable")
    assert [row["name"] for row in narrowed["rows"]] == [second]
    assert len(site.json(path_of("alpha", "grid"), n=3)["runs"]) == 3


def test_the_grid_shows_what_each_run_says(site: Site) -> None:
    page = site.json(path_of("delta/RegionOne", "grid"))
    ids_of_runs = [one["id"] for one in page["runs"]]
    assert ids_of_runs == sorted(ids_of_runs, reverse=True)
    for row in page["rows"]:
        assert sum(cell[1] for cell in row["cells"]) == len(ids_of_runs)


def test_a_test_is_found_by_id_and_by_name_with_what_is_known_of_it(site: Site) -> None:
    name, uuid = site.there.tests[0]
    page = site.json(f"/tests/{uuid}")
    assert (page["name"], page["uuids"]) == (name, [uuid])
    assert page["described"]["calls"]
    assert page["described"]["credentials"]
    assert {one["guideline"] for one in page["asked"]} >= {"2026.11"}
    assert (page["clouds_failing"], page["clouds_tried"]) == (4, 5)
    assert "more than half" in page["doubts"][0]
    cells = {one["name"]: one for one in page["clouds"]}
    assert (cells["beta cloud"]["state"], cells["beta cloud"]["changes"]) == ("passed", 0)
    assert site.json(f"/tests/{name}") == page
    failing = site.json(f"/tests/{name}", only="failing")
    assert {one["name"] for one in failing["clouds"]} == set(CLOUDS) - {"beta cloud"}


def test_flips_on_the_page_of_a_test_are_those_of_the_statistics(site: Site) -> None:
    table = site.json("/statistics/flakes", program="object")["tables"][0]
    row = next(row for row in table["rows"] if row[0] == site.there.tests[1][0])
    page = site.json(first_test(site, 1))
    flaky = page["flaky"][0]
    assert row[1:6] == [flaky["flips"], flaky["pairs"], len(flaky["clouds"]), flaky["tried"], flaky["suspect"]]
    assert flaky["suspect"] == "the test"
    assert any("flips" in doubt for doubt in page["doubts"])


def test_statistics_say_which_test_to_look_at(site: Site) -> None:
    first = site.there.tests[0][0]
    assert [row[0] for row in site.json("/statistics/failing", program="object")["tables"][0]["rows"]] == [first]
    blockers = site.json("/statistics/blockers", program="object")["tables"][0]["rows"]
    assert blockers[0][0] == first
    assert blockers[0][2] > 0
    candidates = site.json("/statistics/candidates", program="object")["tables"][0]["rows"]
    assert "other.Suite.test_more" in {row[0] for row in candidates}


def test_a_word_of_a_tag_that_few_clouds_have_does_not_stand_by_itself(site: Site) -> None:
    rows = {(row[0], row[1]): row for row in site.json("/statistics/tags", program="object")["tables"][0]["rows"]}
    assert rows["hypervisor", "kvm"][3] == 4
    assert set(rows) == {("hypervisor", "kvm"), ("storage", "words of fewer than three clouds")}


def test_tables_come_as_csv_in_which_nothing_runs(site: Site) -> None:
    for path in ("/clouds", "/matrix", "/tests", path_of("alpha"), path_of("alpha", "grid"), "/statistics/failing"):
        found = site.client.get(f"{path}.csv", params={"program": "object"} if "clouds" not in path else {})
        assert found.headers["content-type"].startswith("text/csv"), path
        assert len(found.text.splitlines()) > 1, path


def test_a_page_costs_the_same_again_from_what_was_worked_out(site: Site) -> None:
    path = "/statistics?program=object"
    assert site.html(path) == site.html(path)
    assert HOSTILE not in site.html("/clouds")
    assert FAILED == 2
    assert ids.written(b"\0" * 16)
    assert not_here is not None
