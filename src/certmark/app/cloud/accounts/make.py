"""The work of `certmark cloud accounts make`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import secrets
import shlex
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from certmark.app.cloud.accounts.needs import Asked, asked_for
from certmark.app.run.execute import environment_problems
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cloud.accounts.making import Maker, Networks, NotAllowed, documents, domain_of, role_ids
from certmark.cloud.accounts_file import Account, read_accounts, write_secret
from certmark.cloud.client import Client
from certmark.cloud.discovery.discover import Discovered, discover
from certmark.cloud.session import client_of, connect
from certmark.domain.accounts_needed import WantedAccounts, needed
from certmark.domain.errors import InvalidRequest
from certmark.formats.accounts_record import RecordFile
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table, Tone

_TAG = re.compile(r"[a-z0-9][a-z0-9-]{0,20}\Z")


def record_path(out: str) -> str:
    """Where the record of a file of accounts is."""
    return f"{out}.record"


class _Plan(NamedTuple):
    """What is to be made."""

    asked: Asked
    wanted: tuple[WantedAccounts, ...]
    networks: Networks | None
    tag: str


def make_accounts(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job."""
    _check(args)
    record = RecordFile(record_path(args.out))
    with environment_problems(), connect(args.os_cloud) as connection:
        found = discover(connection, ())
        access = client_of(connection)
        try:
            roles, refusal = role_ids(access), None
        except NotAllowed as error:
            roles, refusal = {}, error
        plan = _plan(args, asked_for(args, found, roles, console), found, record)
        if refusal is not None:
            _show_request(plan, access, args, console)
            raise refusal
        if args.dry_run:
            _show(plan, args, console, made=False)
            return Exit.OK
        try:
            _make(plan, access, record, args, console)
        except NotAllowed:
            _show_request(plan, access, args, console)
            raise
    _show(plan, args, console, made=True)
    return Exit.OK


def _check(args: argparse.Namespace) -> None:
    if args.tag is not None and not _TAG.match(args.tag):
        raise InvalidRequest(f"--tag takes up to 20 small letters, digits and hyphens, not {args.tag!r}")
    record = record_path(args.out)
    if os.path.exists(args.out) and not os.path.exists(record):
        raise InvalidRequest(f"{args.out} is there and was not made by this command; name another file with --out")
    folder = os.path.dirname(os.path.abspath(args.out))
    if not os.path.isdir(folder):
        raise InvalidRequest(f"there is no folder {folder}; make it, or name another file with --out")


def _plan(args: argparse.Namespace, asked: Asked, found: Discovered, record: RecordFile) -> _Plan:
    tag = args.tag or _new_tag()
    if record.exists:
        known = record.read()
        if args.tag not in {None, known.tag}:
            raise InvalidRequest(f"{record.path} is of the tag {known.tag}; name another file with --out")
        tag = known.tag
    wanted = needed(asked.users, int(args.workers), tag, asked.roles, admin=not args.no_admin)
    options = {option.key: option.value for option in found.options}
    wants = args.networks == "yes" or (
        args.networks == "auto" and asked.needs_networks and not options.get("compute.fixed_network_name")
    )
    networks = Networks(options.get("network.public_network_id") or None) if wants and found.has("network") else None
    return _Plan(asked, wanted, networks, tag)


def _new_tag() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))


def _make(plan: _Plan, access: Client, record: RecordFile, args: argparse.Namespace, console: Console) -> None:
    domain, domain_name = domain_of(access, args.domain)
    cloud = f"{access.address.auth_url} {access.address.region}".strip()
    if record.exists:
        _fits(cloud, record)
    else:
        record.begin(cloud, plan.tag, domain, dt.datetime.now(dt.UTC).replace(microsecond=0))
    draft = f"{args.out}.part"
    accounts = _accounts(plan, domain_name, args.out, draft)
    passwords = {account.username: str(account.document["password"]) for account in accounts}
    count = 0

    def tell(kind: str, name: str) -> None:
        nonlocal count
        count += 1
        console.remark(f"made the {kind} {name}")

    Maker(access, record, tell).make(plan.wanted, passwords, plan.networks)
    if os.path.exists(draft):
        os.replace(draft, args.out)
    if not count:
        console.remark("everything was there already")


def _fits(cloud: str, record: RecordFile) -> None:
    known = record.read()
    if known.cloud != cloud:
        raise InvalidRequest(f"{record.path} is of {known.cloud}, not of {cloud}; name another file with --out")
    if any(one.is_removed for one in known.made):
        raise InvalidRequest(f"the accounts of {record.path} were deleted; name another file with --out, or remove it")


def _accounts(plan: _Plan, domain: str, out: str, draft: str) -> tuple[Account, ...]:
    """The accounts as they are written, passwords and all, before anything is made."""
    for path in (draft, out):
        if os.path.exists(path):
            found = read_accounts(Path(path))
            if {account.username for account in found} != {one.username for one in plan.wanted}:
                raise InvalidRequest(
                    f"{path} is for other tests or another -j; delete those accounts, or name another --out"
                )
            return found
    import yaml

    entries: list[dict[str, Any]] = documents(plan.wanted, domain, plan.networks)
    write_secret(Path(draft), yaml.safe_dump(entries, sort_keys=False))
    return read_accounts(Path(draft))


def _show(plan: _Plan, args: argparse.Namespace, console: Console, *, made: bool) -> None:
    if args.json:
        console.data(json.dumps(_document(plan, args, made=made), indent=1))
        return
    verb = "made" if made else "would be made"
    projects = len({one.project for one in plan.wanted if one.project})
    blocks: list[Block] = [
        Heading(plan.asked.what),
        Sentence(f"{len(plan.wanted)} users in {projects} projects {verb}, for {args.workers} classes at a time"),
        table_of(plan.wanted),
    ]
    if plan.networks is not None:
        router = ", with a router" if plan.networks.external is not None else ""
        blocks.append(Sentence(f"each project has a network and a subnet of its own{router}"))
    if plan.asked.users.unknown:
        items = tuple(Item(kind) for kind in plan.asked.users.unknown)
        blocks.append(
            Group("tests also ask for these, which are not made; those tests need dynamic credentials", items, Tone.GAP)
        )
    if made:
        blocks.append(Sentence(f"written to {args.out}; remove them with: certmark cloud accounts delete {args.out}"))
    show_blocks(blocks, console)


def table_of(wanted: Sequence[WantedAccounts]) -> Table:
    """The users, as a person hands them on."""
    rows = tuple(
        (Cell(one.username), Cell(one.project or "(system)"), Cell(", ".join(one.roles)), Cell(one.purpose))
        for one in wanted
    )
    return Table(("user", "project", "roles", "what for"), rows)


def _document(plan: _Plan, args: argparse.Namespace, *, made: bool) -> dict[str, object]:
    return {
        "for": plan.asked.what,
        "workers": int(args.workers),
        "made": made,
        "file": args.out if made else None,
        "record": record_path(args.out) if made else None,
        "tag": plan.tag,
        "networks": plan.networks is not None,
        "users": [one._asdict() for one in plan.wanted],
        "not-made": list(plan.asked.users.unknown),
    }


def _show_request(plan: _Plan, access: Client, args: argparse.Namespace, console: Console) -> None:
    """What to send to the operator: the table, and the commands that make it."""
    if args.json:
        console.data(json.dumps(_document(plan, args, made=False), indent=1))
        return
    show_blocks([Heading(f"for {args.workers} classes at a time, {plan.asked.what}"), table_of(plan.wanted)], console)
    console.data("\n# commands for an administrator; each asks for a password\n" + "\n".join(_commands(plan, access)))


def _commands(plan: _Plan, access: Client) -> list[str]:
    domain = shlex.quote(access.domain_id or "default")
    lines = [
        f"openstack project create --domain {domain} {shlex.quote(project)}"
        for project in dict.fromkeys(one.project for one in plan.wanted if one.project)
    ]
    for one in plan.wanted:
        user = shlex.quote(one.username)
        lines.append(f"openstack user create --domain {domain} --password-prompt {user}")
        on = "--system all" if one.is_system else f"--project {shlex.quote(one.project)}"
        lines += [f"openstack role add --user {user} {on} {shlex.quote(role)}" for role in one.roles]
    return lines
