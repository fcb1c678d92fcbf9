"""Programmes that certify, as data: which guidelines and rulebooks are theirs, and which of these are in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from certmark.domain.capability_histories import GuidelineFamily
from certmark.domain.certification import rulebooks
from certmark.domain.certification.rulebooks import Programme, Rulebook
from certmark.domain.errors import CannotProceed
from certmark.domain.guidelines import Guideline
from certmark.domain.suggestions import did_you_mean
from certmark.formats.rulebooks import load_programmes, shipped_programmes
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.settings import Settings

if TYPE_CHECKING:
    from certmark.server.services.context import Services
    from certmark.server.services.library import Library


def programmes_of(settings: Settings) -> tuple[Programme, ...]:
    """Those that come along, and the operator's own. Raises InvalidRulebook, or CannotProceed without the folder."""
    if settings.programmes is None:
        return shipped_programmes()
    try:
        return load_programmes(settings.programmes)
    except OSError as error:
        raise CannotProceed(f"programmes: {error.filename} cannot be read: {error.strerror}") from error


def programme_named(services: Services, word: str) -> Programme:
    """The one of this word. Raises NotFound."""
    known = {one.word: one for one in services.programmes}
    if word not in known:
        there = did_you_mean(word, known) or f"; there are {', '.join(known)}"
        raise NotFound(f"there is no programme {word[:100]!r} here{there}")
    return known[word]


def programme_of(services: Services, identity: str) -> Programme:
    """Whose guideline it is, by its id."""
    return next(one for one in services.programmes if one.has_guideline(identity))


def rulebook_on(programme: Programme, day: date) -> Rulebook:
    """What the programme asks on a day. Raises WrongState where it does not certify then."""
    found = rulebooks.in_force(programme.rulebooks, day)
    if found is None:
        raise WrongState(f"{programme.name} has no rulebook that is in force on {day}, and certifies nothing")
    return found


def rulebook_cited(services: Services, programme: str, version: str) -> Rulebook:
    """The rulebook that a decision cites. Raises NotFound where the server has it no more."""
    found = programme_named(services, programme).rulebook(version)
    if found is None:
        raise NotFound(f"the programme {programme} has no rulebook {version[:40]!r} here; all must be kept")
    return found


def families_of(services: Services, around: Library, programme: Programme) -> list[GuidelineFamily]:
    """The families of guidelines that are its own: each by its last member."""
    return [one for one in around.families if programme_of(services, one.guidelines[-1].id) == programme]


def in_force(guidelines: Sequence[Guideline]) -> Guideline:
    """Of a family, the newest that somebody decided on; where nobody did, the newest."""
    approved = [one for one in guidelines if (one.status or "").strip().casefold() == "approved"]
    decided = [one for one in guidelines if not one.is_draft]
    return (approved or decided or list(guidelines))[-1]
