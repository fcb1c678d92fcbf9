"""Accounts that are to be made, that were checked, and that go, shown."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from certmark.cloud.accounts.checking import AccountsCheck, Tried
from certmark.cloud.accounts.deleting import Content, Deletion
from certmark.cloud.accounts.making import AccountsPlan
from certmark.domain.accounts_needed import MadeAccounts, WantedAccounts
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class AccountsPlanView(View):
    """Accounts that were made, or would be."""

    title = "Accounts"

    def __init__(self, plan: AccountsPlan, *, made: Path | None = None) -> None:
        """`made` is the file in which they stand; None: they were not made."""
        self._plan = plan
        self._made = made

    def blocks(self) -> Iterable[Block]:
        """For which tests, how many, and each of them."""
        plan = self._plan
        verb = "made" if self._made is not None else "would be made"
        projects = len({one.project for one in plan.wanted if one.project})
        yield Heading(plan.asked.what)
        yield Sentence(f"{len(plan.wanted)} users in {projects} projects {verb}, for {plan.workers} classes at a time")
        yield _table(plan.wanted)
        if plan.networks is not None:
            router = ", with a router" if plan.networks.external is not None else ""
            yield Sentence(f"each project has a network and a subnet of its own{router}")
        if plan.asked.users.unknown:
            items = tuple(Item(kind) for kind in plan.asked.users.unknown)
            title = "tests also ask for these, which are not made; those tests need dynamic credentials"
            yield ItemGroup(title, items, Tone.GAP)
        if self._made is not None:
            yield Sentence(f"written to {self._made}")

    def document(self) -> Document:
        """The users, without passwords."""
        plan, made = self._plan, self._made
        body = {
            "for": plan.asked.what,
            "workers": plan.workers,
            "made": made is not None,
            "file": None if made is None else str(made),
            "record": None if made is None else f"{made}.record",
            "tag": plan.tag,
            "networks": plan.networks is not None,
            "users": [one._asdict() for one in plan.wanted],
            "not_made": list(plan.asked.users.unknown),
        }
        return Document("certmark-accounts", 1, body)


class RequestedAccountsView(AccountsPlanView):
    """Accounts that somebody else must make: what an operator is sent, with `commands_of`."""

    def blocks(self) -> Iterable[Block]:
        """For which tests, and each of them."""
        yield Heading(f"for {self._plan.workers} classes at a time, {self._plan.asked.what}")
        yield _table(self._plan.wanted)


class AccountsCheckView(View):
    """Accounts that were tried out."""

    title = "Accounts"

    def __init__(self, check: AccountsCheck) -> None:
        self._check = check

    def blocks(self) -> Iterable[Block]:
        """Each account, what is missing, and for how many classes they are enough."""
        check = self._check
        yield Heading(check.what)
        yield Table(("user", "project", "roles", "result"), tuple(map(_row, check.tried)))
        if check.missing:
            yield ItemGroup("missing", tuple(map(Item, check.missing)), Tone.BAD)
        most = check.most_workers
        times = "1 class at a time" if most == 1 else f"{most} classes at a time"
        yield Sentence(f"enough for {times}", Tone.GOOD if most and not check.missing else Tone.BAD)

    def document(self) -> Document:
        """The same, without passwords."""
        body = {
            "for": self._check.what,
            "accounts": [
                {
                    "user": one.account.username,
                    "project": one.account.project,
                    "signs_in": one.problem is None,
                    "problem": one.problem,
                    "roles": list(one.roles),
                    "faults": list(one.faults),
                }
                for one in self._check.tried
            ],
            "missing": list(self._check.missing),
            "most_workers": self._check.most_workers,
        }
        return Document("certmark-accounts-check", 1, body)


class DeletionPlanView(View):
    """What would go."""

    title = "Accounts"

    def __init__(self, things: Sequence[MadeAccounts]) -> None:
        self._things = things

    def blocks(self) -> Iterable[Block]:
        """A table of it."""
        rows = tuple((Cell(one.kind), Cell(one.name), Cell(one.id or "")) for one in self._things)
        yield Heading(f"{counted(len(rows), 'thing')} would go, with whatever is in the projects")
        yield Table(("kind", "name", "id"), rows)

    def document(self) -> Document:
        """Each thing."""
        things = [{"kind": one.kind, "name": one.name, "id": one.id, "project": one.project} for one in self._things]
        return Document("certmark-accounts-deletion-plan", 1, {"would_remove": things})


class DeletionView(View):
    """What went, and what stays."""

    title = "Accounts"

    def __init__(self, deletion: Deletion | None) -> None:
        """None: there was nothing to remove."""
        self._deletion = deletion or Deletion((), ())

    def blocks(self) -> Iterable[Block]:
        """What stays, or that nothing does."""
        stays = tuple(map(Item, self._stays()))
        if stays:
            yield ItemGroup("these stay; mend what is said, then do it again", stays, Tone.BAD)
        else:
            yield Sentence("everything that was made is gone", Tone.GOOD)

    def document(self) -> Document:
        """What went out of the projects, and a sentence for all that stays."""
        stays = list(self._stays())
        gone = [{"kind": one.held.kind, "id": one.held.id} for one in self._deletion.removed if one.problem is None]
        body = {"removed_from_projects": gone, "stays": stays, "complete": not stays}
        return Document("certmark-accounts-deletion", 1, body)

    def _stays(self) -> Iterator[str]:
        inventory = self._deletion.inventory
        for one in self._deletion.removed:
            if one.problem is not None:
                yield f"{inventory.describe(one.held) if inventory else one.held.id}: {one.problem}"
        for kept in self._deletion.kept:
            yield f"{kept.made.kind} {kept.made.name}: {kept.why}"


def content_blocks(content: Content) -> tuple[Block, ...]:
    """What stands in the projects, before it goes with them."""
    items = tuple(Item(content.inventory.describe(one)) for one in content.held)
    title = f"left in the projects, and removed with them: {len(items)}"
    return (ItemGroup(title, items, Tone.GAP),) if items else ()


def _row(one: Tried) -> tuple[Cell, ...]:
    return (
        Cell(one.account.username, Tone.GOOD if one.is_well else Tone.BAD),
        Cell(one.account.project or "-"),
        Cell(", ".join(one.roles) or "-"),
        Cell(one.problem or "; ".join(one.faults) or "fine"),
    )


def _table(wanted: Sequence[WantedAccounts]) -> Table:
    """The users, as a person hands them on."""
    rows = tuple(
        (Cell(one.username), Cell(one.project or "(system)"), Cell(", ".join(one.roles)), Cell(one.purpose))
        for one in wanted
    )
    return Table(("user", "project", "roles", "what for"), rows)


def commands_of(wanted: Sequence[WantedAccounts], domain: str) -> Iterator[str]:
    """The commands with which an administrator makes them, a line each; `domain` is an id."""
    domain = shlex.quote(domain or "default")
    for project in dict.fromkeys(one.project for one in wanted if one.project):
        yield f"openstack project create --domain {domain} {shlex.quote(project)}"
    for one in wanted:
        user = shlex.quote(one.username)
        yield f"openstack user create --domain {domain} --password-prompt {user}"
        on = "--system all" if one.is_system else f"--project {shlex.quote(one.project)}"
        for role in one.roles:
            yield f"openstack role add --user {user} {on} {shlex.quote(role)}"
