"""`certmark sign` and `verify`: a report alone, and a bundle with 300 MB of evidence, beside SHA-256 of the same bytes.

Goals: a bundle at no less than half the machine's speed of SHA-256 (wall clock, with `--without verdict`: every digest is
checked, nothing is judged again), in flat memory; signing and verifying a report in at most 100 ms of CPU, interpreter
included. What judging again costs on top is printed, too.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from processes import ROOT, certmark, in_turn, run, stream

sys.path.insert(0, str(ROOT / "tests"))
from certmark.formats.bundle import write_bundle
from support.recorded_run import record_run

_STEP = 1 << 20


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CERTMARK_HOME"] = name
        key = folder / "key"
        run(certmark("key", "new", "--no-passphrase", "--out", str(key)))
        report_alone(folder, key)
        whole_bundle(folder, key)


def report_alone(folder: Path, key: Path) -> None:
    """Sign and verify the report of a small run."""
    made = record_run(folder / "small")
    report, guideline = str(made / "report.json"), str(made / "guideline" / "list.txt")
    sign = certmark("sign", report, "--key", str(key), "--quiet")
    verify = certmark("verify", report, "--key", f"{key}.pub", "--guideline", guideline)
    run(sign)
    costs = in_turn({"sign": lambda: run(sign), "verify": lambda: run(verify)}, 9)
    for name, cost in costs.items():
        print(f"{name} of a report: {cost.cpu * 1000:.0f} ms CPU, peak {cost.peak / 2**20:.0f} MiB (goal 100 ms)")


def whole_bundle(folder: Path, key: Path) -> None:
    """Verify a bundle with the large stream, with and without judging again."""
    content = stream("large")
    made = record_run(folder / "large", stream=content.read_bytes())
    bundle = write_bundle(made)
    signed = certmark("sign", bundle, "--key", str(key), "--quiet")
    run(signed)
    size = content.stat().st_size
    print(f"bundle: {size / 1e6:.0f} MB of evidence, {os.path.getsize(bundle) / 1e6:.0f} MB packed")  # noqa: PTH202 - a str
    words = certmark("verify", bundle, "--key", f"{key}.pub", "--guideline", str(made / "guideline" / "list.txt"))
    speed = hashed(content)
    print(f"SHA-256: {speed / 1e6:.0f} MB/s")
    for name, more in (("digests only", ["--without", "verdict"]), ("judged again", [])):
        seconds, peak = walls([*words, *more])
        ratio = size / seconds / speed
        print(f"verify, {name}: {seconds:.2f} s, {size / seconds / 1e6:.0f} MB/s, {ratio:.2f} of SHA-256, peak {peak:.0f} MiB")


def hashed(path: Path) -> float:
    """Bytes a second of SHA-256 over the file, the best of five."""
    best = 0.0
    for _ in range(5):
        digest, began = hashlib.sha256(), time.perf_counter()
        with path.open("rb", buffering=0) as file:
            while block := file.read(_STEP):
                digest.update(block)
        best = max(best, path.stat().st_size / (time.perf_counter() - began))
    return best


def walls(command: Sequence[str]) -> tuple[float, float]:
    """The median of five: seconds of wall clock, MiB at the most."""
    seconds, peaks = [], []
    for _ in range(5):
        began = time.perf_counter()
        peaks.append(run(command).peak / 2**20)
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds), max(peaks)


if __name__ == "__main__":
    main()
