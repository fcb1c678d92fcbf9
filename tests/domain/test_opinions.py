"""What votes and answers come to as evidence, and which of them are kept."""

from __future__ import annotations

import datetime as dt

import pytest

from certmark.domain.errors import InvalidRequest
from certmark.domain.opinions import AnswerCounts, TallyOfVotes, answered, checked_nomination, checked_reason, voted
from certmark.domain.questionnaires import LONGEST_ANSWER, Questionnaire, QuestionnaireForm
from certmark.domain.scoring import ScorerMark
from certmark.formats.errors import FormatError
from certmark.formats.guideline.reading import read
from certmark.formats.questionnaires import read_questionnaire
from support.lint_documents import LIST, SHOW, encoded, sound

LIST_OF_SERVERS = read(encoded(sound()), "g.json").capabilities["list"]
HEAD = '{"format": "certmark-questionnaire", "version": 1, '
CHOICE = QuestionnaireForm("swift", "Swift?", {"yes": "yes", "no": "no"}, is_optional=False)
TEXT = QuestionnaireForm("remarks", "More?", {}, is_optional=True)
ASKED = Questionnaire(word="five", title="Five", says="", closes=dt.date(2027, 1, 31), questions=(CHOICE, TEXT))


def tally(test: str, number_for: int, number_against: int, *reasons: str) -> dict[str, TallyOfVotes]:
    return {test: TallyOfVotes(test, number_for, number_against, reasons)}


def test_votes_are_a_hint_and_never_a_mark() -> None:
    found = voted(LIST_OF_SERVERS, tally(LIST, 7, 2, "+ clouds differ here", "- needs an administrator", "+ a", "+ b"))
    assert found is not None
    assert (found.criterion, found.mark, found.is_hint) == ("future", ScorerMark.OPEN, True)
    assert found.evidence.startswith("7 for and 2 against, on 1 of its ")
    assert found.evidence.endswith("+ clouds differ here, - needs an administrator and 2 more")


def test_votes_are_found_by_id_and_by_name_and_counted_once() -> None:
    test = next(one for one in LIST_OF_SERVERS.tests if one.name == LIST)
    by_both = tally(LIST, 1, 0) | tally(test.uuid or "", 2, 0)
    found = voted(LIST_OF_SERVERS, by_both)
    assert found is not None
    assert found.evidence.startswith("3 for and 0 against")
    assert voted(LIST_OF_SERVERS, tally("elsewhere.test", 5, 5)) is None
    assert voted(LIST_OF_SERVERS, tally(SHOW, 0, 0)) is None
    assert voted(LIST_OF_SERVERS, {}) is None


@pytest.mark.parametrize(
    ("named", "is_told"), [("list", True), ("li*", True), ("*", True), ("lis", False), ("", False)]
)
def test_answers_speak_for_the_capabilities_that_are_named(named: str, is_told: bool) -> None:
    found = answered(LIST_OF_SERVERS, [AnswerCounts("Swift?", "deployed", (named,), {"yes": 4, "no": 1})])
    assert [(one.criterion, one.evidence) for one in found] == [("deployed", "Swift? yes: 4; no: 1")] * is_told


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 1001, "a\0b", "a\x1b[31m"])
def test_a_vote_says_why_in_printable_words(reason: str) -> None:
    with pytest.raises(InvalidRequest, match="a reason is a text"):
        checked_reason(reason)


@pytest.mark.parametrize(
    "link", ["", "x", "ftp://example.org/", "https://", "javascript:alert(1)", "https://a:b@example.org/", "http://[",
             "https://example.org/a b"],
)  # fmt: skip
def test_a_nomination_says_where_the_test_is(link: str) -> None:
    with pytest.raises(InvalidRequest, match="the link says where the test is"):
        checked_nomination("a.B.c", link, "why", 1)
    assert checked_nomination(" a.B.c ", "https://example.org/x", "why", 1).test == "a.B.c"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "swift: this is asked of everybody"),
        ({"swift": "maybe"}, "swift: the answer is one of yes, no"),
        ({"swift": "yes", "other": "x"}, "five asks nothing that is called 'other'"),
        ({"swift": "yes", "remarks": "x" * (LONGEST_ANSWER + 1)}, "remarks: the answer is a text"),
        ({"swift": "yes", "remarks": "\x07"}, "remarks: the answer is a text"),
    ],
)
def test_an_answer_is_one_of_the_choices_or_a_text(given: dict[str, str], says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        ASKED.checked(given)


def test_what_is_not_asked_for_may_be_left_out() -> None:
    assert ASKED.checked({"swift": "no", "remarks": " "}) == {"swift": "no"}
    assert ASKED.counts([{"swift": "no"}, {"swift": "yes"}, {"swift": "no", "remarks": "x"}]) == {
        "swift": {"yes": 1, "no": 2}
    }
    assert ASKED.counts([]) == {"swift": {"yes": 0, "no": 0}}


@pytest.mark.parametrize(("day", "is_open"), [("2027-01-31", True), ("2027-02-01", False)])
def test_it_is_open_to_the_end_of_its_last_day(day: str, is_open: bool) -> None:
    assert ASKED.is_open(dt.date.fromisoformat(day)) is is_open


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "must be a mapping"),
        ("{}", 'must have "format": "certmark-questionnaire"'),
        (HEAD + '"questions": []}', "must be 1 to 30 questions"),
        (
            HEAD + '"word": "../x", "title": "x", "questions": [{"word": "a", "asks": "b"}]}',
            "must be at most 40 small letters",
        ),
        (
            HEAD + '"word": "x", "title": "x", "questions": [{"word": "a", "asks": "b"}, {"word": "a", "asks": "c"}]}',
            "each with a word of its own",
        ),
    ],
)
def test_a_questionnaire_that_is_none_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read_questionnaire(text.encode(), "x.json")
