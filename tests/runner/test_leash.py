"""What is begun on a leash ends with its command, with its holder, and when the holder lets go; all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from certmark.runner.leash import Leash
from support.waiting import wait_until

TREE = """
import os, subprocess, sys, time
pids = sys.argv[1]
inner = "import os,time;open(%r,'a').write(str(os.getpid())+chr(10));time.sleep(600)" % pids
subprocess.Popen([sys.executable, "-c", inner], start_new_session=True)
subprocess.Popen([sys.executable, "-c", "import os\\nif os.fork(): os._exit(0)\\nos.setsid()\\n" + inner.replace(";", "\\n")])
open(pids, "a").write(f"{os.getpid()}\\n")
print("begun", flush=True)
time.sleep(float(sys.argv[2]))
"""
HOLDER = """
import sys
from pathlib import Path
from certmark.runner.leash import Leash
leash = Leash([sys.executable, "-c", sys.argv[1], sys.argv[2], "600"], dict(__import__("os").environ), Path("."), open(sys.argv[2] + ".log", "wb"))
for line in leash.lines(99):
    print(line, flush=True)
"""


def pids(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def end_of_itself(leash: Leash, seconds: str) -> None:
    assert seconds == "0.1"
    assert leash.wait() == 0


def let_go(leash: Leash, _: str) -> None:
    leash.let_go()


def interrupted(leash: Leash, _: str) -> None:
    leash.interrupt()
    assert leash.wait() == 128 + signal.SIGINT


@pytest.mark.skipif(sys.platform != "linux", reason="what a command detached is found on Linux only")
@pytest.mark.parametrize(
    ("how", "seconds"),
    [(end_of_itself, "0.1"), (let_go, "600"), (interrupted, "600")],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_nothing_of_a_command_is_left(how: Callable[[Leash, str], None], seconds: str, tmp_path: Path) -> None:
    file = tmp_path / "pids"
    with (tmp_path / "log").open("wb") as log:
        leash = Leash([sys.executable, "-c", TREE, str(file), seconds], os.environ, tmp_path, log)
        if seconds != "0.1":
            wait_until(lambda: len(pids(file)) == 3)
        how(leash, seconds)
        list(leash.lines(99))
    assert [pid for pid in pids(file) if is_alive(pid)] == []


@pytest.mark.skipif(sys.platform != "linux", reason="what a command detached is found on Linux only")
def test_nothing_is_left_when_its_holder_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "pids"
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, TREE, str(file)], stdout=subprocess.DEVNULL)
    wait_until(lambda: len(pids(file)) == 3)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    wait_until(lambda: not any(map(is_alive, pids(file))))


def test_a_signal_that_ends_it_is_in_its_status(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        words = [sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]
        leash = Leash(words, os.environ, tmp_path, log)
        assert list(leash.lines(99)) == []
        assert leash.wait() == 128 + 9
