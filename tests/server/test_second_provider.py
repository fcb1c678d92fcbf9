"""A whole sign-in with a provider of another make, which signs otherwise and says less."""

from __future__ import annotations

import base64
import html
import re
from pathlib import Path
from urllib.parse import urljoin

import pytest
import requests

from support.loopback import free_port
from support.openid_providers import Browser, canaille, form_token
from support.signed_in import Site, provider, site

pytestmark = pytest.mark.enable_socket
FIELDS = {"login": "ada", "password": "a password"}


def fields_of(form: str) -> dict[str, str]:
    """What a browser would send of a form, its fields filled in and its first button pressed."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<(?:input|button)\b[^>]*>", form):
        words = {name: html.unescape(value) for name, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
        name = words.get("name", "")
        is_second = words.get("type") == "submit" and any(key in found for key in ("answer", "action"))
        if name and not is_second:
            found[name] = FIELDS.get(name, words.get("value", ""))
    return found


def posted(browser: Browser, page: requests.Response) -> requests.Response:
    form = next(one for one in re.findall(r"<form\b.*?</form>", page.text, re.DOTALL) if "post" in one.lower())
    action = re.search(r'<form[^>]*\baction="([^"]*)"', form)
    return browser.ask("POST", urljoin(page.url, html.unescape(action[1]) if action else ""), data=fields_of(form))


def test_one_signs_in_with_a_provider_of_another_make(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    callback = f"{url}/sign-in/second/callback"
    with (
        canaille(tmp_path, url, callback) as issuer,
        site(tmp_path / "site", provider("second", issuer), port) as here,
    ):
        browser = Browser()
        answer = browser.get(f"{url}/sign-in/second")
        for _ in range(20):
            if answer.is_redirect:
                answer = browser.get(urljoin(answer.url, answer.headers["Location"]))
            else:
                answer = posted(browser, answer)
            if answer.url.startswith(callback):
                break
        assert answer.status_code == 303, answer.text
        assert "Ada Byron" in here.here(browser)
        assert "RS512" in signed_by(here)
        page = browser.ask(
            "POST",
            f"{url}/sign-out",
            data={"form": form_token(here.here(browser))},
            headers={"Sec-Fetch-Site": "same-origin"},
        ).text
        there = re.search(r'href="([^"]*id_token_hint[^"]*)"', page)
        assert there is not None
        answer = browser.get(html.unescape(there[1]))
        assert answer.headers["Location"].startswith(f"{url}/signed-out"), "it asks nothing, and knows where from"


def signed_by(here: Site) -> str:
    """The header of the id token of the one session."""
    with here.services.database.read() as transaction:
        (row,) = transaction.connection.execute("select token from sessions").fetchall()
    head = row[0].partition(".")[0]
    return base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)).decode()
