"""Standing orders, their assignments and runners as JSON: one Struct for each thing."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.orders.assignments import OrderAssignment
from certmark.domain.orders.schedules import LONGEST_WINDOW
from certmark.domain.orders.terms import NAME, OrderTerms
from certmark.server import ids
from certmark.server.api.bodies import END, RunId, Word, moment
from certmark.server.services.orders import ShownOrder
from certmark.server.services.runners import RunnersClaim
from certmark.server.store.assignments import OrderedAssignment
from certmark.server.store.orders import StoredOrder
from certmark.server.store.runners import StoredRunner

Named = Annotated[str, Meta(pattern=rf"^{NAME}{END}")]
"""Letters, digits and `. _ -`: the name of something that a runner has, never a file."""
Labels = Annotated[list[Named], Meta(max_length=20)]
Schedule = Annotated[str, Meta(min_length=3, max_length=60)]
"""`daily 02:00`, `mon thu 02:00`, `monthly 02:00`, `quarterly 02:00`, `yearly 02:00` (all UTC), or `by hand`."""
Window = Annotated[int, Meta(ge=1, le=LONGEST_WINDOW)]
"""Minutes in which it may begin."""
Sentence = Annotated[str, Meta(max_length=500, pattern=rf"^[^\x00-\x1f\x7f]*{END}")]
Workers = Annotated[int, Meta(ge=1, le=256)]


class Terms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is tested, and how."""

    name: Word
    cloud: Named
    """As runners call it: an entry of their clouds.yaml. The server knows no more of it."""
    program: Word
    guideline: Named | None = None
    """Its id; null: the one that its runner has of the program."""
    region: Named | None = None
    suite: Named | None = None
    suite_version: Named | None = None
    workers: Workers | None = None
    """Classes of tests at a time; null: as many as there are accounts for."""
    labels: Labels = []
    """That its runner must have."""
    attention: bool = True
    """Whether who looks after it gets mail where it does not pass."""


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An order to be given."""

    terms: Terms
    schedule: Schedule
    window: Window = 240


class EditedOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise; what is left out or null stays."""

    terms: Terms | None = None
    schedule: Schedule | None = None
    window: Window | None = None
    state: Literal["active", "paused", "ended"] | None = None
    """An ended one stays to be looked at, and is never due again."""
    aside: Sentence | None = None
    """Why its cloud is not tested; empty: it is tested again."""
    aside_until: dt.date | None = None
    """The last day on which that holds; null: until somebody says otherwise."""


class Given(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Sentence = ""


class AssignmentBody(msgspec.Struct, frozen=True, kw_only=True):
    """A time that an order was due."""

    id: str
    due: str
    until: str
    """Until when it could begin."""
    state: str
    """due, claimed, running, done, skipped, cancelled or overdue."""
    result: str | None
    """Of a done one: pass, fail, incomplete or not tested."""
    run: str | None
    attempt: int
    """How often a runner took it."""
    ended: str | None
    reason: str
    progress: str
    """What its runner says of it."""
    is_cancelled: bool


class Assignments(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first."""

    assignments: list[AssignmentBody]
    next: str | None
    """The cursor of the next page; null: this is the last one."""


class OrderBody(msgspec.Struct, frozen=True, kw_only=True):
    """A standing order."""

    id: str
    vendor: str | None
    terms: Terms
    schedule: str
    window: int
    state: str
    next: str | None
    """When it is due; null: not by itself."""
    aside: str | None
    aside_until: str | None
    created: str


class ShownOrderBody(OrderBody, frozen=True, kw_only=True):
    """A standing order, and how it stands."""

    last_pass: AssignmentBody | None
    missed: int
    """Times since its last test that it was not tested."""
    is_stale: bool
    assignments: list[AssignmentBody]
    """The newest ones."""


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first."""

    orders: list[OrderBody]
    next: str | None


class ClaimingRunner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A runner that asks for work."""

    name: Named
    labels: Labels = []
    clouds: Annotated[list[Named], Meta(max_length=1000)]
    """Of which it has credentials; it sends their names only."""
    software: Annotated[str, Meta(max_length=50, pattern=rf"^[!-~]*{END}")] = ""
    draining: bool = False


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What it gets."""

    assignment: AssignmentBody | None
    """null: there is nothing for it now."""
    terms: Terms | None
    lease: float
    """Seconds for which it has it; whoever is not heard of before has lost it."""
    drained: bool
    """It gets nothing more."""


class ProgressOfAssignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far it is."""

    attempt: Annotated[int, Meta(ge=1, le=1000)]
    progress: Annotated[str, Meta(max_length=200, pattern=rf"^[^\x00-\x1f\x7f]*{END}")] = ""


class EndOfAssignment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What came of it."""

    attempt: Annotated[int, Meta(ge=1, le=1000)]
    state: Literal["done", "skipped", "cancelled"]
    result: Literal["pass", "fail", "incomplete", "not tested"] | None = None
    """Of a done one; where there is a run, the server goes by its own verdict on it."""
    run: RunId | None = None
    reason: Sentence = ""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What a runner is told."""

    cancelled: bool
    """It is to stop, and say so."""
    lease: float


class RunnerBody(msgspec.Struct, frozen=True, kw_only=True):
    """A runner."""

    id: str
    name: str
    labels: list[str]
    clouds: list[str]
    software: str
    seen: str
    drained: bool


class Runners(msgspec.Struct, frozen=True, kw_only=True):
    """By name."""

    runners: list[RunnerBody]


class EditedRunner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of it is to be otherwise."""

    drained: bool


def terms_of(terms: Terms) -> OrderTerms:
    """As services take them."""
    return OrderTerms(**{**msgspec.structs.asdict(terms), "labels": tuple(terms.labels)})


def terms_body(terms: OrderTerms) -> Terms:
    """As they are said."""
    return Terms(**{**terms._asdict(), "labels": list(terms.labels)})


def assignment_body(one: OrderAssignment) -> AssignmentBody:
    """As it is said."""
    return AssignmentBody(
        id=ids.written(one.id),
        due=moment(one.due) or "",
        until=moment(one.until) or "",
        state=one.state.value,
        result=None if one.result is None else one.result.value,
        run=None if one.run is None else ids.written(one.run),
        attempt=one.attempt,
        ended=moment(one.ended),
        reason=one.reason,
        progress=one.progress,
        is_cancelled=one.is_cancelled,
    )


def day_of(number: int | None) -> str | None:
    """A day by its number since 1970."""
    return None if number is None else str(dt.date(1970, 1, 1) + dt.timedelta(number))


def order_body(one: StoredOrder) -> OrderBody:
    """As it is said."""
    return OrderBody(
        id=ids.written(one.id),
        vendor=ids.written(one.vendor) if one.vendor else None,
        terms=terms_body(one.terms),
        schedule=one.schedule,
        window=one.window,
        state=one.state.value,
        next=moment(one.next),
        aside=one.aside,
        aside_until=day_of(one.aside_until),
        created=moment(one.created) or "",
    )


def shown_order_body(shown: ShownOrder) -> ShownOrderBody:
    """As it is said."""
    last = shown.health.last_pass
    return ShownOrderBody(
        **msgspec.structs.asdict(order_body(shown.order)),
        last_pass=None if last is None else assignment_body(last),
        missed=shown.health.missed,
        is_stale=shown.health.is_stale,
        assignments=[assignment_body(one) for one in shown.assignments],
    )


def runner_body(one: StoredRunner) -> RunnerBody:
    """As it is said."""
    return RunnerBody(
        id=ids.written(one.id),
        name=one.name,
        labels=list(one.labels),
        clouds=list(one.clouds),
        software=one.software,
        seen=moment(one.seen) or "",
        drained=one.is_drained,
    )


def claimed_body(claim: RunnersClaim) -> Claimed:
    """As it is said."""
    found: OrderedAssignment | None = claim.found
    return Claimed(
        assignment=None if found is None else assignment_body(found.assignment),
        terms=None if found is None else terms_body(found.order.terms),
        lease=claim.lease / 1e6,
        drained=claim.is_drained,
    )
