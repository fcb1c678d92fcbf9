"""RefStack's contract for results and what is said of them, request by request, on both databases.

A case names where we differ from RefStack on purpose; the reference has each of these sentences.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
import requests

from certmark.domain.permissions import Role
from certmark.server import ids
from certmark.server.services import claims, members, products, vendors
from certmark.server.store import imported, refstack_runs
from certmark.server.store.database import Transaction
from support.operated_server import serving
from support.postgres import Postgres
from support.refstack_server import (
    ADA,
    CLOUD,
    CPID,
    EVE,
    PRODUCTS_CPID,
    RefstackServer,
    jwt,
    line_of,
    refstack_server,
    signed,
    upload,
)

pytestmark = pytest.mark.enable_socket
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "refstack-api.md"
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
NOBODYS = "00000000-0000-4000-8000-000000000000"
BODY = upload("tempest.a", "tempest.b (scenario)")
_NUMBERS = itertools.count()


@pytest.fixture(scope="module", params=("sqlite", "postgresql"))
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RefstackServer]:
    folder = tmp_path_factory.mktemp("refstack")
    (folder / "data").mkdir()
    url = f"sqlite:///{folder / 'certmark.sqlite'}"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.run("create database refstack_results")
        url = postgres.url("refstack_results")
    with refstack_server(folder, url) as found:
        there = {
            "private": found.send(BODY, "ada"),
            "unsigned": found.send(BODY),
            "shared": found.send(upload("s"), "ada"),
        }
        found.say(there["shared"], "ada", shared="true", guideline="2026.11.json", target="object")
        there["old"] = found.send(upload("o"), "eve")
        there["sold"] = found.send(upload("p", cpid=CLOUD), "ada")
        found.words |= there
        yield found
    if request.param == "postgresql":
        postgres.run("drop database refstack_results with (force)")


class Case(NamedTuple):
    """A request, and what is answered."""

    name: str
    method: str
    path: str
    status: int
    body: Any
    """Texts may name what is there in braces; a pattern must fit all of a text; `...`: whatever it is."""
    who: str | None = None
    more: Mapping[str, Any] = MappingProxyType({})
    differs: str = ""
    """From RefStack, on purpose."""


def a(code: int, detail: Any = ...) -> dict[str, Any]:
    """Shape A."""
    titles = {401: "Unauthorized", 403: "Forbidden", 405: "Method Not Allowed"}
    return {"code": code, "title": titles[code], "detail": detail}


def b(code: int, title: Any) -> dict[str, Any]:
    """Shape B."""
    return {"title": title, "code": code}


def fits(found: Any, wanted: Any, words: dict[str, str]) -> bool:
    """Field by field, none more and none less."""
    if wanted is ...:
        return True
    if isinstance(wanted, re.Pattern):
        return isinstance(found, str) and wanted.fullmatch(found) is not None
    if isinstance(wanted, dict):
        return (
            isinstance(found, dict)
            and found.keys() == wanted.keys()
            and all(fits(found[key], value, words) for key, value in wanted.items())
        )
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(lambda one, two: fits(one, two, words), found, wanted))
    if isinstance(wanted, str):
        return bool(found == re.sub(r"\{(\w+)\}", lambda word: words[word[1]], wanted))
    return found == wanted and type(found) is type(wanted)


def record(run: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"{{{run}}}",
        "created_at": MOMENT,
        "duration_seconds": 12,
        "verification_status": 0,
        "meta": {},
        "product_version": None,
        **more,
    }


SOLD = {
    "id": "{version}",
    "version": "1",
    "cpid": PRODUCTS_CPID,
    "product_info": {"id": "{product}", "name": "Cloud", "organization_id": "{vendor}", "public": False},
}
SHARED = {"shared": "true", "guideline": "2026.11.json", "target": "object"}
NOT_FOUND = b(404, re.compile("Test result .* not found."))
OURS = {"meta": {"user": ADA}, "user_role": "owner", "cpid": CPID}
INVALID = re.compile("Request doesnt correspond to schema: .*")
UNSEEN = "What somebody may not see is not found (404), whether it is there or not; RefStack said 401 or 403 of what is there."


def body(**more: Any) -> dict[str, Any]:
    document = {"cpid": "c", "duration_seconds": 1, "results": [{"name": "t"}]} | more
    return {"data": json.dumps({key: value for key, value in document.items() if value is not None}).encode()}


def post(name: str, status: int, wanted: Any, differs: str = "", **more: Any) -> Case:
    return Case(name, "POST", "/v1/results/", status, wanted, None, more, differs)


SENT = {"test_id": ID, "url": re.compile(rf"http://127.0.0.1:\d+/runs/{ID.pattern}")}
EVERY_ENTRY = "Every entry of `results` must be an object with a `name`; RefStack looked at the first one only."
NO_SERVER_ERROR = "What a sender did wrong is 400, or taken where nothing is wrong with it; RefStack said 500 of long, repeated and foreign names."
SIGNED_BODY = BODY + b" "
UPLOADS = (
    post("an upload that nobody signed", 201, SENT, data=BODY),
    post("whatever its type is said to be", 201, SENT, data=BODY, headers={"Content-Type": "text/plain"}),
    post(
        "an upload that is signed",
        201,
        SENT,
        data=SIGNED_BODY,
        headers=signed("ada", SIGNED_BODY),
        differs="A signed upload is taken; RefStack on Python 3 said 500 of each.",
    ),
    post("a key that came from a RefStack server", 201, SENT, data=SIGNED_BODY, headers=signed("eve", SIGNED_BODY)),
    post(
        "a comment behind the key, digits in capitals",
        201,
        SENT,
        data=SIGNED_BODY,
        headers={
            "X-Signature": signed("ada", SIGNED_BODY)["X-Signature"].upper(),
            "X-Public-Key": f"{line_of('ada')} me@home",
        },
    ),
    post("no JSON", 400, b(400, re.compile("Malformed request: .*")), data=b"{"),
    post("no JSON, and no UTF-8", 400, b(400, re.compile("Malformed request: .*")), data=b"\xff{}"),
    post("nested without an end", 400, b(400, re.compile("Malformed request: .*")), data=b"[" * 100_000),
    post("an empty body", 400, b(400, re.compile("Malformed request: .*")), data=b""),
    post("no object", 400, b(400, INVALID), data=b"[]"),
    post("a member too few", 400, b(400, INVALID), **body(cpid=None)),
    post("a member too many", 400, b(400, INVALID), **body(extra=1)),
    post("a cpid that is no text", 400, b(400, INVALID), **body(cpid=1)),
    post("a duration that is no whole number", 400, b(400, INVALID), **body(duration_seconds=1.5)),
    post("results that are no list", 400, b(400, INVALID), **body(results={})),
    post("no test", 400, b(400, "Uploaded results must contain at least one passing test."), **body(results=[])),
    post("an empty cpid", 201, SENT, **body(cpid="")),
    post("the id under the name of old clients", 201, SENT, **body(results=[{"name": "t", "uid": "x"}])),
    post("an entry without a name", 400, b(400, INVALID), EVERY_ENTRY, **body(results=[{"name": "t"}, {}])),
    post("an entry that is no object", 400, b(400, INVALID), EVERY_ENTRY, **body(results=[{"name": "t"}, "u"])),
    post("a test that is there twice", 201, SENT, NO_SERVER_ERROR, **body(results=[{"name": "t"}, {"name": "t"}])),
    post("names that differ by case only", 201, SENT, NO_SERVER_ERROR, **body(results=[{"name": "t"}, {"name": "T"}])),
    post("a name of 600 signs", 201, SENT, NO_SERVER_ERROR, **body(results=[{"name": "t" * 600}])),
    post("a name of 60,000 signs", 400, ..., NO_SERVER_ERROR, **body(results=[{"name": "t" * 60_000}])),
    post("a name of another script", 201, SENT, NO_SERVER_ERROR, **body(results=[{"name": "тест"}])),
    post(
        "half a character",
        201,
        SENT,
        NO_SERVER_ERROR,
        data=b'{"cpid":"","duration_seconds":1,"results":[{"name":"\\ud800"}]}',
    ),
    post("an id that is none", 201, SENT, NO_SERVER_ERROR, **body(results=[{"name": "t", "uuid": "x" * 99}])),
    post("a cpid of 300 signs", 400, b(400, INVALID), NO_SERVER_ERROR, **body(cpid="c" * 300)),
    post("a duration of a century", 400, b(400, INVALID), NO_SERVER_ERROR, **body(duration_seconds=2**31)),
    post(
        "a signature and no key",
        400,
        b(400, "Malformed signature: X-Public-Key is missing"),
        data=BODY,
        headers={"X-Signature": "00"},
    ),
    post(
        "a key and no signature",
        400,
        b(400, "Malformed signature: X-Signature is missing"),
        data=BODY,
        headers={"X-Public-Key": line_of("ada")},
    ),
    post(
        "a signature that is no number",
        400,
        b(400, re.compile("Malformed signature.*")),
        data=BODY,
        headers=signed("ada", BODY) | {"X-Signature": "xyz"},
    ),
    post(
        "a key that is none",
        400,
        b(400, re.compile("Malformed public key.*")),
        data=BODY,
        headers=signed("ada", BODY) | {"X-Public-Key": "ssh-rsa x"},
    ),
    post(
        "a key of another kind",
        400,
        b(400, re.compile("Malformed public key.*")),
        data=BODY,
        headers=signed("ada", BODY) | {"X-Public-Key": "ssh-dss AAAAB3NzaC1kc3M="},
    ),
    post(
        "the signature of another body",
        400,
        b(400, "Signature verification failed"),
        data=BODY,
        headers=signed("ada", b"other"),
    ),
    post(
        "a key that nobody has here",
        401,
        a(401, re.compile("User with specified key not found.*")),
        data=BODY,
        headers=signed("mallory", BODY),
    ),
    post("the form is looked at before the signature", 400, b(400, INVALID), data=b"[]", headers=signed("ada", BODY)),
    post(
        "the signature before the tests",
        400,
        b(400, "Signature verification failed"),
        **body(results=[]),
        headers=signed("ada", BODY),
    ),
    post(
        "the tests before the key",
        400,
        b(400, "Uploaded results must contain at least one passing test."),
        data=b'{"cpid":"","duration_seconds":1,"results":[]}',
        headers=signed("mallory", b'{"cpid":"","duration_seconds":1,"results":[]}'),
    ),
    post("a body that is packed", 415, ..., data=BODY, headers={"Content-Encoding": "gzip"}),
    Case(
        "no such method",
        "DELETE",
        "/v1/results",
        405,
        a(405),
        differs="`PUT` and `DELETE` of all results are 405; RefStack said 500.",
    ),
)
RECORDS = (
    Case("the schema", "GET", "/v1/results/schema", 200, ...),
    Case("what nobody signed is everybody's", "GET", "/v1/results/{unsigned}", 200,
         record("unsigned", results=["tempest.a", "tempest.b (scenario)"], user_role="user")),
    Case("in capitals", "GET", "/v1/results/{UNSIGNED}", 200, record("unsigned", results=..., user_role="user")),
    Case("what is shared, for a stranger", "GET", "/v1/results/{shared}/", 200,
         record("shared", meta=SHARED, results=["s"], user_role="user")),
    Case("what is shared, for its owner", "GET", "/v1/results/{shared}", 200,
         record("shared", results=["s"], **OURS | {"meta": SHARED | {"user": ADA}}), "ada"),
    Case("one's own", "GET", "/v1/results/{private}", 200, record("private", results=["tempest.a", "tempest.b (scenario)"], **OURS), "ada"),
    Case("of who came from RefStack, by the token of an operator", "GET", "/v1/results/{old}", 200,
         record("old", results=["o"], **OURS | {"meta": {"user": EVE}}), "eve"),
    Case("of a product, for a member of its vendor", "GET", "/v1/results/{sold}", 200,
         record("sold", results=["p"], product_version=SOLD, **OURS | {"cpid": CLOUD}), "ada"),
    Case("another's, for a stranger", "GET", "/v1/results/{private}", 404, NOT_FOUND, differs=UNSEEN),
    Case("another's, for somebody", "GET", "/v1/results/{private}", 404, NOT_FOUND, "bob", differs=UNSEEN),
    Case("none", "GET", f"/v1/results/{NOBODYS}", 404, NOT_FOUND),
    Case("no id", "GET", "/v1/results/x", 404, NOT_FOUND),
    Case("everything that is said", "GET", "/v1/results/{shared}/meta", 200, SHARED,
         differs="`GET …/meta` of another's result never breaks; RefStack said 500 of a private one."),
    Case("everything that is said, for its owner", "GET", "/v1/results/{shared}/meta", 200, SHARED | {"user": ADA}, "ada"),
    Case("a thing that is said", "GET", "/v1/results/{shared}/meta/target/", 200, "object"),
    Case("a thing that is not said", "GET", "/v1/results/{private}/meta/target", 200, None, "ada"),
    Case("who sent it, for a stranger", "GET", "/v1/results/{shared}/meta/user", 403, a(403)),
    Case("who sent it, for its owner", "GET", "/v1/results/{shared}/meta/user", 200, ADA, "ada"),
    Case("something of another's private one", "GET", "/v1/results/{private}/meta/target", 404, NOT_FOUND, "bob", differs=UNSEEN),
    Case("a stranger says nothing", "POST", "/v1/results/{shared}/meta/target", 401, a(401), more={"data": b"x"},
         differs="Who does not say who they are is told 401 where a right is needed; RefStack said 403 of what is shared."),
    Case("somebody else says nothing", "POST", "/v1/results/{shared}/meta/target", 403, a(403), "bob", {"data": b"compute"}),
    Case("another thing is not said", "POST", "/v1/results/{shared}/meta/user", 403, a(403), "ada", {"data": b"bob"}),
    Case("a guideline that is not here", "POST", "/v1/results/{private}/meta/guideline", 400, b(400, re.compile("Invalid guideline: 1999.01.*")), "ada",
         {"data": b"1999.01.json"}, "A guideline must be one of the server's and a target one of its programs; RefStack took any text."),
    Case("a target that the guideline has not", "POST", "/v1/results/{shared}/meta/target", 400, b(400, re.compile("Invalid target: arctic.*")), "ada",
         {"data": b"arctic"}, "A guideline must be one of the server's and a target one of its programs; RefStack took any text."),
    Case("nothing is unsaid that was not said", "DELETE", "/v1/results/{private}/meta/target", 404, b(404, re.compile("Metadata key target .* not found.")), "ada"),
    Case("another's is not unsaid", "DELETE", "/v1/results/{shared}/meta/target", 403, a(403), "bob"),
    Case("another's is not deleted", "DELETE", "/v1/results/{shared}", 403, a(403), "bob"),
    Case("an empty change", "PUT", "/v1/results/{shared}", 201, record("shared", meta=SHARED | {"user": ADA}), "ada", {"json": {}}),
    Case("a change by somebody else", "PUT", "/v1/results/{shared}", 403, a(403), "bob", {"json": {}}),
    Case("a version that is not there", "PUT", "/v1/results/{shared}", 404, ..., "ada", {"json": {"product_version_id": NOBODYS}}),
    Case("a version that is no id", "PUT", "/v1/results/{shared}", 400, b(400, ...), "ada", {"json": {"product_version_id": "x"}}),
    Case("a state that there is not", "PUT", "/v1/results/{shared}", 400, b(400, ...), "office", {"json": {"verification_status": 2}}),
    Case("a state that is a text", "PUT", "/v1/results/{shared}", 400, b(400, ...), "office", {"json": {"verification_status": "x"}},
         "`verification_status` other than 0 and 1 is 400; RefStack said 500 of a text."),
    Case("only the office verifies", "PUT", "/v1/results/{shared}", 403, a(403), "ada", {"json": {"verification_status": 1}}),
    Case("what is not official is not verified", "PUT", "/v1/results/{shared}", 403, a(403), "office", {"json": {"verification_status": 1}},
         "Only what a vendor's designate made official is verified; RefStack asked for target, guideline and `shared`."),
    Case("a change that is a form", "PUT", "/v1/results/{shared}", 201, ..., "office", {"data": {"verification_status": "0"}}),
    Case("a change that is no JSON", "PUT", "/v1/results/{shared}", 400, b(400, re.compile("Malformed request.*")), "ada", {"data": b"{"}),
    Case("a list without a signature of one's own", "GET", "/v1/results?signed", 400, b(400, ...)),
    Case("a page before the first", "GET", "/v1/results?page=0", 400, b(400, ...)),
    Case("a page that is no number", "GET", "/v1/results?page=x", 400, b(400, ...)),
    Case("a page of a number that is none", "GET", f"/v1/results?page={10**18}", 400, b(400, ...)),
    Case("a cpid that no database keeps", "GET", "/v1/results?cpid=%00", 400, b(400, ...)),
    Case("a guideline that no database keeps", "GET", "/v1/guidelines/%00", 400, b(400, ...)),
    Case("a result that no database keeps", "GET", "/v1/results/%00", 404, NOT_FOUND),
    Case("an empty cpid means every one", "GET", "/v1/results?cpid=&page=99", 400, b(400, ...)),
    Case("a page without a number", "GET", "/v1/results?page=", 400, b(400, ...)),
    Case("a page behind the last", "GET", "/v1/results?page=99", 400, b(400, ...)),
    Case("a date of another form", "GET", "/v1/results?start_date=2026-11-30", 400, b(400, re.compile("Invalid date format: start_date.*"))),
    Case("a date that there is not", "GET", "/v1/results?end_date=2026-02-30+00:00:00", 400, b(400, re.compile("Invalid date format: end_date.*"))),
    Case("an end before the start", "GET", "/v1/results?start_date=2026-02-03+00:00:00&end_date=2026-02-02+00:00:00", 400, b(400, ...)),
    Case("a product that is not there", "GET", f"/v1/results?product_id={NOBODYS}", 404, b(404, ...)),
    Case("a product that they may not see", "GET", "/v1/results?product_id={product}", 404, b(404, ...), "bob", differs=UNSEEN),
    Case("nothing at that time", "GET", "/v1/results/?end_date=2001-01-01+00:00:00", 200, {"results": [], "pagination": {"current_page": 1, "total_pages": 0}}),
    Case("a token that is none", "GET", "/v1/results", 400, b(400, ...), more={"headers": {"Authorization": "Bearer x"}}),
    Case("a scheme that is not known", "GET", "/v1/results", 400, b(400, ...), more={"headers": {"Authorization": "Basic x"}}),
)  # fmt: skip


@pytest.mark.parametrize("case", [*UPLOADS, *RECORDS], ids=lambda case: case.name)
def test_a_request_is_answered_as_refstack_did(server: RefstackServer, case: Case) -> None:
    words = server.words | {key.upper(): word.upper() for key, word in server.words.items()}
    path = re.sub(r"\{(\w+)\}", lambda word: words[word[1]], case.path)
    answer = server.ask(case.method, path, case.who, **case.more)
    found = answer.json() if answer.content else None
    assert (answer.status_code, fits(found, case.body, words)) == (case.status, True), answer.text


def test_every_difference_on_purpose_stands_in_the_reference() -> None:
    text = REFERENCE.read_text()
    differing = dict.fromkeys(case.differs for case in (*UPLOADS, *RECORDS) if case.differs)
    assert [sentence for sentence in differing if sentence not in text] == []


def test_a_request_that_is_sent_again_is_the_same_run_and_stands_in_the_audit(server: RefstackServer) -> None:
    again = upload("again", cpid=str(next(_NUMBERS)))
    first = server.send(again, "ada")
    before = server.place.audit()
    assert server.send(again, "ada") == first
    assert server.place.audit() == [*before, f"run.again {first}"]
    assert server.send(again, "eve") != first
    assert server.send(again) != server.send(again)  # nobody signed: nothing was recorded that could be sent again


def test_a_signature_that_is_not_the_keys_leaves_an_entry_and_nothing_else(server: RefstackServer) -> None:
    before = server.place.audit()
    for signer in ("ada", "mallory"):
        answer = server.ask("POST", "/v1/results", data=BODY, headers=signed(signer, b"other"))
        assert answer.status_code == 400
    new = server.place.audit()[len(before) :]
    assert [entry.partition(" ")[0] for entry in new] == ["key.refused"]


def pages(server: RefstackServer, query: str, who: str | None = None) -> list[str]:
    """The ids of all pages, as `refstack-client list` goes through them."""
    found: list[str] = []
    for number in itertools.count(1):
        answer = server.ask("GET", f"/v1/results/?page={number}&{query}", who)
        assert answer.status_code == 200, answer.text
        found += [one["id"] for one in answer.json()["results"]]
        if answer.json()["pagination"]["total_pages"] in {0, number}:
            return found
    raise AssertionError


def test_pages_have_each_result_once_the_newest_first(server: RefstackServer, monkeypatch: pytest.MonkeyPatch) -> None:
    cpid = f"cloud {next(_NUMBERS)}"
    sent = [server.send(upload("t", cpid=cpid)) for _ in range(45)]
    assert pages(server, f"cpid={cpid}") == sent[::-1]
    assert server.ask("GET", f"/v1/results/?cpid={cpid}&page=4").status_code == 400
    # Where there are very many, not all are counted, and all pages are there nonetheless.
    monkeypatch.setattr(refstack_runs, "COUNTED", 1)
    assert pages(server, f"cpid={cpid}") == sent[::-1]


def test_filters_narrow_a_list_down(server: RefstackServer) -> None:
    words = server.words
    every, mine = pages(server, ""), pages(server, "signed=true", "ada")
    assert {words["unsigned"], words["shared"]} <= set(every)
    assert {words["private"], words["old"], words["sold"]}.isdisjoint(every)
    assert {words["private"], words["shared"], words["sold"]} <= set(mine)
    assert {words["old"], words["unsigned"]}.isdisjoint(mine)
    assert pages(server, "signed=false", "ada") == every
    assert pages(server, f"product_id={words['product']}", "ada") == [words["sold"]]
    assert pages(server, f"product_id={words['product']}&signed", "ada") == [words["sold"]]
    assert pages(server, "verification_status=1") == []
    assert pages(server, "verification_status=0") == every
    moment = server.ask("GET", f"/v1/results/{words['unsigned']}").json()["created_at"]
    assert words["unsigned"] in pages(server, f"start_date={moment}&end_date={moment}")


def test_what_is_said_is_judged_once_guideline_and_target_are_there(server: RefstackServer) -> None:
    run = server.send(upload("x", cpid=str(next(_NUMBERS))), "ada")

    def verdict() -> Any:
        return server.ask("GET", f"/api/v2/runs/{run}", "ada").json()["verdict"]

    server.say(run, "ada", target="compute")
    assert verdict() is None
    server.say(run, "ada", guideline="2026.11")
    assert (verdict()["program"], verdict()["standing"]) == ("Interoperable Compute", "incomplete")
    server.say(run, "ada", target="Object")
    assert verdict()["program"] == "Interoperable Object Storage"
    assert server.ask("GET", f"/v1/results/{run}/meta", "ada").json() == {
        "user": ADA,
        "guideline": "2026.11",
        "target": "Object",
    }
    assert server.ask("DELETE", f"/v1/results/{run}/meta/guideline", "ada").status_code == 204
    assert verdict() is None


@pytest.mark.parametrize("word", ["false", "0", "no", ""])
def test_a_word_for_no_shares_nothing(server: RefstackServer, word: str) -> None:
    run = server.send(upload("x", cpid=str(next(_NUMBERS))), "ada")
    server.say(run, "ada", shared="true")
    assert server.ask("GET", f"/v1/results/{run}").status_code == 200
    server.say(run, "ada", shared=word)
    assert server.ask("GET", f"/v1/results/{run}").status_code == 404


def test_a_result_is_given_to_a_product_and_taken_back(server: RefstackServer) -> None:
    run = server.send(upload("x", cpid=str(next(_NUMBERS))), "ada")
    path, version = f"/v1/results/{run}", server.words["version"]
    given = server.ask("PUT", path, "ada", json={"product_version_id": version})
    assert (given.status_code, given.json()["product_version"]["id"]) == (201, version)
    back = server.ask("PUT", path, "ada", json={"product_version_id": None})
    assert (back.status_code, back.json()["product_version"]) == (201, None)
    assert server.ask("DELETE", path, "ada").status_code == 204
    assert server.ask("GET", path, "ada").status_code == 404


def test_a_vendors_upload_goes_all_the_way_to_verified(server: RefstackServer) -> None:
    services, run = server.services, server.send(upload("x", cpid=PRODUCTS_CPID), "ada")
    path = f"/v1/results/{run}"
    given = server.ask("GET", path, "ada").json()
    assert given["product_version"]["id"] == server.words["version"], "its cpid is that of one version of the sender's"
    server.say(run, "ada", shared="true", guideline="2026.11", target="object")
    assert server.ask("GET", path).json()["product_version"] is None, "nobody else sees the product"

    vendors.ask(services, server.people["ada"], server.vendor, None, is_asked=True)
    vendors.decide(services, server.people["office"], server.vendor, None, is_approved=True, reason="known")
    person = server.people["ada"].identity or b""
    members.appoint(services, server.people["office"], server.vendor, Role.DESIGNATE, person, reason="letter")
    verify = {"json": {"verification_status": 1}}
    refused = server.ask("PUT", path, "office", **verify)
    assert (refused.status_code, "official" in refused.json()["detail"]) == (403, True)
    claims.make_official(services, server.people["ada"], ids.read(run), None, is_official=True)
    assert server.ask("PUT", path, "ada", **verify).status_code == 403
    verified = server.ask("PUT", path, "office", **verify)
    assert (verified.status_code, verified.json()["verification_status"]) == (201, 1)
    assert server.ask("PUT", path, "office", **verify).status_code == 201
    assert server.ask("GET", path).json()["verification_status"] == 1
    assert run in pages(server, "verification_status=1")
    assert run in pages(server, f"verification_status=1&product_id={server.words['product']}", "ada")
    assert run not in pages(server, "verification_status=0")

    for method, more in (("DELETE", {}), ("PUT", {"json": {"product_version_id": None}})):
        assert server.ask(method, path, "ada", **more).status_code == 403
    for key in ("shared", "guideline", "target"):
        assert server.ask("POST", f"{path}/meta/{key}", "ada", data=b"0").status_code == 403
        assert server.ask("DELETE", f"{path}/meta/{key}", "ada").status_code == 403
    assert server.ask("PUT", path, "office", json={"verification_status": 0}).json()["verification_status"] == 0


def test_two_versions_of_one_cpid_are_nobodys_choice(server: RefstackServer) -> None:
    services, ada = server.services, server.people["ada"]
    cpid = f"cloud {next(_NUMBERS)}"
    products.add_version(services, ada, server.product, cpid, [], cpid)
    first, bobs = server.send(upload("x", cpid=cpid), "ada"), server.send(upload("x", cpid=cpid), "eve")
    products.add_version(services, ada, server.product, f"{cpid} again", [], cpid)
    second = server.send(upload("y", cpid=cpid), "ada")
    found = [
        server.ask("GET", f"/v1/results/{run}", who).json()["product_version"]
        for run, who in ((first, "ada"), (bobs, "eve"), (second, "ada"))
    ]
    assert [one and one["version"] for one in found] == [cpid, None, None]


def test_a_run_that_nobody_signed_is_the_offices_to_delete(server: RefstackServer) -> None:
    run = server.send(upload("x", cpid=str(next(_NUMBERS))))
    assert server.ask("DELETE", f"/v1/results/{run}", "bob").status_code == 403
    assert server.ask("DELETE", f"/v1/results/{run}", "office").status_code == 204


def test_what_comes_by_one_door_is_seen_through_the_other(server: RefstackServer) -> None:
    sent = upload("v1.a", "v1.b", cpid=str(next(_NUMBERS)))
    run = server.send(sent, "ada")
    shown = server.ask("GET", f"/api/v2/runs/{run}", "ada").json()
    assert (shown["format"], shown["is_public"], shown["verdict"]) == ("refstack-upload", False, None)
    assert server.ask("GET", f"/api/v2/runs/{run}/evidence", "ada").content == sent
    results = server.ask("GET", f"/api/v2/runs/{run}/results", "ada").json()["results"]
    assert [(one["name"], one["outcome"]) for one in results] == [("v1.a", "passed"), ("v1.b", "passed")]

    whole = (Path(__file__).parents[2] / "examples" / "object-storage-pass.subunit").read_bytes()
    query = {"name": "run.subunit", "guideline": "2026.11", "program": "object", "public": "true", "subject": CLOUD}
    run = server.ask("POST", "/api/v2/runs", "ada", params=query, data=whole).json()["id"]
    results = server.ask("GET", f"/api/v2/runs/{run}/results", "ada").json()["results"]
    record = server.ask("GET", f"/v1/results/{run}", "ada").json()
    assert record["results"] == sorted(one["name"] for one in results if one["outcome"] == "passed")
    assert record["meta"] == {"user": ADA, "shared": "true", "guideline": "2026.11.json", "target": "object"}
    assert (record["cpid"], record["duration_seconds"] > 0) == (CLOUD, True)
    assert run in pages(server, "")


def test_a_token_that_somebody_signed_themselves_holds_for_refstacks_api(server: RefstackServer) -> None:
    def ask(token: str, path: str = f"/v1/results/{server.words['private']}") -> requests.Response:
        return server.ask("GET", path, headers={"Authorization": f"Bearer {token}"})

    good = jwt("ada", user_openid=ADA)
    assert ask(good).json()["user_role"] == "owner"
    assert ask(good, f"/api/v2/runs/{server.words['private']}").status_code == 401
    refused = {
        "of a key that is not theirs": jwt("mallory", user_openid=ADA),
        "by a key that was proven by the old signature only": jwt("eve", user_openid=EVE),
        "that has ended": jwt("ada", -60, user_openid=ADA),
        "that holds for a year": jwt("ada", 365 * 86_400, user_openid=ADA),
        "of nobody": jwt("ada"),
        "of a name that no database keeps": jwt("ada", user_openid="a\0"),
        "that was changed": f"{good[:-8]}AAAAAAAA",
        "of three words": "a.b.c",
    }
    found = {name: ask(token).status_code for name, token in refused.items()}
    assert found == dict.fromkeys(refused, 400)
    assert ask(jwt("ada", -30, user_openid=ADA)).status_code == 200  # clocks differ


def test_whoever_changes_a_result_leaves_an_entry(server: RefstackServer) -> None:
    def done(method: str, path: str, **more: Any) -> list[str]:
        before = len(server.place.audit())
        answer = server.ask(method, path, "ada", **more)
        assert answer.status_code < 300, answer.text
        # What belongs to a vendor stands there as well.
        return list(dict.fromkeys(entry.partition(" ")[0] for entry in server.place.audit()[before:]))

    run = server.send(upload("x", cpid=str(next(_NUMBERS))), "ada")
    path = f"/v1/results/{run}"
    found = [
        done("POST", f"{path}/meta/target", data=b"object"),
        done("POST", f"{path}/meta/guideline", data=b"2026.11"),
        done("DELETE", f"{path}/meta/target"),
        done("POST", f"{path}/meta/shared", data=b"1"),
        done("DELETE", f"{path}/meta/shared"),
        done("PUT", path, json={"product_version_id": server.words["version"]}),
        done("PUT", path, json={}),
        done("PUT", path, json={"product_version_id": None}),
        done("DELETE", path),
    ]
    names = ["run.name"] * 3 + ["run.edit"] * 2 + ["run.attach", None, "run.detach", "run.delete"]
    assert found == [[name] if name else [] for name in names]


def test_a_list_asks_a_database_the_same_few_things_however_much_it_shows(
    server: RefstackServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = Transaction.run

    def counting(self: Transaction, statement: Any, **values: Any) -> Any:
        asked.append(statement.name.partition(" ")[0])
        return real(self, statement, **values)

    assert server.ask("GET", "/v1/results").status_code == 200  # guidelines are read once
    monkeypatch.setattr(Transaction, "run", counting)
    for query in ("", "?cpid=nothing"):
        asked.clear()
        assert server.ask("GET", f"/v1/results{query}").status_code == 200
        assert asked == ["refstack.count", "refstack.page"], query


def test_the_one_person_of_a_local_server_lists_what_they_sent(tmp_path: Path) -> None:
    with serving(tmp_path) as local:
        sent = requests.post(f"{local.url}/v1/results/", data=BODY, timeout=60).json()
        listed = requests.get(f"{local.url}/v1/results/", timeout=60).json()["results"]
        assert [(one["id"], one["url"]) for one in listed] == [(sent["test_id"], sent["url"])]
        page = requests.get(f"{sent['url']}.json", timeout=60).json()
        assert page["run"]["subject"] == CPID


def test_a_result_that_was_imported_is_found_by_the_id_that_it_had(server: RefstackServer) -> None:
    old, run = str(uuid4()), server.words["unsigned"]
    with server.services.database.write() as transaction:
        imported.put(transaction, [imported.Imported(imported.Kind.RUN, old, ids.read(run), "{}")])
    assert server.ask("GET", f"/v1/results/{old.upper()}").json()["id"] == old
    assert server.ask("GET", f"/v1/results/{old}/meta").status_code == 200
    led = server.ask("GET", f"/results/{old}")
    assert (led.status_code, led.headers["Location"]) == (303, f"{server.url}/runs/{run}")


def test_a_token_that_may_only_send_gives_no_result_to_a_product(server: RefstackServer) -> None:
    headers = {"Authorization": f"Bearer {server.tokens['ada']}"}
    answer = server.ask("PUT", f"/v1/results/{server.words['private']}", headers=headers, json={})
    assert (answer.status_code, answer.json()["detail"]) == (403, "that asks for the right to manage")


def test_unsigned_uploads_are_refused_where_the_settings_say_so(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with refstack_server(tmp_path, f"sqlite:///{tmp_path / 'x.sqlite'}", anonymous_uploads="no") as found:
        answer = found.ask("POST", "/v1/results/", data=BODY)
        assert (answer.status_code, answer.json()["title"]) == (401, "Unauthorized")
        assert found.send(BODY, "ada")
        by_token = found.send(BODY, who="bob")
        assert found.ask("GET", f"/v1/results/{by_token}", "bob").json()["user_role"] == "owner"
        assert found.ask("GET", "/v1/results/").json()["results"] == []
