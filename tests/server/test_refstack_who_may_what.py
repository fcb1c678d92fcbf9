"""RefStack's API, vendors and products: every route, every role, things of one's own and of others.

What is expected follows from the rules, as with version 2; RefStack's own rule, by which every member might everything,
is not copied.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec
import pytest

from certmark.domain.permissions import DEFAULT_RULES, Right
from certmark.server import ids
from certmark.server.api.receiving import allowed
from certmark.server.api.v1 import meta, products, profile, results, vendors
from certmark.server.api.v1.refusals import refused
from certmark.server.api.v2.words import EDITS_RUN
from certmark.server.asking import Asker
from certmark.server.opening import create, services_of
from certmark.server.services import offices
from certmark.server.settings import read_settings
from certmark.server.store import claims as stored
from certmark.server.store.migrating import migrate
from server.test_who_may_what import DENIED, PUBLIC_ONLY, Thing, World
from support.postgres import Postgres

pytestmark = pytest.mark.enable_socket
ROUTES = {route.name: route for module in (vendors, products, profile, results, meta) for route in module.ROUTES}


class Case(NamedTuple):
    """A request that changes nothing, or is refused for its state only after whoever asks was found to have the right."""

    route: str
    rights: frozenset[Right]
    body: dict[str, Any] | None = None


def case(route: str, *rights: Right, body: dict[str, Any] | None = None) -> Case:
    return Case(route, frozenset(rights or ROUTES[route].may), body)


CASES = (
    case("list_vendors"),
    case("register_vendor", body={"name": "New"}),
    case("show_vendor"),
    case("edit_vendor", body={}),
    case("remove_vendor"),  # it is approved
    case("act_on_vendor", Right.ASK_FOR_APPROVAL, body={"register": 1}),
    case("act_on_vendor", Right.ASK_FOR_APPROVAL, body={"cancel": 1}),
    case("act_on_vendor", Right.DECIDE_ON_VENDOR, body={"approve": 1}),
    case("act_on_vendor", Right.DECIDE_ON_VENDOR, body={"deny": 1, "registration_decline_reason": "x"}),
    case("list_users"),
    case("add_user"),  # who is a member
    case("remove_user"),  # the designate, who is released first
    case("list_products"),
    case("add_product", body={"name": "Cloud", "product_type": 1, "organization_id": "VENDOR"}),  # of a taken name
    case("show_product"),
    case("edit_product", body={}),
    case("remove_product"),  # a run belongs to it
    case("list_versions"),
    case("add_version", body={"version": "1"}),  # likewise taken
    case("show_version"),
    case("edit_version", body={}),
    case("remove_version"),  # likewise needed
    case("show_profile"),
    case("list_pubkeys"),
    case("add_pubkey", body={"raw_key": "x", "self_signature": "00"}),
    case("remove_pubkey"),
    case("list_results"),
    case("show_result"),
    case("change_result", *EDITS_RUN, body={"product_version_id": "VERSION"}),
    case("change_result", Right.VERIFY_RUN, body={"verification_status": 0}),  # which it is
    case("delete_result"),
    case("show_meta"),
    case("show_meta_value"),
    case("put_meta_value"),
    case("delete_meta_value"),
)
ENDS = {"change_result", "delete_result", "delete_meta_value"}
"""After these a run is another one, or gone: each is asked of new ones."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    url = f"sqlite:///{folder / 'certmark.sqlite'}"
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        server.run("create database refstack_who_may_what")
        url = server.url("refstack_who_may_what")
    settings = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    migrate(url)
    create(settings)
    with services_of(settings) as services:
        found = World(services, folder)
        for letter in "AB":
            found.attached(letter)
        yield found
    if request.param == "postgresql":
        server.run("drop database refstack_who_may_what with (force)")


def things(world: World, asked: Case) -> Iterator[Thing]:
    route = ROUTES[asked.route]
    is_of_vendor = asked.route == "add_product" or {"vendor", "product", "version", "result"} & set(route.in_path)
    if not is_of_vendor:
        yield Thing("anything", "", asked.rights, {"key": ids.written(bytes(16))})
        return
    for letter in "AB":
        if "result" in route.in_path:
            # Who may see them is asked of routes that show, whose rights are all to see.
            for thing in world._runs(letter, asked.rights):  # noqa: SLF001 - as version 2 is asked
                if thing.name == "official" and "product_version_id" in (asked.body or ()):
                    continue  # it stays with its version, and RefStack said 403 of that as well
                if asked.route == "delete_meta_value":
                    _share(world, thing)
                words = {"result": thing.words["run"], "key": "shared", "version": ids.written(world.version[letter])}
                yield thing._replace(words=words)
            continue
        who = f"designate of {letter}" if asked.route == "remove_user" else f"member of {letter}"
        words = {name: ids.written(getattr(world, name)[letter]) for name in ("vendor", "product", "version")}
        words |= {"openid": b64encode(world.asker(who).name.encode()).decode()}
        yield Thing("private", letter, asked.rights - PUBLIC_ONLY, words)


def asking(world: World, asked: Case) -> Iterator[tuple[str, Thing]]:
    """Everybody, with everything that they ask for."""
    there = [] if asked.route in ENDS else list(things(world, asked))
    for name in world.people:
        for thing in there or things(world, asked):
            yield name, thing


def _share(world: World, thing: Thing) -> None:
    """So that this can be taken back."""
    run = ids.read(thing.words["run"])
    with world.services.database.write() as transaction:
        stored.share(transaction, run, is_public=True)


def answer_to(world: World, asked: Case, asker: Asker, thing: Thing) -> HTTPStatus:
    """What whoever asks is told, with the checks that stand before a handler."""
    route = ROUTES[asked.route]
    words = {name: thing.words[name] for name in route.parameters.__struct_fields__ if name in thing.words}
    more: list[Any] = []
    if asked.body is not None:
        assert route.body is not None
        body = {
            key: thing.words[value.lower()] if value in {"VENDOR", "VERSION"} else value
            for key, value in asked.body.items()
        }
        more = [msgspec.convert(body, route.body)]
    elif route.takes_body:
        more = [world.file]  # no word for no
    try:
        allowed(route, asker)
        offices.check(world.services, asker, route.may)
        found = route.handler(world.services, asker, msgspec.convert(words, route.parameters), *more)
    except Exception as error:
        answer = refused(error)
        if answer is None:
            raise
        return HTTPStatus(answer.status_code)
    # Whoever may not know the users gets null, as RefStack had it.
    return HTTPStatus.NOT_FOUND if asked.route == "list_users" and found is None else route.status


def test_every_route_of_vendors_and_products_is_asked_for() -> None:
    without_rights = {
        "show_pubkey_schema",
        "get_result_schema",
        "submit_result",
    }  # documents that never change; the key decides
    assert {one.route for one in CASES} == set(ROUTES) - without_rights
    for route in ROUTES.values():
        if route.method != "GET" and route.name != "submit_result":
            assert route.scope is not None, f"{route.name} changes something, and strangers could"
        assert route.may or route.name in without_rights


@pytest.mark.parametrize("asked", CASES, ids=lambda one: f"{one.route} {' '.join(one.body or ())}".strip())
def test_who_has_a_right_to_a_thing_may_and_nobody_else(world: World, asked: Case) -> None:
    route, wrong = ROUTES[asked.route], []
    for name, thing in asking(world, asked):
        is_list = thing.name == "anything"
        denied = DENIED - {HTTPStatus.NOT_FOUND} if is_list else DENIED
        asker = world.asker(name)
        may = any(DEFAULT_RULES.allow(right, world.roles(name, thing)) for right in thing.rights)
        may &= route.scope is None or asker.identity is not None
        # Whoever is a member may leave.
        may |= asked.route == "remove_user" and b64encode(name.encode()).decode() == thing.words["openid"]
        found = answer_to(world, asked, asker, thing)
        if (found not in denied) != may or (not may and found < 400):
            wrong.append(f"{name}, {thing.name} of {thing.whose}: {found} where it {'may' if may else 'may not'}")
    assert wrong == []
