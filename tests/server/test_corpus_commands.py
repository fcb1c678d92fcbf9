"""The history of a server on the command line: the same answers as from a folder of the same runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from certmark.cli.exits import Exit
from certmark.formats.guideline.reading import read
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from server.test_corpus_api import FLAG, junit
from support.lint_documents import LIST, RESIZE, SHOW, encoded, sound
from support.said import Said
from support.server import answering

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A guideline, its successor and three runs: resize is promoted, show is flagged."""
    found = tmp_path_factory.mktemp("files")
    now, draft = sound(), sound()
    now["metadata"]["id"] = "2098.12"
    now["metadata"]["os_trademark_approval"]["replaces"] = "2098.06"
    draft["components"]["servers"]["capabilities"] |= {"required": ["list", "resize"], "advisory": []}
    draft["capabilities"]["list"]["tests"][SHOW]["flagged"] = FLAG
    (found / "2098.12.json").write_bytes(encoded(now))
    (found / "2099.06.json").write_bytes(encoded(draft))
    (found / "runs").mkdir()
    (found / "runs" / "ann.xml").write_bytes(junit(LIST, SHOW, RESIZE))
    (found / "runs" / "bob.xml").write_bytes(junit(LIST, SHOW, RESIZE, failed=(RESIZE,)))
    (found / "runs" / "cyd.xml").write_bytes(
        junit(LIST, "suite.Old.test_show", RESIZE, failed=("suite.Old.test_show",))
    )
    (found / "runs" / "other.xml").write_bytes(junit("elsewhere.Test.test_it"))
    return found


@pytest.fixture(scope="module")
def url(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server with the same guideline and runs, asked by strangers."""
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")))
    create(settings)
    with services_of(settings) as services:
        _fill(services, folder)
        with answering(application(services, lambda _: STRANGER)) as address:
            yield address


def _fill(services: Services, folder: Path) -> None:
    ada = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
    here = read((folder / "2098.12.json").read_bytes(), "2098.12.json")
    with services.database.write() as transaction:
        guidelines.add(transaction, Revision(bytes.fromhex(here.sha256), here.id, "", "a test", 1), here.data)
    for file in sorted((folder / "runs").iterdir()):
        runs.receive(services, ada, file, AboutRun(name=file.name, is_public=True, product=file.name))


@pytest.fixture
def say(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.chdir(folder)
    return lambda *words: Said(words, capsys)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_the_impact_of_a_draft_is_the_same_from_a_server_and_from_a_folder(say: Any, url: str, form: str) -> None:
    there, here = (say("guideline", "impact", "2099.06.json", "--runs", where, "-f", form) for where in (url, "runs"))
    assert (there.status, here.status) == (Exit.FAIL, Exit.FAIL)
    assert there.out == here.out


def test_a_server_must_have_what_the_draft_replaces(
    say: Any, url: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "draft.json").write_bytes((folder / "2099.06.json").read_bytes())
    monkeypatch.chdir(tmp_path)
    assert say("guideline", "impact", "draft.json", "--runs", url).status == Exit.FAIL  # it is taken from there
    other = json.loads((folder / "2098.12.json").read_bytes())
    (tmp_path / "2098.12.json").write_bytes(encoded(other | {"more": 1}))
    said = say("guideline", "impact", "draft.json", "--runs", url)
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert "the server does not have 2098.12 as it stands here" in said.err


def test_evidence_for_marks_is_the_same_from_a_server_and_from_a_folder(say: Any, url: str) -> None:
    asked = ("guideline", "score", "2099.06.json", "--evidence", "--full", "-f", "markdown", "--runs")
    there, here = say(*asked, url), say(*asked, "runs")
    assert there.status == here.status, there.err
    assert "all its tests pass on 2 of 3 clouds" in there.out
    assert there.out == here.out


def test_runs_for_a_query_are_shown_and_counted(say: Any, url: str) -> None:
    said = say("remote", "query", "product:ann.xml or product:bob.xml", "--server", url, "--by", "product")
    assert said.status == Exit.OK, said.err
    assert said.out.startswith("2 runs: 2 not judged.\n")
    judged = ("--guideline", "2098.12", "--program", "servers", "--server", url, "--json")
    found = say("remote", "query", "capability:resize=fail", *judged).json
    assert (found["runs"], [one["product"] for one in found["found"]]) == (1, ["bob.xml"])
    assert say("remote", "query", "--server", url, "--json", "--limit", "1").json["runs"] == 4


def test_a_mistake_is_told_at_its_character_without_a_server(say: Any) -> None:
    said = say("remote", "query", "status:fial", "--server", "http://127.0.0.1:1")
    assert (said.status, said.out) == (Exit.USAGE, "")
    assert said.err.startswith("certmark: the query cannot be read at character 8: ")
