"""What a compute sandbox has from the first minute: a catalogue, users, images, flavors and networks.

Everything is looked for before it is made, so a killed start can be gone on with.
"""

from __future__ import annotations

from typing import Any, Final

from certmark.sandbox.clients import write_accounts, write_clouds
from certmark.sandbox.compute.api import Cloud
from certmark.sandbox.compute.config import service_user
from certmark.sandbox.identity import KeystoneAdmin, SandboxUser, ensure_people
from certmark.sandbox.keystone import endpoint
from certmark.sandbox.state import Sandbox

WORKERS = 4
"""For so many Tempest workers there are accounts: two projects each, with a member and a reader in both."""
_CATALOGUE = (
    ("glance", "image", "glance", ""),
    ("placement", "placement", "placement", ""),
    ("neutron", "network", "neutron", ""),
    ("nova", "compute", "nova", "/v2.1"),
    ("cinder", "block-storage", "cinder", "/v3"),
    ("cinderv3", "volumev3", "cinder", "/v3"),
)
"""Name, type, port and path of each service beside Keystone, which registers itself."""
SHARED = "shared"
"""The network that every project may use."""
DEMO = SandboxUser("demo", "demo", ("member",))
_PROJECTS = tuple(f"tempest{number}" for number in range(1, 2 * WORKERS + 1))
PRIMARY = tuple(SandboxUser(name, name, ("member",)) for name in _PROJECTS)
# Tempest 47 refuses accounts among which no second user of a project has the role reader.
READERS = tuple(SandboxUser(f"{name}-reader", name, ("reader",)) for name in _PROJECTS)
RESOURCES = {name: {"network": SHARED} for name in _PROJECTS}
"""By project, what accounts.yaml says beside the account: the network that its servers are attached to."""
PEOPLE = (DEMO, SandboxUser("demo-reader", "demo", ("reader",)), *PRIMARY, *READERS)
_SERVICE_USERS = ("glance", "placement", "nova", "neutron", "cinder")
IMAGES = ("certmark-1", "certmark-2")
FLAVORS = (("certmark.nano", "42", 128), ("certmark.micro", "84", 192))
"""Name, id and MiB of memory; each with one processor and a disk of 1 GiB, which Tempest's resize tests need."""
_IMAGE_BYTES = b"certmark sandbox image".ljust(65_536, b"\0")

_VOLUME_TYPE = {"name": "file", "extra_specs": {"volume_backend_name": "file"}}
# No API tells these: Glance takes Tempest's made-up images, and hypervisor and volumes are stand-ins.
_TOLD: Final[dict[str, object]] = {
    "image-feature-enabled.image_format_enforcement": False,
    "image.disk_formats": "raw",
    "image.container_formats": "bare",
    "network-feature-enabled.ipv6_subnet_attributes": True,
    "volume-feature-enabled.backup": False,
    "compute-feature-enabled.cold_migration": False,
    "compute-feature-enabled.live_migration": False,
    "compute-feature-enabled.console_output": False,
    "compute-feature-enabled.vnc_console": False,
    "compute-feature-enabled.attach_encrypted_volume": False,
    "volume.storage_protocol": "file",
    "volume.vendor_name": "certmark",
    "volume.backend_names": "file",
    "volume.disk_format": "raw",
    "compute.build_timeout": 120,
    "network.build_timeout": 120,
    "image.build_timeout": 120,
    "volume.build_timeout": 120,
}


def make_people(sandbox: Sandbox) -> None:
    """The catalogue, the services' own users, a person's and Tempest's."""
    identity = KeystoneAdmin(sandbox)
    # Bootstrap makes the public endpoint only and leaves one that has moved as it was.
    identity.ensure_service("keystone", "identity", sandbox.auth_url)
    for name, kind, port, path in _CATALOGUE:
        identity.ensure_service(name, kind, endpoint(sandbox, port, path))
    ensure_people(identity, (*map(service_user, _SERVICE_USERS), *PEOPLE))


def write_clients(sandbox: Sandbox) -> None:
    """clouds.yaml, and accounts.yaml in which every account names the network that servers are attached to."""
    write_clouds(sandbox, DEMO, _TOLD)
    write_accounts(sandbox, (*PRIMARY, *READERS), RESOURCES)


def fill_cloud(sandbox: Sandbox) -> None:
    """Images, flavors, networks and the volume type; raises ApiRefusal where a service refuses."""
    cloud = Cloud(sandbox)
    _make_images(cloud)
    _make_flavors(cloud)
    external = {"router:external": True, "provider:network_type": "flat", "provider:physical_network": "public"}
    public = _network(cloud, "public", external)
    _subnet(cloud, public, {"cidr": "172.24.4.0/24", "gateway_ip": "172.24.4.1", "enable_dhcp": False})
    shared = _network(cloud, SHARED, {"shared": True})
    _router(cloud, public, _subnet(cloud, shared, {"cidr": "10.99.0.0/16"}))
    if not any(found["name"] == "file" for found in cloud.get("cinder", "/types")["volume_types"]):
        cloud.ask("POST", "cinder", "/types", {"volume_type": _VOLUME_TYPE})


def _make_images(cloud: Cloud) -> None:
    present = {found["name"]: found for found in cloud.get("glance", "/images")["images"]}
    described = {"disk_format": "raw", "container_format": "bare", "visibility": "public"}
    for name in IMAGES:
        image = present.get(name) or cloud.ask("POST", "glance", "/images", {"name": name, **described})
        if image["status"] == "queued":
            cloud.ask("PUT", "glance", f"/images/{image['id']}/file", _IMAGE_BYTES)


def _make_flavors(cloud: Cloud) -> None:
    present = {found["id"] for found in cloud.get("nova", "/flavors")["flavors"]}
    for name, number, memory in FLAVORS:
        if number not in present:
            flavor = {"name": name, "id": number, "ram": memory, "vcpus": 1, "disk": 1}
            cloud.ask("POST", "nova", "/flavors", {"flavor": flavor})


def _network(cloud: Cloud, name: str, described: dict[str, Any]) -> str:
    return _found_or_made(cloud, "network", {"name": name, **described})


def _subnet(cloud: Cloud, network: str, described: dict[str, Any]) -> str:
    present = cloud.get("neutron", f"/subnets?network_id={network}")["subnets"]
    if present:
        return str(present[0]["id"])
    subnet = {"network_id": network, "ip_version": 4, **described}
    return str(cloud.ask("POST", "neutron", "/subnets", {"subnet": subnet})["subnet"]["id"])


def _router(cloud: Cloud, public: str, subnet: str) -> None:
    """The router between the shared network and the external one."""
    router = _found_or_made(cloud, "router", {"name": "public", "external_gateway_info": {"network_id": public}})
    ports = cloud.get("neutron", f"/ports?device_id={router}")["ports"]
    if not any(address["subnet_id"] == subnet for port in ports for address in port["fixed_ips"]):
        cloud.ask("PUT", "neutron", f"/routers/{router}/add_router_interface", {"subnet_id": subnet})


def _found_or_made(cloud: Cloud, kind: str, described: dict[str, Any]) -> str:
    present = cloud.get("neutron", f"/{kind}s?name={described['name']}")[f"{kind}s"]
    found = present[0] if present else cloud.ask("POST", "neutron", f"/{kind}s", {kind: described})[kind]
    return str(found["id"])
