"""Pages of runs say what is there, count what they lead to, and show nobody what is not theirs."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.domain.guidelines import Level
from certmark.domain.programs import asked_at, find_program
from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.jobs.working import work_once
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import claims, live, runs
from certmark.server.services.claims import RunChange
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import guidelines, upkeep
from certmark.server.store.guidelines import Revision
from certmark.server.web.table import pages_of
from support.signed import Signed
from support.stored import write_over

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
CLOUD = "openstack:0123456789abcdef"
HOSTILE = "<script>alert(1)</script>\u202e\x1b[31m"
MANY = [f"suite.of.tests.Class{number % 50}.test_{number}" for number in range(1500)]
BROKEN_HTML = b"<html><script>alert(1)</script></html>"


@dataclass
class Site:
    """A server with runs in it."""

    services: Services
    ada: Asker
    bob: Asker
    client: TestClient
    runs: dict[str, str]
    folder: Path

    def get(self, path: str, who: str = "", **wanted: Any) -> Any:
        return self.client.get(path, headers={"x-who": who} if who else {}, follow_redirects=False, **wanted)

    def page(self, name: str, more: str = "", who: str = "ada", status: int = 200) -> str:
        found = self.get(f"/runs/{self.runs[name]}{more}", who)
        assert found.status_code == status, found.text
        return str(found.text)

    def json(self, path: str, who: str = "ada") -> Any:
        path, mark, query = path.partition("?")
        found = self.get(f"{path}.json{mark}{query}", who)
        assert found.status_code == 200, found.text
        return found.json()

    def run(self, name: str, more: str = "", who: str = "ada") -> Any:
        return self.json(f"/runs/{self.runs[name]}{more}", who)

    def following(self, path: str, name: str, of: Callable[[Any], Any]) -> Iterator[Any]:
        """A page and those behind it."""
        path = path.format(**self.runs)
        found = of(self.json(path))
        yield found
        while found["behind"] is not None:
            found = of(self.json(f"{path}&{name}={found['behind']}"))
            yield found

    def send(self, name: str, content: bytes | Path, **about: Any) -> str:
        file = content if isinstance(content, Path) else self.folder / "sent"
        if isinstance(content, bytes):
            file.write_bytes(content)
        said = {"name": name, "subject": CLOUD, "is_public": True, **about}
        run = runs.receive(self.services, self.ada, file, AboutRun(**said))
        self.runs[name] = ids.written(run.id)
        return self.runs[name]


def junit(cases: dict[str, str]) -> bytes:
    """Tests by name, with what went wrong; empty: nothing."""
    suite = ET.Element("testsuite")
    for name, problem in cases.items():
        scope, _, method = name.rpartition(".")
        case = ET.SubElement(suite, "testcase", classname=scope, name=method, time="0.5")
        if problem:
            ET.SubElement(case, "failure", message=problem).text = f"Traceback\n{problem}"
    return ET.tostring(suite)


def archive(members: dict[str, bytes]) -> bytes:
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as tar:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return found.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("pages")
    settings = read_settings(None, {}, data=str(folder / "data"))
    create(settings)
    with services_of(settings) as services:
        people = {name: Asker(add_identity(services, name), name, EVERYTHING) for name in ("ada", "bob")}
        app = Starlette(
            routes=pages_of(services, lambda request: people.get(request.headers.get("x-who", ""), STRANGER))
        )
        found = Site(services, people["ada"], people["bob"], TestClient(app), {}, folder)
        populate(found)
        yield found


def populate(site: Site) -> None:
    text = "\n".join(MANY).encode()
    with site.services.database.write() as transaction:
        revision = Revision(hashlib.sha256(text).digest(), "many", "", "a test", site.services.clock())
        guidelines.add(transaction, revision, text)
    object_storage = {"guideline": "2026.11", "program": "object", "vendor": "Acme", "product": "Store"}
    passed, broken = (EXAMPLES / f"object-storage-{word}.subunit" for word in ("pass", "broken"))
    site.send("passed", passed, **object_storage, tags={"ci": "42"})
    site.send("broken", broken, **object_storage)
    site.send("compute", EXAMPLES / "compute.subunit.gz", guideline="2026.11", program="compute", subject=None)
    site.send("private", broken, is_public=False, subject=None, guideline="2026.11", program="object")
    site.send("cut", passed.read_bytes()[:100_000], guideline="2026.11", program="object", subject="openstack:cut")
    site.send("unjudged", junit({"a.B.c": "", "a.B.d": "it broke"}), subject=None)
    site.send("many", junit(dict.fromkeys(MANY, "all of it broke")), guideline="many", subject="openstack:many")
    site.send("hostile", junit({f"a.{HOSTILE[:-5]}": f"<b>{HOSTILE[:25]}"}), vendor=HOSTILE[:25], product="<i>P</i>")
    upload = {"cpid": "abc", "duration_seconds": 1, "results": [{"name": "tempest.api.x.T.test_y"}]}
    site.send("passes only", json.dumps(upload).encode(), guideline="2026.11", program="object", subject=None)
    report = junit({"a.B.c": ""})
    members = {"plugins/e2e/results/global/junit_01.xml": report, "plugins/e2e/page.html": BROKEN_HTML}
    site.send("archive", archive(members), subject=None)


def test_a_run_says_its_verdict_first_and_what_was_tested(site: Site) -> None:
    text = site.page("broken", who="")
    assert text.index("FAIL") < text.index("9 of 21 required capabilities failed") < text.index(f">{CLOUD}</a></dd>")
    page = site.run("broken", who="")
    kept = runs.show(site.services, site.ada, ids.read(site.runs["broken"]))[0]
    assert (page["report"]["sentence"], page["run"]["standing"]) == (kept.sentence, kept.standing)
    assert page["guideline"] == "2026.11"


def test_every_number_of_a_run_is_what_it_leads_to(site: Site) -> None:
    for name in ("broken", "compute", "many"):
        page = site.run(name, who="")
        for count in page["outcomes"]:
            assert site.json(count["address"], "")["total"] == count["number"]
        assert site.run(name, "/tests")["all"] == page["tests"]
        report = page["report"]
        words = {"good": "passed", "bad": "failed", "gap": "gap"}
        for part in report["bar"]:
            state = urlencode({"state": words[part["tone"]]})
            assert site.run(name, f"?{state}")["selection"]["total"] == part["tests"]
        for word in ("flagged", "waived"):
            found = site.run(name, f"?state={word}")["selection"]
            assert (0 if found is None else found["total"]) == report["totals"][word]
        for cause in report["causes"]:
            assert site.run(name, f"?cause={cause['id']}")["selection"]["total"] == cause["count"]
        for _, capabilities in report["levels"]:
            for part in capabilities[:3]:
                tests = site.run(name, f"?{urlencode({'capability': part['key']})}")["selection"]["tests"]
                assert sum(one["test"]["counted"] == "passed" for one in tests) == part["passed"]


def test_what_changed_since_the_run_before_leads_to_the_comparison(site: Site) -> None:
    changes = site.run("broken")["changes"]
    assert changes["before"]["id"] == site.runs["passed"]
    numbers = {one["key"]: one["number"] for one in changes["counts"]}
    assert list(numbers) == ["newly-failing", "fixed", "new", "gone", "unstable"]
    assert numbers["newly-failing"] > 20
    for one in changes["counts"]:
        assert site.json(one["address"])["total"] == one["number"]
    assert site.run("passed")["changes"] is None


def test_a_run_of_1500_failures_is_a_small_page_that_leads_to_all_of_them(site: Site) -> None:
    found = site.get(f"/runs/{site.runs['many']}")
    assert len(gzip.compress(found.content)) < 20_000
    seen: list[str] = []
    for chosen in site.following("/runs/{many}?state=failed", "behind", lambda page: page["selection"]):
        seen += [one["test"]["name"] for one in chosen["tests"]]
    assert sorted(seen) == sorted(MANY)
    rows = list(csv.reader(io.StringIO(site.page("many", "/tests.csv"))))
    assert len(rows) == 1501
    assert site.page("many", "/tests.txt").splitlines() == sorted(MANY)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("cut", "The results stop in the middle"),
        ("unjudged", "Nobody named a guideline"),
        ("passes only", "Only tests that passed were sent"),
        ("passes only", "It is partial"),
        ("private", "It is private"),
        ("passed", "Everybody sees it"),
    ],
)
def test_a_run_says_what_is_to_be_known_of_it(site: Site, name: str, sentence: str) -> None:
    assert sentence in site.page(name)


def test_a_run_that_is_not_read_yet_and_one_that_cannot_be_say_so(site: Site) -> None:
    services = replace(site.services, settings=replace(site.services.settings, largest_read_at_once=0))
    waiting = replace(site, services=services, runs={})
    waiting.send("later", junit({"a.B.c": ""}))
    waiting.send("never", b"<html>no results</html>")
    assert "is not read yet" in waiting.page("later")
    assert waiting.page("later", "/tests", status=503)
    while work_once(site.services):
        pass
    assert "is not read yet" not in waiting.page("later")
    assert waiting.run("never")["run"]["state"] == "unreadable"
    assert "What was sent is kept as it is" in waiting.page("never")


def test_a_run_that_goes_on_says_how_far_it_is(site: Site) -> None:
    run = live.begin(site.services, site.ada, {"program": "Compute"}, is_public=False)
    path = f"/runs/{ids.written(run.id)}"
    assert "It has begun" in site.get(path, "ada").text
    told = {"planned": 30, "done": 6, "passed": 5, "failed": 1, "skipped": 0, "ended": False, "sentence": HOSTILE[:20]}
    live.progress(site.services, site.ada, run.id, json.dumps(told))
    text = site.get(path, "ada").text
    assert "6 of 30 tests" in text
    assert "<script>alert" not in text
    assert site.get(path, "bob").status_code == 404


def test_what_is_private_is_not_there_for_others(site: Site) -> None:
    run = site.runs["private"]
    paths = [f"/runs/{run}{more}" for more in ("", ".json", "/tests", "/evidence", "/download", "/report/json")]
    paths += [f"/runs/{run}/verdict/2026.11/object", f"/compare/{site.runs['passed']}..{run}"]
    for path in paths:
        for who in ("", "bob"):
            assert site.get(path, who).status_code == 404, path
        own = site.get(path, "ada")
        assert own.status_code == 200, path
        assert own.headers["cache-control"] in {"no-store", "private, no-cache"}
    assert run not in site.get("/runs").text
    assert run in site.get("/runs?of=mine", "ada").text
    assert site.get("/runs?of=mine", "ada").headers["cache-control"] == "no-store"
    assert site.get("/runs?of=mine").status_code == 401


def test_a_shared_run_is_sent_again_only_when_something_of_it_changed(site: Site) -> None:
    name = "changing"
    site.send(name, junit({"a.B.c": ""}), subject=None)
    path = f"/runs/{site.runs[name]}"
    first = site.get(path)
    known = {"if-none-match": first.headers["etag"]}
    assert site.client.get(path, headers=known).status_code == 304
    claims.edit(site.services, site.ada, ids.read(site.runs[name]), RunChange(tags={"ci": "43"}))
    again = site.client.get(path, headers=known)
    assert (again.status_code, "43" in again.text) == (200, True)
    claims.edit(site.services, site.ada, ids.read(site.runs[name]), RunChange(is_public=False))
    assert site.client.get(path, headers=known).status_code == 404


def test_hostile_names_are_shown_and_do_nothing(site: Site) -> None:
    run = site.runs["hostile"]
    for path in (f"/runs/{run}", f"/runs/{run}/tests", f"/runs/{run}/evidence", "/runs", f"/compare/{run}..{run}"):
        text = site.get(path, "ada").text
        assert "<script>alert" not in text
        assert "<i>P</i>" not in text
        assert "\u202e" not in text
    assert "&lt;script&gt;" in site.page("hostile", "/tests")


def test_files_of_strangers_are_text_on_a_page_and_else_attachments_of_no_type(site: Site) -> None:
    page = site.run("archive", "/evidence")
    assert [one["path"] for one in page["members"]][-1] == "plugins/e2e/page.html"
    shown = site.page("archive", "/evidence?member=plugins/e2e/page.html")
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown
    assert site.page("archive", "/evidence?member=/etc/passwd", status=400)
    for more in ("/download", "/report/html?guideline=2026.11&program=object", "/report/junit?guideline=many"):
        headers = site.get(f"/runs/{site.runs['archive']}{more}").headers
        assert headers["content-type"] == "application/octet-stream"
        assert headers["content-disposition"].startswith("attachment")
        assert headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in headers["content-security-policy"]
    sent = site.get(f"/runs/{site.runs['passed']}/download").content
    assert sent == (EXAMPLES / "object-storage-pass.subunit").read_bytes()


def test_a_large_file_is_shown_part_by_part(site: Site) -> None:
    parts = site.following("/runs/{many}/evidence?member=many", "first", lambda page: page)
    whole = "".join(page["text"] for page in parts)
    assert whole.encode() == junit(dict.fromkeys(MANY, "all of it broke"))


def test_a_bundle_says_what_each_file_is_and_how_to_check_it(site: Site) -> None:
    signed = Signed(site.folder / "signed")
    site.send("bundle", Path(signed.bundle), subject=None)
    kinds = {one["kind"] for one in site.run("bundle", "/evidence")["members"]}
    assert {"stream", "guideline"} <= kinds
    assert "certmark remote get" in site.page("bundle")
    proofs = {one["word"]: one["holds"] for one in site.run("bundle")["proofs"]}
    assert proofs == {"shared": True, "attested": False, "in the log": False}


def test_a_run_names_the_commands_that_judge_it_elsewhere_by_the_very_same_guideline(site: Site) -> None:
    digest = site.run("broken")["run"]["guideline"]
    text = site.page("broken")
    assert f"curl --fail --output guideline-{digest[:12]} http://testserver/api/v2/guidelines/{digest}" in text
    assert f"--guideline guideline-{digest[:12]} --program &#39;Interoperable Object Storage&#39; --as-of" in text


def test_a_run_is_judged_by_any_guideline_and_keeps_its_own_verdict(site: Site) -> None:
    asked = site.get(f"/runs/{site.runs['broken']}/verdict?guideline=2026.11&program=object&policy=none-failed")
    assert asked.status_code == 303
    assert asked.headers["location"].endswith("/verdict/2026.11/object?policy=none-failed")
    text = site.get(asked.headers["location"]).text
    assert "Whoever sent it did not ask for this verdict" in text
    assert "none-failed" in text
    other = site.run("broken", "/verdict/many/many")
    assert (other["is_kept"], other["report"]["guideline"]["id"]) == (False, "many")
    assert site.run("broken")["is_kept"]
    assert "several programs" not in site.page("broken", "/verdict/nowhere/object", status=404)


def test_the_list_is_narrowed_down_by_each_filter_and_says_so_when_nothing_is_left(site: Site) -> None:
    def names(query: str) -> set[str]:
        return {run["name"] for run in site.json(f"/runs?{query}", "")["runs"]}

    assert names("standing=pass") == {"passed"}
    assert names(f"cloud={CLOUD}&program=object") == {"passed", "broken"}
    assert names("vendor=Acme&product=Store") == {"passed", "broken"}
    assert names("tag=ci=42") == {"passed"}
    assert names("guideline=many") == {"many"}
    assert names("partial=yes") >= {"passes only"}
    assert names("until=2001-01-01") == set()
    assert site.json("/runs?vendor=A%20B&standing=pass&tag=ci=42")["query"] == (
        'vendor:"A B" and status:pass and tag:ci=42'
    )
    assert site.json("/runs?standing=pass&program=object")["query"] is None
    assert "No run fits these filters" in site.get("/runs?standing=pass&vendor=nobody").text
    assert site.get("/runs?standing=perfect").status_code == 400
    assert "There are no runs here yet" in site.get("/runs?of=mine", "bob").text


@pytest.mark.parametrize("filters", ["vendor=Acme&standing=pass", f"cloud={CLOUD}", "tag=ci=42", "since=2001-01-01"])
def test_the_search_counts_what_the_list_shows(site: Site, filters: str) -> None:
    listed = site.json(f"/runs?limit=200&{filters}", "")
    found = site.json(f"/search?{urlencode({'q': listed['query']})}", "")
    read = [run["id"] for run in listed["runs"] if run["state"] == "read"]
    assert {run["id"] for run in found["runs"]["found"]} == set(read)
    assert found["runs"]["count"] == len(read)


def test_the_list_goes_on_where_a_page_ends_and_is_a_table_and_a_feed(site: Site) -> None:
    pages = list(site.following("/runs?of=public&limit=4", "behind", lambda page: page))
    seen = [run["id"] for page in pages for run in page["runs"]]
    assert len(pages) > 2
    assert len(seen) == len(set(seen))
    assert set(seen) >= {site.runs[name] for name in ("passed", "broken", "compute", "many", "archive")}
    rows = list(csv.DictReader(io.StringIO(site.get("/runs.csv?of=public").text)))
    assert {row["id"] for row in rows} == set(seen)
    feed = ET.fromstring(site.get("/runs.atom").content)  # noqa: S314 - ours
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == len(seen)


def test_two_runs_are_compared_either_way_round(site: Site) -> None:
    first, second = site.runs["passed"], site.runs["broken"]
    page = site.json(f"/compare/{first}..{second}")
    total = sum(one["number"] for one in (*page["buckets"], *page["others"])) + page["unchanged"]
    assert page["total"] == total - page["unchanged"]
    turned = site.json(page["turned"])
    numbers = {one["key"]: one["number"] for one in page["buckets"]}
    assert {one["key"]: one["number"] for one in turned["buckets"]}["fixed"] == numbers["newly-failing"]
    assert "newly failing" in site.get(f"/compare/{first}..{second}.txt").text
    rows = list(csv.DictReader(io.StringIO(site.get(f"/compare/{first}..{second}.csv?show=newly-failing").text)))
    assert len(rows) == numbers["newly-failing"]
    same = site.get(f"/compare/{first}..{first}").text
    assert "Nothing changed" in same
    assert site.get(f"/compare/{first}..nothing").status_code == 404


def test_clouds_days_and_runs_lead_to_a_comparison_of_runs(site: Site) -> None:
    first, second = site.runs["passed"], site.runs["broken"]

    def led(query: str) -> str:
        found = site.get(f"/compare?{query}")
        assert found.status_code == 303, found.text
        return str(found.headers["location"])

    assert led(f"before=https://x.example.org/runs/{first}&after={second}") == f"/compare/{first}..{second}"
    assert led(f"cloud=openstack:many&cloud={CLOUD}&program=") == f"/compare/{site.runs['many']}..{first}"
    assert led("guideline=2026.11&guideline=many") == "/guidelines/2026.11/diff/many"
    assert site.get(f"/compare?cloud={CLOUD}&day=2001-01-01&day=2001-01-02").status_code == 404
    assert "Two clouds" in site.get("/compare").text


def test_the_beginning_of_an_id_leads_to_the_runs_that_have_it(site: Site) -> None:
    beginning = site.runs["many"][:20]
    led = site.get(f"/runs/{beginning}").headers["location"]
    assert [run["name"] for run in site.json(led)["runs"]] == ["many"]
    assert site.get("/runs/nothing").status_code == 404


def test_a_run_whose_evidence_is_damaged_shows_the_verdict_that_is_kept(site: Site) -> None:
    names = [f"a.long.name.of.a.{'suite.' * 10}Class.test_{number}" for number in range(2000)]
    run = ids.read(site.send("damaged", junit(dict.fromkeys(names, "")), guideline="many", subject=None))
    kept = runs.show(site.services, site.ada, run)[0]
    assert kept.evidence is not None
    write_over(site.services.evidence, kept.evidence, b"something else")
    text = site.page("damaged")
    assert "It cannot be judged" in text
    assert str(kept.sentence) in text
    assert site.page("damaged", "/tests")
    assert "restore it" in site.page("damaged", "/evidence", status=503)


def test_verdicts_that_are_kept_under_other_guidelines_are_listed_and_lead_to_them(site: Site) -> None:
    run = runs.show(site.services, site.ada, ids.read(site.runs["passed"]))[0]
    many = hashlib.sha256("\n".join(MANY).encode()).digest()
    with site.services.database.write() as transaction:
        upkeep.keep_verdicts_beside(transaction, [run._replace(guideline=many, program="many", standing="incomplete")])
    (other,) = site.run("passed")["others"]
    assert (other["guideline"], other["standing"], other["is_newer"]) == ("many", "incomplete", True)
    assert site.json(other["address"])["report"]["mark"]["word"] == "INCOMPLETE"


def test_a_list_that_is_cut_says_so(site: Site) -> None:
    retried = "".join(
        f'<testcase classname="suite.of.tests.Class{number % 50}" name="test_{number}"><failure message="{number}"/>'
        f'<rerunFailure message="at first"/></testcase>'
        for number in range(300)
    )
    site.send("cut list", f"<testsuite>{retried}</testsuite>".encode(), guideline="many", subject=None)
    page = site.run("cut list")
    totals = {one["words"]: one["total"] for one in page["cut"]}
    assert totals["tests with several attempts"] == 300
    assert len(page["report"]["repeated"]) == 200
    assert "Of 300 tests with several attempts the first 200 are shown" in site.page("cut list")


def test_a_newer_whole_run_of_the_product_is_named(site: Site) -> None:
    guideline = load("2026.11")
    asked = asked_at(guideline, find_program(guideline, "object"), (Level.REQUIRED,), flagged=False)
    cases = dict.fromkeys((test.name for test in asked), "")
    about = {"guideline": "2026.11", "program": "object", "vendor": "Acme", "product": "Shelf"}
    site.send("earlier", junit(cases), **about)
    site.send("later", junit(cases | {min(cases): "it broke"}), **about)
    assert site.run("earlier")["newest"]["id"] == site.runs["later"]
    assert site.run("later")["newest"] is None
