"""A route as data, and how a request becomes what its handler takes.

A handler is a function of (services, asker, parameters): no request, no response. What it takes stands in a
`msgspec.Struct`, fields from the path and the query; what it gives is a Struct, or bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from certmark.domain.permissions import Right
from certmark.server.asking import TokenScope


class Nothing(msgspec.Struct, frozen=True):
    """No parameters."""


class Answer(NamedTuple):
    """A Struct, with what HTTP should know of it."""

    body: msgspec.Struct
    is_public: bool = False
    """Everybody would get the same: others may keep it for a while."""
    is_final: bool = False
    """It never changes: others may keep it for ever."""
    headers: Mapping[str, str] = {}
    is_later: bool = False
    """It is accepted, and what was asked for is not done yet."""
    revision: int | None = None
    """Of what is shown, where whoever changes it must say which one they change: the ETag begins with it."""


class Content(NamedTuple):
    """An answer that is no JSON of the API, whole."""

    data: bytes
    media: str
    headers: Mapping[str, str] = {}
    is_public: bool = False
    is_final: bool = False
    is_later: bool = False
    revision: int | None = None


class Stream(NamedTuple):
    """Bytes that are too many to be held: read once, as far as they are asked for."""

    pieces: Iterator[bytes]
    size: int
    digest: bytes
    media: str
    headers: Mapping[str, str] = {}
    is_public: bool = False


IN_HEADERS = {"idempotency_key": "Idempotency-Key", "if_match": "If-Match"}
"""Parameters that stand in a header."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One thing that can be asked."""

    method: str
    path: str
    """Below the API's root, parameters in braces."""
    name: str
    """Of the operation, as programs call it."""
    summary: str
    handler: Callable[..., Any]
    """(services, asker, parameters) or, with a body, (services, asker, parameters, file of the body) -> the answer."""
    parameters: type[msgspec.Struct] = Nothing
    answer: type[msgspec.Struct] | None
    """None: bytes of a media type of `media`, or nothing."""
    status: HTTPStatus = HTTPStatus.OK
    may_be_later: bool = False
    """It may be answered 202, and done by a job."""
    scope: TokenScope | None = None
    """What whoever asks must be allowed; None: anybody may ask, and sees what they may see."""
    may: tuple[Right, ...] = ()
    """Of these rights one is needed, towards the thing that is asked for; a test asks for each in every role."""
    takes_body: bool = False
    """Bytes, as they come; its handler gets a file."""
    body: type[msgspec.Struct] | None = None
    """JSON; its handler gets the Struct."""
    media: tuple[str, ...] = ()
    errors: tuple[HTTPStatus, ...] = ()
    """Beside those of every route."""
    is_ranged: bool = False
    """A part of the bytes may be asked for."""

    @property
    def in_path(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return tuple(part[1:-1].partition(":")[0] for part in self.path.split("/") if part.startswith("{"))
