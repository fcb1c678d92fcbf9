"""Glance: images to boot, formats, stores, ways of import."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from certmark.cloud.discovery.options import Option, Origin, text_of
from certmark.cloud.discovery.services.asking import ServiceLook, ServiceOptions, guess, option_of, where
from certmark.cloud.session import SignedInUser

_USERS = {
    "cirros": "cirros", "ubuntu": "ubuntu", "debian": "debian", "fedora": "fedora", "rocky": "rocky",
    "centos": "cloud-user", "alma": "almalinux", "opensuse": "opensuse", "gentoo": "gentoo", "arch": "arch",
}  # fmt: skip
"""A word in an image's name -> its user, where the image does not say (`os_admin_user`)."""
_ENOUGH = 400
"""Images to choose among: the smallest public ones are asked for first."""
_SECTION = "image-feature-enabled"


def look_at_image(service: ServiceLook, me: SignedInUser) -> ServiceOptions:
    """Images to boot, formats, stores, import methods."""
    images, is_whole = _candidates(service)
    chosen, remarks = choose_images(images)
    options = [
        *where("image", me),
        option_of(_SECTION, "api_v2", "true", "GET /v2/images answers"),
        *chosen,
        *_formats(service.maybe("schemas/image")),
        *_imports(service.maybe("info/import")),
        *_hashes(images),
        *(_stores(service.maybe("info/stores/detail"), images) if me.is_admin else ()),
    ]
    if not is_whole:
        remarks = (*remarks, f"image: it has many images; the choice is among the {len(images)} smallest")
    return ServiceOptions(tuple(options), remarks)


def _candidates(service: ServiceLook) -> tuple[list[Mapping[str, Any]], bool]:
    """The smallest images that all may use; those that all may see and must name, where there are none."""
    some = service.all("images?status=active&visibility=public&sort_key=size&sort_dir=asc", "images", limit=_ENOUGH)
    if any(_is_bootable(image) for image in some.items):
        return some.items, some.is_whole
    more = service.all("images?status=active&visibility=all&sort_key=size&sort_dir=asc", "images", limit=_ENOUGH)
    return [*some.items, *more.items], some.is_whole and more.is_whole


def choose_images(images: Sequence[Mapping[str, Any]]) -> tuple[tuple[Option, ...], tuple[str, ...]]:
    """Two small ones that every project may boot, CirrOS first."""
    usable = [image for image in images if _is_bootable(image)]
    if not usable:
        return (), ("image: there is no active image that this project may boot; servers cannot be made",)
    ordered = sorted(usable, key=_suitability)
    first = ordered[0]
    other = next((image for image in ordered if image["id"] != first["id"]), first)
    call = "GET /v2/images"
    options = [
        Option("compute", "image_ref", str(first["id"]), Origin.CHOSEN, f"{call}, small: {first['name']}"),
        Option("compute", "image_ref_alt", str(other["id"]), Origin.CHOSEN, f"{call}, another one: {other['name']}"),
        *_guest(first, other),
    ]
    remarks = () if other is not first else ("image: there is one image; tests that need another one use it twice",)
    return tuple(options), remarks


def _is_bootable(image: Mapping[str, Any]) -> bool:
    if image.get("disk_format") in {"aki", "ari", "ami", "iso"} or image.get("os_hidden"):
        return False
    # Snapshots of servers and of volumes are images, too. An image of one project serves no other one.
    return image.get("image_type") not in {"snapshot", "backup"} and image.get("visibility") in {"public", "community"}


def _suitability(image: Mapping[str, Any]) -> tuple[bool, bool, int, str]:
    is_cirros = "cirros" in str(image.get("name")).lower()
    return image.get("visibility") != "public", not is_cirros, int(image.get("size") or 1 << 60), str(image["id"])


def _guest(first: Mapping[str, Any], other: Mapping[str, Any]) -> Iterable[Option]:
    """Whether tests may log in to guests: only where the image's user is known."""
    user, reason = _user(first)
    if user is None:
        yield guess("validation", "run_validation", "false", f"{reason}: its user is not known")
        return
    yield guess("validation", "run_validation", "true", reason)
    yield guess("validation", "image_ssh_user", user, reason)
    found = re.search(r"cirros-0\.(\d+)", str(first["name"]).lower())
    if found is not None:
        client = "dhcpcd" if int(found[1]) >= 6 else "udhcpc"
        yield guess("scenario", "dhcp_client", client, reason)
    alternate, reason = _user(other)
    if alternate is not None:
        yield guess("validation", "image_alt_ssh_user", alternate, reason)


def _user(image: Mapping[str, Any]) -> tuple[str | None, str]:
    if image.get("os_admin_user"):
        return str(image["os_admin_user"]), f"os_admin_user of the image {image['name']}"
    name = str(image["name"])
    return next((user for word, user in _USERS.items() if word in name.lower()), None), f"the image is called {name}"


def _formats(schema: Mapping[str, Any] | None) -> Iterable[Option]:
    properties = (schema or {}).get("properties", {})
    for name, option in (("disk_format", "disk_formats"), ("container_format", "container_formats")):
        values = [value for value in properties.get(name, {}).get("enum") or [] if value]
        if values:
            yield option_of("image", option, text_of(values), "GET /v2/schemas/image")


def _imports(methods: Mapping[str, Any] | None) -> Iterable[Option]:
    if methods is not None:
        kinds = methods.get("import-methods", {}).get("value", [])
        yield option_of(_SECTION, "import_image", text_of(bool(kinds)), "GET /v2/info/import")


def _hashes(images: Sequence[Mapping[str, Any]]) -> Iterable[Option]:
    algorithms = [str(image["os_hash_algo"]) for image in images if image.get("os_hash_algo")]
    if images:
        yield option_of(_SECTION, "do_secure_hash", text_of(bool(algorithms)), "GET /v2/images, os_hash_algo")
    if algorithms:
        most = max(sorted(set(algorithms)), key=algorithms.count)
        yield option_of("image", "hashing_algorithm", most, "GET /v2/images, os_hash_algo")


def _stores(answer: Mapping[str, Any] | None, images: Sequence[Mapping[str, Any]]) -> Iterable[Option]:
    """What only administrators are told."""
    if answer is None:
        return
    stores, call = answer["stores"], "GET /v2/info/stores/detail"
    has_http = any(store.get("type") == "http" for store in stores)
    yield option_of(_SECTION, "http_store_enabled", text_of(has_http), call)
    weights = {store.get("weight", 0) for store in stores}
    yield option_of(_SECTION, "store_weight_enabled", text_of(len(weights) > 1), call)
    if images:
        # Tempest makes locations in an http store only.
        shown = has_http and any("locations" in image for image in images)
        yield option_of(_SECTION, "manage_locations", text_of(shown), f"{call}, and locations in GET /v2/images")
