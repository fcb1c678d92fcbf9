"""Who is told of what becomes of applications, certificates and cases; in the transaction in which it does.

The one function that carries out every transition calls `tell` once, after it has appended the event::

    tell(services, transaction, f"{machine}.{event}", path, Concerned(vendor=..., contacts=..., reviewers=...),
         {"name": "Ship 3.1 for OpenStack Powered Compute 2026.11", "reason": ...}, key=f"{number of the event}")

1. An event that has no text in `data/notices/en.yaml` tells nobody: every transition may call, unseen.
2. The text says who of those concerned is told: designate, deputy, administrators, contacts, reviewers, people, office.
3. Of one key each is told once, however often it is called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from certmark.server.services.context import Services
from certmark.server.store.database import Transaction


class Concerned(NamedTuple):
    """Everybody whom an application, certificate or case concerns; the text of an event says who of them is told."""

    vendor: bytes | None = None
    """Its designate, deputy and administrators are found by their roles at that moment."""
    contacts: Sequence[str] = ()
    """Mail addresses that the application names."""
    reviewers: Sequence[bytes] = ()
    """Identities of those assigned."""
    people: Sequence[bytes] = ()
    """Identities of others: who opened a case, who asked for a waiver."""


def tell(
    services: Services,
    transaction: Transaction,
    event: str,
    subject: str,
    to: Concerned,
    values: Mapping[str, str],
    key: str,
) -> None:
    """Tell whoever `event` (`application.ask`, `certificate.suspend`) is for, once `transaction` is kept.

    `subject` is the path of its page here (`/certification/applications/…`), under which the notice is looked up.
    `values` has what the text says: always `name` (what it is about, in one line), else what is there of `reason`,
    `day` (ISO), `by`, `question`, `answer`, `item`; a line of the text that names a value that is not there is left
    out. `key` tells this occurrence from every other of `event`: the number of the appended event does.
    The office is found by its role. Raises nothing that the caller could do something about.
    """
