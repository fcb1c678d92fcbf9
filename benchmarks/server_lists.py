"""What lists, histories, clouds and single runs cost, from 100 to 1,000,000 runs: flat, or an index is missing.

`python benchmarks/server_lists.py [sqlite|postgresql] [RUNS …]`. The runs are rows as an upload of 1,000 known tests
leaves them (an upload of 330 bytes, a vector of 1,000 tests in 64 bytes), of 50 owners, 200 products and 500 clouds in
turn (seed 7), half of them public, one in ten partial, one in 25 of region `rare`; one in 20 has the tag `ci=nightly`,
one in 10,000 `ci=release`. They are written by the store's own statements, 1,000 in a transaction. CPU of this process
and of PostgreSQL for one request, the median of 30; RefStack's list took 230 ms, 1.2 s at 100,000 runs.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from certmark.server import ids
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import listings as shown
from certmark.server.services import runs as service
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import runs
from certmark.server.store.dictionary import packed
from certmark.server.store.listings import RunFilter
from certmark.server.store.migrating import migrate
from certmark.server.store.runs import ReadingState, RunContent, RunRow
from server_uploads import cpu, database, others, size_of

ROUNDS = 30
AT_ONCE = 5
TESTS = 1000
START = 1_700_000_000_000_000
PROGRAM = "Interoperable Compute"
SENTENCE = "x" * 199


def main(kind: str, sizes: list[int]) -> None:
    """Fill, measure, fill more, and print."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name, database(kind, Path(name)) as url:
        migrate(url)
        settings = read_settings(None, {}, data=str(Path(name) / "data"), database_url=url)
        create(settings)
        with services_of(settings) as services:
            named = [(f"tempest.api.area{n // 96}.Test{n // 12}.test_{n}", "") for n in range(TESTS)]
            with services.database.write() as transaction:
                services.dictionary.numbers(transaction, named)
            services.dictionary.refresh()
            owners = [Asker(add_identity(services, f"owner {n}"), f"owner {n}", EVERYTHING) for n in range(50)]
            there = 0
            for size in sizes:
                fill(services, owners, there, size)
                there = size
                grown = size_of(url)
                print(f"{kind}, {size:,} runs, {grown / size:,.0f} bytes each:", flush=True)
                for what, look in looks(services, owners[7], there).items():
                    print(f"    {what}: {measured(look):.2f} ms", flush=True)


def fill(services: Services, owners: list[Asker], there: int, size: int) -> None:
    """Add runs up to `size`."""
    source = random.Random(f"7-{there}")  # noqa: S311 - a benchmark
    vectors = [packed({n: 1 + (source.random() < 0.01) for n in range(1, TESTS + 1)}) for _ in range(50)]
    for first in range(there, size, 1000):
        with services.database.write() as transaction:
            for number in range(first, min(first + 1000, size)):
                content = RunContent(source.randbytes(330), vectors[number % len(vectors)])
                tags = {"ci": "nightly"} if number % 20 == 3 else {"ci": "release"} if number % 10_000 == 7 else {}
                runs.add(transaction, run(number, owners[number % len(owners)], source), content, tags, f"k{number}")
    with services.database.write() as transaction:
        if transaction.dialect.value == "postgresql":
            transaction.connection.set_autocommit(True)
        transaction.connection.execute("analyze")


def run(number: int, owner: Asker, source: random.Random) -> RunRow:
    """One run, a second after the one before."""
    created = START + number * 1_000_000
    return RunRow(
        id=ids.new_id(created),
        owner=owner.identity or b"",
        created=created,
        state=ReadingState.READ,
        is_public=source.random() < 0.5,
        name="results.json",
        digest=source.randbytes(32),
        size=160_000,
        evidence=None,
        format="refstack-upload",
        began=None,
        ended=None,
        subject=f"cloud {number % 500}",
        suite=None,
        vendor="acme",
        product=f"product {number % 200}",
        version="1",
        region="rare" if number % 25 == 7 else "usual",
        guideline=None,
        program=PROGRAM,
        problem=None,
        standing="pass",
        is_partial=number % 10 == 9,
        sentence=SENTENCE,
        as_of="2026-11-28",
    )


def looks(services: Services, asker: Asker, size: int) -> dict[str, Callable[[], object]]:
    """What is asked."""

    def page(wanted: RunFilter, behind: tuple[int, bytes] | None = None) -> object:
        return shown.runs_like(services, asker, wanted, behind=behind, most=50)

    def history(name: str, wanted: RunFilter, behind: tuple[int, bytes] | None = None) -> object:
        return shown.history_of_test(services, asker, name, wanted, behind=behind, most=50)

    middle = START + size // 2 * 1_000_000
    cursor = middle, ids.new_id(middle)
    newest = shown.runs_like(services, asker, RunFilter(), behind=None, most=1).runs[0]
    test = "tempest.api.area0.Test0.test_7"
    return {
        "own": lambda: page(RunFilter()),
        "own, half-way": lambda: page(RunFilter(), cursor),
        "public": lambda: page(RunFilter(is_public=True)),
        "public, half-way": lambda: page(RunFilter(is_public=True), cursor),
        "own, of a rare region": lambda: page(RunFilter(region="rare")),
        "public, of no such region": lambda: page(RunFilter(is_public=True, region="none")),
        "public, part of a program": lambda: page(RunFilter(is_public=True, program="Compute")),
        "public, of a product": lambda: page(RunFilter(is_public=True, vendor="acme", product="product 7")),
        "own, of a cloud": lambda: page(RunFilter(subject="cloud 7")),
        "own, with a usual tag": lambda: page(RunFilter(tag=("ci", "nightly"))),
        "public, with a rare tag": lambda: page(RunFilter(is_public=True, tag=("ci", "release"))),
        "public, of a day": lambda: page(RunFilter(is_public=True, since=middle, until=middle + 86400 * 10**6)),
        "public, judged by another guideline": lambda: page(RunFilter(is_public=True, guideline=bytes(32))),
        "clouds, own": lambda: shown.clouds(services, asker, is_public=False, behind="", most=50),
        "clouds, public": lambda: shown.clouds(services, asker, is_public=True, behind="", most=50),
        "history": lambda: history(test, RunFilter(is_public=True)),
        "history, half-way": lambda: history(test, RunFilter(is_public=True), cursor),
        "history of a cloud": lambda: history(test, RunFilter(is_public=True, subject="cloud 7")),
        "history of a test that no run has": lambda: history("no.such.test", RunFilter(is_public=True), cursor),
        "results of one run": lambda: service.results(services, asker, newest.id),
        "one run": lambda: service.show(services, asker, newest.id),
        "last whole": lambda: service.latest_whole(
            services, asker, vendor="acme", product=newest.product or "", program=PROGRAM
        ),
    }


def measured(look: Callable[[], object]) -> float:
    """Milliseconds of CPU of one, the median of rounds of several."""
    look()
    processes, found = others(), []
    for _ in range(ROUNDS):
        start = cpu(processes)
        for _ in range(AT_ONCE):
            look()
        found.append((cpu(processes) - start) / AT_ONCE * 1000)
    return statistics.median(found)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "sqlite", [int(one) for one in sys.argv[2:]] or [100, 10_000, 100_000])
