"""Every change that a page makes, every role, things of one's own and of others: who may is who may by the API.

The table says which operation of the API each form is. A page that is in neither table is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import NamedTuple

import pytest

from certmark.server import ids
from certmark.server.api.routes import Route
from certmark.server.api.v2 import ROUTES
from certmark.server.opening import create, services_of
from certmark.server.settings import read_settings
from certmark.server.store import audit
from certmark.server.web.site import PageRoute
from certmark.server.web.table import TABLES
from server.test_who_may_what import DENIED, OF_AN_OWNER, Thing, World, answer_to, person
from support.web_pages import Pages

pytestmark = [pytest.mark.enable_socket, pytest.mark.thorough]
PAGES = {page.path: page for table in TABLES for page in table if page.method == "POST"}
BY_NAME = {route.name: route for route in ROUTES}


class Does(NamedTuple):
    """Which operation a form is, and what is filled in."""

    operation: str
    fields: Mapping[str, str] = MappingProxyType({})


_TOKEN = {"label": "x", "may": "read", "days": "7"}
_KEY = {"key": "none", "challenge": "none", "signature": "none"}
_ORDER = {"name": "n", "cloud": "c", "program": "p", "days": "daily", "at": "02:00", "window": "60"}
_OLD = {"revision": "999"}
FORMS = {
    "/my/tokens": Does("make_token", _TOKEN),
    "/my/tokens/{token}/end": Does("revoke_token"),
    "/my/keys": Does("add_key", _KEY),
    "/my/keys/new": Does("challenge_key"),
    "/my/keys/{key}/end": Does("remove_key"),
    "/my/publishers/new": Does("add_publisher", {"ci": "hub", "claims": "x=1"}),
    "/my/publishers/{publisher}/end": Does("remove_publisher"),
    "/my/sessions/{session}/end": Does("end_session"),
    "/my/runs/{run}/share": Does("edit_run"),
    "/my/runs/{run}/unshare": Does("edit_run"),
    "/my/runs/{run}/tags": Does("edit_run", {"tags": "x=y"}),
    "/my/runs/{run}/attach": Does("attach_run", {"version": "{version}"}),
    "/my/runs/{run}/detach": Does("detach_run"),
    "/my/runs/{run}/official": Does("make_official", _OLD),
    "/my/runs/{run}/unofficial": Does("make_official", _OLD),
    "/my/runs/{run}/verification": Does("verify_run", {"verified": "yes", "reason": "x", **_OLD}),
    "/my/runs/{run}/delete": Does("delete_run"),
    "/queries": Does("save_query", {"q": "status:fail"}),
    "/my/subscriptions/new": Does(
        "subscribe", {"q": "status:fail", "url": "https://example.org/", "condition": "changed"}
    ),
    "/my/subscriptions/{subscription}/end": Does("remove_subscription"),
    "/my/subscriptions/{subscription}/test": Does("test_subscription"),
    "/my/subscriptions/{subscription}/pause": Does("edit_subscription"),
    "/my/subscriptions/{subscription}/resume": Does("edit_subscription"),
    "/votes/new": Does("vote", {"test": "a.B.c", "vote": "for", "reason": "x"}),
    "/nominations/new": Does("nominate_test", {"test": "x.y", "link": "https://example.org/", "reason": "x"}),
    "/nominations/{nomination}/end": Does("withdraw_nomination"),
    "/questionnaires/{questionnaire}/answer": Does("answer_questionnaire", {"q0": "yes"}),
    "/questionnaires/{questionnaire}/end": Does("take_answers_back"),
    "/my/notices/choices": Does("choose_notices", {"language": "en", **_OLD}),
    "/office/orders/new": Does("add_order", _ORDER),
    "/vendors/{vendor}/orders/new": Does("add_order", _ORDER),
    "/orders/{order}/start": Does("start_order"),
    "/orders/{order}/pause": Does("edit_order"),
    "/orders/{order}/resume": Does("edit_order"),
    "/orders/{order}/aside": Does("edit_order", {"reason": "moves"}),
    "/orders/{order}/end": Does("edit_order"),
    "/orders/{order}/cancel": Does("cancel_order"),
    "/runners/{runner}/drain": Does("edit_runner"),
    "/runners/{runner}/resume": Does("edit_runner"),
    "/vendors/new": Does("register_vendor", {"name": "New"}),
    "/vendors/{vendor}/edit": Does("edit_vendor", {"name": "{letter}", "description": "", **_OLD}),
    "/vendors/{vendor}/approval": Does("ask_for_approval", _OLD),
    "/vendors/{vendor}/decision": Does("decide_on_vendor", {"decision": "approve", "reason": "x", **_OLD}),
    "/vendors/{vendor}/merger": Does("merge_vendor", {"into": "{other}", "reason": "x", **_OLD}),
    "/vendors/{vendor}/delete": Does("remove_vendor", _OLD),
    "/vendors/{vendor}/products/new": Does("add_product", {"name": "Cloud", "kind": "appliance"}),
    "/vendors/{vendor}/members/invite": Does("invite_member", {"days": "1"}),
    "/vendors/{vendor}/members/appoint": Does(
        "appoint_designate", {"role": "deputy", "person": "{deputy}", "reason": "x"}
    ),
    "/vendors/{vendor}/members/{person}/role": Does("put_member", {"administrator": "no"}),
    "/vendors/{vendor}/members/{person}/remove": Does("remove_member"),
    "/vendors/{vendor}/members/{person}/handover": Does("hand_over_vendor"),
    "/vendors/{vendor}/invitations/{invitation}/end": Does("withdraw_invitation"),
    "/vendors/{vendor}/agreements/{agreement}/accept": Does("accept_agreement"),
    "/vendors/{vendor}/tokens": Does("make_vendor_token", _TOKEN),
    "/vendors/{vendor}/tokens/{token}/end": Does("revoke_vendor_token"),
    "/vendors/{vendor}/keys": Does("add_vendor_key", _KEY),
    "/vendors/{vendor}/keys/new": Does("challenge_vendor_key"),
    "/vendors/{vendor}/keys/{key}/end": Does("remove_vendor_key"),
    "/vendors/{vendor}/publishers/new": Does("add_vendor_publisher", {"ci": "hub", "claims": "x=1"}),
    "/vendors/{vendor}/publishers/{publisher}/end": Does("remove_vendor_publisher"),
    "/products/{product}/edit": Does(
        "edit_product", {"name": "Cloud", "kind": "public cloud", "description": "", **_OLD}
    ),
    "/products/{product}/delete": Does("remove_product", _OLD),
    "/products/{product}/versions/new": Does("add_version", {"name": "1"}),
    "/versions/{version}/edit": Does("edit_version", {"name": "1", "clouds": "", **_OLD}),
    "/versions/{version}/delete": Does("remove_version", _OLD),
    "/office/agreements/new": Does("publish_agreement", {"name": "Mark", "version": "1", "text": "x"}),
    "/join": Does("accept_invitation", {"word": "x"}),
}
_DESK = "every step, state and role by page and by service: tests/server/certification/test_desk.py"
ELSEWHERE = {
    "/my/account/erase": "whoever erases their data is gone: tests of people ask for that",
    "/certification/applications/new": _DESK,
    "/certification/applications/{application}/edit": _DESK,
    "/certification/applications/{application}/{event}": _DESK,
    "/certification/cases/new/{kind}": _DESK,
    "/certification/cases/{case}/{event}": _DESK,
    "/certification/certificates/{certificate}/renew": _DESK,
    "/certification/certificates/{certificate}/{event}": _DESK,
}
ENDS = {"detach", "delete", "end", "remove", "attach"}
"""After these the thing is another one, or gone: each is asked of a new one."""
PEOPLE = (
    "anonymous",
    "user",
    "reviewer",
    "programme office",
    "operator",
    "member of A",
    "administrator of A",
    "designate of A",
    "deputy of A",
    "member of B",
    "administrator of B",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """On one database: which rows somebody may see is tested by the API on both."""
    given = {"ci_hub_issuer": "https://ci.example.org", "ci_hub_kind": "github", "public_url": "http://127.0.0.1:8300"}
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("site")), **given)
    create(settings)
    with services_of(settings) as services:
        yield World(services, tmp_path_factory.mktemp("world"))


@pytest.fixture(scope="module")
def pages(world: World) -> Pages:
    return Pages(world.services)


def test_every_change_of_a_page_is_in_a_table() -> None:
    of_others = {path for path in PAGES if path not in FORMS and path not in ELSEWHERE}
    assert of_others == set()
    assert set(FORMS) | set(ELSEWHERE) == set(PAGES)
    assert {does.operation for does in FORMS.values()} <= set(BY_NAME)


def things(world: World, route: Route, path: str) -> Iterator[Thing]:
    """Those of the first vendor, and of its people: for all others they are somebody else's."""
    for thing in world.things(route):
        is_theirs = route.name not in OF_AN_OWNER or ("vendor" in thing.words) == ("{vendor}" in path)
        if thing.whose in {"", "A", "member of A"} and is_theirs:
            words = {**thing.words, "agreement": world.agreement.hex()}
            if route.name == "hand_over_vendor":
                words["person"] = ids.written(person(world.asker("administrator of A")))
            yield thing._replace(words={name: words[name] for name in re.findall(r"\{(\w+)\}", path)} or thing.words)


def filled(world: World, fields: Mapping[str, str]) -> dict[str, str]:
    known = {
        "version": ids.written(world.version["A"]),
        "letter": "A",
        "other": ids.written(world.vendor["B"]),
        "deputy": ids.written(person(world.asker("deputy of A"))),
    }
    return {name: value.format(**known) for name, value in fields.items()}


@pytest.mark.parametrize("path", sorted(FORMS))
def test_who_may_by_a_form_is_who_may_by_the_api(world: World, pages: Pages, path: str) -> None:
    does = FORMS[path]
    route, wrong = BY_NAME[does.operation], []
    is_once = path.rpartition("/")[2] in ENDS
    found = list(things(world, route, path))
    for name in PEOPLE:
        asker = world.asker(name)
        of_page, of_api = (
            (list(things(world, route, path)), list(things(world, route, path))) if is_once else (found, found)
        )
        for thing, other in zip(of_page, of_api, strict=True):
            who = None if asker.identity is None else asker
            answer = pages.send(path.format(**thing.words), who, **filled(world, does.fields))
            status = answer_to(world, route, asker, other)
            if (answer.status_code in DENIED) != (status in DENIED):
                wrong.append(f"{name}, {thing.name}: {answer.status_code} by the page, {status} by the API")
            if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                wrong.append(f"{name}, {thing.name}: {answer.status_code}")
    assert wrong == []


CHANGES = {
    "/my/tokens": "token.add",
    "/my/tokens/{token}/end": "token.revoke",
    "/my/keys/{key}/end": "key.remove",
    "/my/publishers/{publisher}/end": "publisher.remove",
    "/my/sessions/{session}/end": "session.end",
    "/my/runs/{run}/share": "run.edit",
    "/my/runs/{run}/delete": "run.delete",
    "/vendors/new": "vendor.register",
    "/vendors/{vendor}/members/invite": "member.invite",
    "/vendors/{vendor}/invitations/{invitation}/end": "member.invite_no_more",
    "/vendors/{vendor}/tokens": "token.add",
    "/vendors/{vendor}/tokens/{token}/end": "token.revoke",
    "/vendors/{vendor}/keys/{key}/end": "key.remove",
}


@pytest.mark.parametrize("path", sorted(CHANGES))
def test_what_a_form_changes_is_in_the_audit_with_who_and_by_which_request(
    world: World, pages: Pages, path: str
) -> None:
    does = FORMS[path]
    name = "administrator of A" if path.startswith("/vendors") else "member of A"
    thing = next(things(world, BY_NAME[does.operation], path))
    before = _newest(world)
    answer = pages.send(path.format(**thing.words), world.asker(name), **filled(world, does.fields))
    assert answer.status_code in {HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.SEE_OTHER}
    with world.services.database.read() as transaction:
        added = [one for one in audit.entries(transaction, 10) if one.number > before and one.action != "session.begin"]
    also = {f"vendor.{CHANGES[path]}"} if re.search("tokens|keys", path) and path.startswith("/vendors") else set()
    assert {one.action for one in added} == {CHANGES[path], *also}
    assert {one.name for one in added} == {name}


def _newest(world: World) -> int:
    with world.services.database.read() as transaction:
        return audit.entries(transaction, 1)[0].number


def test_a_page_shows_nobody_what_they_may_not_see(world: World, pages: Pages) -> None:
    """Pages of one thing, by people of another vendor: as if there were none."""
    run = ids.written(world.sent(world.asker("member of A")))
    vendor, product = ids.written(world.vendor["A"]), ids.written(world.product["A"])
    paths = [
        f"/vendors/{vendor}{rest}" for rest in ("", "/members", "/agreements", "/history", "/edit", "/tokens", "/keys")
    ]
    paths += [f"/products/{product}{rest}" for rest in ("", "/history", "/edit")]
    paths += [f"/versions/{ids.written(world.version['A'])}/edit", f"/my/runs/{run}", f"/my/runs/{run}/delete"]
    for name in ("user", "administrator of B"):
        for path in paths:
            assert pages.get(path, world.asker(name)).status_code == HTTPStatus.NOT_FOUND, (name, path)
    listed = pages.get("/vendors", world.asker("user")).text + pages.get("/vendors").text
    assert vendor not in listed
    for name in ("user", "administrator of A", "reviewer"):
        for path in ("/office", "/operator"):
            assert pages.get(path, world.asker(name)).status_code == HTTPStatus.FORBIDDEN, (name, path)
    assert pages.get("/office", world.asker("programme office")).status_code == HTTPStatus.OK
    assert pages.get("/operator", world.asker("operator")).status_code == HTTPStatus.OK
    assert pages.get("/operator", world.asker("programme office")).status_code == HTTPStatus.FORBIDDEN
    assert "that you may see" in pages.get(f"/verify?run={run}", world.asker("user")).text


PRIVATE: tuple[PageRoute, ...] = tuple(
    page
    for table in TABLES
    for page in table
    if page.method == "GET" and page.path.startswith(("/my", "/office", "/operator"))
)


@pytest.mark.parametrize("page", PRIVATE, ids=lambda page: page.path)
def test_who_is_not_signed_in_is_led_to_where_they_can(pages: Pages, page: PageRoute) -> None:
    path = re.sub(r"\{\w+\}", "x", page.path)
    answer = pages.get(path)
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert answer.headers["Location"].endswith(f"/sign-in?next={path.replace('/', '%2F')}")
