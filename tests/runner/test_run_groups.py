"""Groups are run for real, by workers of this checkout's own interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from certmark.domain.results import Outcome
from certmark.formats.run_endings import Ending
from certmark.runner import events
from certmark.runner.journal import Journal
from certmark.runner.workers import ForkPool, SuiteBroken
from support.toy import ToyRun

Run = Callable[..., ToyRun]


def outcomes(run: ToyRun) -> dict[str, Outcome]:
    return {attempt.name: attempt.outcome for attempt in run.attempts}


def test_exactly_the_asked_for_tests_run_and_class_fixtures_once(run_toy: Run) -> None:
    run = run_toy("passing.Good.test_a", "passing.Good.test_b")
    assert outcomes(run) == {"toy.passing.Good.test_a": Outcome.PASSED, "toy.passing.Good.test_b": Outcome.PASSED}


def test_outcomes_and_reasons_stand_in_the_stream_as_the_suite_told_them(run_toy: Run) -> None:
    run = run_toy(*(f"troubles.Fails.test_{word}" for word in ("fails", "skips", "passes", "expected")))
    told = {attempt.name.rpartition("_")[2]: (attempt.outcome, attempt.reason) for attempt in run.attempts}
    assert told == {
        "expected": (Outcome.EXPECTED_FAILURE, "AssertionError: known"),
        "fails": (Outcome.FAILED, "AssertionError: seven is not eight"),
        "passes": (Outcome.PASSED, ""),
        "skips": (Outcome.SKIPPED, "no such feature"),
    }


def test_every_attempt_names_its_worker(run_toy: Run) -> None:
    run = run_toy("passing.Good.test_a", "passing.Other.test_a", workers=1)
    assert {attempt.worker for attempt in run.attempts} == {"worker-0"}


@pytest.mark.parametrize(
    ("name", "entry", "outcome"),
    [
        ("troubles.NoFixture.test_never", "setUpClass (toy.troubles.NoFixture)", Outcome.FAILED),
        ("troubles.SkippedFixture.test_never", "setUpClass (toy.troubles.SkippedFixture)", Outcome.SKIPPED),
        ("broken_import.Any.test_x", "setUpClass (toy.broken_import.Any)", Outcome.FAILED),
    ],
)
def test_a_class_that_its_set_up_stops_is_one_entry(run_toy: Run, name: str, entry: str, outcome: Outcome) -> None:
    assert outcomes(run_toy(name)) == {entry: outcome}


def test_a_failed_clean_up_is_an_entry_beside_the_tests(run_toy: Run) -> None:
    assert outcomes(run_toy("troubles.NoCleanUp.test_passes")) == {
        "toy.troubles.NoCleanUp.test_passes": Outcome.PASSED,
        "tearDownClass (toy.troubles.NoCleanUp)": Outcome.FAILED,
    }


def test_a_test_that_the_class_does_not_have_is_told(run_toy: Run) -> None:
    run = run_toy("passing.Good.test_a", "passing.Good.test_zz")
    (ended,) = run.of(events.GroupEnded)
    assert ended.lost == ("toy.passing.Good.test_zz",)


def test_a_worker_that_dies_costs_one_class(run_toy: Run) -> None:
    run = run_toy(
        "crashes.Exits.test_a_before", "crashes.Exits.test_exits", "crashes.Exits.test_never", "passing.Good.test_a",
        "passing.Other.test_a", workers=1,
    )  # fmt: skip
    assert outcomes(run) == {
        "toy.crashes.Exits.test_a_before": Outcome.PASSED,
        "toy.crashes.Exits.test_exits": Outcome.UNFINISHED,
        "toy.passing.Good.test_a": Outcome.PASSED,
        "toy.passing.Other.test_a": Outcome.PASSED,
    }
    (died,) = run.of(events.WorkerDied)
    assert (died.how, died.test) == ("exit status 3", "toy.crashes.Exits.test_exits")


def test_a_signal_is_named(run_toy: Run) -> None:
    run = run_toy("crashes.Segfaults.test_segfaults")
    assert [died.how for died in run.of(events.WorkerDied)] == ["signal 11 (SIGSEGV)"]


def test_a_module_that_crashes_when_imported_costs_its_class_and_no_other(run_toy: Run) -> None:
    slow = [f"slow.Slow{number}.test_1" for number in (1, 2, 3, 4)]
    run = run_toy("crashing_import.Any.test_x", *slow, workers=3)
    endings = Counter(ended.ending for ended in run.of(events.GroupEnded))
    assert endings == {Ending.DIED: 1, Ending.ENDED: 4}
    assert set(outcomes(run)) == {f"toy.{name}" for name in slow}


def test_a_class_that_takes_too_long_is_killed_with_all_its_processes(
    run_toy: Run, hour_after: Callable[[Callable[[], bool]], None], tmp_path: Path
) -> None:
    hour_after(lambda: is_hanging(tmp_path) and endings_in(tmp_path) == [Ending.ENDED])
    run = run_toy("hangs.Hangs.test_hangs", "passing.Good.test_a", limit=1800.0)
    assert [ended.ending for ended in run.of(events.GroupEnded)] == [Ending.ENDED, Ending.TIMED_OUT]
    folder = run.folder
    assert [is_running(int(pid)) for pid in (folder / "pids").read_text().split()] == [False, False]
    assert "test_hangs" in (folder / "worker.log").read_text()


def is_hanging(folder: Path) -> bool:
    pids = folder / "pids"
    return pids.exists() and pids.read_text().count("\n") == 2


def endings_in(folder: Path) -> list[Ending]:
    return [end.ending for end in Journal.read(str(folder)).endings]


def test_the_journal_knows_how_every_class_ended(run_toy: Run) -> None:
    run = run_toy("crashes.Exits.test_exits", "passing.Good.test_a")
    record = Journal.read(str(run.folder))
    assert {end.group: (end.ending, end.reason) for end in record.endings} == {
        "toy.crashes.Exits": (Ending.DIED, "its worker ended with exit status 3, in toy.crashes.Exits.test_exits"),
        "toy.passing.Good": (Ending.ENDED, ""),
    }
    assert record.is_whole


def test_an_interpreter_that_does_not_start_is_a_sentence(tmp_path: Path) -> None:
    crew = ForkPool("/nowhere/python", {}, str(tmp_path), str(tmp_path / "log"))
    with pytest.raises(SuiteBroken, match="cannot be started: No such file or directory; install it again"):
        crew.warm_up()
    crew.close()


def test_an_environment_without_the_libraries_is_a_sentence(tmp_path: Path) -> None:
    crew = ForkPool(sys.executable, {"PYTHONHOME": "/nowhere"}, str(tmp_path), str(tmp_path / "log"))
    crew.warm_up()
    with pytest.raises(SuiteBroken, match="ends at once"):
        listen_for_ever(crew)
    crew.close()


def listen_for_ever(crew: ForkPool) -> None:
    while True:
        crew.wait(0.5)


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie that its new parent has not looked at."""
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.startswith("Z")


def test_nothing_of_ours_is_left_running(run_toy: Run) -> None:
    before = children()
    run_toy("passing.Good.test_a", "crashes.Exits.test_exits")
    assert children() <= before


def children() -> set[str]:
    told = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    return {line for line in told.stdout.splitlines() if not line.endswith("ps")}
