"""What somebody was told, how they want to be told, and the daily mail of those who want one.

1. Everything that somebody was told stands on their page, the last hundred of it, however it went.
2. A daily mail goes at most once on a day (UTC), and has all that waited; a person and their mail are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from certmark.domain.certification.standings import A_DAY
from certmark.domain.errors import InvalidRequest
from certmark.domain.notices import NoticeChoices
from certmark.domain.permissions import Right
from certmark.domain.phrases import counted
from certmark.server.asking import Asker
from certmark.server.services import notices
from certmark.server.services.certification.telling import addresses, texts
from certmark.server.services.changes import check_revision, require
from certmark.server.services.context import Services
from certmark.server.services.moments import moment_of
from certmark.server.store import audit, told
from certmark.server.store.database import Transaction
from certmark.server.store.told import KeptChoices, ToldNotice

SHOWN = 100
_MOST = 200
"""Notices of one daily mail."""


class OwnNotices(NamedTuple):
    """What somebody was told, and how they want to be."""

    told: list[ToldNotice]
    kept: KeptChoices


def show(services: Services, asker: Asker) -> OwnNotices:
    """Rule 1. Raises NotPermitted."""
    assert asker.identity is not None  # noqa: S101 - who is not known does not come here
    with services.database.peek() as transaction:
        require(transaction, asker, Right.SEE_OWN_DATA)
        return OwnNotices(told.of(transaction, asker.identity, SHOWN), told.kept(transaction, asker.identity))


def choose(
    services: Services,
    asker: Asker,
    revision: int | None,
    language: str,
    without: Iterable[str],
    *,
    is_daily: bool,
) -> KeptChoices:
    """How somebody wants to be told from now on. Raises InvalidRequest, NotPermitted or Outdated."""
    assert asker.identity is not None  # noqa: S101 - likewise
    choices = texts().checked(language, without, is_daily=is_daily)
    with services.database.write() as transaction:
        require(transaction, asker, Right.SUBSCRIBE)
        before = told.kept(transaction, asker.identity)
        check_revision(revision, before.revision)
        new = KeptChoices(choices, before.digested, before.revision + 1)
        told.keep(transaction, asker.identity, new)
        audit.note(transaction, asker, "notices.choose", "", services.clock())
    return new


def send_daily(services: Services) -> None:
    """Rule 2: the daily mail of everybody who has none today and for whom something waits."""
    today = services.clock() // A_DAY
    with services.database.read() as transaction:
        waiting = told.who_waits(transaction)
    for identity in waiting:
        with services.database.write() as transaction:
            kept = told.kept(transaction, identity)
            if kept.digested < today:
                _send(services, transaction, identity, kept, today)


def _send(services: Services, transaction: Transaction, identity: bytes, kept: KeptChoices, today: int) -> None:
    found, to = told.waiting(transaction, identity, _MOST), told.person(transaction, identity)
    if not found or to is None:
        return
    if to.mail is not None:
        subject, body = _daily(services, found, kept.choices)
        with suppress(InvalidRequest):
            notices.write(services, transaction, to.mail, subject, f"{body}\n", key=f"digest {identity.hex()} {today}")
    told.sent(transaction, found, "digested" if to.mail is not None else "page")
    told.keep(transaction, identity, kept._replace(digested=today))


def _daily(services: Services, found: list[ToldNotice], choices: NoticeChoices) -> tuple[str, str]:
    items = [
        "\n\n".join(part for part in (one.subject, one.body, addresses(services, one.path).get("address")) if part)
        for one in found
    ]
    day = moment_of(services.clock()).date().isoformat()
    values = {"days": counted(len(found), "notice"), "day": day, "items": "\n\n----\n\n".join(items)}
    return texts().text("digest", choices.language).fill({**values, **addresses(services, "")})
