"""Runs that everybody sees, with their outcomes, for whoever asks about all of them at once; and which of them changed.

1. `run_changes` has a stamp for each run of which something changed while it was shared, in the transaction that
   changed it. A reader that saw everything below a moment sees whatever is new from that moment on.
2. On SQLite, where one writes at a time, stamps are kept in their order. On PostgreSQL they are not: a moment is the
   oldest transaction that was not ended when it was read, and what came since may be seen twice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, select, text, tuple_
from sqlalchemy.ext.compiler import compiles

from certmark.server.store.database import Transaction
from certmark.server.store.schema import guidelines, run_changes, runs, tags
from certmark.server.store.statements import SqlStatement


class Change(NamedTuple):
    """When something last changed of a run."""

    stamp: int
    run: bytes


class ChangeMoment(NamedTuple):
    """Rule 2."""

    stamp: int
    """Whatever is new later has this stamp, or a greater one."""
    database: str
    """Where stamps mean something: one server of PostgreSQL, one file of SQLite."""


class SharedRun(NamedTuple):
    """A run that was read."""

    id: bytes
    created: int
    format: str | None
    standing: str | None
    subject: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    program: str | None
    doubts: int | None
    guideline: str | None
    """The id of the guideline that its sender named."""
    outcomes: bytes | None
    """A vector (`store.dictionary`)."""


class _Horizon(ColumnElement[int]):
    type = BigInteger()
    inherit_cache = True


class _Database(ColumnElement[str]):
    type = Text()
    inherit_cache = True


@compiles(_Horizon)
def _(*_: Any, **__: Any) -> str:
    return "(select coalesce(max(stamp), 0) + 1 from run_changes)"


@compiles(_Horizon, "postgresql")
def _(*_: Any, **__: Any) -> str:
    return "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


@compiles(_Database)
def _(*_: Any, **__: Any) -> str:
    return "'one file'"


@compiles(_Database, "postgresql")
def _(*_: Any, **__: Any) -> str:
    return "(select system_identifier::text from pg_control_system())"


_MOMENT = SqlStatement("run_changes.moment", select(_Horizon(), _Database()))
_PLACE = tuple_(run_changes.c.stamp, run_changes.c.run)
_BEHIND = tuple_(bindparam("stamp"), bindparam("behind")) < _PLACE
_UP_TO = tuple_(bindparam("last_stamp"), bindparam("last")) >= _PLACE
_CHANGED = SqlStatement(
    "run_changes.since",
    select(run_changes.c.stamp, run_changes.c.run)
    .where(_BEHIND)
    .order_by(run_changes.c.stamp, run_changes.c.run)
    .limit(bindparam("most")),
)
_OF = [runs.c[name] for name in SharedRun._fields if name not in {"guideline", "outcomes"}]
_PAGE = SqlStatement(
    "runs.shared",
    select(*_OF, guidelines.c.id.label("guideline_id"), runs.c.outcomes)
    .select_from(
        run_changes.join(runs, runs.c.id == run_changes.c.run).outerjoin(
            guidelines, guidelines.c.digest == runs.c.guideline
        )
    )
    .where(_BEHIND, _UP_TO, runs.c.is_public == text("1"), runs.c.state == text("1")),
)
_TAGS = SqlStatement(
    "tags.shared",
    select(tags.c.run, tags.c.key, tags.c.value)
    .select_from(run_changes.join(runs, runs.c.id == run_changes.c.run).join(tags, tags.c.run == run_changes.c.run))
    .where(_BEHIND, _UP_TO, runs.c.is_public == text("1")),
)


def moment(transaction: Transaction) -> ChangeMoment:
    """As the transaction sees it."""
    row = transaction.one(_MOMENT)
    assert row is not None  # noqa: S101 - it reads no table
    return ChangeMoment(int(row[0]), str(row[1]))


def changes(transaction: Transaction, behind: Change, most: int) -> list[Change]:
    """The next runs of which something changed, by their stamps and ids."""
    rows = transaction.run(_CHANGED, stamp=behind.stamp, behind=behind.run, most=most)
    return [Change(int(stamp), bytes(run)) for stamp, run in rows]


def shared_runs(transaction: Transaction, behind: Change, last: Change) -> list[SharedRun]:
    """Those of the runs between two places that are shared and were read, in no order."""
    return [SharedRun(*row) for row in transaction.run(_PAGE, **_between(behind, last))]


def shared_tags(transaction: Transaction, behind: Change, last: Change) -> dict[bytes, list[tuple[str, str]]]:
    """The tags of these runs, by their keys."""
    found: dict[bytes, list[tuple[str, str]]] = {}
    for run, key, value in transaction.run(_TAGS, **_between(behind, last)):
        found.setdefault(bytes(run), []).append((str(key), str(value)))
    return {run: sorted(labels) for run, labels in found.items()}


def _between(behind: Change, last: Change) -> dict[str, Any]:
    return {"stamp": behind.stamp, "behind": behind.run, "last_stamp": last.stamp, "last": last.run}
