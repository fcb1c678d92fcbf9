"""What waits for the programme office, who has which role; and how the server is, for its operator."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from certmark.domain.permissions import Right
from certmark.server.api.bodies import Word
from certmark.server.asking import TokenScope
from certmark.server.observing import readiness
from certmark.server.services import claims, members, offices, operation, vendors
from certmark.server.services.context import Services
from certmark.server.services.errors import NotPermitted, WrongState
from certmark.server.store.jobs import NEVER
from certmark.server.store.vendors import VendorState
from certmark.server.web.desk import RunLine, asks, form_page, own_page, run_lines, sent
from certmark.server.web.forms import Field, WebForm, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown
from certmark.server.web.vendors import VendorLine, vendor_line

_MOST = 100
_A_DAY = 86_400_000_000


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An official run that waits to be verified."""

    run: RunLine
    days: int
    """Since it was received."""


class RoleLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with roles in the programme."""

    name: str
    roles: list[str]
    organisation: str
    since: int


class OfficePage(msgspec.Struct, frozen=True, kw_only=True):
    """The desk of the programme office."""

    vendors: list[VendorLine]
    """Those that ask for approval."""
    runs: list[Waiting]
    """The oldest first."""
    has_more: bool
    holders: list[RoleLine]
    agreements: list[str]
    may_decide: bool
    may_publish: bool


class JobLine(msgspec.Struct, frozen=True, kw_only=True):
    """Work outside of requests."""

    kind: str
    subject: str
    state: str
    """waits, runs, is tried again, was given up."""
    due: int | None
    attempts: int
    problem: str | None


class SourceLine(msgspec.Struct, frozen=True, kw_only=True):
    """Where guidelines come from."""

    place: str
    looked: int | None
    problem: str | None


class OperatorPage(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is."""

    checks: dict[str, str | None]
    """By part, what is wrong; null: nothing."""
    jobs: list[JobLine]
    counts: dict[str, int]
    """Jobs by state."""
    oldest: int | None
    """Since when the oldest work is due."""
    sources: list[SourceLine]
    refused_notices: int
    database: int | None
    free: int
    """Bytes at least."""
    backup: int | None
    settings: list[str]
    """Those that are not as by default; of secrets only that they are set."""


class NewAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an agreement."""

    name: Word
    version: Word
    text: str


def _office(services: Services, asked: PageRequest) -> Shown:
    asker, now = asked.asker, services.clock()
    holders = offices.seen(services, asker)
    roles = members.own_roles(services, asker).in_programme
    pending, further = vendors.listed(services, asker, state=VendorState.PENDING, behind=("", b""), most=_MOST)
    verifies = asker.has(Right.VERIFY_RUN, roles)
    waiting = claims.waiting(services, asker, b"", _MOST + 1) if verifies else []
    data = OfficePage(
        vendors=[vendor_line(one) for one in pending],
        runs=[Waiting(run=line, days=(now - line.created) // _A_DAY) for line in run_lines(waiting[:_MOST])],
        has_more=further is not None or len(waiting) > _MOST,
        holders=[
            RoleLine(
                name=one.name,
                roles=sorted(role.value for role in one.roles),
                organisation=one.organisation,
                since=one.since,
            )
            for one in holders
        ],
        agreements=[f"{one.name} {one.version}" for one in vendors.every_agreement(services, asker)],
        may_decide=asker.has(Right.DECIDE_ON_VENDOR, roles),
        may_publish=asker.has(Right.PUBLISH_AGREEMENT, roles),
    )
    return Shown("office/office.html.j2", "Programme office", data, section="my", freshness=Freshness.PRIVATE)


def _new_agreement(services: Services, asked: PageRequest) -> Shown:
    roles = members.own_roles(services, asked.asker).in_programme
    if not asked.asker.has(Right.PUBLISH_AGREEMENT, roles):
        raise NotPermitted("that needs the right publish-agreement, and none of your roles here has it")
    form = WebForm(
        path="/office/agreements/new",
        button="Publish it",
        fields=(
            Field(name="name", label="Name of the agreement"),
            Field(name="version", label="Version"),
            Field(
                name="text",
                label="Text",
                hint="What vendors accept is this very text, by its SHA-256. Longer ones are published by the API.",
                kind="text",
            ),
        ),
        back="/office",
    )
    consequences = ("Everybody can read it from now on, and it cannot be changed; a new version can be published.",)
    trail = (("/office", "Programme office"),)
    return form_page("Publish an agreement", form, consequences=consequences, trail=trail)


def _publish(services: Services, asked: PageRequest) -> Shown | Response:
    def act(new: NewAgreement, _: int | None) -> Response:
        text = f"{new.text}\n".encode()
        vendors.publish_agreement(services, asked.asker, new.name, new.version, text)
        return done(asked, "/office", "made")

    return sent(asked, _new_agreement(services, asked), act, NewAgreement, {WrongState: "version"})


def _operator(services: Services, asked: PageRequest) -> Shown:
    found, now = operation.look(services, asked.asker), services.clock()
    problems = readiness.looked_at(services)
    jobs = [
        JobLine(
            kind=one.kind,
            subject=one.subject,
            state=_state(one.due, one.attempts, is_claimed=one.is_claimed),
            due=None if one.due == NEVER else one.due,
            attempts=one.attempts,
            problem=one.problem,
        )
        for one in found.jobs
    ]
    late = [one.due for one in jobs if one.due is not None and one.due < now and one.state != "runs"]
    data = OperatorPage(
        checks={part: problems.get(part) for part in readiness.CHECKS},
        jobs=jobs[:_MOST],
        counts={state: sum(one.state == state for one in jobs) for state in _STATES},
        oldest=min(late, default=None),
        sources=[SourceLine(place=one.place, looked=one.looked, problem=one.problem) for one in found.sources],
        refused_notices=found.refused_notices,
        database=found.database,
        free=found.free,
        backup=found.backup,
        settings=services.settings.shown().splitlines(),
    )
    return Shown("office/operator.html.j2", "Operation", data, section="my", freshness=Freshness.PRIVATE)


_STATES = ("waits", "runs", "is tried again", "was given up")


def _state(due: int, attempts: int, *, is_claimed: bool) -> str:
    if due == NEVER:
        return _STATES[3]
    if is_claimed:
        return _STATES[1]
    return _STATES[2] if attempts else _STATES[0]


PAGES: tuple[PageRoute, ...] = (
    own_page("/office", _office, scope=TokenScope.MANAGE),
    *asks("/office/agreements/new", _new_agreement, _publish),
    own_page("/operator", _operator, scope=TokenScope.MANAGE),
)
