"""What certification is here, and what each programme asks: its rulebook, number by number with its source."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec

from certmark.domain.certification.rulebooks import Programme, Rulebook, TrackRules, in_force
from certmark.server.services import programmes
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.web.certification.dossiers import SECTION
from certmark.server.web.guidelines.opened import day_of
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_FIRST = ("validity_months", "decision_days", "run_age_days", "guidelines_accepted", "cure_days")


class RuleLine(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of a rulebook."""

    name: str
    value: str
    source: str


class TrackLine(msgspec.Struct, frozen=True, kw_only=True):
    """How much is asked before a decision."""

    track: str
    conditions: list[str]
    reviewers: int
    objection_days: int
    source: str


class QuestionLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is asked, of the vendor or of the reviewers."""

    words: str
    clause: str
    is_required: bool = True


class MarkLine(msgspec.Struct, frozen=True, kw_only=True):
    """A mark and its terms."""

    name: str
    programs: list[str]
    allowed: list[str]
    forbidden: list[str]
    terms: str


class RulesLine(msgspec.Struct, frozen=True, kw_only=True):
    """A programme on the front page."""

    word: str
    name: str
    says: str
    rulebook: str | None
    """How it is cited; None: the programme certifies nothing today."""
    programs: list[str]
    numbers: list[RuleLine]


class CertificationPage(msgspec.Struct, frozen=True, kw_only=True):
    """What certification is here."""

    programmes: list[RulesLine]


class RulebookPage(msgspec.Struct, frozen=True, kw_only=True):
    """One version of what a programme asks."""

    word: str
    name: str
    says: str
    version: str
    effective: str
    is_in_force: bool
    versions: list[str]
    """All, the newest first."""
    agreement: str | None
    programs: list[str]
    tracks: list[TrackLine]
    numbers: list[RuleLine]
    questions: list[QuestionLine]
    checklist: list[QuestionLine]
    marks: list[MarkLine]


class WantedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which rulebook of a programme; empty: the one in force."""

    version: str = ""


def rule_lines(rulebook: Rulebook) -> Iterator[RuleLine]:
    """Every rule that is a number, or yes or no, with where it comes from."""
    for one in dataclasses.fields(rulebook):
        if "least" in one.metadata:
            name, value = _worded(one.name, getattr(rulebook, one.name))
            yield RuleLine(name=name, value=value, source=rulebook.source(one.name))


def _worded(name: str, value: object) -> tuple[str, str]:
    words = name.replace("_", " ").capitalize()
    if isinstance(value, bool):
        return words, "yes" if value else "no"
    if isinstance(value, tuple):
        return words, f"{', '.join(map(str, value))} days before the end"
    for unit in ("days", "months"):
        if words.endswith(f" {unit}"):
            return words.removesuffix(f" {unit}"), f"{value} {unit if value != 1 else unit[:-1]}"
    return words, str(value)


def _front(services: Services, asked: PageRequest) -> Shown:
    del asked
    data = CertificationPage(programmes=[_line(services, one) for one in services.programmes])
    return Shown("certification/front.html.j2", "Certification", data, section=SECTION)


def _line(services: Services, one: Programme) -> RulesLine:
    rulebook = in_force(one.rulebooks, day_of(services))
    numbers = [] if rulebook is None else [(*_worded(name, getattr(rulebook, name)), name) for name in _FIRST]
    return RulesLine(
        word=one.word,
        name=one.name,
        says=one.says,
        rulebook=None if rulebook is None else rulebook.citation,
        programs=[] if rulebook is None else [program.name for program in rulebook.programs],
        numbers=[RuleLine(name=name, value=value, source="") for name, value, _ in numbers],
    )


def _programme(services: Services, asked: PageRequest) -> Shown:
    found = programmes.programme_named(services, str(asked.request.path_params["programme"]))
    now = in_force(found.rulebooks, day_of(services))
    wanted = asked.query(WantedVersion).version
    rulebook = found.rulebook(wanted) if wanted else now or next(iter(found.rulebooks), None)
    if rulebook is None:
        raise NotFound(f"{found.name} has no {f'rulebook {wanted[:40]!r}' if wanted else 'rulebook'} here")
    data = RulebookPage(
        word=found.word,
        name=found.name,
        says=found.says,
        version=rulebook.version,
        effective=rulebook.effective.isoformat(),
        is_in_force=rulebook is now,
        versions=[one.version for one in reversed(found.rulebooks)],
        agreement=rulebook.agreement,
        programs=[one.name for one in rulebook.programs],
        tracks=[_track(one) for one in rulebook.tracks],
        numbers=list(rule_lines(rulebook)),
        questions=[
            QuestionLine(words=one.question, clause=one.clause, is_required=one.is_required)
            for one in rulebook.questions
        ],
        checklist=[QuestionLine(words=one.sentence, clause=one.clause) for one in rulebook.checklist],
        marks=[
            MarkLine(
                name=one.name,
                programs=list(one.programs),
                allowed=list(one.allowed),
                forbidden=list(one.forbidden),
                terms=one.terms,
            )
            for one in rulebook.marks
        ],
    )
    return Shown("certification/programme.html.j2", f"Rulebook of {found.name}", data, section=SECTION)


def _track(one: TrackRules) -> TrackLine:
    return TrackLine(
        track=one.track.value,
        conditions=sorted(condition.value.replace("-", " ") for condition in one.conditions),
        reviewers=one.reviewers,
        objection_days=one.objection_days,
        source=one.source,
    )


PAGES: tuple[PageRoute, ...] = (
    PageRoute("/certification", _front),
    PageRoute("/certification/programmes/{programme}", _programme),
)
