"""Pages of text: what this is, the API, what is kept and for how long, and how the pages can be used."""

from __future__ import annotations

import msgspec

from certmark.server.services import retention
from certmark.server.services.context import Services
from certmark.server.settings import Settings
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import PageRoute, Shown

_DAY = 86_400


class AboutPage(msgspec.Struct, frozen=True, kw_only=True):
    """What this is."""

    address: str
    anonymous_uploads: bool
    has_log: bool


class ApiPage(msgspec.Struct, frozen=True, kw_only=True):
    """Where programs ask."""

    root: str
    openapi: str
    refstack: str


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is kept of people."""

    what: str
    why: str
    until: str


class PrivacyPage(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of people, and for how long, by the settings of this server."""

    kept: list[Kept]
    contact: str | None
    providers: list[str]
    is_local: bool


class AccessibilityPage(msgspec.Struct, frozen=True, kw_only=True):
    """How far the pages can be used by everybody, and what is known to be missing."""

    standard: str
    gaps: list[str]
    contact: str | None


def _about(services: Services, asked: PageRequest) -> Shown:
    settings = services.settings
    data = AboutPage(
        address=asked.absolute(""),
        anonymous_uploads=settings.anonymous_uploads,
        has_log=settings.log_origin is not None,
    )
    return Shown("about/about.html.j2", "About", data)


def _api(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - every handler takes these
    root = asked.absolute("/api/v2")
    data = ApiPage(root=root, openapi=f"{root}/openapi.json", refstack=asked.absolute("/v1"))
    return Shown("about/api.html.j2", "API", data)


def _privacy(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - likewise
    settings = services.settings
    data = PrivacyPage(
        kept=kept(settings),
        contact=settings.operator_mail,
        providers=[one.shown for one in settings.providers],
        is_local=settings.is_local,
    )
    return Shown("about/privacy.html.j2", "Privacy", data)


def kept(settings: Settings) -> list[Kept]:
    """What is kept of people, and until when."""
    idle, longest = _days(settings.session_idle), _days(settings.session_longest)
    private = (
        f"{settings.retention_days} days, if it belongs to no product; you are told {retention.NOTICE_DAYS} days before"
        if settings.retention_days
        else "you delete it"
    )
    return [
        Kept(
            what="Your account: what your provider calls you (issuer and subject), your name and mail address there",
            why="so that you are the same person at each sign-in; a mail address is never who you are",
            until="you erase your data",
        ),
        Kept(
            what="Sessions: when they began and were used last, and what your browser calls itself",
            why="so that you stay signed in, and see where",
            until=f"{idle} without use, {longest} at most, and as long again for the list of what ended",
        ),
        Kept(
            what="Tokens and keys: digests of tokens, public keys, when they were used last",
            why="so that your programs are let in; tokens themselves are not kept",
            until="you end or remove them; an ended token's digest 30 days longer",
        ),
        Kept(
            what="Private runs: the bytes that you sent, outcomes, verdicts, tags",
            why="so that they can be judged and shown to you",
            until=private,
        ),
        Kept(
            what="Shared runs and runs of a vendor's products",
            why="so that everybody, or the vendor, can rely on them",
            until="their owners delete them; what the programme office verified stays",
        ),
        Kept(
            what="The audit: who changed what, by a number that stands for you",
            why="so that changes can be answered for",
            until="for ever; once you erase your data nobody finds you by that number",
        ),
        Kept(
            what="Uploads that break off, and runs in progress",
            why="so that they can go on",
            until="a day without anything new",
        ),
    ]


def _days(seconds: float) -> str:
    if seconds >= 2 * _DAY:
        return f"{seconds / _DAY:g} days"
    return f"{seconds / 3600:g} hours"


_GAPS = [
    "Wide tables scroll sideways on narrow screens, in a region that can be focused and has a name.",
    "Evidence and messages of test suites are shown as they came: their words and their language are not ours.",
    "Drawings have their numbers as a table beside them; they are not described point by point.",
    "Text of guidelines and agreements is that of their authors, and has their structure only.",
    "The pages were tried with Chromium and with automatic checks (axe); with screen readers only now and then.",
]


def _accessibility(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - likewise
    data = AccessibilityPage(standard="WCAG 2.2, level AA", gaps=_GAPS, contact=services.settings.operator_mail)
    return Shown("about/accessibility.html.j2", "Accessibility", data)


PAGES: tuple[PageRoute, ...] = (
    PageRoute("/about", _about),
    PageRoute("/api", _api),
    PageRoute("/privacy", _privacy),
    PageRoute("/accessibility", _accessibility),
)
