"""certmark cloud leftovers, on a cloud that keeps things."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.cli.main import main
from certmark.cloud.leftovers import removing
from support.living_cloud import LivingCloud, living

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
SERVERS = "/compute/v2.1/servers"


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingCloud]:
    """Signed in to as an ordinary user, from a folder of its own."""
    monkeypatch.setattr(removing, "_PAUSE", 0.01)
    monkeypatch.chdir(tmp_path)
    with living() as made:
        made.person("ann", "ann", "member", "SwiftOperator")
        monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(made.clouds_yaml(tmp_path, "ann", "ann")))
        monkeypatch.setenv("OS_CLOUD", "living")
        yield made


def show(*more: str) -> int:
    return main(["cloud", "leftovers", "-q", *more])


def mine(cloud: LivingCloud, name: str) -> str:
    return cloud.add(SERVERS, name, tenant_id=cloud.named("/v3/projects", "ann"))


def test_an_inventory_says_what_a_project_holds(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert show() == 0
    assert "1 project of it: nothing" in capsys.readouterr().out
    mine(cloud, "s")
    assert show("--json") == 0
    assert [one["name"] for one in json.loads(capsys.readouterr().out)["held"]] == ["s"]


def test_what_is_left_is_shown_then_removed_then_nothing_is_left(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str]
) -> None:
    mine(cloud, "precious")
    assert show("--save", "before.json") == 0
    mine(cloud, "tempest-new")
    mine(cloud, "somebody's")
    assert show("--since", "before.json") == 1
    assert len(cloud.names(SERVERS)) == 3
    assert show("--since", "before.json", "--delete", "--yes") == 1
    out = capsys.readouterr().out
    assert "its name does not begin with tempest-, and its project is not the suite's alone" in out
    assert "1 thing removed" in out
    assert cloud.names(SERVERS) == ["precious", "somebody's"]
    assert show("--since", "before.json", "--delete", "--yes", "--any-name") == 0
    assert show("--since", "before.json") == 0
    assert cloud.names(SERVERS) == ["precious"]


def test_a_list_of_leftovers_names_what_goes(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert show("--save", "before.json") == 0
    mine(cloud, "tempest-a")
    capsys.readouterr()
    assert show("--since", "before.json", "--json") == 1
    Path("left.json").write_text(capsys.readouterr().out)
    mine(cloud, "tempest-b")
    assert show("--since", "left.json", "--delete", "--yes") == 0
    assert cloud.names(SERVERS) == ["tempest-b"]


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_what_is_asked_about_is_shown_and_does_not_mix_with_json(
    cloud: LivingCloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show("--save", "before.json") == 0
    mine(cloud, "tempest-a")
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    capsys.readouterr()
    assert show("--since", "before.json", "--delete", "--json") == 0
    out, err = capsys.readouterr()
    assert [one["problem"] for one in json.loads(out)["removed"]] == [None]
    assert "tempest-a" in err
    assert "remove this thing? [y/N]" in err


@pytest.mark.parametrize(("answer", "left"), [("y\n", []), ("\n", ["tempest-a"]), ("", ["tempest-a"])])
def test_a_person_is_asked(cloud: LivingCloud, monkeypatch: pytest.MonkeyPatch, answer: str, left: list[str]) -> None:
    assert show("--save", "before.json") == 0
    mine(cloud, "tempest-a")
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    assert show("--since", "before.json", "--delete") == (1 if left else 0)
    assert cloud.names(SERVERS) == left


@pytest.mark.parametrize(("status", "exit_status"), [(503, 4), (403, 0)])
def test_nothing_seen_of_a_service_that_does_not_answer_is_no_success(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str], status: int, exit_status: int
) -> None:
    cloud.refuses[f"GET {SERVERS}"] = status
    assert show("--since", "2026-11-22T10:00Z") == exit_status
    assert f"compute answers {status}" in capsys.readouterr().out
    assert show() == exit_status
    sentence = "certmark: what is there was not seen whole (compute); do it again when these services answer\n"
    assert capsys.readouterr().err == ("" if exit_status == 0 else sentence)


def test_somebody_who_may_look_at_nothing_does_not_say_that_nothing_is_there(cloud: LivingCloud) -> None:
    cloud.refuses |= {f"GET /{place}/": 403 for place in ("v3", "compute", "network", "swift")}
    assert show() == 4


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["--delete", "--yes"], 2, "--delete needs --run or --since"),
        (["--delete", "--since", "x"], 2, "nobody can be asked here"),
        (["--run", "a", "--since", "b"], 2, "keep one of them"),
        (["--since", "tomorrow"], 2, "it is no time such as"),
        (["--run", "nobody's"], 2, "there is no run"),
        (["--since", "clouds.yaml"], 3, "is no inventory and no list of leftovers"),
        (["--all-projects"], 5, "is no administrator"),
    ],
)
def test_refusals_are_one_sentence(
    cloud: LivingCloud, capsys: pytest.CaptureFixture[str], words: list[str], status: int, sentence: str
) -> None:
    assert show(*words) == status
    err = capsys.readouterr().err
    assert sentence in err
    assert len(err.splitlines()) == 1
    assert not [line for line in cloud.asked if line.startswith("DELETE")]


def test_an_inventory_of_another_cloud_is_refused(cloud: LivingCloud, capsys: pytest.CaptureFixture[str]) -> None:
    assert show("--save", "before.json") == 0
    text = Path("before.json").read_text()
    Path("before.json").write_text(text.replace(cloud.url, "http://elsewhere"))
    assert show("--since", "before.json") == 2
    assert "is of http://elsewhere/v3 RegionOne, not of" in capsys.readouterr().err
