"""What a sandbox leaves for clients: clouds.yaml and accounts.yaml, both for the owner's eyes only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from certmark.sandbox.identity import ADMIN, SandboxUser
from certmark.sandbox.state import REGION, Sandbox, write_private

CLOUD = "certmark-sandbox"
ADMIN_CLOUD = "certmark-sandbox-admin"
_HEAD = "# Throw-away accounts of a Certmark sandbox on this machine; written anew when the sandbox changes.\n"


def write_clouds(sandbox: Sandbox, member: SandboxUser, options: Mapping[str, object] | None = None) -> None:
    """clouds.yaml with `certmark-sandbox` (the member) and `certmark-sandbox-admin`.

    `options` (`section.name`) are what a suite must be told of this cloud and no API tells; they stand
    under `certmark`, where discovery finds them. The member's entry names accounts.yaml beside it.
    """
    told = {"options": dict(options)} if options else {}
    member_cloud = _cloud(sandbox, member) | {"certmark": {"accounts": "accounts.yaml", **told}}
    admin_cloud = _cloud(sandbox, ADMIN) | ({"certmark": told} if told else {})
    clouds = {CLOUD: member_cloud, ADMIN_CLOUD: admin_cloud}
    _write(sandbox, "clouds.yaml", {"clouds": clouds})


def write_accounts(
    sandbox: Sandbox, people: Iterable[SandboxUser], resources: Mapping[str, Mapping[str, str]] | None = None
) -> None:
    """accounts.yaml in Tempest's form; `resources` by project (such as {"p": {"network": "n"}}) are given along."""
    _write(
        sandbox,
        "accounts.yaml",
        [_account(sandbox, person, (resources or {}).get(person.project)) for person in people],
    )


def _cloud(sandbox: Sandbox, person: SandboxUser) -> dict[str, Any]:
    auth = {
        "auth_url": sandbox.auth_url,
        "username": person.name,
        "password": sandbox.secret(person.secret),
        "project_name": person.project,
        "user_domain_id": "default",
        "project_domain_id": "default",
    }
    return {"auth": auth, "region_name": REGION, "identity_api_version": "3"}


def _account(sandbox: Sandbox, person: SandboxUser, resources: Mapping[str, str] | None) -> dict[str, Any]:
    domain = dict.fromkeys(("user_domain_name", "project_domain_name", "domain_name"), "Default")
    login = {"username": person.name, "password": sandbox.secret(person.secret), "project_name": person.project}
    more = {"resources": dict(resources)} if resources else {}
    return {**login, **domain, "roles": list(person.roles), **more}


def _write(sandbox: Sandbox, name: str, content: object) -> None:
    import yaml

    write_private(sandbox.path(name), _HEAD + yaml.safe_dump(content, sort_keys=False))
