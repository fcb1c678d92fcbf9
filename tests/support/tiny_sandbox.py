"""A sandbox profile without a cloud in it: a file to write, and two services that only wait."""

from __future__ import annotations

import sys
from pathlib import Path

from certmark.sandbox.environment import home_of
from certmark.sandbox.profiles import DATA, Breakage, Profile, SandboxService, SetupStep
from certmark.sandbox.state import Sandbox
from support.waiting import PATIENCE

LOCK = "object-storage.txt"


def write(name: str) -> SetupStep:
    return SetupStep(name, f"writing {name}", lambda sandbox: note(sandbox, name))


def note(sandbox: Sandbox, word: str) -> None:
    with sandbox.path("data", "notes").open("a") as stream:
        stream.write(f"{word}\n")


def notes(sandbox: Sandbox) -> list[str]:
    path = sandbox.path("data", "notes")
    return path.read_text().split() if path.exists() else []


def waiting(name: str, *needs: str, script: str = "") -> SandboxService:
    """A service that says it is ready and waits."""
    script = script or f"echo {name} begins; : > data/{name}.ready; exec sleep 600"
    return SandboxService(
        name,
        f"the {name}",
        lambda _: ("/bin/sh", "-c", script),
        lambda sandbox: sandbox.path("data", f"{name}.ready").exists(),
        needs,
        patience=PATIENCE,
    )


PROFILE = Profile(
    name="tiny",
    summary="nothing",
    lock=LOCK,
    ports={},
    parts=(
        write("first")._replace(always=True),
        write("second")._replace(needs=("first",)),
        waiting("below", "second"),
        waiting("above", "below"),
        write("third")._replace(needs=("above",)),
    ),
    breakages=(Breakage("fault", "something is wrong", lambda s: note(s, "broken"), lambda s: note(s, "mended")),),
)


def pretend_environment(cache: Path) -> None:
    """What makes the environment of `LOCK` count as made, without pip."""
    home = home_of(DATA / LOCK, cache)
    (home / "environment" / "bin").mkdir(parents=True)
    (home / "environment" / "bin" / "python").symlink_to(sys.executable)
    (home / "whole").touch()
