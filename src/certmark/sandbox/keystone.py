"""Keystone in a sandbox: keys, configuration, database, process. Profiles give it a database of their own.

And the faults that every profile with users has: a role, an account or the readers are taken away.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from certmark.sandbox.identity import ADMIN, KeystoneAdmin, SandboxUser
from certmark.sandbox.processes import run
from certmark.sandbox.profiles import Breakage, answers_http, write_config, wsgi
from certmark.sandbox.state import HOST, REGION, Sandbox, write_private

INSIDE = Path(__file__).resolve().parent / "inside"
CONFIG = "keystone/keystone.conf"
MODULE = "keystone.wsgi.api:application"


def write_keystone(sandbox: Sandbox, database: str) -> None:
    """The configuration with this database URL, and keys where there are none yet."""
    write_config(sandbox, "keystone.conf", CONFIG, {"DATABASE": database})
    for repository in ("fernet", "credential"):
        # Two keys each, as `keystone-manage fernet_setup` would make: the next one (0) and the one in use (1).
        for number in ("0", "1"):
            path = sandbox.path("conf", "keystone", repository, number)
            if not path.exists():
                write_private(path, base64.urlsafe_b64encode(os.urandom(32)).decode())


def prepare_keystone(sandbox: Sandbox) -> None:
    """The schema, the admin, the first roles and the identity service with its endpoints."""
    config = str(sandbox.path("conf", CONFIG))
    url = ["--bootstrap-region-id", REGION, "--bootstrap-public-url", sandbox.auth_url]
    secret = {"OS_BOOTSTRAP_PASSWORD": sandbox.secret(ADMIN.secret)}
    run(sandbox, "keystone-prepare", [str(sandbox.python), str(INSIDE / "keystone_prepare.py"), config, *url], secret)


def serve_keystone(sandbox: Sandbox, *, threads: int) -> tuple[str, ...]:
    """The command of the service; with SQLite one thread only."""
    return wsgi(sandbox, "keystone", MODULE, threads=threads)


def keystone_environ(sandbox: Sandbox) -> dict[str, str]:
    """Where Keystone finds its configuration."""
    return {"OS_KEYSTONE_CONFIG_DIR": str(sandbox.path("conf", "keystone"))}


def keystone_answers(sandbox: Sandbox) -> bool:
    """Whether it tells its versions."""
    return answers_http(sandbox.port("keystone"), "/v3")


def endpoint(sandbox: Sandbox, port: str, path: str = "") -> str:
    """The URL of an endpoint on the port of that name."""
    return f"http://{HOST}:{sandbox.port(port)}{path}"


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
