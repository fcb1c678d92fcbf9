"""What was sent: its files as text on a page, never served as what they are; all of it, and reports, to be kept.

1. A stranger's bytes are shown as text, escaped, a part at a time; as bytes they are an attachment of no type.
2. A report is an attachment, too: what is in it came from strangers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import quote

import msgspec
from msgspec import Meta
from starlette.responses import Response, StreamingResponse

from certmark.server.reading.messages import EvidenceMember
from certmark.server.services import evidence, run_views, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.runs import VerdictRequest
from certmark.server.web.requests import PageRequest
from certmark.server.web.runs.words import RunFacts, Word, facts_of, run_asked
from certmark.server.web.site import Freshness, PageRoute, Shown

_PART = 64 << 10
"""Bytes of a file on a page."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-cache",
}
_SUFFIXES = {"json": "json", "junit": "xml", "markdown": "md", "html": "html", "text": "txt"}


class WantedPart(msgspec.Struct, frozen=True, kw_only=True):
    """Which file, from which byte on."""

    member: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    first: Annotated[int, Meta(ge=0, le=1 << 40)] = 0


class WantedReport(msgspec.Struct, frozen=True, kw_only=True):
    """By what is judged; none: by what its sender named."""

    guideline: Word | None = None
    program: Word | None = None
    policy: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None


class EvidencePage(msgspec.Struct, frozen=True, kw_only=True):
    """The files in what was sent, and a part of one."""

    run: RunFacts
    members: Sequence[EvidenceMember]
    member: str | None
    text: str | None
    """null: no file was asked for, or it is no text."""
    first: int
    last: int
    size: int
    """Of the file."""
    before: int | None
    behind: int | None


def shown(services: Services, asked: PageRequest) -> Shown:
    """Rule 1. Raises NotFound, InvalidRequest or FormatError."""
    wanted = asked.query(WantedPart)
    row, found = run_views.files_of(
        services, asked.asker, run_asked(asked), wanted.member, first=wanted.first, size=_PART
    )
    facts, member = facts_of(row), wanted.member
    only = found.members[0].path if len(found.members) == 1 else None
    if member is None and only is not None:
        member = only
        _, found = run_views.files_of(services, asked.asker, row.id, only, first=wanted.first, size=_PART)
    size = next((one.size for one in found.members if one.path == member), 0)
    last = found.first + found.size
    page = EvidencePage(
        run=facts,
        members=found.members,
        member=member,
        text=found.text if member is not None and found.is_text else None,
        first=found.first,
        last=last,
        size=max(size, last),
        before=None if not found.first else max(0, found.first - _PART),
        behind=last if found.size == _PART else None,
    )
    freshness = Freshness.PUBLIC if row.is_public else Freshness.PRIVATE
    title = f"Evidence of the run of {facts.called}"
    return Shown("runs/evidence.html.j2", title, page, section="runs", freshness=freshness)


def download(services: Services, asked: PageRequest) -> Response:
    """The bytes as they were received. Raises NotFound, DamagedEvidence or EvidenceAway."""
    found = evidence.bytes_of(services, asked.asker, run_asked(asked))
    headers = {
        **_HEADERS,
        "Content-Length": str(found.size),
        "Content-Disposition": _attachment(found.run.name),
        "ETag": f'"{found.digest.hex()}"',
    }
    return StreamingResponse(found.pieces, headers=headers, media_type="application/octet-stream")


def report(services: Services, asked: PageRequest) -> Response:
    """Rule 2. Raises NotFound, InvalidRequest, NotReadYet or UnreadableResults."""
    form = str(asked.request.path_params["form"])
    if form not in _SUFFIXES:
        raise NotFound(f"there is no report as {form[:40]!r}; there are {', '.join(_SUFFIXES)}")
    wanted = asked.query(WantedReport)
    row, _ = runs.show(services, asked.asker, run_asked(asked))
    by = VerdictRequest(
        guideline=wanted.guideline, program=wanted.program, policy=wanted.policy, as_of=row.as_of, form=form
    )
    _, verdict = runs.verdict(services, asked.asker, row.id, by)
    name = f"report-{facts_of(row).id[:8]}.{_SUFFIXES[form]}"
    headers = {**_HEADERS, "Content-Disposition": _attachment(name)}
    return Response(verdict.rendered, headers=headers, media_type="application/octet-stream")


def _attachment(name: str) -> str:
    """A stranger's name as that of a file: without folders, and nothing that a header or a shell reads."""
    plain = re.sub(r"[^A-Za-z0-9._+-]", "_", name.replace("\\", "/").rpartition("/")[2]).lstrip(".") or "run"
    return f"attachment; filename=\"{plain[:150]}\"; filename*=UTF-8''{quote(plain[:150])}"


PAGES = (
    PageRoute("/runs/{run}/evidence", shown),
    PageRoute("/runs/{run}/download", download, forms=()),
    PageRoute("/runs/{run}/report/{form}", report, forms=()),
)
