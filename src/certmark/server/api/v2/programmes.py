"""Programmes and their rulebooks, as everybody may read them."""

from __future__ import annotations

import dataclasses
from http import HTTPStatus
from typing import Any

import msgspec

from certmark.domain.certification.deadlines import day_of
from certmark.domain.certification.rulebooks import Programme, Rulebook, in_force
from certmark.domain.permissions import Right
from certmark.server.api.bodies import Word
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.asking import Asker
from certmark.server.services import programmes
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.moments import moment_of


class OfProgramme(msgspec.Struct, frozen=True, kw_only=True):
    """Which programme, by its word."""

    programme: Word


class OfRulebook(OfProgramme, frozen=True, kw_only=True):
    """Which version of its rulebook."""

    rulebook: Word


class CertifyingProgramme(msgspec.Struct, frozen=True, kw_only=True):
    """A programme."""

    word: str
    name: str
    says: str
    rulebook: str | None
    """The version that is in force; null: it certifies nothing."""
    rulebooks: dict[str, str]
    """The first day of each version."""


class CertifyingProgrammes(msgspec.Struct, frozen=True, kw_only=True):
    """All of them; last the one for guidelines of none."""

    programmes: list[CertifyingProgramme]


class RulebookRule(msgspec.Struct, frozen=True, kw_only=True):
    """A number or a yes or no, and where it comes from."""

    value: bool | int | list[int]
    source: str


class RulebookText(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a rulebook, in the words of its document."""

    programme: str
    version: str
    effective: str
    agreement: str | None
    policy: str | None
    statuses: list[str]
    programs: list[dict[str, Any]]
    tracks: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    checklist: list[dict[str, Any]]
    marks: list[dict[str, Any]]
    rules: dict[str, RulebookRule]


def _body(services: Services, one: Programme) -> CertifyingProgramme:
    now = in_force(one.rulebooks, day_of(moment_of(services.clock())))
    return CertifyingProgramme(
        word=one.word,
        name=one.name,
        says=one.says,
        rulebook=None if now is None else now.version,
        rulebooks={book.version: book.effective.isoformat() for book in one.rulebooks},
    )


def rulebook_text(book: Rulebook) -> RulebookText:
    """A rulebook as JSON has it."""
    said = dataclasses.asdict(book)
    rules = [one.name for one in dataclasses.fields(book) if one.metadata]
    return RulebookText(
        programme=book.programme,
        version=book.version,
        effective=book.effective.isoformat(),
        agreement=book.agreement,
        policy=book.policy,
        statuses=sorted(book.guideline_statuses),
        programs=said["programs"],
        tracks=[_track(one) for one in said["tracks"]],
        questions=said["questions"],
        checklist=said["checklist"],
        marks=said["marks"],
        rules={name: RulebookRule(value=_value(said[name]), source=book.source(name)) for name in rules},
    )


def _track(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "track": said["track"].value, "conditions": sorted(one.value for one in said["conditions"])}


def _value(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _list(services: Services, asker: Asker, asked: Nothing) -> Answer:  # noqa: ARG001 - every handler takes these
    return Answer(CertifyingProgrammes(programmes=[_body(services, one) for one in services.programmes]))


def _show(services: Services, asker: Asker, asked: OfProgramme) -> CertifyingProgramme:  # noqa: ARG001 - likewise
    return _body(services, programmes.programme_named(services, asked.programme))


def _rulebook(services: Services, asker: Asker, asked: OfRulebook) -> RulebookText:  # noqa: ARG001 - likewise
    found = programmes.programme_named(services, asked.programme).rulebook(asked.rulebook)
    if found is None:
        raise NotFound(f"the programme {asked.programme} has no rulebook {asked.rulebook[:40]!r}")
    return rulebook_text(found)


_MAY = (Right.SEE_GUIDELINE,)
ROUTES = (
    Route(
        method="GET",
        path="/programmes",
        name="list_programmes",
        summary="The programmes that certify here.",
        handler=_list,
        answer=CertifyingProgrammes,
        may=_MAY,
    ),
    Route(
        method="GET",
        path="/programmes/{programme}",
        name="show_programme",
        summary="A programme, and the versions of its rulebook.",
        handler=_show,
        parameters=OfProgramme,
        answer=CertifyingProgramme,
        may=_MAY,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/programmes/{programme}/rulebooks/{rulebook}",
        name="show_rulebook",
        summary="What a programme asks before it certifies, each rule with its source.",
        handler=_rulebook,
        parameters=OfRulebook,
        answer=RulebookText,
        may=_MAY,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)
