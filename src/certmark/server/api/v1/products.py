"""Products and their versions as RefStack's clients ask for them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Literal

import msgspec

from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Prose
from certmark.server.api.routes import Route
from certmark.server.api.v1.catalogue import (
    KINDS,
    Cpid,
    Properties,
    can_manage,
    kept_properties,
    product_details,
    product_info,
    product_record,
    refusing_state,
    version_record,
)
from certmark.server.api.v1.refusals import Refused
from certmark.server.api.v1.words import id_of, sent_id
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import members, products, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.origins import openid_of_identity
from certmark.server.services.products import ProductChange
from certmark.server.store.products import ProductRow, StoredVersion
from certmark.server.store.vendors import VendorState

_AT_ONCE = 1000
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


class WantedProducts(msgspec.Struct, frozen=True, kw_only=True):
    """Which products."""

    organization_id: str | None = None


class OfProduct(msgspec.Struct, frozen=True, kw_only=True):
    """Which product."""

    product: str


class OfVersion(OfProduct, frozen=True, kw_only=True):
    """Which version of it."""

    version: str


class NewProduct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product to be added."""

    name: Word
    product_type: Literal[0, 1, 2]
    description: Prose | None = None
    organization_id: str | None = None
    version: Word | None = None


class EditedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """What of it is to be otherwise; what is left out stays."""

    name: Word | msgspec.UnsetType = msgspec.UNSET
    description: Prose | msgspec.UnsetType | None = msgspec.UNSET
    public: bool | str | msgspec.UnsetType = msgspec.UNSET
    properties: Properties | msgspec.UnsetType = msgspec.UNSET


class NewVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version to be added."""

    version: Word
    cpid: Cpid | None = None


class EditedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Of what cloud it is."""

    cpid: Cpid | msgspec.UnsetType | None = msgspec.UNSET


def _list(services: Services, asker: Asker, asked: WantedProducts) -> dict[str, Any]:
    roles = members.own_roles(services, asker)
    if asked.organization_id is None:
        rows = _every(services, asker)
    else:
        try:
            rows = products.of_vendor(services, asker, sent_id("organization_id", asked.organization_id))
        except NotFound:
            rows = []
    return {"products": [product_record(row, asker, roles) for row in rows]}


def _every(services: Services, asker: Asker) -> list[ProductRow]:
    found: list[ProductRow] = []
    behind: tuple[str, bytes] | None = ("", b"")
    while behind is not None:
        rows, behind = products.listed(services, asker, kind=None, behind=behind, most=_AT_ONCE)
        found += rows
    return found


def _show(services: Services, asker: Asker, asked: OfProduct) -> dict[str, Any]:
    shown = products.show(services, asker, id_of(asked.product))
    found = product_record(shown.row, asker, members.own_roles(services, asker))
    return found | product_details(services, shown.row) if shown.sees_all else found


def _add(services: Services, asker: Asker, asked: Any, new: NewProduct) -> dict[str, str]:  # noqa: ARG001 - every handler takes these
    vendor = sent_id("organization_id", new.organization_id) if new.organization_id else _own_vendor(services, asker)
    shown = products.add(
        services,
        asker,
        vendor,
        name=new.name,
        kind=KINDS[new.product_type],
        description=new.description or "",
        version=new.version or "",
    )
    return {"id": ids.written(shown.row.id)}


def _own_vendor(services: Services, asker: Asker) -> bytes:
    """The vendor of products for which none is named."""
    with services.database.read() as transaction:
        name = f"vendor_{openid_of_identity(transaction, asker.identity or b'')}"
    for row in vendors.own(services, asker):
        if row.name == name and row.state is not VendorState.MERGED:
            return row.id
    return vendors.register(services, asker, name, "").row.id


def _edit(services: Services, asker: Asker, asked: OfProduct, edited: EditedProduct) -> dict[str, Any]:
    shown = products.show(services, asker, id_of(asked.product))
    is_public = None if edited.public is msgspec.UNSET else _truth(edited.public)
    if is_public and not vendors.show(services, asker, shown.row.vendor).row.is_public:
        sentence = "its vendor is not official, or not shown to everybody yet; only then can a product be public"
        raise Refused(HTTPStatus.FORBIDDEN, sentence)
    change = ProductChange(
        name=None if edited.name is msgspec.UNSET else edited.name,
        description=None if edited.description is msgspec.UNSET else edited.description or "",
        is_public=is_public,
        properties=kept_properties(edited.properties, {}),
    )
    row = products.edit(services, asker, shown.row.id, change, None).row
    return {**product_info(row), "can_manage": can_manage(row, asker, members.own_roles(services, asker))}


def _truth(sent: bool | str) -> bool:
    word = str(sent).strip().lower()
    if word not in _YES | _NO:
        raise Refused(HTTPStatus.BAD_REQUEST, "public must be true or false")
    return word in _YES


def _remove(services: Services, asker: Asker, asked: OfProduct) -> None:
    with refusing_state():
        products.remove(services, asker, id_of(asked.product), None, with_versions=True)


def _versions(services: Services, asker: Asker, asked: OfProduct) -> list[dict[str, Any]]:
    return [version_record(one) for one in products.versions(services, asker, id_of(asked.product))]


def _show_version(services: Services, asker: Asker, asked: OfVersion) -> dict[str, Any]:
    return version_record(_version(services, asker, asked))


def _version(services: Services, asker: Asker, asked: OfVersion) -> StoredVersion:
    found = products.version(services, asker, id_of(asked.version))
    if found.row.product != id_of(asked.product):
        raise NotFound(f"this product has no version {asked.version[:36]}")
    return found


def _add_version(services: Services, asker: Asker, asked: OfProduct, new: NewVersion) -> dict[str, Any]:
    found = products.add_version(services, asker, id_of(asked.product), new.version, [], new.cpid or "")
    return version_record(found)


def _edit_version(services: Services, asker: Asker, asked: OfVersion, edited: EditedVersion) -> dict[str, Any]:
    version = _version(services, asker, asked).row.id
    cpid = None if edited.cpid is msgspec.UNSET else edited.cpid or ""
    found = version_record(products.edit_version(services, asker, version, None, cpid=cpid))
    row = products.show(services, asker, id_of(found.pop("product_id"))).row
    return {**found, "product_info": product_info(row)}


def _remove_version(services: Services, asker: Asker, asked: OfVersion) -> None:
    found = _version(services, asker, asked)
    row = products.show(services, asker, found.row.product).row
    if not found.row.name and can_manage(row, asker, members.own_roles(services, asker)):
        raise Refused(HTTPStatus.BAD_REQUEST, "the version without a name stands for the product; it is not deleted")
    with refusing_state():
        products.remove_version(services, asker, found.row.id, None)


_SEES = (Right.SEE_PUBLIC_PRODUCT, Right.SEE_PRODUCT)
_EDITS = (Right.EDIT_PRODUCT,)
_DENIED = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
ROUTES = (
    Route(
        method="GET",
        path="/products",
        name="list_products",
        summary="Every product that you may see, by name.",
        handler=_list,
        parameters=WantedProducts,
        answer=None,
        may=_SEES,
    ),
    Route(
        method="POST",
        path="/products",
        name="add_product",
        summary="Add a product of a vendor of yours; without one, of a vendor that is called after you.",
        handler=_add,
        body=NewProduct,
        answer=None,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_DENIED, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/products/{product}",
        name="show_product",
        summary="A product; its vendor's members see all of it.",
        handler=_show,
        parameters=OfProduct,
        answer=None,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/products/{product}",
        name="edit_product",
        summary="Change a product's name, description, properties, or whether it is public.",
        handler=_edit,
        parameters=OfProduct,
        body=EditedProduct,
        answer=None,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_DENIED, HTTPStatus.CONFLICT),
    ),
    Route(
        method="DELETE",
        path="/products/{product}",
        name="remove_product",
        summary="Forget a product with its versions, where no run belongs to one.",
        handler=_remove,
        parameters=OfProduct,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_DENIED,
    ),
    Route(
        method="GET",
        path="/products/{product}/versions",
        name="list_versions",
        summary="The versions of a product; the one whose version is null stands for all.",
        handler=_versions,
        parameters=OfProduct,
        answer=None,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/products/{product}/versions",
        name="add_version",
        summary="Add a version of a product.",
        handler=_add_version,
        parameters=OfProduct,
        body=NewVersion,
        answer=None,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_DENIED, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/products/{product}/versions/{version}",
        name="show_version",
        summary="A version of a product.",
        handler=_show_version,
        parameters=OfVersion,
        answer=None,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PUT",
        path="/products/{product}/versions/{version}",
        name="edit_version",
        summary="Say what RefStack's client calls the cloud that runs a version.",
        handler=_edit_version,
        parameters=OfVersion,
        body=EditedVersion,
        answer=None,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_DENIED,
    ),
    Route(
        method="DELETE",
        path="/products/{product}/versions/{version}",
        name="remove_version",
        summary="Forget a version to which no run belongs; the one whose version is null stays.",
        handler=_remove_version,
        parameters=OfVersion,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_DENIED,
    ),
)
