"""Queries that somebody follows by a webhook: made, tried, paused, removed, and what became of each delivery.

The secret that signs is shown in the answer that makes it, and never again.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidRequest
from certmark.domain.queries.reading import LONGEST, QueryMistake
from certmark.domain.subscriptions import Condition
from certmark.server import ids
from certmark.server.asking import TokenScope
from certmark.server.services import queries, questions, subscriptions
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.questions import Question
from certmark.server.services.subscriptions import BY_OWNER
from certmark.server.store.notices import Notice
from certmark.server.store.subscriptions import StoredSubscription
from certmark.server.web.desk import asks, carried_out, confirmed, form_page, identity_in, known, own_page, sent
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.handling import check_form
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

_BASE = "/my/subscriptions"
_TRAIL = (("/my", "My work"), (_BASE, "Subscriptions"))
_CONDITIONS = {
    "changed": "other runs answer, or a cloud's newest run comes to something else",
    "failing": "so many runs of a cloud fail, one after the other",
    "stale": "no run comes for so many days",
}
_ENDS = ("Nothing is sent any more, and the log of what was sent goes as well.",)


class SubscriptionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that follows a query."""

    id: str
    path: str
    query: str
    guideline: str | None
    program: str | None
    short: str
    url: str
    condition: str
    says: str
    number: int
    created: int
    runs: int
    """That answered when it was looked at last."""
    paused: str | None
    is_paused_by_owner: bool


class SubscriptionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """All of somebody's."""

    subscriptions: list[SubscriptionLine]


class DeliveryLine(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was sent, or is to be."""

    id: str
    created: int
    type: str
    attempts: int
    sent: int | None
    answer: str | None
    problem: str | None


class SubscriptionPage(msgspec.Struct, frozen=True, kw_only=True):
    """One, with its log."""

    subscription: SubscriptionLine
    deliveries: list[DeliveryLine]


class MadeSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """The secret of a new one, the only time that it is shown."""

    secret: str
    path: str
    url: str


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be followed, and where it is told."""

    q: Annotated[str, Meta(max_length=LONGEST)] = ""
    guideline: str = ""
    program: Annotated[str, Meta(max_length=200)] = ""
    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    condition: Literal["changed", "failing", "stale"]
    number: Annotated[int, Meta(ge=0, le=365)] | None = None


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    q: str = ""
    guideline: str = ""
    program: str = ""


def _list(services: Services, asked: PageRequest) -> Shown:
    lines = [_line(one) for one in subscriptions.own(services, asked.asker)]
    return _private("subscriptions/list.html.j2", "Subscriptions", SubscriptionsPage(subscriptions=lines))


def _line(one: StoredSubscription) -> SubscriptionLine:
    query = queries.read(one.query, one.content)
    identity = ids.written(one.id)
    return SubscriptionLine(
        id=identity,
        path=f"{_BASE}/{identity}",
        query=query.question.query,
        guideline=query.question.guideline,
        program=query.question.program,
        short=query.short,
        url=one.url,
        condition=one.condition,
        says=_CONDITIONS[one.condition],
        number=one.number,
        created=one.created,
        runs=subscriptions.runs_of(one),
        paused=one.paused,
        is_paused_by_owner=one.paused == BY_OWNER,
    )


def _show(services: Services, asked: PageRequest) -> Shown:
    found, log = subscriptions.log(services, asked.asker, identity_in(asked, "subscription"))
    data = SubscriptionPage(subscription=_line(found), deliveries=[_delivery(one) for one in log])
    return _private("subscriptions/one.html.j2", "Subscription", data)


def _delivery(found: Notice) -> DeliveryLine:
    return DeliveryLine(
        id=f"msg_{found.id.hex()}",
        created=found.created,
        type=found.subject,
        attempts=found.attempts,
        sent=found.sent,
        answer=found.answer,
        problem=found.problem,
    )


def _new(services: Services, asked: PageRequest) -> Shown:
    wanted = asked.query(_Wanted)
    return _page(_form(services).of(q=wanted.q, guideline=wanted.guideline, program=wanted.program))


def _form(services: Services) -> WebForm:
    known_here = (FormOption(one, one) for one in questions.known_guidelines(services))
    judges = (FormOption("", "as when they came"), *known_here)
    return WebForm(
        path=f"{_BASE}/new",
        button="Follow it",
        fields=(
            Field(
                name="q",
                label="The query",
                hint="Such as cloud:NAME, or vendor:NAME and not status:pass; empty: every shared run.",
                is_optional=True,
            ),
            Field(name="guideline", label="Judged by", kind="choice", options=judges, is_optional=True),
            Field(name="program", label="Program of the guideline", is_optional=True),
            Field(
                name="condition",
                label="Tell me when",
                kind="choice",
                options=tuple(FormOption(*one) for one in _CONDITIONS.items()),
                value="changed",
            ),
            Field(
                name="number",
                label="How many runs, or days",
                hint="Runs in a row that fail, or days without a run; of a change nothing.",
                is_optional=True,
            ),
            Field(name="url", label="Where it is told", hint="An https address that takes a POST, of your program."),
        ),
        back=_BASE,
    )


def _page(form: WebForm) -> Shown:
    lead = (
        "What is new is sent as JSON, signed as Standard Webhooks has it. What is there already is not told.",
        "Somebody who only reads along takes the Atom feed of the query.",
    )
    return form_page("Follow a query", form, lead=lead, trail=_TRAIL)


def _make(services: Services, asked: PageRequest) -> Shown | Response:
    def act(new: NewSubscription, _: int | None) -> Shown:
        question = Question(new.q, new.guideline or None, new.program or None)
        questions.ask(services, asked.asker, question)
        short = queries.save(services, asked.asker, question, {}).short
        condition = Condition(new.condition)
        found = subscriptions.subscribe(services, asked.asker, short, new.url, condition, new.number or 0)
        made = MadeSubscription(secret=found.secret, path=f"{_BASE}/{ids.written(found.id)}", url=found.url)
        shown = _private("subscriptions/made.html.j2", "The secret of your subscription", made)
        return shown._replace(status=HTTPStatus.CREATED)

    at: dict[type[Exception], str] = {QueryMistake: "q", NotFound: "guideline", InvalidRequest: "url"}
    return sent(asked, _page(_form(services)), act, NewSubscription, at)


def _ask_end(services: Services, asked: PageRequest) -> Shown:
    line = _line(subscriptions.one(services, asked.asker, identity_in(asked, "subscription")))
    form = confirmed(f"{line.path}/end", "Remove it", line.path)
    return form_page("Follow this query no more?", form, consequences=_ENDS, trail=_TRAIL)


def _end(services: Services, asked: PageRequest) -> Shown | Response:
    def act(_: int | None) -> None:
        subscriptions.remove(services, asked.asker, identity_in(asked, "subscription"))

    return carried_out(asked, _ask_end(services, asked), act, _BASE, "removed")


def _test(services: Services, asked: PageRequest) -> Response:
    check_form(asked)
    identity = identity_in(asked, "subscription")
    subscriptions.try_out(services, asked.asker, identity)
    return done(asked, f"{_BASE}/{ids.written(identity)}", "tried")


def _pause(services: Services, asked: PageRequest) -> Response:
    return _paused(services, asked, is_paused=True)


def _resume(services: Services, asked: PageRequest) -> Response:
    return _paused(services, asked, is_paused=False)


def _paused(services: Services, asked: PageRequest, *, is_paused: bool) -> Response:
    check_form(asked)
    identity = identity_in(asked, "subscription")
    subscriptions.pause(services, asked.asker, identity, is_paused=is_paused)
    return done(asked, f"{_BASE}/{ids.written(identity)}", "saved")


def _private(template: str, title: str, data: msgspec.Struct) -> Shown:
    return Shown(template, title, data, section="my", freshness=Freshness.PRIVATE)


_ONE = f"{_BASE}/{{subscription}}"
PAGES: tuple[PageRoute, ...] = (
    own_page(_BASE, _list),
    *asks(f"{_BASE}/new", _new, _make, TokenScope.ACCOUNT),
    own_page(_ONE, _show),
    *asks(f"{_ONE}/end", _ask_end, _end, TokenScope.ACCOUNT),
    *(
        PageRoute(f"{_ONE}/{word}", known(handler), method="POST")
        for word, handler in (("test", _test), ("pause", _pause), ("resume", _resume))
    ),
)
