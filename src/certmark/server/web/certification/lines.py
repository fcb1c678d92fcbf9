"""Applications and cases in a line each, for lists and queues."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.standings import A_DAY
from certmark.domain.certification.steps import DossierKind
from certmark.server import ids
from certmark.server.store.certification.applications import ApplicationRow
from certmark.server.store.certification.cases import CaseRow
from certmark.server.web.certification.dossiers import TurnLine, turn

HEADS = ("number", "kind", "about", "programme", "state", "turn", "due", "overdue", "days")
"""Of the columns of a table of lines."""


class DossierLine(msgspec.Struct, frozen=True, kw_only=True):
    """An application or a case in a list."""

    path: str
    number: str
    """Of an application that was not submitted: draft."""
    kind: str
    about: str
    programme: str
    state: str
    turn: TurnLine
    days: int
    """Since it was submitted or opened."""


def application_line(row: ApplicationRow, moment: int) -> DossierLine:
    """An application in a list."""
    return DossierLine(
        path=f"/certification/applications/{ids.written(row.id)}",
        number=row.number or "Draft",
        kind=DossierKind.APPLICATION.value,
        about=about_application(row),
        programme=row.programme,
        state=row.state,
        turn=turn_of(DossierKind.APPLICATION, row, moment),
        days=(moment - (row.submitted or row.created)) // A_DAY,
    )


def case_line(row: CaseRow, moment: int) -> DossierLine:
    """A case in a list."""
    kind = DossierKind(row.kind)
    return DossierLine(
        path=f"/certification/cases/{ids.written(row.id)}",
        number=row.number,
        kind=kind.value,
        about=row.test or subject_of(row) or row.programme,
        programme=row.programme,
        state=row.state,
        turn=turn_of(kind, row, moment),
        days=(moment - row.created) // A_DAY,
    )


def turn_of(kind: DossierKind, row: ApplicationRow | CaseRow, moment: int) -> TurnLine:
    """Whose turn it is."""
    return turn(row.owner, row.due, moment, is_final=MACHINES[kind].is_final(row.state))


def about_application(row: ApplicationRow) -> str:
    """What is applied for, in one line."""
    return f"{subject_of(row)} for {row.program} {row.guideline}".strip()


def subject_of(row: ApplicationRow | CaseRow) -> str:
    """Product and version."""
    called = row.content.get("names", {})
    return " ".join(str(called[name]) for name in ("product", "version") if called.get(name))


def cells(lines: Iterable[DossierLine]) -> Iterable[tuple[object, ...]]:
    """Likewise, as rows of a table."""
    for one in lines:
        of_turn = (one.turn.owner, one.turn.due or "", "yes" if one.turn.is_overdue else "no")
        yield (one.number, one.kind, one.about, one.programme, one.state, *of_turn, one.days)
