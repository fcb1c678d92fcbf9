"""Parameters that several routes take, and what they mean."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server.api.bodies import END, RunId

Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(pattern=rf"^[0-9a-f]{{48}}{END}")]
"""As a page gave it in `next`."""
Form = Literal["text", "json", "markdown", "html"]
Day = Annotated[dt.date, Meta(description="YYYY-MM-DD")]
Time = Annotated[dt.datetime, Meta(tz=True, description="With a time zone: 2026-11-30T12:00:00Z")]
Whose = Literal["mine", "public"]
MEDIA = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "junit": "application/xml",
}


class OfRun(msgspec.Struct, frozen=True, kw_only=True):
    """Which run."""

    run: RunId


def cursor_of(text: str | None) -> tuple[int, bytes] | None:
    """Behind which run a page begins."""
    return None if text is None else (int(text[:16], 16) & (1 << 62) - 1, bytes.fromhex(text[16:]))


def cursor_text(behind: tuple[int, bytes] | None) -> str | None:
    """As whoever asks sends it back."""
    return None if behind is None else f"{behind[0]:016x}{behind[1].hex()}"


def microseconds(moment: dt.datetime | None) -> int | None:
    """Since 1970."""
    return None if moment is None else int(moment.timestamp() * 1_000_000)
