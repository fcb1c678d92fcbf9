"""What an operator reads is true: settings of the how-to are settings, the references are what the server says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.server.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
HOW_TO = ROOT / "docs" / "how-to" / "operate-a-server.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in _BLOCK.findall(HOW_TO.read_text()) if found == kind]


def test_the_references_are_up_to_date() -> None:
    script = ROOT / "docs" / "generate_server_reference.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False)
    assert done.returncode == 0, "run ./dev docs"


@pytest.mark.parametrize("text", blocks("toml"))
def test_settings_of_the_how_to_are_settings(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    read_settings(file, {})
