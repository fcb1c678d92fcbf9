"""Votes on tests, nominations, and questionnaires: what people say, and where they say it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidRequest
from certmark.domain.opinions import LONGEST_LINK, LONGEST_NAME, LONGEST_REASON
from certmark.domain.questionnaires import FEWEST, LONGEST_ANSWER, QuestionnaireForm
from certmark.server import ids
from certmark.server.asking import TokenScope
from certmark.server.services import opinions, questionnaires, tests_over_time
from certmark.server.services.context import Services
from certmark.server.services.errors import WrongState
from certmark.server.services.questionnaires import ShownQuestionnaire
from certmark.server.store.opinions import StoredNomination
from certmark.server.web.desk import asks, carried_out, confirmed, form_page, identity_in, own_page, sent
from certmark.server.web.forms import Field, FormOption, WebForm, done
from certmark.server.web.handling import check_form
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, PageRoute, Shown

Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
NameOfTest = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
_VOTES = {
    "for": "guidelines should ask for it",
    "against": "guidelines should not ask for it",
    "none": "no vote of mine",
}
_NAMED = "/nominations"


class VoteGiven(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody thinks of a test."""

    test: NameOfTest
    vote: Literal["for", "against", "none"]
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""


class NominationGiven(msgspec.Struct, frozen=True, kw_only=True):
    """A test that somebody names."""

    test: NameOfTest
    link: Annotated[str, Meta(min_length=1, max_length=LONGEST_LINK)]
    reason: Reason


class NominationLine(msgspec.Struct, frozen=True, kw_only=True):
    """A nomination in the list."""

    test: str
    link: str
    reason: str
    moment: int
    end: str
    """Where it is taken back; empty: it is somebody else's."""


class NominationsPage(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    nominations: list[NominationLine]


class QuestionShown(msgspec.Struct, frozen=True, kw_only=True):
    """A question, and what came of it."""

    asks: str
    counts: list[tuple[str, int]]
    own: str


class QuestionnaireShown(msgspec.Struct, frozen=True, kw_only=True):
    """A questionnaire."""

    word: str
    path: str
    title: str
    says: str
    closes: str
    is_open: bool
    answered: int
    fewest: int
    """So many answers are counted at least."""
    has_own: bool
    questions: list[QuestionShown]


class QuestionnairesPage(msgspec.Struct, frozen=True, kw_only=True):
    """All that are asked here."""

    questionnaires: list[QuestionnaireShown]


class _Wanted(msgspec.Struct, frozen=True, kw_only=True):
    test: str = ""


def _vote_page(services: Services, asked: PageRequest, test: str) -> Shown:
    if not test:
        raise InvalidRequest("say on which test: go to its page, and vote from there")
    found = tests_over_time.show(services, asked.asker, test)
    mine = opinions.on_test(services, asked.asker, found).own
    options = tuple(FormOption(word, says) for word, says in _VOTES.items() if word != "none" or mine is not None)
    form = WebForm(
        path="/votes/new",
        button="Vote",
        fields=(
            Field(name="test", label="Test", kind="hidden", value=found.name),
            Field(name="vote", label="Your vote", kind="choice", options=options),
            Field(
                name="reason", label="Reason", kind="text", is_optional=mine is not None,
                hint="Everybody can read it; nobody is told that it is yours.",
            ),
        ),
        back=f"/tests/{found.name}",
    ).of(**{} if mine is None else {"vote": "for" if mine.is_for else "against", "reason": mine.reason})  # fmt: skip
    return form_page(f"Vote on {found.name}", form, trail=(("/tests", "Tests"),), section="tests")


def _ask_vote(services: Services, asked: PageRequest) -> Shown:
    return _vote_page(services, asked, asked.query(_Wanted).test)


def _vote(services: Services, asked: PageRequest) -> Shown | Response:
    def act(given: VoteGiven, _: int | None) -> Response:
        if given.vote == "none":
            opinions.take_back(services, asked.asker, given.test)
        else:
            opinions.vote(services, asked.asker, given.test, given.reason, is_for=given.vote == "for")
        return done(asked, f"/tests/{given.test}", "saved")

    check_form(asked)
    page = _vote_page(services, asked, asked.form.get("test", ""))
    return sent(asked, page, act, VoteGiven, {WrongState: "vote", InvalidRequest: "reason"})


def _nominations(services: Services, asked: PageRequest) -> Shown:
    lines = [_nomination(one, asked.asker.identity) for one in opinions.nominated(services, asked.asker)]
    data = NominationsPage(nominations=lines)
    return Shown("opinions/nominations.html.j2", "Nominated tests", data, section="tests")


def _nomination(one: StoredNomination, asker: bytes | None) -> NominationLine:
    said = one.nomination
    end = f"{_NAMED}/{ids.written(one.id)}/end" if one.identity == asker else ""
    return NominationLine(test=said.test, link=said.link, reason=said.reason, moment=said.moment, end=end)


def _nomination_page() -> Shown:
    form = WebForm(
        path=f"{_NAMED}/new",
        button="Nominate it",
        fields=(
            Field(name="test", label="Test", hint="Its name, as the suite has it; a test of your own as well."),
            Field(name="link", label="Where it is", hint="The address of its code, or of what describes it."),
            Field(name="reason", label="Reason", kind="text"),
        ),
        back=_NAMED,
    )
    return form_page("Nominate a test", form, trail=((_NAMED, "Nominated tests"),), section="tests")


def _ask_nomination(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - every handler takes these
    return _nomination_page()


def _nominate(services: Services, asked: PageRequest) -> Shown | Response:
    def act(given: NominationGiven, _: int | None) -> Response:
        opinions.nominate(services, asked.asker, given.test, given.link, given.reason)
        return done(asked, _NAMED, "saved")

    return sent(asked, _nomination_page(), act, NominationGiven, {WrongState: "test"})


def _ask_withdrawal(services: Services, asked: PageRequest) -> Shown:  # noqa: ARG001 - likewise
    identity = ids.written(identity_in(asked, "nomination"))
    form = confirmed(f"{_NAMED}/{identity}/end", "Take it back", _NAMED)
    return form_page("Nominate this test no more?", form, trail=((_NAMED, "Nominated tests"),), section="tests")


def _withdraw(services: Services, asked: PageRequest) -> Shown | Response:
    def act(_: int | None) -> None:
        opinions.withdraw(services, asked.asker, identity_in(asked, "nomination"))

    return carried_out(asked, _ask_withdrawal(services, asked), act, _NAMED, "removed")


def _every(services: Services, asked: PageRequest) -> Shown:
    data = QuestionnairesPage(questionnaires=[_shown(one) for one in questionnaires.show_all(services, asked.asker)])
    return Shown("opinions/list.html.j2", "Questionnaires", data, section="statistics")


def _one(services: Services, asked: PageRequest) -> Shown:
    found = questionnaires.show(services, asked.asker, asked.request.path_params["questionnaire"])
    freshness = Freshness.PUBLIC if asked.is_stranger else Freshness.PRIVATE
    title = found.questionnaire.title
    return Shown("opinions/one.html.j2", title, _shown(found), section="statistics", freshness=freshness)


def _shown(found: ShownQuestionnaire) -> QuestionnaireShown:
    about, own = found.questionnaire, {} if found.own is None else found.own.answers
    return QuestionnaireShown(
        word=about.word,
        path=f"/questionnaires/{about.word}",
        title=about.title,
        says=about.says,
        closes="" if about.closes is None else about.closes.isoformat(),
        is_open=found.is_open,
        answered=found.answered,
        fewest=FEWEST,
        has_own=found.own is not None,
        questions=[
            QuestionShown(
                asks=one.asks,
                counts=[(one.choices[word], number) for word, number in found.counts.get(one.word, {}).items()],
                own=one.choices.get(own.get(one.word, ""), own.get(one.word, "")),
            )
            for one in about.questions
        ],
    )


def _answer_page(services: Services, asked: PageRequest) -> tuple[Shown, ShownQuestionnaire]:
    found = questionnaires.show(services, asked.asker, asked.request.path_params["questionnaire"])
    path = f"/questionnaires/{found.questionnaire.word}"
    questions = found.questionnaire.questions
    fields = tuple(_field(f"q{place}", one) for place, one in enumerate(questions))
    form = WebForm(path=f"{path}/answer", button="Answer", fields=fields, back=path)
    if found.own is not None:
        own = found.own.answers
        form = form.of(**{f"q{place}": own.get(one.word, "") for place, one in enumerate(questions)})
    title, trail = found.questionnaire.title, (("/questionnaires", "Questionnaires"),)
    return form_page(title, form, lead=(found.questionnaire.says,), trail=trail, section="statistics"), found


def _field(name: str, one: QuestionnaireForm) -> Field:
    options = tuple(FormOption(word, says) for word, says in one.choices.items())
    if options and one.is_optional:
        options = (FormOption("", "no answer"), *options)
    kind: Literal["choice", "text"] = "choice" if options else "text"
    return Field(name=name, label=one.asks, kind=kind, options=options, is_optional=one.is_optional)


def _ask_answer(services: Services, asked: PageRequest) -> Shown:
    return _answer_page(services, asked)[0]


def _answer(services: Services, asked: PageRequest) -> Shown | Response:
    page, found = _answer_page(services, asked)
    word = found.questionnaire.word
    words = {f"q{place}": one.word for place, one in enumerate(found.questionnaire.questions)}
    text = Annotated[str, Meta(max_length=LONGEST_ANSWER)]
    given: Any = msgspec.defstruct("GivenAnswers", [(name, text, "") for name in words])

    def act(answers: msgspec.Struct, _: int | None) -> Response:
        said = {word: getattr(answers, name) for name, word in words.items()}
        questionnaires.answer(services, asked.asker, word, said)
        return done(asked, f"/questionnaires/{word}", "saved")

    return sent(asked, page, act, given)


def _ask_end(services: Services, asked: PageRequest) -> Shown:
    found = questionnaires.named(services, asked.request.path_params["questionnaire"])
    path = f"/questionnaires/{found.word}"
    form = confirmed(f"{path}/end", "Take it back", path)
    return form_page("Take your answers back?", form, trail=((path, found.title),), section="statistics")


def _end(services: Services, asked: PageRequest) -> Shown | Response:
    word = asked.request.path_params["questionnaire"]

    def act(_: int | None) -> None:
        questionnaires.take_back(services, asked.asker, word)

    return carried_out(asked, _ask_end(services, asked), act, f"/questionnaires/{word}", "removed")


def _table(services: Services, asked: PageRequest) -> Shown:
    found = questionnaires.show(services, asked.asker, asked.request.path_params["questionnaire"])
    csv = questionnaires.table(services, asked.asker, found.questionnaire.word)
    title = f"Answers to {found.questionnaire.title}"
    return Shown("opinions/one.html.j2", title, _shown(found), csv=csv, freshness=Freshness.PRIVATE)


_OF = "/questionnaires/{questionnaire}"
_SCOPE = TokenScope.ACCOUNT
PAGES: tuple[PageRoute, ...] = (
    *asks("/votes/new", _ask_vote, _vote, _SCOPE),
    PageRoute(_NAMED, _nominations),
    *asks(f"{_NAMED}/new", _ask_nomination, _nominate, _SCOPE),
    *asks(f"{_NAMED}/{{nomination}}/end", _ask_withdrawal, _withdraw, _SCOPE),
    PageRoute("/questionnaires", _every),
    PageRoute(_OF, _one),
    *asks(f"{_OF}/answer", _ask_answer, _answer, _SCOPE),
    *asks(f"{_OF}/end", _ask_end, _end, _SCOPE),
    own_page(f"{_OF}/answers", _table, forms=("json", "csv")),
)
