"""The work of `certmark cloud accounts delete`: list, ask, remove, in that order."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence

from certmark.app.cloud.accounts.make import record_path
from certmark.app.run.execute import environment_problems
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cloud.accounts.deleting import Content, Kept, content_of, delete, present
from certmark.cloud.leftovers.removing import Removed
from certmark.cloud.session import client_of, connect
from certmark.domain.accounts_needed import AccountsRecord, MadeAccounts
from certmark.domain.errors import InvalidRequest
from certmark.formats.accounts_record import RecordFile
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone
from certmark.reporting.cloud.leftovers import named


def delete_accounts(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job."""
    record = _record(args.file)
    known = record.read()
    if not args.dry_run and not args.yes and not sys.stdin.isatty():
        raise InvalidRequest("nobody can be asked here whether to remove accounts; look with --dry-run, then add --yes")
    with environment_problems(), connect(args.os_cloud) as connection:
        access = client_of(connection)
        cloud = f"{access.address.auth_url} {access.address.region}".strip()
        if known.cloud != cloud:
            raise InvalidRequest(f"{record.path} is of {known.cloud}, not of {cloud}; name that cloud with --os-cloud")
        things = present(access, known)
        if not things:
            _forget(record, known)
            console.remark("nothing of it is left")
            _show((), (), args, console, None)
            return Exit.OK
        if args.dry_run:
            # A look into the projects would change the users' passwords, and nothing is changed here.
            _list(things, args, console)
            return Exit.OK
        if not args.yes:
            _list(things, args, console)
            if not _agreed(len(things)):
                console.refuse("nothing was removed")
                return Exit.FAIL
        content = content_of(access, things, known.domain)
        for problem in content.problems:
            console.refuse(problem)
        _say(content, args, console)
        removed, kept = delete(access, record, things, content, lambda _: None)
    _forget(record, record.read())
    _show(removed, kept, args, console, content)
    return Exit.FAIL if kept or any(one.problem is not None for one in removed) else Exit.OK


def _record(path: str) -> RecordFile:
    """The record that a person names, by itself or by the file of accounts."""
    beside = RecordFile(record_path(path))
    if beside.exists:
        return beside
    if not os.path.exists(path):
        raise InvalidRequest(f"there is no file {path} and no {beside.path}; name what make wrote")
    if path.endswith(".record"):
        return RecordFile(path)
    raise InvalidRequest(
        f"{path} has no record beside it ({beside.path}): who made these accounts is not known, and they stay"
    )


def _forget(record: RecordFile, known: AccountsRecord) -> None:
    """Passwords of users that are gone are of no use; the record stays."""
    if known.remaining and any(one.id is not None for one in known.remaining):
        return
    out = record.path.removesuffix(".record")
    for path in (out, f"{out}.part"):
        if path != record.path and os.path.exists(path):
            os.unlink(path)


def _list(things: Sequence[MadeAccounts], args: argparse.Namespace, console: Console) -> None:
    if args.json:
        console.data(json.dumps({"would-remove": [one._asdict() for one in things]}, indent=1))
        return
    rows = tuple((Cell(one.kind), Cell(one.name), Cell(one.id or "")) for one in things)
    blocks: list[Block] = [Heading(f"{len(things)} things would go, with whatever is in the projects")]
    show_blocks([*blocks, Table(("kind", "name", "id"), rows)], console)


def _say(content: Content, args: argparse.Namespace, console: Console) -> None:
    """What stands in the projects goes, too; it is said before."""
    if content.held and not args.json:
        items = tuple(Item(named(one, content.inventory)) for one in content.held)
        show_blocks([Group(f"left in the projects, and removed with them: {len(items)}", items, Tone.GAP)], console)


def _agreed(count: int) -> bool:
    sys.stderr.write(f"remove these {count} things, and what is in the projects? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _show(
    removed: Sequence[Removed],
    kept: Sequence[Kept],
    args: argparse.Namespace,
    console: Console,
    content: Content | None,
) -> None:
    stays = [f"{named(one.held, content.inventory) if content else one.held.id}: {one.problem}"
             for one in removed if one.problem is not None]  # fmt: skip
    stays += [f"{one.made.kind} {one.made.name}: {one.why}" for one in kept]
    if args.json:
        gone = [{"kind": one.held.kind, "id": one.held.id} for one in removed if one.problem is None]
        console.data(json.dumps({"removed-from-projects": gone, "stays": stays, "complete": not stays}, indent=1))
    elif stays:
        show_blocks(
            [Group("these stay; mend what is said, then do it again", tuple(map(Item, stays)), Tone.BAD)], console
        )
    else:
        show_blocks([Sentence("everything that was made is gone", Tone.GOOD)], console)
