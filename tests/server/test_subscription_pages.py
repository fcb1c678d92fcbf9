"""The pages of whoever follows queries: made, tried, paused, removed; the secret is shown once."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest

from certmark.server.opening import create, services_of
from certmark.server.settings import read_settings
from server.conftest import newcomer
from server.test_corpus_api import filled
from support.web_pages import Pages, path_of, wrong

pytestmark = pytest.mark.enable_socket
WANTED = {"q": "vendor:acme", "url": "https://example.org/hook", "condition": "changed"}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("site")), public_url="http://127.0.0.1:8300")
    create(settings)
    with services_of(settings) as services:
        filled(services, tmp_path_factory.mktemp("runs"))
        yield Pages(services)


def test_a_subscription_from_the_search_to_its_end(pages: Pages) -> None:
    ada = newcomer(pages.services, "ada")
    assert "/my/subscriptions/new?q=vendor%3Aacme" in pages.get("/search?q=vendor:acme", ada).text
    assert "/my/subscriptions" not in pages.get("/search?q=vendor:acme").text
    assert 'value="vendor:acme"' in pages.get("/my/subscriptions/new?q=vendor:acme", ada).text
    made = pages.send("/my/subscriptions/new", ada, **WANTED)
    assert made.status_code == 201
    secret = re.findall(r"whsec_[A-Za-z0-9+/=]+", html.unescape(made.text))[0]
    one = pages.json("/my/subscriptions", ada)["subscriptions"][0]
    assert (one["query"], one["runs"], one["paused"]) == ("vendor:acme", 2, None)
    for path in ("/my/subscriptions", one["path"], f"{one['path']}.json"):
        assert secret not in pages.get(path, ada).text
    assert path_of(pages.send(f"{one['path']}/test", ada)) == one["path"]
    log = pages.json(one["path"], ada)["deliveries"]
    assert [(sent["type"], sent["attempts"]) for sent in log] == [("query.test", 0)]
    assert log[0]["id"] in pages.get(one["path"], ada).text
    pages.send(f"{one['path']}/pause", ada)
    assert pages.json(one["path"], ada)["subscription"]["paused"] == "you paused it"
    assert "Set it going again" in pages.get(one["path"], ada).text
    pages.send(f"{one['path']}/resume", ada)
    assert pages.json(one["path"], ada)["subscription"]["paused"] is None
    bob = newcomer(pages.services, "bob")
    assert pages.get(one["path"], bob).status_code == 404
    assert "follow this query no more" in pages.get(f"{one['path']}/end", ada).text.lower()
    assert path_of(pages.send(f"{one['path']}/end", ada)) == "/my/subscriptions"
    assert "You follow no query" in pages.get("/my/subscriptions", ada).text


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"q": "vendor"}, "The query cannot be read at character 1"),
        ({"url": "ftp://x"}, "cannot be fetched"),
        ({"condition": "failing"}, "say how many runs in a row"),
        ({"guideline": "1999.01"}, "There is no guideline"),
        ({"url": ""}, "this is missing"),
    ],
)
def test_what_cannot_be_followed_is_said_at_its_field(pages: Pages, changes: dict[str, str], says: str) -> None:
    answer = pages.send("/my/subscriptions/new", newcomer(pages.services, "ada"), **WANTED | changes)
    assert says in html.unescape(wrong(answer))


def test_a_query_has_a_short_address_once_somebody_saved_it(pages: Pages) -> None:
    ada = newcomer(pages.services, "ada")
    asked = {"q": 'vendor:"acme" and status:pass', "guideline": "2098.12", "program": "servers"}
    link = pages.client.get("/search.json", params=asked).json()["permalink"]
    assert pages.get(link["path"]).status_code == 404
    saved = pages.send("/queries", ada, **asked)
    assert saved.status_code == 303, saved.text
    where = saved.headers["Location"]
    assert pages.client.get("/search.json", params=asked).json()["permalink"] == link | {"is_saved": True}
    shown = pages.get(link["path"])
    assert (shown.status_code, shown.headers["Location"]) == (303, where)
    found = pages.client.get(where, headers={"Accept": "application/json"}).json()
    assert (found["query"], found["runs"]["program"], found["runs"]["count"]) == (asked["q"], "Servers", 2)
    assert pages.client.get(f"{link['path']}.json").json()["q"] == asked["q"]
    feed = pages.client.get(f"{link['path']}.atom")
    assert feed.text.count("<entry>") == 2
    assert pages.get("/queries/aaaaaaaaaaaa").status_code == 404
