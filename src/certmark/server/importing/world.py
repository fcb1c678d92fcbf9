"""What the steps of an import share: the source, this server, what came of it so far."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from certmark.server.asking import OPERATOR, Asker
from certmark.server.importing.outcome import Outcome, Problem
from certmark.server.importing.repairs import canonical_openid, is_uuid, line, moment
from certmark.server.importing.tables import Record, Source
from certmark.server.services.context import Services
from certmark.server.store import identities
from certmark.server.store.database import Transaction

IMPORTER = hashlib.sha256(b"certmark: what a RefStack server said of its results").digest()[:16]
"""Who verified and attached what was verified and attached there: nobody remembers who it was."""
IMPORTER_NAME = "RefStack (imported)"
UNKNOWN_DATE = 1_325_376_000_000_000
"""2012-01-01: of what has no date that can be."""


class TakenVersion(NamedTuple):
    """A version of a product that was taken."""

    id: bytes
    vendor: bytes


@dataclass
class World:
    """One import."""

    services: Services
    source: Source
    outcome: Outcome
    is_dry: bool
    now: int
    heard: Callable[[str, int, int], None]
    """Is told what is being taken, how many of it were by now, and how many there are."""
    people: dict[str, bytes | None] = field(default_factory=dict)
    """By canonical OpenID; None: they were deleted here."""
    vendors: dict[str, bytes] = field(default_factory=dict)
    """By their ids there, in small letters, as those that follow."""
    products: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """With the vendor of each."""
    versions: dict[str, TakenVersion] = field(default_factory=dict)
    _vendors_of_versions: dict[bytes, bytes] = field(default_factory=dict)

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction, where anything is to be written."""
        found: AbstractContextManager[Transaction] = self.services.database.write()
        return found

    def reading(self) -> AbstractContextManager[Transaction]:
        """A transaction of reading."""
        found: AbstractContextManager[Transaction] = self.services.database.peek()
        return found

    def line(self, table: str, row: str, text: str | None, what: str) -> str:
        """A text of one line, mended; what was wrong with it is told."""
        found = line(text or "")
        if found.is_mended:
            self.outcome.tell(Problem.DOUBLE_ENCODED, table, row, f"{what}: {text!r} was taken as {found.text!r}")
        if found.has_losses:
            self.outcome.tell(Problem.LOST_SIGNS, table, row, f"{what}: {found.text!r}")
        return found.text

    def created(self, table: str, row: str, record: Record) -> int:
        """When a row was made; what has no date gets the next best one, and that is told."""
        found = moment(record["created_at"], self.now)
        if found is not None:
            return found
        other = moment(record.get("updated_at"), self.now) or UNKNOWN_DATE
        shown = "the date of its last change" if other != UNKNOWN_DATE else "2012-01-01, since none is known"
        self.outcome.tell(Problem.WRONG_DATE, table, row, f"created_at is {record['created_at']!r}; taken as {shown}")
        return other

    def id_of(self, table: str, record: Record) -> str:
        """The id of a row there; one that is no uuid is told."""
        found = record["id"] or ""
        if not is_uuid(found):
            self.outcome.tell(Problem.NOT_A_UUID, table, found, f"the id {found!r} is no uuid")
        return found

    def vendor_of(self, version: bytes) -> bytes:
        """The vendor of a version that was taken."""
        if len(self._vendors_of_versions) != len(self.versions):
            self._vendors_of_versions = {one.id: one.vendor for one in self.versions.values()}
        return self._vendors_of_versions[version]

    def author(self, openid: str | None) -> Asker:
        """Whoever made something there, as who is named in its history here."""
        identity = None if openid is None else self.people.get(canonical_openid(openid))
        return Asker(identity, "", frozenset(), OPERATOR.request)


def ensure_importer(world: World) -> None:
    """Have somebody in whose name things are verified and attached."""
    with world.writing() as transaction:
        if not identities.is_there(transaction, IMPORTER):
            identities.add(transaction, IMPORTER, IMPORTER_NAME, world.now)


class Difference(NamedTuple):
    """What is to be done about something that was taken before."""

    wanted: Mapping[str, Any]
    """What changed there since, and not here."""
    refused: tuple[str, ...]
    """What changed there and here."""


def difference(taken: Mapping[str, Any], there: Mapping[str, Any], here: Mapping[str, Any]) -> Difference:
    """What changed there since it was `taken`, told from what was changed here."""
    changed = {name: value for name, value in there.items() if value != taken.get(name)}
    wanted = {name: value for name, value in changed.items() if here.get(name) == taken.get(name)}
    refused = tuple(name for name in changed if name not in wanted and here.get(name) != there[name])
    return Difference(wanted, refused)


def remembered(values: Mapping[str, Any]) -> str:
    """As it is kept."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
