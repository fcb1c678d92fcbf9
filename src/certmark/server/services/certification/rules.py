"""The rulebook of a programme, and the days that it sets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from certmark.domain.certification import rulebooks
from certmark.domain.certification.deadlines import after_days, after_working_days, day_of
from certmark.domain.certification.rulebooks import ApplicationTrack, Rulebook
from certmark.server.services import guidelines, programmes
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.store.guidelines import Revision

WORKING = {"first_answer_days", "challenge_notice_days", "objection_days"}
"""Numbers that count working days."""


def current(services: Services, word: str, moment: int) -> Rulebook:
    """The rulebook that holds at a moment. Raises NotFound, or WrongState where the programme certifies nothing."""
    return programmes.rulebook_on(programmes.programme_named(services, word), day_of(moment_of(moment)))


def rulebook_of(services: Services, row: Any, moment: int) -> Rulebook:
    """By which something is decided: the one that it cites; of a case, the one that holds now. Raises likewise."""
    version = getattr(row, "rulebook", "")
    if version:
        return programmes.rulebook_cited(services, row.programme, version)
    return current(services, row.programme, moment)


def revision_named(services: Services, guideline: str) -> Revision:
    """The newest revision of a guideline by its id. Raises NotFound."""
    return guidelines.revision_of(services, guideline)


def deadline(rulebook: Rulebook, clock: str, moment: int, track: str = "") -> int:
    """The end of the day by which something must happen, by the name of the rulebook's number."""
    days = _number(rulebook, clock, track)
    if clock == "objection_days" and not days:
        return moment
    start = moment_of(moment)
    end = after_working_days(start, days) if clock in WORKING else after_days(start, days)
    return microseconds(end)


def _number(rulebook: Rulebook, clock: str, track: str) -> int:
    if clock == "objection_days":
        return tracked(rulebook, track).objection_days
    return int(getattr(rulebook, clock))


def tracked(rulebook: Rulebook, track: str) -> rulebooks.TrackRules:
    """What the track of an application asks."""
    return rulebook.rules_of(ApplicationTrack(track)) or rulebook.tracks[-1]


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return int(moment.timestamp()) * 1_000_000


def prefix(word: str) -> str:
    """With what the numbers of a programme's certificates begin: its word, or the initials of its words."""
    parts = word.split("-")
    return (word if len(parts) == 1 else "".join(part[:1] for part in parts)).upper()
