"""A programme that an operator adds: as the how-to says it, by the real command, and from application to certificate."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import requests

from certmark.cli.main import main
from certmark.server.services import sources
from support.journey import SUBJECT, Journey
from support.loopback import free_port
from support.operated_server import certmark_server, serving
from support.signed_in import site
from support.stories import Case, junit

pytestmark = pytest.mark.enable_socket
HOW_TO = Path(__file__).parents[3] / "docs" / "how-to" / "run-a-programme.md"
BLOCKS = re.findall(r"^```(?:text|json)\n(.*?)^```$", HOW_TO.read_text(), re.MULTILINE | re.DOTALL)
LIST, DOCUMENT, CHANGE = BLOCKS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the reader of the how-to wrote."""
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "storage.json").write_text(DOCUMENT)
    (tmp_path / "storage.lst").write_text(LIST)
    text = str(tmp_path / "texts" / "storage.2026.06.json")
    (tmp_path / "texts").mkdir()
    assert main(["guideline", "from-list", str(tmp_path / "storage.lst"), "--id", "storage.2026.06", "-o", text]) == 0
    approved = ("--by", "Ada", "--reference", "Minutes of 3 June 2026", "--date", "2026-06-03")
    assert main(["guideline", "approve", *approved, text]) == 0
    return tmp_path


def test_a_server_that_is_told_of_a_folder_has_its_programmes(folder: Path) -> None:
    settings = {"data": str(folder / "data"), "programmes": str(folder / "programmes")}
    assert certmark_server("guidelines", "add", str(folder / "texts"), **settings).returncode == 0
    with serving(folder, **settings) as server:
        api = f"{server.url}/api/v2/programmes"
        listed = requests.get(api, timeout=60).json()["programmes"]
        assert [one["word"] for one in listed] == ["storage", "kubernetes", "openstack-powered", "scs", "others"]
        rulebook = requests.get(f"{api}/storage/rulebooks/2026.1", timeout=60).json()
        assert rulebook["rules"]["validity_months"] == {
            "value": 6,
            "source": "decision of 3 June 2026: half a year",
        }
        for path, status in (("/storage/rulebooks/2025.1", 404), ("/storag", 404), ("/others", 200)):
            assert requests.get(f"{api}{path}", timeout=60).status_code == status
        page = requests.get(f"{server.url}/programmes/storage", timeout=60)
        assert "storage.2026.06" in page.text


def test_a_document_that_is_wrong_is_told_before_a_server_starts(folder: Path) -> None:
    wrong = json.loads(DOCUMENT)
    del wrong["rulebooks"][0]["rules"]["cure_days"]
    (folder / "programmes" / "storage.json").write_text(json.dumps(wrong))
    settings = {"data": str(folder / "data"), "programmes": str(folder / "programmes")}
    said = "storage.json, rulebooks[0], rules, cure_days must be a mapping with is, source"
    for verb, status in (("programmes list", 3), ("doctor", 1), ("serve", 3)):
        done = certmark_server(*verb.split(), listen=f"127.0.0.1:{free_port()}", **settings)
        assert done.returncode == status, done.stderr
        assert said in done.stdout + done.stderr
    (folder / "nothing").mkdir()
    assert certmark_server("programmes", "list", programmes=str(folder / "no")).returncode == 5
    assert certmark_server("programmes", "list", "--json", programmes=str(folder / "nothing")).returncode == 0
    assert certmark_server("programmes", "show", "storag").returncode == 2


def test_its_rules_hold_from_the_application_to_the_certificate(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(folder / "home"))
    with site(folder / "site", {"programmes": str(folder / "programmes"), "uploads_per_minute": "10000"}) as here:
        journey = Journey(here, folder, "storage")
        sources.add(here.services, str(folder / "texts"))
        journey.vendor(SUBJECT, agreement="Storage agreement")
        (folder / "results.xml").write_bytes(
            junit([Case(line) for line in LIST.splitlines() if not line.startswith("#")], journey.yesterday())
        )
        guideline = str(folder / "texts" / "storage.2026.06.json")
        run = journey.attested(folder / "results.xml", "-g", guideline, "--subject", SUBJECT)
        journey.apply("storage", "storage.2026.06", [run], contacts=["kim@acme.example"])
        assert journey.missing() == {"statement": "not answered: What keeps the objects, and how many copies of each?"}
        journey.edit(statement={"system": "Swift, three copies."})
        assert journey.take("designate", "submit") == "submitted"
        journey.reviewed("alpha")
        assert journey.take("office", "grant", reason="Fine.") == "granted"
        begun, over = journey.days()
        assert 180 <= (over - begun).days <= 185
        assert journey.certificate()["rulebook"] == "2026.1"


def test_a_later_version_says_only_what_differs(folder: Path) -> None:
    document = json.loads(DOCUMENT)
    document["rulebooks"].append(json.loads(CHANGE))
    ended = {"version": "2028.1", "effective": "2028-01-01", "like": "2027.1", "programs": [], "marks": []}
    document["rulebooks"].append(ended)
    (folder / "programmes" / "storage.json").write_text(json.dumps(document))
    done = certmark_server("programmes", "list", "--json", programmes=str(folder / "programmes"))
    (storage, *_) = json.loads(done.stdout)["programmes"]
    assert storage["rulebooks"] == {"2026.1": "2026-06-01", "2027.1": "2027-01-01", "2028.1": "2028-01-01"}
