"""Vendors, products and people through RefStack's API: each request and its answer, field by field, as it was.

Where an answer is another one than RefStack's, the case says which fault of it is not copied.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import requests
from starlette.requests import Request

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, OPERATOR, STRANGER, Asker, TokenScope
from certmark.server.opening import create, services_of
from certmark.server.services import accounts, claims, offices, runs, vendors
from certmark.server.services.context import Services
from certmark.server.services.openids import REFSTACK
from certmark.server.services.runs import AboutRun
from certmark.server.services.vendors import VendorChange
from certmark.server.settings import read_settings
from certmark.server.store import vendors as stored
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.migrating import migrate
from support.postgres import Postgres
from support.server import answering

pytestmark = pytest.mark.enable_socket
ISSUER = "https://id.example.org"
OPENIDS = {name: f"{ISSUER}#{name}" for name in ("ada", "bob", "eve", "office")} | {
    "old": "https://openstackid.org/old.hand?x"
}
"""Old came from RefStack, and is called as they were there."""
DATE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z")
NOWHERE = "00000000-0000-4000-8000-000000000000"
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
Answer = tuple[int, Any]


def b64(openid: str) -> str:
    return b64encode(openid.encode()).decode()


class Place:
    """A server that believes the header `Who`."""

    def __init__(self, root: str, services: Services, people: Mapping[str, Asker]) -> None:
        self.root, self.services, self.people = root, services, people

    def ask(self, who: str, method: str, path: str, sent: Any = None, **more: Any) -> Answer:
        """The status and what came as JSON; `sent` goes as such."""
        answer = self.raw(who, method, f"/v1{path}", sent, **more)
        return answer.status_code, answer.json() if answer.content else None

    def raw(self, who: str, method: str, path: str, sent: Any = None, **more: Any) -> requests.Response:
        data = sent if sent is None or isinstance(sent, bytes) else json.dumps(sent)
        url, headers = self.root + path, {"Who": who}
        return requests.request(method, url, data=data, headers=headers, timeout=60, allow_redirects=False, **more)

    def made(self, who: str, path: str, sent: Any) -> str:
        status, answer = self.ask(who, "POST", path, sent)
        assert status == 201, answer
        return str(answer["id"])

    def vendor(self, name: str = "Example", who: str = "ada") -> str:
        return self.made(who, "/vendors", {"name": name})

    def official(self, name: str, who: str = "ada") -> str:
        vendor = self.vendor(name, who)
        assert self.ask(who, "POST", f"/vendors/{vendor}/action", {"register": None}) == (200, None)
        assert self.ask("office", "POST", f"/vendors/{vendor}/action", {"approve": None}) == (200, None)
        return vendor

    def product(self, vendor: str, name: str = "Cloud") -> str:
        return self.made("ada", "/products", {"name": name, "product_type": 1, "organization_id": vendor})

    def with_run(self, vendor: str, name: str, folder: Any) -> tuple[str, str]:
        """A product with a run, and its version that has it."""
        product = self.product(vendor, name)
        status, version = self.ask("ada", "POST", f"/products/{product}/versions", {"version": "1"})
        assert status == 201
        file = folder / "r.xml"
        file.write_bytes(RESULTS)
        run = runs.receive(self.services, self.people["ada"], file, AboutRun(name="r.xml"))
        claims.attach(self.services, self.people["ada"], run.id, ids.read(version["id"]))
        return product, str(version["id"])


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("server")
    url = f"sqlite:///{folder / 'certmark.sqlite'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("create database refstack_vendors")
        url = server.url("refstack_vendors")
    migrate(url)
    settings = read_settings(None, {}, data=str(folder), database_url=url)
    create(settings)
    with services_of(settings) as services:
        people = {name: _person(services, openid) for name, openid in OPENIDS.items()}
        offices.appoint(services, people["office"].name, frozenset({Role.OFFICE}), "Programme")
        token = people["ada"]._replace(scopes=frozenset({TokenScope.READ, TokenScope.SUBMIT}))
        people |= {"": STRANGER, "token": token}

        def identify(asked: Request) -> Asker:
            return people[asked.headers.get("who", "")]

        with answering(application(services, identify)) as root:
            yield Place(root, services, people)
    if request.param == "postgresql":
        server.run("drop database refstack_vendors with (force)")


def _person(services: Services, openid: str) -> Asker:
    issuer, _, subject = openid.partition("#") if "#" in openid else (REFSTACK, "", openid)
    with services.database.write() as transaction:
        mail = f"{subject[-4:].strip('/')}@example.org"
        account = StoredAccount(b"", issuer, subject, f"Full {subject[-4:]}", mail, 0, 0)
        found = accounts.known(services, transaction, account, OPERATOR)
    return Asker(found.identity, accounts.name_of(issuer, subject), EVERYTHING)


def without_dates(found: dict[str, Any]) -> dict[str, Any]:
    """The same, where both dates were as they should be."""
    assert all(DATE.match(found.pop(name)) for name in ("created_at", "updated_at")), found
    return found


def test_a_vendor_goes_all_the_way_and_back_and_each_state_is_what_it_was_to_refstack(place: Place) -> None:
    vendor = place.made("ada", "/vendors", {"name": "Whole way", "description": "Clouds"})
    path, act = f"/vendors/{vendor}", f"/vendors/{vendor}/action"
    short = {"id": vendor, "type": 1, "name": "Whole way", "description": "Clouds", "can_manage": True}
    more = {"group_id": vendor, "created_by_user": OPENIDS["ada"], "properties": None}
    status, found = place.ask("ada", "GET", path)
    assert (status, without_dates(found)) == (200, {**short, **more})
    reason = "registration_decline_reason"
    steps: tuple[tuple[str, dict[str, Any], int, int, str | None], ...] = (
        ("ada", {"cancel": 1}, 400, 1, None),
        ("office", {"approve": 1}, 400, 1, None),
        ("ada", {"register": None}, 200, 2, None),
        ("ada", {"register": ""}, 400, 2, None),
        ("ada", {"approve": True}, 403, 2, None),
        ("office", {"cancel": True}, 403, 2, None),
        ("ada", {"cancel": {}}, 200, 1, None),
        ("ada", {"register": []}, 200, 2, None),
        ("office", {"deny": 1}, 400, 2, None),
        ("office", {"deny": 1, reason: " "}, 400, 2, None),
        ("office", {"deny": 1, reason: "no letter"}, 200, 1, "no letter"),
        ("ada", {"register": 1}, 200, 2, "no letter"),
        ("office", {}, 400, 2, "no letter"),
        ("office", {"approve": 1, "deny": 1, reason: "x"}, 400, 2, "no letter"),
        ("office", {"approve": 1}, 200, 3, None),
        ("office", {"deny": 1, reason: "late"}, 400, 3, None),
    )
    for who, sent, status, kind, why in steps:
        got, answer = place.ask(who, "POST", act, sent)
        assert got == status, (sent, answer)
        assert answer is None or set(answer) == ({"title", "code"} if status == 400 else {"code", "title", "detail"})
        _, found = place.ask("ada", "GET", path)
        assert (found["type"], found["properties"]) == (kind, why and json.dumps({reason: why})), sent
    assert place.ask("", "GET", path) == (200, {**short, "type": 3, "can_manage": False})
    assert place.ask("office", "GET", path)[1]["can_manage"] is True
    # What happened is seen through the other door, too.
    shown = place.raw("ada", "GET", f"/api/v2{path}").json()
    assert (shown["state"], shown["is_public"], shown["name"]) == ("approved", True, "Whole way")


def test_who_may_not_see_a_vendor_is_told_that_there_is_none(place: Place) -> None:
    """RefStack said 403, by which one learnt that it is there."""
    vendor = place.vendor("Hidden")
    for who in ("", "bob"):
        status, answer = place.ask(who, "GET", f"/vendors/{vendor}")
        assert (status, set(answer)) == (404, {"title", "code"})
        assert place.ask(who, "GET", f"/vendors/{NOWHERE}")[0] == 404
    for word in ("schema", "x", vendor[:-1]):
        assert place.ask("ada", "GET", f"/vendors/{word}")[0] == 404
    assert place.ask("ada", "GET", f"/vendors/{vendor.upper()}")[1]["id"] == vendor


def test_lists_have_what_one_may_see_and_say_what_one_may_manage(place: Place) -> None:
    own, official = place.vendor("Of a list"), place.official("Official of a list", "bob")
    seen = {
        who: {one["id"]: one for one in place.ask(who, "GET", "/vendors")[1]["vendors"]}
        for who in ("", "ada", "bob", "office")
    }
    assert {who: (own in found, official in found) for who, found in seen.items()} == {
        "": (False, True),
        "ada": (True, True),
        "bob": (False, True),
        "office": (True, True),
    }
    expected = {"id": official, "type": 3, "name": "Official of a list", "description": None}
    assert seen[""][official] == expected | {"can_manage": False}
    assert seen["bob"][official] == expected | {"can_manage": True}
    assert [seen["ada"][own]["can_manage"], seen["office"][own]["can_manage"]] == [True, True]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no json", 400),
        (b"[]", 400),
        ({}, 400),
        ({"name": 1}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 201}, 400),  # D4: RefStack broke on more than 80 signs
        ({"name": "a\u0000b"}, 400),
        ({"name": "x", "type": 0}, 400),
        ({"name": "Naïve ☁", "description": "d" * 4000}, 201),
    ],
)
def test_a_new_vendor_is_looked_at(place: Place, sent: Any, status: int) -> None:
    got, answer = place.ask("ada", "POST", "/vendors", sent)
    assert got == status, answer
    if status == 400:
        assert (answer["code"], set(answer)) == (400, {"code", "title"})


def test_who_must_say_who_they_are_is_told_so(place: Place) -> None:
    vendor = place.vendor("Asked for")
    product = place.product(vendor)
    for method, path, sent in (
        ("POST", "/vendors", {"name": "x"}),
        ("PUT", f"/vendors/{vendor}", {"name": "x"}),
        ("DELETE", f"/vendors/{vendor}", None),
        ("POST", f"/vendors/{vendor}/action", {"register": 1}),
        ("GET", f"/vendors/{vendor}/users", None),
        ("PUT", f"/vendors/{vendor}/users/{b64(OPENIDS['bob'])}", None),
        ("POST", "/products", {"name": "x", "product_type": 0}),
        ("PUT", f"/products/{product}", {"name": "x"}),
        ("DELETE", f"/products/{product}", None),
        ("POST", f"/products/{product}/versions", {"version": "2"}),
        ("GET", "/profile", None),
        ("GET", "/profile/pubkeys", None),
        ("POST", "/profile/pubkeys", {"raw_key": "x", "self_signature": "x"}),
        ("DELETE", f"/profile/pubkeys/{NOWHERE}", None),
    ):
        status, answer = place.ask("", method, path, sent)
        assert (status, answer["title"], set(answer)) == (401, "Unauthorized", {"code", "title", "detail"}), path
        if method != "GET":  # a token of ours reads and sends, and never manages
            assert place.ask("token", method, path, sent)[0] == 403, path


def test_what_is_put_of_a_vendor_comes_back_and_what_is_left_out_stays(place: Place) -> None:
    vendor = place.vendor("To be put")
    path, sent = f"/vendors/{vendor}", {"website": "https://example.org", "n": [1, {"a": None}], "ü": "☁"}
    for change, name, description, properties in (
        ({"properties": sent}, "To be put", None, sent),
        ({"description": "text", "whatever": 1}, "To be put", "text", sent),
        ({"name": "Put"}, "Put", "text", sent),
        ({"properties": json.dumps(sent | {"b": 2})}, "Put", "text", sent | {"b": 2}),  # as it was answered
        ({"description": None, "properties": {}}, "Put", None, None),
        ({}, "Put", None, None),
    ):
        status, found = place.ask("ada", "PUT", path, change)
        assert status == 200, found
        assert (found["name"], found["description"]) == (name, description)
        assert found["properties"] is None or isinstance(found["properties"], str)
        assert (found["properties"] and json.loads(found["properties"])) == properties
        assert place.ask("ada", "GET", path)[1] == found
    deep = json.dumps({"properties": {}}).replace("{}", '{"a":' * 30 + "1" + "}" * 30).encode()
    for bad in ({"name": None}, {"name": ""}, {"properties": "x"}, {"properties": [1]}, {"properties": 7}, deep):
        assert place.ask("ada", "PUT", path, bad)[0] == 400, bad
    for odd in ({"a": 1e300}, {"a": -0.5}, {"\u2028": "\u0000"}, {"a": 10**40}):
        assert json.loads(place.ask("ada", "PUT", path, {"properties": odd})[1]["properties"]) == odd
        assert place.raw("ada", "GET", f"/api/v2{path}").status_code == 200
    place.ask("ada", "PUT", path, {"properties": {"a": 1}})
    assert place.raw("ada", "GET", f"/api/v2{path}").json()["properties"] == {"a": 1}


def test_a_reason_is_not_doubled_by_a_client_that_sends_all_properties_back(place: Place) -> None:
    vendor, reason = place.vendor("Refused"), "registration_decline_reason"
    act = f"/vendors/{vendor}/action"
    place.ask("ada", "POST", act, {"register": 1})
    place.ask("office", "POST", act, {"deny": 1, reason: "no"})
    found = place.ask("ada", "GET", f"/vendors/{vendor}")[1]["properties"]
    sent = json.loads(found) | {"a": 1}
    assert json.loads(place.ask("ada", "PUT", f"/vendors/{vendor}", {"properties": sent})[1]["properties"]) == sent
    place.ask("ada", "POST", act, {"register": 1})
    place.ask("office", "POST", act, {"approve": 1})
    assert place.ask("ada", "GET", f"/vendors/{vendor}")[1]["properties"] == '{"a": 1}'


def test_two_official_vendors_never_have_one_name_and_an_official_one_is_renamed_by_the_office(place: Place) -> None:
    place.official("One name")
    other = place.vendor("One name")
    place.ask("ada", "POST", f"/vendors/{other}/action", {"register": 1})
    status, answer = place.ask("office", "POST", f"/vendors/{other}/action", {"approve": 1})
    assert (status, answer["code"]) == (409, 409)
    official = place.official("Renamed")
    assert place.ask("ada", "PUT", f"/vendors/{official}", {"name": "x"})[0] == 403
    assert place.ask("ada", "PUT", f"/vendors/{official}", {"name": "Renamed", "description": "d"})[0] == 200
    status, found = place.ask("office", "PUT", f"/vendors/{official}", {"name": "Renamed anew"})
    assert (status, found["name"]) == (200, "Renamed anew")
    assert place.ask("office", "PUT", f"/vendors/{official}", {"name": "One name"})[0] == 409


def test_a_vendor_goes_with_its_products_unless_runs_belong_to_them(place: Place, tmp_path: Any) -> None:
    vendor, used = place.vendor("Goes"), place.vendor("Stays")
    product = place.product(vendor)
    place.with_run(used, "Used", tmp_path)
    assert place.ask("bob", "DELETE", f"/vendors/{vendor}")[0] == 404
    assert place.ask("ada", "DELETE", f"/vendors/{vendor}") == (204, None)
    assert place.ask("ada", "GET", f"/vendors/{vendor}")[0] == 404
    assert place.ask("ada", "GET", f"/products/{product}")[0] == 404
    status, answer = place.ask("ada", "DELETE", f"/vendors/{used}")
    assert (status, answer["code"], "runs" in answer["title"]) == (400, 400, True)
    # Others rely on what is official: it is merged into another one, and does not vanish.
    assert place.ask("ada", "DELETE", f"/vendors/{place.official('Official stays')}")[0] == 400


def test_the_organisation_of_the_programme_is_of_type_0_and_nobody_decides_on_it(place: Place) -> None:
    official = vendors.show(place.services, place.people["office"], ids.read(place.official("The Office"))).row
    foundation = official._replace(id=ids.new_id(1), name="Foundation", folded="foundation", is_programme=True)
    with place.services.database.write() as transaction:
        stored.add(transaction, foundation)
    vendor = ids.written(foundation.id)
    assert place.ask("", "GET", f"/vendors/{vendor}")[1]["type"] == 0
    for method, path, sent in (("DELETE", "", None), ("POST", "/action", {"register": 1})):
        assert place.ask("office", method, f"/vendors/{vendor}{path}", sent)[0] == 403


def test_users_are_named_by_base64_and_no_vendor_is_left_without_an_administrator(place: Place) -> None:
    vendor = place.vendor("With users")
    path = f"/vendors/{vendor}/users"
    bob, old = f"{path}/{b64(OPENIDS['bob'])}", f"{path}/{b64(OPENIDS['old'])}"
    ada = {"openid": OPENIDS["ada"], "fullname": "Full ada", "email": "ada@example.org"}
    assert place.ask("ada", "GET", path) == (200, [ada])
    assert place.ask("bob", "GET", path) == (200, None)
    assert place.ask("bob", "PUT", bob)[0] == 404
    status, answer = place.ask("ada", "PUT", bob)  # D13: a vendor took in whomever it named
    assert (status, "must agree" in answer["detail"]) == (403, True)
    for _ in range(2):  # D4: RefStack had them twice then
        assert place.ask("office", "PUT", bob) == (204, None)
        assert place.ask("office", "PUT", old) == (204, None)
    assert place.ask("ada", "PUT", bob) == (204, None)  # who is one
    # Addresses are for who manages the members, as everybody did there, and for whose they are.
    others = [
        {"openid": OPENIDS["bob"], "fullname": "Full bob", "email": "bob@example.org"},
        {"openid": OPENIDS["old"], "fullname": "Full nd?x", "email": "nd?x@example.org"},
    ]
    for who in ("ada", "office"):
        listed = sorted(place.ask(who, "GET", path)[1], key=lambda one: str(one["openid"]))
        assert listed == [ada, *others]
    assert [one["email"] for one in place.ask("bob", "GET", path)[1] if one["email"]] == ["bob@example.org"]
    # A member is no administrator here, as everybody was there.
    assert place.ask("bob", "GET", f"/vendors/{vendor}")[1]["can_manage"] is False
    assert place.ask("bob", "PUT", f"/vendors/{vendor}", {"name": "x"})[0] == 403
    assert place.ask("bob", "DELETE", f"/vendors/{vendor}")[0] == 403
    assert place.ask("bob", "PUT", f"{path}/{b64(OPENIDS['eve'])}")[0] == 403
    assert place.ask("bob", "DELETE", f"{path}/{b64(OPENIDS['ada'])}")[0] == 403
    for word, status in (("%%%", 400), ("a", 400), (b64("nobody"), 404), (b64("\u00e9"), 404), ("%FF", 400)):
        assert place.ask("office", "PUT", f"{path}/{word}")[0] == status, word
        if status == 404:  # a vendor learns of nobody whether they have an account here
            both = [place.ask("ada", "PUT", f"{path}/{one}") for one in (word, b64(OPENIDS["eve"]))]
            assert [one[0] for one in both] == [403, 403]
            assert both[0] == both[1]
            both = [place.ask("ada", "DELETE", f"{path}/{one}") for one in (word, b64(OPENIDS["eve"]))]
            assert both[0] == both[1]
        assert place.ask("ada", "DELETE", f"{path}/{word}")[0] == status, word
    status, answer = place.ask("ada", "DELETE", f"{path}/{b64(OPENIDS['ada'])}")  # D13
    assert (status, "last administrator" in answer["title"]) == (400, True)
    assert place.ask("bob", "DELETE", bob) == (204, None)  # whoever is a member may leave
    assert place.ask("ada", "DELETE", old) == (204, None)
    assert place.ask("ada", "DELETE", old)[0] == 404
    members = place.raw("ada", "GET", f"/api/v2/vendors/{vendor}/members").json()["members"]
    assert [one["name"] for one in members] == [OPENIDS["ada"]]


def test_a_product_goes_all_the_way(place: Place) -> None:
    vendor = place.official("Of a product")
    sent = {"name": "Distro", "product_type": 0, "description": "d", "organization_id": vendor, "version": "1.0"}
    product = place.made("ada", "/products", sent)
    path = f"/products/{product}"
    short = {
        "id": product,
        "name": "Distro",
        "description": "d",
        "organization_id": vendor,
        "public": False,
        "type": 1,
        "product_type": 0,
        "can_manage": True,
    }
    status, found = place.ask("ada", "GET", path)
    more = {"created_by_user": OPENIDS["ada"], "properties": None}
    assert (status, without_dates(found)) == (200, {**short, **more})
    assert place.ask("bob", "GET", path)[0] == 404  # not seen, not there
    for change in ({"public": True}, {"public": "true"}, {"properties": {"a": [1]}}, {"product_ref_id": "x"}):
        status, found = place.ask("ada", "PUT", path, change)
        info = {"id": product, "name": "Distro", "organization_id": vendor, "public": True, "can_manage": True}
        assert (status, found) == (200, info), change
    assert place.ask("ada", "GET", path)[1]["properties"] == '{"a": [1]}'
    assert place.ask("", "GET", path) == (200, {**short, "public": True, "can_manage": False})
    assert place.raw("ada", "GET", f"/api/v2{path}").json()["properties"] == {"a": [1]}
    assert place.raw("", "GET", f"/api/v2{path}").json()["properties"] == {}
    assert place.ask("ada", "PUT", path, {"public": False, "name": "Distro 2", "description": None})[0] == 200
    assert place.ask("ada", "GET", path)[1]["description"] is None
    for bad in ({"public": "perhaps"}, {"public": None}, {"name": 1}, {"properties": "["}):
        assert place.ask("ada", "PUT", path, bad)[0] == 400, bad
    for who, status in (("", 401), ("bob", 404), ("office", 403)):
        assert place.ask(who, "PUT", path, {"name": "x"})[0] == status, who
    assert place.ask("ada", "POST", f"{path}/action", {"register": 1})[0] == 404
    assert place.ask("ada", "DELETE", path) == (204, None)
    assert place.ask("ada", "GET", path)[0] == 404


def test_only_products_of_a_vendor_that_everybody_sees_are_public(place: Place) -> None:
    private, official = place.vendor("Not official"), place.official("Official but hidden")
    product = place.product(private)
    status, answer = place.ask("ada", "PUT", f"/products/{product}", {"public": True})
    assert (status, set(answer)) == (403, {"code", "title", "detail"})
    hide = VendorChange(is_public=False)
    vendors.edit(place.services, place.people["ada"], ids.read(official), hide, None)
    assert place.ask("ada", "PUT", f"/products/{place.product(official)}", {"public": "yes"})[0] == 403


@pytest.mark.parametrize(
    ("number", "kind", "of_type"), [(0, "distribution", 1), (1, "public cloud", 0), (2, "hosted private cloud", 0)]
)
def test_kinds_of_products_are_the_same_through_both_doors(place: Place, number: int, kind: str, of_type: int) -> None:
    vendor = place.vendor("Of kinds")
    product = place.made("ada", "/products", {"name": "P", "product_type": number, "organization_id": vendor})
    assert place.raw("ada", "GET", f"/api/v2/products/{product}").json()["kind"] == kind
    other = place.raw("ada", "POST", f"/api/v2/vendors/{vendor}/products", {"name": "Q", "kind": kind}).json()["id"]
    for one in (product, other):
        found = place.ask("ada", "GET", f"/products/{one}")[1]
        assert (found["product_type"], found["type"]) == (number, of_type)
    appliance = {"name": "R", "kind": "appliance"}
    other = place.raw("ada", "POST", f"/api/v2/vendors/{vendor}/products", appliance).json()["id"]
    found = place.ask("ada", "GET", f"/products/{other}")[1]
    assert (found["product_type"], found["type"]) == (0, 1)
    place.ask("ada", "PUT", f"/products/{other}", {"name": "S"})
    assert place.raw("ada", "GET", f"/api/v2/products/{other}").json()["kind"] == "appliance"


def test_lists_of_products_are_by_name_and_of_one_vendor(place: Place) -> None:
    vendor, official = place.vendor("Lists products"), place.official("Lists public products")
    names = ["b", "C", "a"]
    mine = [place.product(vendor, name) for name in names]
    public = place.product(official, "Public")
    assert place.ask("ada", "PUT", f"/products/{public}", {"public": True})[0] == 200
    found = place.ask("ada", "GET", f"/products?organization_id={vendor}")[1]["products"]
    assert [one["name"] for one in found] == ["a", "b", "C"]
    for who, sees_mine in (("", False), ("bob", False), ("ada", True), ("office", True)):
        listed = {one["id"]: one for one in place.ask(who, "GET", "/products")[1]["products"]}
        assert (public in listed, mine[0] in listed) == (True, sees_mine), who
        assert listed[public]["can_manage"] is (who == "ada")
    assert place.ask("bob", "GET", f"/products?organization_id={vendor}") == (200, {"products": []})
    assert place.ask("bob", "GET", f"/products?organization_id={NOWHERE}") == (200, {"products": []})
    assert place.ask("ada", "GET", "/products?organization_id=x")[0] == 400  # D4


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"name": "x"}, 400),
        ({"product_type": 1}, 400),
        ({"name": "x", "product_type": 9}, 400),  # was stored as 9
        ({"name": "x", "product_type": "1"}, 400),
        ({"name": "x", "product_type": 1, "organization_id": "x"}, 400),  # D4: was 500
        ({"name": "x", "product_type": 1, "organization_id": NOWHERE}, 404),  # D4: was 500
        ({"name": "x", "product_type": 1, "type": 0}, 400),
        ({"name": "x", "product_type": 1, "version": ""}, 400),
        ({"name": "x", "product_type": 1, "version": "1" * 201}, 400),
    ],
)
def test_a_new_product_is_looked_at(place: Place, sent: Any, status: int) -> None:
    got, answer = place.ask("ada", "POST", "/products", sent)
    assert (got, answer["code"]) == (status, status)


def test_nobody_adds_a_product_to_the_vendor_of_others(place: Place) -> None:
    """D2: RefStack let everybody do it who was signed in."""
    private, official = place.vendor("Of ada"), place.official("Official of ada")
    sent = {"name": "x", "product_type": 1}
    assert place.ask("bob", "POST", "/products", sent | {"organization_id": private})[0] == 404
    assert place.ask("bob", "POST", "/products", sent | {"organization_id": official})[0] == 403
    assert place.ask("office", "POST", "/products", sent | {"organization_id": private})[0] == 403


def test_a_product_without_a_vendor_is_of_one_that_is_called_after_its_maker(place: Place) -> None:
    for name in ("First", "Second"):
        product = place.made("eve", "/products", {"name": name, "product_type": 2})
        vendor = place.ask("eve", "GET", f"/products/{product}")[1]["organization_id"]
        assert place.ask("eve", "GET", f"/vendors/{vendor}")[1]["name"] == f"vendor_{OPENIDS['eve']}"
        versions = place.ask("eve", "GET", f"/products/{product}/versions")[1]
        assert [(one["version"], one["product_id"], one["cpid"]) for one in versions] == [(None, product, None)]
    own = [one for one in place.ask("eve", "GET", "/vendors")[1]["vendors"] if one["can_manage"]]
    assert len(own) == 1
    assert place.ask("eve", "POST", "/products", {"name": "First", "product_type": 2})[0] == 409


def test_versions_have_a_cpid_and_one_of_them_no_name(place: Place, tmp_path: Any) -> None:
    vendor = place.vendor("Of versions")
    product, used = place.with_run(vendor, "Versions", tmp_path)
    other = place.product(vendor, "Other")
    path = f"/products/{product}/versions"
    cpid = "b" * 32
    status, version = place.ask("ada", "POST", path, {"version": "2", "cpid": cpid})
    assert (status, version) == (201, {"id": version["id"], "product_id": product, "version": "2", "cpid": cpid})
    listed = place.ask("ada", "GET", path)[1]
    assert [(one["version"], one["cpid"]) for one in listed] == [(None, None), ("1", None), ("2", cpid)]
    assert place.ask("ada", "GET", f"{path}/{version['id']}") == (200, version)
    assert place.ask("ada", "GET", f"/products/{other}/versions/{version['id']}")[0] == 404
    status, found = place.ask("ada", "PUT", f"{path}/{version['id']}", {"cpid": "c", "version": "not changed"})
    info = {"id": product, "name": "Versions", "organization_id": vendor, "public": False}
    assert (status, found) == (200, {"id": version["id"], "version": "2", "cpid": "c", "product_info": info})
    shown = place.raw("ada", "GET", f"/api/v2/versions/{version['id']}").json()
    assert (shown["name"], shown["cpid"], shown["clouds"]) == ("2", "c", [])
    assert place.ask("ada", "PUT", f"{path}/{version['id']}", {})[1]["cpid"] == "c"
    assert place.ask("ada", "PUT", f"{path}/{version['id']}", {"cpid": None})[1]["cpid"] is None
    for sent, status in (
        ({"version": "2"}, 409),  # D4: was 500
        ({"version": "v" * 201}, 400),  # likewise
        ({"version": "3", "cpid": "x" * 129}, 400),  # likewise, from 37 on
        ({"version": None}, 400),
        ({"cpid": "x"}, 400),
        ({"version": "3", "x": 1}, 400),
    ):
        assert place.ask("ada", "POST", path, sent)[0] == status, sent
    for who, status in (("", 401), ("bob", 404), ("office", 403)):
        assert place.ask(who, "POST", path, {"version": "9"})[0] == status, who
        assert place.ask(who, "DELETE", f"{path}/{version['id']}")[0] == status, who
    assert place.ask("bob", "GET", path)[0] == 404
    assert place.ask("ada", "DELETE", f"{path}/{listed[0]['id']}")[0] == 400  # the one without a name
    assert place.ask("ada", "DELETE", f"{path}/{used}")[0] == 400  # runs belong to it
    assert place.ask("ada", "DELETE", f"/products/{product}")[0] == 400
    assert place.ask("ada", "DELETE", f"{path}/{version['id']}") == (204, None)
    assert place.ask("ada", "DELETE", f"{path}/{version['id']}")[0] == 404
    # What was made through the other door has no version without a name, and its clouds are no cpid.
    made = place.raw("ada", "POST", f"/api/v2/vendors/{vendor}/products", {"name": "V2", "kind": "appliance"}).json()
    of_cloud = {"name": "1", "clouds": ["cloud:000g40r40m30e209185gr38e-gv/RegionOne"]}
    place.raw("ada", "POST", f"/api/v2/products/{made['id']}/versions", of_cloud)
    found = place.ask("ada", "GET", f"/products/{made['id']}/versions")[1]
    assert [(one["version"], one["cpid"]) for one in found] == [("1", None)]


def test_what_is_done_through_this_door_stands_in_the_history(place: Place) -> None:
    vendor = place.official("With a history")
    place.ask("office", "PUT", f"/vendors/{vendor}/users/{b64(OPENIDS['bob'])}")
    product = place.product(vendor)
    place.ask("ada", "PUT", f"/products/{product}", {"public": True})
    entries = place.raw("ada", "GET", f"/api/v2/vendors/{vendor}/history").json()["entries"]
    assert [one["action"] for one in entries] == [
        "product.add",
        "member.add",
        "vendor.approve",
        "vendor.ask",
        "vendor.register",
    ]
    entries = place.raw("ada", "GET", f"/api/v2/products/{product}/history").json()["entries"]
    assert [one["action"] for one in entries] == ["product.edit", "version.add", "product.add"]
