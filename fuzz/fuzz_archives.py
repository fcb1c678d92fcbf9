"""Any bytes are a plain archive, which Python's tarfile reads alike, or get one sentence; and so with bundles."""

# ruff: noqa: E402 - a script, which must begin to watch before it imports

from __future__ import annotations

import gzip
import io
import sys
import tarfile
import tempfile
from pathlib import Path

import driver

driver.watch("certmark.evidence.bundle.reading", "certmark.formats.plain_tar")
sys.path.insert(0, str(driver.ROOT / "tests"))

from certmark.evidence.bundle import write_bundle
from certmark.evidence.bundle.reading import read
from certmark.formats.errors import FormatError
from certmark.formats.plain_tar import read_plain_members
from certmark.formats.sources import FileSource
from certmark.formats.tar import BLOCK, Stopped
from support.odd_archives import archive, odd_archives, odd_packings, plain, with_checksum
from support.recorded_run import record_run
from support.resealing import unpacked


def target(data: bytes) -> None:
    """Raises where two readers differ, or a refusal is no sentence."""
    for content in dict.fromkeys((data, with_checksums(data))):
        alike(content)
        try:
            read(FileSource("it", lambda content=content: io.BytesIO(content))).close()  # type: ignore[misc]  # a lambda's default
        except FormatError as refusal:
            driver.demand_sentence(str(refusal), 2_000)


def alike(data: bytes) -> None:
    """Raises where tarfile finds something else in what is plain."""
    try:
        found = [(member.path, member.content.read()) for member in read_plain_members(io.BytesIO(data), "it")]
    except Stopped:
        return
    except FormatError as refusal:
        driver.demand_sentence(str(refusal), 2_000)
        return
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as opened:
        others = [(one.name, reader.read() if (reader := opened.extractfile(one)) else None) for one in opened]
    if others != found:
        raise AssertionError("two readers differ")


def with_checksums(data: bytes) -> bytes:
    """`data` with checksums that fit wherever a header may stand: a fault behind a checksum would never be reached."""
    changed = bytearray(data)
    for at in range(0, len(data) - BLOCK + 1, BLOCK):
        if data[at + 257 : at + 262] == b"ustar":
            changed[at : at + BLOCK] = with_checksum(data[at : at + BLOCK])
    return bytes(changed)


def seeds() -> list[bytes]:
    """A bundle and what is odd beside it, small."""
    with tempfile.TemporaryDirectory() as folder:
        members = unpacked(str(write_bundle(record_run(Path(folder) / "run"))))
    small = {"a": b"1" * 700, "b/c": b"", "d": b"2"}
    whole = archive(plain(members))
    odd = [data for _, data in odd_archives(small, "d") if len(data) < 1 << 16]
    packed = [data for _, data in odd_packings(archive(plain(small)))]
    return [whole, gzip.compress(whole), archive(plain(small)), *odd, *packed]


if __name__ == "__main__":
    sys.exit(driver.main(target, seeds()))
