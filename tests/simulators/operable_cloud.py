"""A simulated cloud that has an operator: users, quotas and things that can be changed by the commands people type.

`follow` does what a command of the clients of OpenStack says, on the cloud's state; a command or an option that the
client does not have is refused, so that what is printed for a person must be right to the letter.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from itertools import count
from typing import Any, Final, NamedTuple

from simulators.openstack_cloud import PASSWORD, PROJECT, TOKEN, USUAL, Reply, Request, Service
from simulators.rgw import RgwCloud

STORAGE: Final = "/swift/v1"
QUOTAS: Final = {
    "instances": ("compute", "maxTotalInstances"), "cores": ("compute", "maxTotalCores"),
    "ram": ("compute", "maxTotalRAMSize"), "key-pairs": ("compute", "maxTotalKeypairs"),
    "volumes": ("volume", "maxTotalVolumes"), "gigabytes": ("volume", "maxTotalVolumeGigabytes"),
    "snapshots": ("volume", "maxTotalSnapshots"), "backups": ("volume", "maxTotalBackups"),
    "networks": ("network", "network"), "subnets": ("network", "subnet"), "routers": ("network", "router"),
    "ports": ("network", "port"), "floating-ips": ("network", "floatingip"), "secgroups": ("network", "security_group"),
}  # fmt: skip
"""The options of `openstack quota set` that are used here: the service, and its own word."""
_USED = {"maxTotalInstances": "totalInstancesUsed", "maxTotalVolumes": "totalVolumesUsed"}
_LISTS = {
    "servers": r"/compute/v2\.1/servers", "volumes": r"/volume/v3(?:/\w+)?/volumes", "networks": "/network/v2.0/networks"
}  # fmt: skip


class Person(NamedTuple):
    """A user of the cloud."""

    password: str
    roles: frozenset[str]


class OperableCloud(RgwCloud):
    """Its state is public: a test breaks it, and the remedies mend it."""

    def __init__(self, **more: Any) -> None:
        swift = Service("object-store", "swift", f"{STORAGE}/AUTH_{PROJECT}")
        services = tuple(swift if one.type == "object-store" else one for one in USUAL)
        super().__init__(account_in_url=True, accepted_roles=("SwiftOperator",), services=services, **more)
        everything = frozenset({"member", "SwiftOperator"})
        self.people = {
            name: Person(PASSWORD, frozenset({"reader"}) if name.endswith("-reader") else everything)
            for name in (
                "demo",
                "one",
                "two",
                "three",
                "four",
                "one-reader",
                "two-reader",
                "three-reader",
                "four-reader",
            )
        }
        self.limits = {
            "compute": {"maxTotalCores": 200, "maxTotalInstances": 100, "maxTotalKeypairs": 200, "maxTotalRAMSize": 51200},
            "volume": {"maxTotalVolumes": 200, "maxTotalSnapshots": 200, "maxTotalVolumeGigabytes": 999,
                       "maxTotalBackups": 10},
            "network": dict.fromkeys(
                ("network", "subnet", "port", "router", "floatingip", "security_group", "security_group_rule"), 100
            ),
        }  # fmt: skip
        self.flavors = [_flavor("1", "m1.nano", 512, 1), _flavor("2", "m1.micro", 1024, 2)]
        self.networks = [_network("public", external=True), _network("private")]
        self.subnets = [{"id": "s1", "network_id": "id-public", "ip_version": 4}]
        self.addresses: tuple[int, int] | None = (200, 10)
        """All and used ones of the network that leads outside."""
        self.is_zone_available = {"compute": True, "volume": True}
        self.things: dict[str, dict[str, dict[str, Any]]] = {"servers": {}, "volumes": {}}
        self.credentials: dict[str, str | None] = {}
        """Application credentials: id -> when it expires."""
        self.littered: set[str] = set()
        self.numbers = count(1)

    def roles_of(self, request: Request) -> tuple[str, ...]:
        """The roles of the user to whom the token belongs."""
        person = self.people.get(request.headers.get("x-person", ""))
        return () if person is None else tuple(person.roles)

    def sound(self, request: Request) -> Reply:
        """What the cloud answers to `request`."""
        if request.path.endswith("/auth/tokens") and request.method == "POST":
            return self._signed_in(request)
        _, path = self.region_of(request.path)
        path = path.removesuffix("/detail").removesuffix("/details.json")
        known: dict[str, Callable[[], dict[str, Any]]] = {
            "/compute/v2.1/limits": lambda: self._limits("compute"),
            "/volume/v3/limits": lambda: self._limits("volume"),
            f"/network/v2.0/quotas/{PROJECT}": self._network_quota,
            "/compute/v2.1/flavors": lambda: {"flavors": self.flavors},
            "/network/v2.0/networks": lambda: {"networks": self.networks},
            "/network/v2.0/subnets": lambda: {"subnets": self.subnets},
            "/compute/v2.1/os-availability-zone": lambda: self._zones("compute"),
            "/volume/v3/os-availability-zone": lambda: self._zones("volume"),
        }
        if path in known and request.method == "GET":
            return Reply(known[path]())
        answer = self._thing(request, path) or self._rarer(path)
        if answer is None:
            answer = super().sound(_with_token(request))
        if (
            path.endswith(f"/v1/AUTH_{PROJECT}")
            and request.headers.get("x-auth-token", "").rpartition(".")[2] in self.littered
        ):
            answer = answer.with_headers(X_Account_Container_Count="1", X_Account_Object_Count="3")
        return answer

    def _signed_in(self, request: Request) -> Reply:
        auth = request.document["auth"]
        usual = super().sound(request._replace(body=PASSWORD.encode()))
        if "application_credential" in auth["identity"]:
            known = auth["identity"]["application_credential"]["id"] in self.credentials
            name, project = "demo" if known else "", "demo"
        else:
            user = auth["identity"]["password"]["user"]
            person = self.people.get(user["name"])
            name = user["name"] if person is not None and person.password == user["password"] else ""
            project = auth.get("scope", {}).get("project", {}).get("name", "")
        if not name:
            return Reply({"error": {"code": 401, "message": "The request you have made requires authentication."}}, 401)
        token = dict(usual.body["token"])
        token["user"] = {**token["user"], "name": name}
        token["roles"] = [{"id": role, "name": role} for role in sorted(self.people[name].roles)]
        if project:
            token["project"] = {**token["project"], "name": project}
        else:
            token = {key: token[key] for key in token if key not in {"project", "catalog", "roles"}}
        return Reply({"token": token}, 201, {"X-Subject-Token": f"{TOKEN}.{name}"})

    def _limits(self, service: str) -> dict[str, Any]:
        things = {"totalInstancesUsed": len(self.things["servers"]), "totalVolumesUsed": len(self.things["volumes"])}
        used = {name: things[name] for limit, name in _USED.items() if limit in self.limits[service]}
        return {"limits": {"rate": [], "absolute": {**self.limits[service], **used}}}

    def _network_quota(self) -> dict[str, Any]:
        used = {"network": sum(not network["router:external"] for network in self.networks)}
        return {
            "quota": {
                name: {"limit": limit, "used": used.get(name, 0), "reserved": 0}
                for name, limit in self.limits["network"].items()
            }
        }

    def _zones(self, service: str) -> dict[str, Any]:
        state = {"available": self.is_zone_available[service]}
        return {"availabilityZoneInfo": [{"zoneName": "nova", "zoneState": state, "hosts": None}]}

    def _thing(self, request: Request, path: str) -> Reply | None:
        for kind, pattern in _LISTS.items():
            found = re.fullmatch(rf"{pattern}(?:/([\w-]+))?", path)
            if found is None:
                continue
            if kind == "networks":
                return self._network(request, found[1])
            if found[1] is None:
                return Reply({kind: list(self.things[kind].values())})
            if found[1] not in self.things[kind]:
                return Reply({"itemNotFound": {"code": 404, "message": "gone"}}, 404)
            if request.method == "DELETE":
                del self.things[kind][found[1]]
                return Reply(b"", 204)
            return Reply({kind.removesuffix("s"): self.things[kind][found[1]]})
        return None

    def _network(self, request: Request, ident: str) -> Reply:
        known = [network for network in self.networks if network["id"] == ident]
        if request.method == "DELETE" and known:
            self.networks = [network for network in self.networks if network["id"] != ident]
            return Reply(b"", 204)
        return Reply({"network": known[0]}) if known else Reply({"NeutronError": {"message": "gone"}}, 404)

    def _rarer(self, path: str) -> Reply | None:
        if path == "/network/v2.0/network-ip-availabilities" and self.addresses is not None:
            total, used = self.addresses
            entry = {"network_id": "id-public", "total_ips": total, "used_ips": used}
            return Reply({"network_ip_availabilities": [entry]})
        if image := re.fullmatch(r"/image/v2(?:\.15)?/images/([\w-]+)", path):
            found = next((one for one in self.images if one["id"] == image[1]), None)
            return Reply({"code": 404}, 404) if found is None else Reply(found)
        if credential := re.fullmatch(r"/v3/users/\w+/application_credentials/([\w-]+)", path):
            return Reply(
                {"application_credential": {"id": credential[1], "expires_at": self.credentials[credential[1]]}}
            )
        return None

    # ------------------------------------------------------------ what its operator can do

    def litter(self, name: str) -> None:
        """A container in the account of one user, which no other user sees."""
        self.littered.add(name)

    def add(self, kind: str) -> None:
        """Something of a kind (`servers`, `volumes`, `networks`, `containers`) that a run left."""
        ident = f"tempest-left-{next(self.numbers)}"
        if kind == "containers":
            self.containers[ident] = {"object": b"left"}
        elif kind == "networks":
            self.networks.append({**_network(ident), "is_left": True, "created_at": "2026-11-01T00:00:00Z"})
        else:
            thing = {"id": ident, "name": ident, "status": "ACTIVE", "tenant_id": PROJECT}
            moments = dict.fromkeys(("created", "created_at"), "2026-11-01T00:00:00Z")
            self.things[kind][ident] = {**thing, "os-vol-tenant-attr:tenant_id": PROJECT, **moments}

    def follow(self, command: str) -> None:
        """Do what a printed command says; AssertionError where no client understands it."""
        words = shlex.split(command)
        client = words.pop(0)
        assert client in {"openstack", "swift"}, f"nobody knows the client {client}"
        verb: list[str] = []
        while words and re.fullmatch(r"[a-z]+", words[0]) and " ".join([*verb, words[0]]) in _BEGINNINGS:
            verb.append(words.pop(0))
        options = _OPTIONS[" ".join([client, *verb])]
        named, plain = _read(words, options)
        getattr(self, "_" + "_".join([client, *verb]))(named, plain)

    def _openstack_quota_set(self, named: dict[str, str], plain: list[str]) -> None:
        assert len(plain) == 1, "quota set takes one project"
        for option, value in named.items():
            service, word = QUOTAS[option]
            self.limits[service][word] = int(value)

    def _openstack_role_add(self, named: dict[str, str], plain: list[str]) -> None:
        assert named.keys() == {"user", "project"}
        person = self.people[named["user"]]
        self.people[named["user"]] = person._replace(roles=person.roles | set(plain))

    def _openstack_image_create(self, named: dict[str, str], plain: list[str]) -> None:
        self.images.append({**_image(f"new-{len(self.images)}", plain[0]), "disk_format": named["disk-format"]})

    def _openstack_flavor_create(self, named: dict[str, str], plain: list[str]) -> None:
        assert named["vcpus"]
        ident = str(len(self.flavors) + 1)
        self.flavors.append(_flavor(ident, plain[0], int(named["ram"]), int(named["disk"])))

    def _openstack_network_create(self, named: dict[str, str], plain: list[str]) -> None:
        self.networks.append(_network(plain[0], external="external" in named))

    def _openstack_network_set(self, named: dict[str, str], plain: list[str]) -> None:
        assert "enable" in named
        for network in self.networks:
            if network["name"] == plain[0]:
                network |= {"admin_state_up": True, "status": "ACTIVE"}

    def _openstack_subnet_create(self, named: dict[str, str], _plain: list[str]) -> None:
        version = 6 if ":" in named["subnet-range"] else 4
        self.subnets.append(
            {"id": f"s{len(self.subnets) + 1}", "network_id": f"id-{named['network']}", "ip_version": version}
        )

    def _swift_post(self, named: dict[str, str], _plain: list[str]) -> None:
        assert named["header"] == "X-Account-Meta-Quota-Bytes:"
        self.quota_bytes = None


_OPTIONS: Final[dict[str, dict[str, int]]] = {
    "openstack quota set": dict.fromkeys(QUOTAS, 1),
    "openstack role add": {"user": 1, "project": 1},
    "openstack image create": {"public": 0, "disk-format": 1, "file": 1},
    "openstack flavor create": {"ram": 1, "disk": 1, "vcpus": 1},
    "openstack network create": {"external": 0, "share": 0},
    "openstack network set": {"enable": 0},
    "openstack subnet create": {"network": 1, "subnet-range": 1},
    "swift post": {"header": 1},
}
"""Each command, with its options and how many values they take."""
_BEGINNINGS = frozenset(
    " ".join(words[1 : end + 1]) for words in map(str.split, _OPTIONS) for end in range(1, len(words))
)


def _read(words: list[str], options: dict[str, int]) -> tuple[dict[str, str], list[str]]:
    named: dict[str, str] = {}
    plain: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            plain.append(word)
            continue
        assert word[2:] in options, f"the client has no option {word} there"
        named[word[2:]] = next(rest) if options[word[2:]] else ""
    return named, plain


def _with_token(request: Request) -> Request:
    """With the one token that the cloud beneath knows, and the user's name where the gateway looks for it."""
    token = request.headers.get("x-auth-token", "")
    if not token.startswith(f"{TOKEN}."):
        return request
    return request._replace(headers={**request.headers, "x-auth-token": TOKEN, "x-person": token.rpartition(".")[2]})


def _flavor(ident: str, name: str, ram: int, disk: int) -> dict[str, Any]:
    return {
        "id": ident, "name": name, "ram": ram, "disk": disk, "swap": "", "vcpus": 1, "rxtx_factor": 1.0, "links": [],
        "OS-FLV-EXT-DATA:ephemeral": 0, "OS-FLV-DISABLED:disabled": False, "os-flavor-access:is_public": True,
    }  # fmt: skip


def _network(name: str, *, external: bool = False) -> dict[str, Any]:
    return {
        "id": f"id-{name}", "name": name, "tenant_id": PROJECT, "project_id": PROJECT, "admin_state_up": True,
        "status": "ACTIVE", "subnets": [], "shared": False, "router:external": external, "port_security_enabled": True,
    }  # fmt: skip


def _image(ident: str, name: str) -> dict[str, Any]:
    return {
        "id": ident, "name": name, "disk_format": "qcow2", "container_format": "bare", "visibility": "public",
        "size": 20_000_000, "virtual_size": 117_440_512, "status": "active", "min_ram": 0, "min_disk": 0, "tags": [],
        "created_at": "2026-11-22T00:26:59Z", "updated_at": "2026-11-22T00:26:59Z",
    }  # fmt: skip


def accounts(*names: str) -> list[dict[str, Any]]:
    """The entries of an accounts file for users of the cloud; each but a reader has a project of its own name."""
    return [
        {"username": name, "password": PASSWORD, "project_name": name.removesuffix("-reader"),
         "roles": ["reader"] if name.endswith("-reader") else ["member", "SwiftOperator"]}
        for name in names
    ]  # fmt: skip
