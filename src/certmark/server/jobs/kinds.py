"""What a worker does for each kind of job."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from certmark.server.services import (
    collecting,
    countersigning,
    deliveries,
    jobs,
    orders,
    retention,
    sources,
    upkeep,
    uploads,
    watching,
)
from certmark.server.services.certification import clock, issuing, listing, reminding
from certmark.server.services.context import Services
from certmark.server.services.jobs import JobKind

_A_DAY = 86400.0
_LATE = "late"


def _collect(services: Services, _: str) -> float:
    uploads.forget_old(services)
    collecting.collect(services)
    return _A_DAY


def _sources(services: Services, _: str) -> float:
    sources.refresh(services)
    return services.settings.guidelines_every


def _retain(services: Services, _: str) -> float:
    retention.keep_to_it(services)
    return _A_DAY


def _judge(services: Services, subject: str) -> None:
    digest, _, late = subject.partition(" ")
    upkeep.judge_again(services, bytes.fromhex(digest))
    if not late:  # what was being read when the revision came is kept by then
        with services.database.write() as transaction:
            delay = 2 * services.settings.reading_time
            jobs.ask(services, transaction, JobKind.JUDGE, f"{digest} {_LATE}", delay=delay)


def _read(services: Services, run: str) -> None:
    upkeep.read_kept(services, bytes.fromhex(run))


def _notice(services: Services, notice: str) -> float | None:
    return deliveries.send(services, bytes.fromhex(notice))


def _watch(services: Services, _: str) -> float:
    watching.watch(services)
    return watching.EVERY


def _clock(services: Services, _: str) -> float:
    clock.run_clock(services)
    return clock.EVERY


def _remind(services: Services, _: str) -> float:
    reminding.remind(services)
    return reminding.EVERY


def _orders(services: Services, _: str) -> float:
    orders.tick(services)
    return orders.EVERY


def _countersign(services: Services, _: str) -> None:
    countersigning.countersign(services)


def _certify(services: Services, certificate: str) -> None:
    issuing.issue(services, bytes.fromhex(certificate))


def _list(services: Services, _: str) -> float:
    listing.renew(services)
    return listing.EVERY


def _relist(services: Services, _: str) -> None:
    listing.renew(services)


KINDS: Mapping[str, Callable[[Services, str], float | None]] = {
    JobKind.READ.value: _read,
    JobKind.JUDGE.value: _judge,
    JobKind.COUNTERSIGN.value: _countersign,
    JobKind.NOTICE.value: _notice,
    JobKind.COLLECT.value: _collect,
    JobKind.SOURCES.value: _sources,
    JobKind.RETAIN.value: _retain,
    JobKind.WATCH.value: _watch,
    JobKind.CERTIFY.value: _certify,
    JobKind.LIST.value: _list,
    JobKind.RELIST.value: _relist,
    JobKind.CLOCK.value: _clock,
    JobKind.REMIND.value: _remind,
    JobKind.ORDERS.value: _orders,
}
