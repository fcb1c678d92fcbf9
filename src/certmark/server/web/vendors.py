"""Vendors: the public list, a vendor's page, and what its people and the programme office do with it."""

from __future__ import annotations

from typing import Literal

import msgspec
from starlette.responses import Response

from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Id, Prose, Reason
from certmark.server.api.v2.words import NameCursor, name_cursor_of, name_cursor_text
from certmark.server.services import claims, products, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import Taken
from certmark.server.services.vendors import ShownVendor, VendorChange
from certmark.server.store.history import Deed as StoredDeed
from certmark.server.store.vendors import VendorRow, VendorState
from certmark.server.web.desk import (
    RunLine,
    asks,
    carried_out,
    confirmed,
    form_page,
    rights_towards,
    run_lines,
    sent,
    vendor_in,
)
from certmark.server.web.forms import Field, Form, Option, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

LIST = ("/vendors", "Vendors")
_PAGE, _RUNS, _DEEDS = 50, 10, 50


class VendorLine(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor in a list."""

    id: str
    name: str
    state: str
    """registered, pending, refused, approved, merged."""
    is_public: bool
    description: str


class VendorsPage(msgspec.Struct, frozen=True, kw_only=True):
    """Vendors, by name."""

    vendors: list[VendorLine]
    behind: str | None
    is_mine: bool
    is_known: bool


class ProductLine(msgspec.Struct, frozen=True, kw_only=True):
    """A product in a list."""

    id: str
    name: str
    kind: str
    is_public: bool


class VendorPage(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor, as somebody sees it."""

    vendor: VendorLine
    former: list[str]
    created: int
    reason: str | None
    """Of the last decision on it, for its people."""
    merged_into: str | None
    products: list[ProductLine]
    runs: list[RunLine]
    """Of its products, as far as whoever asks may see them, the newest first."""
    roles: list[str]
    """Of whoever asks, in it."""
    rights: list[str]
    """What whoever asks may do towards it."""


class WantedVendors(msgspec.Struct, frozen=True, kw_only=True):
    """Which vendors."""

    mine: Literal["", "yes"] = ""
    behind: NameCursor | None = None


class Deed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was done."""

    done: int
    by: str | None
    action: str
    reason: str
    detail: dict[str, object]


class HistoryPage(msgspec.Struct, frozen=True, kw_only=True):
    """What was done to a vendor or a product, the newest first."""

    of: str
    base: str
    deeds: list[Deed]
    behind: int | None


class BehindNumber(msgspec.Struct, frozen=True, kw_only=True):
    """Where a page of history begins."""

    behind: int | None = None


class NewVendor(msgspec.Struct, frozen=True, kw_only=True):
    """A vendor to be registered."""

    name: Word
    description: Prose = ""


class EditedVendor(msgspec.Struct, frozen=True, kw_only=True):
    """How it shall be."""

    name: Word
    description: Prose
    is_public: bool


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What the programme office decides on a vendor."""

    decision: Literal["approve", "refuse"]
    reason: Reason
    is_public: bool = False


class Merger(msgspec.Struct, frozen=True, kw_only=True):
    """Of which vendor it is a part from now on."""

    into: Id
    reason: Reason


def vendor_line(row: VendorRow) -> VendorLine:
    """A vendor as lists show it."""
    return VendorLine(
        id=ids.written(row.id),
        name=row.name,
        state=row.state.name.lower(),
        is_public=row.is_public,
        description=row.description,
    )


def base_of(row: VendorRow) -> str:
    """The path of a vendor's pages."""
    return f"/vendors/{ids.written(row.id)}"


def trail_of(row: VendorRow) -> tuple[tuple[str, str], ...]:
    """Where a page of a vendor stands."""
    return (LIST, (base_of(row), row.name))


def _list(services: Services, asked: PageRequest) -> Shown:
    wanted, is_known = asked.query(WantedVendors), asked.asker.identity is not None
    if wanted.mine and is_known:
        rows, behind = vendors.own(services, asked.asker), None
    else:
        state = VendorState.APPROVED
        rows, behind = vendors.listed(
            services, asked.asker, state=state, behind=name_cursor_of(wanted.behind), most=_PAGE
        )
    lines = [vendor_line(one) for one in rows]
    data = VendorsPage(
        vendors=lines, behind=name_cursor_text(behind), is_mine=bool(wanted.mine) and is_known, is_known=is_known
    )
    table = ("id", "name", "state", "description"), [(one.id, one.name, one.state, one.description) for one in lines]
    freshness = Freshness.PRIVATE if is_known else Freshness.PUBLIC
    return Shown("vendors/list.html.j2", "Vendors", data, section="vendors", csv=table, freshness=freshness)


def _show(services: Services, asked: PageRequest) -> Shown:
    shown = vendor_in(services, asked)
    row = shown.row
    found, _ = claims.of_vendor(services, asked.asker, row.id, None, _RUNS)
    data = VendorPage(
        vendor=vendor_line(row),
        former=shown.former,
        created=row.created,
        reason=row.reason if shown.sees_reason and row.reason else None,
        merged_into=None if row.merged_into is None else ids.written(row.merged_into),
        products=[
            ProductLine(id=ids.written(one.id), name=one.name, kind=one.kind, is_public=one.is_public)
            for one in products.of_vendor(services, asked.asker, row.id)
        ],
        runs=run_lines(found),
        roles=sorted(role.value for role in shown.roles),
        rights=list(rights_towards(services, asked, row.id)),
    )
    freshness = Freshness.PRIVATE if asked.asker.identity is not None else Freshness.PUBLIC
    return Shown("vendors/vendor.html.j2", row.name, data, section="vendors", freshness=freshness)


def _new_form() -> Form:
    return Form(
        path="/vendors/new",
        button="Register",
        fields=(
            Field(name="name", label="Name of the company", autocomplete="organization"),
            Field(
                name="description",
                label="Description",
                hint="Some sentences; everybody reads them once it is public.",
                kind="text",
                is_optional=True,
            ),
        ),
        back="/vendors",
    )


def _new(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - every handler takes these
    lead = ("You are its administrator. It is private until the programme office approves it.",)
    return form_page("Register a vendor", _new_form(), lead=lead, trail=(LIST,), section="vendors")


def _register(services: Services, asked: PageRequest) -> Shown | Response:
    def act(new: NewVendor, _: int | None) -> Response:
        shown = vendors.register(services, asked.asker, new.name, new.description)
        return done(asked, base_of(shown.row), "made")

    return sent(asked, _new(services, asked), act, NewVendor)


def _edit(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    hint = "" if row.state is not VendorState.APPROVED else "Only the programme office renames an approved vendor."
    form = Form(
        path=f"{base_of(row)}/edit",
        button="Save",
        fields=(
            Field(name="name", label="Name", hint=hint),
            Field(name="description", label="Description", kind="text", is_optional=True),
            Field(name="is_public", label="Everybody may see it", hint="Only once it is approved.", kind="check"),
        ),
        revision=row.revision,
        back=base_of(row),
    ).of(name=row.name, description=row.description, is_public=row.is_public)
    lead = ("Former names are kept, and find it.",)
    return form_page(f"Change {row.name}", form, lead=lead, trail=trail_of(row), section="vendors")


def _put(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: EditedVendor, revision: int | None) -> Response:
        change = VendorChange(
            None if new.name == row.name else new.name,
            None if new.description == row.description else new.description,
            None if new.is_public == row.is_public else new.is_public,
        )
        vendors.edit(services, asked.asker, row.id, change, revision)
        return done(asked, base_of(row), "saved")

    return sent(asked, _edit(services, asked), act, EditedVendor, {Taken: "name"})


def _ask(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    is_pending = row.state is VendorState.PENDING
    title = "Do not ask for approval any more?" if is_pending else "Ask for approval?"
    button = "Ask no more" if is_pending else "Ask the programme office"
    consequences = (
        ("It goes back to what it was: registered, and private.",)
        if is_pending
        else ("The programme office looks at the vendor, and approves or refuses it with a reason.",)
    )
    form = Form(path=f"{base_of(row)}/approval", button=button, revision=row.revision, back=base_of(row))
    return form_page(title, form, consequences=consequences, trail=trail_of(row), section="vendors")


def _asked_for(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row
    is_asked = row.state is not VendorState.PENDING

    def act(revision: int | None) -> ShownVendor:
        return vendors.ask(services, asked.asker, row.id, revision, is_asked=is_asked)

    return carried_out(asked, _ask(services, asked), act, base_of(row), "sent" if is_asked else "saved")


def _decide(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    reason = Field(name="reason", label="Reason", hint="Its people read it.", kind="text")
    public = Field(name="is_public", label="Let everybody see it from now on, where it is approved", kind="check")
    form = Form(
        path=f"{base_of(row)}/decision",
        button="Decide",
        fields=(_decision_field(), reason, public),
        revision=row.revision,
        back="/office",
    )
    lead = (row.description or "It has no description.",)
    return form_page(f"Decide on {row.name}", form, lead=lead, trail=(("/office", "Programme office"),))


def _decision_field() -> Field:
    options = (Option("", "Choose"), Option("approve", "Approve it"), Option("refuse", "Refuse it"))
    return Field(name="decision", label="Decision", kind="choice", options=options)


def _decided(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: Decision, revision: int | None) -> Response:
        vendors.decide(
            services,
            asked.asker,
            row.id,
            revision,
            is_approved=new.decision == "approve",
            reason=new.reason,
            is_public=new.is_public,
        )
        return done(asked, "/office", "decided")

    return sent(asked, _decide(services, asked), act, Decision, {Taken: "decision"})


def _merge(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    form = Form(
        path=f"{base_of(row)}/merger",
        button=f"Merge {row.name}",
        fields=(
            Field(name="into", label="Into which vendor", hint="Its id, as its page has it. It must be approved."),
            Field(name="reason", label="Reason", kind="text"),
        ),
        revision=row.revision,
        is_destructive=True,
        back=base_of(row),
    )
    consequences = (
        "Products, runs and members go to the other vendor; the name finds that one.",
        "Tokens, keys, publishers and invitations of this one end.",
        "It cannot be taken back.",
    )
    title = f"Merge {row.name} into another vendor?"
    return form_page(title, form, consequences=consequences, trail=trail_of(row), section="vendors")


def _merged(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(new: Merger, revision: int | None) -> Response:
        into = ids.read(new.into)
        vendors.merge(services, asked.asker, row.id, into, revision, reason=new.reason)
        return done(asked, f"/vendors/{new.into}", "saved")

    return sent(asked, _merge(services, asked), act, Merger)


def _ask_removal(services: Services, asked: PageRequest) -> Shown:
    row = vendor_in(services, asked).row
    form = confirmed(f"{base_of(row)}/delete", f"Forget {row.name}", base_of(row), row.revision)
    consequences = (
        "The vendor, its memberships, invitations, tokens, keys and publishers are gone.",
        "It works only for a vendor that was never approved and has no products and no runs.",
    )
    return form_page(f"Forget {row.name}?", form, consequences=consequences, trail=trail_of(row), section="vendors")


def _remove(services: Services, asked: PageRequest) -> Shown | Response:
    row = vendor_in(services, asked).row

    def act(revision: int | None) -> None:
        vendors.remove(services, asked.asker, row.id, revision)

    return carried_out(asked, _ask_removal(services, asked), act, "/my", "removed")


def _history(services: Services, asked: PageRequest) -> Shown:
    row, before = vendor_in(services, asked).row, asked.query(BehindNumber).behind
    deeds = vendors.past(services, asked.asker, row.id, before=before, most=_DEEDS + 1)
    return history_page(row.name, base_of(row), deeds)


def history_page(of: str, base: str, found: list[StoredDeed]) -> Shown:
    """What was done to a thing; `found` has one more than is shown where there is another page."""
    deeds = [
        Deed(done=one.moment, by=one.who, action=one.action, reason=one.reason, detail=dict(one.detail))
        for one in found[:_DEEDS]
    ]
    behind = found[_DEEDS - 1].number if len(found) > _DEEDS else None
    data = HistoryPage(of=of, base=base, deeds=deeds, behind=behind)
    title = f"History of {of}"
    return Shown("vendors/history.html.j2", title, data, section="vendors", freshness=Freshness.PRIVATE)


PAGES: tuple[PageRoute, ...] = (
    PageRoute("/vendors", _list, forms=("json", "csv")),
    *asks("/vendors/new", _new, _register),
    PageRoute("/vendors/{vendor}", _show),
    PageRoute("/vendors/{vendor}/history", _history),
    *asks("/vendors/{vendor}/edit", _edit, _put),
    *asks("/vendors/{vendor}/approval", _ask, _asked_for),
    *asks("/vendors/{vendor}/decision", _decide, _decided),
    *asks("/vendors/{vendor}/merger", _merge, _merged),
    *asks("/vendors/{vendor}/delete", _ask_removal, _remove),
)
