"""The API over HTTP: who may what, refusals in one shape, answers as the document says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema
import msgspec
import pytest
import requests

from certmark.domain.permissions import DEFAULT_RULES, OF_VENDOR, Role
from certmark.server.api.application import application
from certmark.server.api.openapi import document_of
from certmark.server.api.routes import Route
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import EVERYTHING, STRANGER, Asker, TokenScope
from certmark.server.services.context import Services
from server.conftest import newcomer
from support.server import answering

pytestmark = pytest.mark.enable_socket
RESULTS = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
NOBODYS = "01a22378-0009-737a-9629-c1bee3400d61"
SCHEMAS = document_of(ROUTES, None)["components"]["schemas"]


@pytest.fixture(scope="module")
def known() -> dict[str, Asker]:
    """Whom the server knows; each test has its own."""
    return {}


@pytest.fixture(scope="module")
def address(lasting: Services, known: dict[str, Asker]) -> Iterator[str]:
    """A server that believes the header `Who`."""
    with answering(application(lasting, lambda request: known[request.headers.get("who", "")])) as found:
        yield f"{found}/api/v2"


@pytest.fixture
def askers(lasting: Services, known: dict[str, Asker]) -> dict[str, Asker]:
    ada = newcomer(lasting, "ada")
    reader = Asker(ada.identity, "reader", frozenset({TokenScope.READ}))
    known |= {"ada": ada, "bob": newcomer(lasting, "bob"), "reader": reader, "": STRANGER}
    return known


@pytest.fixture
def url(address: str, askers: dict[str, Asker]) -> str:
    """The server, with new people."""
    assert askers
    return address


def ask(url: str, path: str, who: str = "ada", method: str = "GET", **more: Any) -> requests.Response:
    return requests.request(method, url + path, headers={"Who": who, **more.pop("headers", {})}, timeout=60, **more)


def sent(url: str, who: str = "ada", **params: str) -> dict[str, Any]:
    answer = ask(url, "/runs", who, "POST", params={"name": "r.xml", **params}, data=RESULTS)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def body_is(answer: requests.Response, name: str) -> None:
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    jsonschema.validate(answer.json(), schema)


def test_answers_are_as_the_document_says(url: str) -> None:
    run = sent(url, tag="a=b")
    for path, name in (
        (f"/runs/{run['id']}", "Run"),
        ("/runs", "Runs"),
        (f"/runs/{run['id']}/results", "Results"),
        ("/guidelines", "Guidelines"),
    ):
        body_is(ask(url, path), name)
    assert ask(url, f"/runs/{run['id']}").json() == run
    assert ask(url, f"/runs/{run['id']}/evidence").content == RESULTS


def route_words(route: Route) -> set[str]:
    return {field.name for field in msgspec.structs.fields(route.parameters)}


@pytest.mark.thorough
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("who", ["", "reader", "ada"])
def test_who_may_what_is_what_the_table_says(url: str, askers: dict[str, Asker], route: Route, who: str) -> None:
    path = re.sub(
        r"\{(run|upload|live|vendor|product|version|person|session|publisher|order|runner|assignment)\}",
        NOBODYS,
        route.path,
    )
    path = path.replace("{guideline}", "2026.11")
    path = re.sub(r"\{(agreement|invitation|token|key)\}", "0" * 64, path)
    wanted = {field.name for field in msgspec.structs.fields(route.parameters) if field.required}
    words = {"name": "x", "size": "1", "offset": "0", "before": NOBODYS, "test": "x", "version": "1"}
    params = {name: words[name] for name in words.keys() & wanted - set(route.in_path)} | (
        {"of": "public"} if "of" in route_words(route) else {}
    )
    if "vendor" in route_words(route) - set(route.in_path):
        params["vendor"] = NOBODYS  # of the programme only its office may see
    answer = ask(url, path, who, route.method, params=params, data=b"{}" if route.body else RESULTS)
    roles = {Role.ANONYMOUS, *(() if who == "" else (Role.USER,))}
    of_things = {Role.OWNER} | OF_VENDOR  # there is no such thing
    has_right = any(DEFAULT_RULES.roles(right) & (roles | (of_things if who else set())) for right in route.may)
    is_allowed = has_right and (route.scope is None or route.scope in askers[who].scopes)
    assert (answer.status_code in {401, 403}) == (not is_allowed)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"/runs/{NOBODYS}", 404),
        ("GET", "/runs/x", 400),
        ("GET", "/runs?limit=0", 400),
        ("GET", "/runs?limit=many", 400),
        ("GET", "/runs?colour=red", 400),
        ("GET", "/nothing", 404),
        ("PUT", "/runs", 405),
        ("TRACE", "/runs", 405),
        ("GET", "/runs?limit=1&limit=2", 400),
        ("POST", "/runs?name=a%0Ab", 400),
        ("POST", "/runs", 400),
        ("POST", "/runs?name=x&guideline=2099.01", 404),
    ],
)
def test_a_refusal_has_one_shape(url: str, method: str, path: str, status: int) -> None:
    answer = ask(url, path, method=method, data=RESULTS if method == "POST" else None)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body_is(answer, "Problem")


def test_results_that_cannot_be_read_are_refused_in_a_sentence(url: str) -> None:
    answer = ask(url, "/runs", method="POST", params={"name": "note.txt"}, data=b"hello")
    assert answer.status_code == 422
    assert "which is not results" in answer.json()["detail"]
    assert answer.json()["detail"].startswith("note.txt")


def test_a_run_of_somebody_else_is_not_found(url: str) -> None:
    run = sent(url)
    mine, theirs = (ask(url, f"/runs/{run['id']}", who) for who in ("ada", "bob"))
    never = ask(url, f"/runs/{NOBODYS}", "bob")
    assert mine.status_code == 200
    assert theirs.status_code == never.status_code == 404
    assert theirs.json()["detail"].replace(run["id"], NOBODYS) == never.json()["detail"]


def test_one_key_is_one_run(url: str) -> None:
    first, second = (
        ask(url, "/runs", method="POST", params={"name": "r"}, data=RESULTS, headers={"Idempotency-Key": "k"}).json()
        for _ in range(2)
    )
    assert first == second
    other = ask(
        url, "/runs", method="POST", params={"name": "r"}, data=RESULTS + b" ", headers={"Idempotency-Key": "k"}
    )
    assert other.status_code == 409


def test_private_answers_are_not_kept_anywhere(url: str) -> None:
    run = sent(url)
    for path in (f"/runs/{run['id']}", "/runs"):
        assert ask(url, path).headers["Cache-Control"] == "no-store"


def test_the_document_is_served(url: str) -> None:
    document = ask(url, "/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert {operation["operationId"] for path in document["paths"].values() for operation in path.values()} == {
        route.name for route in ROUTES
    }
    json.dumps(document)


def test_everything_is_for_somebody() -> None:
    assert {route.scope for route in ROUTES} <= {None, *EVERYTHING}
