"""What there is: runs, clouds, and one test through all the runs that whoever asks may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from certmark.server.asking import Asker
from certmark.server.reading.messages import OutcomeCode
from certmark.server.services import renames
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown
from certmark.server.store import listings
from certmark.server.store.dictionary import of_some
from certmark.server.store.listings import Appearance, Cursor, RunFilter, RunPage, StoredCloud
from certmark.server.store.runs import RunRow

_LONGEST = 1000
"""Runs that are looked through for one page of a history."""


class Moment(NamedTuple):
    """What became of a test in one run."""

    run: Appearance
    name: str
    """Of the test, as that run calls it."""
    outcome: int
    """A `reading.messages.OutcomeCode`."""


class History(NamedTuple):
    """One test through runs, the newest first."""

    moments: Sequence[Moment]
    behind: Cursor | None


def runs_like(services: Services, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int) -> RunPage:
    """A page of their own runs, or of public ones. Raises NotKnown."""
    _check(asker, is_public=wanted.is_public)
    with services.database.peek() as transaction:
        return listings.page(transaction, asker, wanted, behind=behind, most=most)


def _check(asker: Asker, *, is_public: bool) -> None:
    if asker.identity is None and not is_public:
        raise NotKnown("say who you are to see what is yours; what is public is seen by everybody")


def clouds(
    services: Services, asker: Asker, *, is_public: bool, behind: str, most: int
) -> tuple[Sequence[StoredCloud], str | None]:
    """Clouds of which there are runs, and behind which the next page begins. Raises NotKnown."""
    _check(asker, is_public=is_public)
    with services.database.peek() as transaction:
        found = listings.clouds(transaction, asker, is_public=is_public, behind=behind, most=most + 1)
    return found[:most], found[most - 1].subject if len(found) > most else None


def unread(services: Services, asker: Asker, most: int) -> Sequence[RunRow]:
    """Their own runs that are not read yet, or could not be, the newest first."""
    with services.database.peek() as transaction:
        return listings.unread(transaction, asker, most)


def history_of_test(
    services: Services, asker: Asker, test: str, wanted: RunFilter, *, behind: Cursor | None, most: int
) -> History:
    """What became of a test, by its name or id, in the runs that say something of it. Raises NotKnown or NotFound."""
    _check(asker, is_public=wanted.is_public)
    with services.database.peek() as transaction:
        numbers = renames.numbers_of(transaction, test)
        found: list[Appearance] = []
        further = None
        if numbers:
            found, further = listings.appearances(transaction, asker, wanted, behind=behind, most=_LONGEST)
    moments: list[Moment] = []
    for appearance in found:
        moments += _moment(appearance, numbers)
        if len(moments) == most:
            return History(moments, (appearance.created, appearance.id))
    if not moments and behind is None and further is None:
        raise NotFound(f"no run that you may see says anything of {test[:200]!r}")
    return History(moments, further)


def _moment(appearance: Appearance, numbers: dict[int, str]) -> list[Moment]:
    """The name that the run has of them; where it has several, the outcome that counts most against it."""
    outcomes = {} if appearance.outcomes is None else of_some(appearance.outcomes, numbers)
    has = [(outcome, numbers[number]) for number, outcome in outcomes.items()]
    if not has:
        return []
    outcome, name = min(has, key=lambda one: (one[0] != OutcomeCode.FAILED, one[0]))
    return [Moment(appearance, name, outcome)]
