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
from certmark.cloud.authentication import SignedInAccount
from certmark.cloud.calls import calls_of
from certmark.cloud.catalogue import Endpoint
from certmark.cloud.client import Client
from certmark.cloud.concurrency import SideBySide, side_by_side
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.service_states import ServiceState
from certmark.cloud.doctor import accounts as people
from certmark.cloud.doctor import endpoints as serving
from certmark.cloud.doctor import external_network, images, machine, signing_in, storage, transport
from certmark.cloud.doctor import resources as holdings
from certmark.cloud.doctor.causes import may_be_tls, wants_tls
from certmark.cloud.doctor.incomplete import NotExamined, attempt, understood
from certmark.cloud.doctor.kinds import SUBJECTS, find
from certmark.cloud.doctor.target import ExaminedCloud
from certmark.cloud.needs import Needs
from certmark.domain.health import CloudFinding
from certmark.domain.pacing import Pace

_SIGNED_IN_BEFORE = 60.0
"""Seconds within which a connection is examined."""
_HOSTED = ("compute", "block-storage")
_ACCOUNT = "account "
"""Before its number in the names of looks."""


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
    def usable_accounts(self) -> tuple[Account, ...] | None:
        """The accounts without those that Keystone refused; None where the suite makes its own users."""
        if self.patient.accounts is None:
            return None
        refused = [visit.person.account for visit in self.visits if people.is_refused(visit.person)]
        return tuple(account for account in self.patient.accounts if account not in refused)

    def littered(self, needs: Needs) -> frozenset[str]:
        """The places (`Account.place`) of accounts whose projects hold something already."""
        return frozenset(
            visit.person.account.place
            for visit in self.visits
            if (visit.stored is not None and visit.stored.containers)
            or (visit.holding is not None and holdings.is_littered(visit.holding, needs))
        )

    def of_accounts(self, accounts: Collection[Account]) -> Examination:
        """The same, with what was seen of these accounts only."""
        others = {name: look for name, look in self.seen.items() if not name.startswith(_ACCOUNT)}
        looks = [
            self.seen[f"{_ACCOUNT}{number}"]
            for number, account in enumerate(self.patient.accounts or ())
            if account in accounts
        ]
        known = tuple(account for account in self.patient.accounts or () if account in accounts)
        seen = others | {f"{_ACCOUNT}{number}": look for number, look in enumerate(looks)}
        return self._replace(patient=self.patient._replace(accounts=known), seen=seen)

    @property
    def clock_ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Keystone's; None where they could not be compared."""
        clock = _clock(self)
        return clock.ahead if isinstance(clock, transport.Clock) else None

    @property
    def clients(self) -> tuple[SignedInAccount, ...]:
        """The accounts that are signed in, in the order of the file: whoever looks further need not sign in again.

        They share the connection that was examined; once it is closed, they open it again where they need it.
        """
        found = (visit.person for visit in self.visits if isinstance(visit.person, people.SignedIn))
        return tuple(SignedInAccount(one.account, one.client) for one in found if one.client is not None)

    @property
    def visits(self) -> tuple[ExaminationParts, ...]:
        """What was seen with the accounts, in the order of the file."""
        return tuple(
            visit if isinstance(visit, ExaminationParts) else ExaminationParts(people.unseen(account, visit.problem))
            for number, account in enumerate(self.patient.accounts or ())
            if (visit := self.seen[f"{_ACCOUNT}{number}"]) is not None
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
    """Look at everything, with reading requests only, as fast as the cloud answers (`domain.pacing`).

    It ends, whatever hangs: within `seconds`, else when nothing comes any more. `services` are those that the tests
    need, and nothing else is waited for; `runs` and `cache` are folders of this machine.
    """
    begun = time.monotonic()
    pace = patient.pace()
    work: SideBySide[Any] = SideBySide(
        pace.silence_seconds if seconds is None else seconds, pace.at_once, as_long_as_they_end=seconds is None
    )
    me = patient.discovered.me
    client = patient.client(pace.answer_seconds)
    needed = {name for name in services if patient.discovered.has(name)}
    visits = {
        f"{_ACCOUNT}{number}": _visitor(patient, account, needed, pace)
        for number, account in enumerate(patient.accounts or ())
    }
    for name, visit in visits.items():
        work.submit(name, visit)
    work.submit("clock", lambda: transport.look_at_clock(patient.connection.session, me, pace.answer_seconds))
    work.submit("machine", lambda: machine.look_at_machine(runs, cache, me.auth_url))
    work.submit("credential", lambda: signing_in.look_at_credential(patient, client))
    _submit_services(work, patient, client, needed)
    _submit_schemes(work, patient, services, pace)
    places = transport.places_of([me.auth_url, *(url for name in sorted(needed) if (url := client.url(name)))])
    for host, port in places:
        look = partial(transport.look_at_certificate, host, port, me.cacert, pace.answer_seconds)
        work.submit(f"{host}:{port}", look)
    seen = {name: understood(answer) for name, answer in work.results(tell).items()}
    if seconds is None:
        seen |= asked_again(visits, seen, pace)
    certificates = tuple(f"{host}:{port}" for host, port in places)
    return Examination(
        patient, client.endpoints, seen, calls_of(patient.connection).count, time.monotonic() - begun, certificates
    )


def asked_again(
    visits: Mapping[str, Callable[[], ExaminationParts]], seen: Mapping[str, Any], pace: Pace
) -> dict[str, ExaminationParts]:
    """The accounts that could not be asked, asked once more, one after the other, until one of them fails again."""
    found: dict[str, ExaminationParts] = {}
    for name, visit in visits.items():
        if not _is_unanswered(seen[name]):
            continue
        answer = understood(side_by_side({name: visit}, pace.silence_seconds)[name])
        if _is_unanswered(answer):
            break
        found[name] = answer
    return found


def _is_unanswered(visit: Any) -> bool:
    """Whether an account could not be asked."""
    if not isinstance(visit, ExaminationParts):
        return True
    return isinstance(visit.person, people.SignInRefused) and not visit.person.is_answer


def _submit_schemes(work: SideBySide[Any], patient: ExaminedCloud, services: Collection[str], pace: Pace) -> None:
    """Whether needed services that do not answer by http would answer by https."""
    for state in patient.discovered.services:
        url, problem = state.url or "", state.problem or ""
        if state.service in services and url.startswith("http://") and may_be_tls(problem):
            work.submit(f"tls {state.service}", partial(transport.speaks_tls, url, pace.answer_seconds))


def _submit_services(work: SideBySide[Any], patient: ExaminedCloud, client: Client, needed: Collection[str]) -> None:
    options = patient.options
    for service in sorted(needed):
        work.submit(f"service {service}", partial(serving.look_at_service, client, service))
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


def _visitor(
    patient: ExaminedCloud, account: Account, needed: Collection[str], pace: Pace
) -> Callable[[], ExaminationParts]:
    """A look at one account, and at its project where this is the first ordinary account of it."""
    accounts = patient.accounts or ()
    ordinary = [item for item in accounts if item.is_ordinary]
    mates = [item for item in ordinary if item.project == account.project]
    is_first = account in mates and mates[0] is account
    stores = "object-store" in needed and account in _operators(patient, accounts)
    first_store = next((item for item in accounts if item in _operators(patient, accounts)), None)

    def visit() -> ExaminationParts:
        before = time.time()
        client = people.enter(patient, account, pace.answer_seconds)
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
    yield from serving.judge_services(_as_examined(examination), needs, options)
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


def _as_examined(examination: Examination) -> Discovered:
    """What was discovered, with the reasons that the examination found why services cannot be used."""
    discovered = examination.patient.discovered
    return discovered._replace(services=tuple(_examined(state, examination) for state in discovered.services))


def _examined(state: ServiceState, examination: Examination) -> ServiceState:
    if examination.get(f"tls {state.service}") is True:
        return state._replace(problem=wants_tls(state.url or ""))
    problem = examination.get(f"service {state.service}")
    if isinstance(problem, NotExamined):
        problem = f"{state.url} does not answer in time"
    return state if problem is None else state._replace(problem=problem)


def _of_accounts(examination: Examination, needs: Needs) -> Iterator[CloudFinding]:
    options, naming = examination.patient.options, examination.patient.naming
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
    seen_people = [visit.person for visit in visits]
    yield from people.judge_people(seen_people, needs, options, naming)
    held = [visit.holding for visit in visits if visit.holding is not None]
    yield from holdings.judge_quotas(held, people.as_many_as_find_users(seen_people, needs))
    yield from holdings.judge_leftovers(held, needs, naming)
    yield from holdings.judge_account_networks(held, needs, options)
    stored = [visit.stored for visit in visits if visit.stored is not None]
    servers = next((visit.servers for visit in visits if visit.servers is not None), None)
    yield from storage.judge_storage(stored, servers, needs)
    yield from storage.judge_stored(stored, needs, naming)


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
