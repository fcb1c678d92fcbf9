"""An import, from its source to its report.

1. It can be broken off at any moment and begun again: what was taken is remembered with it, in one transaction.
2. A second run takes what is new there or changed since, never what people changed here.
3. A dry run reads and compares everything, and writes nothing but its report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certmark.server.asking import OPERATOR
from certmark.server.importing.live import connected, is_address
from certmark.server.importing.outcome import Outcome, Problem
from certmark.server.importing.people import take_keys, take_people
from certmark.server.importing.products import take_products, take_vendors
from certmark.server.importing.results import take_results
from certmark.server.importing.staged import staged
from certmark.server.importing.tables import COLUMNS, Source
from certmark.server.importing.world import World, ensure_importer
from certmark.server.services.context import Services
from certmark.server.store import audit

_SHARES = 1000


@dataclass(frozen=True, kw_only=True)
class ImportRequest:
    """What is to be imported."""

    source: str
    """The address of a living database, or the path of a dump."""
    password_file: Path | None
    report: Path
    """A line of JSON for every row that was not taken, or not as it stands there."""
    is_dry: bool
    appoint_office: bool
    """Whether those who decided for the programme there do so here."""


Heard = Callable[[str, int, int], None]
"""Is told what is being taken, how many of it were by now, and how many there are."""


def import_refstack(services: Services, request: ImportRequest, heard: Heard) -> Outcome:
    """Take over a RefStack server's database. Raises InvalidRequest, UnreadableDump, CannotProceed or OSError."""
    with (
        _source(services, request, heard) as source,
        request.report.open("w", encoding="utf-8", errors="backslashreplace") as report,
    ):
        outcome = Outcome(report)
        world = World(services, source, outcome, request.is_dry, services.clock(), heard)
        _tell_missing(world)
        if not request.is_dry:
            ensure_importer(world)
            with world.writing() as transaction:
                audit.note(transaction, OPERATOR, "import.begin", source.shown, world.now)
        take_people(world)
        take_keys(world)
        take_vendors(world, appoint_office=request.appoint_office)
        take_products(world)
        take_results(world)
        if not request.is_dry:
            with world.writing() as transaction:
                audit.note(transaction, OPERATOR, "import.end", source.shown, services.clock())
    return outcome


@contextmanager
def _source(services: Services, request: ImportRequest, heard: Heard) -> Iterator[Source]:
    if is_address(request.source):
        with connected(request.source, request.password_file) as living:
            yield living
        return

    def told(share: float) -> None:
        heard("dump", round(share * _SHARES), _SHARES)

    with staged(Path(request.source), services.scratch, told) as dumped:
        yield dumped


def _tell_missing(world: World) -> None:
    for table in COLUMNS:
        if table not in world.source.tables:
            world.outcome.tell(Problem.MISSING_TABLE, table, "", f"there is no table {table}")
