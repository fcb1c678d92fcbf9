"""What a run that goes on removes of what its killed classes left, and when it does not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.app.run import resume
from certmark.app.run.leftovers import clean_up_killed
from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.main import main
from certmark.cloud.leftovers import removing
from certmark.cloud.leftovers.inventory import take_inventory
from certmark.cloud.leftovers.projects import parties_of_run
from certmark.formats.inventory import write_inventory
from certmark.formats.run_folder import INVENTORY, RunFolder
from certmark.formats.run_record import RecordedSuite, RunRecord
from certmark.runner.journal import Journal
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
SERVERS = "/compute/v2.1/servers"


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    with living() as made:
        yield made


def begun(cloud: LivingCloud, folder: Path, auth: str) -> Path:
    """The folder of a run that has begun."""
    suite = folder / "suite"
    suite.mkdir()
    (suite / "tempest.conf").write_text(f"[identity]\nuri_v3 = {cloud.url}/v3\nregion = RegionOne\n[auth]\n{auth}\n")
    document = [{"username": name, "password": "right", "project_name": name} for name in ("ann", "bob")]
    (suite / "accounts.yaml").write_text(json.dumps(document))
    (folder / INVENTORY).write_bytes(write_inventory(take_inventory(parties_of_run(suite).parties)))
    return folder


def test_what_killed_classes_left_goes_and_is_said_in_one_line(
    cloud: LivingCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    projects = [cloud.person(name, name, "member") for name in ("ann", "bob")]
    cloud.add(SERVERS, "precious", tenant_id=projects[0])
    folder = begun(cloud, tmp_path, "use_dynamic_credentials = false")
    for project in (*projects, projects[0]):
        cloud.add(SERVERS, "left", tenant_id=project)
    assert clean_up_killed(RunFolder(folder), listener(Console()))
    assert capsys.readouterr().err == "certmark: removed what killed classes left: 3 servers\n"
    assert cloud.names(SERVERS) == ["precious"]


ROOT = "admin_username = root\nadmin_password = right\nadmin_project_name = admin"


@pytest.mark.parametrize(
    ("log", "stays", "said"),
    [
        (None, ["tempest-mine", "tempest-theirs"], "is not removed: the run has no log that names it"),
        ("POST servers tempest-mine\n", ["tempest-theirs"], "removed what killed classes left: 1 server"),
    ],
)
def test_of_all_projects_only_what_the_runs_log_names_goes(
    cloud: LivingCloud, tmp_path: Path, capsys: pytest.CaptureFixture[str], log: str | None, stays: list[str], said: str
) -> None:
    folder = begun(cloud, tmp_path, ROOT)
    other = cloud.person("eve", "eve", "member")
    if log is not None:
        (folder / "suite" / "tempest.log").write_text(log)
    for name in ("tempest-mine", "tempest-theirs"):
        cloud.add(SERVERS, name, tenant_id=other)
    clean_up_killed(RunFolder(folder), listener(Console()))
    assert said in capsys.readouterr().err
    assert cloud.names(SERVERS) == stays


@pytest.mark.parametrize(("words", "cleans"), [([], True), (["--keep-leftovers"], False)])
@pytest.mark.parametrize("verb", [["resume"], ["rerun", "--failed"]])
def test_a_person_can_keep_what_killed_classes_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: list[str], words: list[str], *, cleans: bool
) -> None:
    class Cleaned(Exception):
        pass

    def clean(*_: object) -> bool:
        raise Cleaned

    def ready(*_: object) -> object:
        return type("Installed", (), {"version": "1"})()

    record = RunRecord(run="r", cloud="c", suite=RecordedSuite(name="s", version="1"))
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))
    monkeypatch.setenv("CERTMARK_TRACEBACK", "1")
    monkeypatch.setattr(resume, "find_run", lambda _run: tmp_path)
    monkeypatch.setattr(Journal, "read", lambda _folder: type("History", (), {"record": record}))
    monkeypatch.setattr(resume, "installed_again", ready)
    monkeypatch.setattr(resume, "has_marks", lambda _folder: True)
    monkeypatch.setattr(resume, "clean_up_killed", clean)
    monkeypatch.setattr(resume, "set_aside", lambda *_: (_ for _ in ()).throw(LookupError("came this far")))
    with pytest.raises(Cleaned if cleans else LookupError):
        main([*verb, str(tmp_path), *words])


def test_others_leftovers_go_only_if_a_person_says_so(
    cloud: LivingCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(cloud.clouds_yaml(tmp_path)))
    monkeypatch.setenv("OS_CLOUD", "living")
    words = ["cloud", "leftovers", "-q", "--all-projects", "--since", "2020-01-01T00:00Z"]
    cloud.add(SERVERS, "tempest-theirs", tenant_id=cloud.person("eve", "eve", "member"))
    assert main([*words, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in found["left"]] == ["tempest-theirs"]
    assert main([*words, "--delete", "--yes"]) == 2
    refusal = capsys.readouterr().err
    assert re.search("name --run RUN .*, or say --others-too", refusal)
    assert len(refusal.splitlines()) == 1
    assert cloud.names(SERVERS) == ["tempest-theirs"]
    list_ = tmp_path / "left.json"
    list_.write_text(json.dumps(found))
    assert main([*words[:-1], str(list_), "--delete", "--yes"]) == 0
    cloud.add(SERVERS, "tempest-more", tenant_id=cloud.admin)
    assert main([*words, "--delete", "--yes", "--others-too"]) == 0
    assert cloud.names(SERVERS) == []
