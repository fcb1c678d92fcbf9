from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from certmark.sandbox import processes
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.processes import Process
from certmark.sandbox.state import Sandbox
from support.waiting import wait_until

SLEEP = ("/bin/sh", "-c", "exec sleep 600")


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process in a session of its own that is nobody's sandbox."""
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as process:
        yield process
        process.kill()


def _has_left(session: int, found: tuple[int, ...]) -> bool:
    """Whether one of the processes leads a session of its own by now."""
    for pid in found:
        with suppress(ProcessLookupError):
            if os.getsid(pid) != session:
                return True
    return False


def test_a_process_is_started_recorded_and_stopped(sandbox: Sandbox) -> None:
    process = processes.start(sandbox, "sleeper", SLEEP)
    assert processes.is_running(process)
    assert processes.recorded_processes(sandbox) == (process,)
    assert (processes.running_process(sandbox, "sleeper"), os.getsid(process.pid)) == (process, process.pid)
    processes.stop(sandbox, [process])
    assert (processes.is_running(process), processes.recorded_processes(sandbox)) == (False, ())


def test_a_reused_pid_is_never_killed(sandbox: Sandbox, stranger: subprocess.Popen[bytes]) -> None:
    other = Process("keystone", stranger.pid, "an-earlier-boot/12345")
    assert not processes.is_running(other)
    processes.stop(sandbox, [other], patience=0.2)
    assert stranger.poll() is None


def test_a_group_whose_leader_is_gone_is_stopped_if_it_carries_the_mark(sandbox: Sandbox) -> None:
    process = processes.start(sandbox, "parent", ("/bin/sh", "-c", "sleep 600 & exit 0"))
    wait_until(lambda: not processes.is_running(process))
    assert len(processes.strays(sandbox)) == 1
    processes.stop(sandbox, [process])
    assert processes.strays(sandbox) == ()


def test_a_group_of_strangers_whose_leader_is_gone_is_left_alone(sandbox: Sandbox) -> None:
    script = "import subprocess as s; print(s.Popen(['sleep', '60'], stdout=s.DEVNULL, stderr=s.DEVNULL).pid)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, start_new_session=True, check=True)
    child = int(done.stdout)
    processes.stop(sandbox, [Process("keystone", os.getpgid(child), "x/1")], patience=0.2)
    assert processes.start_time(child) is not None
    os.kill(child, 9)


def test_processes_of_another_sandbox_of_the_same_path_are_left_alone(sandbox: Sandbox) -> None:
    process = processes.start(sandbox, "sleeper", SLEEP)
    here = sandbox.path("id").read_text()
    sandbox.path("id").write_text("another container's")
    assert processes.strays(sandbox) == ()
    sandbox.path("id").write_text(here)
    assert processes.strays(sandbox) == (process.pid,)


def test_one_that_ignores_the_request_is_killed(sandbox: Sandbox) -> None:
    process = processes.start(
        sandbox, "stubborn", ("/bin/sh", "-c", "trap '' TERM; echo set; while :; do sleep 0.1; done")
    )
    wait_until(lambda: processes.tail(sandbox, "stubborn", 1) == ("set",))
    processes.stop(sandbox, [process], patience=0.3)
    assert processes.strays(sandbox) == ()


def test_a_process_that_left_its_session_is_found_by_its_mark(sandbox: Sandbox) -> None:
    process = processes.start(sandbox, "daemon", ("/bin/sh", "-c", "setsid sleep 600 & exit 0"))
    wait_until(lambda: not processes.is_running(process) and _has_left(process.pid, processes.strays(sandbox)))
    processes.stop(sandbox, [process], patience=0.2)
    assert (processes.kill_strays(sandbox), processes.strays(sandbox)) == (1, ())


def test_a_child_in_a_session_of_its_own_belongs_to_its_recorded_parent(sandbox: Sandbox) -> None:
    process = processes.start(sandbox, "beam", ("/bin/sh", "-c", "setsid -w sleep 600; exit"))
    wait_until(lambda: _has_left(process.pid, processes.strays(sandbox)))
    assert processes.unrecorded_strays(sandbox) == ()
    processes.stop(sandbox, [process], patience=0.2)
    assert len(processes.unrecorded_strays(sandbox)) == 1
    assert processes.kill_strays(sandbox) == 1


def test_a_tool_that_fails_is_told_with_its_last_word(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match=r"^tool failed with status 3: no such ring \(log/tool.log has the rest\)$"):
        processes.run(sandbox, "tool", ("/bin/sh", "-c", "echo begun; echo no such ring >&2; exit 3"))
    assert processes.tail(sandbox, "tool", 5) == ("begun", "no such ring")


def test_a_tool_is_stopped_when_the_work_is_cancelled(sandbox: Sandbox) -> None:
    sandbox.cancelled.set()
    with pytest.raises(SandboxError, match="tool was stopped"):
        processes.run(sandbox, "tool", SLEEP)
    assert processes.strays(sandbox) == ()


def test_a_program_that_is_not_there_is_told(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="rabbit cannot be started: /no/rabbit: No such file or directory"):
        processes.start(sandbox, "rabbit", ["/no/rabbit"])


def test_services_get_a_clean_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PASSWORD", "mine")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    processes.run(sandbox, "env", ("/usr/bin/env",), {"SWIFT_DIR": "/swift"})
    names = {line.partition("=")[0] for line in processes.tail(sandbox, "env", 50)}
    assert names.isdisjoint({"OS_PASSWORD", "PYTHONPATH"})
    assert {"SWIFT_DIR", "PATH", "HOME", processes.MARK} <= names


@pytest.mark.parametrize("text", ["", "{", "[]", '{"name": "a"}', '{"name": "a", "pid": "x", "started": ""}'])
def test_a_torn_record_is_no_record(sandbox: Sandbox, text: str) -> None:
    sandbox.path("run", "a.json").write_text(text)
    assert processes.recorded_processes(sandbox) == ()


def test_a_log_that_is_not_there_has_no_lines(sandbox: Sandbox) -> None:
    assert processes.tail(sandbox, "nothing", 3) == ()
