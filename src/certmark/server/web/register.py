"""The register: which products are certified for what; as a page, JSON, CSV, and a feed of what changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from certmark.domain.certification.standings import day_of, last_day
from certmark.server import ids
from certmark.server.api.bodies import Word
from certmark.server.api.ownership import Id
from certmark.server.services.certification import freshness, granted, register
from certmark.server.services.certification.register import RegisterEntry, RegisterFilter
from certmark.server.services.context import Services
from certmark.server.store.certification.dossiers import LAST
from certmark.server.web.feeds import Feed, FeedEntry
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

SECTION = "register"
_PAGE, _FEED = 50, 50
STATES = ("certified", "due", "grace", "suspended", "expired", "withdrawn", "superseded", "revoked")
_State = Literal[
    "in force", "certified", "due", "grace", "suspended", "expired", "withdrawn", "superseded", "revoked"
]  # fmt: skip


class CertificateLine(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate in a list."""

    number: str
    vendor: str
    product: str
    version: str
    programme: str
    program: str
    guideline: str
    regions: list[str]
    word: str
    """Of its standing now."""
    sentence: str
    is_in_force: bool
    is_stale: bool
    """Runs that should come by themselves do not."""
    valid_from: str
    valid_until: str
    """The last day."""
    tested: int | None
    """When the newest of its runs was received, in microseconds since 1970."""
    passed: int | None
    """When its clouds passed last in shared runs."""
    reason: str


class RegisterPage(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the register, the newest decisions first."""

    certificates: list[CertificateLine]
    behind: str | None
    as_of: int
    """When this was computed."""
    programmes: list[tuple[str, str]]
    wanted: dict[str, str]
    has_status_list: bool
    """Whether this server signs one."""


class WantedCertificates(msgspec.Struct, frozen=True, kw_only=True):
    """Which certificates."""

    programme: Word = ""
    program: Word = ""
    vendor: Word = ""
    region: Word = ""
    guideline: Word = ""
    capability: Word = ""
    state: _State | Literal[""] = ""
    q: Word = ""
    behind: Id | None = None


def certificate_line(entry: RegisterEntry, passed: int | None) -> CertificateLine:
    """As a list has it; `passed` is what `freshness` says."""
    row, standing, names = entry.row, entry.standing, granted.names_of(entry.row)
    runs = [ids.read(run) for run in granted.runs_of(row)]
    return CertificateLine(
        number=row.number,
        vendor=names.vendor,
        product=names.product,
        version=names.version,
        programme=row.programme,
        program=entry.program,
        guideline=row.guideline,
        regions=[cloud.region or cloud.identity for cloud in granted.clouds_of(row)],
        word=standing.word,
        sentence=standing.sentence,
        is_in_force=standing.is_in_force,
        is_stale=standing.is_stale,
        valid_from=day_of(row.valid_from),
        valid_until=last_day(row.valid_until),
        tested=max(map(ids.moment_of, runs), default=None),
        passed=passed,
        reason=standing.reason,
    )


def _register(services: Services, asked: PageRequest) -> Shown:
    query = asked.query(WantedCertificates)
    wanted = RegisterFilter(
        query.programme, query.program, query.vendor, query.region, query.guideline, query.capability, query.state,
        query.q,
    )  # fmt: skip
    behind = LAST if query.behind is None else ids.read(query.behind)
    part = register.listed(services, asked.asker, wanted, behind, _PAGE)
    passes = freshness.last_passes(services, [entry.row for entry in part.entries])
    lines = [certificate_line(entry, passes.get(entry.row.id)) for entry in part.entries]
    data = RegisterPage(
        certificates=lines,
        behind=None if part.behind is None else ids.written(part.behind),
        as_of=services.clock(),
        programmes=[(one.word, one.name) for one in services.programmes if one.rulebooks],
        wanted=wanted._asdict(),
        has_status_list=services.settings.certificate_key is not None,
    )
    feed = None
    if asked.form_wanted == "atom":
        changed = register.changed_last(services, asked.asker, _FEED)
        feed = Feed("Certificates: what changed", "/register", [_entry(one) for one in changed])
    csv = (_COLUMNS, _rows(lines)) if asked.form_wanted == "csv" else None
    return Shown("register/register.html.j2", "Register", data, section=SECTION, csv=csv, feed=feed)


_COLUMNS = (
    "number", "vendor", "product", "version", "programme", "program", "guideline", "regions", "state", "in_force",
    "from", "until", "passed", "reason",
)  # fmt: skip


def _rows(lines: list[CertificateLine]) -> Iterator[tuple[object, ...]]:
    for one in lines:
        yield (
            one.number, one.vendor, one.product, one.version, one.programme, one.program, one.guideline,
            ", ".join(one.regions), one.word, "yes" if one.is_in_force else "no", one.valid_from, one.valid_until,
            "" if one.passed is None else day_of(one.passed), one.reason,
        )  # fmt: skip


def _entry(one: RegisterEntry) -> FeedEntry:
    row, names = one.row, granted.names_of(one.row)
    return FeedEntry(
        id=f"/certificates/{row.number}#revision-{row.revision}",
        title=f"{names.title}, {one.program}: {one.standing.word}",
        updated=row.since,
        address=f"/certificates/{row.number}",
        summary=one.standing.sentence,
    )


PAGES: tuple[PageRoute, ...] = (PageRoute("/register", _register, forms=("json", "csv", "atom")),)
