"""Whether a package index answers is known within seconds, and said in a sentence."""

from __future__ import annotations

import json
import socket
import zipfile
from pathlib import Path

import pytest

from certmark import package_index
from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.package_index import why_unreachable


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.enable_socket
def test_where_nothing_listens_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    index = f"global.index-url='http://127.0.0.1:{free_port()}/simple'"
    assert why_unreachable([index]) == "no package index can be reached (127.0.0.1: Connection refused)"
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    assert why_unreachable(["global.index-url='https://pypi.example.org/simple'"]) is not None


@pytest.mark.enable_socket
def test_where_something_listens_and_says_nothing_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_index, "_SECONDS", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        index = f":env:.index-url='http://127.0.0.1:{listener.getsockname()[1]}/simple'"
        assert why_unreachable([index]) == "no package index can be reached (127.0.0.1: it does not answer)"


@pytest.mark.parametrize(
    "settings",
    [
        ["global.no-index='true'"],
        ["global.find-links='/wheels'"],
        ["global.index-url='file:///wheels'"],
        ["global.index-url='ftp://wheels.example.org/'"],
    ],
)
def test_where_no_index_is_asked_nothing_is_said(settings: list[str]) -> None:
    assert why_unreachable(settings) is None


def write_wheel(folder: Path, name: str) -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")


@pytest.mark.thorough
def test_a_suite_is_fetched_into_a_folder_from_which_it_installs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    index, wheels = tmp_path / "index", tmp_path / "wheels"
    index.mkdir()
    write_wheel(index, "certmarktiny")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    suite = {
        "format": "certmark-suite",
        "version": 1,
        "name": "tiny",
        "title": "Tiny",
        "kind": "unittest",
        "requirements": ["certmarktiny=={version}"],
        "default_version": "1.0",
        "load": ["certmarktiny"],
        "results": "subunit",
    }
    (tmp_path / "tiny.json").write_text(json.dumps(suite))
    assert main(["suite", "fetch", str(wheels), "--suite", str(tmp_path / "tiny.json")]) == Exit.OK
    assert [path.name for path in wheels.iterdir()] == ["certmarktiny-1.0-py3-none-any.whl"]
    assert f"install from them with: certmark run --wheels {wheels}" in capsys.readouterr().err
