"""What an operator has is true: settings of the how-to are settings, references are what the server says, units start."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from certmark.server.admin.verbs import VERBS
from certmark.server.main import parser_of
from certmark.server.settings import PREFIX, Settings, read_settings

ROOT = Path(__file__).resolve().parents[2]
UNITS = ROOT / "automation" / "server"
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


@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_starts_a_verb_as_it_is_and_has_longer_to_end_than_the_server_takes(unit: Path) -> None:
    lines = dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line and line[0] != "#")
    program, verb, *words = shlex.split(lines["ExecStart"])
    assert Path(program).name == "certmark-server"
    given = parser_of(verb).parse_args(words)
    assert given.data == f"/var/lib/{lines['StateDirectory'].split()[0]}"
    assert int(lines["TimeoutStopSec"]) > Settings().shutdown_time


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
@pytest.mark.parametrize("unit", sorted(UNITS.glob("*.service")), ids=lambda path: path.name)
def test_systemd_finds_nothing_wrong_with_a_unit(unit: Path, tmp_path: Path) -> None:
    place = tmp_path / unit.name.replace("@", "@1")
    place.write_text(unit.read_text().replace("/opt/certmark/bin/certmark-server", "/bin/true"))
    words = ["systemd-analyze", "verify", "--man=no", str(place)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, [line for line in done.stderr.splitlines() if place.name in line]) == (0, [])


def test_the_image_is_made_of_what_there_is_and_its_settings_are_settings() -> None:
    text = (UNITS / "Containerfile").read_text().replace("\\\n", "")
    for copied in re.findall(r"^COPY (?!--)(.*)", text, re.MULTILINE):
        assert [name for name in copied.split()[:-1] if not (ROOT / name).exists()] == []
    for lock in re.findall(r"-r (\S+)", text):
        assert (ROOT / lock).exists(), lock
    environment = dict(re.findall(rf"({PREFIX}\w+)=(\S+)", text))
    assert read_settings(None, environment).listen.port == 8300
    assert json.loads(re.findall(r"^CMD (.*)", text, re.MULTILINE)[0])[0] in VERBS
