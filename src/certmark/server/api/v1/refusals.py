"""Refusals as RefStack says them, in its two shapes.

A, for what is not allowed, not there to be asked or not taken: `{"code", "title", "detail"}`, the title being the
status in words. B, for what is wrong with what was sent, and for a thing that is not there: `{"title", "code"}`, the
title being the sentence.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from certmark.server.api.answers import HEADERS
from certmark.server.api.errors import of_validation, problem_of, retry_after
from certmark.server.services.errors import WrongState

_IN_SHAPE_A = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
)
_OTHERWISE = {
    HTTPStatus.UNPROCESSABLE_ENTITY: HTTPStatus.BAD_REQUEST,
    HTTPStatus.PRECONDITION_FAILED: HTTPStatus.CONFLICT,
}
"""Statuses that RefStack did not have."""


class Refused(Exception):
    """A refusal with the status that RefStack gave it; the shape follows from that."""

    def __init__(self, status: HTTPStatus, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


@contextmanager
def forbidden_where_frozen() -> Iterator[None]:
    """What does not fit how things are was forbidden by RefStack. Raises Refused."""
    try:
        yield
    except WrongState as error:
        raise Refused(HTTPStatus.FORBIDDEN, str(error)) from error


def refused(error: Exception) -> Response | None:
    """Whatever a handler raised as an answer; None: it is a fault of ours."""
    if isinstance(error, Refused):
        return refusal(error.status, error.sentence)
    if isinstance(error, msgspec.DecodeError):
        return refusal(HTTPStatus.BAD_REQUEST, of_validation(error, is_body=False).detail)
    problem = problem_of(error)
    if problem is None:
        return None
    status = HTTPStatus(problem.status)
    return refusal(_OTHERWISE.get(status, status), problem.detail, retry_after(problem, error))


def refusal(
    status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None, *, is_abort: bool | None = None
) -> Response:
    """A refusal in the shape that belongs to its status, or in shape A where `is_abort`."""
    in_shape_a = status in _IN_SHAPE_A if is_abort is None else is_abort
    body: dict[str, object] = {"title": sentence, "code": int(status)}
    if in_shape_a:
        body = {"code": int(status), "title": status.phrase, "detail": sentence}
    found = {**HEADERS, **(headers or {})}
    if status is HTTPStatus.UNAUTHORIZED:
        found["WWW-Authenticate"] = "Bearer"
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json", headers=found)
