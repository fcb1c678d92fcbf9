"""Capabilities by clouds, or by products: what the newest shared run of each came to under one program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import NamedTuple

import numpy as np

from certmark.corpus.boards import Board, board_of
from certmark.corpus.clouds import CloudRuns
from certmark.corpus.history import RunFacts, Snapshot
from certmark.corpus.judging import Judge
from certmark.corpus.picking import picked
from certmark.corpus.yardsticks import Yardstick
from certmark.domain.queries.tree import Word
from certmark.server.asking import Asker
from certmark.server.services.clouds import clouds_of
from certmark.server.services.context import Services
from certmark.server.services.yardsticks import yardstick_named
from certmark.server.store.guidelines import Revision


class MatrixWish(NamedTuple):
    """What of it; an empty word: whatever is meant."""

    guideline: str = ""
    program: str = ""
    vendor: str = ""
    by_product: bool = False
    behind: str = ""
    most: int = 20


class MatrixColumn(NamedTuple):
    """A cloud, or a product, by its newest run for the program."""

    name: str
    run: RunFacts


class Matrix(NamedTuple):
    """Columns by name."""

    revision: Revision
    yardstick: Yardstick
    columns: tuple[MatrixColumn, ...]
    board: Board
    """Its cells stand in the order of the columns."""
    behind: str | None
    vendors: list[str]


def matrix(services: Services, asker: Asker, wish: MatrixWish) -> Matrix:
    """A page of it. Raises NotPermitted, NotFound, FormatError or NoSuchProgram."""
    revision, yardstick = yardstick_named(services, wish.guideline, wish.program)
    snapshot = services.history.caught_up(asker)
    program = yardstick.program.name
    found = snapshot.once(
        ("columns", program, wish.by_product), lambda: _newest(snapshot, program, by_product=wish.by_product)
    )
    chosen = list(islice(_matching(snapshot, found, wish), wish.most + 1))
    runs = [found[name] for name in chosen[: wish.most]]
    few = picked(snapshot, runs)
    board = board_of(Judge(few, yardstick)) if runs else Board((), ())
    columns = tuple(MatrixColumn(name, few.facts_of(place)) for place, name in enumerate(chosen[: wish.most]))
    vendors = sorted({snapshot.word_of(Word.VENDOR, run) for run in found.values()} - {""}, key=str.casefold)
    behind = chosen[wish.most - 1] if len(chosen) > wish.most else None
    return Matrix(revision, yardstick, columns, board, behind, vendors)


def _matching(snapshot: Snapshot, found: Mapping[str, int], wish: MatrixWish) -> Iterator[str]:
    for name, run in found.items():
        vendor = snapshot.word_of(Word.VENDOR, run)
        if name > wish.behind and (not wish.vendor or vendor.casefold() == wish.vendor.casefold()):
            yield name


def _newest(snapshot: Snapshot, program: str, *, by_product: bool) -> dict[str, int]:
    clouds: CloudRuns = clouds_of(snapshot)
    of_clouds = clouds.newest(program)
    if not by_product:
        return of_clouds
    found: dict[str, int] = {}
    runs = np.array(list(of_clouds.values()), np.int64)
    for run in runs[np.argsort(snapshot.created[runs], kind="stable")].tolist():
        name = " ".join(filter(None, (snapshot.word_of(word, run) for word in (Word.VENDOR, Word.PRODUCT))))
        if snapshot.word_of(Word.PRODUCT, run):
            found[name] = run
    return dict(sorted(found.items()))
