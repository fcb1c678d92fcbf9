"""What projects hold, what is left in them and what became of it, shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from certmark.cloud.leftovers.removing import ResourceRemoval
from certmark.domain.leftovers import Inventory, Leftover, LeftoverReport, Resource, counts
from certmark.domain.phrases import counted, some
from certmark.formats.inventory import write_inventory, write_leftovers
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_MOST = 200
"""Rows; the rest is counted, and in the JSON."""
_FEW = 5
"""Names in a sentence."""


class LeftoversView(View):
    """What projects hold, or what of it is left; its JSON (`formats.inventory`) is read back."""

    title = "Leftovers"

    def __init__(self, report: LeftoverReport) -> None:
        self._report = report

    def blocks(self) -> Iterable[Block]:
        """Counts where nobody asked since when, else the things one by one."""
        report = self._report
        found = _leftover_tables(report.left, report.now, report.since) if report.since else _inventory(report.now)
        return (*found, *_gaps(report.now))

    def json(self) -> bytes:
        """An inventory, or a list of leftovers."""
        report = self._report
        return write_leftovers(report.left, report.now, report.began) if report.since else write_inventory(report.now)


class RemovalView(View):
    """What became of what was to go."""

    title = "Leftovers"

    def __init__(self, removal: ResourceRemoval) -> None:
        self._removal = removal

    def blocks(self) -> Iterable[Block]:
        """How many went, and what stays."""
        failed = self._removal.failed
        yield Sentence(f"{counted(len(self._removal.removed) - len(failed), 'thing')} removed", Tone.GOOD)
        if failed:
            items = tuple(Item(f"{self._removal.now.describe(one.held)}: {one.problem}") for one in failed)
            title = f"{counted(len(failed), 'thing')} could not be removed; mend that, then do it again"
            yield ItemGroup(title, items, Tone.BAD)

    def document(self) -> Document:
        """Each thing, and why it is still there."""
        things = [
            {"kind": one.held.kind, "id": one.held.id, "project": one.held.project, "problem": one.problem}
            for one in self._removal.removed
        ]
        return Document("certmark-leftovers-removal", 1, {"cloud": self._removal.now.cloud, "removed": things})


def _inventory(inventory: Inventory) -> Iterator[Block]:
    """A table of counts, one row a project and kind."""
    yield Heading(f"{inventory.cloud} on {inventory.taken:%Y-%m-%d %H:%M:%S} UTC")
    rows = [
        (Cell(inventory.project_name(project) or "the cloud"), Cell(kind), Cell(str(count)))
        for project in dict.fromkeys(held.project for held in inventory.held)
        for kind, count in counts(held for held in inventory.held if held.project == project).items()
    ]
    where = "all projects" if inventory.is_wide else counted(len(inventory.projects), "project")
    if rows:
        yield Table(("project", "kind", "count"), tuple(rows))
        yield Sentence(f"{len(inventory.held)} things in {where}")
    else:
        yield Sentence(f"{where} of it: nothing")


def _leftover_tables(left: Sequence[Leftover], now: Inventory, since: str) -> Iterator[Block]:
    """A table of things that may go, and one of those that must stay."""
    go = [one.held for one in left if one.may_go]
    stay = [one for one in left if not one.may_go]
    if not left:
        yield Sentence(f"nothing is left since {since}", Tone.GOOD)
    if go:
        yield Heading(f"{counted(len(go), 'thing')} left since {since}")
        yield _table(go, now)
    if stay:
        yield Heading(f"{counted(len(stay), 'thing')} new, and kept")
        yield _table([one.held for one in stay], now)
        yield ItemGroup("why kept", tuple(Item(why) for why in dict.fromkeys(one.kept or "" for one in stay)))


def _gaps(inventory: Inventory) -> Iterator[Block]:
    """What could not be looked at."""
    reasons: dict[str, list[str]] = {}
    for gap in inventory.unseen:
        where = f" of {inventory.project_name(gap.project)}" if gap.project else ""
        reasons.setdefault(gap.why, []).append(f"{gap.kind}s{where}")
    if reasons:
        yield ItemGroup("not seen", tuple(Item(some(what, _FEW), (why,)) for why, what in reasons.items()), Tone.GAP)


def _table(things: Iterable[Resource], now: Inventory) -> Table:
    rows = [
        (
            Cell(held.kind),
            Cell(held.id if held.kind == "object" else held.name or held.id),
            Cell(now.project_name(held.project)),
            Cell(f"{held.created:%Y-%m-%d %H:%M:%S}" if held.created else "-"),
            Cell(held.detail),
        )
        for held in things
    ]
    if len(rows) > _MOST:
        rows = [*rows[:_MOST], (Cell("…"), Cell(f"{len(rows) - _MOST} more"), Cell(""), Cell(""), Cell(""))]
    return Table(("kind", "name", "project", "made", "detail"), tuple(rows))
