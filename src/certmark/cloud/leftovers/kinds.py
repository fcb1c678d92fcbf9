"""The kinds of things that a cloud can hold, how each is listed and removed, and in which order.

One line a kind; a service that is not here is not looked at, and the inventory's documentation lists
what is. Stages are the order of removal: what uses something goes before what it uses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_NOVA = {"OpenStack-API-Version": "compute 2.1"}
_KEYPAIRS = {"OpenStack-API-Version": "compute 2.2"}
_CINDER = {"OpenStack-API-Version": "volume 3.14"}
_MANILA = {"X-OpenStack-Manila-API-Version": "2.40"}
_ALL_ZONES = {"X-Auth-All-Projects": "true"}


class ResourceKind(NamedTuple):
    """A kind of things, as its service's API has it."""

    name: str
    service: str
    path: str
    """Of the list, `{project}` and `{user}` filled in."""
    member: str
    """Under which the answer has the list."""
    stage: int
    """Of removal; the lower go first."""
    owner: str = "project_id"
    """Field with the project's id; empty where a thing has none."""
    created: str = "created_at"
    """Field with the time of making; empty where there is none."""
    title: str = "name"
    remove: str = ""
    """Path of one; empty: the list's path without its query and `/detail`, and the id."""
    everywhere: str | None = None
    """What an administrator adds to list all projects' things; None: there is no such list."""
    everywhere_headers: Mapping[str, str] = {}
    headers: Mapping[str, str] = {}
    is_users: bool = False
    """It belongs to the user, not to the project."""
    is_slow: bool = False
    """Removal goes on after the answer."""
    is_global: bool = False
    """It belongs to the cloud; only an administrator's inventory has it."""
    inner: str = ""
    """A thing stands inside one more object of this name."""
    ident: str = "id"
    detail: str = "status"

    def path_of(self, ident: str) -> str:
        """The path of one, to look at and to remove."""
        base = self.remove or self.path.partition("?")[0].removesuffix("/detail")
        return f"{base}/{ident}" if "{id}" not in base else base.replace("{id}", ident)


def _network(name: str, member: str, stage: int, **more: str) -> ResourceKind:
    """A kind of Neutron's: an ordinary user's list also has what others share."""
    return ResourceKind(name, "network", f"/{member.replace('_', '-')}", member, stage, everywhere="", **more)  # type: ignore[arg-type]  # words only


KINDS: tuple[ResourceKind, ...] = (
    ResourceKind("stack", "orchestration", "/{project}/stacks", "stacks", 0, owner="project", created="creation_time",
         title="stack_name", everywhere="global_tenant=1", is_slow=True, detail="stack_status"),
    ResourceKind("load balancer", "load-balancer", "/lbaas/loadbalancers", "loadbalancers", 1, everywhere="", is_slow=True,
         detail="provisioning_status"),
    ResourceKind("server", "compute", "/servers/detail", "servers", 2, owner="tenant_id", created="created",
         everywhere="all_tenants=1", headers=_NOVA, is_slow=True),
    ResourceKind("server group", "compute", "/os-server-groups", "server_groups", 3, created="", everywhere="all_projects=1",
         headers=_NOVA, detail=""),
    ResourceKind("keypair", "compute", "/os-keypairs", "keypairs", 3, owner="", created="", is_users=True, inner="keypair",
         ident="name", headers=_KEYPAIRS, detail="type"),
    ResourceKind("volume backup", "block-storage", "/{project}/backups/detail", "backups", 3, owner="",
         everywhere="all_tenants=1", is_slow=True, headers=_CINDER),
    ResourceKind("group snapshot", "block-storage", "/{project}/group_snapshots/detail", "group_snapshots", 4, owner="",
         everywhere="all_tenants=1", is_slow=True, headers=_CINDER),
    ResourceKind("volume snapshot", "block-storage", "/{project}/snapshots/detail", "snapshots", 5,
         owner="os-extended-snapshot-attributes:project_id", everywhere="all_tenants=1", is_slow=True, headers=_CINDER),
    ResourceKind("volume transfer", "block-storage", "/{project}/os-volume-transfer/detail", "transfers", 5, owner="",
         everywhere="all_tenants=1", headers=_CINDER, detail=""),
    ResourceKind("volume", "block-storage", "/{project}/volumes/detail", "volumes", 6, owner="os-vol-tenant-attr:tenant_id",
         everywhere="all_tenants=1", is_slow=True, headers=_CINDER),
    ResourceKind("volume group", "block-storage", "/{project}/groups/detail", "groups", 7, owner="", everywhere="all_tenants=1",
         is_slow=True, headers=_CINDER),
    ResourceKind("share snapshot", "shared-file-system", "/snapshots/detail", "snapshots", 5, everywhere="all_tenants=1",
         is_slow=True, headers=_MANILA),
    ResourceKind("share", "shared-file-system", "/shares/detail", "shares", 6, everywhere="all_tenants=1", is_slow=True,
         headers=_MANILA),
    ResourceKind("share network", "shared-file-system", "/share-networks/detail", "share_networks", 7,
         everywhere="all_tenants=1", headers=_MANILA, detail=""),
    ResourceKind("image", "image", "/images", "images", 7, owner="owner", everywhere="", detail="visibility"),
    ResourceKind("zone", "dns", "/zones", "zones", 7, everywhere="", everywhere_headers=_ALL_ZONES, is_slow=True),
    ResourceKind("account quota", "object-store", "", "", 6, created="", detail="bytes"),
    ResourceKind("object", "object-store", "", "", 7, created="last_modified", detail="bytes"),
    ResourceKind("container", "object-store", "", "", 8, created="last_modified", detail="count"),
    ResourceKind("secret container", "key-manager", "/containers", "containers", 7, owner="", created="created",
         ident="container_ref"),
    ResourceKind("secret", "key-manager", "/secrets", "secrets", 8, owner="", created="created", ident="secret_ref"),
    _network("floating IP", "floatingips", 8, title="floating_ip_address"),
    ResourceKind("trunk", "network", "/trunks", "trunks", 8, everywhere=""),
    _network("port", "ports", 10, detail="device_owner"),
    _network("router", "routers", 9),
    _network("subnet", "subnets", 11, detail="cidr"),
    _network("RBAC policy", "rbac_policies", 11, title="object_type", created="", detail="action"),
    _network("network", "networks", 12),
    _network("subnet pool", "subnetpools", 13, detail=""),
    _network("address scope", "address_scopes", 14, created="", detail=""),
    _network("address group", "address_groups", 14, detail=""),
    _network("security group", "security_groups", 14, detail=""),
    ResourceKind("QoS policy", "network", "/qos/policies", "policies", 14, everywhere="", detail=""),
    ResourceKind("trust", "identity", "/OS-TRUST/trusts?trustor_user_id={user}", "trusts", 15, created="", title="id",
         is_users=True, detail=""),
    ResourceKind("application credential", "identity", "/users/{user}/application_credentials", "application_credentials", 15,
         created="", is_users=True, detail=""),
    ResourceKind("EC2 credential", "identity", "/users/{user}/credentials/OS-EC2", "credentials", 15, owner="tenant_id",
         created="", title="access", ident="access", is_users=True, detail=""),
    ResourceKind("flavor", "compute", "/flavors/detail?is_public=None", "flavors", 16, owner="", created="", is_global=True,
         headers=_NOVA, detail=""),
    ResourceKind("volume type", "block-storage", "/{project}/types?is_public=None", "volume_types", 16, owner="", created="",
         is_global=True, headers=_CINDER, detail=""),
    ResourceKind("aggregate", "compute", "/os-aggregates", "aggregates", 16, owner="", is_global=True, headers=_NOVA,
         detail="availability_zone"),
    ResourceKind("user", "identity", "/users", "users", 17, owner="default_project_id", created="", is_global=True, detail=""),
    ResourceKind("user group", "identity", "/groups", "groups", 17, owner="", created="", is_global=True, detail=""),
    ResourceKind("project", "identity", "/projects", "projects", 18, owner="", created="", is_global=True, detail=""),
    ResourceKind("role", "identity", "/roles", "roles", 19, owner="", created="", is_global=True, detail=""),
    ResourceKind("domain", "identity", "/domains", "domains", 20, owner="", created="", is_global=True, detail=""),
)  # fmt: skip
BY_NAME: Mapping[str, ResourceKind] = {kind.name: kind for kind in KINDS}
SERVICES: tuple[str, ...] = tuple(dict.fromkeys(kind.service for kind in KINDS))
