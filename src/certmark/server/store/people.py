"""What is kept of a person, table by table: what is given to them, and what goes when they go.

Every column that names a person stands in `KEPT`; a test holds that none is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from sqlalchemy import Column, bindparam, delete, exists, select, update

from certmark.server.store.database import Transaction
from certmark.server.store.runs import hand_over
from certmark.server.store.schema import (
    accounts,
    attachments,
    history,
    identities,
    metadata,
    notices,
    runs,
    subscriptions,
)
from certmark.server.store.statements import SqlStatement


class AfterErasure(Enum):
    """What becomes of a row that names a person who goes."""

    GONE = "gone"
    """It was theirs alone."""
    NAMELESS = "nameless"
    """It is a vendor's or the programme's, or says who answered for something: it stays, and names nobody."""


_GONE, _NAMELESS = AfterErasure.GONE, AfterErasure.NAMELESS
KEPT: Mapping[str, AfterErasure] = {
    "tokens.identity": _GONE,
    "uploads.owner": _GONE,
    "live_runs.owner": _GONE,
    "runs.owner": _GONE,
    "offices.identity": _GONE,
    "members.identity": _GONE,
    "invitations.identity": _GONE,
    "acceptances.identity": _NAMELESS,
    "attachments.identity": _NAMELESS,
    "attachments.official_by": _NAMELESS,
    "verifications.identity": _NAMELESS,
    "accounts.identity": _GONE,
    "sessions.identity": _GONE,
    "devices.identity": _GONE,
    "challenges.identity": _GONE,
    "keys.identity": _GONE,
    "publishers.identity": _GONE,
    "joined.identity": _GONE,
    "queries.identity": _NAMELESS,
    "subscriptions.identity": _GONE,
    "votes.identity": _GONE,
    "nominations.identity": _GONE,
    "questionnaire_answers.identity": _GONE,
    "told.identity": _GONE,
    "notice_choices.identity": _GONE,
    "reviewers.identity": _NAMELESS,
    "cases.opened_by": _NAMELESS,
    "certification_events.identity": _NAMELESS,
}
"""Runs that belong to a vendor stay with it, and are of nobody."""
MOVED = frozenset(
    {
        "runs.owner",
        "uploads.owner",
        "live_runs.owner",
        "invitations.identity",
        "attachments.identity",
        "attachments.official_by",
        "verifications.identity",
        "keys.identity",
        "joined.identity",
        "queries.identity",
        "subscriptions.identity",
        "told.identity",
        "cases.opened_by",
    }
)
"""What is somebody else's once they have the place of a person; members are moved one by one, roles in the programme
and what lets one in (tokens, sessions, publishers) are not, and what a person accepted stays as it was.
"""
_NOT_SHOWN = frozenset(
    {"digest", "upload", "outcomes", "attestation", "evidence", "secret", "code", "verifier", "nonce", "seen"}
)
"""Columns that are no use to a person, or by which somebody could be them."""


def naming_columns() -> dict[str, Column[bytes]]:
    """Every column that names a person, as `table.column`."""
    return {
        f"{table.name}.{column.name}": column
        for table in metadata.sorted_tables
        for column in table.columns
        if any(key.column is identities.c.id for key in column.foreign_keys)
    }


def _shown(column: Column[bytes]) -> list[Column[bytes]]:
    return [one for one in column.table.columns if one.name not in _NOT_SHOWN]


_COLUMNS = naming_columns()
_READ = {
    name: SqlStatement(f"people.read {name}", select(*_shown(column)).where(column == bindparam("who")))
    for name, column in _COLUMNS.items()
}
_FORGET = {
    name: SqlStatement(f"people.forget {name}", delete(column.table).where(column == bindparam("who")))
    for name, column in _COLUMNS.items()
    if KEPT.get(name) is AfterErasure.GONE and name != "runs.owner"
}
_MOVE = {
    name: SqlStatement(
        f"people.move {name}",
        update(column.table).where(column == bindparam("before")).values({column: bindparam("after")}),
    )
    for name, column in _COLUMNS.items()
    if name in MOVED - {"runs.owner"}
}
_OF_NOBODY_ELSE = ~exists(select(attachments.c.run).where(attachments.c.run == runs.c.id))
_EVIDENCE = SqlStatement(
    "people.evidence",
    select(runs.c.evidence).where(runs.c.owner == bindparam("who"), runs.c.evidence.is_not(None), _OF_NOBODY_ELSE),
)
_FORGET_RUNS = SqlStatement("people.forget runs", delete(runs).where(runs.c.owner == bindparam("who"), _OF_NOBODY_ELSE))
_FORGET_MAIL = SqlStatement(
    "people.forget mail",
    delete(notices).where(
        notices.c.recipient.in_(select(accounts.c.email).where(accounts.c.identity == bindparam("who")))
    ),
)
_FORGET_DELIVERIES = SqlStatement(
    "people.forget deliveries",
    delete(notices).where(
        notices.c.subscription.in_(select(subscriptions.c.id).where(subscriptions.c.identity == bindparam("who")))
    ),
)
_NAME = SqlStatement("people.name", select(identities.c.name).where(identities.c.id == bindparam("who")))
_RENAME = SqlStatement(
    "people.rename", update(identities).where(identities.c.id == bindparam("who")).values(name=bindparam("new_name"))
)
_DEEDS = SqlStatement(
    "people.deeds",
    select(history.c.moment, history.c.action, history.c.subject, history.c.reason).where(
        history.c.identity == bindparam("who")
    ),
)


def all_of(transaction: Transaction, identity: bytes) -> dict[str, list[dict[str, object]]]:
    """Everything that names a person, by table and column, without secrets; and what they did."""
    found: dict[str, list[dict[str, object]]] = {}
    for name, statement in _READ.items():
        columns = [column.name for column in _shown(_COLUMNS[name])]
        rows = transaction.run(statement, who=identity)
        if rows:
            found[name] = [dict(zip(columns, map(_plain, row), strict=True)) for row in rows]
    deeds = transaction.run(_DEEDS, who=identity)
    names = ("moment", "action", "subject", "reason")
    found["history"] = [dict(zip(names, map(_plain, row), strict=True)) for row in deeds]
    return found


def name_of(transaction: Transaction, identity: bytes) -> str | None:
    """What somebody is called."""
    row = transaction.one(_NAME, who=identity)
    return None if row is None else str(row[0])


def erase(transaction: Transaction, identity: bytes, name: str) -> list[bytes]:
    """Forget what was theirs alone; elsewhere they are called `name`. The digests of evidence that may go."""
    evidence = [bytes(row[0]) for row in transaction.run(_EVIDENCE, who=identity)]
    transaction.run(_FORGET_RUNS, who=identity)
    transaction.run(_FORGET_MAIL, who=identity)
    transaction.run(_FORGET_DELIVERIES, who=identity)
    for statement in _FORGET.values():
        transaction.run(statement, who=identity)
    transaction.run(_RENAME, who=identity, new_name=name)
    return evidence


def move(transaction: Transaction, before: bytes, after: bytes) -> None:
    """What is MOVED of one person is another's. Raises Conflict where an upload of theirs goes on."""
    hand_over(transaction, before, after)
    for statement in _MOVE.values():
        transaction.run(statement, before=before, after=after)


def rename(transaction: Transaction, identity: bytes, name: str) -> None:
    """Somebody is called so. Raises Conflict where another one is."""
    transaction.run(_RENAME, who=identity, new_name=name)


def _plain(value: object) -> object:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value
