from __future__ import annotations

import gzip
import io
import os
import random
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.formats import sources
from certmark.formats.errors import UnreadableResults
from certmark.formats.sources import FileSource, read_whole, source_of

NOISE = random.Random(7).randbytes(300_000)  # noqa: S311 - noise that is the same every time


def content_of(source: FileSource, step: int = 70_000) -> bytes:
    with source.open() as stream:
        return b"".join(iter(lambda: stream.read(step), b""))


def packed(data: bytes) -> FileSource:
    return FileSource("run.gz", lambda: io.BytesIO(data))


@pytest.fixture(params=["isal", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both libraries that unpack: isal is not there on every machine."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    else:
        pytest.importorskip("isal", reason="no isal for this platform")


def test_a_plain_file_is_given_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "run").write_bytes(NOISE)
    source = source_of(str(tmp_path / "run"))
    assert (source.name, source.size, source.packed, content_of(source)) == ("run", len(NOISE), False, NOISE)
    assert content_of(source) == NOISE


def test_the_digest_is_of_the_bytes_as_they_came() -> None:
    source = packed(gzip.compress(b"abc", mtime=0))
    plain = FileSource("abc", lambda: io.BytesIO(b"abc"))
    assert plain.sha256() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert source.sha256() != plain.sha256()


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("content", [b"", b"abc", NOISE, bytes(3_000_000)], ids=["empty", "small", "noise", "zeros"])
@pytest.mark.parametrize("step", [1_000, 70_000])
def test_gzip_is_unpacked_as_it_is_read(content: bytes, step: int) -> None:
    source = packed(gzip.compress(content))
    assert content_of(source, step) == content
    assert not source.cut_short


@pytest.mark.usefixtures("library")
@given(st.integers(1, 200_000), st.integers(1, 5_000), st.integers(0, 3))
def test_any_size_and_step_unpack_whole(size: int, step: int, zeros: int) -> None:
    data = NOISE[: size // 2] + bytes(size // 2)
    source = packed(gzip.compress(data, 1) + bytes(zeros))
    with source.open() as stream:
        assert b"".join(iter(lambda: stream.read(step * 40), b"")) == data
    assert not source.cut_short


@pytest.mark.usefixtures("library")
def test_members_follow_each_other_and_padding_is_passed_over() -> None:
    members = gzip.compress(b"ab") + gzip.compress(b"") + bytes(513) + gzip.compress(NOISE)
    assert content_of(packed(members)) == b"ab" + NOISE


@pytest.mark.usefixtures("library")
def test_gzip_that_stops_too_early_gives_what_is_there() -> None:
    source = packed(gzip.compress(NOISE)[:200_000])
    content = content_of(source)
    assert source.cut_short
    assert len(content) > 190_000
    assert NOISE.startswith(content)


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("at", [-2, -6, 5_000])
def test_damaged_gzip_is_refused(at: int) -> None:
    data = bytearray(gzip.compress(b"".join(b"line %d\n" % n for n in range(20_000))))
    data[at] ^= 0x55
    with pytest.raises(UnreadableResults, match=r"^run.gz: its gzip compression is damaged after \d+ bytes of content"):
        content_of(packed(bytes(data)))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (
            gzip.compress(b"a", mtime=0) + b"more",
            "run.gz: something that is not gzip follows its compressed content; take a fresh copy of the file",
        ),
        (gzip.compress(b"", mtime=0) * 1_100, "run.gz is gzip of 1000 empty members; take a fresh copy"),
        (
            gzip.compress(bytes(80 << 20), 9, mtime=0),
            "run.gz unpacks to more than 200 times its size, as gzip bombs do; unpack it yourself if you trust it",
        ),
    ],
    ids=["followed", "empty members", "bomb"],
)
def test_dishonest_gzip_gets_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(UnreadableResults) as refusal:
        content_of(packed(data))
    assert str(refusal.value) == sentence


def test_content_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_LARGEST", 100_000)
    with pytest.raises(
        UnreadableResults, match=r"^run.gz unpacks to more than [0-9,]+ bytes; send the results of one run$"
    ):
        content_of(packed(gzip.compress(NOISE)))


@pytest.mark.parametrize("size", [10, 3 << 20], ids=["in memory", "in a temporary file"])
def test_a_pipe_can_be_read_twice(tmp_path: Path, size: int) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    data = (NOISE * 11)[:size]
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    source = source_of(str(path))
    writer.join()
    assert [content_of(source), content_of(source), source.size] == [data, data, size]


def test_a_device_is_refused() -> None:
    with pytest.raises(UnreadableResults, match=r"^zero is a device or a socket; name a file of results"):
        source_of("/dev/zero")


def test_a_content_that_is_small_by_nature_is_bounded() -> None:
    source = FileSource("run.json", lambda: io.BytesIO(bytes(3 << 20)))
    assert read_whole(source, 3 << 20) == bytes(3 << 20)
    with pytest.raises(UnreadableResults, match=r"^run.json has more than 2 MiB, too much for JSON of one run$"):
        read_whole(source, 2 << 20)


def test_no_more_than_half_of_what_is_free_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nearly_full = SimpleNamespace(f_bavail=1024, f_frsize=4096)
    monkeypatch.setattr(os, "fstatvfs", lambda _: nearly_full)
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def feed() -> None:
        with suppress(BrokenPipeError):
            path.write_bytes(bytes(3 << 20))

    writer = threading.Thread(target=feed)
    writer.start()
    with pytest.raises(UnreadableResults) as refusal:
        source_of(str(path))
    writer.join()
    assert str(refusal.value) == (
        "pipe gives more than 2 MiB, too much to be put aside in the folder for temporary files; "
        "send the results of one run, or name a file"
    )
