"""Synthetic Tempest streams for the benchmarks: deterministic, written with python-subunit.

`python benchmarks/streams.py small|large FILE` writes 1,500 tests (7 MB) or 20,000 tests (300 MB).
The shape follows real runs: an `inprogress` packet, the log of some tests in one packet, a final
packet, two workers, one test in fifty skipped or failed.
"""

import datetime
import random
import sys
from pathlib import Path
from typing import NamedTuple

from subunit.v2 import StreamResultToBytes

LINE = (
    "2026-11-21 20:29:06,010 1234 INFO [tempest.lib.common.rest_client] Request "
    "(ServersTestJSON:test_list_servers): 200 GET http://127.0.0.1:8774/v2.1/servers 0.0{:04d}s\n"
    "    Request - Headers: {{'Content-Type': 'application/json', 'X-Auth-Token': '<omitted>'}}\n"
    "    Response - Headers: {{'x-compute-request-id': 'req-{:08x}-0000-4000-8000-000000000000'}}\n"
)


class Size(NamedTuple):
    """How large a stream is."""

    tests: int
    log_bytes: int
    """Length of one log attachment."""
    logged: float
    """Share of tests that carry a log."""


SIZES = {"small": Size(1_500, 15_000, 0.30), "large": Size(20_000, 75_000, 0.20)}


def log(rng: random.Random, length: int) -> bytes:
    """A request log of about `length` bytes."""
    lines: list[str] = []
    total = 0
    while total < length:
        lines.append(LINE.format(rng.randrange(10_000), rng.randrange(2**32)))
        total += len(lines[-1])
    return "".join(lines).encode()[:length]


def write(size: Size, path: Path) -> None:
    """Write a stream of `size` to `path`."""
    rng = random.Random(7)  # noqa: S311 - reproducible bytes, no secret
    clock = datetime.datetime(2026, 11, 21, 20, 0, 0, 123456, tzinfo=datetime.UTC)
    logs = [log(rng, size.log_bytes) for _ in range(16)]
    with path.open("wb") as file:
        out = StreamResultToBytes(file)
        for number in range(size.tests):
            name = f"tempest.api.service{number % 6}.test_area{number // 12}.AreaTestJSON.test_case_{number}"
            test_id = f"{name}[id-{rng.getrandbits(128):032x}]"
            uuid = test_id[-33:-1]
            test_id = f"{name}[id-{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}]"
            worker = {f"worker-{number % 2}"}
            out.status(test_id=test_id, test_status="inprogress", timestamp=clock, test_tags=worker)
            clock += datetime.timedelta(microseconds=rng.randrange(1000, 900_000))
            if rng.random() < size.logged:
                out.status(
                    test_id=test_id,
                    file_name="pythonlogging:''",
                    file_bytes=logs[number % 16],
                    mime_type="text/plain; charset=utf8",
                    timestamp=clock,
                    test_tags=worker,
                )
            status = ("success", "fail", "skip")[(number % 50 == 0) + (number % 100 == 0)]
            if status == "fail":
                out.status(
                    test_id=test_id,
                    file_name="traceback",
                    file_bytes=b'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    g()\nValueError: bad\n',
                    mime_type="text/x-traceback; charset=utf8",
                    timestamp=clock,
                    test_tags=worker,
                )
            if status == "skip":
                out.status(
                    test_id=test_id,
                    file_name="reason",
                    file_bytes=b"not enabled",
                    mime_type="text/plain; charset=utf8",
                    timestamp=clock,
                    test_tags=worker,
                )
            out.status(test_id=test_id, test_status=status, timestamp=clock, test_tags=worker, eof=True)


if __name__ == "__main__":
    write(SIZES[sys.argv[1]], Path(sys.argv[2]))
