"""Clouds of which there are shared runs: found, narrowed down, listed by name; never by how well they do."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from certmark.corpus.bits import Indices
from certmark.corpus.clouds import CloudRuns
from certmark.corpus.history import RunFacts, Snapshot
from certmark.domain.queries.tree import Word
from certmark.domain.verdict_values import Standing
from certmark.server.asking import Asker
from certmark.server.services.context import Services

MONTHS = 12


def clouds_of(snapshot: Snapshot) -> CloudRuns:
    """The runs of each cloud, worked out once for each state of the history."""
    return snapshot.once(CloudRuns, lambda: CloudRuns(snapshot))


class CloudFilter(NamedTuple):
    """Which clouds; an empty word: whichever."""

    part: str = ""
    """Of its name, its product's or its vendor's."""
    vendor: str = ""
    program: str = ""
    """It has runs for that."""
    standing: Standing | None = None
    """What its newest run came to, of those for `program` where that is named."""


class MonthOfCloud(NamedTuple):
    """What its last run of a month came to."""

    month: int
    """Counted from January 1970."""
    runs: int
    newest: RunFacts | None


class CloudLine(NamedTuple):
    """A cloud in a list."""

    name: str
    runs: int
    newest: RunFacts
    programs: tuple[RunFacts, ...]
    """Its newest run for each program, by the name of the program; runs for none are not in it."""
    months: tuple[MonthOfCloud, ...]


class CloudList(NamedTuple):
    """A page of them."""

    clouds: list[CloudLine]
    behind: str | None
    vendors: list[str]
    programs: list[str]
    """For whoever narrows the list down."""


def listed(services: Services, asker: Asker, wanted: CloudFilter, *, behind: str, most: int) -> CloudList:
    """Clouds by their names, from the one `behind` on. Raises NotPermitted."""
    snapshot = services.history.caught_up(asker)
    clouds = clouds_of(snapshot)
    last = services.clock() // 10**6
    month = int(np.datetime64(last, "s").astype("datetime64[M]").astype(np.int64))
    names = list(islice(_matching(clouds, wanted, behind), most + 1))
    lines = [_line(clouds, name, month, wanted.program) for name in names[:most]]
    vendors, programs = (_words(snapshot, word) for word in (Word.VENDOR, Word.PROGRAM))
    return CloudList(lines, names[most - 1] if len(names) > most else None, vendors, programs)


def _words(snapshot: Snapshot, word: Word) -> list[str]:
    return sorted(filter(None, snapshot.words_of(word)), key=str.casefold)


def _matching(clouds: CloudRuns, wanted: CloudFilter, behind: str) -> Iterator[str]:
    snapshot, part = clouds.snapshot, wanted.part.casefold()
    program = wanted.program or None
    newest = snapshot.once(("newest", program), lambda: clouds.newest(program))
    for name, run in newest.items():
        if name <= behind:
            continue
        vendor = snapshot.word_of(Word.VENDOR, run)
        if wanted.vendor and vendor.casefold() != wanted.vendor.casefold():
            continue
        if part and not any(part in word.casefold() for word in (name, vendor, snapshot.word_of(Word.PRODUCT, run))):
            continue
        if wanted.standing is None or snapshot.facts_of(run).standing is wanted.standing:
            yield name


def _line(clouds: CloudRuns, name: str, month: int, program: str) -> CloudLine:
    runs, snapshot = clouds.of(name), clouds.snapshot
    return CloudLine(
        name,
        len(runs),
        snapshot.facts_of(int(runs[-1])),
        tuple(newest_by_program(snapshot, runs)),
        tuple(_months(clouds, name, month, program)),
    )


def newest_by_program(snapshot: Snapshot, runs: Indices) -> list[RunFacts]:
    """Of runs in the order of time, the last one for each program."""
    codes = snapshot.codes_of(Word.PROGRAM)[runs]
    _, lasts = np.unique(codes[::-1], return_index=True)
    found = (snapshot.facts_of(int(runs[len(runs) - 1 - place])) for place in lasts)
    return sorted((one for one in found if one.program), key=lambda one: one.program.casefold())


def _months(clouds: CloudRuns, name: str, month: int, program: str) -> Iterator[MonthOfCloud]:
    first, last = clouds.places[name]
    runs, months = clouds.order[first:last], clouds.months[first:last]
    if program:
        words = clouds.snapshot.words_of(Word.PROGRAM)
        wanted = [code for code, word in enumerate(list(words)) if word.casefold() == program.casefold()]
        chosen = np.isin(clouds.snapshot.codes_of(Word.PROGRAM)[runs], wanted)
        runs, months = runs[chosen], months[chosen]
    bounds = np.searchsorted(months, np.arange(month - MONTHS + 1, month + 2))
    for number in range(MONTHS):
        begin, end = int(bounds[number]), int(bounds[number + 1])
        newest = clouds.snapshot.facts_of(int(runs[end - 1])) if end > begin else None
        yield MonthOfCloud(month - MONTHS + 1 + number, end - begin, newest)
