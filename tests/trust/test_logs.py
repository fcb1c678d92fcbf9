"""The log and the folder that keeps it: what is written lasts, what is torn is cut off, what is damaged is refused.

A log that was damaged is never shortened, and what it signed before is never contradicted.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.trust.errors import LogBusy, LogDamaged, LogForked, UnsoundNote
from certmark.trust.log.checkpoints import open_checkpoint
from certmark.trust.log.file_store import FileStore, hashes_of
from certmark.trust.log.log import Log, MemoryStore, audit
from certmark.trust.log.memory import CheckpointMemory
from certmark.trust.log.merkle import check_consistency, check_inclusion, leaf_hash
from certmark.trust.log.receipts import check_receipt, issue_receipts
from support.log_keys import signer_of

ENTRIES = [b"", b"one", b"\x00" * 100, b"three", b"four", b"five", b"six"]
KEY = signer_of("example.org/log")


def kept(folder: Path, entries: list[bytes]) -> Path:
    """Entries appended to a log that is begun where there is none; nothing is signed after them."""
    with FileStore(str(folder), writable=True) as store:
        log = Log("example.org/log", store)
        if store.checkpoint() is None:
            log.checkpoint([KEY])
        log.append(entries)
    return folder


def signed(folder: Path, entries: list[bytes]) -> Path:
    """The same, and signed."""
    kept(folder, entries)
    with FileStore(str(folder), writable=True) as store:
        Log("example.org/log", store).checkpoint([KEY])
    return folder


def content_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


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
            # The last record alone, which nothing signed, may look torn: then the entry is not there.
            assert (store.size, audit(store)) != expected(ENTRIES)[:2]
    except (LogDamaged, LogForked):
        pass


def test_one_process_writes_at_a_time_and_others_read(tmp_path: Path) -> None:
    with FileStore(str(tmp_path), writable=True) as store:
        with pytest.raises(LogBusy, match="another process writes"):
            FileStore(str(tmp_path), writable=True)
        with FileStore(str(tmp_path)) as reader:
            log = Log("example.org/log", store)
            log.checkpoint([KEY])
            log.append([b"one"])
            assert reader.size == 0
            reader.refresh()
            assert (reader.size, reader.entry(0)) == (1, b"one")
            with pytest.raises(LogBusy, match="for reading only"):
                Log("example.org/log", reader).append([b"two"])


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
        with pytest.raises(LogForked, match=r"holds the log example\.org/log"):
            Log("example.org/log2", store).checkpoint([signer_of("example.org/log2")], former=[KEY.key])


def test_entries_of_another_history_are_neither_appended_to_nor_signed(tmp_path: Path) -> None:
    """The last checkpoint of one log beside the entries of another."""
    folder = signed(tmp_path / "log", ENTRIES[:3])
    other = kept(tmp_path / "other", [*ENTRIES[:2], b"another third"])
    shutil.copy(folder / "checkpoint", other)
    before = content_of(other)
    with FileStore(str(other), writable=True) as store:
        log = Log("example.org/log", store)
        with pytest.raises(LogForked, match="the first 3 entries are not those that were signed"):
            log.append([b"next"])
        with pytest.raises(LogForked, match="the first 3 entries are not those that were signed"):
            log.checkpoint([KEY])
    assert content_of(other) == before


@pytest.mark.parametrize("name", ["entries", "hashes", "records"])
def test_what_a_checkpoint_covers_is_never_cut_off(tmp_path: Path, name: str) -> None:
    """Each of the files, ended at each byte before its end: refused, and left as it is."""
    folder = signed(tmp_path / "log", ENTRIES)
    whole = (folder / name).read_bytes()
    for length in range(len(whole)):
        (folder / name).write_bytes(whole[:length])
        before = content_of(folder)
        for writable in (True, False):
            with pytest.raises(LogDamaged, match="bring back a copy"):
                FileStore(str(folder), writable=writable)
        assert content_of(folder) == before


def test_a_bit_that_flipped_in_the_last_records_cuts_nothing_off(tmp_path: Path) -> None:
    folder = signed(tmp_path / "log", ENTRIES)
    whole = (folder / "records").read_bytes()
    for place in range((len(whole) - 48) * 8, len(whole) * 8):
        changed = bytearray(whole)
        changed[place // 8] ^= 1 << place % 8
        (folder / "records").write_bytes(changed)
        before = content_of(folder)
        try:
            with FileStore(str(folder), writable=True) as store:
                # In front of the last record damage shows when the entry is read.
                assert place // 8 < len(whole) - 16
                with pytest.raises(LogDamaged):
                    audit(store)
        except LogDamaged:
            pass
        assert content_of(folder) == before


def test_a_hash_that_rotted_before_it_was_signed_is_never_signed(tmp_path: Path) -> None:
    folder = signed(tmp_path / "log", ENTRIES[:3])
    kept(folder, ENTRIES[3:])
    checkpoint = (folder / "checkpoint").read_bytes()
    whole = (folder / "hashes").read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        (folder / "hashes").write_bytes(changed)
        with FileStore(str(folder), writable=True) as store:
            log = Log("example.org/log", store)
            try:
                note = log.checkpoint([KEY])
            except (LogDamaged, LogForked):
                assert (folder / "checkpoint").read_bytes() == checkpoint
            else:
                # A hash over what was signed long ago; the root does not rest on it, and an audit finds it.
                assert open_checkpoint(note, [KEY.key]).checkpoint.root == expected(ENTRIES)[1]
                assert place < hashes_of(3) * 32
                with pytest.raises((LogDamaged, LogForked)):
                    audit(store)
        (folder / "checkpoint").write_bytes(checkpoint)


def test_a_folder_that_was_restored_as_a_whole_signs_no_second_history(tmp_path: Path) -> None:
    folder, backup = signed(tmp_path / "log", ENTRIES[:3]), tmp_path / "backup"
    shutil.copytree(folder, backup)
    signed(folder, ENTRIES[3:])
    seen = open_checkpoint((folder / "checkpoint").read_bytes(), [KEY.key]).checkpoint
    before = content_of(backup)
    with FileStore(str(backup), writable=True) as store:
        log = Log("example.org/log", store, published=[seen])
        for attempt in (lambda: log.append([b"another fourth"]), lambda: log.checkpoint([KEY])):
            with pytest.raises(LogForked, match="the log has 3 entries, and 7 were published; entries were lost"):
                attempt()
    assert content_of(backup) == before
    with FileStore(str(folder), writable=True) as store:
        Log("example.org/log", store, published=[seen]).append([b"seven"])


def test_a_memory_outside_the_folder_has_the_last_checkpoint_of_each_log(tmp_path: Path) -> None:
    memory = CheckpointMemory(tmp_path / "memory")
    assert (memory.last("example.org/log"), list(memory.all())) == (None, [])
    for count in (2, 3):
        folder = signed(tmp_path / f"log{count}", ENTRIES[:count])
        memory.remember((folder / "checkpoint").read_bytes())
    found = memory.last("example.org/log")
    assert found is not None
    assert (found.size, found.root, list(memory.all())) == (3, expected(ENTRIES[:3])[1], [found])
    with memory.held(), pytest.raises(LogBusy, match="another process uses"), memory.held():
        pass
    next((tmp_path / "memory").iterdir()).write_bytes(b"no checkpoint")
    with pytest.raises(LogDamaged, match="bring back a copy"):
        memory.last("example.org/log")


def test_a_log_whose_checkpoint_was_removed_is_refused(tmp_path: Path) -> None:
    folder = signed(tmp_path / "log", ENTRIES)
    (folder / "checkpoint").unlink()
    for writable in (True, False):
        with pytest.raises(LogDamaged, match="has no checkpoint any more"):
            FileStore(str(folder), writable=writable)
    (folder / "checkpoint").write_bytes(b"no note")
    with pytest.raises(LogDamaged, match="the checkpoint of the log in"):
        FileStore(str(folder), writable=True)


def test_a_log_begins_with_the_checkpoint_of_the_empty_log(tmp_path: Path) -> None:
    with FileStore(str(tmp_path), writable=True) as store, pytest.raises(LogDamaged, match="has no checkpoint"):
        Log("example.org/log", store).append([b"one"])


@pytest.mark.parametrize("name", ["entries", "hashes", "records"])
def test_files_that_were_removed_or_replaced_while_the_log_is_open_are_told(tmp_path: Path, name: str) -> None:
    folder = signed(tmp_path / "log", ENTRIES)
    with FileStore(str(folder), writable=True) as store:
        log = Log("example.org/log", store)
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        with pytest.raises(LogDamaged, match=f"{name} .* was removed or replaced while the log was open"):
            log.append([b"x"])
        (folder / name).write_bytes(content)
        with pytest.raises(LogDamaged, match="was removed or replaced"):
            log.append([b"x"])


WRITER = """
import sys
from certmark.trust.log.file_store import FileStore
from certmark.trust.log.log import Log
from support.log_keys import signer_of

with FileStore(sys.argv[1], writable=True) as store:
    log = Log("example.org/log", store)
    while True:
        places = log.append(b"entry %d" % number for number in range(log.size, log.size + 3))
        print(places.stop, flush=True)
        log.checkpoint([signer_of("example.org/log")])
"""


@pytest.mark.thorough
def test_a_process_that_is_killed_at_any_moment_loses_nothing_that_it_said(tmp_path: Path) -> None:
    folder, chance = signed(tmp_path / "log", []), random.Random(7)  # noqa: S311 - moments to kill at
    for _ in range(36):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parent.parent,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        ) as process:
            assert process.stdout is not None
            said = [int(process.stdout.readline()) for _ in range(chance.randrange(1, 12))]
            for _ in range(chance.randrange(20_000)):
                pass  # a moment more
            process.kill()
            said += [int(line) for line in process.stdout.read().split(b"\n")[:-1]]
        with FileStore(str(folder), writable=True) as store:
            log = Log("example.org/log", store)
            assert store.size >= max(said)
            assert [log.entry(index) for index in range(store.size)] == [b"entry %d" % n for n in range(store.size)]
            assert audit(store) == log.root()
            log.checkpoint([KEY])


def test_a_log_may_change_its_key() -> None:
    log = Log("example.org/log", MemoryStore())
    log.checkpoint([KEY])
    log.append([b"x"])
    new = signer_of("example.org/log", 2)
    with pytest.raises(UnsoundNote):
        log.checkpoint([new])
    assert open_checkpoint(log.checkpoint([new], former=[KEY.key]), [new.key]).checkpoint.size == 1


@pytest.mark.parametrize(("version", "size"), [("v1", 7), ("v2", 4)])
def test_a_log_of_an_earlier_version_reads_for_ever(assets: Path, version: str, size: int) -> None:
    """The compatibility promise: these files are never made anew."""
    folder = assets / "log" / version
    with FileStore(str(folder / "folder")) as store:
        assert audit(store).hex() == (folder / "root.txt").read_text().strip()
        opened = open_checkpoint(store.checkpoint() or b"", [KEY.key])
        assert opened.checkpoint.root == Log("example.org/log", store).root()
        assert store.size == opened.checkpoint.size == size


def test_a_receipt_from_a_folder_verifies(tmp_path: Path) -> None:
    with FileStore(str(kept(tmp_path / "log", ENTRIES)), writable=True) as store:
        (receipt,) = issue_receipts(
            Log("example.org/log", store), [b"envelope"], dt.datetime(2026, 11, 22, tzinfo=dt.UTC), [KEY]
        )
    assert check_receipt(receipt, b"envelope", [KEY.key]).place == 7
