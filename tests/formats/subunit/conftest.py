"""Streams for the tests of subunit."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import pytest
from subunit.v2 import StreamResultToBytes

from certmark.formats.sources import FileSource, source_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Memory(NamedTuple):
    """A source in memory, which a reader sees through its window."""

    content: bytes
    name: str = "results.subunit"

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content)


class Stream:
    """A stream of version 2 in the making; python-subunit writes it."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._writer = StreamResultToBytes(self._out)

    def say(self, test_id: str | None, status: str | None = None, at: float | None = None, **more: Any) -> Stream:
        """Add a packet; `at` in seconds since 1970."""
        time = None if at is None else EPOCH + timedelta(seconds=at)
        self._writer.status(test_id=test_id, test_status=status, timestamp=time, **more)
        return self

    def attach(self, test_id: str | None, name: str, text: str | bytes, at: float = 1.5) -> Stream:
        """Add a packet with an attachment."""
        content = text.encode() if isinstance(text, str) else text
        return self.say(test_id, at=at, file_name=name, file_bytes=content, mime_type="text/plain;charset=utf8")

    def raw(self, content: bytes) -> Stream:
        """Add bytes as they are."""
        self._out.write(content)
        return self

    @property
    def content(self) -> bytes:
        """What was written."""
        return self._out.getvalue()

    @property
    def source(self) -> Memory:
        """It, to be read."""
        return Memory(self.content)


@pytest.fixture(scope="session")
def stream() -> Callable[[], Stream]:
    """Makes a new stream."""
    return Stream


@pytest.fixture(scope="session")
def memory() -> Callable[[bytes], Memory]:
    """Makes a source of bytes."""
    return Memory


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], FileSource]:
    """Makes a source of a real file, which the reader sees through the kernel's pages."""

    def make(content: bytes) -> FileSource:
        path = tmp_path / "results.subunit"
        path.write_bytes(content)
        return source_of(str(path))

    return make
