"""Refusals of the rooms below in the words of the command line: one sentence, and an exit status."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest, Refusal

if TYPE_CHECKING:
    from certmark.domain.advice import Advice
    from certmark.domain.remarks import Listener, Remark

_OF_THIS_MACHINE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""Errors of writing: no input is unreadable."""


def with_advice(text: str, advice: Advice | None) -> str:
    """What was wrong, then what to do."""
    if advice is None:
        return text
    from certmark.cli.advice import worded  # most sentences need no table

    return f"{text}; {worded(advice)}"


def sentence_of(error: BaseException) -> str:
    """A refusal in one sentence."""
    match error:
        case Refusal():
            return with_advice(str(error), error.advice)
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return f"{where}{error.strerror or error}"
        case _:
            return str(error)


def listener(console: Console) -> Listener:
    """Who is told remarks as they come up: they go to standard error."""

    def tell(remark: Remark) -> None:
        say = console.refuse if remark.is_important else console.remark
        say(with_advice(remark.text, remark.advice))

    return tell


def status_of(error: BaseException) -> Exit | None:
    """The exit status of a refusal; None for what is none."""
    match error:
        case InvalidRequest():
            return Exit.USAGE
        case CannotProceed():
            return Exit.ENVIRONMENT
        case BrokenPipeError():
            return None
        case OSError() if error.errno in _OF_THIS_MACHINE:
            return Exit.ENVIRONMENT
        case InvalidInput() | OSError():
            return Exit.UNREADABLE
        case _:
            return None
