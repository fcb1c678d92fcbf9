"""What strangers put into addresses: shown as text or refused in a sentence, never a fault, never run."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from support.markup import Markup
from support.site import ShownSite
from web.addresses import PAGES, Shown

pytestmark = [pytest.mark.enable_socket]
Sites = dict[str, ShownSite]
MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(1)>\u202e'
ODD = (
    f"q={quote(MARKUP)}",
    f"{quote(MARKUP)}={quote(MARKUP)}",
    "page=-1&limit=-5&cursor=x&behind=%00&sort=%27",
    "q=%ff%fe%80",
    "q=%00",
    "limit=99999999999999999999999&page=1e400",
    "cloud=a&cloud=b&vendor=&status=none&since=9999-99-99&until=yesterday",
    "q=" + quote("(" * 400 + "not " * 200),
    "q=" + "a" * 6000,
    "%E2%80%AE=1;;;&&&===&=&utm_source=x",
)


def _asked(page: Shown, sites: Sites) -> Iterator[tuple[str, str]]:
    path = page.at(sites[page.site].names)
    for odd in ODD:
        yield odd, f"{path}{'&' if '?' in path else '?'}{odd}"


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_odd_asked], ids=str)
def test_odd_queries_do_no_harm(page: Shown, sites: Sites) -> None:
    wrong = []
    for odd, address in _asked(page, sites):
        answer = sites[page.site].get(address, page.role)
        what = f"?{odd[:60]}: {answer.status_code}"
        if answer.status_code not in {page.status, 200, 303, 400, 404, 422}:
            wrong.append(what)
        elif answer.headers["Content-Type"].startswith("text/html"):
            wrong += [
                f"{what}: {danger}" for danger in Markup(answer.content.decode()).dangers(style=not page.is_of_site)
            ]
    assert wrong == []


ABSENT = (
    "/no-such-page",
    f"/{quote(MARKUP)}",
    "/" + "a/" * 500,
    "/%ff%fe",
    "/%00",
    "/..%2f..%2fetc%2fpasswd",
    "//evil.example/",
    "/static/../pages.py",
)


@pytest.mark.parametrize("path", ABSENT)
def test_what_is_nowhere_is_said_to_be_nowhere(path: str, sites: Sites) -> None:
    answer = sites["populated"].get(path, Accept="text/html")
    assert answer.status_code in {400, 404}
    if answer.headers["Content-Type"].startswith("text/html"):
        assert list(Markup(answer.content.decode()).dangers()) == []
