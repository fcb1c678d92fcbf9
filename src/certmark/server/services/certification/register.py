"""The public register: which products are certified for what, how fresh, and what ended.

1. Expired, revoked and other ended certificates stay, and are told as what they are.
2. The newest decisions come first; nothing is ranked.
3. How each stands is computed when somebody asks. A page looks at so many certificates, however few of them fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from certmark.domain.certification.standings import CertificateStanding, standing
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.domain.guidelines import Level
from certmark.domain.permissions import Right
from certmark.domain.programs import demand_of, find_program
from certmark.server.asking import Asker
from certmark.server.services import read_guidelines
from certmark.server.services.certification import granted, rules
from certmark.server.services.certification.certificates import facts_of
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound, WrongState
from certmark.server.store.certification import proofs
from certmark.server.store.certification.certificates import TABLE, CertificateRow

MOST_LOOKED_AT: Final = 1_000
"""Certificates that one page looks at."""
_STEP = 100
_DAYS = 90, 30


class RegisterFilter(NamedTuple):
    """Which certificates; what is empty asks for all."""

    programme: str = ""
    program: str = ""
    vendor: str = ""
    """A part of the name."""
    region: str = ""
    """A part of the name, or of the cloud's identity."""
    guideline: str = ""
    capability: str = ""
    """The key of one that the program requires."""
    state: str = ""
    """A word of the standing, or `in force`."""
    text: str = ""
    """A part of the number, of the vendor's or the product's name."""


class RegisterEntry(NamedTuple):
    """A certificate in the register."""

    row: CertificateRow
    standing: CertificateStanding
    program: str
    """For people."""


class RegisterPart(NamedTuple):
    """A part of it."""

    entries: list[RegisterEntry]
    behind: bytes | None
    """Where the next part begins; None: it is the last one."""


def listed(services: Services, asker: Asker, wanted: RegisterFilter, behind: bytes, most: int) -> RegisterPart:
    """A part of the register, from `behind` on (rules 2 and 3)."""
    found: list[RegisterEntry] = []
    looked_at = 0
    first = ("of_programme", wanted.programme) if wanted.programme else None
    capabilities: dict[tuple[str, str], bool] = {}
    while looked_at < MOST_LOOKED_AT:
        with services.database.read() as transaction:
            rows = TABLE.page(transaction, asker, first, behind=behind, most=_STEP)
        for row in rows:
            entry = entry_of(services, row)
            behind = row.id
            if fits(entry, wanted) and _has_capability(services, row, wanted.capability, capabilities):
                found.append(entry)
            if len(found) == most:
                return RegisterPart(found, behind)
        looked_at += len(rows)
        if len(rows) < _STEP:
            return RegisterPart(found, None)
    return RegisterPart(found, behind)


def changed_last(services: Services, asker: Asker, most: int) -> list[RegisterEntry]:
    """Those whose state changed last, the newest change first."""
    if not asker.has(Right.SEE_REGISTER):
        return []
    with services.database.read() as transaction:
        return [entry_of(services, row) for row in proofs.changed_last(transaction, most)]


def entry_of(services: Services, row: CertificateRow) -> RegisterEntry:
    """How it stands now; a renewal that is being reviewed is told on its own page."""
    now, name, days = services.clock(), row.program, _DAYS
    try:
        rulebook = rules.rulebook_of(services, row, now)
    except (NotFound, WrongState):
        return RegisterEntry(row, standing(facts_of(row), now, *days), name)
    program = rulebook.program(row.program)
    days = rulebook.renewal_opens_days, rulebook.grace_days
    return RegisterEntry(row, standing(facts_of(row), now, *days), row.program if program is None else program.name)


def fits(entry: RegisterEntry, wanted: RegisterFilter) -> bool:
    """Whether it is one of those that are wanted, its capabilities aside."""
    row, names = entry.row, granted.names_of(entry.row)
    return (
        wanted.programme in {"", row.programme}
        and wanted.program.casefold() in {"", row.program.casefold(), entry.program.casefold()}
        and wanted.guideline in {"", row.guideline}
        and _is_in(wanted.vendor, names.vendor)
        and _is_in(wanted.region, " ".join(cloud.identity for cloud in granted.clouds_of(row)))
        and _is_in(wanted.text, f"{row.number} {names.title}")
        and (wanted.state in {"", entry.standing.word} or (wanted.state == "in force" and entry.standing.is_in_force))
    )


def _is_in(word: str, text: str) -> bool:
    return word.strip().casefold() in text.casefold()


def _has_capability(services: Services, row: CertificateRow, key: str, known: dict[tuple[str, str], bool]) -> bool:
    """Whether the program that it is certified for requires the capability; each text is asked once."""
    if not key:
        return True
    of = str(row.content.get("guideline") or row.guideline), row.program
    if of not in known:
        known[of] = key in set(_required(services, *of))
    return known[of]


def _required(services: Services, guideline: str, program: str) -> Iterator[str]:
    try:
        _, found = read_guidelines.guideline_of(services, guideline)
        asked = demand_of(found, find_program(found, program)).capabilities
        yield from (one.key for one in asked if one.level is Level.REQUIRED)
    except (NotFound, InvalidInput, InvalidRequest, CannotProceed):
        return
