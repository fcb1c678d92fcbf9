"""Results as RefStack's clients send, list, see and change them."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.routes import Nothing, Route
from certmark.server.api.v1.refusals import Refused, forbidden_where_frozen
from certmark.server.api.v1.words import date_of, id_of, moment_of, run_path, sent_id
from certmark.server.api.v2.words import EDITS_RUN, SEES_RUN
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import refstack_meta, refstack_results, runs
from certmark.server.services.context import Services
from certmark.server.services.refstack_results import RefstackRole, ResultsFilter, UploadProof
from certmark.server.store.refstack_runs import ListedProduct, ListedRun

_NO = frozenset({"false", "0", "no", "off"})
_SECOND = 1_000_000
_VERIFIED = Annotated[int, Meta(ge=0, le=1)]
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "cpid": {"type": "string"},
        "duration_seconds": {"type": "integer"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "uuid": {"type": "string", "format": "uuid_hex"}},
                "required": ["name"],
            },
        },
    },
    "required": ["cpid", "duration_seconds", "results"],
    "additionalProperties": False,
}


class NewResult(msgspec.Struct, frozen=True, kw_only=True):
    """Who sends it, where somebody signs."""

    signature: str | None = None
    """RSA PKCS#1 v1.5 with SHA-256 over the bytes of the body, in hexadecimal digits."""
    public_key: str | None = None
    """`ssh-rsa AAAA…`, as a line of a .pub file."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which results."""

    page: int = 1
    start_date: str | None = None
    """From this second on, like `2026-11-30 12:00:00`, in UTC."""
    end_date: str | None = None
    """Up to the end of this second."""
    cpid: str | None = None
    signed: str | None = None
    """Present, and no word for no: those of who asks. Else those that everybody may see."""
    verification_status: _VERIFIED | None = None
    product_id: str | None = None
    """Those of this product."""


class OfResult(msgspec.Struct, frozen=True, kw_only=True):
    """Which result."""

    result: str
    """Its id, in letters of either case."""


class ResultChange(msgspec.Struct, frozen=True, kw_only=True):
    """What of a result is to be otherwise; what is left out stays."""

    product_version_id: str | UnsetType | None = UNSET
    """The version of a product that it belongs to; null: none."""
    verification_status: _VERIFIED | UnsetType = UNSET
    """1: it is verified."""


def _receive(services: Services, asker: Asker, asked: NewResult, file: Path) -> dict[str, str]:
    if (asked.signature is None) != (asked.public_key is None):
        missing = "X-Signature" if asked.signature is None else "X-Public-Key"
        raise Refused(HTTPStatus.BAD_REQUEST, f"Malformed signature: {missing} is missing")
    signed = asked.signature is not None and asked.public_key is not None
    proof = UploadProof(asked.signature or "", asked.public_key or "") if signed else None
    run = refstack_results.receive(services, asker, file, proof)
    return {"test_id": ids.written(run.id), "url": address_of(services, run.id)}


def address_of(services: Services, run: bytes) -> str:
    """Where a result is looked at."""
    return f"{services.settings.public_url or services.settings.listen.url}{run_path(ids.written(run))}"


def _schema(services: Services, asker: Asker, asked: Nothing) -> dict[str, Any]:  # noqa: ARG001 - every handler takes these
    return SCHEMA


def _list(services: Services, asker: Asker, asked: Wanted) -> dict[str, Any]:
    wanted = ResultsFilter(
        is_own=asked.signed is not None and asked.signed.lower() not in _NO,
        cpid=asked.cpid,
        is_verified=None if asked.verification_status is None else asked.verification_status == 1,
        product=None if asked.product_id is None else id_of(asked.product_id),
        since=None if asked.start_date is None else moment_of("start_date", asked.start_date),
        until=None if asked.end_date is None else moment_of("end_date", asked.end_date),
    )
    found = refstack_results.listed(services, asker, wanted, asked.page)
    results = [
        _shown(services, one, refstack_results.role_of(one, is_office=found.is_office))
        | {"url": address_of(services, one.run.id)}
        for one in found.runs
    ]
    return {"results": results, "pagination": {"current_page": found.number, "total_pages": found.of}}


def _shown(services: Services, found: ListedRun, role: RefstackRole) -> dict[str, Any]:
    """What the list and the record of a result have in common."""
    return {
        "id": ids.written(found.run.id),
        "created_at": date_of(found.run.created),
        "duration_seconds": _duration(found),
        "verification_status": int(found.is_verified),
        "meta": refstack_meta.meta_of(services, found, role),
        "product_version": None if found.product is None else _product(found.product),
    }


def _duration(found: ListedRun) -> int:
    """As the sender says, else from the first moment of the run to its last; 0: nobody says."""
    if found.words.duration is not None:
        return found.words.duration
    run = found.run
    return 0 if run.began is None or run.ended is None else (run.ended - run.began) // _SECOND


def _product(product: ListedProduct) -> dict[str, Any]:
    return {
        "id": ids.written(product.version),
        "version": product.version_name or None,
        "cpid": product.cpid or None,
        "product_info": {
            "id": ids.written(product.product),
            "name": product.product_name,
            "organization_id": ids.written(product.vendor),
            "public": product.is_public,
        },
    }


def _show(services: Services, asker: Asker, asked: OfResult) -> dict[str, Any]:
    run = id_of(asked.result)
    found, role = refstack_results.show(services, asker, run)
    shown = _shown(services, found, role)
    shown |= {"results": refstack_results.passed(services, asker, run), "user_role": role.value}
    return shown if role is RefstackRole.USER else shown | {"cpid": found.run.subject or ""}


def _change(services: Services, asker: Asker, asked: OfResult, body: ResultChange) -> dict[str, Any]:
    run = id_of(asked.result)
    wanted: dict[str, bytes | bool | None] = {}
    if body.product_version_id is not UNSET:
        named = body.product_version_id
        wanted["version"] = None if named is None else sent_id("product_version_id", named)
    if body.verification_status is not UNSET:
        wanted["is_verified"] = body.verification_status == 1
    found, role = refstack_results.show(services, asker, run)
    if role is RefstackRole.USER:
        raise Refused(HTTPStatus.FORBIDDEN, "only its owner changes a result")
    with forbidden_where_frozen():
        refstack_results.change(services, asker, run, wanted)
    found, role = refstack_results.show(services, asker, run)
    return _shown(services, found, role)


def _delete(services: Services, asker: Asker, asked: OfResult) -> None:
    with forbidden_where_frozen():
        runs.delete(services, asker, id_of(asked.result))


_DENIED = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
ROUTES = (
    Route(
        method="POST",
        path="/results",
        name="submit_result",
        summary="Send the passed tests of a run, as `refstack-client` does.",
        handler=_receive,
        parameters=NewResult,
        answer=None,
        status=HTTPStatus.CREATED,
        takes_body=True,
        media=("application/json",),
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
    ),
    Route(
        method="GET",
        path="/results/schema",
        name="get_result_schema",
        summary="The schema of what is sent.",
        handler=_schema,
        answer=None,
        media=("application/json",),
    ),
    Route(
        method="GET",
        path="/results",
        name="list_results",
        summary="Results, the newest first, 20 on a page.",
        handler=_list,
        may=SEES_RUN,
        parameters=Wanted,
        answer=None,
        media=("application/json",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/results/{result}",
        name="show_result",
        summary="A result: names of the tests that passed, and what is said of it.",
        handler=_show,
        may=SEES_RUN,
        parameters=OfResult,
        answer=None,
        media=("application/json",),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/results/{result}",
        name="change_result",
        summary="Give a result to the version of a product, or take it back; verify it.",
        handler=_change,
        may=(*EDITS_RUN, Right.VERIFY_RUN),
        scope=TokenScope.MANAGE,
        parameters=OfResult,
        body=ResultChange,
        answer=None,
        status=HTTPStatus.CREATED,
        media=("application/json",),
        errors=_DENIED,
    ),
    Route(
        method="DELETE",
        path="/results/{result}",
        name="delete_result",
        summary="Forget a result.",
        handler=_delete,
        may=EDITS_RUN,
        scope=TokenScope.SUBMIT,
        parameters=OfResult,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        errors=_DENIED,
    ),
)
