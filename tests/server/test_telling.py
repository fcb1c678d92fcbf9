"""Who is told of applications, certificates and cases: with a real SMTP server, once, whatever is down or dies."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import itertools
import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.standings import A_DAY
from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.formats.guideline import load
from certmark.formats.guideline.reading import read
from certmark.server import ids
from certmark.server.asking import EVERYTHING, OPERATOR, Asker
from certmark.server.jobs.working import work_once
from certmark.server.services import accounts, members, notices, offices, people, products, vendors
from certmark.server.services.accounts import name_of
from certmark.server.services.certification import clock, guideline_news, own_notices, reminding, telling
from certmark.server.services.certification.telling import Concerned, tell
from certmark.server.services.context import Services
from certmark.server.services.errors import Outdated
from certmark.server.services.sealed import Sealed
from certmark.server.settings import ListenAddress
from certmark.server.store import guidelines as stored_guidelines
from certmark.server.store import notices as stored_notices
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.certification import applications, cases, certificates
from certmark.server.store.certification.applications import ApplicationRow, StoredReviewer
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.guidelines import Revision
from server.test_notices import with_mail, work_at_once
from support.certification import CertificationScene
from support.certified import Register
from support.loopback import free_port
from support.mail_server import MailServer, mail_server
from support.populated import NOW
from support.waiting import wait_until
from support.web_pages import Pages, path_of

Controller = pytest.importorskip("aiosmtpd.controller").Controller
pytestmark = pytest.mark.enable_socket
_NUMBERS = itertools.count(1)
MORNING = 20_000 * A_DAY + A_DAY // 4
"""Six o'clock on some day."""
VALUES = {"name": "Ship 3.1 for Compute 2026.11", "question": "Why {name}?", "day": "2027-01-31", "reason": "a\nb"}


class Town:
    """A vendor with people in every role, an office and reviewers, all with mail; an application and a certificate."""

    def __init__(self, services: Services) -> None:
        self.services = dataclasses.replace(services, clock=lambda: self.now)
        self.now = MORNING
        self.people = {
            word: self._account(word)
            for word in ("admin", "designate", "deputy", "member", "office", "reviewer", "stranger")
        }
        offices.appoint(services, self.people["office"].name, frozenset({Role.OFFICE}), "Programme")
        offices.appoint(services, self.people["reviewer"].name, frozenset({Role.REVIEWER}), "Lab")
        admin = self.people["admin"]
        self.vendor = vendors.register(self.services, admin, "Acme", "").row.id
        for word in ("designate", "deputy", "member"):
            made = members.invite(self.services, admin, self.vendor, is_administrator=False, days=3)
            members.accept(self.services, self.people[word], made.word)
        for word, role in (("designate", Role.DESIGNATE), ("deputy", Role.DEPUTY)):
            identity = self.people[word].identity or b""
            members.appoint(self.services, self.people["office"], self.vendor, role, identity, reason="letter")
        given: dict[str, Any] = {"name": "Ship", "kind": ProductKind.APPLIANCE, "description": ""}
        self.product = products.add(self.services, admin, self.vendor, **given).row.id
        self.version = products.add_version(self.services, admin, self.product, "3.1", []).row.id

    def _account(self, word: str) -> Asker:
        person = StoredAccount(b"", "https://login.example.org", word, word, f"{word}@example.org", 0, 0)
        with self.services.database.write() as transaction:
            identity = accounts.known(self.services, transaction, person, OPERATOR).identity
        return Asker(identity, name_of("https://login.example.org", word), EVERYTHING)

    def application(self, **more: Any) -> ApplicationRow:
        given = {
            "id": ids.new_id(self.now), "number": f"A-{next(_NUMBERS)}", "vendor": self.vendor,
            "product": self.product, "version": self.version, "programme": "openstack", "program": "compute",
            "guideline": "2026.11", "revision_digest": None, "rulebook": "2026.1", "track": "full",
            "state": "in review", "owner": "reviewers", "revision": 1, "since": self.now, "due": None,
            "promised": None, "created": self.now, "submitted": self.now,
            "content": {"contacts": ["contact@example.org"]},
        }  # fmt: skip
        row = ApplicationRow(**given | more)
        with self.services.database.write() as transaction:
            applications.TABLE.add(transaction, row)
        return row

    def certificate(self, until: int, **more: Any) -> CertificateRow:
        row = CertificateRow(
            ids.new_id(self.now), "C-1", self.application(state="granted", owner="nobody").id, self.vendor,
            self.product, self.version, "openstack", "compute", "2026.11", "2026.1", self.now, until, "active", 1,
            self.now, until, self.now, {},
        )._replace(**more)  # fmt: skip
        with self.services.database.write() as transaction:
            certificates.TABLE.add(transaction, row)
        return row

    def tell(self, event: str, key: str = "1", **more: str) -> None:
        reviewer = self.people["reviewer"].identity or b""
        to = Concerned(self.vendor, ["contact@example.org", "no address"], [reviewer])
        with self.services.database.write() as transaction:
            tell(self.services, transaction, event, "/certification/applications/1", to, VALUES | more, key)

    def told(self, word: str) -> list[tuple[str, str]]:
        found = own_notices.show(self.services, self.people[word]).told
        return [(one.event, one.way) for one in found]

    def outbox(self) -> list[tuple[str, str]]:
        with self.services.database.read() as transaction:
            unsent = stored_notices.unsent(transaction)
        return sorted((one.recipient.split("@")[0], one.subject) for one in unsent if one.kind == "mail")


@pytest.fixture
def town(services: Services) -> Town:
    return Town(services)


def test_every_step_that_tells_has_a_text_and_fills_only_known_gaps() -> None:
    rules = telling.texts().rules
    assert {step.tells for machine in MACHINES.values() for step in machine.steps if step.tells} <= rules.keys()
    known = {"name", "reason", "text", "day", "by", "code", "test", "until", "conditions", "regions", "decision"}
    known |= {"invalid_from", "days", "items", "answer", "guideline", "address", "choices"}
    assert {gap for event in rules for gap in telling.texts().text(event, "en").gaps} <= known


def test_who_is_told_stands_in_the_text_and_each_is_told_once(town: Town) -> None:
    for _ in range(2):
        town.tell("application.ask")
    subject = f"A question: {VALUES['name']}"
    assert town.outbox() == [(word, subject) for word in ("contact", "deputy", "designate")]
    town.tell("application.ask", key="2")
    assert len(town.outbox()) == 6
    town.tell("application.comment")
    town.tell("no such event")
    assert len(town.outbox()) == 6
    town.tell("challenge.file")
    assert ("office", f"Filed: {VALUES['name']}") in town.outbox()
    town.tell("application.answer")
    assert [one for one in town.outbox() if one[1].startswith("Answered")] == [
        (who, f"Answered: {VALUES['name']}") for who in ("office", "reviewer")
    ]
    (first, *_) = own_notices.show(town.services, town.people["designate"]).told
    assert first.body.startswith("Whoever reviews the application asks:\n\nWhy {name}?\n\nPlease answer by 2027-01-31")
    assert town.told("member") == []


def test_a_change_that_is_undone_tells_nobody(town: Town) -> None:
    with suppress(ZeroDivisionError), town.services.database.write() as transaction:
        tell(town.services, transaction, "granted", "/x", Concerned(town.vendor), VALUES, "1")
        _ = 1 / 0
    assert (town.outbox(), town.told("designate")) == ([], [])


def test_what_commits_is_sent_whatever_somebody_chose_and_the_rest_as_they_chose(town: Town) -> None:
    deputy, designate = town.people["deputy"], town.people["designate"]
    own_notices.choose(town.services, designate, 0, "en", ["applications"], is_daily=False)
    own_notices.choose(town.services, deputy, 0, "en", [], is_daily=True)
    town.tell("received")
    assert {who for who, _ in town.outbox()} == {"contact", "office"}
    town.tell("question")
    assert {who for who, _ in town.outbox()} == {"contact", "office", "designate", "deputy"}
    assert sorted(town.told("designate")) == [("question", "mail"), ("received", "page")]
    assert sorted(town.told("deputy")) == [("question", "mail"), ("received", "digest")]
    with pytest.raises(Outdated):
        own_notices.choose(town.services, deputy, 0, "en", [], is_daily=False)
    for language, kinds in (("xx", []), ("en", ["weather"])):
        with pytest.raises(InvalidRequest, match=r"there (are texts|is no kind)"):
            own_notices.choose(town.services, deputy, None, language, kinds, is_daily=False)


def test_a_daily_mail_has_all_that_waited_and_goes_once_a_day(town: Town) -> None:
    own_notices.choose(town.services, town.people["office"], 0, "en", [], is_daily=True)
    for key in "12":
        town.tell("application.submit", key=key)
    for _ in range(2):
        reminding.remind(town.services)
    mails = [one for one in town.outbox() if one[0] == "office"]
    assert mails == [("office", "2 notices of the programme, 2024-10-04")]
    town.tell("application.submit", key="3")
    reminding.remind(town.services)
    assert len([one for one in town.outbox() if one[0] == "office"]) == 1
    town.now += A_DAY
    reminding.remind(town.services)
    assert ("office", "1 notice of the programme, 2024-10-05") in town.outbox()
    assert {way for _, way in town.told("office")} == {"digested"}


def test_mail_that_is_down_loses_nothing_and_a_worker_that_dies_sends_nothing_twice(town: Town, tmp_path: Path) -> None:
    services = with_mail(town.services, None, tmp_path)
    town.services = dataclasses.replace(services, clock=lambda: town.now)
    town.tell("question")
    work_once(town.services)
    with mail_server(tmp_path) as server:
        settings = dataclasses.replace(town.services.settings, mail_server=ListenAddress("127.0.0.1", server.port))
        town.services = dataclasses.replace(town.services, settings=settings)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(stored_notices, "sent", _dies)  # a worker that is killed between sending and noting it
            with pytest.raises(SystemExit):
                work_at_once(town.services)
        town.tell("question")
        reminding.remind(town.services)
        for _ in range(4):
            work_at_once(town.services)
    found = [(message["To"].split("@")[0], message["Message-ID"]) for message in server.taken]
    assert sorted({who for who, _ in found}) == ["contact", "deputy", "designate"]
    assert len(set(found)) == 3  # what came twice has the same name
    assert town.outbox() == []
    assert "Look at it" not in server.taken[0].get_content()  # no public address is set


def _dies(*_: object) -> None:
    raise SystemExit


_WORKER = """
import sys, time
from certmark.server.jobs.kinds import KINDS
from certmark.server.jobs.working import work_next
from certmark.server.opening import services_of
from certmark.server.settings import read_settings
data, url, port = sys.argv[1:]
given = {"mail_server": f"127.0.0.1:{port}", "mail_from": "certmark@example.org", "mail_tls": "no"}
with services_of(read_settings(None, {}, data=data, database_url=url, **given)) as services:
    while True:
        if not work_next(services, KINDS, lease=1.0):
            time.sleep(0.02)
"""


class _Slow(MailServer):
    """Takes the first message, and does not say so before it is told to."""

    def __init__(self) -> None:
        super().__init__(free_port())
        self.may_answer = threading.Event()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        answer = await super().handle_DATA(server, session, envelope)
        await asyncio.to_thread(self.may_answer.wait, 60)
        return answer


@pytest.mark.thorough
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # of jobs and kills on both: tests of jobs
def test_a_worker_that_is_killed_while_it_sends_loses_nothing_and_another_sends_under_the_same_name(
    services: Services, database_url: str, tmp_path: Path
) -> None:
    town = Town(services)
    given: dict[str, Any] = {"mail_server": ListenAddress("127.0.0.1", 1), "mail_from": "certmark@example.org"}
    town.services = dataclasses.replace(services, settings=dataclasses.replace(services.settings, **given))
    town.tell("question")
    slow = _Slow()
    controller = Controller(slow, hostname="127.0.0.1", port=slow.port)
    controller.start()

    def start() -> subprocess.Popen[bytes]:
        words = [sys.executable, "-c", _WORKER, str(tmp_path / "data"), database_url, str(slow.port)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ))

    worker = start()
    try:
        wait_until(lambda: bool(slow.taken))
        worker.kill()
        worker.wait()
        slow.may_answer.set()
        worker = start()
        wait_until(lambda: town.outbox() == [])
    finally:
        worker.kill()
        worker.wait()
        controller.stop()
    names = {message["To"]: set[str]() for message in slow.taken}
    for message in slow.taken:
        names[message["To"]].add(message["Message-ID"])
    assert sorted(names) == [f"{who}@example.org" for who in ("contact", "deputy", "designate")]
    assert {len(found) for found in names.values()} == {1}
    assert len(slow.taken) == 4


def test_a_holder_is_reminded_by_the_rulebook_and_of_what_was_missed_only_of_the_newest(town: Town) -> None:
    until = (town.now // A_DAY + 101) * A_DAY
    town.certificate(until)
    seen = {}
    for day in (0, 9, 10, 11, 69, 70, 92, 93, 99, 100, 101):
        town.now = MORNING + day * A_DAY
        before = len(town.told("designate"))
        for _ in range(2):
            reminding.remind(town.services)
        seen[day] = len(town.told("designate")) - before
    assert seen == {0: 0, 9: 0, 10: 1, 11: 0, 69: 0, 70: 1, 92: 0, 93: 1, 99: 0, 100: 1, 101: 0}
    assert town.told("designate")[0][0] == "ends today"
    town.now = MORNING
    late = town.certificate((town.now // A_DAY + 6) * A_DAY, number="C-2", id=ids.new_id(1))
    reminding.remind(town.services)
    subjects = [one.subject for one in own_notices.show(town.services, town.people["admin"]).told]
    assert [one for one in subjects if late.number in one] == ["Ends in 5 days: C-2, compute"]


@pytest.mark.parametrize("state", ["suspended", "revoked", "superseded"])
def test_who_has_no_certificate_in_force_is_not_reminded(town: Town, state: str) -> None:
    town.certificate(town.now + 3 * A_DAY, state=state)
    reminding.remind(town.services)
    assert town.outbox() == []


def test_a_vendor_is_reminded_of_a_question_and_the_office_of_what_is_overdue_and_of_nothing_else(town: Town) -> None:
    asked = town.application(state="waiting", owner="vendor", due=(town.now // A_DAY + 5) * A_DAY)
    late = town.application(state="in review", due=town.now - A_DAY)
    town.application(state="submitted", owner="programme office", due=town.now + A_DAY)
    with town.services.database.write() as transaction:
        reviewer = StoredReviewer(town.people["reviewer"].identity or b"", "", "Lab", town.now)
        applications.assign(transaction, late.id, reviewer)
    for _ in range(2):
        reminding.remind(town.services)
    assert {one for one in town.outbox() if one[0] in {"contact", "designate", "deputy"}} == {
        (who, f"Waits for you, 4 days more: {asked.number}, compute") for who in ("contact", "designate", "deputy")
    }
    assert [one for one in town.outbox() if one[0] == "reviewer"] == [("reviewer", f"Overdue: {late.number}, compute")]
    assert [one for one in town.outbox() if one[0] == "office"] == [("office", "1 thing overdue on 2024-10-04")]
    (told,) = own_notices.show(town.services, town.people["office"]).told
    assert told.body.count("due on") == 1
    assert f"{late.number}, compute: due on 2024-10-03" in told.body


def test_a_challenge_that_nobody_acknowledged_comes_again_after_five_days(town: Town) -> None:
    certificate = town.certificate(town.now + 600 * A_DAY)
    row = CaseRow(
        ids.new_id(town.now), "K-1", "challenge", "openstack", town.vendor, town.product, certificate.id, None, None,
        "noticed", "vendor", 1, town.now, town.now + 60 * A_DAY, None, town.now, None, True, {},
    )  # fmt: skip
    with town.services.database.write() as transaction:
        cases.TABLE.add(transaction, row)
    town.now += 4 * A_DAY
    reminding.remind(town.services)
    assert town.outbox() == []
    town.now += 2 * A_DAY
    reminding.remind(town.services)
    assert {who for who, _ in town.outbox()} == {"admin", "designate", "deputy", "office"}


def test_the_operators_webhook_has_everything(town: Town) -> None:
    given: dict[str, Any] = {
        "operator_webhook": f"https://127.0.0.1:{free_port()}/",
        "webhook_secret": "whsec_" + "YQ" * 32,
    }
    town.services = dataclasses.replace(town.services, settings=dataclasses.replace(town.services.settings, **given))
    for _ in range(2):
        town.tell("certificate.withdraw")
    with town.services.database.read() as transaction:
        (found,) = [one for one in stored_notices.unsent(transaction) if one.kind == notices.WEBHOOK]
    assert found.subject == "certification.certificate_withdrawn"
    assert json.loads(found.body)["data"]["values"]["name"] == VALUES["name"]


def test_what_somebody_was_told_goes_with_them(town: Town) -> None:
    member = town.people["stranger"]
    with town.services.database.write() as transaction:
        to = Concerned(people=[member.identity or b""])
        tell(town.services, transaction, "dismissed", "/x", to, VALUES, "1")
    own_notices.choose(town.services, member, 0, "en", [], is_daily=True)
    _, kept = people.own_data(town.services, member)
    assert {"told.identity", "notice_choices.identity"} <= kept.keys()
    people.erase(town.services, member)
    assert town.outbox() == []
    assert own_notices.show(town.services, member).told == []


def _guideline(services: Services, identity: str, status: str, **more: str) -> None:
    """One that comes after 2026.11; with `more` every capability asks for a test of this name and id as well."""
    document = json.loads(load("2026.11").data)
    document["metadata"] |= {"id": identity, "status": status, "replaces": "2026.11"}
    for capability in document["capabilities"].values():
        capability["tests"] |= {name: {"test": f"tempest:{uuid}"} for name, uuid in more.items()}
    found = read(json.dumps(document).encode(), f"{identity}.json")
    with services.database.write() as transaction:
        revision = Revision(bytes.fromhex(found.sha256), found.id, status, "a test", services.clock())
        stored_guidelines.add(transaction, revision, found.data)


def test_a_holder_is_told_what_a_new_guideline_means_for_them(services: Services) -> None:
    register = Register(services)
    lead = register.world.people["office"]
    register.grant(is_signed=False)
    register.at(NOW + dt.timedelta(days=2))
    _guideline(register.services, "2097.11", "approved")
    _guideline(register.services, "2098.06", "draft")
    other = {"own.suite.Test.test_a": "aaaaaaaa-0000-4000-8000-00000000000a"}
    _guideline(register.services, "2098.11", "approved", **other)
    _guideline(register.services, "2099.06", "draft", **other)
    for _ in range(2):
        guideline_news.tell_of_guidelines(dataclasses.replace(register.services, sealed=Sealed()))
    told = {one.subject.partition(":")[0]: one.body for one in own_notices.show(register.services, lead).told}
    assert told.keys() == {"2097.11 is approved", "2098.11 is approved", "2099.06 would not be met"}
    assert "Renewal without a new run: yes" in told["2097.11 is approved"]
    assert "Renewal without a new run: no, because its runs do not pass it" in told["2098.11 is approved"]
    assert "would not pass" in told["2099.06 would not be met"]


def test_on_their_page_people_see_what_they_were_told_and_choose(town: Town) -> None:
    settings = dataclasses.replace(town.services.settings, public_url="http://127.0.0.1:8300")
    town.services = dataclasses.replace(town.services, settings=settings)
    pages, designate = Pages(town.services), town.people["designate"]
    town.tell("question", question="Why <b>this</b>?")
    assert pages.get("/my/notices").status_code == 303
    page = pages.get("/my/notices", designate).text
    assert "Why &lt;b&gt;this&lt;/b&gt;?" in page
    assert "You are told in English, at once" in page
    given = {"revision": "0", "language": "en", "daily": "yes", "kind_applications": "yes"}
    assert path_of(pages.send("/my/notices/choices", designate, **given)) == "/my/notices"
    page = pages.get("/my/notices", designate).text
    assert "once a day, without mail of: Certificates, and how long they last" in page
    found = pages.send("/my/notices/choices", designate, **given)
    assert (found.status_code, "Somebody else changed this" in found.text) == (412, True)
    found = pages.send("/my/notices/choices", designate, **given | {"revision": "1", "language": "xx"})
    assert found.status_code == 400
    assert pages.json("/my/notices", town.people["member"])["notices"] == []


def test_the_steps_of_an_application_tell_whom_they_concern_until_its_certificate_ends(
    services: Services, tmp_path: Path
) -> None:
    scene = CertificationScene(services, tmp_path)

    def subjects(who: Asker) -> list[str]:
        found = own_notices.show(scene.services, who).told
        return [one.subject.partition(":")[0] for one in reversed(found)]

    application = scene.in_review()
    scene.take(scene.ada, application, "ask", text="Which back end?")
    scene.later(days=25)
    reminding.remind(scene.services)
    scene.take(scene.member, application, "answer", text="Ceph")
    assert subjects(scene.designate) == ["Received", "In review", "A question", "Waits for you, 5 days more"]
    assert subjects(scene.ada)[0] == "Assigned to you"
    assert subjects(scene.ada)[-1] == "Answered"
    asked = own_notices.show(scene.services, scene.designate).told[1]
    assert "Which back end?" in asked.body
    assert subjects(scene.member) == []
    for who in (scene.ada, scene.bob):
        scene.take(who, application, "recommend", recommendation="grant", text="Looked at it.", no_conflict=True)
    scene.take(scene.office, application, "propose", decision="grant", reason="Both recommend it.")
    scene.later(days=10)
    scene.take(scene.office, application, "grant", reason="All is met.")
    scene.later(days=300)
    reminding.remind(scene.services)
    scene.later(days=400)
    clock.run_clock(scene.services)
    reminding.remind(scene.services)
    granted = subjects(scene.admin)
    assert granted[0] == "Granted"
    assert granted[1].startswith("Ends in ")
    assert granted[2:] == ["Expired"]
