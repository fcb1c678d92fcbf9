"""Moments as they are kept, and as others take them."""

from __future__ import annotations

import datetime as dt


def moment_of(microseconds: int) -> dt.datetime:
    """The moment so many microseconds after 1970, UTC."""
    return dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=microseconds)


def written(microseconds: int) -> str:
    """As people and programs read it, to the second."""
    return moment_of(microseconds).strftime("%Y-%m-%dT%H:%M:%SZ")
