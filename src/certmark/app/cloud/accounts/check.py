"""The work of `certmark cloud accounts check`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from certmark.app.cloud.accounts.needs import Asked, asked_for
from certmark.app.run.execute import environment_problems
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cloud.accounts.checking import Tried, shared_projects, staff_of_tried, try_out
from certmark.cloud.accounts_file import read_accounts
from certmark.cloud.discovery.discover import discover
from certmark.cloud.session import client_of, connect
from certmark.domain.accounts_enough import possible, shortages
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone


def check_accounts(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job."""
    with environment_problems():
        accounts = read_accounts(Path(args.file))
        with connect(args.os_cloud) as connection:
            found = discover(connection, ())
            where = client_of(connection).address
        asked = asked_for(args, found, {role for account in accounts for role in account.roles}, console)
    workers = int(args.workers) if args.workers is not None else None
    tried = try_out(accounts, where, asked.users, asked.roles)
    staff = staff_of_tried(tried)
    short = [*shared_projects(tried), *shortages(staff, asked.users, workers or 1, asked.roles)]
    enough = possible(staff, asked.users)
    if args.json:
        console.data(json.dumps(_document(tried, short, asked, enough), indent=1))
    else:
        show_blocks(_blocks(tried, short, asked, enough), console)
    return Exit.OK if not short and all(one.is_well for one in tried) else Exit.FAIL


def _blocks(tried: tuple[Tried, ...], short: list[str], asked: Asked, enough: int) -> list[Block]:
    rows = tuple(
        (
            Cell(one.account.username, Tone.GOOD if one.is_well else Tone.BAD),
            Cell(one.account.project or "-"),
            Cell(", ".join(one.roles) or "-"),
            Cell(one.problem or "; ".join(one.faults) or "well"),
        )
        for one in tried
    )
    blocks: list[Block] = [Heading(asked.what), Table(("user", "project", "roles", "how it is"), rows)]
    if short:
        blocks.append(Group("missing", tuple(map(Item, short)), Tone.BAD))
    times = "1 class at a time" if enough == 1 else f"{enough} classes at a time"
    return [*blocks, Sentence(f"enough for {times}", Tone.GOOD if enough and not short else Tone.BAD)]


def _document(tried: tuple[Tried, ...], short: list[str], asked: Asked, enough: int) -> dict[str, object]:
    accounts = [
        {
            "user": one.account.username,
            "project": one.account.project,
            "signs-in": one.problem is None,
            "problem": one.problem,
            "roles": list(one.roles),
            "faults": list(one.faults),
        }
        for one in tried
    ]
    return {"for": asked.what, "accounts": accounts, "missing": short, "workers-possible": enough}
