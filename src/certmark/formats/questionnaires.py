"""Questionnaires, a JSON or YAML file each -> `domain.questionnaires`."""

from __future__ import annotations

import re

from certmark.domain.questionnaires import Questionnaire, QuestionnaireForm
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import InvalidQuestionnaire

_LARGEST, _MOST = 64 << 10, 30
_TOP = {"format", "version", "word", "title", "says", "closes", "questions"}
_OF_QUESTION = {"word", "asks", "choices", "optional", "criterion", "capabilities"}
_WORD = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def read_questionnaire(data: bytes, name: str) -> Questionnaire:
    """The questionnaire in the file `name`. Raises InvalidQuestionnaire."""
    content = parse_document(data, name, InvalidQuestionnaire, largest=_LARGEST)
    document = Fields(content, name, InvalidQuestionnaire, _TOP)
    document.check_document("certmark-questionnaire", 1)
    questions = tuple(map(_question, document.items("questions", _OF_QUESTION)))
    if not questions or len(questions) > _MOST or len({one.word for one in questions}) < len(questions):
        document.refuse(f"must be 1 to {_MOST} questions, each with a word of its own", "questions")
    return Questionnaire(
        word=_word(document),
        title=document.text("title", limit=200),
        says=document.text("says", ""),
        closes=document.maybe_day("closes"),
        questions=questions,
    )


def _word(fields: Fields) -> str:
    word = fields.text("word")
    if not _WORD.fullmatch(word):
        fields.refuse("must be at most 40 small letters, digits and hyphens", "word")
    return word


def _question(fields: Fields) -> QuestionnaireForm:
    choices = fields.mapping("choices")
    return QuestionnaireForm(
        word=_word(fields),
        asks=fields.text("asks", limit=500),
        choices={key: choices.text(key, limit=200) for key in choices.content},
        is_optional=fields.truth("optional"),
        criterion=fields.maybe_text("criterion"),
        capabilities=fields.texts("capabilities", ()),
    )
