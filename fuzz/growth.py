"""How the time of reading grows: inputs of doubling sizes for every reader; twice as much takes about twice as long.

    python fuzz/growth.py [--size N]

A line for each kind of input, and status 1 where something grows more than linearly. Each step is
measured in the processor's time, so a busy machine does not mislead it much.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import tarfile
import time
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import BinaryIO, cast

from certmark.domain.results import Attempt, Detail, Outcome, Results
from certmark.domain.summaries import summarise
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError
from certmark.formats.guideline import read
from certmark.formats.results.evidence import evidence_of
from certmark.formats.results.subunit import write_v2
from certmark.formats.sources import FileSource

_STEPS = 4
_SUSPICIOUS = 3.0
"""Times longer for twice the size; linear is 2, quadratic 4."""
_TOO_QUICK = 0.15
"""Seconds below which a measurement says nothing."""
UUID = "00000000-1111-4111-8111-111111111111"
_GUIDELINE = read(f"a.B.other[id-{UUID}]\na.B.t\nt\n".encode(), "list.txt")


def _junit(cases: str) -> bytes:
    return f"<testsuite name='s'>{cases}</testsuite>".encode()


def _v2(attempts: list[Attempt]) -> bytes:
    out = io.BytesIO()
    write_v2(attempts, out)
    return out.getvalue()


def _failed(number: int, **fields: object) -> Attempt:
    return Attempt(f"a.B.t{number}", None, Outcome.FAILED, number * 10**9, 0.5)._replace(**fields)  # type: ignore[arg-type]  # fields of it


def _upload(entries: list[object]) -> bytes:
    return json.dumps({"cpid": "x", "duration_seconds": 1, "results": entries}).encode()


def _report(attempts: list[dict[str, object]]) -> bytes:
    piece = {"name": "x", "format": "junit", "size": 1, "sha256": None, "truncated": False, "passes_only": False}
    report = {
        "format": "certmark-report",
        "version": 1,
        "judgement": None,
        "evidence": [piece | {"remarks": [], "attempts": attempts}],
    }
    return json.dumps(report).encode()


def _tar(members: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in members:
            header = tarfile.TarInfo(name)
            header.size = len(content)
            archive.addfile(header, io.BytesIO(content))
    return out.getvalue()


_CASE = "<testcase classname='a' name='t{}'/>"
_FAILED = "<testcase name='{0}'><failure message='{1}'>{1}</failure></testcase>"
_E2E = "plugins/e2e/results/global/"

INPUTS: dict[str, Callable[[int], bytes]] = {
    "junit, attempts of one test": lambda n: _junit("<testcase classname='a' name='t'/>" * n),
    "junit, tests": lambda n: _junit("".join(map(_CASE.format, range(n)))),
    "junit, suites of one name": lambda n: b"<testsuites>" + _junit("<testcase name='t'/>") * n + b"</testsuites>",
    "junit, suites": lambda n: (
        "<testsuites>"
        + "".join(f"<testsuite name='{i}'><testcase name='t'/></testsuite>" for i in range(n))
        + "</testsuites>"
    ).encode(),
    "junit, names of brackets": lambda n: _junit(
        "".join(f"<testcase name='id-{'[' * 4000}{',' * 4000}]{i}'/>" for i in range(n // 2000))
    ),
    "junit, failures with much text": lambda n: _junit(
        "".join(_FAILED.format(i, "pass: word &quot;x&quot; token " * 40) for i in range(n // 20))
    ),
    "junit, one long text": lambda n: _junit(_FAILED.format("a", "x\n" * (20 * n))),
    "junit, one long line of text": lambda n: _junit(_FAILED.format("a", "pass" * (10 * n))),
    "junit, elements in a case": lambda n: _junit(f"<testcase name='t'>{'<failure/>' * n}</testcase>"),
    "junit, properties": lambda n: _junit(
        "<properties>" + "<property name='a' value='b'/>" * n + "</properties><testcase name='t'/>"
    ),
    "junit, errors outside of cases": lambda n: _junit("<error>x</error>" * n + "<testcase name='t'/>"),
    "junit, attributes": lambda n: _junit(
        "<testcase name='t' " + " ".join(f"a{i}='b'" for i in range(min(n // 4, 9000))) + "/>"
    ),
    "subunit v2, attempts of one test": lambda n: _v2([_failed(i, name="a.B.t") for i in range(n // 2)]),
    "subunit v2, names of one id": lambda n: _v2([_failed(i, uuid=UUID) for i in range(n // 2)]),
    "subunit v2, tags": lambda n: _v2([_failed(i, tags=(f"t{i}",)) for i in range(n // 2)]),
    "subunit v2, many tags in one": lambda n: _v2([_failed(0, tags=tuple(f"t{i}" for i in range(n)))]),
    "subunit v2, details": lambda n: _v2(
        [_failed(i, detail=Detail("r", "Traceback\n" * 500, ())) for i in range(n // 40)]
    ),
    "subunit v2, unfinished": lambda n: _v2([_failed(i, outcome=Outcome.UNFINISHED) for i in range(n // 2)]),
    "subunit v2, beginnings of packets": lambda n: _v2([_failed(0)]) + b"\xb3\x29\x80\x10\x00" * n,
    "subunit v2, noise": lambda n: (_v2([_failed(0)]) + b"noise\n") * (n // 4),
    "subunit v1, attempts": lambda n: b"".join(b"test: a.b\ntags: x%d\nsuccess: a.b\n" % i for i in range(n // 2)),
    "subunit v1, tags outside": lambda n: (
        b"test: a.b\nsuccess: a.b\n" + b"".join(b"tags: x%d\ntest: c\nskip: c\n" % i for i in range(n // 20))
    ),
    "subunit v1, a long line": lambda n: b"test: a.b\nsuccess: a.b\n" + b"x" * (100 * n),
    "subunit v1, a long bracket": lambda n: b"test: a.b\nfailure: a.b [\n" + b"x\n" * (10 * n) + b"]\n",
    "refstack, names of one id": lambda n: _upload([{"name": f"t{i}", "uuid": UUID} for i in range(n)]),
    "refstack, ids of one name": lambda n: _upload(
        [{"name": "t", "uuid": f"{i:08d}-1111-4111-8111-111111111111"} for i in range(n)]
    ),
    "refstack, keys": lambda n: _upload([{"name": f"t{i}", f"k{i}": 1} for i in range(n)]),
    "report, attempts of one test": lambda n: _report([{"name": "t", "outcome": "passed"} for _ in range(n)]),
    "report, timed attempts of one test": lambda n: _report(
        [
            {"name": "t", "outcome": "passed", "started": i * 10**9, "seconds": 0.1, "place": str(i % 7)}
            for i in range(n)
        ]
    ),
    "report, places of one test": lambda n: _report(
        [{"name": "t", "outcome": "passed", "place": str(i)} for i in range(n)]
    ),
    "sonobuoy, members": lambda n: _tar([(f"x/{i}", b"") for i in range(n // 4)]),
    "sonobuoy, JUnit files": lambda n: _tar(
        [(f"{_E2E}junit_{i}.xml", _junit("<testcase name='t'/>")) for i in range(min(n // 40, 990))]
    ),
    "sonobuoy, errors": lambda n: _tar(
        [
            (_E2E + "junit.xml", _junit("<testcase name='t'/>")),
            *((f"plugins/e2e/errors/n{i}/error.json", b'{"error": "x"}') for i in range(n // 4)),
        ]
    ),
    "sonobuoy, e2e.log": lambda n: _tar(
        [(_E2E + "junit.xml", _junit("<testcase name='t'/>")), (_E2E + "e2e.log", b"1 Passed | " * (50 * n))]
    ),
    "sonobuoy, summary": lambda n: _tar(
        [
            (
                "plugins/p/sonobuoy_results.yaml",
                b"name: p\nstatus: passed\nitems:\n"
                + b"".join(b"- {name: t%d, status: passed}\n" % i for i in range(min(n // 2, 30_000))),
            )
        ]
    ),
    "gzip, members": lambda n: (
        b"".join(gzip.compress(_junit(_CASE.format(1))[:300].ljust(300)) for _ in range(1))
        + gzip.compress(b" " * 400) * (n // 40)
    ),
}


def main() -> int:
    """Measure every kind of input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=20_000, help="of the smallest input, in entries (default: 20,000)")
    parser.add_argument("words", nargs="*", help="only kinds with one of these words")
    args = parser.parse_args()
    bad = 0
    for name, make in INPUTS.items():
        if args.words and not any(word in name for word in args.words):
            continue
        bad += _grows_too_fast(name, make, args.size)
    return 1 if bad else 0


def _grows_too_fast(name: str, make: Callable[[int], bytes], size: int) -> bool:
    sizes = [size << step for step in range(_STEPS)]
    taken = [_seconds(make(one)) for one in sizes]
    pairs = [(after / before) for before, after in pairwise(taken) if before > _TOO_QUICK]
    is_bad = bool(pairs) and min(pairs[-2:]) > _SUSPICIOUS
    times = " ".join(f"{one:7.2f}" for one in taken)
    sys.stdout.write(f"{'BAD' if is_bad else 'ok '}  {name:<36} {times} s\n")
    sys.stdout.flush()
    return is_bad


def _seconds(data: bytes) -> float:
    """What reading, indexing, summarising and judging `data` takes."""
    began = time.process_time()
    try:
        evidence = evidence_of(FileSource("it", lambda: cast("BinaryIO", io.BytesIO(data))), digest=False)
        results = Results(evidence)
        summarise(results)
        for program in _GUIDELINE.programs:
            judge(_GUIDELINE, program, results, as_of=date(2026, 11, 28))
    except FormatError:
        pass
    return time.process_time() - began


if __name__ == "__main__":
    sys.exit(main())
