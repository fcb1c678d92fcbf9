"""`certmark bundle show`, `verify` and `preview`, and `judge` of a bundle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from certmark.cli.exits import Exit
from certmark.cli.main import main
from certmark.evidence.bundle import NAME, read_bundle, verify_bundle, write_bundle
from certmark.formats.errors import SecretsInside
from support.recorded_run import PASSWORD, RUN, record_run
from support.resealing import resealed, unpacked


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
    (secret,) = json.loads(captured.out)["secrets"]
    assert (secret["member"], secret["what"], secret["accept"]) == (
        "streams/w0-a1.subunit",
        "the value of admin_password of tempest.conf",
        False,
    )
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


LOOKS_LIKE_ONE = "http://glance:S3rvice-N0t-Available@10.0.0.1/"


@pytest.fixture
def refused(folder: Path) -> Path:
    """A run whose results have a text that looks like a password in a URL."""
    with (folder / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(LOOKS_LIKE_ONE.encode())
    content = (folder / "streams" / "w0-a1.subunit").read_bytes()
    return record_run(folder.with_name("refused"), stream=content)


def finding(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["bundle", "preview", str(folder), "--json"]) == Exit.FAIL
    captured = capsys.readouterr()
    (secret,) = json.loads(captured.out)["secrets"]
    assert secret["accept"]
    assert secret["digest"][:12] in captured.err
    assert f"certmark bundle accept RUN {secret['digest'][:12]}" in captured.err
    return str(secret["digest"])


def test_a_false_alarm_is_overruled_openly(refused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = finding(refused, capsys)
    accept = ["bundle", "accept", str(refused), digest[:12], "--reason", "a text of glance", "--by", "Jo Doe"]
    assert main(accept) == Exit.OK
    with read_bundle(refused / NAME) as bundle:
        (accepted,) = bundle.manifest.accepted
        assert LOOKS_LIKE_ONE.encode() in bundle.content("streams/w0-a1.subunit")
    assert accepted.document() == {
        "member": "streams/w0-a1.subunit",
        "what": "a password in a URL",
        "digest": digest,
        "salt": accepted.salt,
        "reason": "a text of glance",
        "by": "Jo Doe",
    }
    for verb in ("show", "verify"):
        capsys.readouterr()
        main(["bundle", verb, str(refused)])
        shown = capsys.readouterr().out
        assert "a text of glance" in shown
        assert "Jo Doe" in shown
        assert "a password in a URL" in shown
    # It holds for whoever makes the bundle again, and of the same text only.
    (refused / NAME).unlink()
    write_bundle(refused)
    with (refused / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(b" http://glance:An0ther-0ne@10.0.0.1/")
    with pytest.raises(SecretsInside):
        write_bundle(refused)


def test_an_acceptance_of_something_else_is_none(refused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    digest = finding(refused, capsys)
    main(["bundle", "accept", str(refused), digest, "--reason", "a text", "--by", "Jo"])
    members = unpacked(str(refused / NAME))
    members["versions.json"] = members["versions.json"].replace(b"toy", LOOKS_LIKE_ONE.encode())
    problems = {check.name: check.problem for check in verify_bundle(resealed(members, refused / "f")).checks}
    assert "a password in a URL stands in versions.json" in str(problems["secrets"])


def test_an_acceptance_of_nothing_is_found(refused: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["bundle", "accept", str(refused), finding(refused, capsys), "--reason", "a text", "--by", "Jo"])
    members = unpacked(str(refused / NAME))
    manifest = json.loads(members["manifest.json"])
    (honest,) = manifest["accepted"]
    for other in ({"member": "report.json"}, {"what": "a token"}, {"digest": "ab" * 32}, {}):
        manifest["accepted"] = [honest, {**honest, **other}]
        forged = resealed({**members, "manifest.json": json.dumps(manifest).encode()}, refused / "f.tar.gz")
        problems = {check.name: check.problem for check in verify_bundle(forged).checks if check.problem}
        assert list(problems) == ["manifest"]


def test_an_acceptance_of_what_is_gone_does_not_go_into_the_bundle(
    refused: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["bundle", "accept", str(refused), finding(refused, capsys), "--reason", "a text", "--by", "Jo"])
    stream = refused / "streams" / "w0-a1.subunit"
    stream.write_bytes(stream.read_bytes().removesuffix(LOOKS_LIKE_ONE.encode()))
    with read_bundle(write_bundle(refused)) as bundle:
        assert not bundle.manifest.accepted


@pytest.mark.parametrize(
    ("digest", "reason", "by", "told"),
    [
        ("0123456789ab", "a text", "Jo", "is no digest of what was found"),
        ("DIGEST6", "a text", "Jo", "is not enough of a digest of what was found"),
        ("DIGEST", " ", "Jo", "the reason must be a few words"),
        ("DIGEST", "a text", "Jo\n", "the name must be a few words"),
    ],
)
def test_what_is_not_said_well_is_not_accepted(
    refused: Path, capsys: pytest.CaptureFixture[str], digest: str, reason: str, by: str, told: str
) -> None:
    found = finding(refused, capsys)
    digest = digest.replace("DIGEST6", found[:6]).replace("DIGEST", found)
    assert main(["bundle", "accept", str(refused), digest, "--reason", reason, "--by", by]) == Exit.USAGE
    assert told in capsys.readouterr().err
    assert not (refused / NAME).exists()


def test_what_the_run_was_given_is_never_accepted(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "streams" / "w0-a1.subunit").open("ab") as stream:
        stream.write(PASSWORD.encode())
    main(["bundle", "preview", str(folder), "--json"])
    (secret,) = json.loads(capsys.readouterr().out)["secrets"]
    accept = ["bundle", "accept", str(folder), secret["digest"], "--reason", "a text", "--by", "Jo"]
    assert main(accept) == Exit.USAGE
    assert "the run was given it, and it is never accepted" in capsys.readouterr().err


def test_preview_tells_what_cannot_be_looked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = record_run(tmp_path / "run", options="[a]\nother_password = ab1\nuser_password = openstack\n")
    assert main(["bundle", "preview", str(folder)]) == Exit.OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "the value of other_password of tempest.conf, user_password of tempest.conf" in shown
