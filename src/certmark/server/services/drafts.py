"""What a draft of a guideline would change for clouds whose runs are shared.

1. A draft is a stranger's bytes: a process that reads reads it, and it is kept nowhere.
2. What it would replace is a guideline that is here: the one that it names, unless another one is named.
3. One is worked out at a time; others wait, a few of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore, Lock
from typing import NamedTuple

from certmark.corpus.bits import size_of
from certmark.corpus.history import RunFacts
from certmark.corpus.impact import Pair, impact_of
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.impacts import GuidelineImpact
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.reading.messages import ReadWholeGuideline, Unreadable, WholeGuidelineRequest
from certmark.server.services import guidelines, questions, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import TooOften

_MOST_PROGRAMS = 40
_WAITING = BoundedSemaphore(4)
_TURN = Lock()
_SECONDS = 5


class DraftImpact(NamedTuple):
    """What a draft would change."""

    draft: Guideline
    before: Guideline
    impact: GuidelineImpact
    looked_at: int
    """Runs that are shared."""


def impact_of_draft(
    services: Services, asker: Asker, file: Path, name: str, *, before: str | None, program: str | None
) -> DraftImpact:
    """Work it out. Raises NotPermitted, NotFound, InvalidRequest, FormatError or TooOften."""
    snapshot = questions.history_of(services).caught_up(asker)
    draft = _draft(services, file, name)
    now = questions.guideline_with(services, guidelines.revision_of(services, before or _replaced(draft)))
    programs = draft.programs if program is None else (find_program(draft, program),)
    if len(programs) > _MOST_PROGRAMS:
        raise InvalidRequest(f"the draft has {len(programs)} programs; name one")
    pairs = [_pair(services, now, draft, one) for one in programs]
    with _turn():
        impact = impact_of(snapshot, pairs, called)
    return DraftImpact(draft, now, impact, size_of(snapshot.everything))


def _draft(services: Services, file: Path, name: str) -> Guideline:
    """Rule 1."""
    answer = services.readers.read(WholeGuidelineRequest(str(file), name, is_draft=True))
    if isinstance(answer, Unreadable):
        raise runs.refusal(answer)
    assert isinstance(answer, ReadWholeGuideline)  # noqa: S101 - as was asked
    return answer.guideline


def _replaced(draft: Guideline) -> str:
    """Rule 2."""
    if draft.replaces is None:
        raise InvalidRequest(f"{draft.id[:100]} does not say which guideline it replaces; name that one")
    return PurePosixPath(draft.replaces).name.removesuffix(".json")


def _pair(services: Services, now: Guideline, draft: Guideline, program: Program) -> Pair:
    after = questions.yardstick_of(services, draft, program.name)
    earlier = _earlier(now, program)
    return (None if earlier is None else questions.yardstick_of(services, now, earlier.name)), after


def _earlier(now: Guideline, program: Program) -> Program | None:
    for word in (program.name, *program.aliases):
        try:
            return find_program(now, word)
        except NoSuchProgram:
            continue
    return None


def called(facts: RunFacts) -> str:
    """What people call a run: its product, else by its id."""
    return facts.product or ids.written(facts.id)


@contextmanager
def _turn() -> Iterator[None]:
    """Rule 3. Raises TooOften."""
    if not _WAITING.acquire(blocking=False):
        raise TooOften("others have drafts worked out right now; try again", _SECONDS)
    try:
        with _TURN:
            yield
    finally:
        _WAITING.release()
