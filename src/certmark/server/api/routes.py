"""A route as data, and how a request becomes what its handler takes.

A handler is a function of (services, asker, parameters): no request, no response. What it takes stands in a
`msgspec.Struct`, fields from the path and the query; what it gives is a Struct, or bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from certmark.server.asking import Asker, Scope
from certmark.server.services.context import Services


class Nothing(msgspec.Struct, frozen=True):
    """No parameters."""


class Content(NamedTuple):
    """An answer that is no JSON of the API."""

    data: bytes
    media: str
    headers: Mapping[str, str] = {}


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
    """None: bytes of the media type `media`, or nothing."""
    status: HTTPStatus = HTTPStatus.OK
    scope: Scope | None = None
    """What whoever asks must be allowed; None: anybody may ask, and sees what they may see."""
    takes_body: bool = False
    media: str | None = None
    errors: tuple[HTTPStatus, ...] = ()
    """Beside those of every route."""

    @property
    def in_path(self) -> tuple[str, ...]:
        """The names of the parameters in the path."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


Handler = Callable[[Services, Asker, Any], Any]
BodyHandler = Callable[[Services, Asker, Any, Path], Any]
