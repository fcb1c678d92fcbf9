"""What holds of every page, whatever is on it."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree as ET

import msgspec
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from certmark.domain.permissions import DEFAULT_RULES
from certmark.server.api.tables import csv_of
from certmark.server.asking import STRANGER, Asker
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.sealed import Sealed
from certmark.server.web.bodies import BODIES, Bodies, Body
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.handling import not_here, pages
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.server.web.static_files import files, static_route

HOSTILE = "<script>alert(1)</script>\u202e\x07"


class Said(msgspec.Struct, frozen=True):
    detail: str
    status: int = 200
    request: str | None = None


class Wanted(msgspec.Struct, frozen=True):
    most: int = 3
    tag: list[str] = []


@dataclass
class Site:
    client: TestClient
    drawn: list[str]


@pytest.fixture
def site() -> Site:
    drawn: list[str] = []

    def thing(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - as every handler
        name = asked.request.path_params["thing"]
        if name == "nothing":
            raise NotFound("there is no such thing")
        wanted = asked.query(Wanted)
        tag = asked.unless_known(name, wanted.most) if name == "sealed" else None
        drawn.append(name)
        freshness = {"sealed": Freshness.SEALED, "own": Freshness.PRIVATE}.get(name, Freshness.PUBLIC)
        feed = Feed("Things", "/things/feed", (FeedEntry("/things/1", HOSTILE, 1_000_000, "/things/1"),))
        return Shown(
            "refusal.html.j2",
            name,
            Said(HOSTILE),
            csv=(("a",), [("=cmd|x",)]),
            text="plain\n",
            feed=feed,
            freshness=freshness,
            tag=tag,
        )

    route = PageRoute("/things/{thing}", thing, forms=("json", "csv", "atom", "txt"))
    services = cast(
        "Services", SimpleNamespace(settings=SimpleNamespace(public_url=None, is_local=False), rules=DEFAULT_RULES)
    )
    known = Asker(b"\1" * 16, "somebody", frozenset())
    app = Starlette(
        routes=[
            static_route(),
            *pages([route], services, lambda request: known if "x-known" in request.headers else STRANGER),
        ],
        exception_handlers=cast("Any", {404: lambda request, _: not_here(services, request)}),
    )
    return Site(TestClient(app), drawn)


def test_the_data_of_a_page_are_at_the_same_address_as_json(site: Site) -> None:
    whole = site.client.get("/things/2022.11", headers={"accept": "text/html,application/json;q=0.8"})
    assert whole.headers["content-type"] == "text/html; charset=utf-8"
    for found in (
        site.client.get("/things/2022.11.json"),
        site.client.get("/things/2022.11", headers={"accept": "application/json"}),
    ):
        assert found.json() == {"detail": HOSTILE, "status": 200, "request": None}


def test_what_is_foreign_is_shown_and_does_nothing(site: Site) -> None:
    text = site.client.get("/things/a").text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\x07" in text
    headers = site.client.get("/things/a").headers
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"


def test_a_table_is_an_attachment_in_which_nothing_runs(site: Site) -> None:
    found = site.client.get("/things/a.csv")
    assert found.headers["content-disposition"] == 'attachment; filename="a.csv"'
    assert list(csv.reader(io.StringIO(found.text))) == [["a"], ["'=cmd|x"]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted(text: str) -> None:
    row = next(csv.reader(io.StringIO(csv_of(("a",), [(text, -1, None)]).decode().partition("\r\n")[2])))
    assert row[0].startswith("'")
    assert row[1:] == ["-1", ""]


def test_a_feed_has_whole_addresses_and_harmless_titles(site: Site) -> None:
    root = ET.fromstring(site.client.get("/things/feed.atom").content)  # noqa: S314 - ours
    space = "{http://www.w3.org/2005/Atom}"
    entry = root.find(f"{space}entry")
    assert entry is not None
    assert entry.findtext(f"{space}id") == "http://testserver/things/1"
    assert entry.findtext(f"{space}updated") == "1970-01-01T00:00:01Z"
    assert "\x07" not in str(entry.findtext(f"{space}title"))


def test_plain_text_is_what_it_is(site: Site) -> None:
    found = site.client.get("/things/a.txt")
    assert (found.text, found.headers["content-type"]) == ("plain\n", "text/plain; charset=utf-8")


def test_what_did_not_change_is_not_sent_again(site: Site) -> None:
    first = site.client.get("/things/a")
    again = site.client.get("/things/a", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = site.client.get("/things/b", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200


def test_a_sealed_page_is_drawn_once(site: Site) -> None:
    first = site.client.get("/things/sealed")
    again = site.client.get("/things/sealed")
    assert first.text == again.text
    assert site.drawn == ["sealed"]
    assert site.client.get("/things/sealed", headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert site.client.get("/things/sealed", params={"most": 4}).status_code == 200
    assert site.drawn == ["sealed", "sealed"]


def test_a_body_that_goes_while_it_is_looked_for_is_sent_all_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.client.get("/things/sealed")
    found = BODIES.get

    def once(tag: str) -> Body | None:
        body = found(tag)
        monkeypatch.setattr(BODIES, "get", lambda tag: None)  # noqa: ARG005 - others were asked for more
        return body

    monkeypatch.setattr(BODIES, "get", once)
    again = site.client.get("/things/sealed")
    assert (again.status_code, again.text) == (200, first.text)


def test_what_one_sees_is_not_kept_for_another(site: Site) -> None:
    stranger = site.client.get("/things/sealed")
    known = site.client.get("/things/sealed", headers={"x-known": "1"})
    assert "Sign in" in stranger.text
    assert "My work" in known.text
    assert stranger.headers["cache-control"].startswith("public")
    assert known.headers["cache-control"] == "private, no-cache"


def test_what_is_somebodys_own_is_neither_kept_nor_compressed(site: Site) -> None:
    found = site.client.get("/things/own", headers={"x-known": "1"})
    assert found.headers["cache-control"] == "no-store"
    assert "etag" not in found.headers
    assert "content-encoding" not in found.headers


def test_a_wrong_parameter_is_said_and_an_unknown_one_is_left_alone(site: Site) -> None:
    found = site.client.get("/things/a", params={"most": "many", "utm": "x"})
    assert found.status_code == 400
    assert "must be a whole number" in found.text
    assert site.client.get("/things/a", params={"utm": "x"}).status_code == 200


def test_what_is_not_there_is_a_page_with_a_search(site: Site) -> None:
    for address in ("/things/nothing", "/nowhere"):
        found = site.client.get(address, headers={"accept": "text/html"})
        assert found.status_code == 404
        assert 'name="q"' in found.text
    assert site.client.get("/things/nothing.json").json()["detail"] == "there is no such thing"


def test_our_own_files_are_kept_for_ever_and_change_their_address_with_their_content(site: Site) -> None:
    found = site.client.get(files().address("site.css"))
    assert "immutable" in found.headers["cache-control"]
    old = site.client.get("/static/0000/site.css")
    assert (old.content, old.headers["cache-control"]) == (found.content, "no-cache")
    assert site.client.get("/static/0000/nothing.css").status_code == 404


def test_scripts_and_style_are_small() -> None:
    scripts = [gzip.compress(one.content) for name, one in files().by_name.items() if name.endswith(".js")]
    assert sum(map(len, scripts)) <= 10_000
    assert len(files().by_name["site.css"].packed) <= 12_000


def test_bodies_that_are_kept_have_a_bound() -> None:
    bodies = Bodies(most=8000)
    for number in range(20):
        bodies.put(Body(bytes(900), "html", str(number), {}))
    assert sum(bodies.get(str(number)) is not None for number in range(20)) == 8
    bodies.put(Body(bytes(2000), "html", "large", {}))
    assert bodies.get("large") is None


def test_what_is_made_of_sealed_bytes_is_kept_within_a_bound() -> None:
    sealed = Sealed(largest=100)
    for number in range(10):
        sealed.keep(number, f"made of {number}", 20)
    assert [number for number in range(10) if sealed.get(number) is not None] == [5, 6, 7, 8, 9]
    assert sealed.get(5) == "made of 5"
    sealed.keep("new", "x", 20)
    assert sealed.get(6) is None
    assert sealed.get(5) == "made of 5"
    sealed.keep("large", "x", 30)
    assert sealed.get("large") is None
