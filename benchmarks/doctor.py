"""What examining a cloud takes: wall and CPU seconds, calls; and how much later a run begins for it.

Needs a cloud: OS_CLIENT_CONFIG_FILE and OS_CLOUD as `certmark sandbox env` prints them, and the
program as argument (default: object). The floor is what signing in with openstacksdk alone takes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

ROUNDS = 7
SIGN_IN = (
    sys.executable, "-W", "ignore", "-c", "import openstack; openstack.connect().authorize()",
)  # fmt: skip


class Taken(NamedTuple):
    """One process."""

    wall: float
    cpu: float
    output: bytes


def take(command: Sequence[str]) -> Taken:
    """Run `command` to its end."""
    begun = time.monotonic()
    before = os.times()
    done = subprocess.run(command, capture_output=True, check=False)
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Taken(time.monotonic() - begun, cpu, done.stdout)


def main() -> None:
    """Measure and print."""
    program = sys.argv[1] if len(sys.argv) > 1 else "object"
    if subprocess.run(SIGN_IN, capture_output=True, check=False).returncode:
        sys.exit('no cloud can be signed in to: run eval "$(certmark sandbox env)" first')
    certmark = [sys.executable, "-m", "certmark"]
    begin = [*certmark, "run", "-p", program, "--tempest", "./no-such-suite", "-q"]
    commands = {
        "sign in with openstacksdk": [*SIGN_IN],
        "certmark cloud doctor": [*certmark, "cloud", "doctor", "-p", program, "--json", "-q"],
        "certmark cloud doctor --no-suite": [*certmark, "cloud", "doctor", "-p", program, "--no-suite", "--json", "-q"],
        "a run until its suite": begin,
        "a run until its suite, --no-doctor": [*begin, "--no-doctor"],
    }
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for number in range(ROUNDS + 1):
        for name, command in commands.items():
            one = take(command)
            if number:
                taken[name].append(one)
    wall = {name: statistics.median(one.wall for one in all_) for name, all_ in taken.items()}
    floor = wall["sign in with openstacksdk"]
    for name, all_ in taken.items():
        cpu = statistics.median(one.cpu for one in all_)
        print(
            f"{name:<36} {wall[name]:6.2f} s wall {cpu:6.2f} s CPU  {wall[name] / floor:4.1f} x the floor{calls(all_)}"
        )
    later = wall["a run until its suite"] - wall["a run until its suite, --no-doctor"]
    print(f"a run begins {later:.2f} s later for being examined first")


def calls(taken: Sequence[Taken]) -> str:
    """How many calls it says that it made."""
    try:
        told = json.loads(taken[-1].output)
    except ValueError:
        return ""
    return f"  {told['calls']} calls, {told['counts']['fatal']} fatal, {told['counts']['warning']} warnings"


if __name__ == "__main__":
    main()
