"""What there is: runs, clouds, and one test through all the runs that whoever asks may see."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown
from certmark.server.store import listings
from certmark.server.store.dictionary import unpacked
from certmark.server.store.listings import Appearance, Cursor, RunFilter, StoredCloud
from certmark.server.store.runs import RunRow

_UUID = re.compile(r"(?:id-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_LONGEST = 1000
"""Runs that are looked through for one page of a history."""


class Page(NamedTuple):
    """Some runs, the newest first."""

    runs: Sequence[RunRow]
    behind: Cursor | None
    """Where the next page begins; None: this is the last one."""


class Moment(NamedTuple):
    """What became of a test in one run."""

    run: RunRow
    name: str
    """Of the test, as that run calls it."""
    outcome: int
    """A `reading.messages.OutcomeCode`."""


class History(NamedTuple):
    """One test through runs, the newest first."""

    moments: Sequence[Moment]
    behind: Cursor | None


def runs_like(services: Services, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int) -> Page:
    """A page of their own runs, or of public ones. Raises NotKnown."""
    _check(asker, is_public=wanted.is_public)
    with services.database.read() as transaction:
        found = listings.page(transaction, asker, wanted, behind=behind, most=most + 1)
    return Page(found[:most], _behind(found, most))


def _check(asker: Asker, *, is_public: bool) -> None:
    if asker.identity is None and not is_public:
        raise NotKnown("say who you are to see what is yours; what is public is seen by everybody")


def _behind(found: Sequence[RunRow], most: int) -> Cursor | None:
    return (found[most - 1].created, found[most - 1].id) if len(found) > most else None


def clouds(
    services: Services, asker: Asker, *, is_public: bool, behind: str, most: int
) -> tuple[Sequence[StoredCloud], str | None]:
    """Clouds of which there are runs, and behind which the next page begins. Raises NotKnown."""
    _check(asker, is_public=is_public)
    with services.database.read() as transaction:
        found = listings.clouds(transaction, asker, is_public=is_public, behind=behind, most=most + 1)
    return found[:most], found[most - 1].subject if len(found) > most else None


def history_of_test(
    services: Services, asker: Asker, test: str, wanted: RunFilter, *, behind: Cursor | None, most: int
) -> History:
    """What became of a test, by its name or id, in the runs that say something of it. Raises NotKnown or NotFound."""
    _check(asker, is_public=wanted.is_public)
    is_id = _UUID.match(test)
    with services.database.read() as transaction:
        numbers = listings.numbers_of(transaction, test, UUID(is_id[1]).bytes if is_id else b"")
        found = listings.appearances(transaction, asker, wanted, behind=behind, most=_LONGEST) if numbers else []
    moments: list[Moment] = []
    for appearance in found:
        moments += _moment(appearance, numbers)
        if len(moments) == most:
            return History(moments, (appearance.run.created, appearance.run.id))
    if not moments and behind is None:
        raise NotFound(f"no run that you may see says anything of {test[:200]!r}")
    is_more = len(found) == _LONGEST
    return History(moments, (found[-1].run.created, found[-1].run.id) if is_more else None)


def _moment(appearance: Appearance, numbers: dict[int, str]) -> list[Moment]:
    """The name that the run has of them; where it has several, the outcome that counts most against it."""
    outcomes = {} if appearance.outcomes is None else unpacked(appearance.outcomes)
    has = [(outcomes[number], name) for number, name in numbers.items() if number in outcomes]
    if not has:
        return []
    outcome, name = min(has, key=lambda one: (one[0] != 2, one[0]))  # a failure first
    return [Moment(appearance.run, name, outcome)]
