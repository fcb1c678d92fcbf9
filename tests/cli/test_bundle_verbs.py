"""`certmark bundle show`, `verify` and `preview`, and `judge` of a bundle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import NAME, write_bundle
from support.recorded_run import PASSWORD, RUN, record_run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return record_run(tmp_path / "run")


def test_show_says_what_it_is_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(folder)
    assert main(["bundle", "show", str(folder)]) == Exit.OK
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith(f"run {RUN}, written by certmark ")
    assert shown[1].startswith("judged again: list: PASS; ")
    assert shown[2] == "tests ran from 1970-01-01 00:00:00 to 1970-01-01 00:00:01 UTC"
    assert shown[-2:] == [
        "Removed: 1 secret; a salted digest stands for each.",
        shown[-1],
    ]
    assert "configuration/tempest.conf: admin_password" in shown[-1]


def test_show_never_shows_a_verdict_that_was_not_computed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = folder / "report.json"
    report.write_bytes(report.read_bytes().replace(b"list: PASS; ", b"list: PASS with honours; "))
    assert main(["bundle", "show", write_bundle(folder)]) == Exit.OK
    shown = capsys.readouterr().out
    assert "honours" not in shown
    assert "verdict does not hold: judged again, its sentence is not what the report says" in shown


def test_show_gives_the_manifest_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "show", write_bundle(folder), "--json"]) == Exit.OK
    assert json.loads(capsys.readouterr().out)["run"] == RUN


def test_verify_passes_and_fails(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_bundle(folder)
    assert main(["bundle", "verify", path]) == Exit.OK
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == ["ok "] * 8
    report = folder / "report.json"
    report.write_bytes(report.read_bytes().replace(b'"standing":"pass"', b'"standing":"fail"'))
    other = write_bundle(folder, tmp_path / "other.tar.gz")
    assert main(["bundle", "verify", other, "--json"]) == Exit.FAIL
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert [check["name"] for check in checks if check["problem"]] == ["verdict"]


def test_verify_refuses_what_is_no_bundle(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "verify", str(folder)]) == Exit.USAGE
    assert main(["bundle", "verify", str(folder / "report.json")]) == Exit.UNREADABLE
    shutil.copy(folder / "streams" / "w0-a1.subunit", tmp_path / "x")
    assert main(["bundle", "show", str(tmp_path / "x")]) == Exit.UNREADABLE
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["certmark"] * 3


def test_preview_shows_what_would_leave(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bundle", "preview", str(folder)]) == Exit.OK
    assert "streams/w0-a1.subunit" in capsys.readouterr().out
    assert main(["bundle", "preview", str(folder), "--print", "configuration/tempest.conf"]) == Exit.OK
    text = capsys.readouterr().out
    assert "admin_password = removed-" in text
    assert PASSWORD not in text
    assert main(["bundle", "preview", str(folder), "--print", "nothing"]) == Exit.USAGE
    assert not (folder / NAME).exists()


def test_preview_names_secrets(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(PASSWORD.encode())
    assert main(["bundle", "preview", str(folder), "--json"]) == Exit.FAIL
    captured = capsys.readouterr()
    assert json.loads(captured.out)["secrets"] == [
        {"member": "streams/w0-a1.subunit", "what": "the value of admin_password of tempest.conf"}
    ]
    assert "no bundle is written as long as it does" in captured.err


def test_preview_finds_a_run_by_its_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path))
    record_run(tmp_path / "runs" / RUN)
    assert main(["bundle", "preview", RUN]) == Exit.OK
    assert main(["bundle", "preview", "nothing"]) == Exit.USAGE
    assert "there is no run 'nothing'" in capsys.readouterr().err


def test_a_bundle_is_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_bundle(folder)
    guideline = str(folder / "guideline" / "list.txt")
    assert main(["judge", path, "--guideline", guideline, "--quiet"]) == Exit.OK
    assert "2 of 2 counted tests passed" in capsys.readouterr().out


def test_what_was_removed_is_shown_to_a_reviewer_who_checks_it(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, shown = write_bundle(folder), tmp_path / "shown.json"
    assert main(["bundle", "show", path, "--json"]) == Exit.OK
    (removed,) = json.loads(capsys.readouterr().out)["removed"]
    assert main(["bundle", "reveal", str(folder), removed["digest"][:12], "-o", str(shown)]) == Exit.OK
    assert shown.stat().st_mode & 0o077 == 0
    assert PASSWORD in shown.read_text(encoding="utf-8")
    assert PASSWORD not in capsys.readouterr().err
    assert main(["bundle", "verify", path, "--revealed", str(shown)]) == Exit.OK
    assert "revealed  1 of 1 removed values are what stood there" in capsys.readouterr().out
    shown.write_text(shown.read_text(encoding="utf-8").replace(PASSWORD, "another"), encoding="utf-8")
    assert main(["bundle", "verify", path, "--revealed", str(shown)]) == Exit.FAIL
    assert "is not what stood there" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "status"),
    [("", Exit.UNREADABLE), ("{}", Exit.UNREADABLE), ('{"format": "certmark-openings", "version": 1}', Exit.UNREADABLE),
     ('{"format": "certmark-openings", "version": 1, "shown": [1]}', Exit.UNREADABLE),
     ('{"format": "certmark-openings", "version": 1, "shown": []}', Exit.FAIL),
     ('{"format": "certmark-openings", "version": 1, "shown": [{"digest": "a", "value": "b", "salt": "c"}]}',
      Exit.FAIL)],
)  # fmt: skip
def test_what_shows_nothing_is_refused(folder: Path, tmp_path: Path, content: str, status: Exit) -> None:
    path = tmp_path / "shown.json"
    path.write_text(content, encoding="utf-8")
    assert main(["bundle", "verify", write_bundle(folder), "--revealed", str(path)]) == status


def test_reveal_wants_a_digest_that_is_there(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tmp_path / "shown.json")
    for digest in ("0" * 12, "0"):
        assert main(["bundle", "reveal", str(folder), digest, "-o", path]) == Exit.USAGE
    assert "is no digest of what was removed" in capsys.readouterr().err
    assert not (tmp_path / "shown.json").exists()
