"""What plain words find: guidelines, capabilities, tests, clouds, vendors, products, runs; each by a part of its name.

1. Every word must be in it, in any case. Of each kind so many are shown, and how many more there are is said.
2. Of clouds, vendors, products and tests those are found of which a shared run says something now; a run by the
   beginning of its id, where whoever asks may see it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from certmark.corpus.asking import runs_for
from certmark.corpus.bits import size_of
from certmark.corpus.history import Snapshot
from certmark.domain.identity import bare_uuid
from certmark.domain.permissions import Right
from certmark.domain.queries.tree import OutcomeTerm, Query, Word, WordTerm
from certmark.domain.queries.writing import written
from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.services import catalogue, listings, numbers, questions
from certmark.server.services.context import Services
from certmark.server.store import guidelines
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import RunFilter

MOST = 10
_LONGEST = 200
_MOST_GUIDELINES = 16
"""Of which capabilities are looked through: the newest."""
_SHORTEST_ID = 4
_HEX = re.compile(r"[0-9a-f][0-9a-f-]*\Z")
_OF_RUNS = (Word.CLOUD, Word.VENDOR, Word.PRODUCT)


class FoundThing(NamedTuple):
    """Something that has a name like that."""

    name: str
    says: str
    """What it is, in a few words; empty: its name says it."""
    id: str
    """By which its page is found."""
    query: str = ""
    """For its runs; empty: there is no such query."""
    runs: int = 0


class FoundKind(NamedTuple):
    """What was found of one kind."""

    kind: str
    things: tuple[FoundThing, ...]
    number: int
    """How many there are."""


def find(services: Services, asker: Asker, text: str) -> list[FoundKind]:
    """What there is, the kinds with anything; every kind that whoever asks may see."""
    words = text[:_LONGEST].casefold().split()
    if not words:
        return []
    found = [*_of_guidelines(services, words)] if asker.has(Right.SEE_GUIDELINE) else []
    if asker.has(Right.SEE_SHARED_RUN):
        snapshot = questions.history_of(services).caught_up(asker)
        found += [_of_word(snapshot, word, words) for word in _OF_RUNS]
        found.append(_tests(snapshot, words))
    found.append(_runs(services, asker, text.strip().lower()))
    return [kind for kind in found if kind.number]


def _has(name: str, words: Iterable[str]) -> bool:
    folded = name.casefold()
    return all(word in folded for word in words)


def _of_guidelines(services: Services, words: list[str]) -> Iterator[FoundKind]:
    with services.database.read() as transaction:
        newest = {one.id: one for one in guidelines.every(transaction)}
    like = [one for one in newest.values() if _has(one.id, words)]
    things = tuple(FoundThing(one.id, one.status, one.id) for one in like[::-1][:MOST])
    yield FoundKind("guidelines", things, len(like))
    latest = sorted(newest.values(), key=lambda one: one.created)[-_MOST_GUIDELINES:]
    yield _capabilities(services, latest[::-1], words)


def _capabilities(services: Services, latest: Iterable[Revision], words: list[str]) -> FoundKind:
    """Each key once, as the newest guideline that has it describes it."""
    found: dict[str, FoundThing] = {}
    for revision in latest:
        for one in catalogue.content_by(services, revision.digest).capabilities:
            if one.key not in found and (_has(one.key, words) or _has(f"{one.name} {one.description}", words)):
                found[one.key] = FoundThing(one.key, f"{one.description[:120]} ({revision.id})", one.key)
    return FoundKind("capabilities", tuple(found.values())[:MOST], len(found))


def _of_word(snapshot: Snapshot, word: Word, words: list[str]) -> FoundKind:
    names = {name.casefold(): name for name in list(snapshot.words_of(word)) if name and _has(name, words)}
    return _counted(f"{word.value}s", snapshot, ((name, WordTerm(word, name)) for name in sorted(names.values())))


def _counted(kind: str, snapshot: Snapshot, named: Iterable[tuple[str, Query]]) -> FoundKind:
    """Rule 2."""
    found, number = list[FoundThing](), 0
    for name, query in named:
        runs = size_of(runs_for(query, snapshot)) if number < _COUNTED else 1
        number += runs > 0
        if runs and len(found) < MOST:
            found.append(FoundThing(name, "", name, written(query), runs))
    return FoundKind(kind, tuple(found), number)


_COUNTED = 50
"""So many are looked at one by one; that the others have runs is taken for granted."""


def _tests(snapshot: Snapshot, words: list[str]) -> FoundKind:
    uuid = bare_uuid(words[0]) if len(words) == 1 else None
    known = snapshot.tests
    columns = known.identified(uuid) if uuid else ()
    like = [known.keys[column] for column in columns] or [key for key in list(known.keys) if _has(key[0], words)]
    named = sorted({(numbers.word_of(known, *key) or key[0], key[0]) for key in like}, key=lambda one: one[1])
    return _counted("tests", snapshot, ((name, OutcomeTerm(word, None)) for word, name in named))


def _runs(services: Services, asker: Asker, text: str) -> FoundKind:
    """By the beginning of an id: shared ones, and their own."""
    things: dict[bytes, FoundThing] = {}
    if len(text) >= _SHORTEST_ID and _HEX.match(text) and len(text.replace("-", "")) <= 32:
        for is_public in (True, False) if asker.identity is not None else (True,):
            wanted = RunFilter(is_public=is_public, ids=ids.beginning(text))
            for run in listings.runs_like(services, asker, wanted, behind=None, most=MOST).runs:
                says = " ".join(filter(None, (run.product or run.subject, run.program, run.standing)))
                things[run.id] = FoundThing(ids.written(run.id), says, ids.written(run.id))
    return FoundKind("runs", tuple(things.values())[:MOST], len(things))
