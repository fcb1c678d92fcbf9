"""Refusals of the rooms below, turned into one sentence and an exit status."""

from __future__ import annotations

from typing import Self

from certmark.cli.console import Console
from certmark.cli.exits import Exit


class Refused:
    """A context that says a refusal raised inside in one sentence, and keeps its exit status."""

    def __init__(self, console: Console) -> None:
        self.status = Exit.OK
        self._console = console

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        status = None if error is None else _status_of(error)
        if status is None:
            return False
        self.status = status
        self._console.refuse(_sentence(error))
        return True


def _status_of(error: BaseException) -> Exit | None:
    """The exit status of a refusal; None for what is none."""
    from certmark.domain.errors import EnvironmentProblem, UsageProblem
    from certmark.domain.policies import InvalidPolicy, NotJudgedByRefstack
    from certmark.domain.programs import NoSuchProgram
    from certmark.domain.results import ContradictoryResults
    from certmark.formats.errors import FormatError
    from certmark.sandbox.errors import SandboxError

    match error:
        case UsageProblem() | NoSuchProgram() | NotJudgedByRefstack():
            return Exit.USAGE
        case EnvironmentProblem() | SandboxError():
            return Exit.ENVIRONMENT
        case BrokenPipeError():
            return None
        case FormatError() | ContradictoryResults() | InvalidPolicy() | OSError():
            return Exit.UNREADABLE
        case _:
            return None


def _sentence(error: BaseException | None) -> str:
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return str(error)
