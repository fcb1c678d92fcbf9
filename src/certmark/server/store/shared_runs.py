"""Runs that everybody sees, with their outcomes, for whoever asks about all of them at once."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import bindparam, select, text

from certmark.server.store.database import Transaction
from certmark.server.store.schema import guidelines, runs, tags
from certmark.server.store.statements import SqlStatement


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
    guideline: str | None
    """The id of the guideline that its sender named."""
    outcomes: bytes | None
    """A vector (`store.dictionary`)."""


_IDS = SqlStatement(
    "runs.shared_ids",
    select(runs.c.id).where(runs.c.is_public == text("1"), runs.c.id > bindparam("behind")).order_by(runs.c.id),
)
_OF = [runs.c[name] for name in SharedRun._fields if name not in {"guideline", "outcomes"}]
_PAGE = SqlStatement(
    "runs.shared",
    select(*_OF, guidelines.c.id.label("guideline_id"), runs.c.outcomes)
    .select_from(runs.outerjoin(guidelines, guidelines.c.digest == runs.c.guideline))
    .where(
        runs.c.is_public == text("1"),
        runs.c.state == text("1"),
        runs.c.id.between(bindparam("least"), bindparam("most")),
    )
    .order_by(runs.c.id),
)
_TAGS = SqlStatement(
    "tags.shared",
    select(tags.c.run, tags.c.key, tags.c.value)
    .select_from(tags.join(runs, runs.c.id == tags.c.run))
    .where(tags.c.run.between(bindparam("least"), bindparam("most")), runs.c.is_public == text("1"))
    .order_by(tags.c.run, tags.c.key),
)


def shared_ids(transaction: Transaction) -> list[bytes]:
    """The ids of all runs that everybody sees, in their order; some of them may not be read yet."""
    return [bytes(row[0]) for row in transaction.run(_IDS, behind=b"")]


def shared_runs(transaction: Transaction, least: bytes, most: bytes) -> list[SharedRun]:
    """Those that were read, from one id to another."""
    return [SharedRun(*row) for row in transaction.run(_PAGE, least=least, most=most)]


def shared_tags(transaction: Transaction, least: bytes, most: bytes) -> dict[bytes, list[tuple[str, str]]]:
    """The tags of these runs."""
    found: dict[bytes, list[tuple[str, str]]] = {}
    for run, key, value in transaction.run(_TAGS, least=least, most=most):
        found.setdefault(bytes(run), []).append((str(key), str(value)))
    return found
