"""Webhooks that follow saved queries: made, looked at, tried, paused and removed by whoever they belong to.

1. The secret is shown once, when it is made; it signs what is sent (Standard Webhooks).
2. Where it goes is looked at as everything that this server fetches: no private address, unless the settings allow it.
3. What is there when somebody begins to follow is not told.
"""

from __future__ import annotations

import base64
import secrets
from contextlib import suppress

from certmark.domain.errors import InvalidRequest
from certmark.domain.permissions import Right
from certmark.domain.subscriptions import Condition, checked
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.fetching import SourceAway, target_of
from certmark.server.services import jobs, notices, queries, questions, watching
from certmark.server.services.changes import require
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, OverQuota
from certmark.server.services.jobs import JobKind
from certmark.server.store import audit, subscriptions
from certmark.server.store import notices as stored
from certmark.server.store.database import Transaction
from certmark.server.store.notices import Notice
from certmark.server.store.subscriptions import StoredSubscription

MOST = 50
"""Subscriptions of one person."""
SHOWN = 100
"""Deliveries of the log that are shown."""
_KEPT = 30 * 24 * 3600 * 10**6
_LONGEST_URL = 2000
BY_OWNER = "you paused it"


def subscribe(
    services: Services, asker: Asker, short: str, url: str, condition: Condition, number: int
) -> StoredSubscription:
    """Follow a query; the answer has the secret. Raises NotFound, InvalidRequest, NotPermitted or OverQuota."""
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    number = checked(condition, number)
    _check(services, url)
    query = queries.show(services, short)
    now = services.clock()
    seen = watching.seen_of(questions.ask(services, asker, query.question), condition, number, now)
    new = StoredSubscription(
        id=ids.new_id(now),
        identity=asker.identity,
        query=short,
        url=url,
        secret=f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}",
        condition=condition.value,
        number=number,
        created=now,
        seen=watching.packed(seen),
        revision=0,
        paused=None,
    )
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        if len(subscriptions.of(transaction, asker.identity)) >= MOST:
            raise OverQuota(f"you follow {MOST} queries, and that is as many as one may; remove one")
        subscriptions.add(transaction, new)
        audit.note(transaction, asker, "subscription.add", ids.written(new.id), now)
        found = subscriptions.one(transaction, new.id)
    assert found is not None  # noqa: S101 - it was added in this transaction
    return found


def _check(services: Services, url: str) -> None:
    """Rule 2. Raises InvalidRequest."""
    if len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InvalidRequest("a webhook is at an https address without blanks, of at most 2,000 signs")
    with suppress(SourceAway):  # its name may be known later; the log says so if not
        target_of(url, allow_private=services.settings.fetch_private)


def own(services: Services, asker: Asker) -> list[StoredSubscription]:
    """Those of whoever asks, the newest first."""
    with services.database.peek() as transaction:
        return subscriptions.of(transaction, asker.identity or b"")


def runs_of(subscription: StoredSubscription) -> int:
    """How many runs answered its query when it was looked at last."""
    return watching.unpacked(subscription.seen).runs


def one(services: Services, asker: Asker, identity: bytes) -> StoredSubscription:
    """One of theirs. Raises NotFound."""
    with services.database.peek() as transaction:
        return _own(transaction, asker, identity)


def _own(transaction: Transaction, asker: Asker, identity: bytes) -> StoredSubscription:
    found = subscriptions.one(transaction, identity)
    if found is None or found.identity != asker.identity:
        raise NotFound("there is no such subscription of yours")
    return found


def pause(services: Services, asker: Asker, identity: bytes, *, is_paused: bool) -> StoredSubscription:
    """Send nothing any more; or again, what was left waiting first. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        found = _own(transaction, asker, identity)
        subscriptions.pause(transaction, identity, BY_OWNER if is_paused else None)
        if not is_paused:
            for notice in stored.of_subscription(transaction, identity, SHOWN)[::-1]:
                if notice.sent is None and notice.problem is None:
                    jobs.ask(services, transaction, JobKind.NOTICE, notice.id.hex())
        action = f"subscription.{'pause' if is_paused else 'resume'}"
        audit.note(transaction, asker, action, ids.written(identity), services.clock())
    return found._replace(paused=BY_OWNER if is_paused else None)


def remove(services: Services, asker: Asker, identity: bytes) -> None:
    """Follow no more; its log goes as well. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        _own(transaction, asker, identity)
        stored.forget_old(transaction, identity, 1 << 62)
        subscriptions.remove(transaction, identity)
        audit.note(transaction, asker, "subscription.remove", ids.written(identity), services.clock())


def try_out(services: Services, asker: Asker, identity: bytes) -> Notice:
    """Have a delivery sent that says nothing new. Raises NotFound or NotPermitted."""
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        found = _own(transaction, asker, identity)
        stored.forget_old(transaction, identity, services.clock() - _KEPT)
        data = watching.about(services, found)
        notice = notices.write_webhook(services, transaction, found.url, "query.test", data, subscription=identity)
        audit.note(transaction, asker, "subscription.test", f"msg_{notice.hex()}", services.clock())
        written = stored.one(transaction, notice)
    assert written is not None  # noqa: S101 - it was written in this transaction
    return written


def log(services: Services, asker: Asker, identity: bytes) -> tuple[StoredSubscription, list[Notice]]:
    """What was sent, or is still to be, the newest first. Raises NotFound."""
    with services.database.peek() as transaction:
        found = _own(transaction, asker, identity)
        return found, stored.of_subscription(transaction, identity, SHOWN)
