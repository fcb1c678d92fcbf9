"""Object storage: may accounts use their own, do all of its servers answer, and what is there already.

Which of Swift's servers answer is told by asking for what is not there: "not found" comes from the
servers themselves, "unavailable" from the proxy that could not ask them. Nothing is made.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.cloud.client import Client
from certmark.cloud.doctor.causes import remedy_for_service
from certmark.cloud.doctor.incomplete import NotExamined, attempt
from certmark.cloud.doctor.kinds import FATAL, WARNING, find
from certmark.cloud.doctor.target import UNNAMED, Naming
from certmark.cloud.needs import Needs
from certmark.cloud.replies import Reply
from certmark.domain.health import CloudFinding
from certmark.domain.phrases import are, counted, some

_LEAST_BYTES = 1 << 20
_ENOUGH_BYTES = 64 << 20


class Stored(NamedTuple):
    """One account's storage."""

    project: str
    account: str
    status: int
    """Of HEAD of the account."""
    containers: int = 0
    objects: int = 0
    bytes_: int = 0
    quota: int | None = None
    """In bytes; None: none is set."""
    problem: str = ""


class Servers(NamedTuple):
    """What asking for a container and an object that do not exist gave."""

    container: int
    object_: int


def look_at_storage(client: Client, project: str, account: str) -> Stored:
    """The account's own storage."""
    answer = attempt(lambda: client.ask("HEAD", "object-store"))
    if isinstance(answer, NotExamined):
        return Stored(project, account, 0, problem=answer.problem)
    if not isinstance(answer, Reply) or answer.status >= 400:
        return Stored(project, account, getattr(answer, "status", 0))
    quota = _number(answer, "X-Account-Meta-Quota-Bytes")
    if quota is None:
        quota = _number(answer, "X-Account-Quota-Bytes")
    return Stored(
        project, account, answer.status, _number(answer, "X-Account-Container-Count") or 0,
        _number(answer, "X-Account-Object-Count") or 0, _number(answer, "X-Account-Bytes-Used") or 0, quota,
    )  # fmt: skip


def _number(answer: Reply, header: str) -> int | None:
    text = answer.headers.get(header, "")
    return int(text) if text.isdecimal() else None


def look_at_servers(client: Client) -> Servers:
    """Whether container and object servers answer. Raises Unanswered."""
    name = f"certmark-doctor-{secrets.token_hex(8)}"
    return Servers(
        client.ask("HEAD", "object-store", name).status, client.ask("HEAD", "object-store", f"{name}/{name}").status
    )


# ---------------------------------------------------------------- what follows from it


def judge_storage(
    stored: Sequence[Stored], servers: Servers | NotExamined | None, needs: Needs
) -> Iterable[CloudFinding]:
    """Findings on the storage of the accounts that own containers in the tests."""
    tests = needs.services.get("object-store", 0) or needs.of("containers")
    findings = [*_refusals(stored, tests), *_servers(stored, servers, tests), *_quotas(stored, tests)]
    yield from findings
    if stored and not findings:
        yield find(
            "storage", f"{counted(len(stored), 'account has', 'accounts have')} storage of their own, "
            "and account, container and object servers answer",
        )  # fmt: skip


def _refusals(stored: Sequence[Stored], tests: int) -> Iterable[CloudFinding]:
    refused = [item for item in stored if item.status in {401, 403}]
    if refused:
        yield find(
            "storage-forbidden",
            f"{some([item.account for item in refused])} may not use the object storage of "
            f"{'its' if len(refused) == 1 else 'their'} own project",
            where="project " + some([item.project for item in refused]),
            why="every test that stores something is refused",
            mend="give them a role that the storage accepts (openstack role add; operator_roles of Swift's proxy, "
            "rgw_keystone_accepted_roles of Ceph), and name it as object-storage.operator_role in certmark.options "
            "of clouds.yaml",
            tests=tests,
        )
    silent = [item for item in stored if item.problem]
    if silent:
        yield find(
            "service-down", silent[0].problem, where="object-store", why="every test of object storage needs it",
            mend=remedy_for_service(silent[0].problem), tests=tests,
        )  # fmt: skip
    broken = [item for item in stored if item.status >= 500]
    if broken:
        said = f"it answers {broken[0].status}"
        yield find(
            "storage-account", f"accounts cannot be looked at: {said}",
            where="project " + some([item.project for item in broken]), why="every test of object storage needs them",
            mend="start Swift's account servers, and look at the proxy's log", tests=tests,
        )  # fmt: skip


def _servers(stored: Sequence[Stored], servers: Servers | NotExamined | None, tests: int) -> Iterable[CloudFinding]:
    if isinstance(servers, NotExamined):
        if all(item.status for item in stored):
            yield find("check-unfinished", f"object storage: {servers.problem}", where="object-store")
        return
    if servers is None:
        return
    asked = (("storage-container", "container", servers.container), ("storage-object", "object", servers.object_))
    for id_, word, status in asked:
        if status >= 500:
            yield find(
                id_, f"asked for {word}s that do not exist, it answers {status}, not 404",
                where="object-store", why=f"nothing can be stored while its {word} servers do not answer",
                mend=f"start Swift's {word} servers, and look at the proxy's log", tests=tests,
            )  # fmt: skip
            return  # the proxy asks container servers first, whatever it is asked for


def _quotas(stored: Sequence[Stored], tests: int) -> Iterable[CloudFinding]:
    short = [item for item in stored if item.quota is not None and item.quota - item.bytes_ < _ENOUGH_BYTES]
    if not short:
        return
    worst = min(short, key=lambda item: (item.quota or 0) - item.bytes_)
    fatal = (worst.quota or 0) - worst.bytes_ < _LEAST_BYTES
    yield find(
        "quota-objects",
        f"the quota of {worst.project} is {worst.quota} bytes, of which {worst.bytes_} are used",
        severity=FATAL if fatal else WARNING,
        where="project " + some([item.project for item in short]),
        why="uploads are refused" if fatal else "large objects may be refused",
        mend="as a reseller admin: swift post --header 'X-Account-Meta-Quota-Bytes:' for each of these accounts; "
        "on Ceph: radosgw-admin quota disable --quota-scope=user --uid=PROJECT",
        tests=tests,
    )


def judge_info(options: Mapping[str, str], needs: Needs) -> Iterable[CloudFinding]:
    """Whether it tells what it can do, by what discovery wrote of it."""
    tests = needs.services.get("object-store", 0)
    is_told = "object-storage-feature-enabled.discoverable_apis" in options
    if tests and not is_told and options.get("object-storage-feature-enabled.discoverability") == "false":
        yield find(
            "storage-info", "object storage does not say which features it has (GET /info)",
            where="object-store", tests=tests,
            why="tests of features that it lacks fail, and are not skipped",
            mend="let the proxy expose /info (expose_info = true), or name the features as "
            "object-storage-feature-enabled.discoverable_apis in certmark.options of clouds.yaml",
        )  # fmt: skip


def judge_stored(stored: Sequence[Stored], needs: Needs, naming: Naming = UNNAMED) -> Iterable[CloudFinding]:
    """Containers that are there before anything ran."""
    full = [item for item in stored if item.containers]
    if full:
        containers, objects = sum(item.containers for item in full), sum(item.objects for item in full)
        yield find(
            "leftovers-storage",
            f"{counted(containers, 'container')} with {counted(objects, 'object')} {are(containers)} there already",
            where="project " + some([item.project for item in full]),
            why="tests that list or count an account's containers may fail",
            mend="name accounts of empty projects", advice=naming.removal(),
            tests=needs.of("containers") or None,
        )  # fmt: skip
    elif stored and all(item.status < 400 and item.status for item in stored):
        yield find("leftovers", f"the object storage of {counted(len(stored), 'account')} is empty")
