"""A programme's front: what it certifies, its guidelines, and the newest results that were shared for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from certmark.domain.capability_histories import GuidelineFamily
from certmark.domain.certification.rulebooks import Programme
from certmark.domain.guidelines import Guideline
from certmark.domain.queries.tree import AnyTerm, Query, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.reporting.guideline_site.model import family_title
from certmark.server import ids
from certmark.server.services import library, programmes, questions
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.services.library import Library
from certmark.server.services.questions import FoundRun, Question
from certmark.server.store.guidelines import Revision
from certmark.server.web.guidelines.figures import RunFigures, history_tag, of_program
from certmark.server.web.guidelines.guideline import PageLink
from certmark.server.web.guidelines.opened import cut, day_of, maker_of, shelf_tag
from certmark.server.web.guidelines.places import guideline_path, program_words
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_MOST_IDS, _MOST_PROGRAMS, _MOST_RUNS, _YEARS = 60, 12, 10, 3


class ProgrammeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A programme in the list."""

    name: str
    path: str
    says: str
    guidelines: int


class ProgrammesData(msgspec.Struct, frozen=True, kw_only=True):
    """All that have a guideline here."""

    programmes: tuple[ProgrammeLine, ...]


class CertifiedProgram(msgspec.Struct, frozen=True, kw_only=True):
    """What a product can be certified for now."""

    name: str
    path: str
    says: str
    guideline: PageLink
    is_draft: bool
    figures: RunFigures | None


class ProgrammeFamily(msgspec.Struct, frozen=True, kw_only=True):
    """Guidelines that replace one another."""

    title: str
    in_force: PageLink
    status: str
    guidelines: tuple[PageLink, ...]
    """The newest first."""


class NewestRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was shared."""

    path: str
    created: int
    what: str
    """Product, cloud or the run itself."""
    program: str
    guideline: str
    standing: str | None


class ProgrammeData(msgspec.Struct, frozen=True, kw_only=True):
    """One programme."""

    word: str
    name: str
    says: str
    certifies: tuple[CertifiedProgram, ...]
    families: tuple[ProgrammeFamily, ...]
    newest: tuple[NewestRun, ...]
    newest_query: str
    reports: tuple[PageLink, ...]
    is_certifying: bool
    """Whether it has a rulebook here."""


def every(services: Services, asked: PageRequest) -> Shown:
    """The list of programmes."""
    revisions = tuple(library.every_revision(services))
    tag = asked.unless_known(shelf_tag(revisions))
    around = library.library_with(services, revisions)
    lines = [_line(services, around, one) for one in services.programmes]
    data = ProgrammesData(programmes=tuple(line for line in lines if line.guidelines))
    return Shown("guidelines/programmes.html.j2", "Programmes", data, section="guidelines", tag=tag)


def _line(services: Services, around: Library, one: Programme) -> ProgrammeLine:
    number = sum(len(family.guidelines) for family in programmes.families_of(services, around, one))
    return ProgrammeLine(name=one.name, path=f"/programmes/{one.word}", says=one.says, guidelines=number)


def programme(services: Services, asked: PageRequest) -> Shown:
    """The page of one."""
    found = programmes.programme_named(services, asked.request.path_params["programme"])
    revisions = tuple(library.every_revision(services))
    today = day_of(services)
    tag = asked.unless_known(shelf_tag(revisions), today.isoformat(), *history_tag(services, asked))
    around = library.library_with(services, revisions)
    families = programmes.families_of(services, around, found)
    query = written(_of_guidelines(one.id for family in families for one in reversed(family.guidelines)))
    data = ProgrammeData(
        word=found.word,
        name=found.name,
        says=found.says,
        certifies=tuple(_certified(services, asked, around, families)),
        families=tuple(_family(around, revisions, family) for family in families),
        newest=tuple(_newest(services, asked, query)) if families else (),
        newest_query=query,
        reports=tuple(PageLink(word, f"/programmes/{found.word}/reports/{word}") for word in periods(today)),
        is_certifying=bool(found.rulebooks),
    )
    return Shown("guidelines/programme.html.j2", found.name, data, section="guidelines", tag=tag)


def _of_guidelines(identities: Iterable[str]) -> Query:
    words = list(dict.fromkeys(identities))[:_MOST_IDS]
    parts = tuple(WordTerm(Word.GUIDELINE, word) for word in words) or (WordTerm(Word.GUIDELINE, "none"),)
    return parts[0] if len(parts) == 1 else AnyTerm(parts)


def _certified(
    services: Services, asked: PageRequest, around: Library, families: Sequence[GuidelineFamily]
) -> Iterator[CertifiedProgram]:
    room = _MOST_PROGRAMS
    for family in families:
        guideline = programmes.in_force(family.guidelines)
        revision = around.revision(guideline)
        path = guideline_path(revision, is_newest=True)
        for word, program in list(program_words(guideline).items())[:room]:
            room -= 1
            yield CertifiedProgram(
                name=cut(program.name, 200),
                path=f"{path}/{word}",
                says=cut(program.description, 500),
                guideline=PageLink(cut(guideline.id, 100), path),
                is_draft=guideline.is_draft,
                figures=of_program(services, asked, revision.id, program),
            )


def _family(around: Library, revisions: tuple[Revision, ...], family: GuidelineFamily) -> ProgrammeFamily:
    places = maker_of(around, revisions).places
    current = programmes.in_force(family.guidelines)

    def link(one: Guideline) -> PageLink:
        return PageLink(places.title(one), places.guideline(one))

    return ProgrammeFamily(
        title=cut(family_title(family), 200),
        in_force=link(current),
        status=cut(current.status or "", 100),
        guidelines=tuple(link(one) for one in reversed(family.guidelines[-_MOST_IDS:])),
    )


def _newest(services: Services, asked: PageRequest, query: str) -> Iterator[NewestRun]:
    try:
        question = questions.ask(services, asked.asker, Question(query))
    except NotPermitted:
        return
    yield from map(_run, questions.page(question, None, _MOST_RUNS).runs)


def _run(one: FoundRun) -> NewestRun:
    facts = one.facts
    name = ids.written(facts.id)
    return NewestRun(
        path=f"/runs/{name}",
        created=facts.created,
        what=cut(" ".join(filter(None, (facts.vendor, facts.product, facts.release))) or facts.cloud or name, 200),
        program=cut(facts.program, 200),
        guideline=cut(facts.guideline, 100),
        standing=None if one.standing is None else one.standing.value,
    )


def periods(today: dt.date) -> Iterator[str]:
    """For which there are reports: this year's quarters that began, and whole years, the newest first."""
    for quarter in range((today.month - 1) // 3 + 1, 0, -1):
        yield f"{today.year}-Q{quarter}"
    for year in range(today.year, today.year - _YEARS, -1):
        yield str(year)


PAGES = (
    PageRoute("/programmes", every),
    PageRoute("/programmes/{programme}", programme),
)
