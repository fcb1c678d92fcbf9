"""Runners: machines that claim what is due, say how far they are, and what came of it.

1. A runner carries out the orders of one vendor, or of the programme; its token says so, and what it may.
2. It says the names of the clouds that it has credentials of, and never more of them.
3. A claim is one short transaction; of two who claim at once one gets it, the other one nothing (`domain.orders`).
4. Time is the server's. Whoever lost an assignment is told so, and changes nothing.
5. What came of a run is what this server computed of it, whatever its runner says.
6. A drained runner is given nothing more, and ends what it has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from certmark.domain.orders.assignments import (
    LEASE,
    AssignmentDemand,
    AssignmentEnd,
    AssignmentResult,
    LostAssignment,
    OrderAssignment,
    RunnerTerms,
    choose,
    claimed,
    ended,
    heard,
    is_abandoned,
)
from certmark.domain.permissions import Right
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import orders as services_of_orders
from certmark.server.services.changes import changing
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotPermitted, WrongState
from certmark.server.services.orders import may
from certmark.server.store import assignments, audit, identities, orders, runners, runs
from certmark.server.store.assignments import OrderedAssignment
from certmark.server.store.database import Conflict, Transaction
from certmark.server.store.orders import PROGRAMME, StoredOrder
from certmark.server.store.runners import StoredRunner

MOST = 200
"""Runners of a vendor or of the programme."""
_LOOKED_AT = 500
"""Due assignments of which a runner may take one."""
_OFTEN = 20_000_000
"""How exactly it is known when a runner was seen last."""
SILENT = 180_000_000
"""After so long a runner counts as away."""
_STANDINGS = {"pass": AssignmentResult.PASS, "fail": AssignmentResult.FAIL}


class AboutRunner(NamedTuple):
    """What a runner says of itself."""

    name: str
    labels: tuple[str, ...]
    clouds: tuple[str, ...]
    software: str
    is_draining: bool = False


class RunnersClaim(NamedTuple):
    """What a runner gets."""

    found: OrderedAssignment | None
    lease: int
    is_drained: bool


def claim(services: Services, asker: Asker, vendor: bytes | None, about: AboutRunner) -> RunnersClaim:
    """Rule 3. Raises NotFound or NotPermitted."""
    try:
        with services.database.write() as transaction:
            owner = _owner(transaction, asker, vendor)
            runner = _met(services, transaction, owner, about)
            is_drained = about.is_draining or runner.is_drained
            found = None if is_drained else _take(services, transaction, asker, runner, about)
            return RunnersClaim(found, LEASE, is_drained)
    except Conflict:
        return RunnersClaim(None, LEASE, about.is_draining)


def _owner(transaction: Transaction, asker: Asker, vendor: bytes | None) -> bytes:
    """Rule 1. Raises NotFound or NotPermitted."""
    own = asker.identity or b""
    if vendor is None:
        vendor = own if asker.name == identities.name_of_vendor(own.rjust(16)) else PROGRAMME
    may(transaction, asker, Right.RUN_ORDER, vendor)
    return vendor


def _met(services: Services, transaction: Transaction, owner: bytes, about: AboutRunner) -> StoredRunner:
    now = services.clock()
    said = (about.labels, about.clouds, about.software)
    known = runners.named(transaction, owner, about.name)
    if known is None:
        if len(runners.of(transaction, owner, MOST)) >= MOST:
            raise NotPermitted(f"there are {MOST} runners already; remove those that are gone")
        new = StoredRunner(ids.new_id(now), owner, about.name, *said, now, is_drained=False)
        runners.add(transaction, new)
        return new
    if (known.labels, known.clouds, known.software) != said or now - known.seen > _OFTEN:
        known = StoredRunner(known.id, owner, about.name, *said, now, known.is_drained)
        runners.see(transaction, known)
    return known


def _take(
    services: Services, transaction: Transaction, asker: Asker, runner: StoredRunner, about: AboutRunner
) -> OrderedAssignment | None:
    services_of_orders.make_due(services, transaction)
    now = services.clock()
    at_work = assignments.at_work(transaction, runner.vendor)
    abandoned = [one for one in at_work if is_abandoned(one.assignment, now)]
    open_ones = [*abandoned, *assignments.due(transaction, runner.vendor, now, _LOOKED_AT)]
    demands = (AssignmentDemand(one.assignment, frozenset(one.order.terms.labels)) for one in open_ones)
    terms = RunnerTerms(frozenset(about.labels), frozenset(about.clouds))
    chosen = choose(demands, [one.assignment for one in at_work], terms, now)
    if chosen is None:
        return None
    new = claimed(chosen, runner.id, now)
    if not assignments.change(transaction, new):
        return None
    audit.note(transaction, asker, "assignment.claim", ids.written(new.id), now)
    return OrderedAssignment(new, next(one.order for one in open_ones if one.assignment.id == new.id))


def tell(services: Services, asker: Asker, assignment: bytes, attempt: int, progress: str) -> OrderAssignment:
    """Its runner is alive. Raises NotFound, NotPermitted or WrongState where it is no longer that runner's."""
    with changing(services, _LOST) as transaction:
        before = _held(transaction, asker, assignment)
        return _kept(transaction, lambda: heard(before, attempt, services.clock(), progress))


def end(services: Services, asker: Asker, assignment: bytes, attempt: int, said: AssignmentEnd) -> OrderAssignment:
    """What came of it; said again by who said it, it stays. Raises as `tell`, and InvalidRequest for what is no end."""
    now = services.clock()
    with changing(services, _LOST) as transaction:
        before = _held(transaction, asker, assignment)
        found = _computed(transaction, asker, said)
        if before.state is said.state and (before.attempt, before.run) == (attempt, said.run):
            return before
        after = _kept(transaction, lambda: ended(before, attempt, now, found))
        order = _order_of(transaction, after)
        services_of_orders.tell_end(services, transaction, asker, order, after)
        return after


_LOST = "this assignment is at its end, or another runner has it; stop"


def _computed(transaction: Transaction, asker: Asker, said: AssignmentEnd) -> AssignmentEnd:
    """Rule 5."""
    if said.run is None:
        return said
    run = runs.one(transaction, asker, said.run)
    if run is None:
        raise NotFound(f"there is no run {ids.written(said.run)} that you may see")
    if run.standing is None:
        return said._replace(
            result=AssignmentResult.INCOMPLETE,
            reason="this server did not judge the run: it does not know its guideline, or has not read it yet",
        )
    result = _STANDINGS.get(run.standing, AssignmentResult.INCOMPLETE)
    return said._replace(result=result, reason="" if result is AssignmentResult.PASS else (run.sentence or "")[:500])


def _kept(transaction: Transaction, change: Callable[[], OrderAssignment]) -> OrderAssignment:
    try:
        after = change()
    except LostAssignment as error:
        raise WrongState(str(error)) from error
    if not assignments.change(transaction, after):
        raise WrongState(_LOST)
    return after


def _held(transaction: Transaction, asker: Asker, assignment: bytes) -> OrderAssignment:
    found = assignments.one(transaction, assignment)
    if found is None:
        raise NotFound(f"there is no assignment {ids.written(assignment)} that you may carry out")
    may(transaction, asker, Right.RUN_ORDER, found.vendor)
    return found


def _order_of(transaction: Transaction, one: OrderAssignment) -> StoredOrder:
    found = orders.one(transaction, one.order)
    assert found is not None  # noqa: S101 - an assignment names its order
    return found


def listed(services: Services, asker: Asker, vendor: bytes) -> list[StoredRunner]:
    """A vendor's runners, or the programme's, by name. Raises NotFound or NotPermitted."""
    with services.database.read() as transaction:
        may(transaction, asker, Right.SEE_ORDER, vendor)
        return runners.of(transaction, vendor, MOST)


def drain(services: Services, asker: Asker, runner: bytes, *, is_drained: bool) -> StoredRunner:
    """Rule 6; or let it take again. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        found = _owned(transaction, asker, runner)
        runners.drain(transaction, runner, is_drained=is_drained)
        action = f"runner.{'drain' if is_drained else 'undrain'}"
        audit.note(transaction, asker, action, ids.written(runner), services.clock())
        return found._replace(is_drained=is_drained)


def remove(services: Services, asker: Asker, runner: bytes) -> None:
    """Forget one that is gone; one that comes again is a new one. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        _owned(transaction, asker, runner)
        runners.remove(transaction, runner)
        audit.note(transaction, asker, "runner.remove", ids.written(runner), services.clock())


def _owned(transaction: Transaction, asker: Asker, runner: bytes) -> StoredRunner:
    found = runners.one(transaction, runner)
    if found is None:
        raise NotFound(f"there is no runner {ids.written(runner)} that you may see")
    may(transaction, asker, Right.EDIT_ORDER, found.vendor)
    return found
