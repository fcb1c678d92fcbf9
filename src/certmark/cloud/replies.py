"""What services answer: replies as values, and lists that come in pages.

Pages end: after `PAGES`, where the service leads in a circle, and where a link is longer than any
sensible one. No link is visited: of the one to the next page only the query is taken, and asked of the
same path of the same service, wherever the link leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus, urlsplit

from certmark.cloud.errors import CloudError, first_line

PAGES = 400
LONGEST_QUERY = 4096
_GONE = frozenset({404, 410})
_REFUSED = frozenset({403, 405})


class Unanswered(CloudError):
    """The service did not answer what it was asked; the message is a sentence."""

    def __init__(self, sentence: str, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        """Of HTTP; None where no answer came, or none that can be read."""

    @property
    def is_refusal(self) -> bool:
        """Whether the service is well and says no: not for this user, or not in this cloud."""
        return self.status is not None and self.status < 500 and self.status != 429


class Reply(NamedTuple):
    """An answer, whatever its status."""

    status: int
    body: Any
    """JSON; None where it is none."""
    headers: Mapping[str, str]

    @property
    def is_ok(self) -> bool:
        """Whether the request was done."""
        return 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether there is no such thing."""
        return self.status in _GONE

    @property
    def is_refused(self) -> bool:
        """Whether this user may not."""
        return self.status in _REFUSED

    @property
    def reason(self) -> str:
        """What the service says of its refusal, in one bounded line."""
        found = self.body
        for _ in range(3):
            if isinstance(found, dict) and found:
                found = found.get("message") or found.get("faultstring") or next(iter(found.values()))
        text = found if isinstance(found, str) else ""
        return first_line(ValueError(text), 160) if text else f"status {self.status}"

    def content(self, service: str, path: str) -> Any:
        """The JSON of an answer below 400 of `service` to GET `path`. Raises Unanswered."""
        if self.status >= 400:
            raise Unanswered(f"{service} answers {self.status} to GET {bare(path)}", self.status)
        if self.body is None:
            raise Unanswered(f"{service} answers something that is not JSON to GET {bare(path)}")
        return self.body


class ReplyPage(NamedTuple):
    """A part of a list."""

    reply: Reply
    items: list[Any]
    """Empty where the answer has no such list."""
    is_last: bool
    """Whether the service has no more; False at the end of all pages: there is more than was asked for."""


class Listed(NamedTuple):
    """Things of a list that came in pages."""

    items: list[Any]
    is_whole: bool
    """Whether these are all; else the service has more than was asked for."""
    reply: Reply
    """The last one: whether there was such a list at all."""


def pages(ask: Callable[[str], Reply], path: str, key: str) -> Iterator[ReplyPage]:
    """The pages of the list under `key`; `ask` gives the reply to GET of a path with its query."""
    place, _, query = path.partition("?")
    own, asked = query, set[str]()
    while query not in asked and len(asked) < PAGES:
        asked.add(query)
        reply = ask(f"{place}?{query}" if query else place)
        found = reply.body.get(key) if reply.is_ok and isinstance(reply.body, dict) else None
        items = found if isinstance(found, list) else []
        following = next_query(reply.body, key) if items else ""
        yield ReplyPage(reply, items, is_last=not following)
        if not following:
            return
        query = _continued(own, following)


def listed(parts: Iterable[ReplyPage], limit: int | None = None) -> Listed:
    """What stands on pages (one at the least), of which no more are asked for than `limit` things need."""
    found: list[Any] = []
    for reply, items, is_last in parts:
        found += items
        if is_last or (limit is not None and len(found) >= limit):
            return Listed(found[:limit], is_last and (limit is None or len(found) <= limit), reply)
    return Listed(found, is_whole=False, reply=reply)


def next_query(body: Any, key: str) -> str:
    """The query of the link to the next page, in any of the forms that services use; empty where there is none."""
    if not isinstance(body, dict):
        return ""
    link = next((link for link in _links(body, key) if isinstance(link, str)), "")
    try:
        query = urlsplit(link).query
    except ValueError:
        return ""
    return query if len(query) <= LONGEST_QUERY else ""


def _links(body: Mapping[str, Any], key: str) -> Iterator[object]:
    yield body.get("next")  # Glance, Barbican
    for links in (body.get("links"), body.get(f"{key}_links")):
        if isinstance(links, dict):  # Keystone, Designate
            yield links.get("next")
        if isinstance(links, list):  # Heat; with the key: Nova, Cinder, Neutron, Manila, Octavia
            yield next((one.get("href") for one in links if isinstance(one, dict) and one.get("rel") == "next"), None)


def _continued(own: str, following: str) -> str:
    """The link's query with what it forgot of ours: without a filter it would list what was not asked for."""
    known = set(map(_name_of, following.split("&")))
    return "&".join([following, *(word for word in own.split("&") if word and _name_of(word) not in known)])


def _name_of(word: str) -> str:
    return unquote_plus(word.partition("=")[0])


def bare(path: str) -> str:
    """A path without its query."""
    return path.partition("?")[0]
