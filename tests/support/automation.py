"""Tools of other worlds, which ./dev check installs beside ours, and a small suite for whatever starts a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from certmark.cli.options.variables import flags_of
from certmark.cli.run.run import VARIABLES, Options
from support.toy import SUITES
from support.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
AUTOMATION = ROOT / "automation"
TOOLS = ROOT / ".cache" / "automation"
CERTMARK = str(Path(sys.executable).with_name("certmark"))
SECRET = "s3cret-of-the-cloud"
NOT_FOR_WRAPPERS = {
    "debug": "for a person who looks for something",
    "dry-run": "for a person who plans",
    "list": "for a person who plans",
    "continue": "a wrapper begins a fleet anew",
    "events": "the folder of results has them",
    "format": "the folder of results has every form",
    "output": "the folder of results has every report",
    "full": "a report for people to read at a terminal",
    "quiet": "the wrapper decides it",
    "results": "the wrapper decides it",
}
"""Options of `certmark run` that no wrapper has, and why."""


def offered_options() -> set[str]:
    """The options that every wrapper has, by their names with underscores."""
    return {name.replace("-", "_") for name in flags_of(Options) if name not in NOT_FOR_WRAPPERS}


def tool(name: str) -> str:
    """The path of a tool; skips the test where it is not there."""
    found = shutil.which(name, path=os.pathsep.join([str(TOOLS / "bin"), os.environ["PATH"]]))
    if found is None:
        pytest.skip(f"{name} is not here; ./dev automation installs it")
    return found


def call(*words: object, folder: Path = ROOT, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command; both of its streams in `stdout`."""
    env = {**os.environ, "PATH": f"{TOOLS / 'bin'}{os.pathsep}{os.environ['PATH']}", "LC_ALL": "C.UTF-8", **environ}
    return subprocess.run(
        [str(word) for word in words], cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, check=False, timeout=PATIENCE * 4,
    )  # fmt: skip


def check(*words: object, folder: Path = ROOT, **environ: str) -> str:
    """What a command says that must end well."""
    done = call(*words, folder=folder, **environ)
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def toy_options(folder: Path, *tests: str) -> dict[str, str]:
    """Options of a run of the small suite, which needs no cloud."""
    path = folder / "list.txt"
    path.write_text("".join(f"toy.{test}\n" for test in tests or ("passing.Good.test_a",)))
    return {
        "suite": str(SUITES / "toy.json"),
        "tempest": sys.executable,
        "guideline": str(path),
    }


def as_variables(options: dict[str, str]) -> dict[str, str]:
    """The same as variables of the environment."""
    return {VARIABLES + name.upper(): value for name, value in options.items()}


def documents_in(path: Path) -> list[Any]:
    """The documents of a file of YAML."""
    return list(yaml.safe_load_all(path.read_text(encoding="utf-8")))


def changed_guideline(folder: Path) -> Path:
    """A repository in which the last change takes a test away, and asks for a capability that there is not."""
    repository = folder / "repository"
    (repository / "guidelines").mkdir(parents=True)
    text = (ROOT / "src" / "certmark" / "data" / "guidelines" / "2026.11.json").read_text()
    file = repository / "guidelines" / "2026.11.json"
    file.write_text(text)
    git = ("git", "-c", "user.name=A", "-c", "user.email=a@example.org")
    check(*git, "init", "-q", folder=repository)
    check(*git, "add", "-A", folder=repository)
    check(*git, "commit", "-qm", "before", folder=repository)
    document = json.loads(text)
    tests = document["capabilities"]["objectstore-object-create"]["tests"]
    tests.pop(min(tests))
    document["components"]["object_storage"]["capabilities"]["required"].append("objectstore-nosuch")
    file.write_text(json.dumps(document, indent=4) + "\n")
    check(*git, "commit", "-qam", "after", folder=repository)
    return repository
