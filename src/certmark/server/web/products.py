"""Products of vendors, their versions, and the clouds at which a version can be tested, region by region."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.products import ProductKind
from certmark.domain.subject_identities import InvalidSubjectIdentity
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Prose
from certmark.server.api.v2.products import Clouds, Kind
from certmark.server.services import products, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import Taken
from certmark.server.services.products import ProductChange, ShownProduct
from certmark.server.store.products import ProductRow, StoredVersion
from certmark.server.store.vendors import VendorRow
from certmark.server.web.desk import (
    asks,
    carried_out,
    confirmed,
    form_page,
    identity_in,
    rights_towards,
    sent,
    vendor_in,
)
from certmark.server.web.forms import Field, Form, Option, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.server.web.vendors import BehindNumber, history_page, trail_of

_KINDS = tuple(Option(kind.value, kind.value) for kind in ProductKind)
_DEEDS = 50


class VersionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a product."""

    id: str
    name: str
    """Empty: it stands for the product, whatever its version is."""
    clouds: list[str]
    """Identities of the clouds at which it can be tested, one for each region."""
    created: int


class ProductPage(msgspec.Struct, frozen=True, kw_only=True):
    """A product, as somebody sees it."""

    id: str
    name: str
    kind: str
    description: str
    is_public: bool
    created: int
    vendor: str
    vendor_name: str
    former: list[str]
    versions: list[VersionLine]
    rights: list[str]
    """What whoever asks may do towards it."""


class NewProduct(msgspec.Struct, frozen=True, kw_only=True):
    """A product to be added."""

    name: Word
    kind: Kind
    description: Prose = ""
    version: Annotated[str, Meta(max_length=200)] | None = None


class EditedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """How it shall be."""

    name: Word
    kind: Kind
    description: Prose
    is_public: bool


class EditedVersion(msgspec.Struct, frozen=True, kw_only=True):
    """How a version shall be."""

    name: Word
    clouds: Clouds


def _vendor_of(services: Services, asked: PageRequest, row: ProductRow) -> VendorRow:
    return vendors.show(services, asked.asker, row.vendor).row


def _path(row: ProductRow) -> str:
    return f"/products/{ids.written(row.id)}"


def _trail(vendor: VendorRow, row: ProductRow) -> tuple[tuple[str, str], ...]:
    return (*trail_of(vendor), (_path(row), row.name))


def _shown(services: Services, asked: PageRequest) -> ShownProduct:
    return products.show(services, asked.asker, identity_in(asked, "product"))


def _show(services: Services, asked: PageRequest) -> Shown:
    shown = _shown(services, asked)
    row = shown.row
    vendor = _vendor_of(services, asked, row)
    data = ProductPage(
        id=ids.written(row.id),
        name=row.name,
        kind=row.kind,
        description=row.description,
        is_public=row.is_public,
        created=row.created,
        vendor=ids.written(row.vendor),
        vendor_name=vendor.name,
        former=shown.former,
        versions=[
            VersionLine(id=ids.written(one.row.id), name=one.row.name, clouds=list(one.clouds), created=one.row.created)
            for one in products.versions(services, asked.asker, row.id)
        ],
        rights=list(rights_towards(services, asked, row.vendor)),
    )
    freshness = Freshness.PRIVATE if asked.asker.identity is not None else Freshness.PUBLIC
    return Shown("vendors/product.html.j2", row.name, data, section="vendors", freshness=freshness)


def _name_fields() -> tuple[Field, ...]:
    return (
        Field(name="name", label="Name of the product"),
        Field(name="kind", label="Kind", kind="choice", options=_KINDS, value=_KINDS[0].value),
        Field(name="description", label="Description", kind="text", is_optional=True),
    )


def _new(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    path = f"/vendors/{ids.written(row.id)}"
    version = Field(name="version", label="Version", hint="The first one; more can be added later.", is_optional=True)
    form = Form(path=f"{path}/products/new", button="Add it", fields=(*_name_fields(), version), back=path)
    lead = ("It is private until you make it public.",)
    return form_page(f"Add a product of {row.name}", form, lead=lead, trail=trail_of(row), section="vendors")


def _add(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: NewProduct, _: int | None) -> Response:
        shown = products.add(
            services,
            asked.asker,
            row.id,
            name=new.name,
            kind=ProductKind(new.kind),
            description=new.description,
            version=new.version,
        )
        return done(asked, _path(shown.row), "made")

    return sent(asked, _new(services, asked), act, NewProduct, {Taken: "name"})


def _edit(services: Services, asked: PageRequest) -> Shown:
    row = _shown(services, asked).row
    public = Field(
        name="is_public",
        label="Everybody may see it",
        hint="Only where its vendor is approved and public.",
        kind="check",
    )
    form = Form(
        path=f"{_path(row)}/edit",
        button="Save",
        fields=(*_name_fields(), public),
        revision=row.revision,
        back=_path(row),
    ).of(name=row.name, kind=row.kind, description=row.description, is_public=row.is_public)
    trail = _trail(_vendor_of(services, asked, row), row)
    lead = ("Former names are kept, and find it.",)
    return form_page(f"Change {row.name}", form, lead=lead, trail=trail, section="vendors")


def _put(services: Services, asked: PageRequest) -> Shown | Response:
    row = _shown(services, asked).row

    def act(new: EditedProduct, revision: int | None) -> Response:
        change = ProductChange(
            None if new.name == row.name else new.name,
            None if new.kind == row.kind else ProductKind(new.kind),
            None if new.description == row.description else new.description,
            None if new.is_public == row.is_public else new.is_public,
        )
        products.edit(services, asked.asker, row.id, change, revision)
        return done(asked, _path(row), "saved")

    return sent(asked, _edit(services, asked), act, EditedProduct, {Taken: "name"})


def _ask_removal(services: Services, asked: PageRequest) -> Shown:
    row = _shown(services, asked).row
    form = confirmed(f"{_path(row)}/delete", f"Forget {row.name}", _path(row), row.revision)
    ends = ("The product is gone.", "It works only for a product without versions.")
    trail = _trail(_vendor_of(services, asked, row), row)
    return form_page(f"Forget {row.name}?", form, consequences=ends, trail=trail, section="vendors")


def _remove(services: Services, asked: PageRequest) -> Shown | Response:
    row = _shown(services, asked).row

    def act(revision: int | None) -> None:
        products.remove(services, asked.asker, row.id, revision)

    return carried_out(asked, _ask_removal(services, asked), act, f"/vendors/{ids.written(row.vendor)}", "removed")


def _history(services: Services, asked: PageRequest) -> Shown:
    row, before = _shown(services, asked).row, asked.query(BehindNumber).behind
    deeds = products.past(services, asked.asker, row.id, before=before, most=_DEEDS + 1)
    return history_page(row.name, _path(row), deeds)


def _version_form(path: str, back: str, button: str, revision: int | None = None) -> Form:
    clouds = Field(
        name="clouds",
        label="Clouds",
        hint="Identities of the clouds at which it can be tested, one a line, one for each region; "
        "certmark cloud identity says what yours is.",
        kind="lines",
        is_optional=True,
    )
    name = Field(name="name", label="Version")
    return Form(path=path, button=button, fields=(name, clouds), revision=revision, back=back)


def _new_version(services: Services, asked: PageRequest) -> Shown:
    row = _shown(services, asked).row
    form = _version_form(f"{_path(row)}/versions/new", _path(row), "Add it")
    trail = _trail(_vendor_of(services, asked, row), row)
    return form_page(f"Add a version of {row.name}", form, trail=trail, section="vendors")


_AT = {Taken: "name", InvalidSubjectIdentity: "clouds"}


def _add_version(services: Services, asked: PageRequest) -> Shown | Response:
    row = _shown(services, asked).row

    def act(new: EditedVersion, _: int | None) -> Response:
        products.add_version(services, asked.asker, row.id, new.name, new.clouds)
        return done(asked, _path(row), "made")

    return sent(asked, _new_version(services, asked), act, EditedVersion, _AT)


def _version(services: Services, asked: PageRequest) -> tuple[StoredVersion, ProductRow]:
    found = products.version(services, asked.asker, identity_in(asked, "version"))
    return found, products.show(services, asked.asker, found.row.product).row


def _edit_version(services: Services, asked: PageRequest) -> Shown:
    found, row = _version(services, asked)
    path = f"/versions/{ids.written(found.row.id)}/edit"
    form = _version_form(path, _path(row), "Save", found.row.revision).of(
        name=found.row.name, clouds=list(found.clouds)
    )
    trail = _trail(_vendor_of(services, asked, row), row)
    return form_page(f"Change {row.name} {found.row.name}".strip(), form, trail=trail, section="vendors")


def _put_version(services: Services, asked: PageRequest) -> Shown | Response:
    found, row = _version(services, asked)

    def act(new: EditedVersion, revision: int | None) -> Response:
        products.edit_version(services, asked.asker, found.row.id, revision, name=new.name, clouds=new.clouds)
        return done(asked, _path(row), "saved")

    return sent(asked, _edit_version(services, asked), act, EditedVersion, _AT)


def _ask_version_removal(services: Services, asked: PageRequest) -> Shown:
    found, row = _version(services, asked)
    path = f"/versions/{ids.written(found.row.id)}/delete"
    form = confirmed(path, "Forget this version", _path(row), found.row.revision)
    ends = ("The version is gone.", "It works only for a version to which no run belongs.")
    trail = _trail(_vendor_of(services, asked, row), row)
    title = f"Forget {row.name} {found.row.name}?"
    return form_page(title, form, consequences=ends, trail=trail, section="vendors")


def _remove_version(services: Services, asked: PageRequest) -> Shown | Response:
    found, row = _version(services, asked)

    def act(revision: int | None) -> None:
        products.remove_version(services, asked.asker, found.row.id, revision)

    return carried_out(asked, _ask_version_removal(services, asked), act, _path(row), "removed")


PAGES: tuple[PageRoute, ...] = (
    *asks("/vendors/{vendor}/products/new", _new, _add),
    PageRoute("/products/{product}", _show),
    PageRoute("/products/{product}/history", _history),
    *asks("/products/{product}/edit", _edit, _put),
    *asks("/products/{product}/delete", _ask_removal, _remove),
    *asks("/products/{product}/versions/new", _new_version, _add_version),
    *asks("/versions/{version}/edit", _edit_version, _put_version),
    *asks("/versions/{version}/delete", _ask_version_removal, _remove_version),
)
