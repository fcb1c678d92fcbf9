"""What servers are made of: an image that boots, and flavors that it fits into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from certmark.cloud.client import Client
from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.cloud.needs import Needs
from certmark.domain.health import CloudFinding

_GIB = 1 << 30
_RARELY_BOOT = frozenset({"aki", "ari", "ami", "iso"})
_IMAGE_REF = "clouds.yaml: certmark.options compute.image_ref"
_FLAVOR_REF = "clouds.yaml: certmark.options compute.flavor_ref"
_PAGE = 500


class Booting(NamedTuple):
    """What the connection sees."""

    images: Sequence[Mapping[str, Any]] | NotExamined
    chosen: Mapping[str, Any] | NotExamined | None
    """The configured image, asked for by its id; None where none is configured."""
    flavors: Sequence[Mapping[str, Any]] | NotExamined
    architectures: tuple[str, ...] = ()
    """Of the hosts, where an administrator asks."""


def look_at_images(client: Client) -> Sequence[Mapping[str, Any]]:
    """A page of active images; a cloud may have thousands, and one is enough."""
    return list(map(_object, client.get("image", f"images?status=active&limit={_PAGE}")["images"]))


def look_at_image(client: Client, ref: str) -> Mapping[str, Any]:
    """The image of that id. Raises Unanswered."""
    answer = client.ask("GET", "image", f"images/{ref}")
    return {} if answer.status == 404 else _object(answer.body)


def look_at_flavors(client: Client) -> Sequence[Mapping[str, Any]]:
    """The flavors that the project may use."""
    return list(map(_object, client.get("compute", "flavors/detail")["flavors"]))


def look_at_architectures(client: Client) -> tuple[str, ...]:
    """Processors of the hosts; empty where the connection may not know."""
    answer = client.ask("GET", "compute", "os-hypervisors/detail")
    if answer.status >= 400 or not isinstance(answer.body, dict):
        return ()
    infos = [item.get("cpu_info") for item in answer.body["hypervisors"]]
    return tuple(sorted({str(info["arch"]) for info in infos if isinstance(info, dict) and info.get("arch")}))


def _object(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("no object")
    return value


# ---------------------------------------------------------------- what follows from it


def judge_booting(seen: Booting, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    """Findings on images and flavors."""
    servers = needs.of("servers")
    if not servers:
        return
    for what in (seen.images, seen.chosen, seen.flavors):
        if isinstance(what, NotExamined):
            yield find("check-unfinished", what.problem, where="image and compute", tests=servers)
    image = yield from _image(seen, servers, options)
    flavor = yield from _flavors(seen, needs, options)
    if image and flavor:
        yield from _fit(image, flavor, servers)


def _image(seen: Booting, tests: int, options: Mapping[str, str]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a generator of findings that returns an image
    ref = options.get("compute.image_ref")
    if not ref:
        if not isinstance(seen.images, NotExamined):
            yield find(
                "image-none", "no active image can be booted by this project", where="image", tests=tests,
                why="no server can be made",
                mend="openstack image create --public --disk-format qcow2 --file cirros.img cirros, or share one",
            )  # fmt: skip
        return None
    chosen = seen.chosen
    if isinstance(chosen, NotExamined) or chosen is None:
        return None
    if not chosen:
        yield find(
            "image-missing", f"there is no image {ref}, which compute.image_ref names", where="image", tests=tests,
            why="no server can be made", mend=f"name one of openstack image list in {_IMAGE_REF}",
        )  # fmt: skip
        return None
    problems = [*_of_image(chosen, seen, tests)]
    yield from problems
    if not problems:
        yield find("image", f"{chosen.get('name')} is active", where="image")
    if not isinstance(seen.images, NotExamined) and len(seen.images) == 1:
        yield find("image-second", "there is one image only; tests that rebuild with another one use it twice",
                   where="image", mend="openstack image create --disk-format qcow2 --file cirros.img certmark.second, "
                   "or leave it so")  # fmt: skip
    return chosen


def _of_image(image: Mapping[str, Any], seen: Booting, tests: int) -> Iterable[CloudFinding]:
    name = str(image.get("name") or image.get("id"))
    size = image.get("size")
    mend = f"name another one of openstack image list in {_IMAGE_REF}"
    if image.get("status") != "active" or size == 0:
        state = "is empty" if size == 0 else f"is {image.get('status')}, not active"
        yield find("image-inactive", f"the image {name} {state}", where="image", tests=tests,
                   why="no server can be made", mend=mend)  # fmt: skip
    if image.get("disk_format") in _RARELY_BOOT:
        yield find("image-format", f"the image {name} is of the format {image.get('disk_format')}", where="image",
                   tests=tests, why="few hypervisors boot from it", mend=mend)  # fmt: skip
    mine = image.get("hw_architecture") or image.get("architecture")
    if mine and seen.architectures and mine not in seen.architectures:
        yield find("image-architecture", f"the image {name} is for {mine}, hosts are {', '.join(seen.architectures)}",
                   where="image", tests=tests, why="the scheduler finds no host for it", mend=mend)  # fmt: skip
    elif mine and (usual := _usual_architecture(seen)) and mine != usual:
        yield find("image-architecture", f"the image {name} is for {mine}, most others are for {usual}",
                   severity=WARNING, where="image", tests=tests, why="there may be no host for it",
                   mend=mend)  # fmt: skip


def _usual_architecture(seen: Booting) -> str | None:
    if isinstance(seen.images, NotExamined):
        return None
    told = Counter(word for image in seen.images if (word := image.get("hw_architecture") or image.get("architecture")))
    return str(told.most_common(1)[0][0]) if told else None


def _flavors(seen: Booting, needs: Needs, options: Mapping[str, str]):  # type: ignore[no-untyped-def]  # noqa: ANN202 - a generator of findings that returns a flavor
    if isinstance(seen.flavors, NotExamined):
        return None
    servers = needs.of("servers")
    by_id = {str(flavor.get("id")): flavor for flavor in seen.flavors}
    if not by_id:
        yield find("flavor-none", "this project may use no flavor", where="compute", tests=servers,
                   why="no server can be made",
                   mend="openstack flavor create --ram 512 --disk 1 --vcpus 1 certmark.small")  # fmt: skip
        return None
    names = ("flavor_ref", "flavor_ref_alt")
    refs = {name: options.get(f"compute.{name}", "") for name in names}
    for name, ref in refs.items():
        if ref and ref not in by_id:
            yield find("flavor-missing", f"there is no flavor {ref}, which compute.{name} names", where="compute",
                       tests=servers, why="no server can be made",
                       mend=f"name the id of one of openstack flavor list in {_FLAVOR_REF}")  # fmt: skip
    first, second = by_id.get(refs["flavor_ref"]), by_id.get(refs["flavor_ref_alt"])
    if first is None or second is None:
        return first
    problems = [*_second(first, second, needs), *_diskless(first, servers)]
    yield from problems
    if not problems:
        yield find("flavor", f"{first.get('name')} and {second.get('name')} can be used", where="compute")
    return first


def _second(first: Mapping[str, Any], second: Mapping[str, Any], needs: Needs) -> Iterable[CloudFinding]:
    if first.get("id") == second.get("id"):
        what = f"there is no other flavor than {first.get('name')} to resize to"
    elif int(second.get("disk", 0)) < int(first.get("disk", 0)):
        what = f"the second flavor {second.get('name')} has a smaller disk than {first.get('name')}"
    else:
        return
    yield find("flavor-second", what, where="compute", why="tests of resizing fail or are skipped",
               mend=f"openstack flavor create --ram {2 * int(first.get('ram', 0))} --disk {int(first.get('disk', 0))} "
               "--vcpus 1 certmark.larger, or name a larger one as compute.flavor_ref_alt in certmark.options of "
               "clouds.yaml", tests=needs.of("resizes"))  # fmt: skip


def _diskless(flavor: Mapping[str, Any], tests: int) -> Iterable[CloudFinding]:
    if int(flavor.get("disk", 0)) == 0:
        yield find("flavor-diskless", f"the flavor {flavor.get('name')} has no disk", where="compute", tests=tests,
                   why="many clouds boot such servers from volumes only, which the tests do not ask for",
                   mend=f"name a flavor with a disk in {_FLAVOR_REF}")  # fmt: skip


def _fit(image: Mapping[str, Any], flavor: Mapping[str, Any], tests: int) -> Iterable[CloudFinding]:
    disk, ram = int(flavor.get("disk", 0)), int(flavor.get("ram", 0))
    needs_disk = max(int(image.get("min_disk") or 0), -(-int(image.get("virtual_size") or 0) // _GIB))
    needs_ram = int(image.get("min_ram") or 0)
    shorts = []
    if disk and disk < needs_disk:
        shorts.append(f"a disk of {needs_disk} GiB, and it has {disk}")
    if ram < needs_ram:
        shorts.append(f"{needs_ram} MiB of memory, and it has {ram}")
    for short in shorts:
        yield find("flavor-small", f"the image {image.get('name')} needs {short}: the flavor {flavor.get('name')}",
                   severity=FATAL, where="compute", why="the cloud refuses every server", tests=tests,
                   mend=f"name a larger flavor in {_FLAVOR_REF}, or a smaller image in {_IMAGE_REF}")  # fmt: skip
