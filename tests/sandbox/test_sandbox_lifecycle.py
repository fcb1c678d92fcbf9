from __future__ import annotations

import errno
import fcntl
import os
import signal
from pathlib import Path

import pytest

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Remark
from certmark.sandbox import processes
from certmark.sandbox.errors import NotASandbox, SandboxError
from certmark.sandbox.events import Event, StepEnded
from certmark.sandbox.faults import break_on_purpose, breakable, mend
from certmark.sandbox.lifecycle import attach, down, status, up, usual_folder
from certmark.sandbox.profiles import Profile, SandboxService, SetupStep
from certmark.sandbox.state import RECORD, Sandbox
from support.tiny_sandbox import PROFILE, notes, waiting, write
from support.waiting import wait_until


def ended(events: list[Event]) -> list[str]:
    return [event.name for event in events if isinstance(event, StepEnded)]


def test_it_comes_up_in_the_order_of_its_needs(tiny: Path) -> None:
    told: list[Event] = []
    sandbox = up(PROFILE, tiny, told.append)
    assert ended(told) == ["first", "second", "below", "above", "third"]
    assert notes(sandbox) == ["first", "second", "third"]
    assert status(tiny).is_up


def test_up_twice_does_nothing(tiny: Path) -> None:
    before = up(PROFILE, tiny)
    pids = [process.pid for process in processes.recorded_processes(before)]
    told: list[Event] = []
    after = up(PROFILE, tiny, told.append)
    assert (told, notes(after)) == ([], ["first", "second", "third"])
    assert [process.pid for process in processes.recorded_processes(after)] == pids


def test_after_down_only_what_must_be_is_done_again(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    down(tiny)
    assert (processes.strays(sandbox), status(tiny).is_up) == ((), False)
    told: list[Event] = []
    up(PROFILE, tiny, told.append)
    assert ended(told) == ["first", "below", "above"]


def test_a_service_that_died_is_started_again(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    below = processes.running_process(sandbox, "below")
    assert below is not None
    os.killpg(below.pid, signal.SIGKILL)
    wait_until(lambda: not processes.is_running(below))
    assert not status(tiny).is_up
    up(PROFILE, tiny)
    assert status(tiny).is_up


def test_a_step_that_fails_is_told_and_the_next_up_goes_on(tiny: Path) -> None:
    def fail(_: Sandbox) -> None:
        raise SandboxError("the ring cannot be built")

    broken = _with(write("third")._replace(do=fail, needs=("above",)))
    with pytest.raises(SandboxError, match=r"^the ring cannot be built$"):
        up(broken, tiny)
    assert status(tiny).unfinished == ("third",)
    assert processes.strays(attach(tiny)[0]) == ()
    told: list[Event] = []
    up(PROFILE, tiny, told.append)
    assert (ended(told)[-1], status(tiny).is_up) == ("third", True)


def test_a_service_that_ends_at_once_is_told_with_its_last_word(tiny: Path) -> None:
    broken = _with(waiting("third", "above", script="echo Address already in use; exit 1"))
    with pytest.raises(SandboxError, match=r"^third ended while it started: Address already in use$") as caught:
        up(broken, tiny)
    assert caught.value.advice == Advice(Action.SHOW_SANDBOX_LOG, "third")


def test_a_service_that_never_answers_is_given_up(tiny: Path) -> None:
    silent = waiting("third", "above", script="exec sleep 600")._replace(patience=0.3)
    with pytest.raises(SandboxError, match=r"^third does not answer after 0 s$"):
        up(_with(silent), tiny)


def test_ctrl_c_stops_what_was_started(tiny: Path) -> None:
    def press_ctrl_c(_: Sandbox) -> bool:
        signal.raise_signal(signal.SIGINT)
        return False

    silent = waiting("third", "above", script="exec sleep 600")._replace(answers=press_ctrl_c)
    with pytest.raises(KeyboardInterrupt):
        up(_with(silent), tiny)
    assert processes.strays(attach(tiny)[0]) == ()
    up(PROFILE, tiny)
    assert status(tiny).is_up


def test_a_tool_that_a_killed_start_left_running_is_stopped(tiny: Path) -> None:
    sandbox = Sandbox.create(tiny, "tiny")
    left = processes.start(sandbox, "database", ("/bin/sh", "-c", "exec sleep 600"))
    told: list[Event] = []
    up(PROFILE, tiny, told.append)
    assert told[0] == Remark("stopped database, which an interrupted start had left running")
    assert not processes.is_running(left)


def test_a_process_that_a_killed_start_could_not_record_is_ended(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    below, above = processes.recorded_processes(sandbox)[1], processes.recorded_processes(sandbox)[0]
    (tiny / "run" / "above.json").unlink()
    told: list[Event] = []
    up(PROFILE, tiny, told.append)
    assert Remark("ended 1 process that no record knew") in told
    assert (processes.is_running(below), processes.is_running(above)) == (True, False)


def test_a_full_disk_is_a_sentence(tiny: Path) -> None:
    def fill(_: Sandbox) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(SandboxError, match=r"cannot go on: No space left on device$") as caught:
        up(_with(write("third")._replace(do=fill, needs=("above",))), tiny)
    assert caught.value.advice == Advice(Action.RESUME_SANDBOX)
    assert processes.strays(attach(tiny)[0]) == ()


def test_two_at_once_are_refused(tiny: Path) -> None:
    Sandbox.create(tiny, "tiny")
    with (tiny / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SandboxError, match="another process is at work on the sandbox"):
            up(PROFILE, tiny)


def test_purge_leaves_no_file(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    down(tiny, purge=True)
    assert (tiny.exists(), processes.strays(sandbox)) == (False, ())


def test_a_folder_that_is_no_sandbox_is_never_purged(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(NotASandbox, match="so nothing is stopped or removed"):
        down(tmp_path, purge=True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_damaged_sandbox_can_be_stopped_and_purged(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    (tiny / RECORD).write_text("{")
    for path in (tiny / "run").iterdir():
        path.unlink()
    told: list[Event] = []
    down(tiny, purge=True, on_event=told.append)
    assert (tiny.exists(), processes.strays(sandbox)) == (False, ())
    assert told == [Remark("ended 2 processes that no record knew")]


def test_a_service_broken_on_purpose_stays_down_until_it_is_mended(tiny: Path) -> None:
    up(PROFILE, tiny)
    break_on_purpose(tiny, ["above", "above"])
    up(PROFILE, tiny)
    found = status(tiny)
    assert (found.is_up, found.broken, found.services[1].pid) == (True, ("above",), None)
    told: list[Event] = []
    mend(tiny, told.append)
    assert (status(tiny).broken, status(tiny).services[1].answers) == ((), True)
    assert told[-1] == Remark("mended: above")


def test_a_fault_is_made_and_taken_back(tiny: Path) -> None:
    sandbox = up(PROFILE, tiny)
    break_on_purpose(tiny, ["fault"])
    break_on_purpose(tiny, ["fault"])
    assert status(tiny).broken == ("fault",)
    mend(tiny)
    assert (status(tiny).broken, notes(sandbox)[-2:]) == ((), ["broken", "mended"])


def test_what_cannot_be_broken_is_told_with_what_can(tiny: Path) -> None:
    up(PROFILE, tiny)
    with pytest.raises(InvalidRequest, match="'disk' cannot be broken; there are below, above, fault"):
        break_on_purpose(tiny, ["disk"])
    assert list(breakable(PROFILE)) == ["below", "above", "fault"]


def test_the_usual_folder_is_in_the_state_folder(tiny: Path, tmp_path: Path) -> None:
    assert tiny.exists() is False
    assert usual_folder("compute") == tmp_path / "home" / "sandbox" / "compute"


def _with(last: SetupStep | SandboxService) -> Profile:
    """The tiny profile with another last part."""
    return PROFILE._replace(parts=(*PROFILE.parts[:-1], last))
