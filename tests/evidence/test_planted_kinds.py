"""Kinds of secrets, planted in two attachments and in the configuration: what of them anybody gets to see."""

from __future__ import annotations

import json
import re
import tempfile
from html import escape
from pathlib import Path

import pytest

from certmark.cli.main import main
from certmark.domain.results import Results
from certmark.domain.verdicts import judge
from certmark.evidence.bundle import verify_bundle, write_bundle
from certmark.evidence.results import read_evidence
from certmark.evidence.secrets.remembering import remember_secrets_of_clouds
from certmark.evidence.secrets.texts import mapped
from certmark.formats.errors import SecretsInside
from certmark.formats.guideline.reading import read
from support.build import TODAY
from support.planted_kinds import OF_THE_OPERATOR, OPTIONS, OTHERS, PLANTED, Planted
from support.recorded_run import NAMES, record_run
from support.rendering import FORMATS, rendered
from support.resealing import unpacked
from support.streams_in_packets import packet

FOUND = {name: planted for name, planted in PLANTED.items() if planted.is_found}
MOST_NOT_FOUND = 8
TRACEBACK = b'Traceback (most recent call last):\n  File "/t/x.py", line 1, in test\n    f()\nValueError: no\n'
ACCOUNTS = "- username: a\n  password: 4ccount-Pw\n"
CLOUDS = "clouds:\n  a:\n    auth:\n      password: cl0uds-Pw-9\n"


@pytest.fixture(autouse=True)
def operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has secrets in the environment and in clouds.yaml, too."""
    (tmp_path / "clouds.yaml").write_text(CLOUDS, encoding="utf-8")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    monkeypatch.setenv("OS_PASSWORD", "from-the-shell-77")
    remember_secrets_of_clouds()


def run_with(folder: Path, planted: Planted) -> Path:
    """A run in which one of two tests failed, with the secret in its traceback and in its log."""
    text = planted.text if planted.text.startswith((b"\x1f\x8b", b"\x78", b"\x89")) else TRACEBACK + planted.text
    stream = b"".join(
        (
            packet(NAMES[0], status=2),
            packet(NAMES[1], status=2),
            packet(NAMES[0], piece=("traceback", text)),
            packet(NAMES[0], piece=("pythonlogging:''", planted.text)),
            packet(NAMES[0], status=6),
            packet(NAMES[1], status=3),
        )
    )
    return record_run(folder, stream=stream, options=OPTIONS, accounts=ACCOUNTS)


def is_shown(secret: bytes, content: bytes) -> bool:
    """Whether it can be read in a file, as it is or as pages and documents write it."""
    try:
        text = secret.decode()
    except UnicodeDecodeError:
        return secret in content
    forms = {
        text,
        escape(text),
        escape(text, quote=False),
        json.dumps(text)[1:-1],
        json.dumps(text, ensure_ascii=False)[1:-1],
    }
    return secret in content or any(form.encode() in content for form in forms)


def attachments(content: bytes) -> bytes:
    """What a stream has in its attachments, put together."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.flush()
        with mapped(file) as found:
            return b"\n".join(text.text for text in found.texts())


@pytest.mark.parametrize("name", FOUND)
def test_no_bundle_no_report_and_no_page_shows_it(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = FOUND[name]
    folder = run_with(tmp_path / "run", planted)
    shown = everything_shown_of(folder, capsys)
    assert [where for where, content in shown.items() if is_shown(planted.secret, content)] == []
    assert [where for where, content in shown.items() if b"First" not in content] == []
    try:
        path = write_bundle(folder)
    except SecretsInside:
        return
    members = unpacked(path)
    assert [member for member, content in members.items() if is_shown(planted.secret, content)] == []
    assert not is_shown(planted.secret, attachments(members["streams/w0-a1.subunit"]))
    assert {check.name: check.problem for check in verify_bundle(path).checks if check.problem} == {}


def everything_shown_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    """What is made of the run's results for people and programs, by what it is."""
    stream = str(folder / "streams" / "w0-a1.subunit")
    document = read((folder / "guideline" / "list.txt").read_bytes(), "list.txt")
    verdict = judge(document, document.programs[0], Results(read_evidence(stream, digest=True)), as_of=TODAY)
    found = {form: rendered(form, verdict, evaluator="0", full=True) for form in FORMATS}
    found["report.json"] = (folder / "report.json").read_bytes()
    for words in (["results", "show", stream, "--full"], ["results", "show", stream, "--json"]):
        main(words)
        found[" ".join(words)] = capsys.readouterr().out.encode()
    converted = folder / "converted.xml"
    main(["results", "convert", stream, "--to", "junit", "-o", str(converted)])
    found["converted"] = converted.read_bytes()
    return found


def test_no_configuration_has_it(tmp_path: Path) -> None:
    for number, (name, planted) in enumerate(OTHERS.items()):
        if planted.is_found:
            folder = record_run(tmp_path / f"{number}", options=f"[extra]\n{planted.text.decode()}\n")
            members = unpacked(write_bundle(folder))
            assert not is_shown(planted.secret, members["configuration/tempest.conf"]), name


def test_there_are_as_many_kinds_as_somebody_once_planted() -> None:
    assert len(PLANTED) >= 86
    assert len([one for one in OF_THE_OPERATOR.values() if one.is_found]) == len(OF_THE_OPERATOR)


def test_what_cannot_be_found_is_documented_with_the_reason() -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "redaction.md").read_text(encoding="utf-8")
    section = page.partition("## What is not found")[2].partition("\n## ")[0]
    documented = re.findall(r"(?m)^\| ([a-z][^|]+) \| ([^|]+) \|$", section)
    assert [what for what, why in documented[1:] if why.strip()] == [
        name for name, planted in PLANTED.items() if not planted.is_found
    ]
    assert len(documented[1:]) <= MOST_NOT_FOUND


@pytest.mark.parametrize("name", [name for name, planted in PLANTED.items() if not planted.is_found])
def test_what_is_documented_as_not_found_is_not_found(tmp_path: Path, name: str) -> None:
    folder = run_with(tmp_path / "run", PLANTED[name])
    members = unpacked(write_bundle(folder))
    assert PLANTED[name].secret in members["streams/w0-a1.subunit"]
