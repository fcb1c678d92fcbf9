"""How the server is, for its operator: its work, its sources, its store, and when it was backed up."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import NamedTuple

from certmark.domain.permissions import Right
from certmark.server.asking import OPERATOR, Asker
from certmark.server.services import jobs, notices, offices, sources
from certmark.server.services.context import Services
from certmark.server.store import audit
from certmark.server.store.jobs import JobState
from certmark.server.store.sources import GuidelineSource

_BACKUP = "backup"


class Operation(NamedTuple):
    """What an operator looks at."""

    jobs: Sequence[JobState]
    """All work that is not done yet."""
    sources: Sequence[GuidelineSource]
    refused_notices: int
    database: int | None
    """Bytes of a SQLite database; None: PostgreSQL knows of its own."""
    free: int
    """So many bytes at least, a power of two, where uploads are written."""
    backup: int | None
    """When everything was written into a folder last; None: never by this server's command."""


def look(services: Services, asker: Asker) -> Operation:
    """Raises NotPermitted."""
    offices.check(services, asker, (Right.SEE_OPERATION,))
    file = services.settings.data / "certmark.sqlite"
    return Operation(
        jobs=jobs.every(services),
        sources=sources.every(services),
        refused_notices=len(notices.refused(services)),
        database=file.stat().st_size if services.settings.database_url is None else None,
        free=1 << max(0, shutil.disk_usage(services.settings.data).free.bit_length() - 1),
        backup=_last_backup(services),
    )


def note_backup(services: Services) -> None:
    """That everything was written into a folder."""
    with services.database.write() as transaction:
        audit.note(transaction, OPERATOR, "server.backup", _BACKUP, services.clock())


def _last_backup(services: Services) -> int | None:
    with services.database.read() as transaction:
        found = audit.entries(transaction, 1, subject=_BACKUP)
    return found[0].moment if found else None
