"""Replies, and lists in pages: every form of links, and an end to all of them."""

from __future__ import annotations

from typing import Any

import pytest

from certmark.cloud.replies import LONGEST_QUERY, PAGES, Reply, Unanswered, listed, next_query, pages

INSIDE = "http://inside.example:8774/v2.1"
LINKS: dict[str, tuple[object, str]] = {
    "nothing more": ({"things": [1]}, ""),
    "as Glance": ({"next": "/v2/things?marker=b&limit=2"}, "marker=b&limit=2"),
    "as Barbican": ({"next": f"{INSIDE}/things?offset=10"}, "offset=10"),
    "as Keystone": ({"links": {"next": f"{INSIDE}/things?page=2", "self": "x", "previous": None}}, "page=2"),
    "as Keystone, at its end": ({"links": {"next": None, "self": f"{INSIDE}/things", "previous": None}}, ""),
    "as Designate": ({"links": {"self": f"{INSIDE}/things", "next": f"{INSIDE}/things?marker=z"}}, "marker=z"),
    "as Nova, Cinder, Neutron": ({"things_links": [{"rel": "next", "href": f"{INSIDE}/things?marker=b"}]}, "marker=b"),
    "as Neutron, which also leads back": (
        {"things_links": [{"rel": "previous", "href": "?marker=a"}, {"rel": "next", "href": "?marker=c"}]}, "marker=c",
    ),
    "as Neutron, at its end": ({"things_links": [{"rel": "previous", "href": "?marker=a"}]}, ""),
    "as Heat": ({"links": [{"rel": "self", "href": "x"}, {"rel": "next", "href": f"{INSIDE}?marker=h"}]}, "marker=h"),
    "a link without a query": ({"next": f"{INSIDE}/things"}, ""),
    "an empty link": ({"next": ""}, ""),
    "links of another list": ({"others_links": [{"rel": "next", "href": "?marker=o"}]}, ""),
    "a link that is none": ({"next": 7}, ""),
    "a link that is none, and one that is": ({"next": None, "links": {"next": "?page=2"}}, "page=2"),
    "links that are none": ({"links": 7, "things_links": [7, {"rel": "next"}, {"href": "?x=1"}]}, ""),
    "a link that breaks parsers": ({"next": "http://[::1?marker=b"}, ""),
    "a query as long as any sensible one": ({"next": "?" + "a" * LONGEST_QUERY}, "a" * LONGEST_QUERY),
    "a query beyond every measure": ({"next": "?" + "a" * (LONGEST_QUERY + 1)}, ""),
    "a list for a document": ([{"next": "?marker=b"}], ""),
    "no document": (None, ""),
}  # fmt: skip


@pytest.mark.parametrize(("body", "query"), LINKS.values(), ids=LINKS.keys())
def test_a_link_to_the_next_page_is_found_in_every_form(body: object, query: str) -> None:
    assert next_query(body, "things") == query


class Service:
    """Answers from a list of bodies, the last one for ever."""

    def __init__(self, *bodies: Any, status: int = 200) -> None:
        self.bodies = list(bodies)
        self.status = status
        self.asked: list[str] = []

    def ask(self, path: str) -> Reply:
        self.asked.append(path)
        return Reply(self.status, self.bodies.pop(0) if len(self.bodies) > 1 else self.bodies[0], {})


def page(*things: str, following: str = "") -> dict[str, Any]:
    return {"things": list(things), "next": f"http://elsewhere.example/x?{following}"}


def test_only_the_query_of_a_link_is_used_and_lost_filters_stay() -> None:
    service = Service(page("a", following="marker=a"), page("b", following="all=1&router%3Aexternal=True"), page("c"))
    found = listed(pages(service.ask, "/things?all=1&router:external=True&limit=2", "things"))
    assert (found.items, found.is_whole, found.reply.status) == (["a", "b", "c"], True, 200)
    assert service.asked == [
        "/things?all=1&router:external=True&limit=2",
        "/things?marker=a&all=1&router:external=True&limit=2",
        "/things?all=1&router%3Aexternal=True&limit=2",
    ]


def test_a_path_without_a_query_stays_without_one() -> None:
    service = Service(page("a"))
    assert listed(pages(service.ask, "/things", "things")).is_whole
    assert service.asked == ["/things"]


def test_pages_end_in_a_circle_and_after_too_many() -> None:
    circle = Service(page("a", following="marker=a"))
    found = listed(pages(circle.ask, "/things", "things"))
    assert (found.items, found.is_whole, len(circle.asked)) == (["a", "a"], False, 2)

    class Endless(Service):
        def ask(self, path: str) -> Reply:
            super().ask(path)
            return Reply(200, page("a", following=f"marker={len(self.asked)}"), {})

    endless = Endless(None)
    found = listed(pages(endless.ask, "/things", "things"))
    assert (len(found.items), found.is_whole, len(endless.asked)) == (PAGES, False, PAGES)


def test_no_more_is_asked_for_than_is_wanted() -> None:
    service = Service(page("a", "b", following="marker=b"), page("c"))
    assert listed(pages(service.ask, "/things", "things"), 2)[:2] == (["a", "b"], False)
    assert len(service.asked) == 1
    assert listed(pages(Service(page("a", "b", "c")).ask, "/things", "things"), 2)[:2] == (["a", "b"], False)
    assert listed(pages(Service(page("a", "b")).ask, "/things", "things"), 2)[:2] == (["a", "b"], True)


@pytest.mark.parametrize(
    ("status", "body"), [(403, page("a", following="m=1")), (200, {"things": 7}), (200, [7]), (200, None), (204, None)]
)
def test_what_is_no_list_ends_at_once_and_its_reply_tells(status: int, body: Any) -> None:
    service = Service(body, status=status)
    found = listed(pages(service.ask, "/things", "things"))
    assert (found.items, found.reply.status, len(service.asked)) == ([], status, 1)


@pytest.mark.parametrize(
    ("status", "is_ok", "is_gone", "is_refused"),
    [(200, True, False, False), (204, True, False, False), (302, False, False, False), (403, False, False, True),
     (404, False, True, False), (405, False, False, True), (410, False, True, False), (500, False, False, False)],
)  # fmt: skip
def test_what_a_status_means(status: int, *, is_ok: bool, is_gone: bool, is_refused: bool) -> None:
    reply = Reply(status, None, {})
    assert (reply.is_ok, reply.is_gone, reply.is_refused) == (is_ok, is_gone, is_refused)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": {"message": "no role", "code": 403}}, "no role"),
        ({"conflictingRequest": {"message": "it is  in\nuse"}}, "it is in use"),
        ({"NeutronError": {"type": "X", "message": "quota"}}, "quota"),
        ({"faultstring": "wrong"}, "wrong"),
        ({"a": {"b": {"c": {"d": "deep"}}}}, "status 409"),
        ([], "status 409"),
        (None, "status 409"),
    ],
)
def test_a_refusals_reason_is_one_line(body: Any, reason: str) -> None:
    assert Reply(409, body, {}).reason == reason


@pytest.mark.parametrize(
    ("reply", "sentence", "is_refusal"),
    [
        (Reply(403, {}, {}), "image answers 403 to GET images", True),
        (Reply(429, {}, {}), "image answers 429 to GET images", False),
        (Reply(500, None, {}), "image answers 500 to GET images", False),
        (Reply(200, None, {}), "image answers something that is not JSON to GET images", False),
    ],
)
def test_what_is_not_the_answer_is_unanswered(reply: Reply, sentence: str, *, is_refusal: bool) -> None:
    with pytest.raises(Unanswered) as caught:
        reply.content("image", "images?limit=2")
    assert (str(caught.value), caught.value.is_refusal) == (sentence, is_refusal)
