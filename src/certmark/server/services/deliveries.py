"""Notices on their way: those of subscriptions have a schedule, a log for their owner, and an end.

1. A delivery that fails is tried again after 5 seconds, 5 and 30 minutes, 2, 5, 10 and 10 hours.
2. After the last attempt, or where the other side says that it is gone (410), the subscription is paused and says why;
   its owner sets it going again, and what was left waiting goes then.
3. What is paused sends nothing; what was removed never does.
"""

from __future__ import annotations

from certmark.domain.errors import CannotProceed
from certmark.server.services import notices
from certmark.server.services.context import Services
from certmark.server.services.notices import RefusedForGood
from certmark.server.store import notices as stored
from certmark.server.store import subscriptions
from certmark.server.store.database import Transaction
from certmark.server.store.notices import Notice

PAUSES = (5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 36_000.0)
_LONGEST_ANSWER = 500


def send(services: Services, notice: bytes) -> float | None:
    """Send it, unless it was sent; after how many seconds it is to be tried again. Raises CannotProceed."""
    with services.database.read() as transaction:
        found = stored.one(transaction, notice)
    if found is None or found.subscription is None:
        notices.send(services, notice)
        return None
    if found.sent is not None or found.problem is not None:
        return None
    return _deliver(services, found, found.subscription)


def _deliver(services: Services, notice: Notice, subscription: bytes) -> float | None:
    with services.database.read() as transaction:
        owner = subscriptions.one(transaction, subscription)
    if owner is None or owner.paused is not None:  # rule 3
        return None
    try:
        notices.post_signed(services, notice, owner.secret)
    except RefusedForGood as error:
        return _failed(services, notice, subscription, str(error), is_over=True)
    except CannotProceed as error:
        return _failed(services, notice, subscription, str(error), is_over=notice.attempts >= len(PAUSES))
    with services.database.write() as transaction:
        stored.attempted(transaction, notice.id, "it was taken")
        stored.sent(transaction, notice.id, services.clock())
    return None


def _failed(services: Services, notice: Notice, subscription: bytes, why: str, *, is_over: bool) -> float | None:
    """Rules 1 and 2."""
    with services.database.write() as transaction:
        stored.attempted(transaction, notice.id, why[:_LONGEST_ANSWER])
        if is_over:
            _give_up(transaction, notice, subscription, why[:_LONGEST_ANSWER])
    return None if is_over else PAUSES[notice.attempts]


def _give_up(transaction: Transaction, notice: Notice, subscription: bytes, why: str) -> None:
    attempts = notice.attempts + 1
    stored.refused(transaction, notice.id, f"given up after {attempts} attempt{'s' if attempts > 1 else ''}: {why}")
    subscriptions.pause(transaction, subscription, f"deliveries do not get through: {why}")
