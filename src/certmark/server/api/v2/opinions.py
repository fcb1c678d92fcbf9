"""Votes on tests, nominations, questionnaires, and all of it as evidence for scores."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.domain.opinions import LONGEST_LINK, LONGEST_NAME, LONGEST_REASON, AnswerCounts
from certmark.domain.permissions import Right
from certmark.domain.questionnaires import LONGEST_ANSWER
from certmark.server import ids
from certmark.server.api.bodies import END, RunId, moment
from certmark.server.api.routes import Content, Nothing, Route
from certmark.server.api.tables import csv_of
from certmark.server.asking import Asker, TokenScope
from certmark.server.services import opinions, questionnaires, tests_over_time
from certmark.server.services.context import Services
from certmark.server.services.opinions import OpinionsOnTest
from certmark.server.services.questionnaires import ShownQuestionnaire
from certmark.server.store.opinions import StoredNomination

Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
NameOfTest = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class OfTest(msgspec.Struct, frozen=True, kw_only=True):
    """Which test, by its name or id."""

    test: NameOfTest


class OfQuestionnaire(msgspec.Struct, frozen=True, kw_only=True):
    """Which questionnaire."""

    questionnaire: Annotated[str, Meta(pattern=rf"^[a-z0-9][a-z0-9-]{{0,39}}{END}", description="Its word.")]


class OfNomination(msgspec.Struct, frozen=True, kw_only=True):
    """Which nomination."""

    nomination: RunId


class NewVote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What you think of a test."""

    is_for: bool
    """Whether guidelines should ask for it."""
    reason: Reason


class VoteBody(msgspec.Struct, frozen=True, kw_only=True):
    """A vote, without whose it is."""

    is_for: bool
    reason: str
    moment: str


class OpinionsOfTest(msgspec.Struct, frozen=True, kw_only=True):
    """How people who sent runs voted on a test."""

    test: str
    """Its id, else its name."""
    number_for: int
    number_against: int
    newest: list[VoteBody]
    """At most 20."""
    own: VoteBody | None
    """Yours."""


class NewNomination(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A test that no guideline tracks."""

    test: NameOfTest
    link: Annotated[str, Meta(min_length=1, max_length=LONGEST_LINK)]
    """Where it is."""
    reason: Reason


class NominationBody(msgspec.Struct, frozen=True, kw_only=True):
    """A test that somebody named."""

    id: str
    test: str
    link: str
    reason: str
    moment: str


class Nominations(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, the newest first."""

    nominations: list[NominationBody]


class QuestionBody(msgspec.Struct, frozen=True, kw_only=True):
    """A question."""

    word: str
    asks: str
    choices: dict[str, str]
    """Words, and what each says; none: a text is the answer."""
    is_optional: bool
    counts: dict[str, int] | None
    """How often each was chosen; null: it is a text, or too few answered to be counted."""


class QuestionnaireBody(msgspec.Struct, frozen=True, kw_only=True):
    """A few questions."""

    word: str
    title: str
    says: str
    closes: str | None
    """The last day; null: nobody set one."""
    is_open: bool
    answered: int
    questions: list[QuestionBody]
    own: dict[str, str] | None
    """What you answered."""


class QuestionnairesBody(msgspec.Struct, frozen=True, kw_only=True):
    """All that are asked here."""

    questionnaires: list[QuestionnaireBody]


class NewAnswers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What you answer, by the words of the questions."""

    answers: Annotated[
        dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=LONGEST_ANSWER)]], Meta(max_length=30)
    ]


class AnswersBody(msgspec.Struct, frozen=True, kw_only=True):
    """What you answered."""

    answers: dict[str, str]
    moment: str


class VotesOfTest(msgspec.Struct, frozen=True, kw_only=True):
    """All votes on a test."""

    test: str
    number_for: int
    number_against: int
    reasons: list[str]


class NominatedTest(msgspec.Struct, frozen=True, kw_only=True):
    """A nomination."""

    test: str
    link: str
    reason: str


class AnsweredQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question whose answers speak for a mark."""

    asks: str
    criterion: str
    capabilities: list[str]
    counts: dict[str, int]


class ExportedOpinions(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people said, as scores take it for evidence."""

    format: str = "certmark-opinions"
    version: int = 1
    votes: list[VotesOfTest]
    nominations: list[NominatedTest]
    answers: list[AnsweredQuestion]


def _on_test(services: Services, asker: Asker, asked: OfTest) -> OpinionsOfTest:
    return _opinions(opinions.on_test(services, asker, tests_over_time.show(services, asker, asked.test)))


def _vote(services: Services, asker: Asker, asked: OfTest, new: NewVote) -> OpinionsOfTest:
    return _opinions(opinions.vote(services, asker, asked.test, new.reason, is_for=new.is_for))


def _opinions(found: OpinionsOnTest) -> OpinionsOfTest:
    shown = [VoteBody(is_for=one.is_for, reason=one.reason, moment=moment(one.moment) or "") for one in found.newest]
    own = found.own
    return OpinionsOfTest(
        test=found.test,
        number_for=found.number_for,
        number_against=found.number_against,
        newest=shown,
        own=None if own is None else VoteBody(is_for=own.is_for, reason=own.reason, moment=moment(own.moment) or ""),
    )


def _take_back(services: Services, asker: Asker, asked: OfTest) -> None:
    opinions.take_back(services, asker, asked.test)


def _nominations(services: Services, asker: Asker, asked: Nothing) -> Nominations:  # noqa: ARG001 - every handler takes these
    return Nominations(nominations=[_nomination(one) for one in opinions.nominated(services, asker)])


def _nomination(found: StoredNomination) -> NominationBody:
    said = found.nomination
    return NominationBody(
        id=ids.written(found.id), test=said.test, link=said.link, reason=said.reason, moment=moment(said.moment) or ""
    )


def _nominate(services: Services, asker: Asker, asked: Nothing, new: NewNomination) -> NominationBody:  # noqa: ARG001 - likewise
    return _nomination(opinions.nominate(services, asker, new.test, new.link, new.reason))


def _withdraw(services: Services, asker: Asker, asked: OfNomination) -> None:
    opinions.withdraw(services, asker, ids.read(asked.nomination))


def _questionnaires(services: Services, asker: Asker, asked: Nothing) -> QuestionnairesBody:  # noqa: ARG001 - likewise
    return QuestionnairesBody(questionnaires=[_body(one) for one in questionnaires.show_all(services, asker)])


def _questionnaire(services: Services, asker: Asker, asked: OfQuestionnaire) -> QuestionnaireBody:
    return _body(questionnaires.show(services, asker, asked.questionnaire))


def _body(found: ShownQuestionnaire) -> QuestionnaireBody:
    about = found.questionnaire
    questions = [
        QuestionBody(
            word=one.word,
            asks=one.asks,
            choices=dict(one.choices),
            is_optional=one.is_optional,
            counts=dict(found.counts[one.word]) if one.word in found.counts else None,
        )
        for one in about.questions
    ]
    return QuestionnaireBody(
        word=about.word,
        title=about.title,
        says=about.says,
        closes=None if about.closes is None else about.closes.isoformat(),
        is_open=found.is_open,
        answered=found.answered,
        questions=questions,
        own=None if found.own is None else dict(found.own.answers),
    )


def _answer(services: Services, asker: Asker, asked: OfQuestionnaire, new: NewAnswers) -> AnswersBody:
    found = questionnaires.answer(services, asker, asked.questionnaire, new.answers)
    return AnswersBody(answers=dict(found.answers), moment=moment(found.moment) or "")


def _unanswer(services: Services, asker: Asker, asked: OfQuestionnaire) -> None:
    questionnaires.take_back(services, asker, asked.questionnaire)


def _answers(services: Services, asker: Asker, asked: OfQuestionnaire) -> Content:
    return Content(csv_of(*questionnaires.table(services, asker, asked.questionnaire)), _CSV)


def _export(services: Services, asker: Asker, asked: Nothing) -> ExportedOpinions:  # noqa: ARG001 - likewise
    found = opinions.export(services, asker)
    return ExportedOpinions(
        votes=[VotesOfTest(**one._asdict() | {"reasons": list(one.reasons)}) for one in found.votes],
        nominations=[NominatedTest(test=one.test, link=one.link, reason=one.reason) for one in found.nominations],
        answers=[_answered(one) for one in questionnaires.as_evidence(services, asker)],
    )


def _answered(one: AnswerCounts) -> AnsweredQuestion:
    return AnsweredQuestion(
        asks=one.asks, criterion=one.criterion, capabilities=list(one.capabilities), counts=dict(one.counts)
    )


def _export_csv(services: Services, asker: Asker, asked: Nothing) -> Content:  # noqa: ARG001 - likewise
    return Content(csv_of(*opinions.table(services, asker)), _CSV)


_CSV = "text/csv; charset=utf-8; header=present"
_BODY = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.REQUEST_TIMEOUT)
_NONE = (HTTPStatus.NOT_FOUND,)
_SAYS, _COUNTS = (Right.GIVE_OPINION,), (Right.SEE_STATISTICS,)
ROUTES = (
    Route(
        method="GET",
        path="/opinions.json",
        name="export_opinions",
        summary="All votes, nominations and counts of answers: evidence for scores.",
        handler=_export,
        answer=ExportedOpinions,
        may=_COUNTS,
    ),
    Route(
        method="GET",
        path="/opinions.csv",
        name="export_opinions_as_csv",
        summary="The same as a table, a vote or a nomination in each line.",
        handler=_export_csv,
        answer=None,
        media=("text/csv",),
        may=_COUNTS,
    ),
    Route(
        method="GET",
        path="/votes",
        name="show_votes",
        summary="How people who sent runs voted on a test, and why.",
        handler=_on_test,
        parameters=OfTest,
        answer=OpinionsOfTest,
        may=_COUNTS,
        errors=_NONE,
    ),
    Route(
        method="PUT",
        path="/votes",
        name="vote",
        summary="Vote on a test, for or against, or change your vote; you have sent a run.",
        handler=_vote,
        parameters=OfTest,
        body=NewVote,
        answer=OpinionsOfTest,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=(*_BODY, *_NONE),
    ),
    Route(
        method="DELETE",
        path="/votes",
        name="take_vote_back",
        summary="Vote on a test no more.",
        handler=_take_back,
        parameters=OfTest,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/nominations",
        name="list_nominations",
        summary="Tests that no guideline tracks and somebody named.",
        handler=_nominations,
        answer=Nominations,
        may=_COUNTS,
    ),
    Route(
        method="POST",
        path="/nominations",
        name="nominate_test",
        summary="Name a test that no guideline tracks, or one of your own; you have sent a run.",
        handler=_nominate,
        body=NewNomination,
        answer=NominationBody,
        status=HTTPStatus.CREATED,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=(*_BODY, HTTPStatus.CONFLICT),
    ),
    Route(
        method="DELETE",
        path="/nominations/{nomination}",
        name="withdraw_nomination",
        summary="Take a nomination of yours back.",
        handler=_withdraw,
        parameters=OfNomination,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=_NONE,
    ),
    Route(
        method="GET",
        path="/questionnaires",
        name="list_questionnaires",
        summary="Questionnaires, what they ask, and what came of them.",
        handler=_questionnaires,
        answer=QuestionnairesBody,
        may=_COUNTS,
    ),
    Route(
        method="GET",
        path="/questionnaires/{questionnaire}",
        name="show_questionnaire",
        summary="A questionnaire, and your answers.",
        handler=_questionnaire,
        parameters=OfQuestionnaire,
        answer=QuestionnaireBody,
        may=_COUNTS,
        errors=_NONE,
    ),
    Route(
        method="PUT",
        path="/questionnaires/{questionnaire}/answers",
        name="answer_questionnaire",
        summary="Answer a questionnaire, or change your answers while it is open.",
        handler=_answer,
        parameters=OfQuestionnaire,
        body=NewAnswers,
        answer=AnswersBody,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=(*_BODY, *_NONE, HTTPStatus.CONFLICT),
    ),
    Route(
        method="DELETE",
        path="/questionnaires/{questionnaire}/answers",
        name="take_answers_back",
        summary="Take your answers back while it is open.",
        handler=_unanswer,
        parameters=OfQuestionnaire,
        answer=None,
        status=HTTPStatus.NO_CONTENT,
        scope=TokenScope.ACCOUNT,
        may=_SAYS,
        errors=(*_NONE, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/questionnaires/{questionnaire}/answers.csv",
        name="export_answers",
        summary="Every answer, without names, for the programme office.",
        handler=_answers,
        parameters=OfQuestionnaire,
        answer=None,
        media=("text/csv",),
        scope=TokenScope.READ,
        may=(Right.SEE_ANSWERS,),
        errors=_NONE,
    ),
)
