"""The whole examination: everything is looked at side by side, then judged by what the tests need.

Looking knows nothing of the tests but the services they need; judging makes no calls. So a run looks
while its suite is made ready, and judges when the selection is known.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from certmark.cloud.accounts_file import Account
from certmark.cloud.calls import calls_of
from certmark.cloud.catalogue import Endpoint
from certmark.cloud.client import Client
from certmark.cloud.concurrency import SideBySide
from certmark.cloud.doctor import accounts as people
from certmark.cloud.doctor import endpoints as serving
from certmark.cloud.doctor import external_network, images, machine, signing_in, storage, transport
from certmark.cloud.doctor import resources as holdings
from certmark.cloud.doctor.incomplete import NotExamined, attempt, understood
from certmark.cloud.doctor.kinds import SUBJECTS, find
from certmark.cloud.doctor.target import ExaminedCloud
from certmark.cloud.needs import Needs
from certmark.cloud.timeouts import scaled
from certmark.domain.health import CloudFinding

_SIGNED_IN_BEFORE = 60.0
"""Seconds within which a connection is examined."""
SECONDS = 25.0
"""For everything that is looked at."""
_HOSTED = ("compute", "block-storage")


class ExaminationParts(NamedTuple):
    """What was seen with one account."""

    person: people.SignedIn | people.SignInRefused
    holding: holdings.Holding | None = None
    stored: storage.Stored | None = None
    servers: storage.Servers | NotExamined | None = None


class Examination(NamedTuple):
    """Everything that was seen; judge it with `findings_of`."""

    patient: ExaminedCloud
    endpoints: tuple[Endpoint, ...]
    seen: Mapping[str, Any]
    """Name of a look -> what it gave, or NotExamined."""
    calls: int
    """HTTP requests of the connection so far, discovery included."""
    seconds: float
    """That looking took, discovery not included."""
    certificates: tuple[str, ...] = ()

    def get(self, name: str) -> Any:
        """What the look of that name gave; None where nobody looked."""
        return self.seen.get(name)

    @property
    def visits(self) -> tuple[ExaminationParts, ...]:
        """What was seen with the accounts, in the order of the file."""
        return tuple(
            visit if isinstance(visit, ExaminationParts) else ExaminationParts(people.unseen(account, visit.problem))
            for number, account in enumerate(self.patient.accounts or ())
            if (visit := self.seen[f"account {number}"]) is not None
        )


def examine(
    patient: ExaminedCloud,
    services: Collection[str],
    *,
    runs: str,
    cache: str,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    seconds: float | None = None,
) -> Examination:
    """Look at everything, with reading requests only; ends within `seconds` (else within `SECONDS`), whatever hangs.

    `services` are those that the tests need; `runs` and `cache` are folders of this machine.
    """
    begun = time.monotonic()
    work: SideBySide[Any] = SideBySide(scaled(SECONDS) if seconds is None else seconds)
    me = patient.discovered.me
    client = patient.client()
    needed = {name for name in services if patient.discovered.has(name)}
    for number, account in enumerate(patient.accounts or ()):
        work.submit(f"account {number}", _visitor(patient, account, needed))
    work.submit("clock", lambda: transport.look_at_clock(patient.connection.session, me))
    work.submit("machine", lambda: machine.look_at_machine(runs, cache, me.auth_url))
    work.submit("credential", lambda: signing_in.look_at_credential(patient, client))
    _submit_services(work, patient, client, needed)
    places = transport.places_of(client.endpoints, me)
    for host, port in places:
        work.submit(f"{host}:{port}", partial(transport.look_at_certificate, host, port, me.cacert))
    seen = {name: understood(answer) for name, answer in work.results(tell).items()}
    certificates = tuple(f"{host}:{port}" for host, port in places)
    return Examination(
        patient, client.endpoints, seen, calls_of(patient.connection).count, time.monotonic() - begun, certificates
    )


def _submit_services(work: SideBySide[Any], patient: ExaminedCloud, client: Client, needed: Collection[str]) -> None:
    options = patient.options
    if "compute" in needed and "image" in needed:
        work.submit("images", lambda: images.look_at_images(client))
        if options.get("compute.image_ref"):
            work.submit("image", lambda: images.look_at_image(client, options["compute.image_ref"]))
        work.submit("flavors", lambda: images.look_at_flavors(client))
        if patient.discovered.me.is_admin:
            work.submit("architectures", lambda: images.look_at_architectures(client))
    if "network" in needed:
        work.submit("outside", lambda: external_network.look_outside(client))
    for service in _HOSTED:
        if service in needed:
            work.submit(f"hosts {service}", partial(serving.look_at_hosts, client, service))
    if patient.accounts is None:
        work.submit("defaults", lambda: holdings.look_at_defaults(client, needed))
        if "object-store" in needed:
            work.submit("servers", lambda: storage.look_at_servers(client))


def _visitor(patient: ExaminedCloud, account: Account, needed: Collection[str]) -> Callable[[], ExaminationParts]:
    """A look at one account, and at its project where this is the first ordinary account of it."""
    accounts = patient.accounts or ()
    ordinary = [item for item in accounts if item.is_ordinary]
    mates = [item for item in ordinary if item.project == account.project]
    is_first = account in mates and mates[0] is account
    stores = "object-store" in needed and account in _operators(patient, accounts)
    first_store = next((item for item in accounts if item in _operators(patient, accounts)), None)

    def visit() -> ExaminationParts:
        before = time.time()
        client = people.enter(patient, account)
        if isinstance(client, people.SignInRefused):
            return ExaminationParts(client)
        person = people.signed_in(account, client, before)
        holding = stored = servers = None
        project = account.project or account.username
        if is_first:
            resources = account.document.get("resources")
            wanted = resources.get("network") if isinstance(resources, dict) else None
            holding = holdings.look_at_project(
                client, project, account.username, needed, None if wanted is None else str(wanted)
            )._replace(sharers=len(mates))
        if stores:
            stored = storage.look_at_storage(client, project, account.username)
            if account is first_store and stored.status < 400 and not stored.problem:
                servers = attempt(lambda: storage.look_at_servers(client))
        return ExaminationParts(person, holding, stored, servers)

    return visit


def _operators(patient: ExaminedCloud, accounts: Sequence[Account]) -> list[Account]:
    """Those that own containers in the tests."""
    role = patient.options.get("object-storage.operator_role", "Member")
    named = [item for item in accounts if role in item.roles or "operator" in item.types]
    return named or [item for item in accounts if item.is_ordinary]


# ---------------------------------------------------------------- what follows from it


def findings_of(
    examination: Examination, needs: Needs, *, now: dt.datetime, is_installed: bool
) -> tuple[CloudFinding, ...]:
    """All findings, in the order of their subjects; `is_installed`: the suite is on this machine already."""
    found_ = [*_all(examination, needs, now, is_installed=is_installed)]
    return tuple(sorted(found_, key=lambda finding: SUBJECTS.index(finding.subject)))


def _all(examination: Examination, needs: Needs, now: dt.datetime, *, is_installed: bool) -> Iterator[CloudFinding]:
    patient = examination.patient
    discovered, options, me = patient.discovered, patient.options, patient.discovered.me
    yield from signing_in.judge_credential(examination.get("credential"), patient, now)
    yield from serving.judge_catalogue(examination.endpoints, discovered, needs)
    yield from serving.judge_services(discovered, needs, options)
    hosts = {name: seen for name in _HOSTED if (seen := examination.get(f"hosts {name}")) is not None}
    yield from serving.judge_hosts(hosts, needs)
    yield from _of_accounts(examination, needs)
    if examination.get("flavors") is not None:
        yield from images.judge_booting(_booting(examination), needs, options)
    if (seen := examination.get("outside")) is not None:
        yield from external_network.judge_outside(seen, needs, options)
    certificates = {name: examination.get(name) for name in examination.certificates}
    yield from transport.judge_certificates(certificates, me, now.timestamp())
    yield from transport.judge_clock(_clock(examination))
    seen = examination.get("machine")
    if isinstance(seen, NotExamined):
        yield find("check-unfinished", f"this machine: {seen.problem}", where="this machine")
    else:
        yield from machine.judge_machine(seen, max(1, needs.workers), is_installed=is_installed)


def _of_accounts(examination: Examination, needs: Needs) -> Iterator[CloudFinding]:
    options = examination.patient.options
    if examination.patient.discovered.has("object-store"):
        yield from storage.judge_info(options, needs)
    if examination.patient.accounts is None:
        yield people.dynamic(needs)
        defaults = examination.get("defaults")
        if isinstance(defaults, holdings.Holding):
            yield from holdings.judge_quotas([defaults], needs)
        yield from storage.judge_storage((), examination.get("servers"), needs)
        return
    if not examination.patient.accounts:
        return  # there is no configuration, which is a finding of its own
    visits = examination.visits
    yield from people.judge_people([visit.person for visit in visits], needs, options)
    held = [visit.holding for visit in visits if visit.holding is not None]
    yield from holdings.judge_quotas(held, needs)
    yield from holdings.judge_leftovers(held, needs)
    yield from holdings.judge_account_networks(held, needs, options)
    stored = [visit.stored for visit in visits if visit.stored is not None]
    servers = next((visit.servers for visit in visits if visit.servers is not None), None)
    yield from storage.judge_storage(stored, servers, needs)
    yield from storage.judge_stored(stored, needs)


def _clock(examination: Examination) -> transport.Clock | NotExamined:
    """By the date of an answer, else by the tokens of the accounts, else by the connection's own."""
    clock = examination.get("clock")
    if isinstance(clock, transport.Clock):
        return clock
    tokens = [visit.person.clock for visit in examination.visits if isinstance(visit.person, people.SignedIn)]
    told = [token for token in tokens if token is not None]
    if told:
        return min(told, key=lambda token: token.doubt)
    own = transport.clock_of(examination.patient.client().issued, time.time(), time.time())
    # It was issued when the looking began, or a little earlier.
    return clock if own is None else own._replace(doubt=examination.seconds + _SIGNED_IN_BEFORE)


def _booting(examination: Examination) -> images.Booting:
    architectures = examination.get("architectures")
    return images.Booting(
        examination.get("images"),
        examination.get("image"),
        examination.get("flavors"),
        () if architectures is None or isinstance(architectures, NotExamined) else architectures,
    )
