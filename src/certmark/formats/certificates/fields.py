"""The fields that certificates and status lists have in common."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from certmark.formats.documents.fields import Fields

LONGEST_TEXT: Final = 20_000
_LONGEST_LINE: Final = 500
DIGEST: Final = re.compile(r"[0-9a-f]{64}\Z")
NUMBER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
"""Of a certificate: it stands in addresses and in the names of files."""


def line(fields: Fields, key: str, default: str | None = None) -> str:
    """A text on one line, without characters that nobody sees; it may be empty where there is a `default`."""
    found = fields.text(key, default, may_be_empty=default is not None, limit=_LONGEST_LINE)
    if not found.isprintable():
        fields.refuse("must be a text on one line", key)
    return found


def text(fields: Fields, key: str) -> str:
    """A text of several lines; it may be empty."""
    return fields.text(key, "", may_be_empty=True, limit=LONGEST_TEXT)


def check_form(fields: Fields, key: str, form: re.Pattern[str]) -> str:
    """A text of the form."""
    found = fields.text(key)
    if not form.match(found):
        fields.refuse("is of another form than it must have", key)
    return found


def number_of(fields: Fields, key: str) -> str:
    """The number of a certificate."""
    return check_form(fields, key, NUMBER)


def stamp(moment: datetime) -> str:
    """A moment as it is written, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
