"""Every page in real Chromium: readable by everybody, in the dark, on a phone, without scripts; small; nobody else's.

Pictures of all of them are kept in the folder that CERTMARK_SCREENSHOTS names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.browser import Browser
from support.checkers import BY_WIDTH, faults
from support.site import ShownSite
from web.addresses import PAGES, Shown

pytestmark = [pytest.mark.enable_socket]
MOST_REQUESTS, MOST_BYTES, MOST_SCRIPTS = 15, 100_000, 10_000
_PICTURES = os.environ.get("CERTMARK_SCREENSHOTS")
_WORDS = "document.body.innerText.replace(/Request \\w+/, '').split(/\\s+/).filter(word => word).join(' ')"
_OF_SCRIPTS = {
    "Copy",
    *[
        "Or",
        "drop",
        "a",
        "file",
        "here,",
        "or",
        "choose",
        "one.",
        "Your",
        "browser",
        "computes",
        "its",
        "SHA-256;",
        "the",
        "file",
        "is",
        "not",
        "sent.",
        "File",
    ],
}
"""Words of what is there with scripts only: what is copied can be selected, too, and a digest can be pasted."""
_TOO_WIDE = """
(() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const inside = e => { for (let p = e.parentElement; p; p = p.parentElement)
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(p).overflowX)) return true; return false; };
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !inside(e))
    .slice(0, 3).map(e => `${e.tagName}.${e.className}`).concat('the page scrolls sideways');
})()
"""


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[] if page.is_walked else pytest.mark.thorough) for page in PAGES], ids=str
)
def test_a_page_in_a_browser(page: Shown, sites: dict[str, ShownSite], browser: Browser) -> None:
    site = sites[page.site]
    browser.be(site.url, site.cookie(page.role))
    browser.look(width=1280)
    assert browser.visit(site.url + page.at(site.names)).status == page.status
    wrong = [*_loading(browser, site, page), *faults(browser)]
    words = browser.ask(_WORDS)
    _keep(browser, page, "1280")
    for width, dark in ((1280, True), (360, False)):
        browser.look(width=width, dark=dark)
        wrong += [f"at {width}{', dark' * dark}: {fault}" for fault in faults(browser, BY_WIDTH)]
        _keep(browser, page, f"{width}{'-dark' * dark}")
    for width in (360, 320):
        browser.look(width=width)
        wrong += [f"at {width}: {fault}" for fault in browser.ask(_TOO_WIDE)]
    wrong += _without_scripts(browser, site, page, words)
    assert wrong == [], "\n".join(wrong)


def _loading(browser: Browser, site: ShownSite, page: Shown) -> Iterator[str]:
    fetched = list(browser.fetched.values())
    yield from (
        f"said on the console: {one}" for one in browser.troubles if not (page.status >= 400 and "status of" in one)
    )
    yield from (f"asks another host: {one.url}" for one in fetched if not one.url.startswith((f"{site.url}/", "data:")))
    size, scripts = (sum(one.size for one in fetched if kind in {"", one.kind}) for kind in ("", "Script"))
    if len(fetched) > MOST_REQUESTS or size > MOST_BYTES or scripts > MOST_SCRIPTS:
        yield f"{len(fetched)} requests, {size:,.0f} bytes, of them {scripts:,.0f} of scripts"


def _without_scripts(browser: Browser, site: ShownSite, page: Shown, words: str) -> Iterator[str]:
    browser.look(width=1280)
    browser.let_scripts_run(False)
    try:
        browser.visit(site.url + page.at(site.names))
        found = browser.ask(_WORDS)
    finally:
        browser.let_scripts_run(True)
    missing = [word for word in dict.fromkeys(words.split()) if word not in found and word not in _OF_SCRIPTS]
    if missing:
        yield f"without scripts there is no {' '.join(missing)[:200]}"


def _keep(browser: Browser, page: Shown, kind: str) -> None:
    if _PICTURES:
        folder = Path(_PICTURES)
        folder.mkdir(parents=True, exist_ok=True)
        browser.picture(folder / f"{page.name}-{kind}.png", whole=True)
