"""How RefStack's API tells of vendors and products: numbers for states and kinds, properties, records.

| RefStack | here |
| --- | --- |
| vendor type 0, Foundation | the vendor that is the programme's |
| 1, private | registered, refused, or merged without having been public |
| 2, pending | pending |
| 3, official | approved, or merged after having been public |
| product type 0 cloud, product_type 1 and 2 | public cloud, hosted private cloud |
| 1 software, product_type 0 | distribution; an appliance is told as one |
| version null | the version without a name |
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.domain.products import ProductKind
from certmark.server import ids
from certmark.server.api.bodies import END
from certmark.server.api.v1.refusals import Refused
from certmark.server.api.v1.words import date_of
from certmark.server.asking import Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import Taken, WrongState
from certmark.server.services.members import OwnRoles
from certmark.server.services.origins import provenance_of
from certmark.server.store.products import ProductRow, StoredVersion
from certmark.server.store.vendors import VendorRow, VendorState

Cpid = Annotated[str, Meta(max_length=128, pattern=rf"^[^\x00-\x1f\x7f]*{END}")]
Properties = dict[str, Any] | str | None
"""An object; or the text of one, as answers have it."""
_DEEPEST = 20
REASON = "registration_decline_reason"
FOUNDATION, PRIVATE, PENDING, OFFICIAL = range(4)
_CLOUD, _SOFTWARE = range(2)
KINDS = (ProductKind.DISTRIBUTION, ProductKind.PUBLIC_CLOUD, ProductKind.HOSTED_PRIVATE_CLOUD)
"""By product_type."""
_NOT_APPROVED = frozenset({VendorState.REGISTERED, VendorState.PENDING, VendorState.REFUSED})


@contextmanager
def refusing_state() -> Iterator[None]:
    """What a state does not allow is a bad request to RefStack's clients; a name that is taken stays a conflict."""
    try:
        yield
    except Taken:
        raise
    except WrongState as error:
        raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error


def type_of(row: VendorRow) -> int:
    """The type of a vendor."""
    if row.is_programme:
        return FOUNDATION
    if row.state is VendorState.PENDING:
        return PENDING
    is_official = row.state is VendorState.APPROVED or (row.state is VendorState.MERGED and row.is_public)
    return OFFICIAL if is_official else PRIVATE


def vendor_record(row: VendorRow, asker: Asker, roles: OwnRoles) -> dict[str, Any]:
    """A vendor as everybody sees it."""
    return {
        "id": ids.written(row.id),
        "type": type_of(row),
        "name": row.name,
        "description": row.description or None,
        "can_manage": asker.has(Right.EDIT_VENDOR, roles.towards(row.id)),
    }


def vendor_details(services: Services, row: VendorRow) -> dict[str, Any]:
    """What its members see as well. A vendor is its own group here."""
    properties = _read(row.properties)
    if row.reason and row.state in _NOT_APPROVED:
        properties[REASON] = row.reason
    return {
        "group_id": ids.written(row.id),
        "properties": json.dumps(properties) if properties else None,
        **_origin(services, row.id, row.created),
    }


def product_record(row: ProductRow, asker: Asker, roles: OwnRoles) -> dict[str, Any]:
    """A product as everybody sees it."""
    number = KINDS.index(ProductKind(row.kind)) if row.kind != ProductKind.APPLIANCE.value else 0
    return {
        "id": ids.written(row.id),
        "name": row.name,
        "description": row.description or None,
        "organization_id": ids.written(row.vendor),
        "public": row.is_public,
        "type": _CLOUD if number else _SOFTWARE,
        "product_type": number,
        "can_manage": can_manage(row, asker, roles),
    }


def can_manage(row: ProductRow, asker: Asker, roles: OwnRoles) -> bool:
    """Whether they may change a product."""
    return asker.has(Right.EDIT_PRODUCT, roles.towards(row.vendor))


def product_details(services: Services, row: ProductRow) -> dict[str, Any]:
    """What members of its vendor see as well."""
    return {"properties": row.properties or None, **_origin(services, row.id, row.created)}


def product_info(row: ProductRow) -> dict[str, Any]:
    """A product beside what belongs to it."""
    return {
        "id": ids.written(row.id),
        "name": row.name,
        "organization_id": ids.written(row.vendor),
        "public": row.is_public,
    }


def version_record(found: StoredVersion) -> dict[str, Any]:
    """A version of a product."""
    return {
        "id": ids.written(found.row.id),
        "product_id": ids.written(found.row.product),
        "version": found.row.name or None,
        "cpid": found.row.cpid or None,
    }


def kept_properties(sent: Properties | msgspec.UnsetType, without: Mapping[str, str]) -> str | None:
    """Properties as they are kept, without what is kept elsewhere; None: they were not sent. Raises Refused."""
    if sent is msgspec.UNSET:
        return None
    properties = _object(sent) if isinstance(sent, str) else sent or {}
    if not _is_shallow(properties, _DEEPEST):
        raise Refused(HTTPStatus.BAD_REQUEST, f"properties may be nested {_DEEPEST} deep, and no deeper")
    rest = {key: value for key, value in properties.items() if key not in without or without[key] != value}
    return json.dumps(rest) if rest else ""


def _object(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "properties must be an object of JSON, or the text of one")
    return found


def _is_shallow(value: Any, left: int) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left > 0 and all(_is_shallow(one, left - 1) for one in inner)


def _read(text: str) -> dict[str, Any]:
    return dict(json.loads(text)) if text else {}


def _origin(services: Services, subject: bytes, created: int) -> dict[str, str | None]:
    found = provenance_of(services, subject)
    return {
        "created_by_user": found.author,
        "created_at": date_of(created),
        "updated_at": None if found.changed is None else date_of(found.changed),
    }
