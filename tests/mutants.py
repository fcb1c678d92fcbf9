"""Do the tests notice faults? `./dev mutants` puts small ones into a copy of the code, one at a time.

It picks faults at random over the rooms, runs the tests that run the faulty line (those of the
room's own folder first, then all others), and shows the faults that no test noticed. Exit status 1
if less than 95 of 100 were noticed. docs/decisions/0028-mutation-testing.md says why it is our own.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

from support.mutations import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache" / "mutants"
LISTED = ROOT / "tests" / "mutants-equivalent.txt"
ROOMS = ("domain", "formats", "evidence", "trust")
ENOUGH = 0.95
NOTING = 3600
"""Seconds for the tests of one folder while lines are noted."""
ELSEWHERE = 60
"""Seconds of tests in other folders that a fault has to survive, the quick ones first."""


class Tests(NamedTuple):
    """What the tests do on the code as it is."""

    seconds: dict[str, float]
    """How long each takes; those that fail without a fault are left out."""
    lines: dict[str, dict[int, list[str]]]
    """The tests that run a line, by module and line; line 0 has all that run anything of the module."""

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that could notice it, the quick ones first."""
        lines = self.lines.get(mutant.path, {})
        if mutant.runs is None:
            found = set(lines.get(0, self.seconds))
        else:
            found = {name for line in mutant.runs for name in lines.get(line, [])}
        return sorted(found, key=lambda name: (self.seconds[name], name))


class Fate(NamedTuple):
    """What became of a mutant."""

    mutant: Mutant
    noticed: bool
    how: str


def main() -> int:
    """Sample, hunt, say."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        places = _copies(Path(folder), options.workers)
        sample = _sample(places[0] / "src" / "certmark", options)
        fates = Hunt(places, options.minutes * 60).fates(sample)
    return _tell(fates, len(sample))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="how many faults to try (300)")
    parser.add_argument("--seed", type=int, default=0, help="of the random choice (0)")
    parser.add_argument("--minutes", type=float, default=60, help="begin no fault later than this (60)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="how many at a time (processors)")
    parser.add_argument("--rooms", default=",".join(ROOMS), help="folders of src/certmark, with commas between them")
    parser.add_argument("--line", default="", help="only faults of this line, such as verdicts.py:72")
    return parser.parse_args()


def _sample(package: Path, options: argparse.Namespace) -> list[Mutant]:
    rooms = [room for room in options.rooms.split(",") if (package / room).is_dir()]
    every = [
        mutant
        for room in rooms
        for path in sorted((package / room).rglob("*.py"))
        for mutant in mutants_of(path.relative_to(package).as_posix(), path.read_bytes())
    ]
    equivalent = _equivalent()
    if options.rooms == ",".join(ROOMS):
        for key in sorted(set(equivalent) - {mutant.key for mutant in every}):
            _say(f"{LISTED.name}: fits no line any more: {' | '.join(key)}")
    open_ones = [
        mutant
        for mutant in every
        if mutant.key not in equivalent and f"{mutant.path}:{mutant.line}".endswith(options.line)
    ]
    sample = random.Random(options.seed).sample(open_ones, min(options.sample, len(open_ones)))  # noqa: S311 - no secret
    _say(f"{len(sample)} of {len(open_ones)} faults in {', '.join(rooms)}; seed {options.seed}")
    return sample


def _equivalent() -> dict[tuple[str, str, str], str]:
    """Faults that change nothing, with the reason of each: blocks of four lines in the file."""
    text = "\n".join(row for row in LISTED.read_text().splitlines() if not row.startswith("#"))
    blocks = [block.splitlines() for block in text.split("\n\n") if block.strip()]
    return {(name, was.removeprefix("- "), now.removeprefix("+ ")): why for name, was, now, why in map(_four, blocks)}


def _four(block: list[str]) -> tuple[str, str, str, str]:
    rows = [row for row in block if row.strip()]
    if len(rows) != 4:
        sys.exit(f"{LISTED.name}: four lines for each: module, `- source`, `+ fault`, reason; not {rows}")
    return rows[0], rows[1], rows[2], rows[3]


def _copies(folder: Path, count: int) -> list[Path]:
    """Copies of the checkout, with the shared data beside them where there are any."""
    if (ROOT.parent / "shared").is_dir():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    ignored = shutil.ignore_patterns(".git", ".venv", ".cache", ".coverage*", "__pycache__", ".*_cache", ".hypothesis")
    places = [folder / f"checkout-{number}" for number in range(count)]
    for place in places:
        shutil.copytree(ROOT, place, ignore=ignored, symlinks=True)
        (place / ".venv").symlink_to(ROOT / ".venv")
    return places


class Hunt:
    """A copy of the checkout for each worker, what the tests run, and a deadline."""

    def __init__(self, places: Sequence[Path], seconds: float) -> None:
        self._first, self._count = places[0], len(places)
        self._free: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for place in places:
            self._free.put(place)
        self._ends = time.monotonic() + seconds
        self._is_over = False
        self._running: set[subprocess.Popen[bytes]] = set()

    def fates(self, sample: Sequence[Mutant]) -> list[Fate]:
        """What became of each, as far as the time went; Ctrl-C ends it early."""
        found: list[Fate] = []
        pool = ThreadPoolExecutor(self._count)
        try:
            folders = sorted({path.parent.name for path in (ROOT / "tests").glob("*/test_*.py")} - {"journeys"})
            maps = dict(zip(folders, pool.map(self._mapped, folders), strict=True))
            began = time.monotonic()
            futures = [pool.submit(self._fate, mutant, maps) for mutant in sample]
            for future in as_completed(futures):
                fate = future.result()
                if fate is not None:
                    found.append(fate)
                    _progress(found, len(sample), time.monotonic() - began)
        except KeyboardInterrupt:
            _say("interrupted; the figures so far:")
            self._is_over = True
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(self._running):
                _kill(process)
        pool.shutdown()
        return found

    def _mapped(self, folder: str) -> Tests:
        """Which test of `folder` runs which line: noted once for each state of the code and of the folder."""
        kept = CACHE / f"{folder}-{_digest(self._first, 'src', 'tests/support', f'tests/{folder}')}.json"
        if not kept.exists():
            _say(f"noting which lines tests/{folder} runs")
            with self._place() as place:
                content = self._note(place, folder)
            for old in CACHE.glob(f"{folder}-*.json"):
                old.unlink()
            CACHE.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(content))
        seconds, lines = json.loads(kept.read_text())
        names = list(seconds)
        numbered = {
            path: {int(line): [names[number] for number in numbers] for line, numbers in rows.items()}
            for path, rows in lines.items()
        }
        return Tests(seconds, numbered)

    def _note(self, place: Path, folder: str) -> tuple[dict[str, float], dict[str, dict[int, list[int]]]]:
        base, told = place / ".coverage", place / "told.json"
        settings = place / "coverage.ini"
        settings.write_text(
            f"[run]\nsource = {place}/src/certmark\nparallel = true\npatch = subprocess\ndata_file = {base}\n"
            "context = ${MUTANT_CONTEXT-}\n"
        )
        command = ["-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest", f"tests/{folder}"]
        status = self._run(place, command, NOTING, MUTANT_MAP=str(told), MUTANT_SETTINGS=str(settings))
        if not told.exists():
            sys.exit(f"the tests of {folder} did not come to an end without a fault (status {status})")
        content = json.loads(told.read_text())
        for name in content["failed"]:
            _say(f"left out, for it fails without a fault: {name}")
        # By its name, since the type checker sees a benchmark of the name `coverage`.
        data = importlib.import_module("coverage").Coverage(data_file=str(base), config_file=False)
        data.combine([str(place)])
        noted = _noted(data.get_data(), place / "src" / "certmark", list(content["seconds"]))
        for path in (*place.glob(".coverage*"), told, settings):
            path.unlink()
        return content["seconds"], noted

    def _fate(self, mutant: Mutant, maps: dict[str, Tests]) -> Fate | None:
        if time.monotonic() > self._ends:
            return None
        room = mutant.path.partition("/")[0]
        with self._place() as place, _put_into(place, mutant):
            seconds = {name: taken for tests in maps.values() for name, taken in tests.seconds.items()}
            own = maps[room].of(mutant) if room in maps else []
            others = [name for folder, tests in maps.items() if folder != room for name in tests.of(mutant)]
            tried = 0
            for tests in (own, _quickest(others, seconds)):
                tried += len(tests)
                how = self._noticed(place, tests, 30 + 5 * sum(seconds[name] for name in tests))
                if how:
                    return Fate(mutant, noticed=True, how=how)
        of = len(own) + len(others)
        return Fate(mutant, noticed=False, how=f"{tried} of {of} tests that run it tried" if of else "no test runs it")

    def _noticed(self, place: Path, tests: Sequence[str], seconds: float) -> str:
        """By what the tests notice the fault; empty: they do not."""
        if not tests:
            return ""
        wanted = place / "wanted.txt"
        wanted.write_text("\n".join(tests))
        files = dict.fromkeys(name.partition("::")[0] for name in tests)
        status = self._run(place, ["-m", "pytest", "-x", *files], seconds, MUTANT_TESTS=str(wanted))
        if status == 5:  # pytest's own number
            raise RuntimeError(f"pytest finds none of {tests[:3]} in {place}")
        return {0: "", None: "time-out", 1: "test"}.get(status, "error")

    def _run(self, place: Path, command: Sequence[str], seconds: float, **settings: str) -> int | None:
        """The exit status of Python in the copy; None where it took too long."""
        if self._is_over:
            raise RuntimeError("interrupted")
        paths = os.pathsep.join([str(place / "src"), str(place / "tests")])
        home = place / ".home"
        home.mkdir(exist_ok=True)
        environment = {**os.environ, "PYTHONPATH": paths, "HOME": str(home), "TMPDIR": str(home), **settings}
        options = ["-p", "support.mutant_hunt", "-p", "no:cacheprovider", "-q", "--hypothesis-seed=0"]
        process = subprocess.Popen(
            [str(ROOT / ".venv" / "bin" / "python"), *command, *options],
            cwd=place, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._running.add(process)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _kill(process)
            self._running.discard(process)
            shutil.rmtree(home, ignore_errors=True)

    @contextlib.contextmanager
    def _place(self) -> Iterator[Path]:
        place = self._free.get()
        try:
            yield place
        finally:
            self._free.put(place)


def _quickest(names: Sequence[str], seconds: Mapping[str, float]) -> list[str]:
    ordered = sorted(names, key=lambda name: seconds[name])
    until = accumulate(seconds[name] for name in ordered)
    return [name for name, taken in zip(ordered, until, strict=True) if taken <= ELSEWHERE]


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The process and all that it started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def _put_into(place: Path, mutant: Mutant) -> Iterator[None]:
    path = place / "src" / "certmark" / mutant.path
    source = path.read_bytes()
    try:
        _write(path, mutant.applied(source))
        yield
    finally:
        _write(path, source)


def _write(path: Path, source: bytes) -> None:
    """Without the compiled module of before, which Python knows by whole seconds only."""
    path.write_bytes(source)
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()


def _noted(data: Any, package: Path, names: Sequence[str]) -> dict[str, dict[int, list[int]]]:
    places = {name: place for place, name in enumerate(names)}
    noted: dict[str, dict[int, list[int]]] = {}
    for path in data.measured_files():
        by_line = data.contexts_by_lineno(path)
        rows = {
            line: sorted({places[name] for name in contexts if name in places}) for line, contexts in by_line.items()
        }
        rows[0] = sorted({number for numbers in rows.values() for number in numbers})
        noted[Path(path).relative_to(package).as_posix()] = {line: numbers for line, numbers in rows.items() if numbers}
    return noted


def _digest(place: Path, *folders: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for folder in folders for path in (place / folder).rglob("*") if path.suffix != ".pyc"):
        if path.is_file() and "mutat" not in path.name and "mutant" not in path.name:
            digest.update(path.relative_to(place).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _progress(found: Sequence[Fate], of: int, seconds: float) -> None:
    fate, survived = found[-1], sum(not fate.noticed for fate in found)
    left = seconds / len(found) * (of - len(found)) / 60
    if not fate.noticed:
        _say(f"survived: {_shown(fate)}")
    if len(found) % 10 == 0:
        _say(f"{len(found)} of {of}, {survived} survived, about {left:.0f} minutes left")


def _shown(fate: Fate) -> str:
    mutant = fate.mutant
    return f"src/certmark/{mutant.path}:{mutant.line} ({fate.how})\n  - {mutant.was}\n  + {mutant.now}"


def _tell(fates: Sequence[Fate], of: int) -> int:
    """The survivors and the sum; the exit status."""
    for fate in sorted(fates):
        if not fate.noticed:
            print(_shown(fate))
    noticed = [fate for fate in fates if fate.noticed]
    share = len(noticed) / len(fates) if fates else 0.0
    hows = ", ".join(f"{sum(fate.how == how for fate in noticed)} by {how}" for how in ("test", "error", "time-out"))
    print(f"{len(noticed)} of {len(fates)} noticed ({share:.1%}): {hows}; {of - len(fates)} not tried")
    return 0 if share >= ENOUGH else 1


def _say(sentence: str) -> None:
    print(f"mutants: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
