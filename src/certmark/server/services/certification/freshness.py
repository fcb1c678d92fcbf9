"""How fresh a certificate is: when the clouds that it covers passed last, as far as everybody may know.

1. Shared runs count, whoever sent them: a standing order's, the holder's own. A certificate is as fresh as that of its
   clouds which passed longest ago; where one has no pass, nothing is said.
2. Of each cloud the newest runs are looked at, and no more: what failed that often in a row has no pass to tell of.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from certmark.server.services.certification import granted
from certmark.server.services.context import Services
from certmark.server.store import runs
from certmark.server.store.certification.certificates import CertificateRow
from certmark.server.store.database import Transaction

LOOKED_AT: Final = 20
"""Runs of a cloud (rule 2)."""


def last_passes(services: Services, certificates: Iterable[CertificateRow]) -> dict[bytes, int]:
    """The moment for each certificate, by its id, that has one."""
    found: dict[bytes, int] = {}
    known: dict[tuple[str, str], int | None] = {}
    with services.database.read() as transaction:
        for row in certificates:
            clouds = [(cloud.identity, row.program.casefold()) for cloud in granted.clouds_of(row)]
            for cloud in clouds:
                if cloud not in known:
                    known[cloud] = _last_pass(transaction, *cloud)
            moments = [known[cloud] for cloud in clouds]
            passed = [moment for moment in moments if moment is not None]
            if passed and len(passed) == len(moments):
                found[row.id] = min(passed)
    return found


def _last_pass(transaction: Transaction, cloud: str, program: str) -> int | None:
    newest = runs.newest_shared(transaction, cloud, LOOKED_AT)
    passed = (one for one in newest if one.standing == "pass" and (one.program or "").casefold() == program)
    return next((one.created for one in passed), None)
