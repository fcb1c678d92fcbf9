"""Refusals as HTTP says them: one shape (RFC 9457), the status from the family of the error."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec.structs import replace

from certmark.domain.certification.steps import UntimelyRequest
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.queries.reading import QueryMistake
from certmark.domain.submissions import Contradiction
from certmark.formats.errors import FormatError
from certmark.server.api.routes import IN_HEADERS
from certmark.server.api.wording import in_plain_words
from certmark.server.services.errors import (
    AnotherUpload,
    NotFound,
    NotKnown,
    NotPermitted,
    Outdated,
    TooManyOpen,
    TooMuch,
    TooOften,
    TooSlow,
    Unconditional,
    UnknownMedia,
    WrongPlace,
    WrongState,
)

MEDIA = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was wrong, where, and what to do (RFC 9457)."""

    title: str
    status: int
    detail: str
    pointer: str | None = None
    """Where in the request, as a JSON pointer or the name of a parameter."""
    position: int | None = None
    """Of the character of a query at which it cannot be read, from 0; the length of the query: at its end."""
    request: str | None = None
    """The id of the request, for the operator."""
    now: Any = None
    """Where somebody else changed it meanwhile: what is there now; its ETag is the answer's."""


_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotKnown, HTTPStatus.UNAUTHORIZED),
    (NotPermitted, HTTPStatus.FORBIDDEN),
    (WrongPlace, HTTPStatus.CONFLICT),
    (AnotherUpload, HTTPStatus.CONFLICT),
    (WrongState, HTTPStatus.CONFLICT),
    (Outdated, HTTPStatus.PRECONDITION_FAILED),
    (Unconditional, HTTPStatus.PRECONDITION_REQUIRED),
    (TooMuch, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooManyOpen, HTTPStatus.TOO_MANY_REQUESTS),
    (TooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (UnknownMedia, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (TooOften, HTTPStatus.TOO_MANY_REQUESTS),
    (FormatError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (UntimelyRequest, HTTPStatus.CONFLICT),
    (InvalidRequest, HTTPStatus.BAD_REQUEST),
    (CannotProceed, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem_of(error: Exception) -> Problem | None:
    """How an error is told; None: it is a fault of ours."""
    for family, status in _STATUS:
        if isinstance(error, family):
            found = Problem(title=status.phrase, status=status, detail=str(error))
            if isinstance(error, QueryMistake):
                return replace(found, pointer="q", position=error.position)
            return replace(found, pointer=error.field if isinstance(error, Contradiction) else None)
    return None


def of_validation(error: msgspec.DecodeError, *, is_body: bool) -> Problem:
    """What is wrong with a parameter, or with a body of JSON, and where."""
    sentence, _, place = str(error).partition(" - at `")
    status = HTTPStatus.BAD_REQUEST
    path = (
        place.rstrip("`").removeprefix("$").replace("[...]", "/*").replace("[", "/").replace("]", "").replace(".", "/")
    )
    pointer = (path or "") if is_body else path.strip("/").partition("/")[0]
    pointer = pointer if is_body else IN_HEADERS.get(pointer, pointer)
    where = pointer or ("the body" if is_body else "the request")
    detail = f"{where}: {in_plain_words(sentence)}"
    return Problem(title=status.phrase, status=status, detail=detail, pointer=pointer or None)


def retry_after(problem: Problem, error: Exception) -> Mapping[str, str]:
    """When it is worth to ask again."""
    if isinstance(error, TooOften):
        return {"Retry-After": str(error.seconds)}
    waits = {HTTPStatus.TOO_MANY_REQUESTS: "10", HTTPStatus.SERVICE_UNAVAILABLE: "5"}
    seconds = waits.get(HTTPStatus(problem.status))
    return {} if seconds is None else {"Retry-After": seconds}
