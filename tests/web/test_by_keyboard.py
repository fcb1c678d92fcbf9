"""Pages by the keyboard alone: what has the focus is seen, nothing holds it, and every step of a journey is a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from support.browser import Browser
from support.site import ShownSite
from web.addresses import PAGES, Shown

pytestmark = [pytest.mark.enable_socket]
MOST_STEPS = 60
_FOCUS = """
(() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  const at = document.elementFromPoint(Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
                                       Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1));
  return {
    what: e.tagName, name: (e.innerText || e.getAttribute('aria-label') || e.name || '').trim().slice(0, 60),
    href: e.getAttribute('href') || '',
    isSeen: box.bottom > 0 && box.top < innerHeight && (!at || e.contains(at) || at.contains(e)),
    hasOutline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0,
  };
})()
"""


@pytest.fixture
def look(sites: dict[str, ShownSite], browser: Browser) -> Callable[[Shown], str]:
    """Opens a page; the address of its site."""

    def opened(page: Shown) -> str:
        site = sites[page.site]
        browser.be(site.url, site.cookie(page.role))
        browser.look(width=1280)
        browser.visit(site.url + page.at(site.names))
        return site.url

    return opened


def tab_to(browser: Browser, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Press Tab until what is wanted has the focus."""
    for _ in range(200):
        browser.press("Tab")
        found: dict[str, Any] | None = browser.ask(_FOCUS)
        if found is not None and wanted(found):
            return found
    raise AssertionError("Tab does not lead there")


@pytest.mark.parametrize("page", [page for page in PAGES if page.is_walked], ids=str)
def test_what_has_the_focus_is_seen(page: Shown, look: Callable[[Shown], str], browser: Browser) -> None:
    look(page)
    wrong = []
    for _ in range(MOST_STEPS):
        browser.press("Tab")
        found = browser.ask(_FOCUS)
        if found is None:
            break
        if not (found["isSeen"] and found["hasOutline"]):
            wrong.append(found)
    assert wrong == [], wrong


def test_the_first_key_leads_past_the_navigation(look: Callable[[Shown], str], browser: Browser) -> None:
    look(_page("nowhere"))
    browser.press("Tab")
    assert browser.ask(_FOCUS)["name"] == "Skip to the content"
    browser.press("Enter")
    assert browser.ask("document.activeElement.id") == "content"
    browser.press("Tab")
    assert browser.ask("document.activeElement.closest('main') !== null")


def test_somebody_searches(look: Callable[[Shown], str], browser: Browser) -> None:
    url = look(_page("nowhere"))
    tab_to(browser, lambda found: found["what"] == "INPUT")
    browser.write("status:fail")
    assert browser.leads_on(lambda: browser.press("Enter")) == f"{url}/search?q=status%3Afail"


def _page(name: str) -> Shown:
    return next(page for page in PAGES if page.name == name)


def test_somebody_opens_a_run_and_what_changed_since_the_one_before(
    look: Callable[[Shown], str], browser: Browser
) -> None:
    url = look(_page("runs"))
    tab_to(browser, lambda found: found["what"] == "A" and "/runs/0" in found["href"])
    assert browser.leads_on(lambda: browser.press("Enter")).startswith(f"{url}/runs/0")
    tab_to(browser, lambda found: found["name"] == "The whole comparison")
    assert browser.leads_on(lambda: browser.press("Enter")).startswith(f"{url}/compare/0")


def test_somebody_filters_runs(look: Callable[[Shown], str], browser: Browser) -> None:
    look(_page("runs"))
    tab_to(browser, lambda found: found["what"] == "INPUT" and found["name"] == "vendor")
    browser.write("Borealis")
    assert "vendor=Borealis" in browser.leads_on(lambda: browser.press("Enter"))
    assert browser.ask("document.querySelector('main table').innerText.includes('Borealis')")


def test_somebody_makes_a_token(look: Callable[[Shown], str], browser: Browser) -> None:
    look(_page("my-tokens"))
    tab_to(browser, lambda found: found["what"] == "INPUT" and found["name"] == "label")
    browser.write("nightly")
    browser.leads_on(lambda: browser.press("Enter"))
    assert browser.ask("document.querySelector('main').innerText.includes('nightly')")
