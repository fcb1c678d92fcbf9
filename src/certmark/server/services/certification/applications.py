"""Applications: drafted by several people, checked before they are sent, reviewed, decided.

1. Members of a vendor draft; the designate or the deputy submits, withdraws and appeals.
2. A draft may be changed by several people at once: of two who change it, the second is told.
3. Until it is granted, an application is its vendor's, its reviewers' and the office's; then its certificate is public.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from certmark.domain.certification.checks import ApplicationCheck
from certmark.domain.certification.machines import APPLICATION
from certmark.domain.certification.rulebooks import Rulebook
from certmark.domain.certification.standings import A_DAY
from certmark.domain.certification.steps import DossierStep, Turn
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import products
from certmark.server.services.certification import checking, dossiers, finding, rules, steps
from certmark.server.services.certification.fields import check_text
from certmark.server.services.certification.judging import RunFinding
from certmark.server.services.certification.steps import locked, seen
from certmark.server.services.certification.taking import Place, Taking
from certmark.server.services.changes import changed, changing, require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotReadYet, WrongState
from certmark.server.store import claims, upkeep
from certmark.server.store.certification import applications, certificates, names
from certmark.server.store.certification.applications import ApplicationRow, StoredDisclosure, StoredReviewer
from certmark.server.store.certification.dossiers import FIRST, LAST
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

PLACE = Place.APPLICATIONS
_TOGETHER = "somebody else changed the application at the same time; look again"
_MOST_RUNS, _MOST_NAMED = 50, 100
LARGEST_DISCLOSURE = 4 << 20


class NewApplication(NamedTuple):
    """What is applied for."""

    version: bytes
    """Of a product."""
    programme: str
    program: str
    guideline: str
    """Its id."""
    supersedes: bytes | None = None
    """An application of the same version, in whose place it comes when it is submitted."""
    predecessor: bytes | None = None
    """The certificate that it renews."""


class DraftChange(NamedTuple):
    """What an application is to say otherwise; None: as it is."""

    runs: Sequence[str] | None = None
    """Their ids."""
    regions: Sequence[str] | None = None
    """Identities of clouds, of those that the version names."""
    statement: Mapping[str, str] | None = None
    """Answers by the words of the rulebook's questions; of each project by `word/project`."""
    contacts: Sequence[str] | None = None
    """Mail addresses."""
    answers: Mapping[str, str] | None = None
    """To checks that are not met, by their words."""
    waivers: Sequence[str] | None = None
    """Numbers of those that the verdict needs."""
    release: str | None = None
    """Of the software of the cloud."""


class ShownApplication(NamedTuple):
    """An application as somebody sees it."""

    row: ApplicationRow
    possible: tuple[DossierStep, ...]
    """What who asks may do now, as far as rights and state say."""
    reviewers: tuple[StoredReviewer, ...]
    """Empty for the vendor: it does not know them."""
    sees_review: bool
    """Whether who asks sees what the programme says among itself."""


class ReviewRoom(NamedTuple):
    """What a reviewer has in front of them."""

    shown: ShownApplication
    checks: tuple[ApplicationCheck, ...]
    runs: tuple[RunFinding, ...]
    """Judged now."""
    problem: str | None
    """Why they could not be judged; None: they were."""
    events: tuple[CertificationEvent, ...]
    rulebook: Rulebook
    disclosures: tuple[StoredDisclosure, ...]
    before: bytes | None
    """The certificate before: what changed since is seen by comparing both, and their runs."""


def draft(
    services: Services, asker: Asker, new: NewApplication, said: Mapping[str, Any] | None = None
) -> ShownApplication:
    """Begin an application; `said` is what another one said before. Raises NotFound, NotPermitted or InvalidRequest."""
    now = services.clock()
    rulebook = rules.current(services, new.programme, now)
    program = rulebook.program(new.program)
    if program is None:
        there = ", ".join(one.word for one in rulebook.programs)
        raise InvalidRequest(f"the programme {new.programme} does not certify {new.program[:100]!r}; it does {there}")
    rules.revision_named(services, new.guideline)
    with changing(services, _TOGETHER) as transaction:
        version, product = products.version_seen(transaction, asker, new.version)
        require(transaction, asker, Right.EDIT_APPLICATION, product.vendor)
        called = names.of_version(transaction, new.version)
        _check_related(transaction, asker, new, product.vendor)
        row = ApplicationRow(
            id=ids.new_id(now),
            number=None,
            vendor=product.vendor,
            product=product.id,
            version=new.version,
            programme=new.programme,
            program=program.word,
            guideline=new.guideline,
            revision_digest=None,
            rulebook=rulebook.version,
            track=rulebook.tracks[-1].track.value,
            state=APPLICATION.first,
            owner=Turn.VENDOR.value,
            revision=1,
            since=now,
            due=None,
            promised=None,
            created=now,
            submitted=None,
            content={"regions": list(version.clouds), **(said or {}), "names": called._asdict()},
            supersedes=new.supersedes,
            predecessor=new.predecessor,
        )
        applications.TABLE.add(transaction, row)
        applications.put_runs(transaction, row.id, [ids.read(word) for word in row.content.get("runs", ())])
        _note(services, transaction, asker, row, "draft", {})
        return _shown(transaction, asker, row)


def _check_related(transaction: Transaction, asker: Asker, new: NewApplication, vendor: bytes) -> None:
    """What it comes after is of the same vendor. Raises NotFound or InvalidRequest."""
    for place, identity in ((PLACE, new.supersedes), (Place.CERTIFICATES, new.predecessor)):
        if identity is not None and seen(transaction, asker, place, identity).vendor != vendor:
            raise InvalidRequest(f"what it comes after among {place.value} is another vendor's")


def edit(
    services: Services, asker: Asker, application: bytes, change: DraftChange, revision: int | None
) -> ShownApplication:
    """Rule 2. Raises NotFound, NotPermitted, UntimelyRequest, InvalidRequest, WrongState or Overtaken."""
    with changing(services, _TOGETHER) as transaction:
        row = locked(transaction, asker, PLACE, application)
        steps.timely(transaction, asker, row, "edit", revision)
        found = {name: value for name, value in change._asdict().items() if value is not None}
        content = {**row.content, **_checked(transaction, row, found)}
        row = row._replace(content=content)
        applications.put_runs(transaction, row.id, [ids.read(word) for word in content.get("runs", ())])
        row = row._replace(revision=changed(applications.TABLE.change(transaction, row)))
        _note(services, transaction, asker, row, "edit", {"changed": sorted(found)})
        return _shown(transaction, asker, row)


def _checked(transaction: Transaction, row: ApplicationRow, found: dict[str, Any]) -> dict[str, Any]:
    """What a draft says, as it is kept. Raises InvalidRequest or WrongState."""
    for name, value in found.items():
        texts = value.items() if isinstance(value, Mapping) else [(name, one) for one in _several(value)]
        for word, text in texts:
            check_text(f"{name}: {str(word)[:60]}", text)
    for word in found.get("runs", ()):
        claim = claims.one(transaction, _run_id(word))
        if claim is None or claim.version != row.version:
            raise WrongState(f"the run {word} does not belong to this version of the product; attach it first")
    kept = {name: list(dict.fromkeys(value)) if _is_list(value) else value for name, value in found.items()}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in kept.items()}


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _several(value: Any) -> Sequence[str]:
    if isinstance(value, str):
        return [value] if value else []
    if len(value) > _MOST_NAMED:
        raise InvalidRequest(f"that are {len(value)}; {_MOST_NAMED} can be named")
    return list(value)


def _run_id(word: str) -> bytes:
    try:
        return ids.read(word)
    except ValueError:
        raise InvalidRequest(f"{word[:60]!r} is not the id of a run") from None


def take(
    services: Services,
    asker: Asker,
    application: bytes,
    event: str,
    values: Mapping[str, object],
    revision: int | None,
) -> ShownApplication:
    """Take a step (`steps.take`), and the application as it is then; `edit` has a function of its own."""
    if event == "edit":
        raise InvalidRequest("an application is changed by what it is to say, not by a step")
    steps.take(services, asker, PLACE, application, event, values, revision)
    return show(services, asker, application)


def show(services: Services, asker: Asker, application: bytes) -> ShownApplication:
    """The application. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, seen(transaction, asker, PLACE, application))


def _shown(transaction: Transaction, asker: Asker, row: ApplicationRow) -> ShownApplication:
    roles = steps.roles_towards(transaction, asker, row)
    sees_review = dossiers.sees_review(roles)
    reviewers = tuple(applications.reviewers_of(transaction, row.id)) if sees_review else ()
    return ShownApplication(row, dossiers.possible(transaction, asker, row), reviewers, sees_review)


def past(services: Services, asker: Asker, application: bytes) -> list[CertificationEvent]:
    """What happened to it, as far as who asks may know, the oldest first. Raises NotFound."""
    return dossiers.past(services, asker, PLACE, application)


def what_is_missing(services: Services, asker: Asker, application: bytes) -> tuple[ApplicationCheck, ...]:
    """What would be refused now, item by item. Raises NotFound; what cannot be judged is a check that is not met."""
    return room(services, asker, application).checks


def room(services: Services, asker: Asker, application: bytes) -> ReviewRoom:
    """Everything of an application, with its verdicts recomputed now. Raises NotFound or CannotProceed."""
    with services.database.read() as transaction:
        row = seen(transaction, asker, PLACE, application)
        shown = _shown(transaction, asker, row)
        happened = dossiers.visible(transaction, asker, row)
        revealed = applications.revealed(transaction, application) if _is_reviewing(asker, shown) else []
        may = asker.has(Right.COMMIT_APPLICATION, steps.roles_towards(transaction, asker, row))
    runs, problem = _judged(services, row)
    may_submit = may or shown.sees_review or row.number is not None
    checks = checking.check(services, asker, row, runs, may_submit=may_submit).checks
    rulebook = rules.rulebook_of(services, row, services.clock())
    return ReviewRoom(shown, checks, tuple(runs), problem, tuple(happened), rulebook, tuple(revealed), row.predecessor)


def _judged(services: Services, row: ApplicationRow) -> tuple[list[RunFinding], str | None]:
    try:
        return finding.runs_of(services, row), None
    except (InvalidRequest, InvalidInput, NotReadYet) as error:
        return [], str(error)


def _is_reviewing(asker: Asker, shown: ShownApplication) -> bool:
    """Masked values are for who is assigned."""
    return any(one.identity == asker.identity for one in shown.reviewers)


class ChangesSince(NamedTuple):
    """What is otherwise than in the product's last certificate."""

    certificate: str
    """Its number."""
    changed: Mapping[str, tuple[Any, Any]]
    """Before and now, by what it is: guideline, version, regions, and each question of the statement."""
    runs: tuple[tuple[str, str], ...]
    """Pairs of runs of one region, before and now, to be compared."""


def changes_since(services: Services, asker: Asker, application: bytes) -> ChangesSince | None:
    """What changed since the last certificate of the product for the program; None: there is none. Raises NotFound."""
    with services.database.read() as transaction:
        row: ApplicationRow = seen(transaction, asker, PLACE, application)
        held = certificates.TABLE.every(transaction, "of_product", row.product)
        earlier_ones = (one for one in held if one.created <= row.created and one.application != row.id)
        before = next((one for one in earlier_ones if one.program == row.program), None)
        if before is None:
            return None
        subjects = _subjects(
            transaction, [*(one["run"] for one in before.content["runs"]), *row.content.get("runs", ())]
        )
    said = ("statement", "regions")
    old = {"guideline": before.guideline, **_flat(before.content, said), "version": before.content["names"]["version"]}
    new = {"guideline": row.guideline, **_flat(row.content, said), "version": row.content["names"]["version"]}
    changed = {name: (old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)}
    earlier = {subjects.get(one["run"]): one["run"] for one in before.content["runs"]}
    pairs = [(earlier[subjects.get(run)], run) for run in row.content.get("runs", ()) if subjects.get(run) in earlier]
    return ChangesSince(before.number, changed, tuple(pair for pair in pairs if pair[0] != pair[1]))


def _subjects(transaction: Transaction, words: Sequence[str]) -> dict[str, str]:
    """The clouds of runs, by their ids."""
    kept = {word: upkeep.run_of(transaction, ids.read(word)) for word in dict.fromkeys(words)}
    return {word: one.run.subject for word, one in kept.items() if one is not None and one.run.subject is not None}


def _flat(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in names:
        value = content.get(name, {})
        found |= (
            {f"{name}: {word}": text for word, text in value.items()} if isinstance(value, Mapping) else {name: value}
        )
    return found


class QueuedApplication(NamedTuple):
    """One of which it is somebody's turn."""

    row: ApplicationRow
    is_overdue: bool
    age_days: int
    """Since it was submitted."""
    promised_days: int | None
    """Until the promised decision; below 0: it is late."""


class QueueFilter(NamedTuple):
    """What of the queue is wanted; None: whatever it is."""

    programme: str | None = None
    state: str | None = None
    owner: str | None = None
    is_overdue: bool | None = None


def queue(
    services: Services,
    asker: Asker,
    wanted: QueueFilter | None = None,
    *,
    behind: tuple[int, bytes] = FIRST,
    most: int = 200,
) -> list[QueuedApplication]:
    """What must happen, of what who asks may see: the most overdue first."""
    now, filters = services.clock(), wanted or QueueFilter()
    with services.database.read() as transaction:
        rows = applications.TABLE.queue(transaction, asker, behind, most)
    return [one for row in rows if _is_wanted(one := _queued(row, now), filters)]


def _queued(row: ApplicationRow, now: int) -> QueuedApplication:
    promised = None if row.promised is None else (row.promised - now) // A_DAY
    return QueuedApplication(
        row, row.due is not None and row.due <= now, (now - (row.submitted or row.created)) // A_DAY, promised
    )


def _is_wanted(one: QueuedApplication, wanted: QueueFilter) -> bool:
    row, asked = one.row, wanted._asdict()
    there = {"programme": row.programme, "state": row.state, "owner": row.owner, "is_overdue": one.is_overdue}
    return all(value is None or there[name] == value for name, value in asked.items())


def listed(
    services: Services,
    asker: Asker,
    *,
    vendor: bytes | None = None,
    version: bytes | None = None,
    behind: bytes = LAST,
    most: int = 50,
) -> tuple[list[ApplicationRow], bytes | None]:
    """A page of those that they may see, the newest first, and behind which id the next one begins."""
    wanted = ("of_vendor", vendor) if vendor is not None else None if version is None else ("of_version", version)
    with services.database.read() as transaction:
        found = applications.TABLE.page(transaction, asker, wanted, behind=behind, most=most + 1)
    return found[:most], found[most - 1].id if len(found) > most else None


def assigned(services: Services, asker: Asker, *, behind: bytes = LAST, most: int = 50) -> list[ApplicationRow]:
    """Those that who asks is to review, the newest first."""
    if asker.identity is None:
        return []
    with services.database.read() as transaction:
        return applications.TABLE.page(transaction, asker, ("assigned", asker.identity), behind=behind, most=most)


def by_number(services: Services, asker: Asker, number: str) -> ShownApplication:
    """The application that people know by a number. Raises NotFound."""
    with services.database.read() as transaction:
        return _shown(transaction, asker, dossiers.numbered(transaction, asker, PLACE, number))


def reveal(services: Services, asker: Asker, application: bytes, run: bytes, envelope: bytes) -> None:
    """Show masked values of a run (`bundle reveal`) to who reviews the application, until it is decided.

    Raises NotFound, NotPermitted, WrongState or InvalidRequest.
    """
    if not 0 < len(envelope) <= LARGEST_DISCLOSURE:
        raise InvalidRequest(f"what is revealed must have 1 to {LARGEST_DISCLOSURE:,} bytes")
    with changing(services, _TOGETHER) as transaction:
        row = locked(transaction, asker, PLACE, application)
        require(transaction, asker, Right.EDIT_APPLICATION, row.vendor)
        if APPLICATION.is_final(row.state):
            raise WrongState(f"it is {row.state}; nobody reviews it any more")
        if ids.written(run) not in row.content.get("runs", ()):
            raise WrongState("the application does not rest on this run")
        applications.reveal(transaction, application, StoredDisclosure(run, services.clock(), envelope))
        _note(services, transaction, asker, row, "reveal", {"run": ids.written(run)})


def revealed(services: Services, asker: Asker, application: bytes) -> list[StoredDisclosure]:
    """What is revealed to who asks: to those who are assigned. Raises NotFound."""
    with services.database.read() as transaction:
        shown = _shown(transaction, asker, seen(transaction, asker, PLACE, application))
        return applications.revealed(transaction, application) if _is_reviewing(asker, shown) else []


def certificate_of(services: Services, asker: Asker, application: bytes) -> Any:
    """The certificate that came of it; None: none did. Raises NotFound."""
    with services.database.read() as transaction:
        seen(transaction, asker, PLACE, application)
        return next(iter(certificates.TABLE.page(transaction, asker, ("of_application", application), most=1)), None)


def _note(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    row: ApplicationRow,
    event: str,
    detail: Mapping[str, Any],
) -> None:
    """That something was done that changes no state."""
    step = DossierStep(event, event, frozenset({row.state}), None, Right.EDIT_APPLICATION)
    taking = Taking(
        services=services,
        transaction=transaction,
        asker=asker,
        roles=steps.roles_towards(transaction, asker, row),
        row=row,
        step=step,
        values={},
        rulebook=rules.rulebook_of(services, row, services.clock()),
        now=services.clock(),
        detail=dict(detail),
    )
    steps.append(taking, row)
