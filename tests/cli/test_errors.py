"""Refusals and advice in the words of the command line."""

from __future__ import annotations

import pytest

from certmark.cli.advice import worded
from certmark.cli.errors import sentence_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed


@pytest.mark.parametrize("action", Action.__members__.values(), ids=Action.__members__)
def test_every_action_has_words(action: Action) -> None:
    assert worded(Advice(action, "it"))


def test_no_two_actions_are_one() -> None:
    assert [action.name for action in Action] == list(Action.__members__)


def test_each_word_of_a_subject_is_an_option_of_its_own_where_there_may_be_several() -> None:
    error = CannotProceed("2 things are wrong", Advice(Action.GO_ON_DESPITE, "clock-skew image-none"))
    assert sentence_of(error) == (
        "2 things are wrong; mend it and run again, or go on with --despite clock-skew --despite image-none, "
        "or with --no-doctor"
    )
