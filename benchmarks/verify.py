"""`certmark sign` and `verify`: a report alone, and a bundle with 300 MB of evidence, beside SHA-256 of the same bytes.

Goals: a bundle at no less than half the machine's speed of SHA-256 (CPU time, with `--without
verdict`: every digest is checked, nothing is judged again), in flat memory; signing and verifying a
report in at most 100 ms of CPU, interpreter included. What judging again costs on top is printed, too.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from processes import ROOT, certmark, in_turn, run, stream

sys.path.insert(0, str(ROOT / "tests"))
from certmark.evidence.bundle import NAME, write_bundle
from certmark.evidence.secrets.search import find_leaks
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
    nothing = [sys.executable, "-I", "-c", "pass"]
    costs = in_turn({"nothing": lambda: run(nothing), "sign": lambda: run(sign), "verify": lambda: run(verify)}, 9)
    for name, cost in costs.items():
        print(f"{name}, a report: {cost.cpu * 1000:.0f} ms CPU, peak {cost.peak / 2**20:.0f} MiB (goal 100 ms)")


def whole_bundle(folder: Path, key: Path) -> None:
    """Verify a bundle with the large stream, with and without judging again."""
    content, made = stream("large"), folder / "large"
    # In a process of its own: what this one holds would be counted as memory of those that it starts.
    subprocess.run([sys.executable, __file__, str(made), str(content)], check=True)
    bundle = str(made / NAME)
    signed = certmark("sign", bundle, "--key", str(key), "--quiet")
    run(signed)
    size = content.stat().st_size
    print(f"bundle: {size / 1e6:.0f} MB of evidence, {os.path.getsize(bundle) / 1e6:.0f} MB packed")  # noqa: PTH202 - a str
    print(f"secrets looked for in the stream: {looked_through(content, {}):.2f} s CPU, as whoever verifies does")
    known = {f"password {number}": f"Tr0ub4dor-{number:04}-x" for number in range(12)}
    print(f"with 12 known passwords, as whoever writes does: {looked_through(content, known):.2f} s CPU")
    words = certmark("verify", bundle, "--key", f"{key}.pub", "--guideline", str(made / "guideline" / "list.txt"))
    speed = hashed(content)
    print(f"SHA-256: {speed / 1e6:.0f} MB a second of CPU")
    for name, more in (("digests only", ["--without", "verdict"]), ("judged again", [])):
        command = [*words, *more]
        cost = in_turn({name: lambda command=command: run(command)}, 5)[name]  # type: ignore[misc]  # a lambda's default
        rate = size / cost.cpu
        print(f"verify, {name}: {cost.cpu:.2f} s CPU, {rate / speed:.2f} of SHA-256, peak {cost.peak / 2**20:.0f} MiB")


def hashed(path: Path) -> float:
    """Bytes of SHA-256 in a second of CPU over the file, the best of five."""
    best = 0.0
    for _ in range(5):
        digest, began = hashlib.sha256(), time.process_time()
        with path.open("rb", buffering=0) as file:
            while block := file.read(_STEP):
                digest.update(block)
        best = max(best, path.stat().st_size / (time.process_time() - began))
    return best


def looked_through(path: Path, known: Mapping[str, str]) -> float:
    """Seconds of CPU of looking for secrets in the file, the best of three."""
    best = 60.0
    for _ in range(3):
        began = time.process_time()
        with path.open("rb") as file:
            find_leaks(file, path.name, known)
        best = min(best, time.process_time() - began)
    return best


def prepare(folder: str, content: str) -> None:
    """A run's folder with the stream, and its bundle."""
    write_bundle(record_run(Path(folder), stream=Path(content).read_bytes()))


if __name__ == "__main__":
    prepare(*sys.argv[1:]) if sys.argv[1:] else main()
