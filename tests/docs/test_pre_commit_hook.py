"""The hook for pre-commit: it is asked for the files that guidelines really lie in."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from support.lint_documents import encoded, sound

ROOT = Path(__file__).resolve().parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
HOOK = HOOKS["certmark-guideline-lint"]


@pytest.mark.parametrize(
    "path",
    [
        "2020.06.json",
        "next.json",
        "guidelines/2022.11.json",
        "guidelines/next.json",
        "add-ons/dns.2020.06.json",
        "add-ons/guidelines/shared_file_system.2022.11.json",
        "verticals/nfv.next.json",
        "2027.06.yaml",
        "lists/own.lst",
    ],
)
def test_guidelines_and_lists_are_linted_wherever_they_lie(path: str) -> None:
    assert re.search(HOOK["files"], path)


@pytest.mark.parametrize("path", ["package.json", "doc/source/schema/2.0.json", "README.md", "2027.06.decisions.yaml"])
def test_other_files_are_not(path: str) -> None:
    assert not re.search(HOOK["files"], path)


def test_the_how_to_shows_the_same_pattern() -> None:
    text = (ROOT / "docs" / "how-to" / "lint-guidelines.md").read_text(encoding="utf-8")
    assert f"files: '{HOOK['files']}'" in text


def test_waivers_are_read_wherever_they_lie_and_a_file_that_cannot_be_read_fails(tmp_path: Path) -> None:
    hook = HOOKS["certmark-waivers"]
    for name in ("waivers.yaml", "acme/waivers-2027.yml"):
        assert re.search(hook["files"], name)
    assert not re.search(hook["files"], "guidelines/2027.06.yaml")
    good, bad = tmp_path / "waivers.yaml", tmp_path / "waivers-bad.yaml"
    good.write_bytes((ROOT / "tests" / "assets" / "waivers" / "v1" / "waivers.yaml").read_bytes())
    bad.write_text("- no waivers")
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for files, status in (([good], 0), ([good, bad], 3), ([bad, good], 3)):
        done = subprocess.run(
            [*shlex.split(hook["entry"]), *files], env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr


def test_what_cannot_be_published_fails_before_it_is_committed(tmp_path: Path) -> None:
    hook = HOOKS["certmark-guideline-publishable"]
    assert (hook["files"], hook["require_serial"]) == (HOOK["files"], True)
    (tmp_path / "2099.06.json").write_bytes(encoded(sound()))
    (tmp_path / "2099.12.json").write_bytes(encoded(sound()) + b"\r\n")
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for name, status in (("2099.06.json", 0), ("2099.12.json", 1)):
        words = [*shlex.split(hook["entry"]), "--to", "site", name]
        done = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
