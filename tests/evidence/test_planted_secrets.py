"""A secret of any kind, planted anywhere: it does not leave with a bundle, and a bundle that has it does not hold."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from certmark.domain.results import Detail, Outcome
from certmark.evidence.bundle import preview_bundle, read_bundle, verify_bundle, write_bundle
from certmark.formats.errors import SecretsInside
from certmark.formats.results.subunit import write_v2
from support.build import attempt
from support.planted import SECRETS
from support.recorded_run import NAMES, record_run
from support.resealing import Members, resealed, unpacked

OF_TESTS = frozenset(
    {
        "an application credential", "an EC2 key", "an S3 signature", "an S3 signature of version 4",
        "a signature of a temporary URL", "a key of temporary URLs", "the second key of a container",
        "a password in a server's answer", "the same within a text in JSON", "the same as Python prints it",
        "user data", "a password for SSH", "a password of clouds.yaml", "a private key of a key pair",
        "a password in SSHTimeout", "a password that the SSH client logs",
    }
)  # fmt: skip


def planted(name: str) -> str:
    text, secret = SECRETS[name]
    return text.replace("@", secret, 1)


def stream_with(text: str) -> bytes:
    out = io.BytesIO()
    write_v2([attempt(name, at=number, seconds=0.5) for number, name in enumerate(NAMES)], out)
    failed = attempt(NAMES[0], at=9)._replace(outcome=Outcome.FAILED, detail=Detail("failed", text, ()))
    write_v2([failed], out)
    return out.getvalue()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The members of a bundle without secrets."""
    return unpacked(write_bundle(record_run(tmp_path_factory.mktemp("sound") / "run")))


@pytest.mark.parametrize("name", SECRETS)
def test_planted_in_a_stream_it_does_not_leave(tmp_path: Path, name: str) -> None:
    secret = SECRETS[name][1].encode()
    raw = stream_with(planted(name))
    assert secret in raw
    folder = record_run(tmp_path / "run", stream=raw)
    if name not in OF_TESTS:
        with pytest.raises(SecretsInside, match="a secret would leave the machine"):
            write_bundle(folder)
        assert preview_bundle(folder).leaks
        return
    path = write_bundle(folder)
    members = unpacked(path)
    assert "streams/w0-a1.subunit" in members
    assert [member for member, content in members.items() if secret in content] == []
    assert verify_bundle(path).holds


@pytest.mark.parametrize("name", SECRETS)
def test_planted_in_the_configuration_it_is_removed(tmp_path: Path, name: str) -> None:
    folder = record_run(tmp_path / "run")
    with (folder / "suite" / "tempest.conf").open("a", encoding="utf-8") as file:
        file.write(f"# {planted(name)}\n[extra]\nsaid = {planted(name)}\n")
    path = write_bundle(folder)
    members = unpacked(path)
    assert "configuration/tempest.conf" in members
    assert [member for member, content in members.items() if SECRETS[name][1].encode() in content] == []
    with read_bundle(path) as bundle:
        assert any(removal.member == "configuration/tempest.conf" for removal in bundle.manifest.removals)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("member", ["versions.json", "streams/w0-a1.subunit", "configuration/tempest.conf"])
def test_a_forged_bundle_that_has_it_does_not_hold(sound: Members, tmp_path: Path, name: str, member: str) -> None:
    members = dict(sound)
    members[member] += b"\n" + planted(name).encode() + b"\n"
    checks = verify_bundle(resealed(members, tmp_path / "forged.tar.gz")).checks
    problem = {check.name: check.problem for check in checks}["secrets"]
    assert problem is not None
    assert member in problem
    assert SECRETS[name][1] not in problem


def test_a_password_of_the_environment_does_not_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PASSWORD", "from-the-shell-77")
    folder = record_run(tmp_path / "run", stream=stream_with("it said from-the-shell-77 here"))
    with pytest.raises(SecretsInside, match=r"the value of \$OS_PASSWORD stands in"):
        write_bundle(folder)


def test_what_a_report_tells_stays_a_report(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "run", stream=stream_with(planted("a password in a server's answer")))
    report = json.loads(unpacked(write_bundle(folder))["report.json"])
    assert report["format"] == "certmark-report"
