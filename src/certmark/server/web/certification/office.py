"""What waits in certification: applications and cases by the day by which something must happen, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

import msgspec

from certmark.domain.certification.machines import MACHINES
from certmark.domain.certification.steps import DossierKind
from certmark.domain.permissions import Right
from certmark.server.asking import TokenScope
from certmark.server.services import members
from certmark.server.services.certification import applications, cases
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted
from certmark.server.web.certification.lines import HEADS, DossierLine, application_line, case_line, cells
from certmark.server.web.desk import own_page
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_MOST = 500
_Line = Annotated[str, msgspec.Meta(max_length=100)]


class QueuePage(msgspec.Struct, frozen=True, kw_only=True):
    """What waits, and what of it is shown."""

    lines: list[DossierLine]
    overdue: int
    has_more: bool
    programmes: list[str]
    states: list[str]
    programme: str
    state: str
    mine: str
    kind: str
    kinds: list[str]
    """None: they are all of one kind."""
    sees_office: bool


class WantedQueue(msgspec.Struct, frozen=True, kw_only=True):
    """What of it; empty: all."""

    programme: _Line = ""
    state: _Line = ""
    kind: _Line = ""
    mine: Literal["", "yes"] = ""


def _queue(services: Services, asked: PageRequest) -> Shown:
    _check(services, asked, Right.REVIEW_APPLICATION)
    now = services.clock()

    def found() -> list[DossierLine]:
        waiting = applications.queue(services, asked.asker, most=_MOST)
        mine = {one.id for one in applications.assigned(services, asked.asker, most=_MOST)} if wanted.mine else set()
        return [application_line(one.row, now) for one in waiting if not wanted.mine or one.row.id in mine]

    wanted = asked.query(WantedQueue)
    return _page(services, asked, wanted, "Applications that wait", found, (DossierKind.APPLICATION,))


def _cases(services: Services, asked: PageRequest) -> Shown:
    _check(services, asked, Right.SEE_CASE)
    now = services.clock()
    kinds = tuple(kind for kind in DossierKind if kind.is_case)

    def found() -> list[DossierLine]:
        return [case_line(one, now) for one in cases.queue(services, asked.asker, most=_MOST)]

    return _page(services, asked, asked.query(WantedQueue), "Cases that wait", found, kinds)


def _check(services: Services, asked: PageRequest, right: Right) -> None:
    """Of the programme: what a vendor's people have to do stands in My work. Raises NotPermitted."""
    if not asked.asker.has(right, members.own_roles(services, asked.asker).in_programme):
        raise NotPermitted(f"that needs the right {right.value} in the programme, and none of your roles has it")


def _page(
    services: Services,
    asked: PageRequest,
    wanted: WantedQueue,
    title: str,
    found: Callable[[], list[DossierLine]],
    kinds: Sequence[DossierKind],
) -> Shown:
    every = found()
    lines = [
        one
        for one in every
        if wanted.programme in {"", one.programme} and wanted.state in {"", one.state} and wanted.kind in {"", one.kind}
    ]
    data = QueuePage(
        lines=lines,
        overdue=sum(one.turn.is_overdue for one in lines),
        has_more=len(every) >= _MOST,
        programmes=[one.word for one in services.programmes if one.rulebooks],
        states=sorted({state for kind in kinds for state in MACHINES[kind].states}),
        programme=wanted.programme,
        state=wanted.state,
        mine=wanted.mine,
        kind=wanted.kind,
        kinds=[kind.value for kind in kinds] if len(kinds) > 1 else [],
        sees_office=asked.asker.has(Right.SEE_OFFICES, members.own_roles(services, asked.asker).in_programme),
    )
    table = (HEADS, list(cells(lines)))
    return Shown("certification/queue.html.j2", title, data, section="my", csv=table, freshness=Freshness.PRIVATE)


PAGES: tuple[PageRoute, ...] = (
    own_page("/office/queue", _queue, forms=("json", "csv"), scope=TokenScope.MANAGE),
    own_page("/office/cases", _cases, forms=("json", "csv"), scope=TokenScope.MANAGE),
)
