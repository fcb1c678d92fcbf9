"""The shared runs as Parquet: another engine counts what the history counts, and finds nothing private."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import State
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.dumps import parquet
from certmark.server.dumps.parquet import WORDS, write_parquet
from certmark.server.services import corpus, runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun

pytestmark = pytest.mark.enable_socket
EXAMPLES = Path(__file__).parents[2] / "examples"
PASSED, BROKEN = EXAMPLES / "object-storage-pass.subunit", EXAMPLES / "object-storage-broken.subunit"
STATES = (State.PASSED, State.FAILED, State.SKIPPED, State.SETUP_ERROR, State.NOT_RUN)


def test_duckdb_counts_what_the_history_counts(services: Services, ada: Asker, tmp_path: Path) -> None:
    import duckdb

    about = AboutRun(name="r", is_public=True, guideline="2026.11", program="object", tags={"kind": "nightly"})
    gone = runs.receive(services, ada, PASSED, replace(about, key="gone"))
    kept = [runs.receive(services, ada, file, replace(about, subject=f"c {file.name}")) for file in (PASSED, BROKEN)]
    hidden = runs.receive(services, ada, BROKEN, AboutRun(name="r", subject="secret cloud"))
    services.history.caught_up(ada)
    runs.delete(services, ada, gone.id)
    target = tmp_path / "out" / "corpus"
    written = write_parquet(services, target)
    assert [path.name for path in target.parent.iterdir()] == ["corpus"], "nothing else is left"
    every = corpus.asked(services, ada)
    engine = duckdb.connect()
    found = engine.execute(
        "select name, uuid, outcome, count(*) from read_parquet($outcomes) join read_parquet($tests) using (test)"
        " group by all",
        {"outcomes": str(target / "outcomes" / "*.parquet"), "tests": str(target / "tests.parquet")},
    ).fetchall()
    assert {(name, uuid, outcome): number for name, uuid, outcome, number in found} == {
        (one.name, one.uuid, word): one.counts[state]
        for one in every.rates_of_tests()
        for word, state in zip(WORDS, STATES, strict=True)
        if one.counts[state]
    }
    rows = engine.execute(
        "select id, standing, cloud, tags['kind'], epoch_us(received) from read_parquet($runs) order by id",
        {"runs": str(target / "runs.parquet")},
    ).fetchall()
    assert rows == [(ids.written(run.id), run.standing, run.subject, "nightly", run.created) for run in kept]
    assert (written.runs, written.outcomes) == (2, sum(number for *_, number in found))
    assert json.loads((target / "corpus.json").read_text())["outcomes"] == written.outcomes
    everything = b"".join(path.read_bytes() for path in target.rglob("*") if path.is_file())
    assert (b"secret cloud" in everything, ids.written(hidden.id).encode() in everything) == (False, False)
    with pytest.raises(InvalidRequest, match="there already"):
        write_parquet(services, target)


def test_what_could_not_be_written_leaves_nothing(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = write_parquet(services, tmp_path / "empty")
    assert (empty.runs, empty.outcomes) == (0, 0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(parquet, "_write_runs", full)
        with pytest.raises(OSError, match="No space"):
            write_parquet(services, tmp_path / "out")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CannotProceed, match="install certmark"):
        write_parquet(services, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == []


def test_every_word_of_a_run_has_a_column() -> None:
    assert {word.value for word in Word} - set(parquet._run_schema().names) == {"waived"}  # noqa: SLF001 - its columns
