"""Faults that every profile with users has: a role, an account or the readers are taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from certmark.sandbox.identity import KeystoneAdmin, SandboxUser
from certmark.sandbox.profiles import Breakage
from certmark.sandbox.state import Sandbox


def account_faults(
    *,
    role: str,
    members: Sequence[SandboxUser],
    account: SandboxUser,
    readers: Sequence[SandboxUser],
    omit_readers: Callable[[Sandbox], None],
    restore: Callable[[Sandbox], None],
) -> tuple[Breakage, ...]:
    """The faults `role`, `account` and `reader`.

    `role` is the one without which `members` can do nothing; `account` is a user of accounts.yaml.
    `omit_readers` writes accounts.yaml without the readers; `restore` makes all users and files again.
    """

    def revoke_role(sandbox: Sandbox) -> None:
        identity = KeystoneAdmin(sandbox)
        for member in members:
            identity.revoke(member, role)

    def remove_account(sandbox: Sandbox) -> None:
        KeystoneAdmin(sandbox).remove_user(account.name)

    def remove_readers(sandbox: Sandbox) -> None:
        identity = KeystoneAdmin(sandbox)
        for reader in readers:
            identity.remove_user(reader.name)
        omit_readers(sandbox)

    unknown = f"{account.name} of accounts.yaml is unknown to the cloud"
    return (
        Breakage("role", f"nobody has the role {role}", revoke_role, restore),
        Breakage("account", unknown, remove_account, restore),
        Breakage("reader", "no user has the role reader", remove_readers, restore),
    )
