"""A programme with its office and reviewers, a vendor with a product that passes, and applications in any state."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from certmark.domain.certification.rulebooks import CertifiableProgram, Rulebook
from certmark.domain.permissions import Role
from certmark.domain.products import ProductKind
from certmark.formats.rulebooks import shipped_programmes
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity
from certmark.server.services import claims, members, products, runs, sources, vendors
from certmark.server.services.certification import applications, certificates
from certmark.server.services.certification.applications import DraftChange, NewApplication, ShownApplication
from certmark.server.services.certification.certificates import ShownCertificate
from certmark.server.services.certification.taking import Place
from certmark.server.services.context import Services
from certmark.server.services.offices import appoint
from certmark.server.services.runs import AboutRun
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.certificates import CertificateRow
from support.surveys import guideline_document

CLOUD = "cloud:000g40r40m30e209185gr38e-gv/RegionOne"
SECOND = "cloud:000g40r40m30e209185gr38e-gv/RegionTwo"
PROGRAMME, PROGRAM, GUIDELINE = "interoperable-cloud", "p", "2030.01"
DAY = 86_400_000_000
PASSES = b'<testsuite><testcase classname="a.B" name="c"/><testcase classname="a.B" name="d"/></testsuite>'
FAILS = PASSES.replace(b'name="c"/>', b'name="c"><failure/></testcase>')
NOBODY_NAMED = {"distinct_organisations": True, "signed_runs": False, "unmodified_suite": False, "agreement": None}


def rulebook(**changes: Any) -> Rulebook:
    """A programme's own, for the one program of a small guideline, and without what needs keys and agreements."""
    (shipped,) = (one for one in shipped_programmes() if one.word == PROGRAMME)
    newest = shipped.rulebooks[-1]
    asked = {"programs": (CertifiableProgram(PROGRAM, "P"),), "questions": (), **NOBODY_NAMED}
    return replace(newest, **{**asked, **changes})


def with_rulebook(services: Services, book: Rulebook) -> Services:
    """The same server, whose programme has just this rulebook."""
    known = tuple(replace(one, rulebooks=(book,)) if one.word == PROGRAMME else one for one in services.programmes)
    return replace(services, programmes=known)


class CertificationScene:
    """People, a product, and a clock that stands still until it is moved."""

    def __init__(self, services: Services, folder: Path, prefix: str = "", **changes: Any) -> None:
        self.now = services.clock()
        self.services = replace(with_rulebook(services, rulebook(**changes)), clock=lambda: self.now)
        self.folder, self._prefix = folder, prefix
        vendor_side = ("admin", "designate", "member")
        programme_side = ("office", "second office", "ada", "bob", "eve")
        people = {name: self.newcomer(name) for name in (*vendor_side, *programme_side, "customer")}
        self.admin, self.designate, self.member = (people[name] for name in vendor_side)
        self.office, self.second, self.ada, self.bob, self.eve = (people[name] for name in programme_side)
        self.customer = people["customer"]
        for who in (self.office, self.second):
            appoint(services, who.name, frozenset({Role.OFFICE}), "Foundation")
        for who, organisation in ((self.ada, "Alpha"), (self.bob, "Beta"), (self.eve, f"{prefix}Example")):
            appoint(services, who.name, frozenset({Role.REVIEWER}), organisation)
        self._guideline()
        self.vendor = self._vendor()
        self.product = products.add(
            self.services, self.admin, self.vendor, name="Ship", kind=ProductKind.PUBLIC_CLOUD, description=""
        ).row.id
        products.edit(self.services, self.admin, self.product, products.ProductChange(is_public=True), None)
        self.version = self.new_version("3.1")

    def newcomer(self, name: str) -> Asker:
        called = f"{self._prefix}{name}"
        return Asker(add_identity(self.services, called), called, EVERYTHING)

    def _guideline(self) -> None:
        file = self.folder / "guideline.json"
        file.write_text(json.dumps(guideline_document({f"a.B.{name}": {"idempotent_id": ""} for name in "cd"})))
        sources.add(self.services, str(file))

    def _vendor(self) -> bytes:
        vendor = vendors.register(self.services, self.admin, f"{self._prefix}Example", "").row.id
        for who in (self.designate, self.member):
            word = members.invite(self.services, self.admin, vendor, is_administrator=False, days=1).word
            members.accept(self.services, who, word)
        assert self.designate.identity is not None
        role = Role.DESIGNATE
        members.appoint(self.services, self.office, vendor, role, self.designate.identity, reason="letter")
        vendors.ask(self.services, self.admin, vendor, None, is_asked=True)
        vendors.decide(self.services, self.office, vendor, None, is_approved=True, reason="known", is_public=True)
        return vendor

    def new_version(self, name: str, *clouds: str) -> bytes:
        return products.add_version(self.services, self.admin, self.product, name, clouds or [CLOUD]).row.id

    def run(self, version: bytes | None = None, subject: str = CLOUD, content: bytes = PASSES) -> str:
        """A run that belongs to a version."""
        file = self.folder / "r.xml"
        file.write_bytes(content)
        about = AboutRun(name="r.xml", subject=subject, guideline=GUIDELINE, program="P")
        run = runs.receive(self.services, self.member, file, about).id
        claims.attach(self.services, self.member, run, version or self.version)
        return ids.written(run)

    def later(self, *, days: float) -> None:
        """The clock goes on."""
        self.now += int(days * DAY)

    def drafted(self, version: bytes | None = None, **more: Any) -> ShownApplication:
        """A draft that could be submitted."""
        version = version or self.version
        new = NewApplication(version, PROGRAMME, PROGRAM, GUIDELINE, **more)
        begun = applications.draft(self.services, self.member, new)
        change = DraftChange(runs=[self.run(version)], contacts=["ops@example.org"], release="a")
        return applications.edit(self.services, self.member, begun.row.id, change, begun.row.revision)

    def take(self, who: Asker, application: bytes, event: str, **values: Any) -> ShownApplication:
        return applications.take(self.services, who, application, event, values, None)

    def submitted(self, **more: Any) -> bytes:
        application = self.drafted(**more).row.id
        self.take(self.designate, application, "submit")
        return application

    def in_review(self, **more: Any) -> bytes:
        application = self.submitted(**more)
        self.take(self.office, application, "complete")
        for who in (self.ada, self.bob):
            self.take(self.office, application, "assign", reviewer=who.name)
        return application

    def proposed(self, decision: str = "grant", **more: Any) -> bytes:
        application = self.in_review(**more)
        for who in (self.ada, self.bob):
            self.take(who, application, "recommend", recommendation=decision, text="Looked at it.", no_conflict=True)
        self.take(self.office, application, "propose", decision=decision, reason="All is there.")
        return application

    def decided(self, decision: str = "grant", **more: Any) -> bytes:
        application = self.proposed(decision, **more)
        self.later(days=9)
        self.take(self.office, application, decision, reason="All is there.")
        return application

    def certificate(self, **more: Any) -> ShownCertificate:
        application = self.decided(**more)
        row = applications.certificate_of(self.services, self.office, application)
        return certificates.show(self.services, self.office, row.id)


def planted_certificate(services: Services, vendor: bytes, product: bytes, version: bytes) -> bytes:
    """A certificate in force, as if it had been granted."""
    now = services.clock()
    said = {
        "names": {"vendor": "V", "product": "P", "version": "1", "kind": "appliance"},
        "regions": [CLOUD],
        "runs": [],
    }
    common: dict[str, Any] = {"vendor": vendor, "product": product, "version": version, "program": "compute"}
    common |= {"programme": PROGRAMME, "guideline": "2026.11", "rulebook": "2026.1", "created": now, "content": said}
    common |= {"revision": 1, "since": now, "due": None}
    applied = ApplicationRow(
        **common,
        id=ids.new_id(now),
        number=f"A-{ids.new_id(now).hex()[16:]}",
        revision_digest=None,
        track="full",
        state="granted",
        owner="nobody",
        promised=None,
        submitted=now,
    )
    row = CertificateRow(
        **common,
        id=ids.new_id(now),
        number=f"OP-{ids.new_id(now).hex()[16:]}",
        application=applied.id,
        valid_from=now,
        valid_until=now + 365 * DAY,
        state="active",
    )
    with services.database.write() as transaction:
        Place.APPLICATIONS.table.add(transaction, applied)
        Place.CERTIFICATES.table.add(transaction, row)
    return row.id
