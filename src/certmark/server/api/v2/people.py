"""What is kept of whoever asks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.routes import Nothing, Route
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import people
from certmark.server.services.context import Services


class OwnData(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that is kept of you, without secrets; the bytes of your runs are got run by run."""

    person: str
    name: str
    kept: dict[str, list[dict[str, Any]]]
    """By table and the column that names you, as they stand there; ids and digests in hex, moments in microseconds."""


def _data(services: Services, asker: Asker, asked: Nothing) -> OwnData:  # noqa: ARG001 - every handler takes these
    name, kept = people.own_data(services, asker)
    return OwnData(person=ids.written(asker.identity or bytes(16)), name=name, kept=kept)


def _erase(services: Services, asker: Asker, asked: Nothing) -> None:  # noqa: ARG001 - likewise
    people.erase(services, asker)


ROUTES = (
    Route(
        method="GET",
        path="/account/data",
        name="get_own_data",
        summary="Everything that is kept of you.",
        handler=_data,
        answer=OwnData,
        scope=TokenScope.ACCOUNT,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="DELETE",
        path="/account/data",
        name="erase_own_data",
        summary="Forget you, and what was yours alone; what belongs to a vendor stays, and names you no more.",
        handler=_erase,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=(Right.ERASE_OWN_DATA,),
        errors=(HTTPStatus.CONFLICT,),
    ),
)
