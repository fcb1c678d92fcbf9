from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from certmark.domain.results import Attempt, Evidence, Outcome
from certmark.evidence.results import read_evidence
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.recognition import ResultsKind, describe, recognise
from certmark.formats.results.subunit import write_v2
from support.processes import unwatched

PASS = (Attempt("a.B.c", None, Outcome.PASSED),)
JUNIT = b"<testsuite><testcase classname='a.B' name='c'/></testsuite>"
UPLOAD = json.dumps({"cpid": "x", "duration_seconds": 1, "results": [{"name": "a.B.c"}]}).encode()
V1 = b"time: 2026-11-21 10:00:00.0Z\ntest: a.B.c\ntime: 2026-11-21 10:00:01.0Z\nsuccess: a.B.c\n"


def v2() -> bytes:
    out = io.BytesIO()
    write_v2(PASS, out)
    return out.getvalue()


def tarball() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        header = tarfile.TarInfo("plugins/e2e/results/junit.xml")
        header.size = len(JUNIT)
        tar.addfile(header, io.BytesIO(JUNIT))
    return out.getvalue()


FILES = {
    "subunit-v2": v2(),
    "subunit-v1": V1,
    "junit": JUNIT,
    "refstack-upload": UPLOAD,
    "sonobuoy": tarball(),
}


def repository(folder: Path, **files: bytes) -> Path:
    folder.mkdir()
    for name, content in files.items():
        (folder / name.removeprefix("run").replace("next_stream", "next-stream")).write_bytes(content)
    return folder


def summary(evidence: tuple[Evidence, ...]) -> list[tuple[str, str, bool, tuple[str, ...]]]:
    return [(piece.name, piece.format, piece.truncated, piece.remarks) for piece in evidence]


@pytest.mark.parametrize("form", FILES)
@pytest.mark.parametrize("packing", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("name", ["results", "results.subunit", "results.xml", "results.json"])
def test_the_content_tells_the_format_never_the_name(
    tmp_path: Path, form: str, packing: type[bytes], name: str
) -> None:
    data = packing(FILES[form])
    (tmp_path / name).write_bytes(data)
    (evidence,) = read_evidence(str(tmp_path / name), digest=True)
    assert evidence._replace(attempts=()) == Evidence(
        name=name,
        format=form,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        attempts=(),
        passes_only=form == "refstack-upload",
        plugin="e2e" if form == "sonobuoy" else None,
    )
    assert [(attempt.name, attempt.outcome) for attempt in evidence.attempts] == [("a.B.c", Outcome.PASSED)]


def test_nobody_pays_for_a_digest_that_nobody_asked_for(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(JUNIT)
    assert read_evidence(str(tmp_path / "run"), digest=False)[0].sha256 is None


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\xb3", ResultsKind.SUBUNIT_V2),
        (b"warning: x\n" + v2(), ResultsKind.SUBUNIT_V2),
        (b"[WARNING] x\n{} x\n" + V1, ResultsKind.SUBUNIT_V1),
        (b"<frozen x> RuntimeWarning\n" + V1, ResultsKind.SUBUNIT_V1),
        (b"progress: push\n", ResultsKind.SUBUNIT_V1),
        (b"error: it did not work\n", None),
        (JUNIT, ResultsKind.XML),
        (b"\xef\xbb\xbf \n" + JUNIT, ResultsKind.XML),
        (JUNIT.decode().encode("utf-16"), ResultsKind.XML),
        (JUNIT.decode().encode("utf-16-be"), ResultsKind.XML),
        (b"<!-- x -->\ntime: 2026-11-21", ResultsKind.XML),
        (b"<html>", None),
        (b" {", ResultsKind.JSON),
        (b"[[", ResultsKind.JSON),
        (b"[DEFAULT]\na = b", None),
        (b"\xb2\x2b\x03" * 9_000, None),
        (b"x" + b"\xb3\x2b\x80\xff\xff" * 13_000, None),
        (b"", None),
        (b"x" * 600, None),
    ],
)
def test_a_kind_is_told_from_the_beginning(head: bytes, kind: ResultsKind | None) -> None:
    assert recognise(head) is kind


def test_standard_input_is_read(tmp_path: Path) -> None:
    script = "from certmark.evidence.results import read_evidence as r; e, = r('-', digest=True); print(e.name, e.format, len(e.attempts))"
    done = subprocess.run(
        [sys.executable, "-c", script], input=gzip.compress(V1), capture_output=True, check=True, cwd=tmp_path
    )
    assert done.stdout == b"standard input subunit-v1 1\n"


def test_a_small_stream_of_subunit_pays_for_no_other_reader(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(v2())
    script = (
        "import sys; from certmark.evidence.results import read_evidence; read_evidence(sys.argv[1], digest=False);"
        "print([m for m in ('pyexpat', 'tarfile', 'gzip', 'zlib', 'json', 'yaml', 'tempfile', 'hashlib', 'pathlib', 'isal.igzip')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-X", "frozen_modules", "-c", script, tmp_path / "run"],
        capture_output=True,
        check=True,
        env=unwatched(),
    )
    assert done.stdout in {b"[]\n", b"['zlib']\n"}  # zlib has the checksum where there is no isal


def test_of_a_repository_the_last_run_is_read(tmp_path: Path) -> None:
    home = repository(tmp_path / ".stestr", run0=b"x", run9=JUNIT, run10=V1, next_stream=b"11\n", tmpabcdefgh=V1)
    expected = [
        (
            ".stestr/10",
            "subunit-v1",
            False,
            (
                "run 10 is the last one of the repository; it has 2 earlier ones",
                "1 unfinished or killed run is left beside it",
            ),
        )
    ]
    assert summary(read_evidence(str(home), digest=False)) == expected
    assert summary(read_evidence(str(tmp_path), digest=False)) == expected


@pytest.mark.parametrize("counter", [b"", b"garbage", b"99", b"-1", b"9" * 50])
def test_where_the_counter_does_not_help_the_highest_number_does(tmp_path: Path, counter: bytes) -> None:
    home = repository(tmp_path / ".testrepository", run0=V1, run1=V1, next_stream=counter)
    assert [piece.name for piece in read_evidence(str(home), digest=False)] == [".testrepository/1"]


def test_the_counter_goes_before_the_highest_number(tmp_path: Path) -> None:
    home = repository(tmp_path / "renamed", run0=V1, run1=V1, run7=V1, next_stream=b"2")
    assert [piece.name for piece in read_evidence(str(home), digest=False)] == ["renamed/1"]


def test_of_a_killed_run_the_partial_streams_are_read(tmp_path: Path) -> None:
    home = repository(
        tmp_path / ".stestr", tmpabcdefgh=V1, tmpstuvwxyz=V1, tmpempty_00=b"", next_stream=b"0", format=b"1"
    )
    remarks = ("the run was killed: only its partial streams are left", "1 partial stream beside it")
    assert summary(read_evidence(str(home), digest=False)) == [
        (".stestr/tmpabcdefgh", "subunit-v1", True, remarks),
        (".stestr/tmpstuvwxyz", "subunit-v1", True, remarks),
    ]


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("run", b"", "run is empty: nothing was written to it; run the tests again, or name another file"),
        ("run", b" \n", "run is empty: nothing was written to it; run the tests again, or name another file"),
        (
            "run",
            gzip.compress(b"", mtime=0),
            "run is empty: nothing was written to it; run the tests again, or name another file",
        ),
        (
            "run.gz",
            gzip.compress(gzip.compress(V1, mtime=0), mtime=0),
            "run.gz is gzip inside gzip (unpack it once), which is not results; {}",
        ),
        ("run", b"PK\x03\x04", "run is a zip archive (unpack it), which is not results; {}"),
        ("run", b"\x89PNG\r\n", "run is an image, which is not results; {}"),
        ("run", b"\0\1", "run is binary data of an unknown kind, which is not results; {}"),
        (
            "run",
            b"a.B.c[id-638f876d-6a43-482a-bbb3-0840bca101c6]\n",
            "run is a list of tests (a guideline, perhaps), which is not results; {}",
        ),
        ("run", b"Hello\x1b[0m\nworld", "run is text that begins with 'Hello\\x1b[0m', which is not results; {}"),
        (
            "run",
            b"<!DOCTYPE html><html>",
            "run is a web page (of an error, perhaps), which is not results; {}",
        ),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_not_results_is_named(tmp_path: Path, name: str, data: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(UnreadableResults) as refusal:
        read_evidence(str(tmp_path / name), digest=False)
    accepted = "results are subunit, JUnit XML, a Sonobuoy tarball, RefStack's upload JSON or a report of certmark"
    assert str(refusal.value) == sentence.format(accepted)


def test_a_directory_without_a_repository_is_named(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    with pytest.raises(
        UnreadableResults,
        match=r"^here is a directory without a repository of stestr or a JUnit file; name a file of results in it$",
    ):
        read_evidence(str(tmp_path / "here"), digest=False)


def test_a_repository_without_a_run_is_named(tmp_path: Path) -> None:
    (tmp_path / ".stestr").mkdir()
    with pytest.raises(UnreadableResults, match=r"^.stestr has no run in it yet; run the tests, then judge them$"):
        read_evidence(str(tmp_path), digest=False)


IN_A_PACKET = (
    "the stream stops in the middle of a packet at byte 14",
    "1 test had begun and not ended when the stream stopped",
)


@pytest.mark.parametrize(
    ("data", "remarks"),
    [
        (v2()[:-1], IN_A_PACKET),
        (gzip.compress(v2()[:-1], mtime=0), IN_A_PACKET),
        (gzip.compress(V1, mtime=0)[:-4], ("its gzip compression stops in the middle",)),
    ],
    ids=["only the reader says so", "the reader of what was packed says so", "only the packing was cut short"],
)
def test_a_truncated_stream_is_truncated_evidence(tmp_path: Path, data: bytes, remarks: tuple[str, ...]) -> None:
    (tmp_path / "run").write_bytes(data)
    (evidence,) = read_evidence(str(tmp_path / "run"), digest=False)
    assert (evidence.truncated, evidence.remarks) == (True, remarks)


def test_gzip_that_stops_too_early_makes_truncated_evidence(tmp_path: Path) -> None:
    noise = b"".join(b"<testcase name='%x'/>" % (n * 2_654_435_761 % 2**32) for n in range(9_000))
    (tmp_path / "run").write_bytes(gzip.compress(b"<testsuite>" + noise + b"</testsuite>")[:20_000])
    (evidence,) = read_evidence(str(tmp_path / "run"), digest=False)
    assert (evidence.truncated, evidence.remarks, len(evidence.attempts) > 100) == (
        True,
        ("its gzip compression stops in the middle",),
        True,
    )


def test_no_test_at_all_is_told(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(b"<testsuites/>")
    assert summary(read_evidence(str(tmp_path / "run"), digest=False)) == [
        ("run", "junit", False, ("there is no test in it",))
    ]


@pytest.mark.shared
def test_the_two_recordings_of_a_run_say_the_same(shared: Path) -> None:
    folder = shared / "runs/compute-dynamic-1"
    pieces = [read_evidence(str(folder / name), digest=False)[0] for name in ("results.subunit", "results.subunit1.gz")]
    assert [sorted((a.name, a.outcome.value) for a in piece.attempts) for piece in pieces[1:]] == [
        sorted((a.name, a.outcome.value) for a in pieces[0].attempts)
    ]


@pytest.mark.parametrize(
    ("head", "what"),
    [
        (b"\x1f\x8b\x08", "gzip inside gzip (unpack it once)"),
        (b"PK\x03\x04", "a zip archive (unpack it)"),
        (b"BZh9", "packed with bzip2 (unpack it)"),
        (b"\xfd7zXZ\0", "packed with xz (unpack it)"),
        (b"\x28\xb5\x2f\xfd", "packed with zstd (unpack it)"),
        (b"\x89PNG\r\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"GIF89a", "an image"),
        (b"%PDF-1.7", "a PDF document"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"\x7fELF", "a program"),
        (b"\n<!DOCTYPE html>", "a web page (of an error, perhaps)"),
        (b"a\0b", "binary data of an unknown kind"),
        (b"a.b[id-01234567-89ab-cdef-0123-456789abcdef]\n", "a list of tests (a guideline, perhaps)"),
        (b"\n hello\nworld", "text that begins with 'hello'"),
    ],
)
def test_what_is_no_results_is_called_what_it_looks_like(head: bytes, what: str) -> None:
    assert describe(head) == what
