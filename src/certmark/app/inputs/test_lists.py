"""A list of tests that a person names by a file or an address, read as a guideline: all of it must pass."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO
from urllib.parse import SplitResult, urlsplit

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guidelines import Guideline, ProgramKind
from certmark.formats.guideline import load
from certmark.formats.guideline.reading import read

_LARGEST = 16 << 20
"""Bytes; the list of the largest suite has two million."""
_SECONDS = 30.0


def load_test_list(named: str) -> Guideline:
    """The list in a file, or at an address with https. Raises InvalidRequest, CannotProceed, FormatError or OSError."""
    if "://" not in named:
        guideline = load(named) if Path(named).exists() else _missing(named)
    else:
        address = _address(named)
        if address.scheme != "https" or not address.hostname:
            raise InvalidRequest(f"a list of tests is fetched with https only, not from {named!r}")
        guideline = read(_fetched(named, address.hostname), name_of_list(address.path))
    if {program.kind for program in guideline.programs} != {ProgramKind.LIST}:
        raise InvalidRequest(f"{named} is a guideline with programs, no list of tests; name it as the guideline")
    return guideline


def _address(named: str) -> SplitResult:
    try:
        return urlsplit(named)
    except ValueError as error:
        raise InvalidRequest(f"{named!r} is no address: {error}") from error


def _missing(named: str) -> Guideline:
    raise InvalidRequest(f"there is no list of tests {named!r}")


def name_of_list(path: str) -> str:
    """What the file of a list is called that has this path in its address."""
    word = re.sub(r"[^A-Za-z0-9._+-]", "_", path.rpartition("/")[2]).lstrip("._+-")[:80]
    return word if word.endswith((".txt", ".lst")) else f"{word or 'tests'}.txt"


class _HttpsOnly(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only where it stays with https."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: object, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https":
            raise urllib.error.URLError("it leads away from https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # handed on


def _fetched(address: str, host: str) -> bytes:
    opener = urllib.request.build_opener(_HttpsOnly)
    try:
        with opener.open(address, timeout=_SECONDS) as reply:
            content: bytes = reply.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "reason", None) or error
        raise CannotProceed(f"the list of tests cannot be fetched from {host}: {why}") from error
    if len(content) > _LARGEST:
        raise CannotProceed(f"the list of tests at {host} has more than {_LARGEST >> 20} MiB; no suite's has")
    return content
