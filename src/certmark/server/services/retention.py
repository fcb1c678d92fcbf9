"""Runs that are deleted for their age, where the operator says so (`retention_days`).

1. Only what its owner alone sees and what belongs to no product: nothing shared, attached, official or verified.
2. Its owner is told `NOTICE_DAYS` before, by mail where an address is known; the run says it, too. Whoever shares or
   attaches it meanwhile keeps it.
3. A run is deleted as its owner would delete it, with an entry of the audit that names its digest.
4. Where the setting is taken back, nothing is deleted any more, and whoever was told is told anew another time.
"""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter

from certmark.server import ids
from certmark.server.asking import WORKER
from certmark.server.services import collecting, notices
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.store import accounts, history, retirements
from certmark.server.store.database import Transaction
from certmark.server.store.retirements import AgingRun

NOTICE_DAYS = 14
"""Between the notice and the deletion, at least."""
_A_DAY = 86_400_000_000
_EVER = 1 << 62
_SHOWN = 20
"""Runs at most that a notice names."""


def planned(services: Services) -> list[AgingRun]:
    """What is deleted next, and what its owners are told next, as far as it is known today; some hundred at most."""
    days = services.settings.retention_days
    if not days:
        return []
    now = services.clock()
    with services.database.read() as transaction:
        told = retirements.due(transaction, _EVER)
        aging = retirements.aging(transaction, now - (days - NOTICE_DAYS) * _A_DAY)
    return told + aging


def keep_to_it(services: Services) -> int:
    """Tell owners, and delete what is due; how many were deleted. Raises CannotProceed."""
    days = services.settings.retention_days
    with services.database.write() as transaction:
        if not days:
            retirements.forget_all(transaction)
            return 0
        retirements.forget_saved(transaction)
    while _tell_some(services, days):
        pass
    count = 0
    while deleted := _delete_some(services):
        count += deleted
    return count


def _tell_some(services: Services, days: int) -> bool:
    """Rule 2; False: everybody was told."""
    now = services.clock()
    with services.database.write() as transaction:
        found = retirements.aging(transaction, now - (days - NOTICE_DAYS) * _A_DAY)
        for run in found:
            due = max(run.created + days * _A_DAY, now + NOTICE_DAYS * _A_DAY)
            retirements.add(transaction, run.id, due)
            detail = {"due": moment_of(due).date().isoformat()}
            history.note(transaction, WORKER, "run.retire_soon", run.id, now, detail=detail)
        for _, runs in groupby(sorted(found, key=attrgetter("owner")), key=attrgetter("owner")):
            _tell(services, transaction, list(runs), now)
    return bool(found)


def _tell(services: Services, transaction: Transaction, runs: list[AgingRun], now: int) -> None:
    account = accounts.account_of(transaction, runs[0].owner)
    if account is None or not account.email:
        return
    base = services.settings.public_url or services.settings.listen.url
    named = "".join(f"  {base}/runs/{ids.written(run.id)}\n" for run in runs[:_SHOWN])
    more = f"  and {len(runs) - _SHOWN} more\n" if len(runs) > _SHOWN else ""
    day = moment_of(now + NOTICE_DAYS * _A_DAY).date().isoformat()
    notices.write(
        services,
        transaction,
        account.email,
        f"{len(runs)} of your runs will be deleted" if len(runs) > 1 else "A run of yours will be deleted",
        f"Private runs that belong to no product are deleted here after {services.settings.retention_days} days.\n"
        f"These are deleted from {day} on, unless you share them or attach them to a product before:\n\n{named}{more}",
    )


def _delete_some(services: Services) -> int:
    """Rules 1 and 3; how many."""
    now, deleted = services.clock(), list[AgingRun]()
    with services.database.write() as transaction:
        for run in retirements.due(transaction, now):
            if retirements.retire(transaction, run.id):
                detail = {"run": ids.written(run.id), "sha256": run.digest.hex()}
                history.note(transaction, WORKER, "run.retire", run.id, now, reason="its age", detail=detail)
                deleted.append(run)
    for run in deleted:
        if run.evidence is not None:
            collecting.collect_one(services, bytes(run.evidence))
    return len(deleted)
