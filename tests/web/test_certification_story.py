"""One story in a real browser: from an application to a badge, its expiry and its renewal, while a clock goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.server.api.application import application
from certmark.server.asking import Asker
from certmark.server.front import Front
from certmark.server.jobs.working import work_once
from certmark.server.observing.metrics import Metrics
from certmark.server.opening import create, identifying, services_of
from certmark.server.services import sessions
from certmark.server.services.certification.clock import run_clock
from certmark.server.settings import read_settings
from certmark.server.web.cookies import SESSION
from certmark.server.web.table import pages_of
from support.browser import Browser
from support.certification import CertificationScene
from support.certified import signing_settings
from support.loopback import free_port
from support.server import answering

pytestmark = [pytest.mark.enable_socket]
_BUTTON = "document.querySelector('main form.form button').focus()"


class Desk:
    """People at a browser, each at their turn."""

    def __init__(self, browser: Browser, url: str, scene: CertificationScene) -> None:
        self.browser, self.url, self.scene = browser, url, scene

    def open(self, who: Asker | None, path: str) -> None:
        """Somebody looks at a page."""
        cookies = {}
        if who is not None:
            with self.scene.services.database.write() as transaction:
                cookies[SESSION] = sessions.begin(self.scene.services, transaction, who, ("none", "", "a browser"))
        self.browser.be(self.url, cookies)
        assert self.browser.visit(f"{self.url}{path}").status == 200

    def reads(self, words: str) -> bool:
        """Whether the page says this."""
        return bool(self.browser.ask(f"document.querySelector('main').innerText.includes({json.dumps(words)})"))

    def follow(self, words: str) -> str:
        """Take the link, or press the button, that begins with these words; the path to which it leads."""
        found = f"[...document.querySelectorAll('main a, main button')].find(e => e.innerText.startsWith({json.dumps(words)}))"
        self.browser.ask(f"{found}.focus()")
        return self._path(self.browser.leads_on(lambda: self.browser.press("Enter")))

    def send(self, **fields: str) -> str:
        """Fill in the form of the page, and send it; the path to which it leads."""
        for name, value in fields.items():
            field = f"document.querySelector('main form.form [name={name}]')"
            kind = self.browser.ask(f"{field}.type")
            self.browser.ask(f"{field}.focus()")
            if kind == "checkbox":
                self.browser.press("Space")
            elif kind == "select-one":
                self.browser.ask(f"{field}.value = {json.dumps(value)}")
            else:
                self.browser.write(value)
        self.browser.ask(_BUTTON)
        found = self._path(self.browser.leads_on(lambda: self.browser.press("Enter")))
        assert not self.reads("That did not work"), self.browser.ask("document.querySelector('main').innerText")
        return found

    def act(self, who: Asker, base: str, words: str, **fields: str) -> None:
        """Take a step from the page at which it is offered."""
        self.open(who, base)
        path = self.follow(words)
        assert (self.send(**fields) if path != base else path) == base
        assert self.reads("Done.")

    def later(self, *, days: int) -> None:
        """The clock goes on, and the server does what is due."""
        self.scene.later(days=days)
        run_clock(self.scene.services)
        while work_once(self.scene.services):
            pass

    def _path(self, address: str) -> str:
        return address.removeprefix(self.url).partition("?")[0]


@pytest.fixture
def desk(browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("CERTMARK_HOME", str(tmp_path / "home"))
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = read_settings(None, {}, data=str(tmp_path / "data"), public_url=url, **signing_settings(tmp_path))
    create(settings)
    with services_of(settings) as opened:
        scene = CertificationScene(opened, tmp_path)
        services, identify = scene.services, identifying(scene.services)
        front = Front(application(services, identify, pages_of(services, identify)), settings, Metrics(), dict)
        with answering(front, port):
            yield Desk(browser, url, scene)


def test_from_an_application_to_a_badge_to_its_expiry_and_its_renewal(desk: Desk) -> None:
    scene = desk.scene
    base = _applied(desk)
    desk.act(scene.designate, base, "Submit")
    _reviewed(desk, base)
    desk.later(days=9)
    desk.act(scene.office, base, "Grant", reason="All is there.")
    desk.later(days=0)
    number = _number(desk, base)
    desk.open(None, f"/certificates/{number}")
    assert desk.reads("is certified for")
    assert desk.reads("Check it yourself")
    assert "certified" in _badge(desk, number)

    desk.later(days=380)
    assert "expired" in _badge(desk, number)
    desk.open(scene.customer, f"/certificates/{number}")
    assert desk.reads("was certified")

    run = scene.run()
    desk.open(scene.member, f"/certification/certificates/{number}")
    desk.follow("Begin a renewal")
    draft = desk.send()
    assert desk.send(run_0=run) == draft.removesuffix("/edit")
    renewal = draft.removesuffix("/edit")
    desk.act(scene.designate, renewal, "Submit")
    desk.act(scene.office, renewal, "Grant on the simple track", reason="The same product, a new run.")
    desk.later(days=0)
    renewed = _number(desk, renewal)
    desk.open(None, f"/certificates/{number}")
    assert desk.reads(f"{renewed} is in its place")
    assert "certified" in _badge(desk, renewed)


def _applied(desk: Desk) -> str:
    scene, run = desk.scene, desk.scene.run()
    desk.open(scene.member, f"/my/runs/{run}")
    assert desk.follow("Apply for a certificate") == "/certification/applications/new"
    edit = desk.send()
    base = desk.send(run_0=run, contacts="ops@example.org", release="a")
    assert edit == f"{base}/edit"
    assert desk.reads("What would be refused now")
    assert desk.reads("Let the designate or the deputy submit it")
    return base


def _reviewed(desk: Desk, base: str) -> None:
    scene = desk.scene
    desk.act(scene.office, base, "It is complete")
    for who in (scene.ada, scene.bob):
        desk.act(scene.office, base, "Assign a reviewer", reviewer=who.name)
    desk.act(scene.ada, base, "Ask the vendor", text="Which hypervisor?", test="a.B.c")
    desk.act(scene.member, base, "Answer", text="KVM")
    for who in (scene.ada, scene.bob):
        desk.act(who, base, "Recommend", recommendation="grant", text="Looked at it.", no_conflict="yes")
    desk.act(scene.office, base, "Propose the decision", decision="grant", reason="All is there.")


def _number(desk: Desk, base: str) -> str:
    desk.open(desk.scene.office, base)
    return str(desk.browser.ask("document.querySelector('a[href*=\"/certification/certificates/\"]').innerText"))


def _badge(desk: Desk, number: str) -> str:
    desk.open(None, f"/certificates/{number}/badge.svg")
    return str(desk.browser.ask("document.documentElement.outerHTML"))
