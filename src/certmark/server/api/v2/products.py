"""Products of vendors and their versions."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.domain.products import ProductKind
from certmark.server import ids
from certmark.server.api.bodies import END, Word
from certmark.server.api.ownership import (
    HistoryEntries,
    Id,
    Product,
    Products,
    ProductVersion,
    ProductVersions,
    Prose,
    entries_body,
    product_body,
    shown_product_body,
    version_body,
)
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.vendors import OfVendor
from certmark.server.api.v2.words import IfMatch, Limit, NameCursor, name_cursor_of, name_cursor_text, revision_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import products
from certmark.server.services.context import Services
from certmark.server.services.products import ProductChange, ShownProduct
from certmark.server.store.products import StoredVersion

Kind = Literal["distribution", "public cloud", "hosted private cloud", "appliance"]
Cloud = Annotated[str, Meta(min_length=1, max_length=1000, pattern=rf"^[^\x00-\x1f\x7f]+{END}")]
Clouds = Annotated[list[Cloud], Meta(max_length=500)]


class WantedProducts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which products."""

    kind: Kind | None = None
    cursor: NameCursor | None = None
    limit: Limit = 50


class OfProduct(msgspec.Struct, frozen=True, kw_only=True):
    """Which product."""

    product: Id


class ChangeOfProduct(OfProduct, frozen=True, kw_only=True):
    """Which product, as it was when you looked at it."""

    if_match: IfMatch | None = None


class WantedProductHistory(OfProduct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of its history."""

    before: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    """As a page gave it in `next`."""
    limit: Limit = 50


class OfVersion(msgspec.Struct, frozen=True, kw_only=True):
    """Which version."""

    version: Id


class ChangeOfVersion(OfVersion, frozen=True, kw_only=True):
    """Which version, as it was when you looked at it."""

    if_match: IfMatch | None = None


class NewProduct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product to be added."""

    name: Word
    kind: Kind
    description: Prose = ""


class EditedProduct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise; what is left out or null stays."""

    name: Word | None = None
    kind: Kind | None = None
    description: Prose | None = None
    is_public: bool | None = None


class NewVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A version to be added."""

    name: Word
    clouds: Clouds = []
    """Identities of the clouds and clusters at which it can be tested, one for each region."""


class EditedVersion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise; what is left out or null stays."""

    name: Word | None = None
    clouds: Clouds | None = None


def _product(shown: ShownProduct, headers: dict[str, str] | None = None) -> Answer:
    return Answer(shown_product_body(shown), headers=headers or {}, revision=shown.row.revision)


def _version(found: StoredVersion, headers: dict[str, str] | None = None) -> Answer:
    return Answer(version_body(found), headers=headers or {}, revision=found.row.revision)


def _list(services: Services, asker: Asker, asked: WantedProducts) -> Products:
    kind = None if asked.kind is None else ProductKind(asked.kind)
    rows, behind = products.listed(services, asker, kind=kind, behind=name_cursor_of(asked.cursor), most=asked.limit)
    return Products(products=[product_body(row) for row in rows], next=name_cursor_text(behind))


def _of_vendor(services: Services, asker: Asker, asked: OfVendor) -> Products:
    found = products.of_vendor(services, asker, ids.read(asked.vendor))
    return Products(products=[product_body(row) for row in found], next=None)


def _add(services: Services, asker: Asker, asked: OfVendor, new: NewProduct) -> Answer:
    shown = products.add(
        services,
        asker,
        ids.read(asked.vendor),
        name=new.name,
        kind=ProductKind(new.kind),
        description=new.description,
    )
    return _product(shown, {"Location": f"/api/v2/products/{ids.written(shown.row.id)}"})


def _show(services: Services, asker: Asker, asked: OfProduct) -> Answer:
    return _product(products.show(services, asker, ids.read(asked.product)))


def _edit(services: Services, asker: Asker, asked: ChangeOfProduct, edited: EditedProduct) -> Answer:
    kind = None if edited.kind is None else ProductKind(edited.kind)
    change = ProductChange(edited.name, kind, edited.description, edited.is_public)
    return _product(products.edit(services, asker, ids.read(asked.product), change, revision_of(asked.if_match)))


def _remove(services: Services, asker: Asker, asked: ChangeOfProduct) -> None:
    products.remove(services, asker, ids.read(asked.product), revision_of(asked.if_match))


def _history(services: Services, asker: Asker, asked: WantedProductHistory) -> HistoryEntries:
    found = products.past(services, asker, ids.read(asked.product), before=asked.before, most=asked.limit + 1)
    return entries_body(found, asked.limit)


def _versions(services: Services, asker: Asker, asked: OfProduct) -> ProductVersions:
    found = products.versions(services, asker, ids.read(asked.product))
    return ProductVersions(versions=[version_body(one) for one in found])


def _add_version(services: Services, asker: Asker, asked: OfProduct, new: NewVersion) -> Answer:
    found = products.add_version(services, asker, ids.read(asked.product), new.name, new.clouds)
    return _version(found, {"Location": f"/api/v2/versions/{ids.written(found.row.id)}"})


def _show_version(services: Services, asker: Asker, asked: OfVersion) -> Answer:
    return _version(products.version(services, asker, ids.read(asked.version)))


def _edit_version(services: Services, asker: Asker, asked: ChangeOfVersion, edited: EditedVersion) -> Answer:
    expected, version = revision_of(asked.if_match), ids.read(asked.version)
    return _version(products.edit_version(services, asker, version, expected, name=edited.name, clouds=edited.clouds))


def _remove_version(services: Services, asker: Asker, asked: ChangeOfVersion) -> None:
    products.remove_version(services, asker, ids.read(asked.version), revision_of(asked.if_match))


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.UNPROCESSABLE_ENTITY)
_CHANGED = (
    HTTPStatus.NOT_FOUND,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.PRECONDITION_REQUIRED,
)
_SEES = (Right.SEE_PUBLIC_PRODUCT, Right.SEE_PRODUCT)
_EDITS = (Right.EDIT_PRODUCT,)
ROUTES = (
    Route(
        method="GET",
        path="/products",
        name="list_products",
        summary="Products that you may see, by name.",
        handler=_list,
        parameters=WantedProducts,
        answer=Products,
        may=_SEES,
    ),
    Route(
        method="GET",
        path="/vendors/{vendor}/products",
        name="list_products_of_vendor",
        summary="The products of a vendor that you may see.",
        handler=_of_vendor,
        parameters=OfVendor,
        answer=Products,
        may=(Right.SEE_PUBLIC_VENDOR, Right.SEE_VENDOR),
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/vendors/{vendor}/products",
        name="add_product",
        summary="Add a product of a vendor; it is private.",
        handler=_add,
        parameters=OfVendor,
        body=NewProduct,
        answer=Product,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, *_BODY),
    ),
    Route(
        method="GET",
        path="/products/{product}",
        name="show_product",
        summary="A product.",
        handler=_show,
        parameters=OfProduct,
        answer=Product,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/products/{product}",
        name="edit_product",
        summary="Change a product's name, kind, description or publicity.",
        handler=_edit,
        parameters=ChangeOfProduct,
        body=EditedProduct,
        answer=Product,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/products/{product}",
        name="remove_product",
        summary="Forget a product that has no versions.",
        handler=_remove,
        parameters=ChangeOfProduct,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_CHANGED,
    ),
    Route(
        method="GET",
        path="/products/{product}/history",
        name="show_product_history",
        summary="What was done to a product and its versions, by whom.",
        handler=_history,
        parameters=WantedProductHistory,
        answer=HistoryEntries,
        may=(Right.SEE_HISTORY,),
        errors=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    ),
    Route(
        method="GET",
        path="/products/{product}/versions",
        name="list_versions",
        summary="The versions of a product.",
        handler=_versions,
        parameters=OfProduct,
        answer=ProductVersions,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/products/{product}/versions",
        name="add_version",
        summary="Add a version of a product, with the clouds at which it can be tested.",
        handler=_add_version,
        parameters=OfProduct,
        body=NewVersion,
        answer=ProductVersion,
        status=HTTPStatus.CREATED,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, *_BODY),
    ),
    Route(
        method="GET",
        path="/versions/{version}",
        name="show_version",
        summary="A version of a product.",
        handler=_show_version,
        parameters=OfVersion,
        answer=ProductVersion,
        may=_SEES,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/versions/{version}",
        name="edit_version",
        summary="Change a version's name or clouds.",
        handler=_edit_version,
        parameters=ChangeOfVersion,
        body=EditedVersion,
        answer=ProductVersion,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=(*_CHANGED, *_BODY),
    ),
    Route(
        method="DELETE",
        path="/versions/{version}",
        name="remove_version",
        summary="Forget a version to which no run belongs.",
        handler=_remove_version,
        parameters=ChangeOfVersion,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.MANAGE,
        may=_EDITS,
        errors=_CHANGED,
    ),
)
