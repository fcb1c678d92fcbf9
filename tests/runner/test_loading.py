"""A run's folder becomes results, with what only the journal knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from certmark.domain.results import Outcome
from certmark.runner.journal import Journal
from certmark.runner.loading import MergeRefused, load_run, merge
from support.toy import ToyRun, toy_groups, toy_record

Run = Callable[..., ToyRun]


def test_a_test_that_was_cut_short_says_why(run_toy: Run) -> None:
    run = run_toy("crashes.Exits.test_exits", "hangs.Hangs.test_hangs", limit=1.5)
    results = load_run(str(run.folder)).results
    reasons = {name: results.attempts(name)[0].reason for name in results.names}
    assert reasons == {
        "toy.crashes.Exits.test_exits": "its worker ended with exit status 3",
        "toy.hangs.Hangs.test_hangs": "timed out: it took longer than 1.5 s",
    }


def test_the_evidence_says_which_classes_were_not_finished(run_toy: Run) -> None:
    run = run_toy("crashes.Exits.test_exits", "passing.Good.test_a", workers=1)
    remarks = [remark for piece in load_run(str(run.folder)).results.evidence for remark in piece.remarks]
    assert remarks[-1] == (
        "toy.crashes.Exits was not finished: its worker ended with exit status 3, in toy.crashes.Exits.test_exits"
    )


def test_what_was_asked_for_and_never_ran_is_named(run_toy: Run) -> None:
    run = run_toy(
        "crashes.Exits.test_exits", "crashes.Exits.test_never", "passing.Good.test_zz", "troubles.NoFixture.test_never"
    )
    assert set(load_run(str(run.folder)).unanswered) == {"toy.crashes.Exits.test_never", "toy.passing.Good.test_zz"}


def test_a_run_that_was_stopped_before_its_first_stream_is_empty(tmp_path: Path) -> None:
    Journal.create(str(tmp_path), toy_record(), toy_groups(["passing.Good.test_a"])).close()
    loaded = load_run(str(tmp_path))
    assert list(loaded.results.names) == []
    assert loaded.unanswered == ("toy.passing.Good.test_a",)


def begun(folder: Path, **header: object) -> str:
    folder.mkdir()
    Journal.create(str(folder), toy_record(**header), toy_groups(["passing.Good.test_a"])).close()
    return str(folder)


def test_runs_of_one_configuration_are_one_and_the_evidence_names_them(run_toy: Run, tmp_path: Path) -> None:
    run = run_toy("passing.Good.test_a", workers=1)
    other = begun(tmp_path / "other", run="other")
    results = merge([str(run.folder), other])
    assert [piece.name for piece in results.evidence] == ["20261121-203000-toy-0000/w0-a1.subunit"]
    assert results.attempts("toy.passing.Good.test_a")[0].outcome is Outcome.PASSED


def test_runs_of_two_configurations_are_not_merged(tmp_path: Path) -> None:
    one, two = (
        begun(tmp_path / "one", run="one", fingerprint="aa"),
        begun(tmp_path / "two", run="two", fingerprint="bb"),
    )
    with pytest.raises(MergeRefused, match="runs one and two used different configurations"):
        merge([one, two])
