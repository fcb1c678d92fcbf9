"""What RefStack's requests and answers have in common: ids, dates, and how a parameter is read."""

from __future__ import annotations

import datetime as dt
import re
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from certmark.server import ids
from certmark.server.api.bodies import END
from certmark.server.api.v1.refusals import Refused

Line = Annotated[str, Meta(max_length=200, pattern=rf"^[^\x00-\x1f\x7f]*{END}")]
"""One line, without what a database does not keep."""
IN_HEADERS = {"signature": "X-Signature", "public_key": "X-Public-Key"}
"""Parameters that stand in a header."""
_DATE = "%Y-%m-%d %H:%M:%S"
_EXACT_DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_NEVER = b"\0" * 16
"""Nothing has it."""


def id_of(text: str) -> bytes:
    """The id that is meant, in letters of either case; of what is no id one that nothing has."""
    try:
        return ids.read(text)
    except ValueError:
        return _NEVER


def sent_id(name: str, text: str) -> bytes:
    """An id in a body or a parameter. Raises Refused where it is none."""
    try:
        return ids.read(text)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, f"{name} must be an id like {UUID(int=0)}") from None


def date_of(moment: int) -> str:
    """A moment as RefStack writes it: UTC, whole seconds, no zone."""
    return dt.datetime.fromtimestamp(moment // 1_000_000, dt.UTC).strftime(_DATE)


def moment_of(name: str, text: str) -> int:
    """The moment of a date in exactly that form, in microseconds since 1970. Raises Refused."""
    try:
        if _EXACT_DATE.fullmatch(text):
            found = dt.datetime.strptime(text, _DATE).replace(tzinfo=dt.UTC)
            return int(found.timestamp()) * 1_000_000
    except ValueError:
        pass
    raise Refused(HTTPStatus.BAD_REQUEST, f"Invalid date format: {name} must be like 2026-11-30 12:00:00, in UTC")


def run_path(run: str) -> str:
    """Where people see a run."""
    return f"/runs/{run}"
