"""The record of accounts: what was made, whatever stopped the making."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from certmark.domain.accounts_needed import MadeAccounts
from certmark.formats.accounts_record import InvalidAccountsRecord, RecordFile, read_record_of_accounts

BEGUN = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)


def begun(folder: Path) -> RecordFile:
    record = RecordFile(str(folder / "a.record"))
    record.begin("http://k/v3 R", "tag", "default", BEGUN)
    return record


def test_what_was_made_and_what_was_only_begun_are_told_apart(tmp_path: Path) -> None:
    record = begun(tmp_path)
    record.making("project", "p")
    record.made("project", "p", "1")
    record.making("user", "u")
    found = record.read()
    assert found.made == (MadeAccounts("project", "p", "1"), MadeAccounts("user", "u", None))
    assert [one.name for one in found.remaining] == ["u", "p"]
    assert (found.cloud, found.tag, found.begun, found.is_finished) == ("http://k/v3 R", "tag", BEGUN, False)


def test_what_was_removed_does_not_remain(tmp_path: Path) -> None:
    record = begun(tmp_path)
    record.made("user", "u", "1")
    record.finished()
    assert record.read().is_finished
    record.removed("user", "u")
    assert record.read().remaining == ()


def test_a_torn_last_line_is_as_if_it_had_not_been_written(tmp_path: Path) -> None:
    record = begun(tmp_path)
    with Path(record.path).open("ab") as file:
        file.write(b'{"what": "made", "kind": "us')
    assert record.read().made == ()
    record.made("user", "u", "1")
    assert record.read().made == (MadeAccounts("user", "u", "1"),)


def test_it_is_readable_by_nobody_else(tmp_path: Path) -> None:
    assert Path(begun(tmp_path).path).stat().st_mode & 0o777 == 0o600


def test_it_never_goes_over_another(tmp_path: Path) -> None:
    record = begun(tmp_path)
    with pytest.raises(FileExistsError):
        record.begin("k", "t", "d", BEGUN)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]\n", b"\xff\n", b'{"certmark": "accounts", "version": 2}\n'])
def test_what_is_no_record_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidAccountsRecord, match="is no record of the making of accounts"):
        read_record_of_accounts(data, "x")


def test_a_changed_record_is_refused() -> None:
    data = (
        b'{"certmark": "accounts", "version": 1, "cloud": "c", "tag": "t", "domain": "d", "begun": "now"}\n{"x": 1}\n'
    )
    with pytest.raises(InvalidAccountsRecord, match="was changed by something else"):
        read_record_of_accounts(data, "x")
