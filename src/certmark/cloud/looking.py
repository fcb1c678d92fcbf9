"""What each service of OpenStack is asked for a suite's configuration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.credentials import Self
from certmark.cloud.options import Option, Origin, text_of
from certmark.cloud.service import Service

_USERS = ("cirros", "ubuntu", "debian", "fedora", "rocky", "centos", "alma", "opensuse", "gentoo", "arch")
_OPERATORS = ("swiftoperator", "swift_operator", "swift-operator", "objectstore_operator", "operator")


class Found(NamedTuple):
    """What a service told."""

    options: tuple[Option, ...]
    remarks: tuple[str, ...] = ()
    version: str = ""
    """What it says of its version."""


def look_at_identity(service: Service, me: Self) -> Found:
    """Where to sign in, and which roles there are."""
    options = [
        Option("identity", "auth_version", "v3", Origin.ASSUMED, "the only version that clouds still have"),
        Option("identity", "uri_v3", _v3(me.auth_url), Origin.GIVEN, "auth_url of the cloud's entry"),
        Option(
            "identity", "disable_ssl_certificate_validation", text_of(me.insecure), Origin.GIVEN, "verify of the entry"
        ),
        Option("identity-feature-enabled", "api_v2", "false", Origin.ASSUMED, "removed from Keystone in 2018"),
        Option("identity-feature-enabled", "api_v3", "true", Origin.ASKED, "it signed us in"),
        *_where("identity", me, "v3_endpoint_type"),
    ]
    if me.cacert:
        options.append(Option("identity", "ca_certificates_file", me.cacert, Origin.GIVEN, "cacert of the entry"))
    listed = service.maybe("roles")
    roles = [str(role["name"]) for role in listed["roles"]] if listed else []
    options += _roles(roles)
    return Found(tuple(options))


def _roles(roles: Sequence[str]) -> Iterable[Option]:
    """What an administrator can see: ordinary users are not told which roles there are."""
    member = next((role for wanted in ("member", "_member_") for role in roles if role.lower() == wanted), None)
    if member is not None:
        yield Option("auth", "tempest_roles", member, Origin.CHOSEN, "GET /v3/roles")
    operator = next((role for wanted in _OPERATORS for role in roles if role.lower() == wanted), member)
    if operator is not None:
        yield Option("object-storage", "operator_role", operator, Origin.CHOSEN, "GET /v3/roles")
    reseller = next((role for role in roles if role.lower() == "reselleradmin"), None)
    if reseller is not None:
        yield Option("object-storage", "reseller_admin_role", reseller, Origin.CHOSEN, "GET /v3/roles")


def look_at_compute(service: Service, me: Self) -> Found:
    """Flavors and microversions."""
    versions = service.microversions()
    options = [*_where("compute", me)]
    if versions is not None:
        options += [
            Option("compute", "min_microversion", versions[0], Origin.ASKED, "the API's version document"),
            Option("compute", "max_microversion", versions[1], Origin.ASKED, "the API's version document"),
        ]
    flavors = service.get("flavors/detail")["flavors"]
    chosen, remarks = _flavors(flavors)
    options += [
        *chosen,
        Option("compute", "build_interval", "1", Origin.OURS, "to ask often costs less than to wait"),
        Option("compute-feature-enabled", "resize", text_of(len(flavors) > 1), Origin.ASSUMED,
               "must-pass lists ask for it; no API tells"),
    ]  # fmt: skip
    remarks = (*remarks, *_quota(service, "compute", "maxTotalInstances", "servers"))
    return Found(tuple(options), remarks, versions[1] if versions else "")


def _quota(service: Service, name: str, limit: str, things: str) -> Iterable[str]:
    """Whether this project may make any; accounts of other projects may have other quotas."""
    answer = service.maybe("limits")
    if answer is not None and answer.get("limits", {}).get("absolute", {}).get(limit) == 0:
        yield f"{name}: this project's quota of {things} is 0; tests that make one cannot pass"


def _flavors(flavors: Sequence[Mapping[str, Any]]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """The two smallest that have a disk: API tests boot nothing that needs more."""
    usable = [flavor for flavor in flavors if not flavor.get("OS-FLV-DISABLED:disabled")]
    ordered = sorted(usable, key=lambda flavor: (not flavor["disk"], flavor["ram"], flavor["disk"], flavor["vcpus"]))
    if not ordered:
        return (), ("compute: there is no flavor that this project may use; servers cannot be made",)
    other = next((flavor for flavor in ordered[1:] if flavor["disk"] >= ordered[0]["disk"]), ordered[-1])
    remarks = () if other["id"] != ordered[0]["id"] else ("compute: there is one flavor; tests of resizing need two",)
    return (
        Option("compute", "flavor_ref", str(ordered[0]["id"]), Origin.CHOSEN, f"the smallest: {ordered[0]['name']}"),
        Option("compute", "flavor_ref_alt", str(other["id"]), Origin.CHOSEN, f"the next larger: {other['name']}"),
    ), remarks


def look_at_image(service: Service, me: Self) -> Found:
    """Images to boot, formats, import methods."""
    options = [*_where("image", me), Option("image-feature-enabled", "api_v2", "true", Origin.ASKED, "it answers")]
    images = service.get("images?status=active&limit=200")["images"]
    chosen, remarks = _images(images)
    options += [*chosen, *_formats(service.maybe("schemas/image"))]
    methods = service.maybe("info/import")
    if methods is not None:
        kinds = methods.get("import-methods", {}).get("value", [])
        options.append(
            Option("image-feature-enabled", "import_image", text_of(bool(kinds)), Origin.ASKED, "GET /v2/info/import")
        )
    return Found(tuple(options), remarks)


def _images(images: Sequence[Mapping[str, Any]]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    usable = [image for image in images if _is_bootable(image)]
    if not usable:
        return (), ("image: there is no active image that this project may boot; servers cannot be made",)
    ordered = sorted(usable, key=_suitability)
    first = ordered[0]
    other = ordered[1] if len(ordered) > 1 else first
    options = [
        Option("compute", "image_ref", first["id"], Origin.CHOSEN, f"small and public: {first['name']}"),
        Option("compute", "image_ref_alt", other["id"], Origin.CHOSEN, f"another one: {other['name']}"),
        *_guest(str(first["name"])),
    ]
    remarks = () if other is not first else ("image: there is one image; tests that need another one use it twice",)
    return tuple(options), remarks


def _is_bootable(image: Mapping[str, Any]) -> bool:
    if image.get("disk_format") in {"aki", "ari", "ami", "iso"} or image.get("os_hidden"):
        return False
    # Snapshots of servers and of volumes are images, too.
    return image.get("image_type") not in {"snapshot", "backup"} and image.get("visibility") != "private"


def _suitability(image: Mapping[str, Any]) -> tuple[bool, int, str]:
    return "cirros" not in str(image.get("name")).lower(), int(image.get("size") or 1 << 60), str(image["id"])


def _guest(name: str) -> Iterable[Option]:
    """Whether tests may log in to guests: only where the image's user is known."""
    user = next((user for user in _USERS if user in name.lower()), None)
    reason = f"the image is called {name}"
    if user is None:
        yield Option("validation", "run_validation", "false", Origin.ASSUMED, f"{reason}: its user is not known")
        return
    yield Option("validation", "run_validation", "true", Origin.ASSUMED, reason)
    yield Option("validation", "image_ssh_user", user, Origin.ASSUMED, reason)


def _formats(schema: Mapping[str, Any] | None) -> Iterable[Option]:
    properties = (schema or {}).get("properties", {})
    for name, option in (("disk_format", "disk_formats"), ("container_format", "container_formats")):
        values = [value for value in properties.get(name, {}).get("enum") or [] if value]
        if values:
            yield Option("image", option, text_of(values), Origin.ASKED, "GET /v2/schemas/image")


def look_at_network(service: Service, me: Self) -> Found:
    """Extensions, and the network that leads outside."""
    extensions = [str(item["alias"]) for item in service.get("extensions")["extensions"]]
    networks = service.get("networks")["networks"]
    outside = [network for network in networks if network.get("router:external")]
    inside = [network for network in networks if not network.get("router:external") and network.get("shared")]
    options = [
        *_where("network", me),
        Option("network-feature-enabled", "api_extensions", text_of(sorted(extensions)),
               Origin.ASKED, "GET /v2.0/extensions"),
        Option("network-feature-enabled", "ipv6", "true", Origin.ASSUMED, "every Neutron has it"),
        Option("network-feature-enabled", "floating_ips", text_of(bool(outside) and "router" in extensions),
               Origin.ASKED, "an external network and routers"),
    ]  # fmt: skip
    remarks = []
    if outside:
        chosen = min(outside, key=lambda network: ("public" not in str(network["name"]).lower(), str(network["name"])))
        source = f"the external network {chosen['name']}" + (f", one of {len(outside)}" if len(outside) > 1 else "")
        options += [
            Option("network", "public_network_id", chosen["id"], Origin.CHOSEN, source),
            Option("network", "floating_network_name", chosen["name"], Origin.CHOSEN, source),
        ]
    else:
        remarks.append("network: this project sees no external network; tests of floating IPs and gateways cannot pass")
    if inside:
        chosen = min(inside, key=lambda network: str(network["name"]))
        options.append(
            Option("compute", "fixed_network_name", chosen["name"], Origin.CHOSEN, "a network that all projects share")
        )
    return Found(tuple(options), tuple(remarks))


def look_at_volume(service: Service, me: Self) -> Found:
    """Microversions, extensions, whether there is a backup service."""
    versions = service.microversions()
    options = [*_where("volume", me), Option("volume-feature-enabled", "api_v3", "true", Origin.ASKED, "it answers")]
    extensions = service.maybe("extensions")
    if extensions is not None:
        aliases = sorted(str(item["alias"]) for item in extensions["extensions"])
        options.append(
            Option("volume-feature-enabled", "api_extensions", text_of(aliases), Origin.ASKED, "GET /extensions")
        )
    agents = service.maybe("os-services")
    if agents is not None:
        states = [item.get("state") for item in agents["services"] if item.get("binary") == "cinder-backup"]
        options.append(
            Option("volume-feature-enabled", "backup", text_of("up" in states), Origin.ASKED, "GET /os-services")
        )
    options += [
        Option("volume-feature-enabled", "multi_backend", "false", Origin.ASSUMED, "no must-pass list asks for it"),
        Option("volume", "volume_size", "1", Origin.OURS, "the smallest"),
    ]
    remarks = tuple(_quota(service, "block-storage", "maxTotalVolumes", "volumes"))
    return Found(tuple(options), remarks, versions[1] if versions else "")


def look_at_object_store(service: Service, me: Self) -> Found:
    """Swift's middleware, as /info tells it."""
    options = [*_where("object-storage", me)]
    info = service.maybe(_info_url(service))
    if info is None:
        options.append(
            Option("object-storage-feature-enabled", "discoverability", "false", Origin.ASKED, "no GET /info")
        )
        return Found(
            tuple(options), ("object-store: it does not tell its features (GET /info); tests of some may fail",)
        )
    features = sorted(name for name in info if name != "swift")
    options += [
        Option("object-storage-feature-enabled", "discoverability", "true", Origin.ASKED, "GET /info"),
        Option("object-storage-feature-enabled", "discoverable_apis", text_of(features), Origin.ASKED, "GET /info"),
    ]
    digests = info.get("tempurl", {}).get("allowed_digests") or []
    if digests and "sha256" not in digests:
        options.append(
            Option(
                "object-storage-feature-enabled",
                "tempurl_digest_hashlib",
                str(max(digests)),
                Origin.ASKED,
                "GET /info",
            )
        )
    return Found(tuple(options), (), str(info.get("swift", {}).get("version", "")))


def _info_url(service: Service) -> str:
    """`/info` stands at the root of the host, or beside `/v1` where Swift has a prefix."""
    endpoint = service.endpoint()
    return f"{endpoint.partition('/v1')[0].rstrip('/')}/info"


def _where(section: str, me: Self, endpoint_type: str = "endpoint_type") -> Iterable[Option]:
    if me.region:
        yield Option(section, "region", me.region, Origin.GIVEN, "region_name of the cloud's entry")
    yield Option(section, endpoint_type, f"{me.interface}URL" if section != "identity" else me.interface, Origin.GIVEN,
                 "interface of the cloud's entry")  # fmt: skip


def _v3(auth_url: str) -> str:
    bare = auth_url.rstrip("/")
    if bare.endswith("/v3"):
        return bare
    return f"{bare.removesuffix('/v2.0')}/v3"
