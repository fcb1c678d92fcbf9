"""The work of `certmark cloud leftovers`: look, compare, show, and remove if asked to."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.app.run.execute import environment_problems
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.leftovers.inventory import OpenedProject, take_inventory
from certmark.cloud.leftovers.kinds import BY_NAME, KINDS
from certmark.cloud.leftovers.projects import OpenedProjects, exclusive_of, names_in_log, parties_of, parties_of_run
from certmark.cloud.leftovers.removing import Removed, remove_all
from certmark.cloud.leftovers.suite_projects import look_inside
from certmark.cloud.session import client_of, connect
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.leftovers import Inventory, Leftover, Resource, Terms, leftovers, named_in
from certmark.formats.inventory import (
    InvalidInventory,
    Recorded,
    moment_of,
    read_record,
    write_inventory,
    write_leftovers,
)
from certmark.reporting.cloud.leftovers import inventory_blocks, leftover_blocks, named, removal_blocks
from certmark.runner.folders import CONFIGURATION, find_run
from certmark.runner.journal import NAME

BEFORE = "inventory-before.json"
"""In a run's folder: what its projects held when it began."""
_LARGEST = 256 << 20


class _Since(NamedTuple):
    """Since when things count as left, and how that is said."""

    words: str
    began: dt.datetime
    before: Inventory | None = None
    recorded: Recorded | None = None


def show_leftovers(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job."""
    _check(args)
    folder = find_run(args.run) if args.run is not None else None
    since = _since(args, folder)
    with ExitStack() as stack, environment_problems():
        parties = _parties(args, folder, stack, console)
        now = take_inventory(parties)
        if since is not None and since.before is not None and since.before.cloud != now.cloud:
            raise InvalidRequest(f"{since.words} is of {since.before.cloud}, not of {now.cloud}; name that cloud")
        if args.save is not None:
            write_file(args.save, write_inventory(now))
        if since is None:
            _show_inventory(now, args, console)
            return _told(status_of((), now), now, console)
        left = _left(now, since, parties, args, folder)
        _show(left, now, since, args, console)
        if args.delete and any(one.may_go for one in left):
            return _delete(left, now, parties, args, console)
        return _told(status_of(left, now), now, console)


def _told(status: Exit, now: Inventory, console: Console) -> Exit:
    """The status, and a sentence where something may be there that nobody could see."""
    if status is Exit.INCOMPLETE:
        gaps = [gap for gap in now.unseen if not gap.is_refused] or now.unseen
        services = ", ".join(dict.fromkeys(BY_NAME[gap.kind].service for gap in gaps))
        console.refuse(f"what is there was not seen whole ({services}); do it again when these services answer")
    return status


def status_of(left: Sequence[Leftover], now: Inventory) -> Exit:
    """Nothing is not success: a service that did not answer may hold something."""
    if left:
        return Exit.FAIL
    is_whole = all(gap.is_refused for gap in now.unseen) and not _saw_nothing(now)
    return Exit.OK if is_whole else Exit.INCOMPLETE


def _saw_nothing(now: Inventory) -> bool:
    """Whether everything was refused: somebody who may look at nothing cannot say that nothing is there."""
    asked = {kind.name for kind in KINDS if kind.service not in now.absent and not kind.is_global}
    return bool(now.unseen) and asked <= {gap.kind for gap in now.unseen}


def _check(args: argparse.Namespace) -> None:
    if args.run is not None and args.since is not None:
        raise InvalidRequest("--run and --since both say since when; keep one of them")
    if args.delete and args.run is None and args.since is None:
        raise InvalidRequest("--delete needs --run or --since, for it removes only what came after")
    if args.delete and not args.yes and not sys.stdin.isatty():
        raise InvalidRequest("nobody can be asked here whether to remove things; look without --delete, then add --yes")


def _since(args: argparse.Namespace, folder: str | None) -> _Since | None:
    if folder is not None:
        return since_run(folder)
    if args.since is None:
        return None
    if not os.path.exists(args.since):
        try:
            moment = moment_of(args.since)
        except ValueError:
            raise InvalidRequest(
                f"there is no file {args.since}, and it is no time such as 2026-11-22T10:00Z; name one of them"
            ) from None
        return _Since(args.since, moment)
    found = _record(args.since)
    if isinstance(found, Recorded):
        return _Since(f"the list {args.since}", dt.datetime.min.replace(tzinfo=dt.UTC), None, found)
    return _Since(f"the inventory {args.since}", found.taken, found)


def since_run(folder: str) -> _Since:
    """Since the run in `folder` began: by its inventory from before, else by its journal."""
    before = os.path.join(folder, BEFORE)
    words = f"run {os.path.basename(folder)} began"
    if os.path.exists(before):
        found = _record(before)
        if isinstance(found, Inventory):
            return _Since(words, found.taken, found)
    with open(os.path.join(folder, NAME), "rb") as file:
        first = json.loads(file.readline(1 << 20))
    return _Since(words, dt.datetime.fromtimestamp(int(first["at"]), dt.UTC))


def _record(path: str) -> Inventory | Recorded:
    with open(path, "rb") as file:
        data = file.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidInventory(f"{path} is larger than any inventory")
    return read_record(data, path)


def _parties(
    args: argparse.Namespace, folder: str | None, stack: ExitStack, console: Console
) -> tuple[OpenedProject, ...]:
    """Who is looking: the run's users, or the connection's and those of a file."""
    if folder is not None and args.os_cloud is None:
        gathered = parties_of_run(Path(folder, CONFIGURATION))
    else:
        mine = client_of(stack.enter_context(connect(args.os_cloud)))
        if args.all_projects and not mine.is_admin:
            raise CannotProceed(f"{mine.label} is no administrator and sees no other project; leave --all-projects")
        gathered = OpenedProjects((OpenedProject(mine, is_wide=args.all_projects),), ())
        if args.accounts is not None:
            others = parties_of(read_accounts(Path(args.accounts)), mine.address)
            gathered = OpenedProjects(
                (*(gathered.parties if args.all_projects else ()), *others.parties), others.problems
            )
    for problem in gathered.problems:
        console.refuse(problem)
    if not gathered.parties:
        raise CannotProceed("none of the run's users can sign in any more; name a cloud with --os-cloud")
    return gathered.parties


def _left(
    now: Inventory, since: _Since, parties: Sequence[OpenedProject], args: argparse.Namespace, folder: str | None
) -> tuple[Leftover, ...]:
    if since.recorded is not None:
        if since.recorded.cloud != now.cloud:
            raise InvalidRequest(f"{since.words} is of {since.recorded.cloud}, not of {now.cloud}; name that cloud")
        return named_in({one.held.key for one in since.recorded.left if one.may_go}, now)
    logged = names_in_log(Path(folder, CONFIGURATION)) if folder is not None else None
    if args.delete and now.is_wide and logged is None and not args.others_too:
        raise InvalidRequest(
            "in all projects others' runs may have made what looks alike; name --run RUN (with its log), give --since "
            "the list that --json wrote, or say --others-too"
        )
    terms = Terms(since.began, since.before, exclusive_of(parties), logged=logged, any_name=args.any_name)
    return leftovers(now, terms)


def _show_inventory(now: Inventory, args: argparse.Namespace, console: Console) -> None:
    if args.json:
        console.data_bytes(write_inventory(now))
    else:
        show_blocks(inventory_blocks(now), console)


def _show(left: Sequence[Leftover], now: Inventory, since: _Since, args: argparse.Namespace, console: Console) -> None:
    if not args.json:
        show_blocks(leftover_blocks(left, now, since.words), console)
    elif not args.delete or not any(one.may_go for one in left):
        console.data_bytes(write_leftovers(left, now, since.began))


def _delete(
    left: Sequence[Leftover],
    now: Inventory,
    parties: Sequence[OpenedProject],
    args: argparse.Namespace,
    console: Console,
) -> int:
    things = [one.held for one in left if one.may_go]
    if not args.yes and not _agreed(len(things)):
        console.refuse("nothing was removed")
        return Exit.FAIL
    inner = look_inside(parties, left)
    for problem in inner.problems:
        console.refuse(problem)
    inside = take_inventory(inner.parties) if inner.parties else None
    if inside is not None:
        console.remark(f"projects that the suite made hold {len(inside.held)} things of their own")
        things = [*inside.held, *things]
    removed = remove(things, (*parties, *inner.parties), now, console)
    if args.json:
        words = [{"kind": one.held.kind, "id": one.held.id, "project": one.held.project, "problem": one.problem}
                 for one in removed]  # fmt: skip
        console.data(json.dumps({"removed": words}, indent=1))
    else:
        show_blocks(removal_blocks(removed, now), console)
    stays = sum(not one.may_go for one in left) + sum(one.problem is not None for one in removed)
    return Exit.FAIL if stays else _told(status_of((), now), now, console)


def remove(
    things: Sequence[Resource], parties: Sequence[OpenedProject], now: Inventory, console: Console
) -> tuple[Removed, ...]:
    """Remove `things`, saying what fails as it happens; interrupted, it says how to go on."""

    def tell(one: Removed) -> None:
        if one.problem is not None:
            console.remark(f"{named(one.held, now)} stays: {one.problem}")

    console.remark(f"removing {len(things)}")
    try:
        return remove_all(things, parties, tell)
    except KeyboardInterrupt:
        console.refuse("stopped; what is not removed yet is removed when the same command is given again")
        raise


def _agreed(count: int) -> bool:
    sys.stderr.write(f"remove {'this thing' if count == 1 else f'these {count} things'}? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
