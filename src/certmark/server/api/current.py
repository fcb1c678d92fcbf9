"""What is there now, for whoever named another state of it: they need not ask once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from certmark.domain.errors import InvalidRequest
from certmark.server.api.answers import content_of, tag_of
from certmark.server.api.routes import Answer
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import Asker
from certmark.server.services.context import Services

_SHOWS = {"version": "show_version", "product": "show_product", "vendor": "show_vendor", "run": "show_claim"}
"""By what a path names, the nearest first."""


def now_of(services: Services, asker: Asker, named: Mapping[str, Any]) -> tuple[Any, dict[str, str]]:
    """The thing as they see it and its ETag, of the things that a path names; nothing where they see it no more."""
    kind = next((one for one in _SHOWS if one in named), None)
    if kind is None:
        return None, {}
    route = next(one for one in ROUTES if one.name == _SHOWS[kind])
    try:
        answer = route.handler(services, asker, msgspec.convert({kind: named[kind]}, route.parameters))
    except InvalidRequest:
        return None, {}
    assert isinstance(answer, Answer)  # noqa: S101 - each of these has a revision
    return msgspec.to_builtins(answer.body), {"ETag": tag_of(content_of(answer))}
