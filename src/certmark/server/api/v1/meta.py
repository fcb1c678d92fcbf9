"""What is said of a result beside its tests: `shared`, `guideline`, `target`, and who sent it."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from certmark.server.api.routes import Route
from certmark.server.api.v1.refusals import Refused, forbidden_where_frozen
from certmark.server.api.v1.results import OfResult
from certmark.server.api.v1.words import id_of
from certmark.server.api.v2.words import EDITS_RUN, SEES_RUN
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import refstack_meta, refstack_results
from certmark.server.services.context import Services
from certmark.server.services.refstack_meta import CHANGEABLE, MetaKey

_LONGEST = 2000
"""Bytes of a value; whatever is longer is none."""


class OfMeta(OfResult, frozen=True, kw_only=True):
    """Which of the things that are said."""

    key: str
    """`shared`, `guideline` or `target`; its owner sees `user` as well."""


def _every(services: Services, asker: Asker, asked: OfResult) -> dict[str, str]:
    found, role = refstack_results.show(services, asker, id_of(asked.result))
    return refstack_meta.meta_of(services, found, role)


def _show(services: Services, asker: Asker, asked: OfMeta) -> str | None:
    return refstack_meta.value_of(services, asker, id_of(asked.result), asked.key)


def _put(services: Services, asker: Asker, asked: OfMeta, file: Path) -> None:
    run, key = _changeable(services, asker, asked)
    with file.open("rb") as stream:
        content = stream.read(_LONGEST)
    try:
        value = content.decode()
    except UnicodeDecodeError as error:
        raise Refused(HTTPStatus.BAD_REQUEST, "a value is a text in UTF-8") from error
    with forbidden_where_frozen():
        refstack_meta.put(services, asker, run, key, value)


def _delete(services: Services, asker: Asker, asked: OfMeta) -> None:
    run, key = _changeable(services, asker, asked)
    with forbidden_where_frozen():
        refstack_meta.remove(services, asker, run, key)


def _changeable(services: Services, asker: Asker, asked: OfMeta) -> tuple[bytes, MetaKey]:
    """Raises NotFound, or Refused for what nobody changes."""
    run = id_of(asked.result)
    refstack_results.show(services, asker, run)
    key = next((one for one in CHANGEABLE if one.value == asked.key), None)
    if key is None:
        raise Refused(HTTPStatus.FORBIDDEN, "shared, guideline and target can be changed, and nothing else")
    return run, key


_DENIED = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
ROUTES = (
    Route(
        method="GET",
        path="/results/{result}/meta",
        name="show_meta",
        summary="What is said of a result.",
        handler=_every,
        may=SEES_RUN,
        parameters=OfResult,
        answer=None,
        media=("application/json",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/results/{result}/meta/{key}",
        name="show_meta_value",
        summary="One of the things that are said, as a text of JSON; `null`: it is not set.",
        handler=_show,
        may=SEES_RUN,
        parameters=OfMeta,
        answer=None,
        media=("application/json",),
        errors=_DENIED,
    ),
    Route(
        method="POST",
        path="/results/{result}/meta/{key}",
        name="put_meta_value",
        summary="Say it: the body is the value. With guideline and target the run is judged.",
        handler=_put,
        may=EDITS_RUN,
        scope=TokenScope.SUBMIT,
        parameters=OfMeta,
        answer=None,
        status=HTTPStatus.CREATED,
        takes_body=True,
        media=("application/json",),
        errors=_DENIED,
    ),
    Route(
        method="DELETE",
        path="/results/{result}/meta/{key}",
        name="delete_meta_value",
        summary="Say it no more.",
        handler=_delete,
        may=EDITS_RUN,
        scope=TokenScope.SUBMIT,
        parameters=OfMeta,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        errors=_DENIED,
    ),
)
