"""certmark run, resume and rerun as a person uses them: real processes, a small suite, real kills."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest

import certmark
from certmark.runner.journal import Journal
from certmark.runner.loading import load_run
from support.toy import SUITES
from support.waiting import PATIENCE, wait_until

CERTMARK = [sys.executable, "-m", "certmark"]
SCHEMAS = Path(certmark.__file__).parent / "data" / "schemas" / "output"


class Machine:
    """A machine of its own, with nothing on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "CERTMARK_HOME": str(folder / "home"),
            "CERTMARK_CACHE": str(folder / "cache"),
            "TOY_SECONDS": "0.25",
            "TOY_LOG": str(folder / "ran"),
        }
        self.gate = folder / "gate"
        self.said = folder / "said"

    def run_words(self, tests: str = "slow.txt", *more: str) -> list[str]:
        """A command line that runs the small suite."""
        suite = ["--suite", str(SUITES / "toy.json"), "--tempest", sys.executable]
        return [*CERTMARK, "run", "-g", str(SUITES / tests), *suite, "-j", "2", "--folder", str(self.run), *more]

    @property
    def run(self) -> Path:
        """The folder of the run."""
        return self.folder / "run"

    def start(self, words: list[str], free: int = 0) -> subprocess.Popen[bytes]:
        """A command that goes on by itself; slow tests but the first `free` wait for the gate to open."""
        env = self.env | {"TOY_GATE": str(self.gate), "TOY_FREE": str(free)}
        with self.said.open("wb") as said:
            return subprocess.Popen(words, env=env, stdout=subprocess.DEVNULL, stderr=said)

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command from its beginning to its end."""
        return subprocess.run(list(words), env=self.env, capture_output=True, text=True, check=False, timeout=PATIENCE)

    def wait_for(self, tests: int) -> None:
        """Until so many tests of the slow classes have begun."""
        log = self.folder / "ran"
        wait_until(lambda: log.exists() and len(log.read_text().splitlines()) >= tests)

    def wait_for_words(self, words: str) -> None:
        """Until the command that goes on by itself has said them."""
        wait_until(lambda: words in self.said.read_text())

    def judged(self) -> dict[str, str]:
        """What the report says of every test."""
        loaded = load_run(str(self.run))
        return {name: loaded.results.attempts(name)[-1].outcome.value for name in loaded.results.names}


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine, on which nothing of the run is left running in the end."""
    one = Machine(tmp_path)
    yield one
    assert not workers_of(tmp_path)


def workers_of(folder: Path) -> list[str]:
    """Processes that work for a run in `folder`."""
    told = subprocess.run(["ps", "-eo", "pid=,stat=,args="], capture_output=True, text=True, check=True).stdout
    pids = [line.split()[0] for line in told.splitlines() if "worker_main" in line and line.split()[1][0] != "Z"]
    return [pid for pid in pids if _works_in(pid, folder)]


def _works_in(pid: str, folder: Path) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink().is_relative_to(folder)
    except OSError:
        return False


def names() -> set[str]:
    return set((SUITES / "slow.txt").read_text().split())


def test_a_run_is_judged_and_everything_is_on_record(machine: Machine) -> None:
    done = machine.call(*machine.run_words())
    assert done.returncode == 0, done.stderr
    assert "PASS" in done.stdout
    assert machine.judged() == dict.fromkeys(names(), "passed")
    assert {"journal.jsonl", "report.json", "report.html", "streams", "suite"} <= {
        path.name for path in machine.run.iterdir()
    }
    again = machine.call(*CERTMARK, "judge", *streams(machine), "-g", str(SUITES / "slow.txt"), "--json")
    assert json.loads(again.stdout)["judgement"] == json.loads((machine.run / "report.json").read_bytes())["judgement"]


def streams(machine: Machine) -> list[str]:
    return [str(path) for path in sorted((machine.run / "streams").iterdir())]


@pytest.mark.thorough
@pytest.mark.parametrize("after", [0, 1, 4, 9])
def test_a_killed_run_that_is_resumed_judges_what_an_uninterrupted_one_does(machine: Machine, after: int) -> None:
    process = machine.start(machine.run_words(), free=after)
    if after:
        machine.wait_for(after)
    else:
        wait_until((machine.run / "journal.jsonl").exists)
    process.kill()
    process.wait()
    wait_until(lambda: not workers_of(machine.folder))  # workers do not outlive their parent
    done = machine.call(*CERTMARK, "resume", str(machine.run))
    assert done.returncode == 0, done.stderr
    assert machine.judged() == dict.fromkeys(names(), "passed")


@pytest.mark.thorough
def test_resuming_does_not_run_again_what_ended(machine: Machine) -> None:
    process = machine.start(machine.run_words(), free=9)
    machine.wait_for(9)
    wait_until(lambda: len(Journal.read(str(machine.run)).endings) > 1)
    process.kill()
    process.wait()
    ended = {end.group for end in Journal.read(str(machine.run)).endings}
    (machine.folder / "ran").unlink()
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0
    ran_again = {line.rpartition(".")[0] for line in (machine.folder / "ran").read_text().split()}
    assert ran_again
    assert not ran_again & ended


@pytest.mark.thorough
def test_ctrl_c_ends_after_the_running_tests_and_says_how_to_go_on(machine: Machine) -> None:
    process = machine.start(machine.run_words())
    machine.wait_for(2)
    process.send_signal(signal.SIGINT)
    machine.wait_for_words("stopping after the running tests")
    machine.gate.touch()
    assert process.wait(PATIENCE) == 130
    assert "go on with: certmark resume" in machine.said.read_text()
    results = load_run(str(machine.run)).results
    outcomes = {attempt.outcome.value for name in results.names for attempt in results.attempts(name)}
    assert outcomes == {"passed"}
    assert set(results.names) < names()
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0
    assert machine.judged() == dict.fromkeys(names(), "passed")


def test_ctrl_c_twice_ends_tests_that_never_would(machine: Machine) -> None:
    process = machine.start(machine.run_words())
    machine.wait_for(2)
    process.send_signal(signal.SIGINT)
    machine.wait_for_words("stopping after the running tests")
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130


@pytest.mark.thorough
def test_a_second_process_on_a_run_is_refused_with_the_name_of_the_first(machine: Machine) -> None:
    process = machine.start(machine.run_words())
    machine.wait_for(1)
    refused = machine.call(*CERTMARK, "resume", str(machine.run))
    assert refused.returncode == 5
    assert f"is in use by process {process.pid} on " in refused.stderr
    process.kill()
    process.wait()
    resumed = machine.call(*CERTMARK, "resume", str(machine.run))
    assert resumed.returncode == 0
    assert f"was held by process {process.pid} on" in resumed.stderr


def test_one_run_per_cloud_at_a_time(machine: Machine) -> None:
    process = machine.start(machine.run_words())
    machine.wait_for(1)
    words = machine.run_words()
    words[words.index("--folder") + 1] = str(machine.folder / "other")
    refused = machine.call(*words)
    process.kill()
    process.wait()
    wait_until(lambda: not workers_of(machine.folder))
    assert refused.returncode == 5
    assert "the cloud local is in use by process" in refused.stderr
    assert not (machine.folder / "other").exists()


def test_a_rerun_adds_attempts_and_keeps_the_first_ones(machine: Machine) -> None:
    (machine.folder / "list.txt").write_text("toy.troubles.Fails.test_fails\ntoy.passing.Good.test_a\n")
    words = machine.run_words()
    words[words.index("-g") + 1] = str(machine.folder / "list.txt")
    assert machine.call(*words).returncode == 1
    again = machine.call(*CERTMARK, "rerun", str(machine.run), "--failed")
    assert again.returncode == 1, again.stderr
    results = load_run(str(machine.run)).results
    assert len(results.attempts("toy.troubles.Fails.test_fails")) == 2
    assert len(results.attempts("toy.passing.Good.test_a")) == 1


def test_what_the_suite_lacks_is_said_before_the_run_and_never_passes(machine: Machine) -> None:
    (machine.folder / "list.txt").write_text("# policy: strict\ntoy.passing.Good.test_a\ntoy.passing.Gone.test_b\n")
    words = machine.run_words()
    words[words.index("-g") + 1] = str(machine.folder / "list.txt")
    done = machine.call(*words)
    assert done.returncode == 4
    assert "lacks 1 of the 2 tests that list asks for; they cannot pass: toy.passing.Gone.test_b" in done.stderr


def test_events_are_lines_of_json(machine: Machine) -> None:
    done = machine.call(*machine.run_words("slow.txt", "--events", "json"))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [events[0]["event"], events[-2]["event"], events[-1]["event"]] == ["run-began", "run-ended", "verdict"]
    assert events[-1]["standing"] == "pass"
    schema = json.loads((SCHEMAS / "certmark-run-events.json").read_bytes())
    for event in events:
        jsonschema.Draft202012Validator(schema).validate(event)


@pytest.mark.thorough
def test_whoever_reads_events_and_goes_away_stops_the_run_and_it_can_go_on(machine: Machine) -> None:
    words = machine.run_words("slow.txt", "--events", "json")
    with machine.said.open("wb") as said:
        process = subprocess.Popen(words, env=machine.env, stdout=subprocess.PIPE, stderr=said)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=PATIENCE) == 5
    assert machine.said.read_text().endswith(
        "certmark: events cannot be written: Broken pipe; certmark resume goes on with the run\n"
    )
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0
    assert machine.judged() == dict.fromkeys(names(), "passed")


@pytest.mark.thorough
@pytest.mark.parametrize("words", [(), ("--events", "json")])
def test_a_full_disk_is_no_unreadable_input(machine: Machine, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            machine.run_words("slow.txt", *words), env=machine.env, stdout=full, stderr=subprocess.PIPE, text=True,
            check=False, timeout=PATIENCE,
        )  # fmt: skip
    assert done.returncode == 5
    assert "No space left on device" in done.stderr.splitlines()[-1]


@pytest.mark.thorough
def test_what_failed_leaves_no_lock_behind(machine: Machine) -> None:
    words = machine.run_words("slow.txt", "--waivers", str(machine.folder / "none.yaml"))
    assert machine.call(*words).returncode == 3
    assert machine.call(*machine.run_words("slow.txt", "--tempest", "/nowhere/at/all")).returncode == 5
    assert "was held by" not in machine.call(*machine.run_words()).stderr


@pytest.mark.thorough
def test_a_torn_journal_line_is_mended(machine: Machine) -> None:
    process = machine.start(machine.run_words(), free=6)
    machine.wait_for(6)
    process.kill()
    process.wait()
    with (machine.run / "journal.jsonl").open("ab") as file:
        file.write(b'{"what": "ended", "group": "toy.sl')
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0
    assert machine.judged() == dict.fromkeys(names(), "passed")


def test_a_journal_that_something_else_changed_is_refused(machine: Machine) -> None:
    machine.run.mkdir()
    (machine.run / "journal.jsonl").write_text('{"what": "plan"}\n')
    refused = machine.call(*CERTMARK, "resume", str(machine.run))
    assert (refused.returncode, refused.stderr) == (
        3,
        "certmark: the journal of the run was changed by something else; begin a new run\n",
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["-j", "0"], "argument -j/--concurrency: '0' is not a number of classes, or auto"),
        (["--class-timeout", "0"], "argument --class-timeout: '0' is not a number of seconds above 0"),
        (["--level", "vital"], "there is no level 'vital'; there are"),
        (["--tempest-conf", "nowhere.conf"], "there is no file nowhere.conf"),
        (["--tempest", "/nowhere/at/all"], "there is nothing at /nowhere/at/all"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(
    machine: Machine, words: list[str], sentence: str
) -> None:
    done = machine.call(*machine.run_words("slow.txt", *words))
    assert done.returncode in {2, 5}
    assert sentence in done.stderr
    assert not machine.run.exists()


@pytest.mark.thorough
def test_the_folder_of_a_run_is_judged_as_its_report_was(machine: Machine) -> None:
    ran = machine.call(*machine.run_words())
    again = machine.call(*CERTMARK, "judge", str(machine.run), "-g", str(SUITES / "slow.txt"), "--json", "-q")
    report = json.loads((machine.run / "report.json").read_text())
    assert again.returncode == ran.returncode
    assert json.loads(again.stdout)["judgement"]["totals"] == report["judgement"]["totals"]


@pytest.mark.thorough
def test_the_folder_of_a_run_is_converted_like_any_results(machine: Machine) -> None:
    machine.call(*machine.run_words())
    done = machine.call(*CERTMARK, "results", "convert", str(machine.run), "--to", "refstack", "-q")
    assert done.returncode == 0, done.stderr
    assert {result["name"] for result in json.loads(done.stdout)["results"]} == names()


@pytest.mark.thorough
def test_runs_of_different_configurations_are_not_taken_together(machine: Machine) -> None:
    machine.call(*machine.run_words())
    other = machine.folder / "other"
    other.mkdir()
    journal = (machine.run / "journal.jsonl").read_text().splitlines(keepends=True)
    header = json.loads(journal[0]) | {"run": "other", "fingerprint": "f" * 64}
    (other / "journal.jsonl").write_text(json.dumps(header) + "\n" + "".join(journal[1:]))
    both = machine.call(*CERTMARK, "judge", str(machine.run), str(other), "-g", str(SUITES / "slow.txt"))
    assert both.returncode == 3
    assert "used different configurations" in both.stderr
    assert len(both.stderr.strip().splitlines()) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("verb", [("resume",), ("rerun", "--failed")])
def test_a_finished_run_with_nothing_to_do_says_so_and_nothing_of_it_changes(
    machine: Machine, verb: tuple[str, ...]
) -> None:
    assert machine.call(*machine.run_words()).returncode == 0
    before = content_of(machine.run)
    done = machine.call(*CERTMARK, *verb, str(machine.run))
    assert done.returncode == 0
    assert "there is nothing to" in done.stderr
    assert "PASS" in done.stdout
    assert content_of(machine.run) == before


def content_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


@pytest.mark.thorough
def test_a_run_whose_judging_was_killed_is_judged_when_it_goes_on(machine: Machine) -> None:
    assert machine.call(*machine.run_words()).returncode == 0
    (machine.run / "report.json").unlink()
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0
    assert (machine.run / "report.json").exists()


@pytest.mark.thorough
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_every_signal_that_asks_for_an_end_is_as_gentle_as_ctrl_c(machine: Machine, number: signal.Signals) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(
            "whoever started the tests asked for this signal to be ignored, and what they start ignores it, too"
        )
    process = machine.start(machine.run_words())
    machine.wait_for(2)
    process.send_signal(number)
    machine.wait_for_words("stopping after the running tests")
    machine.gate.touch()
    assert process.wait(PATIENCE) == 130
    assert "go on with: certmark resume" in machine.said.read_text()
    assert machine.call(*CERTMARK, "resume", str(machine.run)).returncode == 0


@pytest.mark.thorough
def test_a_pipe_that_is_closed_costs_what_would_be_shown_and_nothing_else(machine: Machine) -> None:
    with subprocess.Popen(
        machine.run_words(), env=machine.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
    assert machine.judged() == dict.fromkeys(names(), "passed")
    assert (machine.run / "report.html").exists()
    assert "was held by" not in machine.call(*CERTMARK, "resume", str(machine.run)).stderr


@pytest.mark.thorough
def test_a_terminal_that_goes_away_costs_what_would_be_shown_and_nothing_else(machine: Machine) -> None:
    ours, theirs = os.openpty()
    words = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *machine.run_words()]
    env = machine.env | {"TOY_GATE": str(machine.gate), "TERM": "xterm"}
    process = subprocess.Popen(words, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    machine.wait_for(1)
    os.close(ours)
    machine.gate.touch()
    assert process.wait(PATIENCE) == 0
    assert (machine.run / "report.html").exists()


def test_a_run_that_did_not_pass_ends_with_what_may_be_done_next(machine: Machine) -> None:
    (machine.folder / "list.txt").write_text("toy.troubles.Fails.test_fails\ntoy.passing.Good.test_a\n")
    words = machine.run_words()
    words[words.index("-g") + 1] = str(machine.folder / "list.txt")
    done = machine.call(*words)
    assert done.returncode == 1
    by_hand = done.stderr.splitlines()[-1]
    again = subprocess.run(
        ["sh", "-c", by_hand.partition(": one failed test by itself: ")[2]], capture_output=True, text=True, check=False
    )
    assert (again.returncode, "seven is not eight" in again.stdout + again.stderr) == (1, True)
    assert f"certmark rerun {os.path.relpath(machine.run)} runs what did not pass again" in done.stderr
    assert "certmark results show" in done.stderr


@pytest.mark.thorough
def test_what_the_suite_writes_is_for_its_owner(machine: Machine) -> None:
    assert machine.call(*machine.run_words()).returncode == 0
    written = [path for folder in ("suite", "streams") for path in (machine.run / folder).rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o077) for path in written} == {"0o0"}
