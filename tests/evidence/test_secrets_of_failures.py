"""What a failed test says of passwords and keys is hidden, in whatever form results come."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from certmark.domain.results import Detail, Outcome
from certmark.evidence.results import read_evidence
from certmark.formats.results.subunit import write_v2
from support.build import attempt
from support.recorded_run import NAMES, record_run

PASSWORD = "F7$vK!Hv25o"
KEY = "MIIEowIBAAKCAQEAbTgYk"
TEXT = (
    "Traceback (most recent call last):\n"
    '  File "/t/ssh.py", line 155, in _get_ssh_connection\n    raise exceptions.SSHTimeout(\n'
    "tempest.lib.exceptions.SSHTimeout: Connection to the 10.0.0.7 via SSH timed out.\n"
    f"User: root, Password: {PASSWORD}\n"
    f"Details: {{'password': '{PASSWORD}', \"adminPass\": \"{PASSWORD}\"}} password={PASSWORD}\n"
    f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}\n-----END RSA PRIVATE KEY-----\n"
)
JUNIT = (
    f'<testsuite name="s" tests="1"><testcase classname="a.First" name="test" time="1">'
    f'<failure type="SSHTimeout" message={quoteattr(TEXT)}>{escape(TEXT)}</failure></testcase></testsuite>'
).encode()


def of_version_2(_: Path) -> bytes:
    out = io.BytesIO()
    write_v2([attempt(NAMES[0], at=1)._replace(outcome=Outcome.FAILED, detail=Detail("", TEXT, ()))], out)
    return out.getvalue()


def of_version_1(_: Path) -> bytes:
    return f"test: {NAMES[0]}\nfailure: {NAMES[0]} [\n{TEXT}]\n".encode()


def of_sonobuoy(_: Path) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo("plugins/e2e/results/global/junit_01.xml")
        entry.size = len(JUNIT)
        archive.addfile(entry, io.BytesIO(JUNIT))
    return out.getvalue()


def of_an_older_report(folder: Path) -> bytes:
    document = json.loads((record_run(folder / "run", stream=of_version_2(folder)) / "report.json").read_bytes())
    document["evidence"][0]["attempts"][0]["detail"] = {"reason": TEXT[:400], "text": TEXT}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a.subunit", of_version_2),
        ("a.subunit1", of_version_1),
        ("a.xml", lambda _: JUNIT),
        ("a.tar.gz", of_sonobuoy),
        ("report.json", of_an_older_report),
    ],
)
def test_no_password_and_no_key_is_read_of_a_failure(tmp_path: Path, name: str, made: object) -> None:
    path = tmp_path / name
    path.write_bytes(made(tmp_path))  # type: ignore[operator]  # one of the above
    pieces = read_evidence(str(path), digest=False)
    told = repr([one.detail for piece in pieces for one in piece.attempts])
    assert "SSHTimeout" in told
    assert "<hidden>" in told
    assert PASSWORD not in told
    assert KEY not in told
