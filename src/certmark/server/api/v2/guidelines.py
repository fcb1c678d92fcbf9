"""Guidelines: their revisions, one text, and what is in it."""

from __future__ import annotations

import re
from http import HTTPStatus

import msgspec

from certmark.domain.permissions import Right
from certmark.server.api.bodies import (
    Capabilities,
    Capability,
    CapabilityLevel,
    Guidelines,
    Program,
    Programs,
    RequiredTest,
    RequiredTests,
    Word,
    guideline_body,
)
from certmark.server.api.routes import Answer, Content, Nothing, Route
from certmark.server.asking import Asker
from certmark.server.reading.messages import ReadGuideline
from certmark.server.services import catalogue
from certmark.server.services.context import Services
from certmark.server.store import guidelines

_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


class OfGuideline(msgspec.Struct, frozen=True, kw_only=True):
    """Which guideline."""

    guideline: Word
    """An id, whose newest revision is meant, or the SHA-256 of a text."""


class WantedTests(OfGuideline, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which tests."""

    capability: Word | None = None
    """Of this one; none: of all."""


def _list(services: Services, asker: Asker, asked: Nothing) -> Answer:  # noqa: ARG001 - every handler takes these
    with services.database.read() as transaction:
        found = guidelines.every(transaction)
    return Answer(Guidelines(guidelines=[guideline_body(one) for one in found]), is_public=True)


def _text(services: Services, asker: Asker, asked: OfGuideline) -> Content:  # noqa: ARG001 - likewise
    revision, content = catalogue.text_of(services, asked.guideline)
    headers = {"Certmark-Guideline": revision.digest.hex()}
    return Content(content, "application/octet-stream", headers, is_public=True, is_final=_is_final(asked))


def _is_final(asked: OfGuideline) -> bool:
    """What was asked for by its digest is the same for ever."""
    return _DIGEST.match(asked.guideline) is not None


def _programs(services: Services, asker: Asker, asked: OfGuideline) -> Answer:  # noqa: ARG001 - likewise
    revision, content = catalogue.content_of(services, asked.guideline)
    programs = [
        Program(
            name=one.name,
            kind=one.kind,
            aliases=list(one.aliases),
            capabilities=[CapabilityLevel(capability=key, level=level) for key, level in one.capabilities],
        )
        for one in content.programs
    ]
    return Answer(Programs(guideline=revision.digest.hex(), programs=programs), is_public=True)


def _capabilities(services: Services, asker: Asker, asked: OfGuideline) -> Answer:  # noqa: ARG001 - likewise
    revision, content = catalogue.content_of(services, asked.guideline)
    found = [
        Capability(key=one.key, name=one.name, description=one.description, project=one.project, tests=len(one.tests))
        for one in content.capabilities
    ]
    return Answer(Capabilities(guideline=revision.digest.hex(), capabilities=found), is_public=True)


def _tests(services: Services, asker: Asker, asked: WantedTests) -> Answer:  # noqa: ARG001 - likewise
    revision, content = catalogue.content_of(services, asked.guideline)
    found = RequiredTests(guideline=revision.digest.hex(), tests=list(_of(content, asked.capability)))
    return Answer(found, is_public=True)


def _of(content: ReadGuideline, capability: str | None) -> list[RequiredTest]:
    return [
        RequiredTest(name=test.name, uuid=test.uuid, aliases=list(test.aliases), capability=one.key, flag=test.flag)
        for one in content.capabilities
        if capability in {None, one.key}
        for test in one.tests
    ]


ROUTES = (
    Route(
        method="GET",
        path="/guidelines",
        name="list_guidelines",
        summary="The revisions of guidelines that this server judges by.",
        handler=_list,
        may=(Right.SEE_GUIDELINE,),
        answer=Guidelines,
    ),
    Route(
        method="GET",
        path="/guidelines/{guideline}",
        name="get_guideline",
        summary="The text of a guideline as it was received; `Certmark-Guideline` has its SHA-256.",
        handler=_text,
        may=(Right.SEE_GUIDELINE,),
        parameters=OfGuideline,
        answer=None,
        media=("application/octet-stream",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/guidelines/{guideline}/programs",
        name="list_programs",
        summary="The programs of a guideline, and the capabilities that each asks for.",
        handler=_programs,
        may=(Right.SEE_GUIDELINE,),
        parameters=OfGuideline,
        answer=Programs,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/guidelines/{guideline}/capabilities",
        name="list_capabilities",
        summary="The capabilities of a guideline.",
        handler=_capabilities,
        may=(Right.SEE_GUIDELINE,),
        parameters=OfGuideline,
        answer=Capabilities,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
    Route(
        method="GET",
        path="/guidelines/{guideline}/tests",
        name="list_tests",
        summary="The tests of a guideline, by capability, flagged ones with the reason.",
        handler=_tests,
        may=(Right.SEE_GUIDELINE,),
        parameters=WantedTests,
        answer=RequiredTests,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    ),
)
