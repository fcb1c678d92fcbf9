"""Cases: challenges, grievances, appeals and requests for waivers, filed by people; concerns, raised by what is found.

1. A challenge is about a certificate, and anybody who is known may file one; the holder may not be told who did.
2. A grievance is a vendor's about a test, a request for a waiver a vendor's about a test of one product.
3. An appeal is a designate's, against a refusal, or a revocation of a certificate, within the rulebook's days.
4. A concern is private for the rulebook's days; then it is shown. It never ends a certificate by itself.
5. What is filed is public once a step that is public was taken with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from certmark.domain.certification.machines import FILING, MACHINES
from certmark.domain.certification.steps import DossierKind, DossierStep, Turn
from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import OF_PROGRAMME, Right
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import claims
from certmark.server.services.certification import dossiers, rules, steps
from certmark.server.services.certification.fields import read_values
from certmark.server.services.certification.numbers import case_number
from certmark.server.services.certification.steps import CLOCK, seen
from certmark.server.services.certification.taking import Place, Taking
from certmark.server.services.changes import changing, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted, WrongState
from certmark.server.services.products import version_seen
from certmark.server.store import runs
from certmark.server.store.certification import cases, names
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.dossiers import FIRST, LAST
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

PLACE = Place.CASES
_TOGETHER = "somebody else changed it at the same time; look again"
_LETTERS = {
    DossierKind.CHALLENGE: "C",
    DossierKind.CONCERN: "N",
    DossierKind.GRIEVANCE: "G",
    DossierKind.APPEAL: "P",
    DossierKind.WAIVER: "W",
}
_FIRST_DEADLINES = {
    DossierKind.CHALLENGE: "challenge_notice_days",
    DossierKind.CONCERN: "concern_days",
    DossierKind.GRIEVANCE: "grievance_days",
    DossierKind.APPEAL: "appeal_days",
    DossierKind.WAIVER: "decision_days",
}
_MOST_OPEN = 20
"""Cases that one person may have open at once."""


class CaseSubject(NamedTuple):
    """What a case is about; one of these."""

    certificate: bytes | None = None
    """Of a challenge, an appeal, a grievance."""
    application: bytes | None = None
    """Of an appeal, a waiver, a grievance."""
    version: bytes | None = None
    """Of a product: of a waiver, a grievance."""


class ShownCase(NamedTuple):
    """A case as somebody sees it."""

    row: CaseRow
    possible: tuple[DossierStep, ...]
    content: Mapping[str, Any]
    """What was said when it was filed, as far as who asks may know."""


class _About(NamedTuple):
    """Whose and what a case is."""

    vendor: bytes
    product: bytes
    version: bytes
    programme: str
    row: Any


def file(
    services: Services,
    asker: Asker,
    kind: DossierKind,
    subject: CaseSubject,
    values: Mapping[str, object],
    programme: str | None = None,
) -> ShownCase:
    """A new case; `programme` is needed where the subject is a version. Rules 1 to 3.

    Raises NotFound, NotPermitted, InvalidRequest or WrongState.
    """
    if kind not in FILING:
        raise InvalidRequest(f"nobody files a {kind.value}; it is raised by what is found")
    right, fields = FILING[kind]
    told = read_values(fields, values)
    with changing(services, _TOGETHER) as transaction:
        about = _about(transaction, asker, subject, programme)
        require(transaction, asker, right, None if right is Right.FILE_CASE else about.vendor)
        _check_filing(services, transaction, asker, kind, about, told)
        row = _new(services, transaction, asker, kind, subject, about, told)
        return _shown(transaction, asker, row)


def _about(transaction: Transaction, asker: Asker, subject: CaseSubject, programme: str | None) -> _About:
    """Raises NotFound or InvalidRequest."""
    for place, identity in ((Place.CERTIFICATES, subject.certificate), (Place.APPLICATIONS, subject.application)):
        if identity is not None:
            row = seen(transaction, asker, place, identity)
            return _About(row.vendor, row.product, row.version, row.programme, row)
    if subject.version is None or programme is None:
        raise InvalidRequest("say what it is about: a certificate, an application, or a version and a programme")
    version, product = version_seen(transaction, asker, subject.version)
    return _About(product.vendor, product.id, version.row.id, programme, None)


def _check_filing(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    kind: DossierKind,
    about: _About,
    told: Mapping[str, Any],
) -> None:
    is_certificate = isinstance(about.row, CertificateRow)
    if kind is DossierKind.CHALLENGE and (not is_certificate or about.row.state not in {"active", "suspended"}):
        raise WrongState("only a certificate that is in force is challenged")
    if kind is DossierKind.APPEAL:
        _check_appeal(services, about)
    if "run" in told and runs.one(transaction, asker, ids.read(told["run"])) is None:
        raise InvalidRequest(f"there is no run {told['run']} that you may see")
    mine = cases.TABLE.every(transaction, "opened", asker.identity)
    still = [one for one in mine if not MACHINES[DossierKind(one.kind)].is_final(one.state)]
    if len(still) >= _MOST_OPEN:
        raise NotPermitted(f"you have {_MOST_OPEN} open cases; wait until one of them is decided")
    if any(one.kind == kind.value and _is_same(one, about, told) for one in still):
        raise WrongState("you filed the same already, and it is open")


def _is_same(one: CaseRow, about: _About, told: Mapping[str, Any]) -> bool:
    about_id = None if about.row is None else about.row.id
    return (
        one.product == about.product
        and one.test == told.get("test")
        and about_id
        in {
            None,
            one.certificate,
            one.application,
        }
    )


def _check_appeal(services: Services, about: _About) -> None:
    row = about.row
    if row is None or row.state not in {"refused", "revoked"}:
        raise WrongState("an appeal is against a refusal or a revocation, and names what was decided")
    rulebook = rules.rulebook_of(services, row, services.clock())
    if services.clock() > rules.deadline(rulebook, "appeal_days", row.since):
        raise WrongState(f"the {rulebook.appeal_days} days in which it could be appealed against are over")


def _new(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    kind: DossierKind,
    subject: CaseSubject,
    about: _About,
    told: Mapping[str, Any],
) -> CaseRow:
    now = services.clock()
    rulebook = rules.current(services, about.programme, now)
    called = names.of_version(transaction, about.version)
    row = CaseRow(
        id=ids.new_id(now),
        number=case_number(transaction, _LETTERS[kind], about.programme, now),
        kind=kind.value,
        programme=about.programme,
        vendor=about.vendor,
        product=about.product,
        certificate=subject.certificate,
        application=subject.application,
        test=told.get("test"),
        state=MACHINES[kind].first,
        owner=(Turn.VENDOR if kind is DossierKind.CONCERN else Turn.OFFICE).value,
        revision=1,
        since=now,
        due=rules.deadline(rulebook, _FIRST_DEADLINES[kind], now),
        until=None,
        created=now,
        opened_by=asker.identity,
        is_public=False,
        content={**told, "names": called._asdict()},
    )
    cases.TABLE.add(transaction, row)
    _note_new(services, transaction, asker, row, rulebook, told)
    return row


def _note_new(
    services: Services, transaction: Transaction, asker: Asker, row: CaseRow, rulebook: Any, told: Mapping[str, Any]
) -> None:
    right = None if asker is CLOCK else FILING[DossierKind(row.kind)][0]
    step = DossierStep("file", "file", frozenset({row.state}), None, right, tells="filed")
    taking = Taking(
        services=services,
        transaction=transaction,
        asker=asker,
        roles=frozenset() if asker is CLOCK else steps.roles_towards(transaction, asker, row),
        row=row,
        step=step,
        values=told,
        rulebook=rulebook,
        now=row.created,
        is_clock=asker is CLOCK,
    )
    steps.append(taking, row)


def raise_concern(
    services: Services, transaction: Transaction, certificate: CertificateRow, sentence: str, run: str | None = None
) -> CaseRow | None:
    """Rule 4: a later run did not pass, or none came; None: one is open already."""
    for one in cases.TABLE.every(transaction, "of_certificate", certificate.id):
        if one.kind == DossierKind.CONCERN.value and one.state != "settled":
            return None
    about = _About(certificate.vendor, certificate.product, certificate.version, certificate.programme, certificate)
    told = {"text": sentence} | ({} if run is None else {"run": run})
    subject = CaseSubject(certificate=certificate.id)
    return _new(services, transaction, CLOCK, DossierKind.CONCERN, subject, about, told)


def settle_concerns(services: Services, transaction: Transaction, certificate: bytes) -> int:
    """A later run passed: open concerns about a certificate are settled; how many."""
    count = 0
    for one in cases.TABLE.every(transaction, "of_certificate", certificate):
        if one.kind == DossierKind.CONCERN.value and one.state in {"open", "shown"}:
            steps.take_by_itself(services, transaction, PLACE, one.id, "pass")
            count += 1
    return count


def take(
    services: Services, asker: Asker, case: bytes, event: str, values: Mapping[str, object], revision: int | None
) -> ShownCase:
    """Take a step (`steps.take`), and the case as it is then."""
    _check_run(services, asker, values)
    steps.take(services, asker, PLACE, case, event, values, revision)
    return show(services, asker, case)


def _check_run(services: Services, asker: Asker, values: Mapping[str, object]) -> None:
    """A run that somebody names is one that they may see. Raises NotFound."""
    word = values.get("run")
    if isinstance(word, str) and len(word) == len(ids.written(bytes(16))):
        try:
            run = ids.read(word)
        except ValueError:
            return
        claims.show(services, asker, run)


def show(services: Services, asker: Asker, case: bytes) -> ShownCase:
    """The case. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, seen(transaction, asker, PLACE, case))


def by_number(services: Services, asker: Asker, number: str) -> ShownCase:
    """The case of this number. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, dossiers.numbered(transaction, asker, PLACE, number))


def _shown(transaction: Transaction, asker: Asker, row: CaseRow) -> ShownCase:
    possible = dossiers.possible(transaction, asker, row)
    roles = steps.roles_towards(transaction, asker, row)
    knows = asker.has(Right.SEE_CASE, roles) or (asker.identity is not None and row.opened_by == asker.identity)
    content = row.content if knows else {}
    if roles & OF_PROGRAMME or (asker.identity is not None and row.opened_by == asker.identity):
        return ShownCase(row, possible, content)
    return ShownCase(row._replace(opened_by=None), possible, content)


def past(services: Services, asker: Asker, case: bytes) -> list[CertificationEvent]:
    """What happened to it, as far as who asks may know, the oldest first. Raises NotFound."""
    return dossiers.past(services, asker, PLACE, case)


def listed(
    services: Services,
    asker: Asker,
    *,
    kind: DossierKind | None = None,
    vendor: bytes | None = None,
    certificate: bytes | None = None,
    application: bytes | None = None,
    product: bytes | None = None,
    test: str | None = None,
    behind: bytes = LAST,
    most: int = 50,
) -> tuple[list[CaseRow], bytes | None]:
    """A page of those that they may see, the newest first, by the first filter that is given."""
    filters: dict[str, bytes | str | None] = {
        "of_certificate": certificate,
        "of_application": application,
        "of_product": product,
        "of_test": test,
        "of_vendor": vendor,
        "of_kind": None if kind is None else kind.value,
    }
    wanted = next(((name, value) for name, value in filters.items() if value is not None), None)
    with services.database.read() as transaction:
        found = cases.TABLE.page(transaction, asker, wanted, behind=behind, most=most + 1)
    return found[:most], found[most - 1].id if len(found) > most else None


def queue(services: Services, asker: Asker, *, behind: tuple[int, bytes] = FIRST, most: int = 200) -> list[CaseRow]:
    """What must happen, of what who asks may see: the most overdue first."""
    with services.database.read() as transaction:
        return cases.TABLE.queue(transaction, asker, behind, most)
