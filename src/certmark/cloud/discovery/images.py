"""Disk images to give to a cloud: a person's file, one behind a URL, or a generated one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from certmark.cloud.errors import CloudError, first_line
from certmark.domain.advice import Action, Advice

if TYPE_CHECKING:
    import requests

_LARGEST = 8 << 30
"""Bytes that are taken from a URL."""
_SECONDS = 30.0
_SIGNS = {b"QFI\xfb": "qcow2", b"KDMV": "vmdk"}
_SMALLEST = 1 << 20
_HALTS = b"\xfa\xf4\xeb\xfd"
"""cli; hlt; and again."""


class Disk(NamedTuple):
    """A disk image, open for reading."""

    file: IO[bytes]
    format: str
    """As Glance calls it."""


@contextmanager
def disk_of(source: str | None) -> Iterator[Disk]:
    """The disk in a file or behind a URL; None: one whose first sector halts the machine. Raises CloudError."""
    with _open(source) as file:
        sign = file.read(4)
        file.seek(0)
        if not sign:
            raise CloudError(f"{source} is empty", Advice(Action.NAME_IMAGE))
        yield Disk(file, _SIGNS.get(sign, "raw"))


@contextmanager
def _open(source: str | None) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as scratch:
        if source is None:
            scratch.write(_HALTS.ljust(510, b"\0") + b"\x55\xaa")
            scratch.truncate(_SMALLEST)
        elif source.startswith(("http://", "https://")):
            _fetch(source, scratch)
        else:
            try:
                with Path(source).open("rb") as file:
                    yield file
            except OSError as error:
                raise CloudError(f"{source} cannot be read: {error.strerror or error}") from error
            return
        scratch.seek(0)
        yield scratch


def _fetch(url: str, into: IO[bytes]) -> None:
    """Without any credentials: it is somebody else's server."""
    import requests

    try:
        with requests.get(url, stream=True, timeout=_SECONDS, auth=_no_auth) as answer:
            answer.raise_for_status()
            for chunk in answer.iter_content(1 << 20):
                into.write(chunk)
                if into.tell() > _LARGEST:
                    raise CloudError(f"{url} has more than {_LARGEST >> 30} GiB; name a smaller image")
    except requests.RequestException as error:
        raise CloudError(f"{url} cannot be fetched: {first_line(error)}") from error


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from sending what it finds in ~/.netrc."""
    return request
