"""What checking the whole published history costs, process included; the aim is less than one second of CPU.

python benchmarks/lint.py [FOLDER]      (default: ../shared/guidelines beside the checkout, else what ships)
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5


def seconds(*words: str) -> float:
    """The least CPU that a process needed, of several rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return best


def main() -> None:
    """Print each figure beside that of an empty process."""
    beside = ROOT.parent / "shared" / "guidelines"
    shipped = ROOT / "src" / "certmark" / "data" / "guidelines"
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else beside if beside.is_dir() else shipped
    files = list(folder.rglob("*.json"))
    size = sum(path.stat().st_size for path in files)
    command = [sys.executable, "-I", "-c", "from certmark.cli.main import run; run()", "guideline"]
    empty = seconds(sys.executable, "-I", "-c", "pass")
    print(f"{len(files)} files, {size / 1e6:.1f} MB; an empty process: {empty:.3f} s of CPU")
    cases = {
        "lint of all": [*command, "lint", str(folder)],
        "lint of all, every finding as SARIF": [*command, "lint", str(folder), "--format", "sarif"],
        "lint of the shipped guideline": [*command, "lint", "2026.11"],
    }
    pair = [folder / "2017.09.json", folder / "2018.02.json"]
    if all(path.is_file() for path in pair):
        cases["diff of two guidelines"] = [*command, "diff", *map(str, pair)]
    for name, words in cases.items():
        spent = seconds(*words)
        print(f"{name}: {spent:.3f} s of CPU, {spent / empty:.0f} times an empty process")


if __name__ == "__main__":
    main()
