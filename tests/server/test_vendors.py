"""Vendors and their people: registered, approved, merged, renamed, joined and left; of two changes at once one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from certmark.domain.errors import CannotProceed
from certmark.domain.permissions import Right, Role
from certmark.domain.products import ProductKind
from certmark.server import ids
from certmark.server.asking import EVERYTHING, STRANGER, Asker
from certmark.server.opening import add_identity
from certmark.server.services import members, people, products, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, Outdated, WrongState
from certmark.server.services.offices import appoint as put_in_office
from certmark.server.services.products import ProductChange
from certmark.server.services.vendors import ShownVendor, VendorChange
from certmark.server.store import audit
from certmark.server.store.vendors import VendorState

pytestmark = pytest.mark.enable_socket
A_CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
Make = Callable[[str], Asker]


@pytest.fixture
def somebody(services: Services) -> Make:
    return lambda name: Asker(add_identity(services, name), name, EVERYTHING)


@pytest.fixture
def office(services: Services, somebody: Make) -> Asker:
    found = somebody("office")
    put_in_office(services, "office", frozenset({Role.OFFICE}), "The programme")
    return found


def approved(services: Services, asker: Asker, office: Asker, name: str) -> ShownVendor:
    found = vendors.register(services, asker, name, "")
    vendors.ask(services, asker, found.row.id, None, is_asked=True)
    return vendors.decide(services, office, found.row.id, None, is_approved=True, reason="known to us")


def join(services: Services, asker: Asker, vendor: bytes, who: Asker, *, is_administrator: bool = False) -> None:
    made = members.invite(services, asker, vendor, is_administrator=is_administrator, days=1)
    assert members.accept(services, who, made.word) == vendor


def person(asker: Asker) -> bytes:
    assert asker.identity is not None
    return asker.identity


def test_a_vendor_is_private_until_the_office_approves_it_with_a_reason(
    services: Services, ada: Asker, bob: Asker, office: Asker
) -> None:
    found = vendors.register(services, ada, "Example Clouds", "We run clouds.")
    assert found.roles == {Role.MEMBER, Role.ADMINISTRATOR}
    for stranger in (bob, STRANGER):
        with pytest.raises(NotFound):
            vendors.show(services, stranger, found.row.id)
    with pytest.raises(WrongState, match="not approved yet"):
        vendors.edit(services, ada, found.row.id, VendorChange(is_public=True), 1)
    asked = vendors.ask(services, ada, found.row.id, 1, is_asked=True)
    with pytest.raises(NotPermitted, match="decide-on-vendor"):
        vendors.decide(services, ada, found.row.id, 2, is_approved=True, reason="I say so")
    refused = vendors.decide(services, office, found.row.id, asked.row.revision, is_approved=False, reason="Who?")
    assert (refused.row.state, refused.row.reason) == (VendorState.REFUSED, "Who?")
    vendors.ask(services, ada, found.row.id, None, is_asked=True)
    vendors.decide(services, office, found.row.id, None, is_approved=True, reason="They called.")
    vendors.edit(services, ada, found.row.id, VendorChange(is_public=True), None)
    shown = vendors.show(services, STRANGER, found.row.id)
    assert (shown.row.state, shown.sees_reason) == (VendorState.APPROVED, False)
    past = vendors.past(services, ada, found.row.id, before=None, most=10)
    assert [deed.action for deed in past] == [
        "vendor.edit",
        "vendor.approve",
        "vendor.ask",
        "vendor.refuse",
        "vendor.ask",
        "vendor.register",
    ]
    assert (past[1].who, past[1].reason) == ("office", "They called.")


def test_of_two_who_change_one_thing_at_once_the_second_is_told(services: Services, ada: Asker) -> None:
    found = vendors.register(services, ada, "Example", "")
    vendors.edit(services, ada, found.row.id, VendorChange(description="first"), found.row.revision)
    with pytest.raises(Outdated, match="somebody else changed it"):
        vendors.edit(services, ada, found.row.id, VendorChange(description="second"), found.row.revision)
    assert vendors.show(services, ada, found.row.id).row.description == "first"


def test_renaming_keeps_the_old_name_and_only_the_office_renames_who_is_approved(
    services: Services, ada: Asker, office: Asker
) -> None:
    found = approved(services, ada, office, "Old  Name")
    with pytest.raises(NotPermitted, match="rename-approved-vendor"):
        vendors.edit(services, ada, found.row.id, VendorChange(name="New Name"), None)
    shown = vendors.edit(services, office, found.row.id, VendorChange(name="New Name"), None)
    assert shown.former == ["Old  Name"]
    for name in ("old name", "NEW NAME"):
        assert [row.id for row in vendors.named(services, ada, name)] == [found.row.id]


def test_two_approved_vendors_never_have_one_name(services: Services, ada: Asker, bob: Asker, office: Asker) -> None:
    approved(services, ada, office, "Example")
    other = vendors.register(services, bob, "EXAMPLE", "")
    vendors.ask(services, bob, other.row.id, None, is_asked=True)
    with pytest.raises(WrongState, match="has this name already"):
        vendors.decide(services, office, other.row.id, None, is_approved=True, reason="yes")
    assert vendors.show(services, bob, other.row.id).row.state is VendorState.PENDING


def test_a_link_makes_one_person_a_member_once(services: Services, ada: Asker, bob: Asker, somebody: Make) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    made = members.invite(services, ada, vendor, is_administrator=False, days=1)
    assert made.link.partition("#")[2] == made.word
    assert made.word not in repr(members.invitations(services, ada, vendor))
    assert members.accept(services, bob, made.word) == vendor
    with pytest.raises(NotFound, match="does not hold"):
        members.accept(services, somebody("eve"), made.word)
    again = members.invite(services, ada, vendor, is_administrator=True, days=1)
    with pytest.raises(WrongState, match="a member of this vendor already"):
        members.accept(services, bob, again.word)
    assert len(members.invitations(services, ada, vendor)) == 1
    members.withdraw(services, ada, vendor, again.invitation.digest)
    with pytest.raises(NotFound):
        members.accept(services, somebody("kim"), again.word)
    with pytest.raises(NotPermitted, match="manage-members"):
        members.invite(services, bob, vendor, is_administrator=False, days=1)


def test_a_link_ends(services: Services, ada: Asker, bob: Asker) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    made = members.invite(services, ada, vendor, is_administrator=False, days=1)
    later = Services(**{**vars(services), "clock": lambda: made.invitation.expires})
    with pytest.raises(NotFound, match="does not hold"):
        members.accept(later, bob, made.word)


def test_the_last_administrator_stays_until_another_one_is_there(services: Services, ada: Asker, bob: Asker) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    join(services, ada, vendor, bob)
    for leave in (
        lambda: members.remove(services, ada, vendor, person(ada)),
        lambda: members.put(services, ada, vendor, person(ada), is_administrator=False),
    ):
        with pytest.raises(WrongState, match="last administrator"):
            leave()
    with pytest.raises(NotPermitted):
        members.remove(services, bob, vendor, person(ada))
    found = members.hand_over(services, ada, vendor, person(bob))
    assert {one.name: Role.ADMINISTRATOR in one.roles for one in found} == {"ada": False, "bob": True}
    members.remove(services, ada, vendor, person(ada))
    with pytest.raises(NotFound):
        vendors.show(services, ada, vendor)


def test_only_the_office_appoints_the_one_designate_and_only_they_accept_an_agreement(
    services: Services, ada: Asker, bob: Asker, office: Asker
) -> None:
    vendor = approved(services, ada, office, "Example").row.id
    join(services, ada, vendor, bob)
    with pytest.raises(NotPermitted, match="publish-agreement"):
        vendors.publish_agreement(services, ada, "Mark", "1", b"text")
    agreement = vendors.publish_agreement(services, office, "Mark", "1", b"text")
    assert vendors.publish_agreement(services, office, "Mark", "1", b"text") == agreement
    with pytest.raises(WrongState, match="another version"):
        vendors.publish_agreement(services, office, "Mark", "1", b"other text")
    with pytest.raises(NotPermitted, match="appoint-designate"):
        members.appoint(services, ada, vendor, Role.DESIGNATE, person(ada), reason="me")
    members.appoint(services, office, vendor, Role.DESIGNATE, person(ada), reason="letter of 3 May")
    found = members.appoint(services, office, vendor, Role.DESIGNATE, person(bob), reason="letter of 9 May")
    assert [one.name for one in found if Role.DESIGNATE in one.roles] == ["bob"]
    with pytest.raises(WrongState, match="both designate and deputy"):
        members.appoint(services, office, vendor, Role.DEPUTY, person(bob), reason="both")
    with pytest.raises(NotPermitted, match="accept-agreement"):
        vendors.accept(services, ada, vendor, agreement.digest)
    with pytest.raises(NotFound, match="by the SHA-256 of its text"):
        vendors.accept(services, bob, vendor, b"x" * 32)
    (accepted,) = vendors.accept(services, bob, vendor, agreement.digest)
    assert (accepted.agreement, accepted.who) == (agreement, "bob")
    with pytest.raises(WrongState, match="accepted already"):
        vendors.accept(services, bob, vendor, agreement.digest)
    with pytest.raises(WrongState, match="must release them first"):
        members.remove(services, ada, vendor, person(bob))
    reasons = [deed.reason for deed in vendors.past(services, ada, vendor, before=None, most=20) if deed.reason]
    assert reasons == ["letter of 9 May", "letter of 3 May", "known to us"]


def test_a_merged_vendor_gives_products_and_people_and_its_name_finds_the_other(
    services: Services, ada: Asker, bob: Asker, office: Asker
) -> None:
    small, large = approved(services, ada, office, "Small"), approved(services, bob, office, "Large")
    product = products.add(services, ada, small.row.id, name="Cloud", kind=ProductKind.PUBLIC_CLOUD, description="")
    with pytest.raises(NotPermitted):
        vendors.merge(services, ada, small.row.id, small.row.id, None, reason="me")
    with pytest.raises(WrongState, match="into another one"):
        vendors.merge(services, office, small.row.id, small.row.id, None, reason="bought")
    shown = vendors.merge(services, office, small.row.id, large.row.id, small.row.revision, reason="bought")
    assert (shown.row.state, shown.row.merged_into) == (VendorState.MERGED, large.row.id)
    assert products.show(services, bob, product.row.id).row.vendor == large.row.id
    assert large.row.id in {row.id for row in vendors.named(services, bob, "small")}
    assert {one.name for one in members.listed(services, bob, large.row.id)} == {"ada", "bob"}
    with pytest.raises(WrongState, match="was merged into"):
        vendors.edit(services, ada, small.row.id, VendorChange(description="x"), None)
    with pytest.raises(NotPermitted):
        products.edit(services, ada, product.row.id, ProductChange(description="x"), None)


def test_who_belonged_to_a_merged_vendor_may_leave_it(
    services: Services, ada: Asker, bob: Asker, office: Asker
) -> None:
    small, large = approved(services, ada, office, "Small"), approved(services, bob, office, "Large")
    members.appoint(services, office, small.row.id, Role.DESIGNATE, person(ada), reason="letter")
    with pytest.raises(WrongState, match="must release them first"):
        members.remove(services, ada, small.row.id, person(ada))
    vendors.merge(services, office, small.row.id, large.row.id, None, reason="bought")
    members.remove(services, ada, small.row.id, person(ada))
    people.erase(services, ada)
    assert [one.name for one in members.listed(services, bob, large.row.id)] == ["bob"]


def test_two_products_of_one_name_stop_a_merger_whole(
    services: Services, ada: Asker, bob: Asker, office: Asker
) -> None:
    small, large = approved(services, ada, office, "Small"), approved(services, bob, office, "Large")
    for asker, vendor in ((ada, small), (bob, large)):
        products.add(services, asker, vendor.row.id, name="Cloud", kind=ProductKind.APPLIANCE, description="")
    with pytest.raises(WrongState, match="a product of one name"):
        vendors.merge(services, office, small.row.id, large.row.id, None, reason="bought")
    assert vendors.show(services, ada, small.row.id).row == small.row


def test_a_product_is_public_where_it_and_its_vendor_are(services: Services, ada: Asker, office: Asker) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    product = products.add(services, ada, vendor, name="Cloud", kind=ProductKind.DISTRIBUTION, description="").row
    with pytest.raises(WrongState, match="not approved yet"):
        products.edit(services, ada, product.id, ProductChange(is_public=True), None)
    vendors.ask(services, ada, vendor, None, is_asked=True)
    vendors.decide(services, office, vendor, None, is_approved=True, reason="yes")
    products.edit(services, ada, product.id, ProductChange(is_public=True), None)
    with pytest.raises(NotFound):
        products.show(services, STRANGER, product.id)
    vendors.edit(services, ada, vendor, VendorChange(is_public=True), None)
    assert products.show(services, STRANGER, product.id).row.name == "Cloud"
    assert [row.id for row in products.listed(services, STRANGER, kind=None, behind=("", b""), most=5)[0]] == [
        product.id
    ]
    with pytest.raises(NotKnown):
        products.past(services, STRANGER, product.id, before=None, most=5)


def test_versions_name_the_clouds_at_which_they_can_be_tested(services: Services, ada: Asker) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    product = products.add(services, ada, vendor, name="Cloud", kind=ProductKind.PUBLIC_CLOUD, description="").row
    version = products.add_version(
        services,
        ada,
        product.id,
        "1.0",
        [A_CLOUD, A_CLOUD.upper().replace("CLOUD", "cloud").replace("REGIONONE", "RegionOne")],
    )
    assert version.clouds == (A_CLOUD,)
    with pytest.raises(Exception, match="has a slip in it"):
        products.add_version(services, ada, product.id, "1.1", [A_CLOUD.replace("000g", "000h")])
    with pytest.raises(WrongState, match="a version of this name"):
        products.add_version(services, ada, product.id, "1.0", [])
    changed = products.edit_version(services, ada, version.row.id, 1, name="1.0.1", clouds=[])
    assert changed == products.version(services, ada, version.row.id)
    with pytest.raises(Outdated):
        products.remove_version(services, ada, version.row.id, 1)
    with pytest.raises(WrongState, match="has versions"):
        products.remove(services, ada, product.id, None)
    products.remove_version(services, ada, version.row.id, 2)
    products.remove(services, ada, product.id, None)
    with pytest.raises(NotFound):
        products.show(services, ada, product.id)


def test_lists_go_on_where_a_page_ended(services: Services, ada: Asker) -> None:
    for name in ("c", "A", "b", "B"):
        vendors.register(services, ada, name, "")
    first, behind = vendors.listed(services, ada, state=None, behind=("", b""), most=3)
    assert behind is not None
    second, end = vendors.listed(services, ada, state=None, behind=behind, most=3)
    assert [row.name.lower() for row in first + second] == ["a", "b", "b", "c"]
    assert end is None
    assert len(vendors.own(services, ada)) == 4
    assert vendors.listed(services, STRANGER, state=None, behind=("", b""), most=3) == ([], None)


def test_what_a_programme_overrides_holds_in_every_question(services: Services, ada: Asker, office: Asker) -> None:
    from certmark.domain.permissions import AccessRules

    closed = AccessRules({Right.SEE_PUBLIC_VENDOR: frozenset({Role.USER}), Right.SEE_VENDOR: frozenset({Role.OFFICE})})
    vendor = approved(services, ada, office, "Example").row.id
    vendors.edit(services, ada, vendor, VendorChange(is_public=True), None)
    assert vendors.show(services, STRANGER, vendor)
    with pytest.raises(NotFound):
        vendors.show(services, STRANGER._replace(rules=closed), vendor)
    assert vendors.show(services, ada._replace(rules=closed), vendor)
    private = vendors.register(services, ada, "Other", "").row.id
    with pytest.raises(NotFound):
        vendors.show(services, ada._replace(rules=closed), private)
    assert vendors.show(services, office._replace(rules=closed), private)


def test_ids_are_written_as_uuids_in_history(services: Services, ada: Asker, bob: Asker) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    join(services, ada, vendor, bob)
    (deed, *_) = vendors.past(services, ada, vendor, before=None, most=1)
    assert deed.detail == {"person": ids.written(person(bob)), "invited_by": ids.written(person(ada))}


def at_once(*doings: Callable[[], object]) -> list[type[BaseException] | None]:
    """What each ended with, all begun at one moment."""
    start = threading.Barrier(len(doings))

    def do(doing: Callable[[], object]) -> type[BaseException] | None:
        start.wait(60)
        try:
            doing()
        except (Outdated, WrongState, NotPermitted) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(do, doings))


def test_of_many_at_the_same_moment_one_wins_and_an_administrator_stays(
    services: Services, ada: Asker, bob: Asker
) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    join(services, ada, vendor, bob, is_administrator=True)
    revision = vendors.show(services, ada, vendor).row.revision
    ended = at_once(
        *(
            partial(vendors.edit, services, who, vendor, VendorChange(description=str(number)), revision)
            for number, who in enumerate((ada, bob, ada, bob))
        )
    )
    assert (ended.count(None), ended.count(Outdated)) == (1, 3)
    ended = at_once(
        partial(members.put, services, ada, vendor, person(bob), is_administrator=False),
        partial(members.put, services, bob, vendor, person(ada), is_administrator=False),
    )
    assert ended.count(None) == 1
    (left,) = [one.name for one in members.listed(services, ada, vendor) if Role.ADMINISTRATOR in one.roles]
    assert left in {"ada", "bob"}


def test_a_link_that_two_use_at_once_lets_one_in(services: Services, ada: Asker, bob: Asker, somebody: Make) -> None:
    vendor = vendors.register(services, ada, "Example", "").row.id
    word = members.invite(services, ada, vendor, is_administrator=False, days=1).word
    found = []

    def use(who: Asker) -> None:
        with suppress(NotFound):
            found.append(members.accept(services, who, word))

    at_once(partial(use, bob), partial(use, somebody("eve")))
    assert found == [vendor]
    assert len(members.listed(services, ada, vendor)) == 2


def test_a_change_whose_entry_cannot_be_written_is_none(
    services: Services, ada: Asker, bob: Asker, office: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = approved(services, ada, office, "Example").row.id
    join(services, ada, vendor, bob)
    product = products.add(services, ada, vendor, name="Cloud", kind=ProductKind.APPLIANCE, description="").row
    version = products.add_version(services, ada, product.id, "1", []).row

    def state() -> object:
        return (
            vendors.show(services, ada, vendor),
            members.listed(services, ada, vendor),
            members.invitations(services, ada, vendor),
            products.show(services, ada, product.id),
            products.versions(services, ada, product.id),
            vendors.own(services, ada),
            vendors.every_agreement(services, ada),
        )

    before = state()

    def full(*_: object) -> None:
        raise CannotProceed("no room for an entry")

    monkeypatch.setattr(audit, "note", full)
    for change in (
        partial(vendors.register, services, ada, "Other", ""),
        partial(vendors.edit, services, ada, vendor, VendorChange(description="x"), None),
        partial(vendors.publish_agreement, services, office, "Mark", "1", b"text"),
        partial(members.invite, services, ada, vendor, is_administrator=False, days=1),
        partial(members.put, services, ada, vendor, person(bob), is_administrator=True),
        partial(members.remove, services, ada, vendor, person(bob)),
        partial(members.hand_over, services, ada, vendor, person(bob)),
        partial(members.appoint, services, office, vendor, Role.DESIGNATE, person(bob), reason="x"),
        partial(products.edit, services, ada, product.id, ProductChange(name="x"), None),
        partial(products.add_version, services, ada, product.id, "2", []),
        partial(products.edit_version, services, ada, version.id, None, name="3", clouds=None),
        partial(products.remove_version, services, ada, version.id, None),
    ):
        with pytest.raises(CannotProceed, match="no room for an entry"):
            change()
    assert state() == before
