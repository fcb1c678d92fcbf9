"""Tables for spreadsheets (RFC 4180)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from certmark.reporting.text import plain_lines

_RUN = ("=", "+", "-", "@", "\t", "\r")
"""With which a cell begins that a spreadsheet would run (OWASP, CSV injection)."""


def csv_of(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8; None is an empty cell. A text that a spreadsheet would run begins with an apostrophe."""
    found = io.StringIO()
    writer = csv.writer(found)
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return found.getvalue().encode()


def _cell(value: object) -> object:
    if value is None or isinstance(value, int | float):
        return value
    text = plain_lines(str(value))
    return f"'{text}" if text.lstrip().startswith(_RUN) or text.startswith(_RUN) else text
