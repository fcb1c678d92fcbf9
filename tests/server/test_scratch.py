"""What a process holds for a moment is below the data, and goes with it whatever it died of."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from certmark.server.scratch import scratch

HOLDS = """
import sys
from pathlib import Path
from certmark.server.scratch import scratch
with scratch(Path(sys.argv[1])) as folder:
    (folder / "upload").write_text("private")
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_what_a_killed_process_left_is_removed_by_the_next_and_what_a_living_one_holds_is_not(tmp_path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDS, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    folders = []
    for process in processes:
        assert process.stdout is not None
        folders.append(Path(process.stdout.readline().strip()))
    killed, living = processes
    killed.send_signal(signal.SIGKILL)
    killed.wait(60)
    assert (folders[0] / "upload").exists()
    with scratch(tmp_path) as own:
        assert sorted((tmp_path / "scratch").iterdir()) == sorted([folders[1], own])
        assert (folders[1] / "upload").read_text() == "private"
    living.communicate("", timeout=60)
    assert list((tmp_path / "scratch").iterdir()) == []
    for process in processes:
        if process.stdout is not None:
            process.stdout.close()
        if process.stdin is not None:
            process.stdin.close()


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    with scratch(tmp_path) as own:
        assert [path.stat().st_mode & 0o777 for path in (own, own.parent)] == [0o700, 0o700]
