"""Hostile input through the one door by which results come in: one sentence, bounded time and memory."""

from __future__ import annotations

import gzip
import io
import json
import random
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.results import Attempt, Detail, Evidence, Outcome
from certmark.evidence.results import read_evidence
from certmark.formats.errors import FormatError
from certmark.formats.results.junit import write_junit
from certmark.formats.results.refstack import write_upload
from certmark.formats.results.subunit import write_v2
from support.processes import limited, unwatched

U1 = "11111111-1111-4111-8111-111111111111"
ATTEMPTS = tuple(
    Attempt(f"a.B{n % 3}.test_{n}", U1, outcome, 10**18 + n, 0.5, detail=Detail(f"because {n}", "Traceback", ()))
    for n, outcome in enumerate([*Outcome] * 3)
)
JUNIT_PATH = "plugins/e2e/results/global/junit_01.xml"


def v2() -> bytes:
    out = io.BytesIO()
    write_v2(ATTEMPTS, out)
    return out.getvalue()


def junit() -> bytes:
    out = io.BytesIO()
    write_junit(ATTEMPTS, out, title="a run")
    return out.getvalue()


def upload() -> bytes:
    out = io.BytesIO()
    write_upload(ATTEMPTS, out, cpid="x", duration_seconds=1)
    return out.getvalue()


def tar(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, content in members:
            header = tarfile.TarInfo(path)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return out.getvalue()


def sound_v1() -> bytes:
    return b"".join(
        b"time: 2026-11-21 10:00:0%d.0Z\ntest: a.B.c%d\nfailure: a.B.c%d [\nboom\n]\n" % (n, n, n) for n in range(9)
    )


def packet(body: bytes, *, crc: int | None = None) -> bytes:
    """A packet of subunit v2 with flags for a test id and a success, around `body`."""
    length = 1 + 2 + 2 + len(body) + 4
    head = b"\xb3\x28\x03" + (0x4000 | length).to_bytes(2, "big") + body
    return head + (zlib.crc32(head) if crc is None else crc).to_bytes(4, "big")


def swollen(content: bytes, times: int) -> bytes:
    """Gzip of `content` again and again."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=9) as stream:
        for _ in range(times):
            stream.write(content)
    return out.getvalue()


def pax_of_digits() -> bytes:
    """An extended header whose value costs quadratic time where it is searched with a pattern."""
    header = tarfile.TarInfo("./PaxHeader")
    header.type, header.size = tarfile.XHDTYPE, 60_000
    return (header.tobuf(tarfile.USTAR_FORMAT) + b"1" * 60_000 + bytes(-60_000 % 512)) * 20 + bytes(1_024)


MIB = 1 << 20
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "an empty file": (lambda: b"", "run is empty"),
    "wrong CRC everywhere": (lambda: packet(b"\x05a.B.c", crc=1) * 50, "run holds no packet of subunit v2"),
    "a length that is absurd": (lambda: b"\xb3\x2b\x03\xff\xff\xff\xff" * 1_000, "run holds no packet of subunit v2"),
    "only signatures": (lambda: b"\xb3" * (4 * MIB), "run holds no packet of subunit v2"),
    "a gzip bomb": (lambda: swollen(bytes(MIB), 300), "run is binary data of an unknown kind"),
    "a gzip bomb of JUnit": (
        lambda: swollen(b"<testsuite>" + b" " * MIB, 200),
        "run unpacks to more than 200 times its size",
    ),
    "gzip inside gzip": (lambda: gzip.compress(gzip.compress(v2())), "run is gzip inside gzip"),
    "a tar bomb": (
        lambda: gzip.compress(tar((JUNIT_PATH, b"<testsuite>" + bytes(90 * MIB)))),
        "run unpacks to more than 200 times its size",
    ),
    "a tar that claims 2**62 bytes": (
        lambda: tarfile.TarInfo.tobuf(_huge(), tarfile.GNU_FORMAT) + bytes(4_096),
        f'run, "{JUNIT_PATH}" has more than 1 GiB',
    ),
    "a tar with extended headers to search": (pax_of_digits, "run is a tar archive without a JUnit file"),
    "a tar of climbing paths": (
        lambda: tar(("../../etc/passwd", b"x"), ("/plugins/e2e/results/junit.xml", junit())),
        "run is a tar archive without a JUnit file",
    ),
    "XML with entities": (
        lambda: (
            b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>"
            + b"".join(b"<!ENTITY a%d '&a%d;&a%d;'>" % (n + 1, n, n) for n in range(1, 90))
            + b"]><testsuite>&a90;</testsuite>"
        ),
        "run, line 1: a document type (DTD)",
    ),
    "XML of a million levels": (
        lambda: b"<testsuite>" * 1_000_000,
        "run, line 1: elements are nested more than 200 deep",
    ),
    "XML with a tag of 64 MiB": (
        lambda: b"<testsuite><testcase name='a'/><testcase " + b"a='b' " * (11 * MIB),
        "run, line 1: one tag of more than 16 MiB",
    ),
    "XML with a name of a megabyte": (
        lambda: b"<testsuite><testcase name='" + b"n" * MIB + b"'/></testsuite>",
        "run, line 1: a test's name of 1,048,576 characters is no name",
    ),
    "XML with a million names": (
        lambda: b"<testsuite>" + b"".join(b"<a%d/>" % n for n in range(1_000_000)),
        "run, line 1: more than 10,000 different names",
    ),
    "XML with a million tests": (
        lambda: b"<testsuite>" + b"<testcase name='a'/>" * 1_000_000,
        "run, line 1: more tests than a run has",
    ),
    "subunit v1 with millions of tests": (
        lambda: gzip.compress(b"test: a.B.c\nsuccess: a.B.c\n" * 2_000_000, 1),
        "run has more tests than a run has",
    ),
    "subunit v2 with a million tests": (
        lambda: b"".join(packet(b"\x07%07d" % n) for n in range(1_000_000)),
        "run has more tests than a run has",
    ),
    "XML with control characters": (
        lambda: b"<testsuite>\n\n<testcase name='\x08'/></testsuite>",
        "run, line 3: a character that XML does not allow",
    ),
    "JSON of a million levels": (lambda: b'{"a":' * 1_000_000, "run is JSON nested deeper"),
    "JSON of many empty objects": (lambda: b"[" + b"{}," * (10 * MIB) + b"{}]", "run has more than 4,000,000 values"),
    "JSON of 300 MiB": (lambda: swollen(b'{"a": "' + b"x%d" % 7 * MIB, 200), "run "),
    "JSON with a name of a megabyte": (
        lambda: json.dumps({"cpid": "", "results": [{"name": "n" * MIB}]}).encode(),
        "run, results[0]: a test's name of 1,048,576 characters is no name",
    ),
    "JSON that is a list": (lambda: b"[1]", "run is JSON, but a list"),
    "a report of nonsense": (lambda: b'{"format": "certmark-report", "version": 1}', ""),
    "a report nested": (lambda: b'{"format": "certmark-report", "evidence":' + b"[" * 100_000, ""),
}


def _huge() -> tarfile.TarInfo:
    header = tarfile.TarInfo(JUNIT_PATH)
    header.size = 1 << 62
    return header


@pytest.mark.thorough
@pytest.mark.parametrize("case", REFUSED)
def test_it_gets_one_sentence_within_bounds(tmp_path: Path, case: str) -> None:
    make, beginning = REFUSED[case]
    (tmp_path / "run").write_bytes(make())
    said = limited(tmp_path / "run")
    assert said.startswith(beginning)
    assert not said.startswith("evidence")
    assert "\n" not in said
    assert len(said) < 400
    assert str(tmp_path) not in said


def test_a_directory_gets_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    assert (
        limited(tmp_path / "run")
        == "run is a directory without a repository of stestr or a JUnit file; name a file of results in it"
    )


READ: dict[str, tuple[Callable[[], bytes], str]] = {
    "a v1 file named v2": (sound_v1, "[('subunit-v1', 9, False)]"),
    "a truncated stream": (lambda: v2()[:-7], "[('subunit-v2', 21, True)]"),
    "JUnit that stops": (lambda: junit()[:-20], "[('junit', 21, True)]"),
    "duplicates and ids that are none": (
        lambda: json.dumps({"cpid": "", "results": [{"name": "a", "uuid": "none"}] * 1_000}).encode(),
        "[('refstack-upload', 1, False)]",
    ),
    "JUnit with 200,000 cases": (
        lambda: b"<testsuite>" + b"<testcase name='a'><failure>b</failure></testcase>" * 200_000 + b"</testsuite>",
        "[('junit', 200000, False)]",
    ),
    "JUnit with an output of 64 MiB": (
        lambda: (
            b"<testsuite><testcase name='a'><system-out>" + b"x" * (64 * MIB) + b"</system-out></testcase></testsuite>"
        ),
        "[('junit', 1, False)]",
    ),
    "JUnit with a failure of 64 MiB": (
        lambda: b"<testsuite><testcase name='a'><failure>" + b"x" * (64 * MIB) + b"</failure></testcase></testsuite>",
        "[('junit', 1, False)]",
    ),
}


@pytest.mark.thorough
@pytest.mark.parametrize("case", READ)
def test_what_can_be_read_is_read_within_bounds(tmp_path: Path, case: str) -> None:
    make, expected = READ[case]
    (tmp_path / "results-v2.subunit").write_bytes(make())
    assert limited(tmp_path / "results-v2.subunit") == f"evidence {expected}"


SEEDS = {
    "subunit v2": v2(),
    "subunit v1": sound_v1(),
    "junit": junit(),
    "upload": upload(),
    "tarball": tar((JUNIT_PATH, junit())),
    "gzip": gzip.compress(junit(), mtime=0),
}


def read_or_refuse(path: Path, data: bytes) -> tuple[Evidence, ...]:
    """Only evidence or a refusal of one sentence may come of any bytes; gives the evidence."""
    path.write_bytes(data)
    said = ""
    try:
        pieces = read_evidence(str(path), digest=False)
    except FormatError as refusal:
        pieces, said = (), str(refusal)
    assert "\n" not in said
    assert len(said) < 600
    assert [attempt for piece in pieces for attempt in piece.attempts if not attempt.name] == []
    return pieces


@pytest.mark.parametrize("seed", SEEDS)
def test_sound_files_are_evidence(tmp_path: Path, seed: str) -> None:
    (piece,) = read_or_refuse(tmp_path / "run", SEEDS[seed])
    assert piece.attempts


@given(st.binary(max_size=2_000))
def test_random_bytes_are_evidence_or_refused(tmp_path: Path, data: bytes) -> None:
    read_or_refuse(tmp_path / "run", data)


@pytest.mark.parametrize("seed", SEEDS)
@given(choices=st.randoms(use_true_random=False))
def test_sound_files_with_faults_are_evidence_or_refused(tmp_path: Path, seed: str, choices: random.Random) -> None:
    data = bytearray(SEEDS[seed])
    for _ in range(choices.randint(1, 8)):
        at = choices.randrange(len(data))
        match choices.randrange(4):
            case 0:
                data[at] ^= 1 << choices.randrange(8)
            case 1:
                del data[at : at + choices.randint(1, 40)]
            case 2:
                data[at:at] = data[at : at + choices.randint(1, 40)]
            case _:
                data[at:at] = choices.choice([b"\0", b"\xff" * 4, b"<", b"]]>", b"\xb3\x29", b"\n", b"9" * 30])
        data = data or bytearray(b"x")
    read_or_refuse(tmp_path / "run", bytes(data))


@pytest.mark.thorough
@pytest.mark.parametrize("target", ["fuzz_results.py", "fuzz_guidelines.py", "fuzz_conversions.py", "fuzz_format_3.py"])
def test_the_fuzzing_targets_run(tmp_path: Path, target: str) -> None:
    script = Path(__file__).resolve().parents[2] / "fuzz" / target
    options = ["--plain", "--seconds", "1", "--seed", "7", "--crashes", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, script, *options], capture_output=True, text=True, check=False, env=unwatched()
    )
    assert " inputs, no fault; the slowest took " in done.stderr.splitlines()[-1]
    assert done.returncode == 0
