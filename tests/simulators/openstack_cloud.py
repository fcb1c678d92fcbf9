"""A whole OpenStack cloud as clients see it: the APIs of a real one, with data shaped as real services answer.

One server on loopback has every service of every region under a path of its own, as DevStack has it:
`/RegionOne/compute/v2.1`. It keeps nothing that is sent to it, and signs in everybody who has the planted password.
What makes a cloud odd or hostile is added on top: `faults`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

PASSWORD = "planted-pa55word-c0ffee"
TOKEN = "planted-t0ken-gAAAAAB0ddba11"
PROJECT = "0123456789abcdef0123456789abcdef"
USER = "fedcba9876543210fedcba9876543210"
DOMAIN = {"id": "default", "name": "Default"}
EXTENSIONS = (
    "router",
    "external-net",
    "quotas",
    "quota_details",
    "security-group",
    "floatingip",
    "agent",
    "port-security",
)


class Request(NamedTuple):
    """What a client asks."""

    method: str
    path: str
    """Without the query."""
    query: dict[str, str]
    headers: dict[str, str]
    """Names in small letters."""
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


class Reply(NamedTuple):
    """What the server does about it."""

    body: Any = None
    """JSON, or bytes as they are."""
    status: int = 200
    headers: Mapping[str, str] = {}
    hold: float = 0.0
    """Seconds before anything is sent; the server's end cuts it short."""
    drip: bool = False
    """Headers without end, a line at a time."""
    trickle: bool = False
    """A byte at a time, without end."""
    reset: bool = False
    """The connection is torn instead."""

    @property
    def content(self) -> bytes:
        """The bytes of the body."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def with_headers(self, **more: str) -> Reply:
        """With more headers; `_` stands for `-`."""
        return self._replace(
            headers={**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}
        )


Fault = Callable[[Request, Reply], Reply]
"""What is asked and what would be answered -> what is."""


class Service(NamedTuple):
    """A service in the catalogue."""

    type: str
    name: str
    path: str
    """Beneath its region."""
    interfaces: tuple[str, ...] = ("public", "internal", "admin")


USUAL = (
    Service("identity", "keystone", "/v3"),
    Service("compute", "nova", "/compute/v2.1"),
    Service("image", "glance", "/image"),
    Service("network", "neutron", "/network"),
    Service("block-storage", "cinder", "/volume/v3"),
    Service("volumev3", "cinderv3", "/volume/v3"),
    Service("object-store", "swift", f"/object/v1/AUTH_{PROJECT}"),
    Service("placement", "placement", "/placement"),
)


class OpenStackCloud:
    """The state of the cloud, and its answers; `url` is known once it is served."""

    def __init__(
        self,
        *,
        regions: tuple[str, ...] = ("RegionOne",),
        services: tuple[Service, ...] = USUAL,
        roles: tuple[str, ...] = ("member", "reader"),
        images: int = 2,
        faults: tuple[Fault, ...] = (),
        page: int = 100,
    ) -> None:
        self.url = ""
        self.regions = regions
        self.services = services
        self.roles = roles
        self.faults = faults
        self.page = page
        self.extra: list[dict[str, Any]] = []
        """More entries of the catalogue, as they are; `{url}` stands for the server's."""
        self.asked: list[Request] = []
        self.stopped = threading.Event()
        self.images = [_image(number) for number in range(images)]

    def entry(self, **changes: Any) -> dict[str, Any]:
        """An entry of clouds.yaml for it."""
        auth = {
            "auth_url": f"{self.url}/v3",
            "username": "demo",
            "password": PASSWORD,
            "project_name": "demo",
            "user_domain_id": "default",
            "project_domain_id": "default",
        }
        return {"auth": auth, "region_name": self.regions[0], **changes}

    def answer(self, request: Request) -> Reply:
        """What the cloud answers, faults and all."""
        self.asked.append(request)
        reply = self.sound(request)
        for fault in self.faults:
            reply = fault(request, reply)
        return reply

    def sound(self, request: Request) -> Reply:
        """What the cloud answers where nothing is at fault."""
        region, rest = self.region_of(request.path)
        for pattern, needs_token, handler in _ROUTES:
            found = re.fullmatch(pattern, rest.rstrip("/") or "/")
            if found is None:
                continue
            if needs_token and request.headers.get("x-auth-token") != TOKEN:
                return _error(401, "The request you have made requires authentication.")
            return handler(self, request, f"{self.url}{region}", found)
        return _error(404, "The resource could not be found.")

    def region_of(self, path: str) -> tuple[str, str]:
        """The region that a path begins with, and what comes after it."""
        for region in self.regions:
            if path.startswith(f"/{region}/"):
                return f"/{region}", path[len(region) + 1 :]
        return "", path

    def catalogue(self) -> list[dict[str, Any]]:
        """As a token carries it."""
        found = [self._service(number, service) for number, service in enumerate(self.services)]
        extra = json.loads(json.dumps(self.extra).replace("{url}", self.url))
        return [*found, *extra]

    def _service(self, number: int, service: Service) -> dict[str, Any]:
        identity = service.type == "identity"
        endpoints = [
            {
                "id": f"{number:02}{place:02}{at:028x}",
                "interface": interface,
                "region_id": region,
                "region": region,
                "url": f"{self.url}{'' if identity else '/' + region}{service.path}",
            }
            for at, interface in enumerate(service.interfaces)
            for place, region in enumerate(self.regions)
        ]
        return {"id": f"{number:032x}", "type": service.type, "name": service.name, "endpoints": endpoints}


Handler = Callable[[OpenStackCloud, Request, str, re.Match[str]], Reply]
"""The cloud, what is asked, the URL of the region, the match of the path -> the reply."""


def _error(status: int, message: str) -> Reply:
    return Reply({"error": {"code": status, "message": message, "title": "Refused"}}, status)


def _image(number: int) -> dict[str, Any]:
    name = "cirros-0.6.2" if number == 0 else f"Ubuntu 24.04 build {number}"
    return {
        "id": f"{number:08x}-7cf6-4983-82ab-61a5b6c9dc86", "name": name, "disk_format": "qcow2",
        "container_format": "bare", "visibility": "public", "size": 20_000_000 + number, "virtual_size": 117_440_512,
        "status": "active", "protected": False, "min_ram": 0, "min_disk": 0, "owner": "f" * 32, "os_hidden": False,
        "tags": [], "created_at": "2026-11-22T00:26:59Z", "updated_at": "2026-11-22T00:26:59Z",
        "self": f"/v2/images/{number:08x}", "schema": "/v2/schemas/image",
    }  # fmt: skip


def _flavor(number: int, name: str, ram: int, disk: int) -> dict[str, Any]:
    return {
        "id": str(number), "name": name, "ram": ram, "disk": disk, "swap": "", "vcpus": 1, "rxtx_factor": 1.0,
        "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": False, "os-flavor-access:is_public": True,
        "links": [],
    }  # fmt: skip


def _network(number: int, name: str, *, external: bool, shared: bool) -> dict[str, Any]:
    return {
        "id": f"{number:08x}-032e-4184-b002-9037f3a195b1", "name": name, "tenant_id": PROJECT, "project_id": PROJECT,
        "admin_state_up": True, "mtu": 1500, "status": "ACTIVE", "subnets": ["s1"], "shared": shared,
        "router:external": external, "port_security_enabled": True, "tags": [],
    }  # fmt: skip


def _token(cloud: OpenStackCloud, request: Request, _base: str, _found: re.Match[str]) -> Reply:
    if PASSWORD.encode() not in request.body and b'"token"' not in request.body:
        return _error(401, "The request you have made requires authentication.")
    token = {
        "methods": ["password"],
        "user": {"id": USER, "name": "demo", "domain": DOMAIN, "password_expires_at": None},
        "project": {"id": PROJECT, "name": "demo", "domain": DOMAIN},
        "is_domain": False,
        "audit_ids": ["5kKRYn4gQxmn1WtjBwxXPw"],
        "roles": [{"id": f"{number:032x}", "name": name} for number, name in enumerate(cloud.roles)],
        "catalog": cloud.catalogue(),
        "issued_at": "2026-11-22T00:50:03.000000Z",
        "expires_at": "2096-11-22T04:50:03.000000Z",
    }
    if request.method == "DELETE":
        return Reply(b"", 204)
    return Reply({"token": token}, 201 if request.method == "POST" else 200, {"X-Subject-Token": TOKEN})


def _v3(base: str) -> dict[str, Any]:
    media = [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}]
    links = [{"rel": "self", "href": f"{base}/v3/"}]
    return {"id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z", "links": links, "media-types": media}


def _versions(path: str, *known: tuple[str, str, str, str], status: int = 200) -> Handler:
    """(id, where it is, highest, lowest microversion) of each; the last one is the current one."""

    def handler(_cloud: OpenStackCloud, _request: Request, base: str, _found: re.Match[str]) -> Reply:
        entries = [
            {
                "id": name,
                "status": "CURRENT" if number == len(known) - 1 else "SUPPORTED",
                "version": high,
                "min_version": low,
                "updated": "2023-08-31T00:00:00Z",
                "links": [{"rel": "self", "href": f"{base}{path}{where}/"}],
            }
            for number, (name, where, high, low) in enumerate(known)
        ]
        return Reply({"versions": entries}, status)

    return handler


def _one_version(path: str, name: str, high: str, low: str) -> Handler:
    def handler(_cloud: OpenStackCloud, _request: Request, base: str, _found: re.Match[str]) -> Reply:
        links = [{"rel": "self", "href": f"{base}{path}/"}]
        return Reply(
            {"version": {"id": name, "status": "CURRENT", "version": high, "min_version": low, "links": links}}
        )

    return handler


def _always(body: object, status: int = 200) -> Handler:
    return lambda _cloud, _request, _base, _found: Reply(body, status)


def _admins(body: object) -> Handler:
    """For administrators only."""

    def handler(cloud: OpenStackCloud, _request: Request, _base: str, _found: re.Match[str]) -> Reply:
        if "admin" in cloud.roles:
            return Reply(body)
        return Reply({"forbidden": {"code": 403, "message": "Policy doesn't allow it to be performed."}}, 403)

    return handler


def _images(cloud: OpenStackCloud, request: Request, _base: str, _found: re.Match[str]) -> Reply:
    """Pages as Glance has them."""
    wanted = request.query.get("limit", "")
    limit = min(int(wanted) if wanted.isdecimal() else cloud.page, cloud.page)
    ids = [image["id"] for image in cloud.images]
    marker = request.query.get("marker")
    if marker is not None and marker not in ids:
        return _error(400, "Invalid marker")
    start = 0 if marker is None else ids.index(marker) + 1
    found = cloud.images[start : start + limit]
    page: dict[str, Any] = {"images": found, "first": "/v2/images", "schema": "/v2/schemas/images"}
    if start + limit < len(ids):
        page["next"] = f"/v2/images?limit={limit}&marker={found[-1]['id']}"
    return Reply(page)


def _account(_cloud: OpenStackCloud, request: Request, _base: str, _found: re.Match[str]) -> Reply:
    headers = {"X-Account-Container-Count": "0", "X-Account-Object-Count": "0", "X-Account-Bytes-Used": "0"}
    return Reply(b"" if request.method == "HEAD" else [], 204 if request.method == "HEAD" else 200, headers)


_FLAVORS = [_flavor(42, "m1.nano", 128, 1), _flavor(84, "m1.micro", 256, 1), _flavor(7, "m1.huge", 65536, 400)]
_NETWORKS = [
    _network(1, "public", external=True, shared=False),
    _network(2, "shared", external=False, shared=True),
]
_COMPUTE_LIMITS = {
    "maxTotalCores": 200, "maxTotalInstances": 100, "maxTotalKeypairs": 200, "maxTotalRAMSize": 512000,
    "maxServerGroups": 100, "maxServerGroupMembers": 10, "totalRAMUsed": 0, "totalCoresUsed": 0,
    "totalInstancesUsed": 0, "totalServerGroupsUsed": 0,
}  # fmt: skip
_VOLUME_LIMITS = {
    "maxTotalVolumes": 200, "maxTotalSnapshots": 200, "maxTotalVolumeGigabytes": 10000, "maxTotalBackups": 10,
    "totalVolumesUsed": 0, "totalGigabytesUsed": 0, "totalSnapshotsUsed": 0, "totalBackupsUsed": 0,
}  # fmt: skip
_QUOTA = {
    name: {"limit": 100, "used": 0, "reserved": 0}
    for name in ("network", "subnet", "port", "router", "floatingip", "security_group", "security_group_rule")
}
_INFO = {
    "swift": {"version": "2.37.4", "account_listing_limit": 10000},
    "slo": {},
    "dlo": {},
    "tempurl": {"allowed_digests": ["sha256"]},
}
_EXTENSIONS = {"extensions": [{"name": name, "alias": name, "description": "", "links": []} for name in EXTENSIONS]}
_IDENTITY_LISTS = "users|projects|domains|roles|services|endpoints|regions|groups|credentials|policies"
_EMPTY = (
    r"/compute/v2\.1/(servers|os-keypairs|os-server-groups|os-aggregates|os-hypervisors)(?:/detail)?",
    r"/network/v2\.0/(ports|subnets|routers|floatingips|security-groups|subnetpools|agents|trunks)",
    r"/volume/v3/(volumes|snapshots|backups|attachments|group_types|groups)(?:/detail)?",
)


def _empty(_cloud: OpenStackCloud, _request: Request, _base: str, found: re.Match[str]) -> Reply:
    key = found[1].removeprefix("os-").replace("-", "_")
    return Reply({key: []})


def _identity_list(cloud: OpenStackCloud, request: Request, base: str, found: re.Match[str]) -> Reply:
    known = {"roles": [{"id": f"{at:032x}", "name": name} for at, name in enumerate(("admin", "member", "reader"))]}
    return _admins({found[1]: known.get(found[1], []), "links": {"next": None}})(cloud, request, base, found)


_ROUTES: tuple[tuple[str, bool, Handler], ...] = (
    (r"/", False, lambda _c, _r, base, _f: Reply({"versions": {"values": [_v3(base)]}}, 300)),
    (r"/v3", False, lambda _c, _r, base, _f: Reply({"version": _v3(base)})),
    (r"/v3/auth/tokens", False, _token),
    (r"/v3/auth/catalog", True, lambda cloud, _r, _b, _f: Reply({"catalog": cloud.catalogue(), "links": {}})),
    (r"/v3/auth/projects", True, _always({"projects": [{"id": PROJECT, "name": "demo"}], "links": {}})),
    (rf"/v3/users/{USER}/application_credentials", True, _always({"application_credentials": [], "links": {}})),
    (rf"/v3/users/{USER}", True, _always({"user": {"id": USER, "name": "demo", "domain_id": "default"}})),
    (rf"/v3/({_IDENTITY_LISTS})", True, _identity_list),
    (r"/compute", False, _versions("/compute", ("v2.0", "/v2", "", ""), ("v2.1", "/v2.1", "2.103", "2.1"))),
    (r"/compute/v2\.1", False, _one_version("/compute/v2.1", "v2.1", "2.103", "2.1")),
    (r"/compute/v2\.1/flavors(?:/detail)?", True, _always({"flavors": _FLAVORS})),
    (r"/compute/v2\.1/flavors/\d+", True, _always({"flavor": _FLAVORS[0]})),
    (r"/compute/v2\.1/limits", True, _always({"limits": {"rate": [], "absolute": _COMPUTE_LIMITS}})),
    (r"/compute/v2\.1/os-availability-zone", True,
     _always({"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": {"available": True}, "hosts": None}]})),
    (r"/compute/v2\.1/os-services", True, _admins({"services": [{"binary": "nova-compute", "state": "up"}]})),
    (r"/compute/v2\.1/extensions", True, _always({"extensions": [{"alias": "NMN", "name": "Multinic"}]})),
    (r"/image", False, _versions("/image", ("v2.15", "/v2", "", ""), status=300)),
    (r"/image/v2(?:\.15)?/images", True, _images),
    (r"/image/v2(?:\.15)?/info/import", True, _always({"import-methods": {"value": ["glance-direct"]}})),
    (r"/image/v2(?:\.15)?/info/stores", True, _always({"stores": [{"id": "file", "default": "true"}]})),
    (r"/image/v2(?:\.15)?/schemas/image", True,
     _always({"properties": {"disk_format": {"enum": [None, "qcow2"]}, "container_format": {"enum": [None, "bare"]}}})),
    (r"/network", False, _versions("/network", ("v2.0", "/v2.0", "", ""))),
    (r"/network/v2\.0", False, _always({"resources": []})),
    (r"/network/v2\.0/extensions", True, _always(_EXTENSIONS)),
    (r"/network/v2\.0/networks", True, _always({"networks": _NETWORKS})),
    (rf"/network/v2\.0/quotas/{PROJECT}/details(?:\.json)?", True, _always({"quota": _QUOTA})),
    (r"/volume", False, _versions("/volume", ("v3.0", "/v3", "3.71", "3.0"), status=300)),
    (r"/volume/v3", False, _versions("/volume", ("v3.0", "/v3", "3.71", "3.0"))),
    (r"/volume/v3/limits", True, _always({"limits": {"rate": [], "absolute": _VOLUME_LIMITS}})),
    (r"/volume/v3/types", True, _always({"volume_types": [{"id": "t1", "name": "file", "is_public": True}]})),
    (r"/volume/v3/extensions", True, _always({"extensions": [{"alias": "backups", "name": "Backups"}]})),
    (r"/volume/v3/os-services", True, _admins({"services": [{"binary": "cinder-backup", "state": "up"}]})),
    (r"/volume/v3/scheduler-stats/get_pools", True, _admins({"pools": []})),
    (r"/object/info", False, _always(_INFO)),
    (rf"/object/v1/AUTH_{PROJECT}", True, _account),
    (r"/placement", False, _versions("/placement", ("v1.0", "", "1.39", "1.0"))),
    (r"/placement/(resource_providers|traits|resource_classes)", True, _admins({"resource_providers": []})),
    *((pattern, True, _empty) for pattern in _EMPTY),
)  # fmt: skip


def request_of(method: str, target: str, headers: dict[str, str], body: bytes) -> Request:
    """A request as a server reads it."""
    parts = urlsplit(target)
    named = {name.lower(): value for name, value in headers.items()}
    return Request(method, parts.path, dict(parse_qsl(parts.query)), named, body)
