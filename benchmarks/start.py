"""How long `certmark --help` and every verb's help take, against an interpreter that does nothing.

Budget: 60 ms of CPU on a machine where `python -I -c pass` takes 13, which is 4.7 times. Peers, measured the
same way elsewhere: stestr 25 times, tempest 56, refstack-client 72, openstack 96.
"""

from __future__ import annotations

import sys
from functools import partial

from certmark.cli.main import VERBS
from processes import BIN, certmark, in_turn, run

GOAL = 4.7


def main() -> None:
    """Measure and print."""
    commands = {"python -I -c pass": [sys.executable, "-I", "-c", "pass"], "certmark --help": certmark("--help")}
    commands |= {f"certmark {verb} --help": certmark(*verb.split(), "--help") for verb in VERBS}
    if (BIN / "stestr").exists():
        commands["stestr --help"] = [str(BIN / "stestr"), "--help"]
    costs = in_turn({name: partial(run, command) for name, command in commands.items()}, rounds=11)
    floor = costs["python -I -c pass"].cpu
    for name, cost in costs.items():
        print(f"{name:<36} {cost.cpu * 1000:7.1f} ms CPU  {cost.cpu / floor:5.1f} x")
    worst = max(cost.cpu for name, cost in costs.items() if name.startswith("certmark"))
    print(f"slowest help: {worst / floor:.1f} x (goal {GOAL} x)")


if __name__ == "__main__":
    main()
