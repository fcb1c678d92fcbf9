"""What stands in the place of an answer that could not be had: one finding less, and never the end of the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from certmark.cloud.errors import first_line
from certmark.cloud.replies import Unanswered


class NotExamined(NamedTuple):
    """What stands in the place of an answer that could not be had."""

    problem: str


def attempt(look: Callable[[], Any]) -> Any:
    """What `look` gives, or NotExamined with a sentence: foreign answers may be anything."""
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - libraries below raise families of their own; nothing may stop the rest
        return understood(error)


def understood(answer: Any) -> Any:
    """The answer; NotExamined in the place of what was raised instead of one."""
    match answer:
        case Unanswered():
            return NotExamined(str(answer))
        case TimeoutError():
            return NotExamined("it did not end in time")
        case KeyError() | TypeError() | ValueError() | AttributeError() | IndexError():
            return NotExamined(f"the answer makes no sense ({type(answer).__name__})")
        case BaseException():
            return NotExamined(f"{type(answer).__name__}: {first_line(answer, 120)}")
        case _:
            return answer
