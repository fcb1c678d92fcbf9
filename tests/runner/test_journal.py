"""The journal: what it keeps, and what it makes of damage."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from certmark.formats.run_endings import EndedGroup, Ending
from certmark.formats.run_folder import JOURNAL
from certmark.runner.journal import GroupState, Journal, RunHistory, UnreadableJournal
from certmark.runner.plan import Group
from certmark.runner.workers import DiskProblem
from support.toy import toy_record

A = Group("m.A", ("m.A.test_1[id-x]", "m.A.test_2"), 3.5)
B = Group("m.B", ("m.B.test_1",), 1.0)


def begun(folder: Path) -> Journal:
    return Journal.create(str(folder), toy_record(class_timeout=60.5), [A, B])


def ended(group: Group, ending: Ending = Ending.ENDED) -> EndedGroup:
    return EndedGroup(group.name, "w0-a1.subunit", ending, 1.25, "", ("m.A.test_9",))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.began("m.A", 0, "w0-a1.subunit")
    journal.ended(ended(A))
    history = Journal.read(tmp_path)
    assert history.record == toy_record(class_timeout=60.5)
    assert history.groups == (GroupState(A, 1, Ending.ENDED), GroupState(B, 0, None))
    assert history.endings == (ended(A)._replace(round=1),)
    assert history.to_run == (B,)
    assert history.asked == ("m.A.test_1[id-x]", "m.A.test_2", "m.B.test_1")
    assert not history.is_whole


@pytest.mark.parametrize(
    ("ending", "again"),
    [(Ending.ENDED, False), (Ending.DIED, False), (Ending.TIMED_OUT, False), (Ending.INTERRUPTED, True)],
)
def test_only_what_came_to_no_end_is_run_again(tmp_path: Path, ending: Ending, again: bool) -> None:
    journal = begun(tmp_path)
    journal.began("m.A", 0, "w0-a1.subunit")
    journal.ended(ended(A, ending))
    assert (A in journal.history.to_run) is again


def test_a_group_that_began_and_did_not_end_is_run_again(tmp_path: Path) -> None:
    begun(tmp_path).began("m.A", 0, "w0-a1.subunit")
    assert Journal.read(tmp_path).to_run == (A, B)


def test_a_further_round_leaves_the_first_one_as_it_was(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.ended(ended(A))
    journal.ended(ended(B))
    assert journal.history.is_whole
    journal.plan([B])
    history = Journal.read(tmp_path)
    assert history.to_run == (B,)
    assert history.asked == (*A.tests, *B.tests)
    assert len(history.rounds) == 2


@pytest.mark.parametrize("cut", [1, 7, 40])
def test_a_torn_last_line_is_as_if_it_had_never_been_written(tmp_path: Path, cut: int) -> None:
    journal = begun(tmp_path)
    journal.began("m.A", 0, "w0-a1.subunit")
    journal.ended(ended(A))
    path = tmp_path / JOURNAL
    os.truncate(path, path.stat().st_size - cut)
    again = Journal.open(str(tmp_path))
    assert again.history.to_run == (A, B)
    again.ended(ended(B))
    assert Journal.read(tmp_path).to_run == (A,)


def test_every_beginning_of_a_journal_can_be_read_or_is_refused(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.ended(ended(A))
    journal.ended(ended(B))
    whole = (tmp_path / JOURNAL).read_bytes()
    for size in range(len(whole)):
        (tmp_path / JOURNAL).write_bytes(whole[:size])
        history = read_or_none(tmp_path)
        assert history is None or history.to_run in {(), (A, B), (B,)}


def read_or_none(folder: Path) -> RunHistory | None:
    try:
        return Journal.read(str(folder))
    except UnreadableJournal:
        return None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the journal of the run is empty: it was stopped before it began; begin a new run"),
        (b'{"what": "run"', "the journal of the run is empty: it was stopped before it began; begin a new run"),
        (b"nonsense\n", "line 1 of the journal of the run is damaged; judge its streams, or begin a new run"),
        (b'{"what": "plan"}\n', "the journal of the run was changed by something else; begin a new run"),
        (b"[]\n", "the journal of the run is empty: it was stopped before it began; begin a new run"),
    ],
)
def test_what_is_no_journal_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / JOURNAL).write_bytes(content)
    with pytest.raises(UnreadableJournal) as refusal:
        Journal.read(tmp_path)
    assert str(refusal.value) == sentence


def test_a_run_is_begun_once(tmp_path: Path) -> None:
    begun(tmp_path)
    with pytest.raises(FileExistsError):
        begun(tmp_path)


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    journal = begun(tmp_path)
    journal.close()
    full = os.open("/dev/full", os.O_WRONLY)
    journal._file = full  # noqa: SLF001 - nothing else fills a disk so quickly
    with pytest.raises(DiskProblem, match="No space left on device"):
        journal.plan([B])
    os.close(full)
