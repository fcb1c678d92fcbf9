"""Inventories and leftovers as a person reads them, and as a machine does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certmark.cloud.leftovers.removing import Removed
from certmark.domain.leftovers import Inventory, Leftover, Resource, counts
from certmark.domain.phrases import some
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone

_MOST = 200
"""Rows; the rest is counted, and in the JSON."""
_FEW = 5
"""Names in a sentence."""


def inventory_blocks(inventory: Inventory) -> list[Block]:
    """What the projects hold: a table of counts, one row a project and kind."""
    projects = len(inventory.projects)
    blocks: list[Block] = [Heading(f"{inventory.cloud} on {inventory.taken:%Y-%m-%d %H:%M:%S} UTC")]
    rows = [
        (Cell(inventory.project_name(project) or "the cloud"), Cell(kind), Cell(str(count)))
        for project in dict.fromkeys(held.project for held in inventory.held)
        for kind, count in counts(held for held in inventory.held if held.project == project).items()
    ]
    where = "all projects" if inventory.is_wide else "1 project" if projects == 1 else f"{projects} projects"
    if rows:
        blocks.append(Table(("project", "kind", "count"), tuple(rows)))
        blocks.append(Sentence(f"{len(inventory.held)} things in {where}"))
    else:
        blocks.append(Sentence(f"{where} of it: nothing"))
    return [*blocks, *gap_blocks(inventory)]


def leftover_blocks(left: Sequence[Leftover], now: Inventory, since: str) -> list[Block]:
    """What is left: a table of things that may go, and one of those that must stay."""
    go = [one for one in left if one.may_go]
    stay = [one for one in left if not one.may_go]
    blocks: list[Block] = []
    if not left:
        blocks.append(Sentence(f"nothing is left since {since}", Tone.GOOD))
    if go:
        blocks += [Heading(f"{_things(len(go))} left since {since}"), _table([one.held for one in go], now)]
    if stay:
        blocks += [Heading(f"{_things(len(stay))} new, and kept"), _table([one.held for one in stay], now)]
        blocks.append(Group("why kept", tuple(Item(why) for why in dict.fromkeys(one.kept or "" for one in stay))))
    return [*blocks, *gap_blocks(now)]


def removal_blocks(removed: Sequence[Removed], now: Inventory) -> list[Block]:
    """What became of what was to go."""
    gone = sum(one.problem is None for one in removed)
    blocks: list[Block] = [Sentence(f"{_things(gone)} removed", Tone.GOOD)]
    failed = [one for one in removed if one.problem is not None]
    if failed:
        items = tuple(Item(f"{named(one.held, now)}: {one.problem}") for one in failed)
        blocks.append(
            Group(f"{_things(len(failed))} could not be removed; mend that, then do it again", items, Tone.BAD)
        )
    return blocks


def gap_blocks(inventory: Inventory) -> list[Block]:
    """What could not be looked at."""
    if not inventory.unseen:
        return []
    reasons: dict[str, list[str]] = {}
    for gap in inventory.unseen:
        where = f" of {inventory.project_name(gap.project)}" if gap.project else ""
        reasons.setdefault(gap.why, []).append(f"{gap.kind}s{where}")
    items = tuple(Item(some(what, _FEW), (why,)) for why, what in reasons.items())
    return [Group("not seen", items, Tone.GAP)]


def named(held: Resource, inventory: Inventory) -> str:
    """One thing, in a sentence."""
    name = held.name if held.name and held.name != held.id else ""
    project = f" of {inventory.project_name(held.project)}" if held.project else ""
    return f"{held.kind} {name or held.id}{f' ({held.id})' if name and held.kind != 'object' else ''}{project}"


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


def _things(count: int) -> str:
    return "1 thing" if count == 1 else f"{count} things"
