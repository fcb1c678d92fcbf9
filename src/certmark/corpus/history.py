"""The history: every run that was added, in the order in which they came; and what of it one question looks at.

1. One adds at a time; whoever asks has a `Snapshot`, which stays as it is while others add or take away.
2. A run whose tests were not each told once, in one sound piece of evidence, is added with its `Results`: what they
   come to is left to `domain.verdicts.judge`. Of every other run the bits say all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.bits import Codes, Indices, Words, all_of, none_of, of_flags, of_indices, words_for
from certmark.corpus.known_tests import KnownTests
from certmark.corpus.run_ids import RunIds
from certmark.corpus.segments import RUNS, WORDS, RunSegment
from certmark.domain.queries.tree import Word
from certmark.domain.results import Results
from certmark.domain.verdict_values import Standing


class RunFacts(NamedTuple):
    """What is known of a run beside its outcomes; a word that is not known is empty."""

    id: bytes
    created: int = 0
    """Microseconds since 1970."""
    passes_only: bool = False
    """It names passed tests, and says nothing of others."""
    is_damaged: bool = False
    """Its evidence is cut off, or something spoiled it: no verdict on it is better than incomplete."""
    standing: Standing | None = None
    """Of its verdict under the guideline and the program that its sender named."""
    cloud: str = ""
    vendor: str = ""
    product: str = ""
    release: str = ""
    """The version of the product."""
    region: str = ""
    program: str = ""
    guideline: str = ""
    waived: tuple[str, ...] = ()
    """The tests and capabilities that a waiver settled."""
    tags: tuple[tuple[str, str], ...] = ()


_T = TypeVar("_T")
_NOTHING = object()
_MOST_HELD = 256
_WORDS = (Word.CLOUD, Word.VENDOR, Word.PRODUCT, Word.RELEASE, Word.REGION, Word.PROGRAM, Word.GUIDELINE)
_STANDINGS = (None, *Standing)
_STANDING_CODES = {standing: code for code, standing in enumerate(_STANDINGS)}


class _Growing:
    """An array that is added to; what was given out stays as it is."""

    def __init__(self, kind: Any) -> None:
        self._array = np.zeros(1024, kind)
        self.size = 0

    def add(self, values: NDArray[Any]) -> None:
        needed = self.size + len(values)
        if needed > len(self._array):
            larger = np.zeros(max(needed, 2 * len(self._array)), self._array.dtype)
            larger[: self.size] = self._array[: self.size]
            self._array = larger
        self._array[self.size : needed] = values
        self.size = needed

    def first(self, number: int) -> NDArray[Any]:
        return self._array[:number]


class _Codes(dict[str, int]):
    """A number for each word, in the order in which they were met."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def __missing__(self, word: str) -> int:
        code = self[word] = len(self.words)
        self.words.append(word)
        return code


class _WordColumn:
    def __init__(self) -> None:
        self.codes = _Codes()
        self.runs = _Growing(np.int32)

    def add(self, words: Sequence[str]) -> None:
        self.runs.add(np.fromiter(map(self.codes.__getitem__, words), np.int32, len(words)))


class Part(NamedTuple):
    """A segment as a snapshot sees it."""

    segment: RunSegment
    first: int
    """The word of the whole at which it begins."""
    words: int
    runs: int
    """How many of its runs the snapshot knows."""
    within: Words
    """Its runs that are asked about at all."""
    passes_only: Words
    damaged: Words | None
    """Those whose evidence is; None: none is."""

    def column(self, state: Any, test: int) -> Words | None:
        """The runs in which the test came to `state`; None: in none. Other runs than its own may be in it."""
        found = self.segment.column(state, test)
        return None if found is None else found[: self.words]

    def present(self, test: int) -> Words | None:
        """The runs that say something of the test."""
        found = self.segment.present(test)
        return None if found is None else found[: self.words]


class ResultsHistory:
    """All runs; rule 1 says who may do what at the same time."""

    def __init__(self) -> None:
        self.tests = KnownTests()
        self.runs = 0
        """How many were added, those included that were taken away since."""
        self._segments: list[RunSegment] = []
        self._ids = RunIds()
        self._created = _Growing(np.int64)
        self._passes_only = _Growing(np.bool_)
        self._damaged = _Growing(np.bool_)
        self._standings = _Growing(np.uint8)
        self._words = {word: _WordColumn() for word in _WORDS}
        self._labels: dict[tuple[str, str], _Growing] = {}
        self._wholes: dict[int, Results] = {}
        self._gone = _Growing(np.int64)
        self._gone_runs: set[int] = set()
        self._guard = threading.Lock()
        self._snapshot: Snapshot | None = None

    def add(self, facts: Sequence[RunFacts], codes: Codes, wholes: Mapping[int, Results] | None = None) -> None:
        """Add runs: for each a row of `codes`, with a byte of `segments.OUTCOMES` for each column of `tests`.

        `wholes` has the results of those, by their place in `facts`, of which the bits do not say all (rule 2).
        """
        if not facts:
            return
        with self._guard:
            first = self.runs
            self._add_facts(dict(zip(RunFacts._fields, zip(*facts, strict=True), strict=True)), first)
            self._add_codes(codes)
            self._wholes.update((first + place, results) for place, results in (wholes or {}).items())
            self.runs = first + len(facts)
            self._snapshot = None

    def _add_facts(self, columns: Mapping[str, Sequence[Any]], first: int) -> None:
        self._ids.add(columns["id"])
        self._created.add(np.array(columns["created"], np.int64))
        self._passes_only.add(np.array(columns["passes_only"], np.bool_))
        self._damaged.add(np.array(columns["is_damaged"], np.bool_))
        self._standings.add(np.fromiter((_STANDING_CODES[one] for one in columns["standing"]), np.uint8))
        for word, column in self._words.items():
            column.add(columns[word.value])
        for name in ("waived", "tags"):
            many = columns[name]
            for run, labels in enumerate(many, first):
                for label in labels:
                    key = ("", label) if name == "waived" else label
                    self._labels.setdefault(key, _Growing(np.int64)).add(np.array([run]))

    def _add_codes(self, codes: Codes) -> None:
        done = 0
        while done < len(codes):
            if not self._segments or self._segments[-1].runs == RUNS:
                self._segments.append(RunSegment())
            segment = self._segments[-1]
            fitting = codes[done : done + RUNS - segment.runs]
            segment.add(fitting)
            done += len(fitting)

    def remove(self, ids: Iterable[bytes]) -> None:
        """Take runs away, where they are there: no later snapshot has them. They may be added anew."""
        with self._guard:
            places = [run for run in self._ids.places(ids).values() if run not in self._gone_runs]
            if places:
                self._gone.add(np.array(places, np.int64))
                self._gone_runs.update(places)
                self._snapshot = None

    @property
    def gone(self) -> int:
        """How many were taken away."""
        return self._gone.size

    def snapshot(self) -> Snapshot:
        """The history as it stands now."""
        with self._guard:
            if self._snapshot is None:
                self._snapshot = Snapshot(self, self.runs, self._gone.first(self._gone.size))
            return self._snapshot


class Snapshot:
    """A history as it stood at one moment."""

    def __init__(self, history: ResultsHistory, runs: int, gone: Indices) -> None:
        self.tests = history.tests
        self.runs = runs
        self._history = history
        self._segments = tuple(history._segments)  # noqa: SLF001 - two halves of one thing
        self._gone = gone
        self._created = history._created.first(runs)  # noqa: SLF001 - likewise
        self._standings = history._standings.first(runs)  # noqa: SLF001 - likewise
        self._codes = {word: column.runs.first(runs) for word, column in history._words.items()}  # noqa: SLF001 - likewise
        self._only = history._passes_only.first(runs)  # noqa: SLF001 - likewise
        self._is_damaged = history._damaged.first(runs)  # noqa: SLF001 - likewise
        without = set(gone.tolist()) if history._wholes else set()  # noqa: SLF001 - likewise
        self.wholes = {run: found for run, found in history._wholes.items() if run not in without}  # noqa: SLF001 - likewise
        """The results of the runs of which the bits do not say all."""
        self._worked_out: dict[Hashable, Any] = {}

    def once(self, key: Hashable, work: Callable[[], _T]) -> _T:
        """What `work` gives, or gave before for this `key`; a few hundred are held."""
        found = self._worked_out.get(key, _NOTHING)
        if found is _NOTHING:
            if len(self._worked_out) >= _MOST_HELD:
                self._worked_out.clear()
            found = self._worked_out[key] = work()
        answer: _T = found
        return answer

    @cached_property
    def everything(self) -> Words:
        """All runs that are there."""
        found = all_of(self.runs)
        return found & ~of_indices(self._gone, self.runs) if len(self._gone) else found

    @cached_property
    def passes_only(self) -> Words:
        """The runs that name passed tests only."""
        return of_flags(self._only)

    @cached_property
    def damaged(self) -> Words | None:
        """The runs whose evidence is damaged; None: there are none."""
        return of_flags(self._is_damaged) if self._is_damaged.any() else None

    @property
    def created(self) -> NDArray[np.int64]:
        """When each run was received, in microseconds since 1970."""
        return self._created

    def parts(self, within: Words | None = None) -> Iterator[Part]:
        """The segments, with those runs of each that are in `within`, else all."""
        asked = self.everything if within is None else within & self.everything
        for number, segment in enumerate(self._segments):
            first = number * WORDS
            runs = min(RUNS, self.runs - number * RUNS)
            if runs > 0:
                words = words_for(runs)
                place = slice(first, first + words)
                damaged = None if self.damaged is None else self.damaged[place]
                yield Part(segment, first, words, runs, asked[place], self.passes_only[place], damaged)

    def gathered(self, pieces: Iterable[tuple[Part, Words]]) -> Words:
        """Runs of parts as runs of the whole."""
        found = none_of(self.runs)
        for part, words in pieces:
            found[part.first : part.first + part.words] = words & part.within
        return found

    def facts_of(self, run: int) -> RunFacts:
        """What is known of a run, but for its tags and waivers."""
        words: dict[str, Any] = {word.value: self.word_of(word, run) for word in _WORDS}
        return RunFacts(
            id=self._history._ids[run],  # noqa: SLF001 - two halves of one thing
            created=int(self._created[run]),
            passes_only=bool(self._only[run]),
            is_damaged=bool(self._is_damaged[run]),
            standing=_STANDINGS[int(self._standings[run])],
            **words,
        )

    def word_of(self, word: Word, run: int) -> str:
        """What is said of a run."""
        return self.words_of(word)[int(self._codes[word][run])]

    def codes_of(self, word: Word) -> NDArray[np.int32]:
        """For each run the place in `words_of` of what is said of it."""
        return self._codes[word]

    def words_of(self, word: Word) -> list[str]:
        """Everything that is said of any run; later runs may have added to it."""
        return self._history._words[word].codes.words  # noqa: SLF001 - two halves of one thing

    def with_standing(self, standing: Standing) -> Words:
        """The runs whose recorded verdict is this."""
        return of_flags(self._standings == _STANDING_CODES[standing])

    def with_codes(self, word: Word, codes: Sequence[int]) -> Words:
        """The runs of which one of these words is said."""
        if len(codes) == 1:
            return of_flags(self._codes[word] == codes[0])
        return of_flags(np.isin(self._codes[word], np.array(codes, np.int32)))

    def labels(self) -> list[tuple[str, str]]:
        """The tags of any run, by key and value; waivers have an empty key."""
        return list(self._history._labels)  # noqa: SLF001 - two halves of one thing

    def labelled(self, label: tuple[str, str]) -> Words:
        """The runs with a tag, or with a waiver."""
        growing = self._history._labels[label]  # noqa: SLF001 - two halves of one thing
        runs: Indices = growing.first(growing.size)
        return of_indices(runs[runs < self.runs], self.runs)
