"""What classes took, fixtures included."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.domain.results import Attempt, Outcome
from certmark.evidence.results import read_evidence
from certmark.runner.timings import ClassTimes, Timings, as_text, learn, load_timings, measured, of_groups


def attempt(name: str, start: float, stop: float, worker: str = "worker-0") -> Attempt:
    return Attempt(name, None, Outcome.PASSED, round(start * 1e9), stop - start, worker)


def test_everything_since_the_class_before_is_the_class_s_and_the_first_ones_are_as_usual() -> None:
    entries = [
        attempt("m.A.test_1", 10, 12),
        attempt("m.B.test_1", 12.5, 13, "worker-1"),
        attempt("m.A.test_2", 13, 14),
        attempt("m.C.test_1", 20, 21),
        attempt("tearDownClass (m.C)", 24, 24),
    ]
    assert measured(entries) == Timings(
        {
            "m.A": ClassTimes(1.0 + 9.0, {"test_1": 2.0, "test_2": 1.0}),
            "m.B": ClassTimes(9.0, {"test_1": 0.5}),
            "m.C": ClassTimes(9.0, {"test_1": 1.0}),
        }
    )


def test_nothing_was_measured_where_nothing_ran() -> None:
    assert measured([]) == Timings({})
    assert measured([Attempt("m.A.test_1", None, Outcome.UNFINISHED)]) == Timings({})


def test_a_class_that_its_set_up_stopped_says_nothing_of_its_usual_time() -> None:
    assert of_groups(
        {"m.A": 2.0, "m.B": 3.0},
        {"m.A": {"setUpClass (m.A)": 0.0}, "m.B": {"m.B.test_1[id-11111111-1111-4111-8111-111111111111]": 1.0}},
    ) == Timings({"m.B": ClassTimes(2.0, {"test_1": 1.0})})


def test_what_was_learnt_is_expected_next_time(tmp_path: Path) -> None:
    learn("toy", tmp_path, Timings({"m.A": ClassTimes(2.0, {"test_1": 4.0})}))
    assert load_timings("toy", tmp_path).expected("m.A", ["m.A.test_1[id-11111111-1111-4111-8111-111111111111]"]) == 6.0
    learn("toy", tmp_path, Timings({"m.A": ClassTimes(4.0, {"test_1": 2.0, "test_2": 1.0})}))
    assert load_timings("toy", tmp_path) == Timings({"m.A": ClassTimes(3.0, {"test_1": 3.0, "test_2": 1.0})})


@pytest.mark.parametrize("content", ["", "[]", "{", '{"m.A": 1}', '{"m.A": ["x", {}]}', '{"m.A": [1, {"t": []}]}'])
def test_a_spoilt_file_is_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "timings-toy.json").write_text(content)
    assert load_timings("toy", tmp_path) == Timings({})


def test_timings_for_tempest_ship_along() -> None:
    known = load_timings("tempest", None)
    assert len(known.classes) > 50
    assert as_text(known).count("\n") == len(known.classes) + 2


@pytest.mark.shared
def test_the_classes_of_a_recorded_run_fill_its_workers(shared: Path) -> None:
    (piece,) = read_evidence(str(shared / "runs" / "compute-dynamic-1" / "results.subunit"), digest=False)
    classes = measured(piece.attempts).classes.values()
    took = sum(times.fixture + sum(times.tests.values()) for times in classes)
    starts = [attempt.started for attempt in piece.attempts if attempt.started]
    stops = [attempt.stopped for attempt in piece.attempts if attempt.stopped]
    wall = (max(stops) - min(starts)) / 1e9
    assert 0.8 * 2 * wall < took < 1.05 * 2 * wall
