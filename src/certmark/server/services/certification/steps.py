"""Every transition of applications, certificates and cases: one function, one transaction, one event.

1. Who may not see a thing is not told that it is there. Who sees it is told which right a step needs.
2. The machine says what may happen (`domain.certification.machines`), guards what must hold besides (`guards`).
3. Of two who act at once the second is told what the first did (`Overtaken`), and nothing of theirs is kept.
4. Nobody acts for the programme on what a vendor of theirs offers.
5. The event is appended, the row moved, its deadline set by the rulebook, and people told: together, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierKind, DossierStep
from certmark.domain.permissions import OF_PROGRAMME, OF_VENDOR, Right, Role, with_everybody
from certmark.server import ids
from certmark.server.asking import WORKER, Asker
from certmark.server.services.certification import proving, rules
from certmark.server.services.certification.conflicts import conflict_of
from certmark.server.services.certification.effects import EFFECTS
from certmark.server.services.certification.fields import read_values
from certmark.server.services.certification.finding import findings_of
from certmark.server.services.certification.guards import GUARDS
from certmark.server.services.certification.taking import AnyRow, Findings, Place, Taking, kind_of, place_of
from certmark.server.services.certification.telling import Concerned, tell
from certmark.server.services.changes import changed, changing
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, WrongState
from certmark.server.services.moments import written
from certmark.server.store import access, audit
from certmark.server.store.certification import applications, events
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.cases import CaseRow
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.certification.events import CertificationEvent
from certmark.server.store.database import Transaction

_TOGETHER = "somebody else changed it at the same time; look again"
ACTS_FOR_PROGRAMME = {
    Right.REVIEW_APPLICATION,
    Right.DECIDE_ON_APPLICATION,
    Right.MANAGE_CERTIFICATE,
    Right.HANDLE_CASE,
}
"""Rights with which somebody speaks for the programme: rule 4."""
CLOCK = WORKER._replace(name="clock")
_FIRST_ROLES = (Role.DESIGNATE, Role.DEPUTY, Role.ADMINISTRATOR, Role.MEMBER, Role.REVIEWER, Role.OFFICE, Role.USER)


class Overtaken(WrongState):
    """Somebody else was quicker; the message says what they did."""


def take(
    services: Services,
    asker: Asker,
    place: Place,
    identity: bytes,
    event: str,
    values: Mapping[str, object],
    revision: int | None,
) -> Any:
    """Take one step; the row as it is then. `revision` is the one that whoever asks looked at; None: any.

    Raises NotFound, NotKnown, NotPermitted, UntimelyRequest, InvalidField, WrongState or Overtaken.
    """
    with services.database.read() as transaction:
        before = seen(transaction, asker, place, identity)
        step = timely(transaction, asker, before, event, revision)
        told = read_values(step.fields, values)
    findings = findings_of(services, asker, before, step, told)
    with changing(services, _TOGETHER) as transaction:
        row = locked(transaction, asker, place, identity)
        timely(transaction, asker, row, event, before.revision if step.guards else revision)
        return carry_out(_taking(services, transaction, asker, row, event, told, findings))


def timely(transaction: Transaction, asker: Asker, row: AnyRow, event: str, revision: int | None) -> DossierStep:
    """The step, if who asks may take it, nobody was quicker, and it happens now; asked in this order.

    Raises NotKnown, NotPermitted, Overtaken or UntimelyRequest.
    """
    machine = MACHINES[kind_of(row)]
    known = next((one for one in machine.steps if one.event == event), None)
    if known is not None:
        check_right(transaction, asker, row, known)
    check_overtaken(transaction, row, revision)
    return machine.step(row.state, event)


def _taking(
    services: Services,
    transaction: Transaction,
    asker: Asker,
    row: AnyRow,
    event: str,
    values: Mapping[str, Any],
    findings: Findings,
) -> Taking:
    step, now = MACHINES[kind_of(row)].step(row.state, event), services.clock()
    roles = check_right(transaction, asker, row, step)
    return Taking(
        services=services,
        transaction=transaction,
        asker=asker,
        roles=roles,
        row=row,
        step=step,
        values=values,
        rulebook=_rulebook(services, row, step, now),
        now=now,
        findings=findings,
        is_clock=asker is CLOCK,
    )


def take_by_itself(
    services: Services,
    transaction: Transaction,
    place: Place,
    identity: bytes,
    event: str,
    revision: int | None = None,
    findings: Findings | None = None,
) -> Any:
    """A step that the clock takes, or what was found. Raises NotFound, UntimelyRequest, WrongState or Overtaken."""
    row = locked(transaction, CLOCK, place, identity)
    check_overtaken(transaction, row, revision)
    return carry_out(_taking(services, transaction, CLOCK, row, event, {}, findings or Findings()))


def _rulebook(services: Services, row: AnyRow, step: DossierStep, now: int) -> Any:
    """What is submitted is submitted under the rulebook of the day."""
    if kind_of(row) is DossierKind.APPLICATION and step.event == "submit":
        return rules.current(services, row.programme, now)
    return rules.rulebook_of(services, row, now)


def seen(transaction: Transaction, asker: Asker, place: Place, identity: bytes) -> Any:
    """What has this id. Rule 1: raises NotFound."""
    row = place.table.one(transaction, asker, identity)
    if row is None:
        raise NotFound(f"there is nothing {ids.written(identity)} among {place.value} that you may see")
    return row


def locked(transaction: Transaction, asker: Asker, place: Place, identity: bytes) -> Any:
    """Likewise; nobody else changes it until the transaction ends. Of what the clock does, whoever may see it."""
    row = place.table.locked(transaction, identity)
    if row is None or (asker is not CLOCK and place.table.one(transaction, asker, identity) is None):
        raise NotFound(f"there is nothing {ids.written(identity)} among {place.value} that you may see")
    return row


def check_overtaken(transaction: Transaction, row: AnyRow, revision: int | None) -> None:
    """Rule 3. Raises Overtaken."""
    if revision is None or row.revision == revision:
        return
    last = next(reversed(events.of(transaction, row.id)), None)
    did = "it was changed" if last is None else f"{last.role} took the step {last.event!r} at {written(last.moment)}"
    raise Overtaken(f"somebody else was quicker: {did}, and it is {row.state} now; look again")


def roles_towards(transaction: Transaction, asker: Asker, row: AnyRow) -> frozenset[Role]:
    """What somebody is to a thing: in the programme, in its vendor, and as anybody."""
    return with_everybody(access.roles(transaction, asker, row.vendor), is_known=asker.identity is not None)


def check_right(transaction: Transaction, asker: Asker, row: AnyRow, step: DossierStep) -> frozenset[Role]:
    """The roles of who asks, of which one may take the step. Rules 1 and 4. Raises NotKnown or NotPermitted."""
    if asker is CLOCK:
        return frozenset()
    roles = roles_towards(transaction, asker, row)
    if step.right is None:
        raise NotPermitted(f"{step.event} happens by itself; nobody does it")
    if not step.may(asker.rules, roles):
        need = f"that needs the right {step.right.value}"
        raise (
            NotKnown(f"{need}; say who you are")
            if asker.identity is None
            else NotPermitted(f"{need}, and none of your roles here has it")
        )
    if step.right in ACTS_FOR_PROGRAMME and row.vendor is not None and asker.identity is not None:
        why = conflict_of(transaction, asker.identity, row.vendor)
        if why is not None:
            raise NotPermitted(f"a conflict of interest: {why}")
    return roles


def carry_out(taking: Taking) -> Any:
    """Rules 2 and 5, of a step that whoever asks may take; its row as it is then."""
    for guard in taking.step.guards:
        GUARDS[guard](taking)
    row = _moved(taking)
    effect = EFFECTS.get(taking.kind, {}).get(taking.step.event)
    if effect is not None:
        row = effect(taking, row, _follow)
    revision = changed(place_of(row).table.change(taking.transaction, row))
    row = row._replace(revision=revision)
    append(taking, row)
    if isinstance(row, CertificateRow) and taking.step.is_public:
        proving.certify(taking.services, taking.transaction, row, taking.step.event)
    return row


def _follow(taking: Taking, place: Place, identity: bytes, event: str, values: Mapping[str, Any]) -> AnyRow | None:
    """What a step brings along for something else; None: that is in no state for it."""
    row = place.table.locked(taking.transaction, identity)
    if row is None:
        return None
    machine = MACHINES[kind_of(row)]
    if not any(one.event == event and row.state in one.states for one in machine.steps):
        return None
    step = machine.step(row.state, event)
    rulebook = rules.rulebook_of(taking.services, row, taking.now)
    other = replace(taking, row=row, step=step, values=values, rulebook=rulebook, findings=Findings(), detail={})
    found: AnyRow = carry_out(other)
    return found


def _moved(taking: Taking) -> Any:
    """The row in its new state, with its turn and its deadline."""
    row, step = taking.row, taking.step
    more: dict[str, Any] = {}
    if step.to is not None:
        more.update(state=step.to, since=taking.now, due=_due(taking))
    elif step.clock is not None:
        more["due"] = _due(taking)
    if isinstance(row, CertificateRow):
        more.pop("due", None)
    elif step.owner is not None:
        more["owner"] = step.owner.value
    if isinstance(row, CaseRow) and step.is_public:
        more["is_public"] = True
    return row._replace(**more)


def _due(taking: Taking) -> int | None:
    step = taking.step
    if step.is_final or step.clock is None:
        return None
    return rules.deadline(taking.rulebook, step.clock, taking.now, getattr(taking.row, "track", ""))


def append(taking: Taking, row: AnyRow) -> None:
    """Rule 5: the event, the audit, and who is told."""
    step = taking.step
    values = {name: value for name, value in taking.values.items() if value is not None}
    event = CertificationEvent(
        number=0,
        subject=row.id,
        moment=taking.now,
        identity=taking.asker.identity,
        who=None,
        role="clock" if taking.is_clock else acting_as(taking.asker, taking.roles, step.right),
        event=step.event,
        to_state=step.to,
        rulebook=taking.rulebook.citation,
        detail={**values, **taking.detail},
        is_public=step.is_public,
    )
    events.add(taking.transaction, event)
    action = f"{taking.kind.value}.{step.event}"
    audit.note(taking.transaction, taking.asker, action, ids.written(row.id), taking.now)
    if step.tells is not None:
        key = f"{ids.written(row.id)} {row.revision}"
        path = f"/certification/{place_of(row).value}/{ids.written(row.id)}"
        told = _told(row, event)
        tell(taking.services, taking.transaction, action, path, _concerned(taking, row), told, key)


def acting_as(asker: Asker, roles: frozenset[Role], right: Right | None) -> str:
    """In which of their roles somebody acts: the first that has the right."""
    having = OF_VENDOR | OF_PROGRAMME | {Role.USER} if right is None else asker.rules.roles(right)
    return next((role.value for role in _FIRST_ROLES if role in roles and role in having), Role.USER.value)


def name_of(row: AnyRow) -> str:
    """What it is about, in one line."""
    called = row.content.get("names", {})
    subject = " ".join(str(called[name]) for name in ("product", "version") if called.get(name))
    if isinstance(row, CaseRow):
        return f"{row.number}: {row.kind} about {row.test or subject or row.programme}"
    return f"{subject} for {row.program} {row.guideline}".strip()


_TOLD = ("reason", "item", "decision", "code", "test", "until", "conditions", "invalid_from", "text")
"""What a notice may say of what was told with a step."""


def _told(row: AnyRow, event: CertificationEvent) -> dict[str, str]:
    detail = event.detail
    found = {"name": name_of(row), "by": event.role}
    found |= {name: str(detail[name]) for name in _TOLD if detail.get(name)}
    if event.event in {"ask", "answer"}:
        found["question" if event.event == "ask" else "answer"] = str(detail.get("text", ""))
    if row.due is not None:
        found["day"] = written(row.due - 1)[:10]
    return found


def _concerned(taking: Taking, row: AnyRow) -> Concerned:
    reviewers: list[bytes] = []
    if isinstance(row, ApplicationRow):
        reviewers = [one.identity for one in applications.reviewers_of(taking.transaction, row.id)]
    people = [row.opened_by] if isinstance(row, CaseRow) and row.opened_by is not None else []
    if "reviewer" in taking.detail:
        people.append(bytes.fromhex(str(taking.detail["reviewer"])))
    return Concerned(row.vendor, tuple(row.content.get("contacts", ())), tuple(reviewers), tuple(people))
