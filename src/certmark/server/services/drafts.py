"""What a draft of a guideline would change for clouds whose runs are shared, and how its capabilities went on them.

1. A draft is a stranger's bytes: a process that reads reads it, and it is kept nowhere.
2. What it would replace is a guideline that is here: the one that it names, unless another one is named.
3. One is worked out at a time; others wait, a few of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import reduce
from pathlib import Path, PurePosixPath
from threading import BoundedSemaphore, Lock
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Words, indices_of, size_of
from certmark.corpus.flakes import flipping_of_clouds
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.impact import Pair, impact_of
from certmark.corpus.judging import Judge
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.impacts import GuidelineImpact
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.queries.tree import Word
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.reading.messages import ReadWholeGuideline, Unreadable, WholeGuidelineRequest
from certmark.server.services import questions, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import TooOften
from certmark.server.services.read_guidelines import guideline_of

_MOST_PROGRAMS = 40
_MOST_CLOUDS = 1000
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
    draft = _draft(services, file, name)
    _, now = guideline_of(services, before or _replaced(draft))
    return impact_between(services, asker, now, draft, program=program)


def impact_between(
    services: Services,
    asker: Asker,
    now: Guideline,
    draft: Guideline,
    *,
    program: str | None = None,
    named: Callable[[RunFacts], str] | None = None,
) -> DraftImpact:
    """What `draft` would change, or did, for clouds that are judged by `now`; `named` calls a run. Raises likewise."""
    snapshot = services.history.caught_up(asker)
    programs = draft.programs if program is None else (find_program(draft, program),)
    if len(programs) > _MOST_PROGRAMS:
        raise InvalidRequest(f"the draft has {len(programs)} programs; name one")
    pairs = [_pair(services, now, draft, one) for one in programs]
    with _turn():
        impact = impact_of(snapshot, pairs, named or called)
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


class CloudEvidence(NamedTuple):
    """How the capabilities of a draft went on one cloud, in its newest run that was made for them."""

    cloud: str
    run: bytes
    seen: tuple[str, ...]
    """Capabilities that passed or failed."""
    passed: tuple[str, ...]
    unstable: tuple[str, ...]
    """Capabilities with a test that flipped between runs, without a change of the cloud."""


def evidence_for(services: Services, asker: Asker, file: Path, name: str) -> tuple[Guideline, list[CloudEvidence]]:
    """For every cloud with a known identity or product, those of the newest runs first; at most a thousand.

    Raises as `impact_of_draft`.
    """
    snapshot = services.history.caught_up(asker)
    draft = _draft(services, file, name)
    if len(draft.programs) > _MOST_PROGRAMS:
        raise InvalidRequest(f"the draft has {len(draft.programs)} programs, and evidence is looked for in a few only")
    judges = [Judge(snapshot, questions.yardstick_of(services, draft, one.name)) for one in draft.programs]
    with _turn():
        found = _evidence(snapshot, judges)
    return draft, found


def _evidence(snapshot: Snapshot, judges: Sequence[Judge]) -> list[CloudEvidence]:
    flips = flipping_of_clouds(snapshot)
    keys = dict.fromkeys(plan.key for judge in judges for plan in judge.plan.capabilities)
    standings = {
        key: [judge.capability(key) for judge in judges if any(plan.key == key for plan in judge.plan.capabilities)]
        for key in keys
    }
    passed = {key: _any(one.passed for one in found) for key, found in standings.items()}
    seen = {key: _any(one.passed | one.failed for one in found) for key, found in standings.items()}
    touching = {
        plan.key: {
            column
            for place in {*plan.singles, *plan.flagged, *(place for group in plan.groups for place in group)}
            for column in judge.plan.tests[place].touching
        }
        for judge in judges
        for plan in judge.plan.capabilities
    }
    said = _any(seen.values()) if seen else snapshot.everything & ~snapshot.everything
    chosen = _newest_of_clouds(snapshot, said)
    return [
        CloudEvidence(
            cloud,
            snapshot.facts_of(run).id,
            tuple(key for key in keys if _is_in(seen[key], run)),
            tuple(key for key in keys if _is_in(passed[key], run)),
            tuple(key for key in keys if touching[key] & flips.get(code, set())),
        )
        for cloud, code, run in chosen
    ]


def _any(found: Iterable[Words]) -> Words:
    return reduce(np.bitwise_or, found)


def _is_in(words: Words, run: int) -> bool:
    return bool(int(words[run >> 6]) >> (run & 63) & 1)


def _newest_of_clouds(snapshot: Snapshot, said: Words) -> list[tuple[str, int, int]]:
    """Of each cloud its name, its code and its newest run in `said`, those of the newest runs first.

    It is known by its identity, else by its vendor and its product.
    """
    runs = indices_of(said & snapshot.everything)
    runs = runs[np.argsort(snapshot.created[runs], kind="stable")]
    columns = [snapshot.codes_of(word)[runs].tolist() for word in (Word.CLOUD, Word.VENDOR, Word.PRODUCT)]
    clouds, vendors, products = (snapshot.words_of(word) for word in (Word.CLOUD, Word.VENDOR, Word.PRODUCT))
    newest: dict[tuple[int, int, int], int] = {}
    for run, cloud, vendor, product in zip(runs.tolist(), *columns, strict=True):
        newest[(cloud, -1, -1) if clouds[cloud] else (cloud, vendor, product)] = run
    ordered = sorted(newest.items(), key=lambda one: -int(snapshot.created[one[1]]))
    named = (
        (clouds[cloud] or "/".join(filter(None, (vendors[vendor], products[product]))), cloud, run)
        for (cloud, vendor, product), run in ordered
    )
    return [one for one in named if one[0]][:_MOST_CLOUDS]
