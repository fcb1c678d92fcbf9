"""Signing in with a certified provider: a session of one's own, and nobody else's."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests

from certmark.server import ids
from certmark.server.services import sessions, signing_in
from certmark.server.store import sessions as stored
from support.loopback import free_port
from support.openid_providers import Browser, CertifiedProvider, form_token, query_of
from support.signed_in import Site, provider, site

pytestmark = pytest.mark.enable_socket


class World:
    """A server and a provider."""

    def __init__(self, site: Site, provider: CertifiedProvider) -> None:
        self.site, self.provider = site, provider

    def signed_in(self, who: str = "ada", browser: Browser | None = None, destination: str = "/sign-in") -> Browser:
        browser = browser or Browser()
        answer = self.signing_in(browser, who, destination)
        assert answer.status_code == 303, answer.text
        return browser

    def signing_in(self, browser: Browser, who: str, destination: str = "/sign-in") -> requests.Response:
        url = self.site.url
        return browser.sign_in(f"{url}/sign-in/op?next={destination}", who, f"{url}/sign-in/op/callback")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    op = CertifiedProvider(url, f"{url}/sign-in/op/callback")
    try:
        with site(tmp_path_factory.mktemp("site"), provider("op", op.issuer), port) as found:
            yield World(found, op)
    finally:
        op.end()


def session_of(world: World, browser: Browser) -> str:
    return browser.cookies(world.site.url)["certmark-session"]


def test_who_signs_in_is_known_and_goes_where_they_wanted(world: World) -> None:
    browser = Browser()
    answer = world.signing_in(browser, "ada", "/api/v2/runs?of=mine")
    assert answer.headers["Location"] == f"{world.site.url}/api/v2/runs?of=mine"
    assert browser.get(answer.headers["Location"]).json() == {"runs": [], "next": None}
    assert "Ada Byron" in world.site.here(browser)


def test_an_account_is_issuer_and_subject_and_never_an_address(world: World) -> None:
    world.signed_in("ada")
    world.signed_in("bob")
    with world.site.services.database.read() as transaction:
        rows = transaction.connection.execute("select subject, email, identity from accounts").fetchall()
    mine = {subject: (email, identity) for subject, email, identity in rows}
    assert mine["ada"][0] == mine["bob"][0] == "ada@example.org"
    assert mine["ada"][1] != mine["bob"][1]


def test_what_a_provider_says_of_a_name_is_text_on_the_page(world: World) -> None:
    assert "Bob &lt;b&gt;" in world.site.here(world.signed_in("bob"))


def test_fixation_a_session_is_new_at_each_sign_in_and_the_old_one_ends(world: World) -> None:
    browser = Browser()
    browser.keep(world.site.url, {"certmark-session": "chosen-by-somebody-else"})
    world.signed_in(browser=browser)
    first = session_of(world, browser)
    assert first != "chosen-by-somebody-else"
    world.signed_in(browser=browser)
    assert session_of(world, browser) != first
    answer = requests.get(f"{world.site.url}/api/v2/runs?of=mine", cookies={"certmark-session": first}, timeout=60)
    assert answer.status_code == 401


def test_a_cookie_is_out_of_reach_of_scripts_and_of_other_sites(world: World) -> None:
    answer = world.signing_in(Browser(), "ada")
    given = answer.headers["Set-Cookie"].lower()
    assert "httponly" in given
    assert "samesite=lax" in given
    assert "path=/" in given


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example.org"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example.org"},
        {"Origin": "null"},
        {},
    ],
)
def test_csrf_no_page_of_another_site_changes_anything_by_a_cookie(world: World, headers: dict[str, str]) -> None:
    browser = world.signed_in()
    for method, path in (("POST", "/sign-out"), ("POST", "/api/v2/live"), ("DELETE", "/api/v2/runs/x")):
        assert browser.ask(method, world.site.url + path, headers=headers).status_code == 403
    assert "You are signed in" in world.site.here(browser)


def test_csrf_a_form_that_was_not_drawn_for_this_session_does_nothing(world: World) -> None:
    ada, bob = world.signed_in("ada"), world.signed_in("bob")
    of_bob = form_token(world.site.here(bob))
    for token in ("", "x", of_bob):
        answer = ada.ask(
            "POST", f"{world.site.url}/sign-out", data={"form": token}, headers={"Sec-Fetch-Site": "same-origin"}
        )
        assert answer.status_code == 403
    assert "You are signed in" in world.site.here(ada)


def test_login_csrf_an_answer_is_taken_from_the_browser_that_asked_only(world: World) -> None:
    attacker, victim = Browser(), Browser()
    url = world.site.url
    stopped = attacker.sign_in(f"{url}/sign-in/op", "bob", f"{world.provider.issuer}/auth")
    while not stopped.headers.get("Location", "").startswith(url):
        if stopped.is_redirect:
            stopped = attacker.get(urljoin(stopped.url, stopped.headers["Location"]))
        else:
            stopped = attacker._filled(stopped, "bob")  # noqa: SLF001 - the last step is the victim's
    answer = victim.get(stopped.headers["Location"])
    assert answer.status_code == 422
    assert "did not ask to sign in" in answer.text
    assert "certmark-session" not in victim.cookies(url)
    # It was an answer for once: not even the attacker gets in by it now.
    assert attacker.get(stopped.headers["Location"]).status_code == 422


def test_an_answer_holds_once(world: World) -> None:
    browser = Browser()
    answer = world.signing_in(browser, "ada")
    again = browser.get(answer.url)
    assert again.status_code == 422
    assert "nobody waits" in again.text.lower()


def test_an_answer_that_comes_late_is_not_taken(world: World) -> None:
    browser = Browser()
    world.signed_in(browser=browser)  # the provider asks nothing any more
    away = browser.get(f"{world.site.url}/sign-in/op").headers["Location"]
    back = browser.get(away).headers["Location"]
    world.site.clock.ahead += 601
    try:
        assert browser.get(back).status_code == 422
    finally:
        world.site.clock.ahead -= 601


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.org/",
        "//evil.example.org",
        "/\\evil.example.org",
        "\\\\evil",
        "/%0d%0aX: y\r\nx",
        "javascript:alert(1)",
        "/ x",
        "",
        "x",
        "/a\tb",
        "/é",
    ],
)
def test_open_redirect_one_is_sent_on_to_own_paths_only(world: World, wanted: str) -> None:
    browser = world.signed_in()
    answer = browser.get(f"{world.site.url}/sign-in/op", params={"next": wanted})
    answer = browser.get(browser.get(answer.headers["Location"]).headers["Location"])
    assert answer.headers["Location"] == f"{world.site.url}/sign-in"
    assert browser.get(f"{world.site.url}/sign-in", params={"next": wanted}).status_code == 200


def test_token_leakage_nothing_secret_is_in_logs_or_goes_with_a_referer(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        browser = world.signed_in()
        callback = next(one for one in browser.seen if "/callback" in one.url)
        page = browser.get(f"{world.site.url}/sign-in")
    words = query_of(callback.url)
    secret = [words["code"], words["state"], session_of(world, browser), "secret-of-the-client"]
    ours = [record for record in caplog.records if record.name.startswith("certmark")]
    assert any(record.__dict__["fields"]["path"] == "/sign-in/op/callback" for record in ours)
    logged = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in ours)
    assert [word for word in secret if word in logged] == []
    assert [word for word in secret if word in page.text] == []
    for answer in (callback, page):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    with world.site.services.database.read() as transaction:
        kept = str(transaction.connection.execute("select * from sessions").fetchall())
    assert session_of(world, browser) not in kept


def test_a_page_lets_no_script_run_and_nobody_frame_it(world: World) -> None:
    policy = Browser().get(f"{world.site.url}/sign-in").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_signing_out_ends_the_session_here_and_offers_to_end_it_there(world: World) -> None:
    browser = world.signed_in()
    before = browser.cookies(world.site.url)
    answer = browser.ask(
        "POST",
        f"{world.site.url}/sign-out",
        data={"form": form_token(world.site.here(browser))},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200
    there = re.search(r'href="([^"]*session/end[^"]*)"', answer.text)
    assert there is not None
    asked = browser.get(there[1].replace("&amp;", "&"))
    assert asked.status_code == 200
    assert "logout" in asked.text.lower()
    browser.keep(world.site.url, before)
    assert "With whom" in world.site.here(browser)


def test_who_signs_out_with_the_provider_is_signed_out_here_and_nobody_else(world: World) -> None:
    """The provider tells this server by itself (OpenID Connect Back-Channel Logout 1.0)."""
    here, elsewhere, other = world.signed_in("ada"), world.signed_in("ada"), world.signed_in("bob")
    with world.site.services.database.read() as transaction:
        found = stored.one(transaction, sessions.digest_of(session_of(world, here)))
    assert found is not None
    assert found[0].sid
    there = signing_in.end_with_provider(world.site.services, found[0])
    page = here.get(there or "").text
    action, secret = (re.search(pattern, page) for pattern in (r'action="([^"]+)"', r'name="xsrf" value="([^"]+)"'))
    assert action is not None
    assert secret is not None
    assert here.ask("POST", action[1], data={"xsrf": secret[1], "logout": "yes"}).status_code == 303
    assert "With whom" in world.site.here(here)
    for browser in (elsewhere, other):
        assert "You are signed in" in world.site.here(browser)
    assert f"session.end {ids.written(found[0].id)}" in world.site.audit()
    assert "sign-out.by-provider op" in world.site.audit()


@pytest.mark.parametrize(("setting", "used"), [("session_idle", False), ("session_longest", True)])
def test_a_session_ends_by_itself(world: World, setting: str, used: bool) -> None:
    browser = world.signed_in()
    whole = int(getattr(world.site.services.settings, setting))
    step = int(world.site.services.settings.session_idle) - 100 if used else whole + 1
    gone = 0
    try:
        while gone <= whole:
            world.site.clock.ahead += step
            gone += step
            status = browser.get(f"{world.site.url}/api/v2/runs?of=mine").status_code
            assert status == (200 if gone <= whole else 401)
    finally:
        world.site.clock.ahead -= gone


def test_keys_that_were_changed_are_fetched_anew(world: World) -> None:
    world.signed_in()
    world.provider.rotate()
    world.site.clock.ahead += 61  # keys are asked for once in a minute at most
    world.signed_in()


def test_provider_down_is_said_and_who_is_signed_in_stays_so(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with site(tmp_path_factory.mktemp("down"), provider("down", nobody)) as lonely:
        answer = Browser().get(f"{lonely.url}/sign-in/down")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
    browser = world.signed_in()
    assert "You are signed in" in world.site.here(browser)
