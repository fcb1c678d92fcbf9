"""What you were told of applications, certificates and cases, and how you want to be told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.server.api.bodies import moment
from certmark.server.api.routes import Nothing, Route
from certmark.server.asking import Asker, TokenScope
from certmark.server.services.certification import own_notices
from certmark.server.services.certification.telling import texts
from certmark.server.services.context import Services
from certmark.server.store.told import KeptChoices, ToldNotice

Kind = Annotated[str, Meta(max_length=40)]


class NoticeBody(msgspec.Struct, frozen=True, kw_only=True):
    """Something that you were told."""

    moment: str
    event: str
    path: str
    """Of the page of what it is about."""
    subject: str
    body: str
    way: str
    """mail; digest: it waits for the daily mail; digested; page: no mail was sent."""


class ChoicesBody(msgspec.Struct, frozen=True, kw_only=True):
    """How you want to be told."""

    language: str
    daily: bool
    without: list[str]
    """Kinds of which no mail is sent; what commits you to act comes all the same."""
    kinds: dict[str, str]
    """All there are, and what each is."""
    languages: dict[str, str]


class NoticesBody(msgspec.Struct, frozen=True, kw_only=True):
    """The last hundred, the newest first."""

    notices: list[NoticeBody]
    choices: ChoicesBody


class NewChoices(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How you want to be told from now on."""

    language: Annotated[str, Meta(max_length=20)] = "en"
    daily: bool = False
    """One mail a day instead of one for each."""
    without: Annotated[list[Kind], Meta(max_length=20)] = []


def _show(services: Services, asker: Asker, asked: Nothing) -> NoticesBody:  # noqa: ARG001 - every handler takes these
    found = own_notices.show(services, asker)
    return NoticesBody(notices=[_notice(one) for one in found.told], choices=_choices(found.kept))


def _notice(one: ToldNotice) -> NoticeBody:
    when = moment(one.moment) or ""
    return NoticeBody(moment=when, event=one.event, path=one.path, subject=one.subject, body=one.body, way=one.way)


def _choices(kept: KeptChoices) -> ChoicesBody:
    known, choices = texts(), kept.choices
    return ChoicesBody(
        language=choices.language,
        daily=choices.is_daily,
        without=sorted(choices.without),
        kinds=dict(known.kinds),
        languages=dict(known.languages),
    )


def _choose(services: Services, asker: Asker, asked: Nothing, new: NewChoices) -> ChoicesBody:  # noqa: ARG001 - likewise
    return _choices(own_notices.choose(services, asker, None, new.language, new.without, is_daily=new.daily))


ROUTES = (
    Route(
        method="GET",
        path="/notices",
        name="list_notices",
        summary="What you were told of applications, certificates and cases, and how you want to be.",
        handler=_show,
        answer=NoticesBody,
        scope=TokenScope.READ,
        may=(Right.SEE_OWN_DATA,),
    ),
    Route(
        method="PUT",
        path="/notices/choices",
        name="choose_notices",
        summary="How you want to be told: language, one mail a day, without which kinds.",
        handler=_choose,
        body=NewChoices,
        answer=ChoicesBody,
        scope=TokenScope.ACCOUNT,
        may=(Right.SUBSCRIBE,),
        errors=(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT),
    ),
)
