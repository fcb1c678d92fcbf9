"""What an operator reads is true: the how-to is followed, the references are what the server says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.server.settings import read_settings
from support.operated_server import environment

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "operate-a-server.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in _BLOCK.findall(HOW_TO.read_text()) if found == kind]


@pytest.mark.parametrize("name", ["server", "permissions"])
def test_the_references_are_up_to_date(name: str) -> None:
    script = ROOT / "docs" / f"generate_{name}_reference.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0, "run ./dev docs"


@pytest.mark.parametrize("text", blocks("toml"))
def test_settings_of_the_how_to_are_settings(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    read_settings(file, {})


def test_the_how_to_is_followed(tmp_path: Path) -> None:
    (tmp_path / "server.toml").write_text(blocks("toml")[0])
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "certmark-server"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m certmark.server.main "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}:{environment()['PATH']}"
    for words, said in _commands():
        if " serve " not in words:
            done = subprocess.run(  # noqa: S602 - the lines of the how-to, as a person types them
                words,
                shell=True,
                cwd=tmp_path,
                env={**environment(), "PATH": path},
                capture_output=True,
                text=True,
                check=False,
            )
            pattern = re.escape(said).replace(re.escape("..."), ".*")
            assert re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines())), (
                words,
                done,
            )


def _commands() -> list[tuple[str, str]]:
    """Each command, and what it is said to print."""
    found: list[tuple[str, str]] = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], ""))
        else:
            found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found
