"""Sound files to begin with: the assets of the tests, and small ones made here."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

from certmark.domain.results import Attempt, Detail, Outcome, Trouble, TroubleKind
from certmark.formats.results.junit import write_junit
from certmark.formats.results.refstack import write_upload
from certmark.formats.results.subunit import write_v2
from certmark.formats.results.subunit.own_fields import StreamRecord

ASSETS = Path(__file__).resolve().parent.parent / "tests" / "assets"
_LARGEST = 60_000
_ATTEMPTS = tuple(
    Attempt(
        f"a.B.test_{n}", f"{n:08d}-1111-4111-8111-111111111111", outcome, 10**18, 0.5, detail=Detail("why", "text", ())
    )
    for n, outcome in enumerate(Outcome)
)
_OURS = tuple(one._replace(place="node 1", window=(1, 2), started=None, superseded=True) for one in _ATTEMPTS)
_RECORD = b'{"id": "x", "created_at": "2020-12-01", "results": ["a.B.c"], "meta": {"target": "object"}}'


def of_results() -> list[bytes]:
    """Results in every format."""
    v2, junit, upload = io.BytesIO(), io.BytesIO(), io.BytesIO()
    write_v2(_ATTEMPTS, v2)
    write_junit(_ATTEMPTS, junit, title="a run")
    write_upload(_ATTEMPTS, upload, cpid="x", duration_seconds=1)
    ours = io.BytesIO()
    write_v2(_OURS, ours, StreamRecord(True, False, (Trouble(TroubleKind.ERROR, "it died", "a.B"),)))
    made = [v2.getvalue(), ours.getvalue(), junit.getvalue(), upload.getvalue(), _RECORD, _tarball(junit.getvalue())]
    return [*made, gzip.compress(v2.getvalue()), *of_assets("junit", "subunit", "refstack", "report")]


def of_guidelines() -> list[bytes]:
    """Guidelines in every form."""
    made = [
        json.dumps({"id": "2099.01", "schema": "1.6", "status": "draft", "platform": {}, "capabilities": {}}).encode(),
        json.dumps({"metadata": {"id": "2099.01", "schema": "2.0"}, "components": {}, "platforms": {}}).encode(),
        b"a.B.c[id-638f876d-6a43-482a-bbb3-0840bca101c6]\na.B.d\n",
        b"- testname: x\n  codename: '[sig-x] it does'\n  description: y\n  release: v1.9\n  file: z.go\n",
    ]
    return [*made, *of_assets("guideline")]


def of_assets(*folders: str) -> list[bytes]:
    """Every asset that is small enough to be changed in many ways."""
    paths = sorted(path for folder in folders for path in (ASSETS / folder).rglob("*") if path.is_file())
    return [path.read_bytes() for path in paths if path.stat().st_size <= _LARGEST]


def _tarball(junit: bytes) -> bytes:
    """A Sonobuoy archive with a member of every role."""
    members = {
        "plugins/e2e/results/global/junit_01.xml": junit,
        "plugins/e2e/results/global/e2e.log": b"e2e test version: v1.29.0\n2 Passed | 1 Failed\nTest Suite Failed\n",
        "plugins/own/results/node1/output.xml": b"<testsuite><testcase name='t'/></testsuite>",
        "plugins/own/errors/node2/error.json": b'{"error": "timeout"}',
        "plugins/manual/sonobuoy_results.yaml": b"name: x\nstatus: failed\nitems:\n- {name: t, status: failed}\n",
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return out.getvalue()
