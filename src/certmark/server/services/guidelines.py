"""Guidelines on the server: immutable revisions, found by id or digest."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from pathlib import Path

from certmark.domain.suggestions import did_you_mean
from certmark.formats.guideline import DEFAULT, load, shipped
from certmark.server.asking import OPERATOR
from certmark.server.reading.messages import KnownGuideline
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store import audit, guidelines
from certmark.server.store.guidelines import Revision

__all__ = ["DEFAULT", "add_shipped", "at_hand", "file_of", "revision_of", "today"]
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def add_shipped(services: Services) -> None:
    """Keep the guidelines that ship along, as revisions."""
    with services.database.write() as transaction:
        for identity in shipped():
            found = load(identity)
            revision = Revision(
                bytes.fromhex(found.sha256), found.id, found.status or "", "ships along", services.clock()
            )
            if guidelines.one(transaction, revision.digest) is None:
                guidelines.add(transaction, revision, found.data)
                audit.note(transaction, OPERATOR, "guideline.add", f"{found.id} {found.sha256}", revision.created)


def revision_of(services: Services, named: str) -> Revision:
    """The revision with this digest, else the newest of this id. Raises NotFound."""
    with services.database.peek() as transaction:
        if _DIGEST.match(named):
            found = guidelines.one(transaction, bytes.fromhex(named))
        else:
            found = guidelines.newest(transaction, named)
        if found is None:
            known = dict.fromkeys(one.id for one in guidelines.every(transaction))
            raise NotFound(f"there is no guideline {named[:100]!r} here{did_you_mean(named, known)}")
        return found


def file_of(services: Services, revision: Revision) -> Path:
    """A file with its text, for those who read in a process of their own."""
    path = services.guidelines / revision.digest.hex()
    if not path.exists():
        with services.database.read() as transaction:
            content = guidelines.content(transaction, revision.digest)
        unfinished = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        unfinished.write_bytes(content)
        unfinished.replace(path)
    return path


def at_hand(services: Services) -> tuple[KnownGuideline, ...]:
    """Every revision, for those who read what may name one."""
    with services.database.read() as transaction:
        known = guidelines.every(transaction)
    return tuple(KnownGuideline(one.digest.hex(), one.id, str(file_of(services, one))) for one in known)


def by_source(services: Services) -> dict[str, list[str]]:
    """The ids of the guidelines that came from each place."""
    found: dict[str, list[str]] = {}
    with services.database.read() as transaction:
        for revision in guidelines.every(transaction):
            ids = found.setdefault(revision.source, [])
            if revision.id not in ids:
                ids.append(revision.id)
    return found


def today(services: Services) -> str:
    """The day by the server's clock, UTC."""
    return dt.datetime.fromtimestamp(services.clock() / 1e6, dt.UTC).date().isoformat()
