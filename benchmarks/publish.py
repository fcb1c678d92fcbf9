"""`certmark guideline publish` of 30 guidelines of full size, beside lint of the same; and `verify` of one.

Goals, CPU time: at most two and a half times what lint takes, since what is published is linted; publishing again,
with nothing new, in at most a second; verifying one in at most 150 ms, interpreter included.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from certmark.formats.guideline.shipped import shipped_text
from processes import ENVIRONMENT, Cost, certmark, in_turn, run

NUMBER = 30


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ENVIRONMENT["CERTMARK_HOME"] = name
        key = folder / "key"
        run(certmark("key", "new", "--no-passphrase", "--out", str(key)))
        guidelines = folder / "guidelines"
        write(guidelines)
        words = ("guideline", "publish", str(guidelines), "--name", "example.org/bench", "--key", str(key), "--to")
        numbers = iter(range(99))

        def first() -> Cost:
            number = next(numbers)
            ENVIRONMENT["CERTMARK_HOME"] = str(folder / f"home{number}")  # who has published nothing yet
            return run(certmark(*words, str(folder / f"site{number}")))

        costs = in_turn({"lint": lambda: run(certmark("guideline", "lint", str(guidelines))), "publish": first}, 3)
        ENVIRONMENT["CERTMARK_HOME"] = str(folder / "home0")
        site, text = str(folder / "site0"), str(guidelines / "bench.2000.01.json")
        verify = certmark("guideline", "verify", text, "--site", site, "--key", f"{key}.pub")
        again = certmark(*words, site)
        costs |= in_turn({"publish again": lambda: run(again), "verify one": lambda: run(verify)}, 5)
    for what, cost in costs.items():
        print(f"{what:<14} {cost.cpu * 1000:8.0f} ms CPU  peak {cost.peak / 2**20:4.0f} MiB")
    print(f"publish is {costs['publish'].cpu / costs['lint'].cpu:.1f} x lint of {NUMBER} guidelines (goal 2.5)")


def write(folder: Path) -> None:
    """Guidelines of the size of the one that ships along, each with an id of its own."""
    folder.mkdir()
    document = json.loads(shipped_text("2026.11") or b"")
    for number in range(NUMBER):
        identity = f"bench.{2000 + number}.01"
        document["metadata"]["id"] = identity
        (folder / f"{identity}.json").write_text(json.dumps(document, indent=4) + "\n")


if __name__ == "__main__":
    main()
