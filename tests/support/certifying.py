"""Certification on a populated site: applications in several states, a certificate, cases; made by the services.

The rulebook by which they are made asks for no signed runs and no agreement; everything else is OpenStack's own.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from certmark.domain.certification.steps import DossierKind
from certmark.domain.permissions import Role
from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity
from certmark.server.services import claims, products
from certmark.server.services.certification import applications, cases, certificates, issuing, listing
from certmark.server.services.certification.applications import DraftChange, NewApplication
from certmark.server.services.certification.cases import CaseSubject
from certmark.server.services.context import Services
from certmark.server.services.offices import appoint
from support.countersigned import log_key
from support.stories import Case, junit, tests_of, written

if TYPE_CHECKING:
    from support.populated import Populating

PROGRAMME, PROGRAM, GUIDELINE = "openstack-powered", "object", "2026.05"
_TEST = "tempest.api.object_storage.test_container_acl.ObjectTestACLs.test_read_object_with_rights"
_STATEMENT = {
    "system": "Swift on three nodes,\nset up by kolla-ansible.",
    "operating-systems": "Debian 13",
    "back-ends": "XFS on local disks",
    "differences": "none that we know of: <upstream> as released",
    "sections/keystone": "its API, as released",
    "sections/swift": "all of it",
}


def lenient(services: Services) -> Services:
    """The same server, whose programme asks neither for signed runs nor for an agreement."""
    asked: dict[str, Any] = {"agreement": None, "signed_runs": False, "unmodified_suite": False}
    known = tuple(
        replace(one, rulebooks=tuple(replace(book, **asked) for book in one.rulebooks))
        if one.word == PROGRAMME
        else one
        for one in services.programmes
    )
    return replace(services, programmes=known)


class Certifying:
    """Makes applications of one product; what it made stands in the names of its world."""

    def __init__(self, world: Populating, product: str, clouds: list[str], now: dt.datetime) -> None:
        self._world, self._now, self._moment = world, now, now
        self.services = lenient(world.services)
        self._product, self._clouds = ids.read(product), clouds
        self.people, self.names = world.people, world.names
        for name, role in (("Ada", Role.REVIEWER), ("Cem", Role.OFFICE)):
            self.people[name] = Asker(add_identity(self.services, name), name, EVERYTHING)
            appoint(self.services, name, frozenset({role}), f"{name}'s")

    def at(self, *, days: float) -> None:
        """So many days before now."""
        self._moment = self._now - dt.timedelta(days=days)
        self._world.at(self._moment)

    def draft(self, key: str, version: str, *, is_whole: bool = True) -> bytes:
        """A draft for a new version; with all that is asked, or nothing."""
        services, member = self.services, self.people["member"]
        made = products.add_version(services, self.people["administrator"], self._product, version, self._clouds)
        new = NewApplication(made.row.id, PROGRAMME, PROGRAM, GUIDELINE)
        row = applications.draft(services, member, new).row
        if is_whole:
            runs = [self._run(made.row.id, cloud) for cloud in self._clouds]
            change = DraftChange(
                runs=runs, contacts=["ops@acme.example"], release="2026.1", statement=_STATEMENT, answers=_ANSWERS
            )
            applications.edit(services, member, row.id, change, row.revision)
        self.names[f"application_{key}"] = ids.written(row.id)
        return row.id

    def _run(self, version: bytes, cloud: str) -> str:
        name = "OpenStack Powered Object Storage"
        about: dict[str, Any] = {"program": name, "subject": cloud, "guideline": GUIDELINE, "is_public": False}
        began = self._moment - dt.timedelta(hours=2)
        cases_of_run = [Case(written(test)) for test in tests_of(load("2026.11"), name)]
        run = self._world.send("", junit(cases_of_run, began), "member", **about)
        claims.attach(self.services, self.people["member"], run, version)
        return ids.written(run)

    def take(self, who: str, application: bytes, event: str, **values: Any) -> None:
        """A step of an application."""
        applications.take(self.services, self.people[who], application, event, values, None)

    def submitted(self, key: str, version: str) -> bytes:
        """It waits for the office."""
        made = self.draft(key, version)
        self.take("designate", made, "submit")
        return made

    def in_review(self, key: str, version: str) -> bytes:
        """With two reviewers, one of whom ticked and commented."""
        made = self.submitted(key, version)
        self.take("office", made, "complete")
        for name in ("reviewer", "Ada"):
            self.take("office", made, "assign", reviewer=self.people[name].name)
        self.take("reviewer", made, "tick", item="evidence", answer="yes", text="judged anew")
        self.take("reviewer", made, "comment", text="This one was slow.", test=_TEST)
        return made

    def proposed(self, key: str, version: str, decision: str) -> bytes:
        """Both recommend, the office proposes."""
        made = self.in_review(key, version)
        for name in ("reviewer", "Ada"):
            self.take(name, made, "recommend", recommendation=decision, text="Looked at it.", no_conflict=True)
        self.take("office", made, "propose", decision=decision, reason="All is there.")
        return made

    def certificate(self, key: str, version: str, *, days: float) -> bytes:
        """Granted so many days before now."""
        self.at(days=days + 14)
        made = self.proposed(key, version, "grant")
        self.at(days=days)
        self.take("office", made, "grant", reason="All is there.")
        row = applications.certificate_of(self.services, self.people["office"], made)
        self.names[f"certificate_{key}"] = row.number
        certified: bytes = row.id
        return certified

    def case(self, key: str, who: str, kind: DossierKind, subject: CaseSubject, **values: Any) -> bytes:
        """A case."""
        made = cases.file(self.services, self.people[who], kind, subject, values, PROGRAMME).row.id
        self.names[f"case_{key}"] = ids.written(made)
        return made


_ANSWERS = {
    "guideline": "It is the newest that is approved.",
    "suite": "It is a release as it was published.",
}


def certify(world: Populating, now: dt.datetime) -> None:
    """Everything; names are application_STATE, certificate_STATE and case_KIND."""
    from support.populated import cloud

    made = Certifying(world, world.names["product_acme"], [cloud(1), cloud(1, "RegionTwo")], now)
    held = made.certificate("active", "2026.1", days=30)
    suspended = made.certificate("suspended", "2025.2", days=29)
    revoked = made.certificate("revoked", "2025.1", days=28)
    made.at(days=20)
    _end(made, suspended, revoked)
    _cases(made, held)
    made.at(days=20)
    refused = made.proposed("refused", "2024.2", "refuse")
    made.at(days=10)
    made.take("office", refused, "refuse", reason="The name is that of another product.")
    made.case("appeal", "designate", DossierKind.APPEAL, CaseSubject(application=refused), grounds="It is ours.")
    made.at(days=40)
    made.in_review("overdue", "2023.2")
    made.at(days=3)
    waiting = made.in_review("waiting", "2024.1")
    made.take("reviewer", waiting, "ask", text="Which release of Swift?", test=_TEST)
    made.in_review("review", "2026.3")
    made.proposed("window", "2026.4", "grant")
    made.submitted("submitted", "2026.5")
    made.draft("draft", "2026.6")
    made.draft("empty", "2026.7", is_whole=False)
    made.at(days=0)
    _sign(made.services, held, suspended)


def _sign(services: Services, *granted: bytes) -> None:
    """Two of them are signed, as on a server that has a key; a third is not."""
    place = services.scratch / "office"
    log_key(place)
    settings = replace(services.settings, certificate_key=place, certificate_issuer="Interop programme")
    signing = replace(services, settings=settings)
    for certificate in granted:
        assert issuing.issue(signing, certificate)
    assert listing.renew(signing)
    place.unlink()


def _end(made: Certifying, suspended: bytes, revoked: bytes) -> None:
    office, second = made.people["office"], made.people["Cem"]
    said = {"code": "product changed", "reason": "It is another product by now."}
    certificates.take(made.services, office, suspended, "suspend", said, None)
    proposal = {"code": "issued in error", "invalid_from": "2026-10-30", "reason": "The run was another cloud's."}
    certificates.take(made.services, office, revoked, "propose-revocation", proposal, None)
    certificates.take(made.services, second, revoked, "revoke", {"reason": "So it is."}, None)


def _cases(made: Certifying, held: bytes) -> None:
    about = CaseSubject(certificate=held)
    challenge = made.case(
        "challenge",
        "user",
        DossierKind.CHALLENGE,
        about,
        claim="Nothing can be uploaded <since> October.",
        prevented="Every request was answered with 503.",
        is_anonymous=True,
    )
    text = "Run the tests again, and send a run that passes."
    cases.take(made.services, made.people["office"], challenge, "notify", {"text": text}, None)
    version = CaseSubject(version=ids.read(made.names["version_acme"]))
    said = {"test": _TEST, "reason": "It needs a role that no cloud must have."}
    made.case("grievance", "member", DossierKind.GRIEVANCE, version, **said)
    link = "https://bugs.example.org/1"
    waiver = made.case("waiver", "member", DossierKind.WAIVER, version, link=link, **said)
    cases.take(made.services, made.people["reviewer"], waiver, "approve", {"reason": "Known."}, None)
