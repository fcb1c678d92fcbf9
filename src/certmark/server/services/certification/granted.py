"""What was granted, as values: what the row of a certificate froze, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from certmark.domain.certification.certificates import CertifiedCloud, DeclaredAnswer
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.waivers import Scope, Waiver
from certmark.server.services.moments import moment_of
from certmark.server.store.certification import applications, cases, certificates, events
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

_ROLES = {"office": "programme office", "operator": "programme office"}


class GrantedNames(NamedTuple):
    """Whose it is, as they were called when it was granted; a new name of the product is entered later."""

    vendor: str
    product: str
    version: str

    @property
    def title(self) -> str:
        """In one line."""
        return " ".join(filter(None, self))


class GrantedDecision(NamedTuple):
    """Who decided."""

    application: str
    moment: int
    role: str


def names_of(row: CertificateRow) -> GrantedNames:
    """Whose it is."""
    called = row.content.get("names") or {}
    return GrantedNames(*(str(called.get(key) or "") for key in GrantedNames._fields))


def clouds_of(row: CertificateRow) -> tuple[CertifiedCloud, ...]:
    """Where it holds now: identities, and the regions as people call them."""
    return tuple(cloud_of(str(identity)) for identity in row.content.get("regions") or ())


def cloud_of(identity: str) -> CertifiedCloud:
    """An identity, and the region in it."""
    return CertifiedCloud(identity, identity.partition("/")[2])


def runs_of(row: CertificateRow) -> tuple[str, ...]:
    """The ids of the runs that it rests on, as they are written."""
    return tuple(str(one["run"]) for one in row.content.get("runs") or ())


def conditions_of(row: CertificateRow) -> tuple[str, ...]:
    """The conditions, one a line."""
    lines = str(row.content.get("conditions") or "").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def answers_of(row: CertificateRow, rulebook: Rulebook | None) -> tuple[list[DeclaredAnswer], list[DeclaredAnswer]]:
    """The statement of the configuration and that of designated sections, in the rulebook's order."""
    said = {str(key): str(value) for key, value in (row.content.get("statement") or {}).items()}
    questions = () if rulebook is None else rulebook.questions
    plain = {one.word: one.question for one in questions if not one.is_for_each_project}
    statement = [DeclaredAnswer(text, said[word]) for word, text in plain.items() if said.get(word, "").strip()]
    sections = [
        DeclaredAnswer(key.partition("/")[2], value) for key, value in said.items() if "/" in key and value.strip()
    ]
    return statement, sections


def decision_of(transaction: Transaction, row: CertificateRow) -> GrantedDecision:
    """Who decided, as its application tells."""
    application = applications.TABLE.anybodys(transaction, row.application)
    granted = [one for one in events.of(transaction, row.application) if one.event.startswith("grant")]
    role = granted[-1].role if granted else "office"
    number = "" if application is None else application.number or ""
    return GrantedDecision(number, row.created, _ROLES.get(role, role))


def is_rejudged(transaction: Transaction, row: CertificateRow) -> bool:
    """Whether it brings no run that the certificate before did not rest on."""
    before = None if row.predecessor is None else certificates.TABLE.anybodys(transaction, row.predecessor)
    return before is not None and set(runs_of(before)).issuperset(runs_of(row))


def waivers_of(transaction: Transaction, row: CertificateRow) -> Iterator[Waiver]:
    """Those that it names and that were put in force, as verdicts read them."""
    named = set(row.content.get("waivers") or ())
    for case in cases.TABLE.every(transaction, "of_product", row.product) if named else ():
        if case.number in named and case.test and case.until is not None:
            yield Waiver(
                scope=Scope.TEST,
                target=case.test,
                reason=str(case.content.get("text") or case.number),
                grantor="programme office",
                expires=(moment_of(case.until) - timedelta(microseconds=1)).date(),
                granted=moment_of(case.created).date(),
                link=None,
                product=names_of(row).product,
                guidelines=None,
            )
