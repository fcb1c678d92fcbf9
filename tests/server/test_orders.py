"""Standing orders on a server: due when the clock says so, claimed once, told where they do not pass."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import pytest

from certmark.domain.orders.assignments import (
    GRACE,
    LEASE,
    AssignmentEnd,
    AssignmentResult,
    AssignmentState,
    OrderAssignment,
)
from certmark.domain.orders.terms import InvalidOrder, OrderState, OrderTerms
from certmark.domain.permissions import Role
from certmark.server.asking import Asker
from certmark.server.jobs.working import work_once
from certmark.server.services import offices, orders, runners, tokens, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, NotKnown, NotPermitted, Outdated, WrongState
from certmark.server.services.orders import OrderChange
from certmark.server.services.runners import AboutRunner
from certmark.server.store import accounts, history, notices
from certmark.server.store import orders as stored
from certmark.server.store.accounts import StoredAccount
from certmark.server.store.orders import PROGRAMME
from server.conftest import newcomer

pytestmark = pytest.mark.enable_socket
S = 1_000_000
A_DAY = 86_400 * S
CLOUD = OrderTerms("nightly", "north", "compute")
NOT_TESTED = AssignmentEnd(AssignmentState.DONE, AssignmentResult.NOT_TESTED, None, "no suite here")


class Clock:
    """The server's."""

    def __init__(self) -> None:
        self.now = int(dt.datetime(2026, 11, 29, 1, 0, tzinfo=dt.UTC).timestamp()) * S

    def __call__(self) -> int:
        return self.now


class Office(NamedTuple):
    """A server whose clock stands still, and the programme's office."""

    services: Services
    clock: Clock
    asker: Asker

    def order(self, terms: OrderTerms = CLOUD, schedule: str = "daily 02:00", vendor: bytes = PROGRAMME) -> bytes:
        return orders.add(self.services, self.asker, vendor, terms, schedule, 60).order.id

    def claim(self, name: str = "one", *clouds: str, labels: tuple[str, ...] = ()) -> OrderAssignment | None:
        about = AboutRunner(name, labels, clouds or ("north",), "1")
        found = runners.claim(self.services, self.asker, None, about).found
        return None if found is None else found.assignment

    def newest(self, order: bytes) -> OrderAssignment:
        return orders.show(self.services, self.asker, order).assignments[0]

    def mails(self) -> list[tuple[str, str]]:
        with self.services.database.read() as transaction:
            return [(one.recipient, one.subject) for one in notices.unsent(transaction)]


@pytest.fixture
def office(services: Services) -> Office:
    clock = Clock()
    there = replace(services, clock=clock)
    asker = newcomer(there, "office")
    offices.appoint(there, asker.name, frozenset({Role.OFFICE}), "")
    return Office(there, clock, asker)


def test_it_is_due_once_when_its_time_comes_and_one_runner_gets_it(office: Office) -> None:
    order = office.order()
    assert office.claim() is None
    office.clock.now += 3600 * S
    assert orders.tick(office.services) == 1
    assert orders.tick(office.services) == 0
    one = office.claim()
    assert one is not None
    assert (one.attempt, one.lease) == (1, office.clock.now + LEASE)
    assert office.claim("two") is None
    assert office.newest(order).state is AssignmentState.CLAIMED
    assert orders.show(office.services, office.asker, order).order.next == office.clock.now + A_DAY


def test_a_runner_that_asks_needs_no_worker_to_have_looked_at_the_clock(office: Office) -> None:
    office.order()
    office.clock.now += 3600 * S
    assert office.claim() is not None


def test_what_was_missed_is_not_made_up_for(office: Office) -> None:
    order = office.order()
    office.clock.now += 3 * A_DAY + 7200 * S
    orders.tick(office.services)
    assert orders.show(office.services, office.asker, order).assignments == []


def test_a_last_one_that_is_at_work_is_not_due_again(office: Office) -> None:
    order = office.order()
    office.clock.now += 3600 * S
    one = office.claim()
    assert one is not None
    office.clock.now += A_DAY
    orders.tick(office.services)
    assert [found.id for found in orders.show(office.services, office.asker, order).assignments] == [one.id]


def test_of_many_who_claim_at_once_one_gets_each_and_no_cloud_is_given_twice(office: Office) -> None:
    for number in range(4):
        order = office.order(OrderTerms(f"o{number}", ("north", "south")[number % 2], "compute"), "by hand")
        orders.start(office.services, office.asker, order)
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda number: office.claim(f"r{number}", "north", "south"), range(6)))
    while (one := office.claim("last", "north", "south")) is not None:
        found.append(one)
    assert sorted(one.cloud for one in found if one is not None) == ["north", "south"]


def test_labels_and_clouds_decide_who_gets_it_and_who_is_drained_gets_nothing(office: Office) -> None:
    order = office.order(CLOUD._replace(labels=("eu",)), "by hand")
    orders.start(office.services, office.asker, order)
    assert office.claim("far", labels=("us",)) is None
    assert office.claim("near", "south", labels=("eu",)) is None
    near = next(one for one in runners.listed(office.services, office.asker, PROGRAMME) if one.name == "near")
    runners.drain(office.services, office.asker, near.id, is_drained=True)
    assert office.claim("near", labels=("eu",)) is None
    runners.drain(office.services, office.asker, near.id, is_drained=False)
    assert office.claim("near", labels=("eu", "large")) is not None


def test_a_silent_runner_loses_it_and_is_told(office: Office) -> None:
    order = office.order(schedule="by hand")
    orders.start(office.services, office.asker, order)
    one = office.claim()
    assert one is not None
    runners.tell(office.services, office.asker, one.id, 1, "3 of 9 tests")
    assert office.newest(order).progress == "3 of 9 tests"
    office.clock.now += LEASE + GRACE
    again = office.claim("two")
    assert again is not None
    assert (again.id, again.attempt) == (one.id, 2)
    late: list[Callable[[], object]] = [
        lambda: runners.tell(office.services, office.asker, one.id, 1, ""),
        lambda: runners.end(office.services, office.asker, one.id, 1, NOT_TESTED),
    ]
    for speaks in late:
        with pytest.raises(WrongState, match="another runner has it"):
            speaks()
    assert runners.end(office.services, office.asker, one.id, 2, NOT_TESTED).state is AssignmentState.DONE
    same = runners.end(office.services, office.asker, one.id, 2, NOT_TESTED)
    assert same == office.newest(order), "an answer that was lost is asked for again"


def test_nobody_took_it_in_its_window_is_told_and_is_no_failure(office: Office) -> None:
    known(office, "office@example.org")
    order = office.order()
    office.clock.now += 3600 * S
    orders.tick(office.services)
    office.clock.now += 3600 * S
    assert office.claim() is None
    assert orders.tick(office.services) == 1
    assert orders.tick(office.services) == 0
    shown = orders.show(office.services, office.asker, order)
    assert (shown.assignments[0].state, shown.health.missed) == (AssignmentState.OVERDUE, 1)
    assert office.mails() == [("office@example.org", "north: overdue (compute)")]


def test_a_concern_is_told_and_on_record_and_changes_nothing(office: Office) -> None:
    known(office, "office@example.org")
    other = newcomer(office.services, "other")
    offices.appoint(office.services, other.name, frozenset({Role.OFFICE}), "")
    known(office._replace(asker=other), "no address")
    order = office.order(schedule="by hand")
    orders.start(office.services, office.asker, order)
    one = office.claim()
    assert one is not None
    runners.end(office.services, office.asker, one.id, 1, NOT_TESTED)
    with office.services.database.read() as transaction:
        deeds = history.of(transaction, order, before=None, most=9)
    assert [deed.action for deed in deeds] == ["order.concern", "order.done", "order.start", "order.add"]
    assert deeds[0].detail == {"until": "2026-12-13"}
    assert office.mails() == [("office@example.org", "north: not tested (compute)")]
    assert orders.show(office.services, office.asker, order).order.state is OrderState.ACTIVE


def known(office: Office, email: str) -> None:
    """The office signs in, with this address."""
    with office.services.database.write() as transaction:
        account = StoredAccount(office.asker.identity or b"", "https://id.example", office.asker.name, "O", email, 1, 1)
        accounts.add(transaction, account)


def test_a_cloud_that_is_set_aside_is_skipped_until_that_day_is_over(office: Office) -> None:
    order = office.order()
    aside = OrderChange(aside="moves house", aside_until=dt.date(2026, 11, 29))
    orders.edit(office.services, office.asker, order, aside, None)
    office.clock.now += 3600 * S
    assert office.claim() is None
    skipped = office.newest(order)
    assert (skipped.state, skipped.reason) == (
        AssignmentState.SKIPPED,
        "set aside by its owner: moves house, until 2026-11-29",
    )
    office.clock.now += A_DAY
    assert office.claim() is not None


def test_a_paused_order_is_not_due_and_an_ended_one_never_again(office: Office) -> None:
    order = office.order()
    paused = orders.edit(office.services, office.asker, order, OrderChange(state=OrderState.PAUSED), None)
    assert paused.order.next is None
    with pytest.raises(WrongState):
        orders.start(office.services, office.asker, order)
    active = orders.edit(office.services, office.asker, order, OrderChange(state=OrderState.ACTIVE), 1)
    assert active.order.next == office.clock.now + 3600 * S
    orders.start(office.services, office.asker, order)
    with pytest.raises(WrongState, match="already"):
        orders.start(office.services, office.asker, order)
    with pytest.raises(Outdated):
        orders.edit(office.services, office.asker, order, OrderChange(window=5), 1)
    ended = orders.edit(office.services, office.asker, order, OrderChange(state=OrderState.ENDED), None)
    assert [one.state for one in ended.assignments] == [AssignmentState.CANCELLED]
    with pytest.raises(WrongState):
        orders.edit(office.services, office.asker, order, OrderChange(state=OrderState.ACTIVE), None)


def test_a_cancelled_one_ends_once_its_runner_or_the_clock_says_so(office: Office) -> None:
    order = office.order(schedule="by hand")
    for is_alive in (True, False):
        office.clock.now += S
        orders.start(office.services, office.asker, order)
        one = office.claim()
        assert one is not None
        orders.cancel(office.services, office.asker, order, "needed")
        assert office.newest(order).state.is_at_work
        if is_alive:
            assert runners.tell(office.services, office.asker, one.id, 1, "").is_cancelled
            end = AssignmentEnd(AssignmentState.CANCELLED, None, None, "")
            runners.end(office.services, office.asker, one.id, 1, end)
        else:
            office.clock.now += LEASE + GRACE
            orders.tick(office.services)
        assert (office.newest(order).state, office.newest(order).reason) == (AssignmentState.CANCELLED, "needed")
    with pytest.raises(WrongState, match="nothing of it"):
        orders.cancel(office.services, office.asker, order, "")


def test_a_verdict_is_the_servers_own_and_of_a_run_that_is_there(office: Office) -> None:
    order = office.order(schedule="by hand")
    orders.start(office.services, office.asker, order)
    one = office.claim()
    assert one is not None
    said = AssignmentEnd(AssignmentState.DONE, AssignmentResult.PASS, bytes(16), "")
    with pytest.raises(NotFound):
        runners.end(office.services, office.asker, one.id, 1, said)


def test_orders_of_a_vendor_are_its_own_and_end_with_it(office: Office) -> None:
    services = office.services
    lead, stranger = newcomer(services, "lead"), newcomer(services, "stranger")
    vendor = vendors.register(services, lead, f"Vendor of {lead.name}", "").row.id
    order = orders.add(services, lead, vendor, CLOUD, "by hand", 60).order.id
    with pytest.raises(NotFound):
        orders.show(services, stranger, order)
    with pytest.raises(NotPermitted):
        orders.add(services, stranger, PROGRAMME, CLOUD, "by hand", 60)
    with pytest.raises(NotKnown):
        orders.listed(services, Asker(None, "", frozenset()), PROGRAMME, None, 9)
    with pytest.raises(InvalidOrder):
        orders.add(services, lead, vendor, CLOUD._replace(guideline="../x"), "by hand", 60)
    orders.start(services, lead, order)
    assert office.claim() is None, "the programme's runners have other clouds of that name"
    text, _ = tokens.make(services, lead, "runner", A_DAY, tokens.OF_RUNNERS, vendor)
    runner = tokens.asker_of(services, text)
    found = runners.claim(services, runner, None, AboutRunner("own", (), ("north",), "1")).found
    assert found is not None
    assert found.assignment.order == order
    vendors.remove(services, lead, vendor, None)
    with services.database.read() as transaction:
        found_order = stored.one(transaction, order)
    assert found_order is not None
    assert found_order.state is OrderState.ENDED


def test_a_worker_looks_at_the_clock(office: Office) -> None:
    from certmark.server.services import jobs

    order = office.order()
    office.clock.now += 3600 * S
    jobs.begin_regular(office.services)
    while work_once(office.services):
        pass
    assert office.newest(order).state is AssignmentState.DUE
