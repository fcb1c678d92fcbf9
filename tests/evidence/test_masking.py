"""Streams without the secrets of what tests made: everything is read as before, and the raw digest stays known."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.evidence.bundle import read_bundle, verify_bundle, write_bundle
from certmark.evidence.bundle.masking import copy_masked
from certmark.evidence.results import read_evidence
from certmark.evidence.secrets.search import find_leaks
from certmark.formats.results.subunit import write_v2
from support.build import attempt
from support.masking import find_test_secrets
from support.recorded_run import NAMES, record_run

ANSWER = 'Body: {"server": {"adminPass": "Gc3KNjcM3chi"}}'


def stream_with(text: str) -> bytes:
    out = io.BytesIO()
    write_v2([attempt(name, at=number, seconds=0.5) for number, name in enumerate(NAMES)], out)
    from certmark.domain.results import Detail, Outcome

    failed = attempt(NAMES[0], at=9)._replace(outcome=Outcome.FAILED, detail=Detail("failed", text, ()))
    write_v2([failed], out)
    return out.getvalue()


def masked(path: Path) -> bytes:
    with copy_masked(path, find_test_secrets(path)) as copy:
        return copy.read()


def test_a_masked_stream_is_read_like_the_raw_one(tmp_path: Path) -> None:
    path, other = tmp_path / "raw", tmp_path / "masked"
    path.write_bytes(stream_with(ANSWER))
    other.write_bytes(masked(path))
    assert other.stat().st_size == path.stat().st_size
    (before,), (after,) = (read_evidence(str(one), digest=False) for one in (path, other))
    assert (after.remarks, after.truncated) == (before.remarks, before.truncated)
    assert [one._replace(detail=None) for one in after.attempts] == [
        one._replace(detail=None) for one in before.attempts
    ]
    assert b"Gc3KNjcM3chi" not in other.read_bytes()
    assert find_test_secrets(other) == ()


@pytest.mark.parametrize("run", ["compute-dynamic-1", "object-dynamic", "object-broken-server-stopped"])
@pytest.mark.parametrize("name", ["results.subunit"])
def test_recorded_streams_are_read_as_before(shared: Path, tmp_path: Path, run: str, name: str) -> None:
    raw = shared / "runs" / run / name
    secrets = find_test_secrets(raw)
    if not secrets:
        return
    other = tmp_path / "masked"
    other.write_bytes(masked(raw))
    (before,), (after,) = (read_evidence(str(one), digest=False) for one in (raw, other))
    assert (after.remarks, after.truncated, len(after.attempts)) == (
        before.remarks,
        before.truncated,
        len(before.attempts),
    )
    assert [one._replace(detail=None) for one in after.attempts] == [
        one._replace(detail=None) for one in before.attempts
    ]
    with other.open("rb") as file:
        assert find_leaks(file, "m", {}) == ()


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_garbage_around_is_left_alone(tmp_path_factory: pytest.TempPathFactory, before: bytes, after: bytes) -> None:
    path = tmp_path_factory.mktemp("masked") / "raw"
    content = before + b" " + ANSWER.encode() + b" " + after
    path.write_bytes(content)
    secret = content.index(b"Gc3KNjcM3chi", len(before))
    done = masked(path)
    assert done[secret : secret + 12] == b"*" * 12
    assert len(done) == len(content)


def test_a_bundle_of_it_is_written_and_holds(tmp_path: Path) -> None:
    raw = stream_with(ANSWER)
    folder = record_run(tmp_path / "run", stream=raw)
    path = write_bundle(folder)
    verification = verify_bundle(path)
    assert {check.name: check.problem for check in verification.checks if check.problem} == {}
    with read_bundle(path) as bundle:
        (member,) = [one for one in bundle.manifest.members if one.path.startswith("streams/")]
        assert member.original == hashlib.sha256(raw).hexdigest() != member.sha256
        assert b"Gc3KNjcM3chi" not in b"".join(bundle.content(one.path) for one in bundle.manifest.members)
        told = {(one.member, one.what) for one in bundle.manifest.removals}
    assert ("streams/w0-a1.subunit", "password in an answer or a request") in told
    assert json.loads((folder / "report.json").read_bytes())["evidence"][0]["sha256"] == member.original


def test_what_the_report_tells_of_a_log_loses_it_too(tmp_path: Path) -> None:
    folder = record_run(tmp_path / "run", stream=stream_with(ANSWER))
    with read_bundle(write_bundle(folder)) as bundle:
        report = bundle.content("report.json")
    assert b"adminPass" in report
    assert b"Gc3KNjcM3chi" not in report
