"""What a shell offers next: verbs, options, programs, guidelines, clouds, runs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.cli.candidates import FILES, candidates
from certmark.cli.exits import Exit
from certmark.cli.main import VERBS, main
from support.waiting import PATIENCE

PROGRAMS = [
    *("object-storage", "object", "compute", "platform", "kubernetes-ready", "dns", "orchestration"),
    *("shared-file-system", "shared_file_system", "load-balancer", "load_balancer", "key-manager", "key_manager"),
    *("bare-metal", "scs-0128"),
]
RUN = "20261121-203000-here-00ff"
CLOUDS = """\
clouds:
  # ours
  north:
    auth:
      username: south
  "east": {region_name: r}
other:
  west: 1
"""


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    (tmp_path / "clouds.yaml").write_text(CLOUDS)
    (tmp_path / "runs" / RUN).mkdir(parents=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["jud"], ["judge"]),
        (["cloud", "accounts", ""], ["make", "check", "delete"]),
        (["runs", ""], ["show", "remove"]),
        (["help", "gui"], ["guideline"]),
        (["help", "guideline", "li"], ["list", "lint"]),
        (["judge", "-p", ""], PROGRAMS),
        (["judge", "-g", ""], ["2026.11", "scs-0128", FILES]),
        (["run", "--os-cloud", ""], ["north", "east"]),
        (["run", "--max"], ["--maxfail"]),
        (["judge", "2026"], [RUN, FILES]),
        (["results", "diff", "l"], ["last", FILES]),
        (["judge", "-f", "j"], ["json", "junit"]),
        (["run", "--accounts", ""], [FILES]),
        (["nosuch", ""], []),
        (["judge", "-g", "nosuch", "-p", ""], []),
    ],
)
def test_what_may_stand_next(words: list[str], expected: list[str]) -> None:
    assert candidates(words) == expected


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_offers_its_options(verb: str) -> None:
    assert "--help" in candidates([*verb.split(), "-"])


def test_names_that_a_shell_would_take_apart_are_not_offered(tmp_path: Path) -> None:
    (tmp_path / "runs" / "20261122-203000-$(touch x)-00ff").mkdir()
    assert candidates(["judge", "2026"]) == [RUN, FILES]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == Exit.OK
    script = capsys.readouterr().out
    assert "certmark completion words -- " in script
    if shutil.which(shell) is not None:
        subprocess.run([shell, "-n"], input=script, text=True, check=True, timeout=PATIENCE)


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
def test_bash_completes(tmp_path: Path) -> None:
    (tmp_path / "certmark").write_text(f'#!/bin/sh\nexec {sys.executable} -m certmark "$@"\n')
    (tmp_path / "certmark").chmod(0o755)
    line = 'eval "$(certmark completion bash)"; COMP_WORDS=(certmark run -p ""); COMP_CWORD=3; _certmark; echo "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "-c", f"PATH={tmp_path}:$PATH; {line}"], capture_output=True, text=True, check=True, timeout=PATIENCE
    )
    assert done.stdout == f"{' '.join(PROGRAMS)}\n"
