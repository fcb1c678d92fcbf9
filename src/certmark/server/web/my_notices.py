"""What somebody was told, and how they want to be told."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.server.asking import TokenScope
from certmark.server.services.certification import own_notices
from certmark.server.services.certification.own_notices import OwnNotices
from certmark.server.services.certification.telling import texts
from certmark.server.services.context import Services
from certmark.server.web.desk import asks, form_page, own_page, sent
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_BASE = "/my/notices"
_WAYS = {
    "mail": "by mail",
    "digest": "in the next daily mail",
    "digested": "in a daily mail",
    "page": "here only",
}


class NoticeLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that they were told."""

    moment: int
    path: str
    subject: str
    body: str
    way: str


class NoticesPage(msgspec.Struct, frozen=True, kw_only=True):
    """The last hundred, the newest first."""

    notices: list[NoticeLine]
    language: str
    is_daily: bool
    without: list[str]
    """What each kind is."""


def _show(services: Services, asked: PageRequest) -> Shown:
    found = own_notices.show(services, asked.asker)
    choices, known = found.kept.choices, texts()
    page = NoticesPage(
        notices=[
            NoticeLine(moment=one.moment, path=one.path, subject=one.subject, body=one.body, way=_WAYS[one.way])
            for one in found.told
        ],
        language=known.languages.get(choices.language, choices.language),
        is_daily=choices.is_daily,
        without=[says for kind, says in known.kinds.items() if kind in choices.without],
    )
    return Shown("my/notices.html.j2", "Notices", page, section="my", freshness=Freshness.PRIVATE)


def _page(found: OwnNotices) -> Shown:
    known, choices = texts(), found.kept.choices
    kinds = tuple(Field(name=f"kind_{kind}", label=says, kind="check") for kind, says in known.kinds.items())
    languages = tuple(FormOption(code, name) for code, name in known.languages.items())
    form = WebForm(
        path=f"{_BASE}/choices",
        button="Save",
        revision=found.kept.revision,
        fields=(
            Field(name="language", label="Language", kind="choice", options=languages),
            Field(name="daily", label="One mail a day, instead of one for each", kind="check"),
            *kinds,
        ),
        back=_BASE,
    ).of(
        language=choices.language,
        daily=choices.is_daily,
        **{f"kind_{kind}": kind not in choices.without for kind in known.kinds},
    )
    lead = (
        "Mail is sent of the kinds that are ticked; everything else stands on your page only.",
        "Questions, decisions, suspensions and challenges come at once, whatever is ticked: something must be done.",
    )
    return form_page("How you are told", form, lead=lead, trail=(("/my", "My work"), (_BASE, "Notices")))


def _ask(services: Services, asked: PageRequest) -> Shown:
    return _page(own_notices.show(services, asked.asker))


def _choose(services: Services, asked: PageRequest) -> Shown | Response:
    kinds = list(texts().kinds)
    flags = [(name, bool, False) for name in ("daily", *(f"kind_{kind}" for kind in kinds))]
    into: Any = msgspec.defstruct("GivenChoices", [("language", Annotated[str, Meta(max_length=20)]), *flags])

    def act(given: Any, revision: int | None) -> Response:
        without = [kind for kind in kinds if not getattr(given, f"kind_{kind}")]
        own_notices.choose(services, asked.asker, revision, given.language, without, is_daily=given.daily)
        return done(asked, _BASE, "saved")

    return sent(asked, _ask(services, asked), act, into)


PAGES: tuple[PageRoute, ...] = (
    own_page(_BASE, _show),
    *asks(f"{_BASE}/choices", _ask, _choose, TokenScope.ACCOUNT),
)
