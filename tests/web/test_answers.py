"""Every page as it is sent: HTML that a checker accepts, headers, links that lead somewhere, the same data as JSON."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree as ET

import pytest
import requests

from support.checkers import faults_of_html
from support.markup import Markup
from support.site import ShownSite
from web.addresses import PAGES, Shown

pytestmark = [pytest.mark.enable_socket]
Sites = dict[str, ShownSite]
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "script-src": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}
_ATOM = "{http://www.w3.org/2005/Atom}"
_FORMULA = re.compile(r"[=+\-@\t\r]")
_ANY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|(?<=/tests/)[^/?]+|(?<=/clouds/)[^/?]+|(?<==)[^&]+")
LINKS_OF_A_KIND = 4


def fetched(page: Shown, sites: Sites, suffix: str = "", **headers: str) -> requests.Response:
    """A page as its role is answered."""
    site = sites[page.site]
    path, mark, query = page.at(site.names).partition("?")
    return site.get(f"{path.rstrip('/') if suffix else path}{suffix}{mark}{query}", page.role, **headers)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_a_page_is_whole_and_harmless(page: Shown, sites: Sites) -> None:
    answer = fetched(page, sites)
    assert answer.status_code == page.status
    assert answer.headers["Content-Type"].lower() == "text/html; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = dict(part.split(maxsplit=1) for part in answer.headers["Content-Security-Policy"].split("; "))
    wanted = POLICY if page.is_of_site else {"default-src": "'none'", "form-action": "'self'", "base-uri": "'none'"}
    assert {name: value for name, value in policy.items() if name in wanted} == wanted
    found = Markup(answer.content.decode())
    assert list(found.dangers(style=not page.is_of_site)) == []
    assert {tag: found.count(tag) for tag in ("h1", "main")} == {"h1": 1, "main": 1}
    assert Markup(answer.text.partition("</head>")[0]).count("title") == 1
    head = requests.head(
        answer.url, cookies=sites[page.site].cookie(page.role), headers={"Accept": "text/html"}, timeout=60
    )
    assert (head.status_code, head.content) == (page.status, b"")


def test_titles_tell_pages_apart(sites: Sites) -> None:
    titles = Counter(
        re.search(r"<title>(.*?)</title>", fetched(page, sites).text, re.DOTALL)[1]  # type: ignore[index]  # each has one
        for page in PAGES
        if page.site == "populated" and page.status == 200 and "?" not in page.path and page.role == "anonymous"
    )
    assert [title for title, number in titles.items() if number > 1] == []


def test_html_is_valid(sites: Sites, tmp_path: Path) -> None:
    for page in PAGES:
        (tmp_path / f"{page.name}.html").write_bytes(fetched(page, sites).content)
    assert faults_of_html(tmp_path) == []


def _addresses(page: Shown, sites: Sites) -> Iterator[str]:
    answer = fetched(page, sites)
    own = urlsplit(sites[page.site].url).netloc
    for link in Markup(answer.text).links(forms=True):
        found = urlsplit(urljoin(answer.url, link))
        if found.netloc == own and found.scheme in {"http", "https"}:
            yield found._replace(scheme="", netloc="", fragment="").geturl()


def _walked(sites: Sites, most: int) -> list[str]:
    """Links that lead nowhere, of each kind so many."""
    wrong, seen, kinds = [], set(), Counter[tuple[str, str, str]]()
    for page in PAGES:
        for address in _addresses(page, sites):
            kind = (page.site, page.role, _ANY.sub("*", address))
            if (page.site, page.role, address) in seen or kinds[kind] >= most:
                continue
            seen.add((page.site, page.role, address))
            kinds[kind] += 1
            answer = sites[page.site].get(address, page.role)
            if answer.status_code >= 400:
                wrong.append(f"{page.name}: {address} answers {answer.status_code}")
    return wrong


def test_links_lead_somewhere(sites: Sites) -> None:
    assert _walked(sites, LINKS_OF_A_KIND) == []


@pytest.mark.thorough
def test_every_link_leads_somewhere(sites: Sites) -> None:
    assert _walked(sites, 200) == []


def test_fragments_are_there(sites: Sites) -> None:
    wrong = []
    for page in PAGES:
        found = Markup(fetched(page, sites).text)
        there = {attributes.get("id") for _, attributes in found.elements}
        wrong += [f"{page.name}: {link}" for link in found.links() if link[:1] == "#" and link[1:] not in there | {""}]
    assert wrong == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.has_data], ids=str)
def test_the_same_data_is_there_as_json(page: Shown, sites: Sites) -> None:
    answer, other = fetched(page, sites, ".json"), fetched(page, sites, Accept="application/json")
    assert (answer.status_code, other.status_code) == (page.status, page.status)
    assert answer.headers["Content-Type"].partition(";")[0] in {"application/json", "application/problem+json"}
    found = json.loads(answer.content)
    assert isinstance(found, dict)
    assert found == json.loads(other.content)
    assert re.search(r"<(b|a|p|span|div|td)[ >]", _without_foreign(found)) is None


def _without_foreign(found: object) -> str:
    return json.dumps(found, ensure_ascii=False).replace("<b>cpid</b>", "")


def _offered(sites: Sites) -> Iterator[tuple[Shown, str, requests.Response]]:
    for page in PAGES:
        if page.status != 200:
            continue
        answer = fetched(page, sites)
        for kind, address in Markup(answer.text).feeds():
            path = urlsplit(urljoin(answer.url, address))._replace(scheme="", netloc="").geturl()
            yield page, kind, sites[page.site].get(path, page.role)


def test_other_forms_of_pages_are_what_they_are_said_to_be(sites: Sites) -> None:
    wrong = []
    for page, kind, answer in _offered(sites):
        what = f"{page.name} {urlsplit(answer.url).path}"
        if answer.status_code != 200 or answer.headers["Content-Type"].partition(";")[0] != kind.partition(";")[0]:
            wrong.append(f"{what}: {answer.status_code} {answer.headers['Content-Type']}, said to be {kind}")
        elif kind.startswith("text/csv"):
            wrong += [f"{what}: {fault}" for fault in _faults_of_csv(answer.text)]
        elif kind.startswith("application/atom"):
            wrong += [f"{what}: {fault}" for fault in _faults_of_atom(answer.content)]
    assert wrong == []


def _faults_of_csv(text: str) -> Iterator[str]:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if len({len(row) for row in rows}) > 1:
        yield "rows are of different length"
    for row in rows:
        yield from (
            f"a spreadsheet runs {cell[:40]!r}" for cell in row if _FORMULA.match(cell) and not _is_number(cell)
        )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", cell) is not None


def _faults_of_atom(content: bytes) -> Iterator[str]:
    feed = ET.fromstring(content)  # noqa: S314 - of our own server
    if feed.tag != f"{_ATOM}feed":
        yield f"begins with {feed.tag}"
    entries = feed.findall(f"{_ATOM}entry")
    for part in (feed, *entries):
        missing = [name for name in ("id", "title", "updated") if not (part.findtext(f"{_ATOM}{name}") or "").strip()]
        if missing:
            yield f"no {', '.join(missing)}"
        if not re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", part.findtext(f"{_ATOM}updated") or ""
        ):
            yield "updated is no moment"
    if feed.find(f"{_ATOM}author") is None and any(entry.find(f"{_ATOM}author") is None for entry in entries):
        yield "an entry has no author"
    ids = [entry.findtext(f"{_ATOM}id") for entry in entries]
    if len(set(ids)) < len(ids):
        yield "two entries have one id"
