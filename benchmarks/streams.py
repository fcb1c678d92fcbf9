"""Synthetic Tempest streams for the benchmarks: deterministic, written with python-subunit.

`python benchmarks/streams.py small|large FILE` writes 1,500 tests (7 MB) or 20,000 tests (300 MB).
The shape follows real runs: an `inprogress` packet, the log of some tests in one packet, a final
packet, two workers, one test in fifty skipped or failed. The first tests are those that the shipped
guideline asks for, under their names and ids.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from subunit.v2 import StreamResultToBytes

GUIDELINE = Path(__file__).resolve().parent.parent / "src" / "certmark" / "data" / "guidelines" / "2026.11.json"
LINE = (
    "2026-11-21 20:29:06,010 1234 INFO [tempest.lib.common.rest_client] Request "
    "(ServersTestJSON:test_list_servers): 200 GET http://127.0.0.1:8774/v2.1/servers 0.0{:04d}s\n"
    "    Request - Headers: {{'Content-Type': 'application/json', 'X-Auth-Token': '<omitted>'}}\n"
    "    Response - Headers: {{'x-compute-request-id': 'req-{:08x}-0000-4000-8000-000000000000'}}\n"
)
TRACEBACK = b'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    g()\nValueError: bad\n'
TEXT = "text/plain; charset=utf8"


class Size(NamedTuple):
    """How large a stream is."""

    tests: int
    log_bytes: int
    """Length of one log attachment."""
    logged: float
    """Share of tests that carry a log."""


SIZES = {"small": Size(1_500, 15_000, 0.30), "large": Size(20_000, 75_000, 0.20)}


def write(size: Size, path: Path) -> None:
    """Write a stream of `size` to `path`."""
    rng = random.Random(7)  # noqa: S311 - reproducible bytes, no secret
    clock = dt.datetime(2026, 11, 21, 20, 0, 0, 123456, tzinfo=dt.UTC)
    logs = [log(rng, size.log_bytes) for _ in range(16)]
    with path.open("wb") as file:
        out = StreamResultToBytes(file)
        for number, test in enumerate(islice(test_ids(rng), size.tests)):
            worker = {f"worker-{number % 2}"}
            out.status(test_id=test, test_status="inprogress", timestamp=clock, test_tags=worker)
            clock += dt.timedelta(microseconds=rng.randrange(1000, 900_000))
            status = ("success", "fail", "skip")[(number % 50 == 0) + (number % 100 == 0)]
            attached = [("pythonlogging:''", logs[number % 16], TEXT)] if rng.random() < size.logged else []
            attached += {
                "fail": [("traceback", TRACEBACK, "text/x-traceback; charset=utf8")],
                "skip": [("reason", b"not enabled", TEXT)],
            }.get(status, [])
            for name, content, mime in attached:
                out.status(
                    test_id=test, file_name=name, file_bytes=content, mime_type=mime, timestamp=clock, test_tags=worker
                )
            out.status(test_id=test, test_status=status, timestamp=clock, test_tags=worker, eof=True)


def log(rng: random.Random, length: int) -> bytes:
    """A request log of `length` bytes."""
    lines: list[str] = []
    total = 0
    while total < length:
        lines.append(LINE.format(rng.randrange(10_000), rng.randrange(2**32)))
        total += len(lines[-1])
    return "".join(lines).encode()[:length]


def test_ids(rng: random.Random) -> Iterator[str]:
    """Without end: the guideline's tests, then others of the same form."""
    for capability in json.loads(GUIDELINE.read_bytes())["capabilities"].values():
        for name, test in capability["tests"].items():
            yield f"{name}[{test['idempotent_id']}]"
    number = 0
    while True:
        bits = f"{rng.getrandbits(128):032x}"
        uuid = "-".join((bits[:8], bits[8:12], bits[12:16], bits[16:20], bits[20:]))
        yield f"tempest.api.service{number % 6}.test_area{number // 12}.AreaTestJSON.test_case_{number}[id-{uuid}]"
        number += 1


if __name__ == "__main__":
    write(SIZES[sys.argv[1]], Path(sys.argv[2]))
