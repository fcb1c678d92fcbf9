"""The runs of a product version as those who check an application look at them, whoever may see which."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from certmark.server import ids
from certmark.server.store.database import Transaction
from certmark.server.store.runs import COLUMNS, RunRow, run_of
from certmark.server.store.schema import attachments, runs
from certmark.server.store.statements import SqlStatement

_OF_VERSION = SqlStatement(
    "runs.of_version",
    select(*COLUMNS)
    .select_from(attachments.join(runs, runs.c.id == attachments.c.run))
    .where(attachments.c.version == bindparam("of"), attachments.c.run >= bindparam("since"))
    .order_by(attachments.c.run.desc())
    .limit(bindparam("most")),
)


def since(transaction: Transaction, version: bytes, moment: int, most: int) -> list[RunRow]:
    """Those that came since `moment`, the newest first."""
    return [run_of(row) for row in transaction.run(_OF_VERSION, of=version, since=ids.first_of(moment), most=most)]
