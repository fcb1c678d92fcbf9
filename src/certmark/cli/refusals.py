"""Refusals of the rooms below, turned into one sentence and an exit status."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.policies import InvalidPolicy
from certmark.domain.programs import NoSuchProgram
from certmark.domain.refstack_2020 import NotJudgedByRefstack
from certmark.domain.results import ContradictoryResults
from certmark.formats.errors import FormatError


class UsageProblem(ValueError):  # noqa: N818 - error families are named for who must act
    """The person must word the command line differently."""


class Refusal:
    """How a refused command ended."""

    status: Exit = Exit.OK


@contextmanager
def refused(console: Console) -> Iterator[Refusal]:
    """Say a refusal raised inside in one sentence, and keep its exit status."""
    refusal = Refusal()
    try:
        yield refusal
    except (UsageProblem, NoSuchProgram, NotJudgedByRefstack) as error:
        refusal.status = Exit.USAGE
        console.refuse(str(error))
    except (FormatError, ContradictoryResults, InvalidPolicy) as error:
        refusal.status = Exit.UNREADABLE
        console.refuse(str(error))
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except OSError as error:
        refusal.status = Exit.UNREADABLE
        where = f"{error.filename}: " if error.filename else ""
        console.refuse(f"{where}{error.strerror or error}")
