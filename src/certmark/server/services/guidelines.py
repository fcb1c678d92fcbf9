"""Guidelines on the server: immutable revisions, found by id or digest."""

from __future__ import annotations

import datetime as dt
import re
import secrets
from functools import cache
from pathlib import Path

from msgspec.structs import replace

from certmark.domain.guidelines import Guideline
from certmark.domain.programs import has_program
from certmark.domain.suggestions import did_you_mean
from certmark.formats.guideline import DEFAULT, load, shipped
from certmark.server.asking import OPERATOR
from certmark.server.reading.messages import KnownGuideline, ReadRequest, ReadResults, Unreadable
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.store import audit, guidelines
from certmark.server.store.guidelines import Revision

__all__ = [
    "DEFAULT",
    "add_shipped",
    "at_hand",
    "file_of",
    "known",
    "read_results",
    "revision_of",
    "revision_with",
    "today",
]
_SHOWN = 5
"""Ids of guidelines at most that a refusal names."""
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def add_shipped(services: Services) -> None:
    """Keep the guidelines that ship along, as revisions."""
    with services.database.write() as transaction:
        for identity in shipped():
            found = _shipped(identity)
            revision = Revision(
                bytes.fromhex(found.sha256), found.id, found.status or "", "ships along", services.clock()
            )
            if guidelines.one(transaction, revision.digest) is None:
                guidelines.add(transaction, revision, found.data)
                audit.note(transaction, OPERATOR, "guideline.add", f"{found.id} {found.sha256}", revision.created)


def every(services: Services) -> list[Revision]:
    """All revisions, by id, the oldest first."""
    with services.database.peek() as transaction:
        return guidelines.every(transaction)


def revision_of(services: Services, named: str) -> Revision:
    """The revision with this digest, else the newest of this id. Raises NotFound."""
    with services.database.peek() as transaction:
        if _DIGEST.match(named):
            found = guidelines.one(transaction, bytes.fromhex(named))
        else:
            found = guidelines.newest(transaction, named)
        if found is None:
            known = dict.fromkeys(one.id for one in guidelines.every(transaction))
            there = did_you_mean(named, known) or f"; there are {', '.join(sorted(known)[-_SHOWN:])}"
            raise NotFound(f"there is no guideline {named[:100]!r} here{there}")
        return found


def revision_with(services: Services, program: str) -> Revision:
    """The guideline that `judge` takes where only a program is named: the default, else the shipped one that has it.

    Raises NotFound.
    """
    having = [identity for identity in shipped() if has_program(_shipped(identity), program)]
    is_clear = DEFAULT not in having and len(having) == 1
    return revision_of(services, having[0] if is_clear else DEFAULT)


@cache
def _shipped(identity: str) -> Guideline:
    """It is ours, and no stranger's."""
    return load(identity)


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


def read_results(services: Services, request: ReadRequest) -> ReadResults | Unreadable:
    """What is in a file, judged; where its program names other guidelines, with those that are here."""
    answer = services.readers.read(request, services.dictionary.known)
    if isinstance(answer, ReadResults) and answer.lacks_hosts:
        answer = services.readers.read(replace(request, at_hand=at_hand(services)))
    assert isinstance(answer, ReadResults | Unreadable)  # noqa: S101 - as was asked
    return answer


def at_hand(services: Services) -> tuple[KnownGuideline, ...]:
    """Every revision, for those who read what may name one."""
    with services.database.read() as transaction:
        known = guidelines.every(transaction)
    return tuple(KnownGuideline(one.digest.hex(), one.id, str(file_of(services, one))) for one in known)


def known(services: Services) -> list[Revision]:
    """Every revision, by id, the oldest first."""
    with services.database.peek() as transaction:
        return guidelines.every(transaction)


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
