"""How long classes take: what is expected of the next run, learnt from earlier ones.

Recorded is, for each class, what its fixtures cost (everything between the end of the class
before, on the same worker, and the end of its last test that is in no test's own time) and what each
of its tests took, all in seconds. Names are bare: attributes vary with the configuration.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from certmark.domain.identity import class_of, fixture_of, method_of, split
from certmark.domain.results import Attempt

_FIXTURE = 3.0
"""Seconds for the fixtures of a class of which nothing is known."""
_TEST = 1.5
"""Seconds for a test of which nothing is known, in a class of which nothing is known."""
_LARGEST = 16 << 20
_WEIGHT = 0.5
"""How much of a new measurement goes into what was known: clouds differ from day to day."""
_SHIPPED = Path(__file__).parents[1] / "data" / "timings"


class ClassTimes(NamedTuple):
    """What one class took."""

    fixture: float
    tests: Mapping[str, float]
    """By method, a scenario included."""


class Timings(NamedTuple):
    """What classes took."""

    classes: Mapping[str, ClassTimes]
    """By dotted name."""

    def expected(self, name: str, tests: Iterable[str]) -> float:
        """Seconds that the `tests` (full ids) of class `name` will take, fixtures included."""
        known = self.classes.get(name)
        methods = [method_of(split(test).name) for test in tests]
        if known is None:
            return _FIXTURE + _TEST * len(methods)
        usual = sum(known.tests.values()) / len(known.tests) if known.tests else _TEST
        return known.fixture + sum(known.tests.get(method, usual) for method in methods)

    def after(self, measured: Timings) -> Timings:
        """These, with what was `measured` since mixed in."""
        classes = dict(self.classes)
        for name, new in measured.classes.items():
            classes[name] = _mixed(classes.get(name), new)
        return Timings(classes)


def _mixed(known: ClassTimes | None, new: ClassTimes) -> ClassTimes:
    if known is None:
        return new
    tests = dict(known.tests)
    for method, seconds in new.tests.items():
        tests[method] = _mean(tests.get(method, seconds), seconds)
    return ClassTimes(_mean(known.fixture, new.fixture), tests)


def _mean(known: float, new: float) -> float:
    return round(known + _WEIGHT * (new - known), 3)


def measured(attempts: Iterable[Attempt]) -> Timings:
    """What `attempts` of whole runs took, class fixtures included.

    A class's time is the last stop of one of its entries less the end of what the same worker did
    before. When the set-up of a worker's first class began is not known; it is taken for usual.
    """
    workers: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        if attempt.stopped is not None:
            workers.setdefault(attempt.worker or "", []).append(attempt)
    classes: dict[str, ClassTimes] = {}
    for entries in workers.values():
        entries.sort(key=lambda attempt: attempt.stopped or 0)
        classes.update(_of_worker(entries))
    first = {scope_of(entries[0].name) for entries in workers.values()}
    usual = _median([times.fixture for name, times in classes.items() if name not in first])
    for name in first:
        classes[name] = classes[name]._replace(fixture=round(classes[name].fixture + usual, 3))
    return Timings(classes)


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2] if values else 0.0


def _of_worker(entries: list[Attempt]) -> dict[str, ClassTimes]:
    spans: dict[str, list[Attempt]] = {}
    before: dict[str, int] = {}
    last = entries[0].started or 0 if entries else 0
    for attempt in entries:
        name = scope_of(attempt.name)
        before.setdefault(name, last)
        spans.setdefault(name, []).append(attempt)
        last = attempt.stopped or last
    return {name: _class_times(span, before[name]) for name, span in spans.items()}


def _class_times(span: list[Attempt], before: int) -> ClassTimes:
    tests = {method_of(item.name): round(item.seconds or 0.0, 3) for item in span if fixture_of(item.name) is None}
    whole = max(((item.stopped or 0) - before) / 1e9 for item in span)
    return ClassTimes(round(max(0.0, whole - sum(tests.values())), 3), tests)


def scope_of(name: str) -> str:
    """The class to which an entry of a stream belongs, be it a test or a fixture."""
    fixture = fixture_of(name)
    return class_of(name) if fixture is None else fixture.scope


def load_timings(suite: str, cache: Path | None) -> Timings:
    """What earlier runs on this machine took, above what is shipped for `suite`; unreadable files are as none."""
    shipped = _read(_SHIPPED / f"{suite}.json")
    own = _read(_cached(suite, cache)) if cache is not None else Timings({})
    return Timings({**shipped.classes, **own.classes})


def learn(suite: str, cache: Path, new: Timings) -> None:
    """Keep what a run took for the next one. Raises OSError."""
    path = _cached(suite, cache)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(as_text(_read(path).after(new)), encoding="utf-8")
    partial.replace(path)


def _cached(suite: str, cache: Path) -> Path:
    return cache / f"timings-{suite}.json"


def as_text(timings: Timings) -> str:
    """`timings` as a document: one line a class."""
    lines = [
        f"{json.dumps(name)}: {json.dumps([times.fixture, dict(sorted(times.tests.items()))])}"
        for name, times in sorted(timings.classes.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _read(path: Path) -> Timings:
    """Timings are a convenience: without them, or with a spoilt file, a run is only scheduled less well."""
    try:
        with path.open(encoding="utf-8") as file:
            document = json.loads(file.read(_LARGEST))
        return Timings({str(name): _class(entry) for name, entry in document.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return Timings({})


def _class(entry: list[object]) -> ClassTimes:
    fixture, tests = entry
    if not isinstance(tests, dict) or not isinstance(fixture, int | float):
        raise TypeError("timings are [seconds, {test: seconds}]")
    return ClassTimes(float(fixture), {str(name): float(seconds) for name, seconds in tests.items()})


def of_groups(groups: Mapping[str, float], tests: Mapping[str, Mapping[str, float]]) -> Timings:
    """Timings of classes that were measured as a whole: `tests` gives seconds by full id."""
    classes = {}
    for name, seconds in groups.items():
        own = {
            method_of(split(full).name): round(took, 3)
            for full, took in tests.get(name, {}).items()
            if fixture_of(full) is None
        }
        if own:  # a class that its set-up stopped says nothing of its usual time
            classes[name] = ClassTimes(round(max(0.0, seconds - sum(own.values())), 3), own)
    return Timings(classes)
