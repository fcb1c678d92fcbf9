"""What a server exported of votes, nominations and answers -> `domain.opinions`."""

from __future__ import annotations

from typing import NamedTuple

from certmark.domain.opinions import AnswerCounts, TallyOfVotes
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidOpinions

LARGEST = 32 << 20


class ReadOpinions(NamedTuple):
    """What people said, as far as it speaks for marks."""

    votes: list[TallyOfVotes]
    nominated: list[str]
    """Tests that no guideline tracks."""
    answers: list[AnswerCounts]


def read_opinions(data: bytes, name: str) -> ReadOpinions:
    """The export in `name`. Raises InvalidOpinions."""
    document = Fields(parse_document(data, name, InvalidOpinions, largest=LARGEST), name, InvalidOpinions)
    document.check_document("certmark-opinions", 1)
    return ReadOpinions(
        votes=[
            TallyOfVotes(
                one.text("test"), one.number("number_for"), one.number("number_against"), one.texts("reasons", ())
            )
            for one in document.items("votes")
        ],
        nominated=[one.text("test") for one in document.items("nominations")],
        answers=[_answers(one) for one in document.items("answers")],
    )


def _answers(one: Fields) -> AnswerCounts:
    counts = one.mapping("counts")
    return AnswerCounts(
        asks=one.text("asks"),
        criterion=one.text("criterion"),
        capabilities=one.texts("capabilities", ()),
        counts={answer: counts.number(answer) for answer in counts.content},
    )
