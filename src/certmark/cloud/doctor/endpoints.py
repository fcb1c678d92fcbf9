"""The catalogue and the services in it: is everything there once, does it answer, has it hosts to work with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import NamedTuple

from certmark.cloud.catalogue import Endpoint, serving
from certmark.cloud.client import Client
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.doctor.causes import remedy_for_service
from certmark.cloud.doctor.incomplete import NotExamined
from certmark.cloud.doctor.kinds import FATAL, NOTE, WARNING, find
from certmark.cloud.needs import Needs
from certmark.cloud.replies import Unanswered
from certmark.cloud.session import SignedInUser
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import counted, some

_LOOPBACK = ("127.", "localhost", "[::1]")


class Host(NamedTuple):
    """A process of a service on one of its hosts."""

    binary: str
    host: str
    is_up: bool


def look_at_hosts(client: Client, service: str) -> tuple[Host, ...]:
    """The processes of nova or cinder where the connection may know, else its zones in their place."""
    answer = client.ask("GET", service, "os-services")
    if answer.status < 400 and isinstance(answer.body, dict):
        return tuple(
            Host(str(item["binary"]), str(item["host"]), item["state"] == "up" and item["status"] == "enabled")
            for item in answer.body["services"]
        )
    zones = client.ask("GET", service, "os-availability-zone")
    if zones.status >= 400 or not isinstance(zones.body, dict):
        return ()
    return tuple(
        Host("zone", str(item["zoneName"]), bool(item["zoneState"]["available"]))
        for item in zones.body["availabilityZoneInfo"]
    )


_FIRST = {"compute": "limits", "image": "images?limit=1", "network": "networks?limit=1", "block-storage": "limits"}
"""What an ordinary user may always ask; accounts of object storage are looked at one by one."""


def look_at_service(client: Client, service: str) -> str | None:
    """Why a service cannot be used, in a sentence; None: it answers, or nothing is known to ask it."""
    if service not in _FIRST:
        return None
    try:
        answer = client.ask("GET", service, _FIRST[service])
    except Unanswered as error:
        return str(error)
    return (
        f"{client.url(service)} answers {answer.status}" if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR else None
    )


# ---------------------------------------------------------------- what follows from it


def judge_catalogue(endpoints: Sequence[Endpoint], discovered: Discovered, needs: Needs) -> Iterable[CloudFinding]:
    """Regions, needed services, duplicates, endpoints without TLS."""
    me = discovered.me
    findings = [
        *_regions(endpoints, me, needs),
        *_missing(endpoints, discovered, needs),
        *_duplicates(endpoints, me, needs),
        *_plain_http(endpoints, me),
    ]
    yield from findings
    if not findings:
        services = sorted({state.service for state in discovered.services if state.url})
        yield find("catalogue", f"{', '.join(services) or 'nothing'} in the region {me.region or '(none)'}")


def _regions(endpoints: Sequence[Endpoint], me: SignedInUser, needs: Needs) -> Iterable[CloudFinding]:
    regions = sorted({endpoint.region for endpoint in endpoints if endpoint.region})
    if me.region and regions and me.region not in regions:
        yield find(
            "catalogue-region", f"the catalogue has no region {me.region}; it has {some(regions)}", severity=FATAL,
            where="catalogue", why="no service is found", mend="name one of them as region_name in clouds.yaml",
            tests=needs.tests,
        )  # fmt: skip
    elif not me.region and len(regions) > 1:
        yield find(
            "catalogue-region", f"the catalogue has the regions {some(regions)}, and none is named", where="catalogue",
            why="services of different regions may be mixed, and a certificate must say what was tested",
            mend="name one as region_name in clouds.yaml", tests=needs.tests,
        )  # fmt: skip


def _missing(endpoints: Sequence[Endpoint], discovered: Discovered, needs: Needs) -> Iterable[CloudFinding]:
    me = discovered.me
    where = f" in the region {me.region}" if me.region else ""
    for state in discovered.services:
        tests = needs.services.get(state.service, 0)
        if state.url is not None or not tests:
            continue
        types = {endpoint.type for endpoint in endpoints}
        if state.service in types or (state.type or "") in types:
            yield find(
                "catalogue-interface", f"{state.service} has no {me.interface} endpoint{where}", where="catalogue",
                why="the tests cannot find it", tests=tests,
                mend="name its interface or region in clouds.yaml, or: openstack endpoint create",
            )  # fmt: skip
        else:
            yield find(
                "catalogue-service", f"the catalogue has no {state.service}", where=f"catalogue{where}",
                why="tests that need it fail or are skipped", tests=tests,
                mend="test a program without it, name another region, or register it: openstack service create",
            )  # fmt: skip


def _duplicates(endpoints: Sequence[Endpoint], me: SignedInUser, needs: Needs) -> Iterable[CloudFinding]:
    urls: dict[str, set[str]] = defaultdict(set)
    for endpoint in serving(endpoints, me.interfaces, me.region):
        urls[endpoint.type].add(endpoint.url.rstrip("/"))
    for kind, found_ in urls.items():
        if len(found_) > 1 and me.region:
            yield find(
                "catalogue-duplicate", f"{kind} is in the catalogue {len(found_)} times: {some(sorted(found_))}",
                where="catalogue",
                why="the tests take whichever comes first", tests=needs.services.get(kind),
                mend="remove the old one: openstack endpoint list, then openstack endpoint delete",
            )  # fmt: skip


def _plain_http(endpoints: Sequence[Endpoint], me: SignedInUser) -> Iterable[CloudFinding]:
    mine = serving(endpoints, me.interfaces, me.region)
    plain = [item for item in mine if item.url.startswith("http://")]
    secure = me.auth_url.startswith("https://") or any(item.url.startswith("https://") for item in mine)
    if plain and secure:
        types = some([item.type for item in plain])
        is_mixed = any(item.url.startswith("https://") for item in mine)
        yield find(
            "catalogue-http", f"{types} without TLS in a catalogue that has it otherwise" if is_mixed
            else f"Keystone is reached by https, and the catalogue names http for {types}",
            where=plain[0].url, why="tokens go over the network readable by anybody",
            mend="openstack endpoint set --url https://… ENDPOINT, for each of them",
        )  # fmt: skip
    elif plain and not secure and not any(word in me.auth_url for word in _LOOPBACK):
        yield find(
            "tls-none", "no endpoint of this cloud has TLS", where=me.auth_url,
            why="passwords and tokens go over the network readable by anybody",
            mend="serve the APIs by https, and name them so in the catalogue",
        )  # fmt: skip


def judge_services(discovered: Discovered, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    """Whether each service answers, and has the microversions that the configuration asks for."""
    for state in discovered.services:
        tests = needs.services.get(state.service, 0)
        if state.problem is not None and state.url is not None:
            problem = state.problem if state.problem.startswith(state.service) else f"{state.service}: {state.problem}"
            yield find(
                "service-down", problem, severity=FATAL if tests else NOTE, where=state.url, tests=tests,
                why="tests that need it fail" if tests else "no selected test needs it",
                mend=remedy_for_service(state.problem),
            )  # fmt: skip
        elif state.url is not None and tests:
            version = discovered.signs.get(state.service, "")
            yield find("service", f"{state.service} answers" + (f", version {version}" if version else ""),
                       where=state.url)  # fmt: skip
    yield from _microversions(discovered, needs, options)


def _microversions(discovered: Discovered, needs: Needs, options: Mapping[str, str]) -> Iterable[CloudFinding]:
    told = {option.key: option.value for option in discovered.options}
    for section, service in (("compute", "compute"), ("volume", "block-storage"), ("placement", "placement")):
        actual, wanted = told.get(f"{section}.max_microversion"), options.get(f"{section}.max_microversion")
        if service == "compute" and discovered.signs.get(service):
            actual = discovered.signs[service]
        if actual and wanted and _numbers(wanted) > _numbers(actual):
            yield find(
                "service-microversion", f"{service} goes up to {actual}, the configuration says {wanted}",
                severity=WARNING, where=f"{section}.max_microversion", tests=needs.services.get(service),
                why="tests of newer microversions are refused instead of skipped",
                mend=f"remove {section}.max_microversion from certmark.options, or set it to {actual}",
            )  # fmt: skip


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


_WORKERS = {
    "compute": ("compute-hosts", "nova-compute", "servers"),
    "block-storage": ("volume-hosts", "cinder-volume", "volumes"),
}
_MIDDLE = ("nova-conductor", "nova-scheduler", "cinder-scheduler")


def judge_hosts(hosts: Mapping[str, Sequence[Host] | NotExamined], needs: Needs) -> Iterable[CloudFinding]:
    """Whether servers and volumes have somebody who makes them."""
    for service, seen in hosts.items():
        id_, worker, thing = _WORKERS[service]
        if isinstance(seen, NotExamined) or not seen or not needs.of(thing):
            continue
        for binary in (worker, *_MIDDLE, "zone"):
            group = [host for host in seen if host.binary == binary]
            down = [host.host for host in group if not host.is_up]
            if not down or (binary == "zone" and len(down) < len(group)):
                continue
            all_ = len(down) == len(group)
            what = "no zone is available" if binary == "zone" else f"{binary} is down on {some(down)}"
            yield find(
                id_, f"{service}: {what}", severity=FATAL if all_ else WARNING, where=service, tests=needs.of(thing),
                why=f"{thing} stay in the building state, and fail" if all_ else f"there is less room for {thing}",
                mend="start it and look at its log; openstack "
                + ("compute service list" if service == "compute" else "volume service list")
                + (f" shows all {counted(len(group), 'host')}" if binary != "zone" else " as an administrator"),
            )  # fmt: skip
