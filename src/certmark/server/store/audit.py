"""Who changed what, when: only ever added to, in the transaction of the change."""

from __future__ import annotations

from sqlalchemy import bindparam, insert

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.schema import audit
from certmark.server.store.statements import SqlStatement

_GIVEN = ("moment", "identity", "action", "subject", "request")
_ADD = SqlStatement("audit.add", insert(audit).values({name: bindparam(name) for name in _GIVEN}))


def note(transaction: Transaction, asker: Asker, action: str, subject: str, moment: int) -> None:
    """That somebody did something."""
    transaction.run(_ADD, moment=moment, identity=asker.identity, action=action, subject=subject, request=asker.request)
