"""What can be broken in a compute sandbox beside the stopping of a service."""

from __future__ import annotations

from certmark.sandbox.clients import write_accounts
from certmark.sandbox.compute_api import Cloud
from certmark.sandbox.compute_seed import DEMO, PRIMARY, READERS, RESOURCES, make_people, write_clients
from certmark.sandbox.identity import KeystoneAdmin
from certmark.sandbox.profiles import Breakage
from certmark.sandbox.state import Sandbox


def breakages() -> tuple[Breakage, ...]:
    """The faults of the profile; they have the names that the object storage profile gives to its own."""
    return (
        Breakage("quota", "no project may have a server", _forbid_servers, _allow_servers),
        Breakage("role", "nobody has the role member", _take_role, _give_people_back),
        Breakage("account", "tempest1 of accounts.yaml is unknown to the cloud", _remove_account, _give_people_back),
        Breakage("reader", "no user has the role reader", _remove_readers, _give_people_back),
    )


def _forbid_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("PUT", "nova", f"/os-quota-sets/{project}", {"quota_set": {"instances": 0}})


def _allow_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("DELETE", "nova", f"/os-quota-sets/{project}")


def _projects(sandbox: Sandbox) -> list[str]:
    identity = KeystoneAdmin(sandbox)
    return [found for person in (DEMO, *PRIMARY) if (found := identity.project(person.project)) is not None]


def _take_role(sandbox: Sandbox) -> None:
    identity = KeystoneAdmin(sandbox)
    for person in (DEMO, *PRIMARY):
        identity.revoke(person, "member")


def _remove_account(sandbox: Sandbox) -> None:
    KeystoneAdmin(sandbox).remove_user(PRIMARY[0].name)


def _remove_readers(sandbox: Sandbox) -> None:
    identity = KeystoneAdmin(sandbox)
    for person in READERS:
        identity.remove_user(person.name)
    write_accounts(sandbox, PRIMARY, RESOURCES)


def _give_people_back(sandbox: Sandbox) -> None:
    make_people(sandbox)
    write_clients(sandbox)
