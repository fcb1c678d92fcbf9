"""Saved queries, and webhooks that follow them."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.permissions import Right
from certmark.domain.subscriptions import Condition
from certmark.server import ids
from certmark.server.api.bodies import END, RunId, Word, moment
from certmark.server.api.routes import Answer, Nothing, Route
from certmark.server.api.v2.corpus import SEES_SHARED, QueryText
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import queries, subscriptions
from certmark.server.services.context import Services
from certmark.server.services.queries import SavedQuery
from certmark.server.services.questions import Question
from certmark.server.store.notices import Notice
from certmark.server.store.subscriptions import StoredSubscription

Short = Annotated[str, Meta(pattern=rf"^[a-z2-7]{{12}}{END}", description="As it was given when the query was saved.")]
Wanted = Literal["changed", "failing", "stale"]


class OfQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which query."""

    short: Short


class OfSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """Which subscription."""

    subscription: RunId


class NewQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query to be saved."""

    q: QueryText
    guideline: Word | None = None
    program: Word | None = None
    more: dict[str, str] = {}
    """What else the page was asked: parameters of its address, at most ten."""


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """A saved query."""

    short: str
    q: str
    guideline: str | None
    program: str | None
    more: dict[str, str]
    path: str
    """Of its page; with .atom behind it, its feed."""


class NewSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be followed, and where it is told."""

    query: Short
    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    """An https address that takes a POST."""
    condition: Wanted
    """changed: other runs answer, or a cloud's newest run came to something else; failing: the newest `number` runs
    of a cloud failed; stale: no run was received for `number` days.
    """
    number: Annotated[int, Meta(ge=0, le=365)] = 0


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that follows a saved query."""

    id: str
    query: str
    url: str
    condition: str
    number: int
    created: str
    runs: int
    """That answered the query when it was looked at last."""
    paused: str | None
    """Why nothing is sent; null: it is."""


class MadeSubscription(Subscription, frozen=True, kw_only=True):
    """Likewise, once."""

    secret: str
    """That signs what is sent (Standard Webhooks); it is shown this once."""


class Subscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """All of yours, the newest first."""

    subscriptions: list[Subscription]


class ChangedSubscription(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be changed."""

    paused: bool


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was sent, or is to be."""

    id: str
    """As `webhook-id` says it."""
    created: str
    type: str
    attempts: int
    sent: str | None
    """When it was taken."""
    answer: str | None
    """What came of the last attempt."""
    problem: str | None
    """Why it is not tried any more."""


class Deliveries(msgspec.Struct, frozen=True, kw_only=True):
    """Those of the last 30 days, the newest first, at most 100."""

    deliveries: list[Delivery]


def _save(services: Services, asker: Asker, asked: Nothing, new: NewQuery) -> Answer:  # noqa: ARG001 - every handler takes these
    found = queries.save(services, asker, Question(new.q, new.guideline, new.program), new.more)
    return Answer(query_body(found), headers={"Location": f"/api/v2/queries/{found.short}"})


def _show(services: Services, asker: Asker, asked: OfQuery) -> Answer:  # noqa: ARG001 - likewise
    return Answer(query_body(queries.show(services, asked.short)), is_public=True)


def query_body(found: SavedQuery) -> Query:
    """A saved query as JSON has it."""
    question = found.question
    return Query(
        short=found.short,
        q=question.query,
        guideline=question.guideline,
        program=question.program,
        more=dict(found.more),
        path=f"/queries/{found.short}",
    )


def _list(services: Services, asker: Asker, asked: Nothing) -> Subscriptions:  # noqa: ARG001 - likewise
    return Subscriptions(subscriptions=[_body(one) for one in subscriptions.own(services, asker)])


def _subscribe(services: Services, asker: Asker, asked: Nothing, new: NewSubscription) -> Answer:  # noqa: ARG001 - likewise
    found = subscriptions.subscribe(services, asker, new.query, new.url, Condition(new.condition), new.number)
    body = MadeSubscription(**msgspec.structs.asdict(_body(found)), secret=found.secret)
    return Answer(body, headers={"Location": f"/api/v2/subscriptions/{body.id}"})


def _body(found: StoredSubscription) -> Subscription:
    return Subscription(
        id=ids.written(found.id),
        query=found.query,
        url=found.url,
        condition=found.condition,
        number=found.number,
        created=moment(found.created) or "",
        runs=subscriptions.runs_of(found),
        paused=found.paused,
    )


def _one(services: Services, asker: Asker, asked: OfSubscription) -> Subscription:
    return _body(subscriptions.one(services, asker, ids.read(asked.subscription)))


def _change(services: Services, asker: Asker, asked: OfSubscription, change: ChangedSubscription) -> Subscription:
    return _body(subscriptions.pause(services, asker, ids.read(asked.subscription), is_paused=change.paused))


def _remove(services: Services, asker: Asker, asked: OfSubscription) -> None:
    subscriptions.remove(services, asker, ids.read(asked.subscription))


def _try(services: Services, asker: Asker, asked: OfSubscription) -> Delivery:
    return delivery_body(subscriptions.try_out(services, asker, ids.read(asked.subscription)))


def _deliveries(services: Services, asker: Asker, asked: OfSubscription) -> Deliveries:
    _, found = subscriptions.log(services, asker, ids.read(asked.subscription))
    return Deliveries(deliveries=[delivery_body(one) for one in found])


def delivery_body(found: Notice) -> Delivery:
    """A delivery as JSON has it."""
    return Delivery(
        id=f"msg_{found.id.hex()}",
        created=moment(found.created) or "",
        type=found.subject,
        attempts=found.attempts,
        sent=moment(found.sent),
        answer=found.answer,
        problem=found.problem,
    )


_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_MAY = (Right.SUBSCRIBE,)
_OWN = (Right.SEE_OWN_DATA,)
ROUTES = (
    Route(
        method="POST",
        path="/queries",
        name="save_query",
        summary="Save a query: a short id stands for it from then on.",
        handler=_save,
        body=NewQuery,
        answer=Query,
        status=HTTPStatus.CREATED,
        scope=TokenScope.READ,
        may=_MAY,
        errors=(*_BODY, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/queries/{short}",
        name="show_query",
        summary="A saved query.",
        handler=_show,
        may=SEES_SHARED,
        parameters=OfQuery,
        answer=Query,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/subscriptions",
        name="list_subscriptions",
        summary="Your webhooks that follow saved queries.",
        handler=_list,
        answer=Subscriptions,
        scope=TokenScope.ACCOUNT,
        may=_OWN,
    ),
    Route(
        method="POST",
        path="/subscriptions",
        name="subscribe",
        summary="Follow a saved query by a webhook; the secret is in the answer, this once.",
        handler=_subscribe,
        body=NewSubscription,
        answer=MadeSubscription,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(*_BODY, HTTPStatus.NOT_FOUND),
    ),
    Route(
        method="GET",
        path="/subscriptions/{subscription}",
        name="show_subscription",
        summary="One of your webhooks.",
        handler=_one,
        parameters=OfSubscription,
        answer=Subscription,
        scope=TokenScope.ACCOUNT,
        may=_OWN,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="PATCH",
        path="/subscriptions/{subscription}",
        name="edit_subscription",
        summary="Pause a webhook, or set it going again.",
        handler=_change,
        parameters=OfSubscription,
        body=ChangedSubscription,
        answer=Subscription,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(*_BODY, HTTPStatus.NOT_FOUND),
    ),
    Route(
        method="DELETE",
        path="/subscriptions/{subscription}",
        name="remove_subscription",
        summary="Follow no more, and forget what was sent.",
        handler=_remove,
        parameters=OfSubscription,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/subscriptions/{subscription}/test",
        name="test_subscription",
        summary="Have a delivery sent that says nothing new.",
        handler=_try,
        parameters=OfSubscription,
        answer=Delivery,
        status=HTTPStatus.ACCEPTED,
        scope=TokenScope.ACCOUNT,
        may=_MAY,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/subscriptions/{subscription}/deliveries",
        name="list_deliveries",
        summary="What was sent to one of your webhooks, and what came of it.",
        handler=_deliveries,
        parameters=OfSubscription,
        answer=Deliveries,
        scope=TokenScope.ACCOUNT,
        may=_OWN,
        errors=(HTTPStatus.NOT_FOUND,),
    ),
)
