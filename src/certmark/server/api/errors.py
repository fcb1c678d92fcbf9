"""Refusals as HTTP says them: one shape (RFC 9457), the status from the family of the error."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.formats.errors import FormatError
from certmark.server.services.errors import AnotherUpload, NotAllowed, NotFound, TooMuch, TooOften

MEDIA = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was wrong, where, and what to do (RFC 9457)."""

    title: str
    status: int
    detail: str
    pointer: str | None = None
    """Where in the request, as a JSON pointer or the name of a parameter."""
    request: str | None = None
    """The id of the request, for the operator."""


_STATUS: tuple[tuple[type[Exception], HTTPStatus], ...] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (AnotherUpload, HTTPStatus.CONFLICT),
    (TooMuch, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (TooOften, HTTPStatus.TOO_MANY_REQUESTS),
    (FormatError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidInput, HTTPStatus.UNPROCESSABLE_ENTITY),
    (InvalidRequest, HTTPStatus.BAD_REQUEST),
    (CannotProceed, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem_of(error: Exception) -> Problem | None:
    """How an error is told; None: it is a fault of ours."""
    for family, status in _STATUS:
        if isinstance(error, family):
            return Problem(title=status.phrase, status=status, detail=str(error))
    return None
