"""certmark run --all-clouds as a person uses it: real processes, a small suite, clouds that live and that do not."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.fake_cloud import serving
from support.toy import SUITES
from support.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.allow_hosts(["127.0.0.1"])]
CERTMARK = [sys.executable, "-m", "certmark"]
DEAD = "http://127.0.0.1:9/v3"


class Clouds:
    """A folder with a fleet's file, and what belongs to it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.entries: dict[str, dict[str, Any]] = {}
        self.env = os.environ | {
            "CERTMARK_HOME": str(folder / "home"),
            "CERTMARK_CACHE": str(folder / "cache"),
            "TOY_LOG": str(folder / "ran"),
            "TOY_SECONDS": "0.05",
        }
        self.gate = folder / "gate"
        self.said = folder / "said"

    def add(self, name: str, tests: str = "toy.passing.Good.test_a", url: str | None = None, **more: object) -> None:
        """A cloud that the small suite is run on, as far as that suite looks at one."""
        (self.folder / f"{name}.txt").write_text(f"# policy: strict\n{tests}\n")
        where = f"{self.url}/{name}" if url is None else url
        (self.folder / f"{name}.conf").write_text(f"[identity]\nuri_v3 = {where}\nregion = R\n")
        self.entries[name] = {"tempest-conf": f"{name}.conf", "guideline": f"{name}.txt", **more}

    @property
    def file(self) -> Path:
        """The fleet's file, written now."""
        path = self.folder / "fleet.json"
        path.write_text(json.dumps({"fleet": "small", "clouds": self.entries}))
        return path

    def words(self, *more: str) -> list[str]:
        """The command."""
        suite = ["--suite", str(SUITES / "toy.json"), "--tempest", sys.executable, "-j", "1"]
        return [*CERTMARK, "run", "--all-clouds", str(self.file), *suite, "--folder", str(self.fleet), *more]

    @property
    def fleet(self) -> Path:
        """The folder of the fleet."""
        return self.folder / "fleet"

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command from its beginning to its end."""
        done = subprocess.run(
            list(words), env=self.env, cwd=self.folder, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def start(self, *names: str) -> subprocess.Popen[bytes]:
        """A fleet of slow clouds that goes on by itself; two of them have begun and wait for the gate to open."""
        for name in names:
            self.add(name, (SUITES / "slow.txt").read_text())
        env = self.env | {"TOY_SECONDS": "0.4", "TOY_GATE": str(self.gate)}
        words = self.words("--events", "json")
        with self.said.open("wb") as said:
            process = subprocess.Popen(words, env=env, cwd=self.folder, stdout=said, stderr=subprocess.STDOUT)
        wait_until(lambda: self.begun() == 2)
        return process

    def stopping(self) -> set[str]:
        """Whose run has said that it stops."""
        lines = [json.loads(line) for line in self.said.read_text().splitlines() if line.endswith("}")]
        return {line["member"] for line in lines if line["event"] == "stopping"}

    def record(self) -> dict[str, Any]:
        """What the fleet's record says."""
        document: dict[str, Any] = json.loads((self.fleet / "fleet.json").read_bytes())
        return document

    def standings(self) -> dict[str, str]:
        """How every member stands."""
        return {entry["member"]: entry["standing"] for entry in self.record()["members"]}

    def begun(self) -> int:
        """Tests that have begun."""
        log = self.folder / "ran"
        return len(log.read_text().splitlines()) if log.exists() else 0


@pytest.fixture
def clouds(tmp_path: Path) -> Iterator[Clouds]:
    with serving() as server:
        yield Clouds(tmp_path, server.url)


@pytest.mark.thorough
def test_every_cloud_is_tested_or_says_why_not_and_the_worst_decides(clouds: Clouds) -> None:
    clouds.add("good", group="pair", owner="Us")
    clouds.add("bad", "toy.passing.Good.test_a\ntoy.troubles.Fails.test_fails", group="pair")
    clouds.add("lacking", "toy.passing.Good.test_a\ntoy.passing.Gone.test_b")
    clouds.add("dead", url=DEAD)
    clouds.add("resting", available=False, reason="moves house", until="2199-01-01")
    clouds.add("broken", guideline="none.txt")
    done = clouds.call(*clouds.words("-o", str(clouds.folder / "s.html"), "-o", str(clouds.folder / "s.xml")))
    assert done.returncode == 1, done.stderr
    assert clouds.standings() == {
        "good": "pass",
        "bad": "fail",
        "lacking": "incomplete",
        "dead": "not alive",
        "resting": "not available",
        "broken": "could not be tested",
    }
    reasons = {entry["member"]: entry["reason"] for entry in clouds.record()["members"]}
    assert reasons["resting"] == "set aside by its owner: moves house, until 2199-01-01"
    assert reasons["dead"] == f"{DEAD} does not answer: Connection refused"
    assert reasons["bad"].endswith("1 of 2 counted tests passed, 1 failed.")
    assert "none.txt" in reasons["broken"]
    assert clouds.record()["groups"] == [
        {"name": "pair", "program": "", "progress": "fail", "members": ["good", "bad"]}
    ]
    for name in ("good", "bad", "lacking"):
        assert (clouds.fleet / name / "report.html").exists()
    assert 'href="fleet/good/report.html"' in (clouds.folder / "s.html").read_text()
    assert "Fleet small: FAIL; of 6:" in done.stdout
    assert "resting  not available; set aside" in done.stderr


STATUSES = [
    ("all pass", {"good": {}}, [], 0),
    ("some are incomplete", {"lacking": {"tests": "toy.passing.Gone.test_b\ntoy.passing.Good.test_a"}}, [], 4),
    ("one is dead", {"good": {}, "dead": {"url": DEAD}}, [], 5),
    ("one is dead and that is ignored", {"good": {}, "dead": {"url": DEAD}}, ["--ignore-dead"], 0),
    ("one is set aside", {"good": {}, "resting": {"available": False}}, [], 0),
    ("all are set aside", {"resting": {"available": False}}, [], 4),
    ("one only", {"good": {}, "dead": {"url": DEAD}}, ["--only", "good"], 0),
]  # fmt: skip


@pytest.mark.thorough
@pytest.mark.parametrize(("entries", "words", "status"), [case[1:] for case in STATUSES], ids=[c[0] for c in STATUSES])
def test_the_exit_status_tells_ci(
    clouds: Clouds, entries: dict[str, dict[str, Any]], words: list[str], status: int
) -> None:
    for name, entry in entries.items():
        clouds.add(name, **entry)
    done = clouds.call(*clouds.words("-q", *words))
    assert done.returncode == status, done.stdout + done.stderr


@pytest.mark.thorough
def test_two_programs_of_one_cloud_come_one_after_the_other(clouds: Clouds) -> None:
    clouds.env["TOY_SECONDS"] = "0.3"
    clouds.add("first", "toy.slow.Slow1.test_1")
    clouds.add("second", "toy.slow.Slow1.test_1")
    (clouds.folder / "second.conf").write_text((clouds.folder / "first.conf").read_text())
    done = clouds.call(*clouds.words("--clouds-at-once", "2"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(clouds.standings().values()) == {"pass"}


@pytest.mark.thorough
def test_ctrl_c_leaves_runs_that_can_be_resumed_and_a_fleet_that_goes_on(clouds: Clouds) -> None:
    process = clouds.start("one", "two", "three")
    process.send_signal(signal.SIGINT)
    wait_until(lambda: clouds.stopping() == {"one", "two"})
    clouds.gate.touch()
    status, said = process.wait(PATIENCE), clouds.said.read_text()
    assert status == 130, said
    assert clouds.standings() == {"one": "interrupted", "two": "interrupted", "three": "waiting"}
    assert "take up what is left with: certmark run --continue fleet" in said
    clouds.env["TOY_SECONDS"] = "0.01"
    resumed = clouds.call(*CERTMARK, "resume", str(clouds.fleet / "one"), "-q")
    assert resumed.returncode == 0, resumed.stderr
    done = clouds.call(*CERTMARK, "run", "--all-clouds", str(clouds.file), "--continue", str(clouds.fleet))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(clouds.standings().values()) == {"pass"}


@pytest.mark.thorough
def test_runs_end_with_a_fleet_that_was_killed_and_the_next_one_takes_them_up(clouds: Clouds) -> None:
    process = clouds.start("one", "two", "three")
    process.kill()
    process.wait()
    clouds.gate.touch()
    wait_until(lambda: not any(held(clouds.fleet / name / "lock") for name in ("one", "two")))
    assert clouds.begun() < 2 * len((SUITES / "slow.txt").read_text().split())
    clouds.env["TOY_SECONDS"] = "0.01"
    done = clouds.call(*CERTMARK, "run", "--continue", str(clouds.fleet))
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(clouds.standings().values()) == {"pass"}


def held(lock: Path) -> bool:
    """Whether a process holds the lock of a run."""
    with lock.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.thorough
def test_going_on_leaves_what_is_judged_and_tries_the_rest_again(clouds: Clouds) -> None:
    clouds.add("good")
    clouds.add("dead", url=DEAD)
    assert clouds.call(*clouds.words("-q")).returncode == 5
    first = (clouds.fleet / "good" / "report.json").stat().st_mtime_ns
    conf = clouds.folder / "dead.conf"
    conf.write_text(conf.read_text().replace(DEAD, f"{clouds.url}/mended"))
    done = clouds.call(*CERTMARK, "run", "--continue", str(clouds.fleet), "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (clouds.fleet / "good" / "report.json").stat().st_mtime_ns == first
    assert clouds.standings() == {"good": "pass", "dead": "pass"}


def test_events_are_lines_of_json_with_the_members_name(clouds: Clouds) -> None:
    clouds.add("good")
    clouds.add("resting", available=False)
    done = clouds.call(*clouds.words("--events", "json"))
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["event"] == "fleet-ended"
    told = [(event["event"], event.get("member")) for event in events]
    for expected in (
        ("member-ended", "resting"),
        ("member-began", "good"),
        ("verdict", "good"),
        ("member-ended", "good"),
    ):
        assert expected in told


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--os-cloud", "x"], "--os-cloud names one cloud and --all-clouds many"),
        (["-p", "a", "-p", "b"], "several programs in one run are for one cloud"),
        (["--dry-run"], "one cloud at a time can be planned"),
        (["-f", "github"], "this is not written as github; take text, json"),
        (["--accounts", "x"], "--accounts are one cloud's"),
        (["--cloud-identity", "x"], "--cloud-identity names one cloud and --all-clouds many; say it in clouds.yaml"),
        (["--only", "nobody"], "the fleet has no cloud, group, label or list 'nobody'; there are good"),
        (["--clouds-at-once", "0"], "'0' is not a number from 1 to 64"),
        (["--continue", "nowhere"], "--continue goes on in the folder of its fleet; drop --folder"),
        (["-o", "x.pdf"], "the ending of x.pdf tells no format"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_leaves_nothing(clouds: Clouds, words: list[str], sentence: str) -> None:
    clouds.add("good")
    done = clouds.call(*clouds.words(*words))
    assert done.returncode == 2
    assert sentence in done.stderr
    assert not clouds.fleet.exists()
