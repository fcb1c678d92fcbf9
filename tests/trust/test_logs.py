"""The log and the folder that keeps it: what is written lasts, what is torn is cut off, what is damaged is refused."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import LogBusy, LogDamaged, LogForked, UnsoundNote
from certmark.trust.log.checkpoints import open_checkpoint
from certmark.trust.log.file_store import FileStore, hashes_of
from certmark.trust.log.log import Log, MemoryStore, audit
from certmark.trust.log.merkle import check_consistency, check_inclusion, leaf_hash
from certmark.trust.log.receipts import check_receipt, issue_receipt
from support.log_keys import signer_of

ENTRIES = [b"", b"one", b"\x00" * 100, b"three", b"four", b"five", b"six"]
KEY = signer_of("example.org/log")


def kept(folder: Path, entries: list[bytes]) -> Path:
    with FileStore(str(folder), writable=True) as store:
        Log("example.org/log", store).append(entries)
    return folder


def state(folder: Path) -> tuple[int, bytes, list[bytes]]:
    with FileStore(str(folder)) as store:
        log = Log("example.org/log", store)
        return log.size, log.root(), [log.entry(index) for index in range(log.size)]


def expected(entries: list[bytes]) -> tuple[int, bytes, list[bytes]]:
    log = Log("example.org/log", MemoryStore())
    log.append(entries)
    return len(entries), log.root(), entries


def test_a_folder_keeps_what_memory_does(tmp_path: Path) -> None:
    assert state(kept(tmp_path / "log", ENTRIES)) == expected(ENTRIES)
    kept(tmp_path / "log", [b"seven"])
    assert state(tmp_path / "log") == expected([*ENTRIES, b"seven"])
    with FileStore(str(tmp_path / "log")) as store:
        assert audit(store) == expected([*ENTRIES, b"seven"])[1]


def test_every_proof_from_a_folder_verifies(tmp_path: Path) -> None:
    with FileStore(str(kept(tmp_path / "log", ENTRIES))) as store:
        log = Log("o", store)
        for size in range(len(ENTRIES) + 1):
            check_consistency(size, log.size, log.consistency(size), log.root(size), log.root())
            for index in range(size):
                check_inclusion(leaf_hash(ENTRIES[index]), index, size, log.inclusion(index, size), log.root(size))


def test_the_number_of_stored_hashes_is_that_of_complete_subtrees() -> None:
    for size in range(200):
        assert hashes_of(size) == sum(size >> level for level in range(9))


@pytest.mark.parametrize("name", ["entries", "hashes", "records"])
@pytest.mark.parametrize("rest", [b"x", b"\0" * 16, b"\0" * 40, b"torn" * 30])
def test_what_a_power_cut_left_behind_is_cut_off(tmp_path: Path, name: str, rest: bytes) -> None:
    folder = kept(tmp_path / "log", ENTRIES)
    with (folder / name).open("ab") as file:
        file.write(rest)
    assert state(folder) == expected(ENTRIES)
    kept(folder, [b"seven"])
    assert state(folder) == expected([*ENTRIES, b"seven"])


def test_a_write_stopped_anywhere_keeps_all_that_was_acknowledged(tmp_path: Path) -> None:
    """The files as they can be after a cut: the order is entries, hashes, records; the last of them to any length."""
    before, after = kept(tmp_path / "a", ENTRIES[:5]), kept(tmp_path / "b", ENTRIES)
    sizes = {
        name: ((before / name).stat().st_size, (after / name).stat().st_size)
        for name in ("entries", "hashes", "records")
    }
    order = ("entries", "hashes", "records")
    for at, torn in enumerate(order):
        for length in range(sizes[torn][0], sizes[torn][1] + 1):
            folder = Path(shutil.copytree(before, tmp_path / f"{torn}{length}"))
            for name in order[: at + 1]:
                content = (after / name).read_bytes()
                (folder / name).write_bytes(content[: length if name == torn else None])
            count = 5 + ((length - sizes["records"][0]) // 16 if torn == "records" else 0)
            assert state(folder) == expected(ENTRIES[:count])
            kept(folder, [b"next"])
            assert state(folder) == expected([*ENTRIES[:count], b"next"])


@pytest.mark.parametrize("name", ["entries", "hashes"])
def test_a_log_that_lost_something_is_refused_and_not_shortened(tmp_path: Path, name: str) -> None:
    folder = kept(tmp_path / "log", ENTRIES)
    os.truncate(folder / name, (folder / name).stat().st_size - 1)
    for writable in (False, True):
        with pytest.raises(LogDamaged, match="bring back a copy"):
            FileStore(str(folder), writable=writable)


@given(data=st.data())
def test_a_flipped_bit_anywhere_is_found(tmp_path: Path, data: st.DataObject) -> None:
    folder = tmp_path / "log"
    shutil.rmtree(folder, ignore_errors=True)
    kept(folder, ENTRIES)
    path = folder / data.draw(st.sampled_from(["entries", "hashes", "records"]))
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) * 8 - 1))
    content[place // 8] ^= 1 << place % 8
    path.write_bytes(content)
    try:
        with FileStore(str(folder)) as store:
            # The last record alone may look torn: then the entry is not there, which a checkpoint shows.
            assert (store.size, audit(store)) != expected(ENTRIES)[:2]
    except (LogDamaged, LogForked):
        pass


def test_one_process_writes_at_a_time_and_others_read(tmp_path: Path) -> None:
    with FileStore(str(tmp_path), writable=True) as store:
        with pytest.raises(LogBusy, match="another process writes"):
            FileStore(str(tmp_path), writable=True)
        with FileStore(str(tmp_path)) as reader:
            Log("o", store).append([b"one"])
            assert reader.size == 0
            reader.refresh()
            assert (reader.size, reader.entry(0)) == (1, b"one")
            with pytest.raises(LogBusy, match="for reading only"):
                Log("o", reader).append([b"two"])


def test_a_folder_without_a_log_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileStore(str(tmp_path / "none"))


@pytest.mark.parametrize(("level", "index"), [(0, 7), (3, 0), (0, -1), (-1, 0)])
def test_what_is_not_complete_has_no_hash(tmp_path: Path, level: int, index: int) -> None:
    with FileStore(str(kept(tmp_path / "log", ENTRIES))) as store:
        with pytest.raises(IndexError):
            store.hash(level, index)
        with pytest.raises(IndexError):
            store.entry(7)
        with pytest.raises(IndexError):
            Log("o", store).root(8)


def test_a_log_signs_only_what_continues_what_it_signed(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    with FileStore(str(folder), writable=True) as store:
        log = Log("example.org/log", store)
        empty = log.checkpoint([KEY])
        log.append(ENTRIES[:3])
        first = log.checkpoint([KEY])
        assert log.checkpoint([KEY]) == first
        assert [open_checkpoint(note, [KEY.key]).checkpoint.size for note in (empty, first)] == [0, 3]
    # An operator brings an old copy back, and goes on from there.
    shutil.copy(folder / "checkpoint", tmp_path / "kept")
    shutil.rmtree(folder)
    kept(folder, ENTRIES[:2])
    shutil.copy(tmp_path / "kept", folder / "checkpoint")
    with FileStore(str(folder), writable=True) as store:
        log = Log("example.org/log", store)
        with pytest.raises(LogForked, match="the log has 2 entries, and 3 were signed before"):
            log.checkpoint([KEY])
        log.append([b"another third"])
        with pytest.raises(LogForked, match="the first 3 entries are not those that were signed"):
            log.checkpoint([KEY])
        with pytest.raises(LogForked, match=r"holds the log example\.org/log"):
            Log("example.org/log2", store).checkpoint([signer_of("example.org/log2")], former=[KEY.key])


def test_a_log_may_change_its_key() -> None:
    log = Log("example.org/log", MemoryStore())
    log.checkpoint([KEY])
    log.append([b"x"])
    new = signer_of("example.org/log", 2)
    with pytest.raises(UnsoundNote):
        log.checkpoint([new])
    assert open_checkpoint(log.checkpoint([new], former=[KEY.key]), [new.key]).checkpoint.size == 1


def test_a_log_of_version_1_reads_for_ever(assets: Path) -> None:
    """The compatibility promise: these files are never made anew."""
    folder = assets / "log" / "v1"
    with FileStore(str(folder / "folder")) as store:
        assert audit(store).hex() == (folder / "root.txt").read_text().strip()
        opened = open_checkpoint(store.checkpoint() or b"", [KEY.key])
        assert opened.checkpoint.root == Log("example.org/log", store).root()
        assert store.size == opened.checkpoint.size == 7


def test_a_receipt_from_a_folder_verifies(tmp_path: Path) -> None:
    with FileStore(str(kept(tmp_path / "log", ENTRIES)), writable=True) as store:
        receipt = issue_receipt(
            Log("example.org/log", store), b"envelope", dt.datetime(2026, 11, 22, tzinfo=dt.UTC), [KEY]
        )
    assert check_receipt(receipt, b"envelope", [KEY.key]).place == 7
