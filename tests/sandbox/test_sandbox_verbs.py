"""The verbs of the sandbox on the tiny profile, as a person would use them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from certmark.cli.main import main
from certmark.sandbox import lifecycle
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.state import Sandbox
from support import tiny_sandbox


@pytest.fixture
def kept(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder, with the tiny profile as the only one."""
    monkeypatch.setattr(lifecycle, "PROFILES", {"tiny": tiny_sandbox.PROFILE})
    return tiny


def test_a_life_of_a_sandbox(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--folder", str(kept)]
    assert main(["sandbox", "up", *where]) == 0
    said = capsys.readouterr().err
    assert "writing first" in said
    assert "the above is up" in said
    assert re.search(
        rf"^certmark: the sandbox is up after [0-9]+ s: tiny in {re.escape(str(kept))}$", said, re.MULTILINE
    )
    assert main(["sandbox", "up", *where]) == 0
    assert "the sandbox is up already" in capsys.readouterr().err
    assert main(["sandbox", "status", *where]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == f"The tiny sandbox in {kept} is up, {shown[0].split()[-4]} MiB of memory."
    assert shown[1].split() == ["SERVICE", "STATE", "PROCESS", "PORT", "MEMORY"]
    assert shown[2].split()[:2] == ["below", "answers"]
    assert main(["sandbox", "up", "--break", "above", *where]) == 0
    assert "broken on purpose: above; `certmark sandbox up --mend` takes it back" in capsys.readouterr().err
    assert main(["sandbox", "status", "--json", *where]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["is_up"], found["broken"]) == ("certmark-sandbox", True, ["above"])
    assert found["services"][1] == {
        "name": "above", "pid": None, "ports": [], "answers": False, "memory": 0, "broken": True,
    }  # fmt: skip
    assert main(["sandbox", "up", "--mend", *where]) == 0
    assert "mended: above" in capsys.readouterr().err
    assert main(["sandbox", "logs", "above", *where]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "above begins"
    assert main(["sandbox", "down", *where]) == 0
    assert main(["sandbox", "status", *where]) == 5
    answer = capsys.readouterr()
    assert f"The tiny sandbox in {kept} is not up." in answer.out
    assert "`certmark sandbox up` brings up what does not run" in answer.err
    assert main(["sandbox", "down", "--purge", *where]) == 0
    assert not kept.exists()


REFUSALS = {
    "status of none": (["status"], 5, "is no sandbox; `certmark sandbox up` makes one"),
    "down of none": (["down", "--purge"], 5, "is no sandbox, so nothing is stopped or removed"),
    "logs of none": (["logs"], 5, "is no sandbox; `certmark sandbox up` makes one"),
    "settings of none": (["env"], 5, "is not finished; `certmark sandbox up` goes on with it"),
    "an unknown fault": (["up", "--break", "disk"], 2, "'disk' cannot be broken; there are below, above, fault"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_is_one_sentence(case: str, kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, expected, sentence = REFUSALS[case]
    assert main(["sandbox", *words, "--folder", str(kept)]) == expected
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert sentence in said.err


def test_a_log_that_there_is_not_is_told_with_those_that_there_are(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Sandbox.create(kept, "tiny").path("log", "keystone.log").write_text("one\n\x1b[31mtwo\n")
    assert main(["sandbox", "logs", "nova", "--folder", str(kept)]) == 2
    assert "there is no log of 'nova'; there are keystone" in capsys.readouterr().err
    assert main(["sandbox", "logs", "--folder", str(kept)]) == 0
    assert capsys.readouterr().out == "one\n [31mtwo\n"


def test_the_settings_of_a_sandbox_that_is_down_are_refused(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Sandbox.create(kept, "tiny").path("clouds.yaml").touch()
    assert main(["sandbox", "env", "--folder", str(kept)]) == 5
    refused = capsys.readouterr()
    assert refused.out == ""
    assert f"the sandbox in {kept} is down" in refused.err


def test_a_refused_start_leaves_nothing_behind(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking() -> None:
        raise SandboxError("a package is missing")

    profile = tiny_sandbox.PROFILE._replace(requirements=lacking)
    monkeypatch.setattr(lifecycle, "PROFILES", {"tiny": profile})
    assert main(["sandbox", "up", "--folder", str(kept)]) == 5
    assert not kept.exists()


def test_the_settings_are_for_a_shell(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("certmark.app.sandbox.is_running", lambda _folder: True)
    folder = kept.with_name("a sandbox")
    Sandbox.create(folder, "tiny").path("clouds.yaml").touch()
    assert main(["sandbox", "env", "--folder", str(folder)]) == 0
    assert main(["sandbox", "env", "--admin", "--folder", str(folder)]) == 0
    where = f"export OS_CLIENT_CONFIG_FILE='{folder}/clouds.yaml'"
    assert capsys.readouterr().out.splitlines() == [
        f"{where} OS_CLOUD=certmark-sandbox",
        f"{where} OS_CLOUD=certmark-sandbox-admin",
    ]
