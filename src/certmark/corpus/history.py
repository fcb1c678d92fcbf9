"""The history: every run that was added, in the order in which they came; and what of it one question looks at.

1. One adds at a time; whoever asks has a `Snapshot`, which stays as it is while others add or take away.
2. A run whose tests were not each told once, in one sound piece of evidence, is added with its `Results`: what they
   come to is left to `domain.verdicts.judge`. Of every other run the bits say all.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from certmark.corpus.bits import Codes, Indices, Words, all_of, none_of, of_flags, of_indices, words_for
from certmark.corpus.growing import GrowingArray, Label, RunLabels, WordColumn
from certmark.corpus.known_tests import KnownTests
from certmark.corpus.run_ids import RunIds
from certmark.corpus.sealing import label_bytes, labels_of, page_bytes, page_of, size_bytes, sizes_in
from certmark.corpus.segments import OUTCOMES, RUNS, STATES, WORDS, PageKey, RunSegment
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


class KeptSegment(NamedTuple):
    """A segment as `ResultsHistory.kept_part` gave its parts, kept elsewhere."""

    runs: int
    least: bytes
    """Of the ids of its runs."""
    greatest: bytes
    parts: tuple[str, ...]
    """The names of all of them."""
    fetch: Callable[[str], bytes]
    """The part of a name."""


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

    def __init__(
        self,
        kept: Sequence[KeptSegment] = (),
        words: Mapping[str, Sequence[str]] | None = None,
        gone: Iterable[int] = (),
        few: int | None = None,
    ) -> None:
        """With the runs of segments that are kept elsewhere, all of them full but the last one.

        `words` are those of `word_lists`, `gone` the places of runs that were taken away. Where no more than `few` runs
        will ever be added, it takes memory for these only.
        """
        self._room = WORDS if few is None else min(WORDS, max(1, words_for(few)))
        self.tests = KnownTests()
        self.runs = sum(segment.runs for segment in kept)
        """How many were added, those included that were taken away since."""
        self._segments = [_segment(segment) for segment in kept]
        self._ids = RunIds()
        for segment in kept:
            if segment.runs == RUNS:
                self._ids.add_shelf(partial(segment.fetch, "ids"), (segment.least, segment.greatest))
            else:
                ids = segment.fetch("ids")
                self._ids.add(ids[place : place + 16] for place in range(0, len(ids), 16))
        self._created = _growing("created", np.int64, kept)
        self._marks = _growing("marks", np.uint8, kept)
        self._words = {
            word: WordColumn((words or {}).get(word.value, ()), _growing(word.value, np.int32, kept)) for word in _WORDS
        }
        self._labels = RunLabels((lambda: list(_labels(kept))) if kept else None)
        self._wholes: dict[int, Results] = {}
        self._gone = GrowingArray(np.int64)
        self._gone.add(np.fromiter(gone, np.int64))
        self._gone_runs: set[int] = set(self._gone.first(self._gone.size).tolist())
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
        marks = np.fromiter((_STANDING_CODES[one] for one in columns["standing"]), np.uint8) << 2
        marks |= np.array(columns["passes_only"], np.uint8) | np.array(columns["is_damaged"], np.uint8) << 1
        self._marks.add(marks)
        for word, column in self._words.items():
            column.add(columns[word.value])
        for name in ("waived", "tags"):
            many = columns[name]
            for run, labels in enumerate(many, first):
                for label in labels:
                    self._labels.add(("", label) if name == "waived" else label, run)

    def _add_codes(self, codes: Codes) -> None:
        done = 0
        while done < len(codes):
            if not self._segments or self._segments[-1].runs == RUNS:
                self._segments.append(RunSegment())
                self._segments[-1].words = self._room
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
    def gone(self) -> list[int]:
        """The places of the runs that were taken away."""
        found: list[int] = self._gone.first(self._gone.size).tolist()
        return found

    def word_lists(self) -> dict[str, list[str]]:
        """The words of every kind that are said of any run, by their numbers."""
        return {word.value: list(column.codes.words) for word, column in self._words.items()}

    def kept_segment(self, number: int, fetch: Callable[[str], bytes]) -> KeptSegment:
        """A segment as somebody may keep it; its parts are given by `kept_part`."""
        segment = self._segments[number]
        pages = map(_name, segment.page_keys())
        words = (word.value for word in _WORDS)
        return KeptSegment(
            segment.runs,
            *self._ids.bounds(number),
            ("ids", "created", "marks", "labels", "sizes", *words, *pages),
            fetch,
        )

    def kept_part(self, number: int, name: str) -> bytes:
        """A part of a segment, to be kept. Nobody may add meanwhile."""
        segment, first = self._segments[number], number * RUNS
        last = first + segment.runs
        if name == "ids":
            return self._ids.shelf(number)
        if name == "labels":
            found = ((label, self._labels.runs(label)) for label in self._labels.known())
            return label_bytes((label, runs[(runs >= first) & (runs < last)] - first) for label, runs in found)
        if name == "sizes":
            return size_bytes({_name(key): segment.sizes(key) for key in segment.page_keys()})
        columns = {"created": self._created, "marks": self._marks}
        columns |= {word.value: column.runs for word, column in self._words.items()}
        if name in columns:
            array: NDArray[Any] = columns[name].first(last)[first:]
            return array.astype(array.dtype.newbyteorder("<")).tobytes()
        page = segment.page(_key(name))
        assert page is not None  # noqa: S101 - it is one of its pages
        return page_bytes(page, segment.runs)

    @property
    def segments(self) -> int:
        """How many there are; all are full but the last one."""
        return len(self._segments)

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
        return of_flags((self._marks & 1).view(np.bool_))

    @cached_property
    def damaged(self) -> Words | None:
        """The runs whose evidence is damaged; None: there are none."""
        found = of_flags((self._marks & 2) != 0)
        return found if found.any() else None

    @cached_property
    def _marks(self) -> NDArray[np.uint8]:
        return self._history._marks.first(self.runs)  # noqa: SLF001 - two halves of one thing

    @cached_property
    def created(self) -> NDArray[np.int64]:
        """When each run was received, in microseconds since 1970."""
        return self._history._created.first(self.runs)  # noqa: SLF001 - two halves of one thing

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
            created=int(self.created[run]),
            passes_only=bool(self._marks[run] & 1),
            is_damaged=bool(self._marks[run] & 2),
            standing=_STANDINGS[int(self._marks[run]) >> 2],
            **words,
        )

    def word_of(self, word: Word, run: int) -> str:
        """What is said of a run."""
        return self.words_of(word)[int(self.codes_of(word)[run])]

    def codes_of(self, word: Word) -> NDArray[np.int32]:
        """For each run the place in `words_of` of what is said of it."""
        return self._history._words[word].runs.first(self.runs)  # noqa: SLF001 - two halves of one thing

    def words_of(self, word: Word) -> list[str]:
        """Everything that is said of any run; later runs may have added to it."""
        return self._history._words[word].codes.words  # noqa: SLF001 - two halves of one thing

    def with_standing(self, standing: Standing) -> Words:
        """The runs whose recorded verdict is this."""
        return of_flags(self._marks >> 2 == _STANDING_CODES[standing])

    def with_codes(self, word: Word, codes: Sequence[int]) -> Words:
        """The runs of which one of these words is said."""
        if len(codes) == 1:
            return of_flags(self.codes_of(word) == codes[0])
        return of_flags(np.isin(self.codes_of(word), np.array(codes, np.int32)))

    def labels(self) -> list[tuple[str, str]]:
        """The tags of any run, by key and value; waivers have an empty key."""
        return self._history._labels.known()  # noqa: SLF001 - two halves of one thing

    def labelled(self, label: tuple[str, str]) -> Words:
        """The runs with a tag, or with a waiver."""
        runs = self._history._labels.runs(label)  # noqa: SLF001 - two halves of one thing
        return of_indices(runs[runs < self.runs], self.runs)


def _segment(kept: KeptSegment) -> RunSegment:
    def page(name: str) -> Words:
        return page_of(kept.fetch(name), kept.runs)

    def sizes() -> Mapping[PageKey, Indices]:
        return {_key(name): counts for name, counts in sizes_in(kept.fetch("sizes")).items()}

    return RunSegment(kept.runs, {_key(name): partial(page, name) for name in kept.parts if "." in name}, sizes)


def _name(key: PageKey) -> str:
    return f"{OUTCOMES.index(key[0])}.{key[1]}"


def _key(name: str) -> PageKey:
    code, _, number = name.partition(".")
    return STATES[int(code) - 1], int(number)


def _growing(name: str, kind: Any, kept: Sequence[KeptSegment]) -> GrowingArray:
    """Of the segments' parts of this name."""
    form = np.dtype(kind).newbyteorder("<")

    def fetch() -> NDArray[Any]:
        return np.concatenate([np.frombuffer(segment.fetch(name), form) for segment in kept])

    return GrowingArray(kind, sum(segment.runs for segment in kept), fetch if kept else None)


def _labels(kept: Sequence[KeptSegment]) -> Iterator[tuple[Label, NDArray[np.int64]]]:
    for number, segment in enumerate(kept):
        for label, places in labels_of(segment.fetch("labels")):
            yield label, places + number * RUNS
