"""What can be broken in a compute sandbox beside the stopping of a service."""

from __future__ import annotations

from certmark.sandbox.account_faults import account_faults
from certmark.sandbox.clients import write_accounts
from certmark.sandbox.compute.api import Cloud
from certmark.sandbox.compute.seed import DEMO, PRIMARY, READERS, RESOURCES, make_people, write_clients
from certmark.sandbox.identity import KeystoneAdmin
from certmark.sandbox.profiles import Breakage
from certmark.sandbox.state import Sandbox

_MEMBERS = (DEMO, *PRIMARY)


def breakages() -> tuple[Breakage, ...]:
    """The faults of the profile; they have the names that the object storage profile gives to its own."""
    return (
        Breakage("quota", "no project may have a server", _forbid_servers, _allow_servers),
        *account_faults(
            role="member",
            members=_MEMBERS,
            account=PRIMARY[0],
            readers=READERS,
            omit_readers=lambda sandbox: write_accounts(sandbox, PRIMARY, RESOURCES),
            restore=_restore_people,
        ),
    )


def _forbid_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("PUT", "nova", f"/os-quota-sets/{project}", {"quota_set": {"instances": 0}})


def _allow_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("DELETE", "nova", f"/os-quota-sets/{project}")


def _projects(sandbox: Sandbox) -> list[str]:
    identity = KeystoneAdmin(sandbox)
    return [found for person in _MEMBERS if (found := identity.project(person.project)) is not None]


def _restore_people(sandbox: Sandbox) -> None:
    make_people(sandbox)
    write_clients(sandbox)
