"""One test through the whole history of shared runs, under all its names; and tests, found by a part of a name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from certmark.corpus.answers import RateOfTest, rates_of_tests
from certmark.corpus.flakes import Flakes, FlakyTest, flakes
from certmark.corpus.history import Snapshot
from certmark.corpus.known_tests import KnownTests
from certmark.corpus.times_of_tests import TimesOfTest
from certmark.domain.queries.tree import AnyTerm, OutcomeTerm, Query
from certmark.domain.suggestions import did_you_mean
from certmark.domain.verdict_values import State
from certmark.server.asking import Asker
from certmark.server.services import renames
from certmark.server.services.asked_tests import AskedBy, asking_for, names_in_guidelines
from certmark.server.services.clouds import clouds_of
from certmark.server.services.context import Services
from certmark.server.services.described_tests import DescribedTest, described
from certmark.server.services.errors import NotFound


class FoundTest(NamedTuple):
    """A test in a list."""

    name: str
    uuid: str
    rate: RateOfTest | None
    """Of the name and id; None: no shared run says anything of it."""
    guidelines: int


class TestPage(NamedTuple):
    """All that is known of a test."""

    __test__ = False

    name: str
    """That of the newest guideline that asks for it, else what runs call it."""
    names: list[str]
    uuids: list[str]
    asked: list[AskedBy]
    described: DescribedTest | None
    times: TimesOfTest
    words: tuple[str, ...]
    """By which a query means just this test; empty: no words do."""
    flaky: list[FlakyTest]

    def query(self, state: State | None) -> Query | None:
        """For runs in which it came to that."""
        terms = tuple(OutcomeTerm(word, state) for word in self.words)
        return None if not terms else terms[0] if len(terms) == 1 else AnyTerm(terms)


def rates(snapshot: Snapshot) -> list[RateOfTest]:
    """Of all tests, by their columns."""
    return snapshot.once("rates", lambda: rates_of_tests(snapshot))


def flakes_of(snapshot: Snapshot) -> Flakes:
    """What flips in any shared run."""
    return snapshot.once("flakes", lambda: flakes(snapshot))


def find(services: Services, asker: Asker, part: str, *, behind: str, most: int) -> tuple[list[FoundTest], str | None]:
    """Tests that runs or guidelines know, with `part` in a name or an id, by name, from the one `behind` on."""
    snapshot = services.history.caught_up(asker)
    asked, wanted = names_in_guidelines(services), part.strip().casefold()
    known: dict[str, tuple[str, str, RateOfTest | None]] = {
        f"{rate.name} {rate.uuid or ''}": (rate.name, rate.uuid or "", rate) for rate in rates(snapshot)
    }
    in_runs = {rate.name for rate in rates(snapshot)}
    for one in {entry.name: entry for entries in asked.values() for entry in entries}.values():
        if one.name not in in_runs:
            known[f"{one.name} {one.uuid or ''}"] = (one.name, one.uuid or "", None)
    keys = (key for key in sorted(known) if key > behind and wanted in key.casefold())
    chosen = list(islice(keys, most + 1))
    found = [
        FoundTest(*known[key], len({one.guideline for word in known[key][:2] for one in asked.get(word, ())}))
        for key in chosen[:most]
    ]
    return found, chosen[most - 1] if len(chosen) > most else None


def show(services: Services, asker: Asker, test: str) -> TestPage:
    """A test by its name or its id. Raises NotFound."""
    snapshot = services.history.caught_up(asker)
    with services.database.read() as transaction:
        called = renames.called(transaction, test)
    numbered = services.dictionary.tests(called.numbers)
    keys = [(one.name, one.uuid or None) for one in numbered.values()]
    columns = sorted(column for key in keys if (column := snapshot.tests.column(key)) is not None)
    words = [*called.names, *(str(UUID(bytes=one)) for one in called.uuids)]
    asked, about = asking_for(services, words), described(words)
    if not keys and not asked and about is None:
        names = [*names_in_guidelines(services), *(rate.name for rate in rates(snapshot))]
        raise NotFound(f"there is no test {test[:200]!r} in any guideline or shared run{did_you_mean(test, names)}")
    clouds = clouds_of(snapshot)
    times = snapshot.once(("times", tuple(columns)), lambda: TimesOfTest(clouds, columns))
    names = sorted({name for name, _ in keys} | {one.name for one in asked} | ({about.name} if about else set()))
    uuids = sorted({uuid for _, uuid in keys if uuid} | {one.uuid for one in asked if one.uuid})
    flaky = [one for one in flakes_of(snapshot).tests if (one.name, one.uuid) in keys]
    name = asked[0].name if asked else names[0]
    return TestPage(name, names, uuids, asked, about, times, words_for(snapshot.tests, columns), flaky)


def words_for(known: KnownTests, columns: Sequence[int]) -> tuple[str, ...]:
    """The fewest names and ids that together mean these columns and no other ones; none: there are no such words."""
    left, found = set(columns), []
    words = dict.fromkeys(word for column in columns for word in reversed(known.keys[column]) if word)
    meant = {word: set(known.meant(word)) for word in words}
    own = sorted((word for word in meant if meant[word] <= set(columns)), key=lambda word: -len(meant[word]))
    for word in own:
        if meant[word] & left:
            found.append(word)
            left -= meant[word]
    return () if left else tuple(found)
