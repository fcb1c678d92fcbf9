"""What every page costs, in every role: on an empty site, and beside 100,000 and 1,000,000 runs.

`python benchmarks/pages.py [RUNS …] [--only WORD] [--rounds N]`; the pages are those of `tests/web/addresses.py`, each
asked of the application itself with what a browser says of compression, at a new address each time, so that none is
answered by a body that is kept. Beside the site of the tests lie so many runs
of 1,000 known tests (as `server_lists.py` has them: of 50 owners, 200 products and 500 clouds in turn, seed 7). CPU is
that of this process and of those that read for it, the median of the rounds; `first` the one that was asked before
them, which may have to learn the history. Statements are those of one request; a page that the browser has is asked
once more with its ETag: 304 or not. Goals: 50 ms of CPU at 100,000 runs and no more at 1,000,000; 100 kB.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

from processes import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from starlette.testclient import TestClient

from certmark.server.api.application import application
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, identifying, services_of
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store.database import Transaction
from certmark.server.web.cookies import SESSION
from certmark.server.web.handling import not_here
from certmark.server.web.table import pages_of
from server_lists import TESTS, fill
from server_uploads import cpu, others
from support.populated import NOW, Names, micros, populate
from support.site import KINDS
from web.addresses import PAGES, Shown

MOST_CPU, MOST_BYTES = 50.0, 100_000
HOST = "http://127.0.0.1:8000"


class Cost(NamedTuple):
    """Of one page."""

    status: int
    first: float
    """Milliseconds of CPU of the first answer."""
    cpu: float
    statements: int
    size: int
    is_kept: bool
    """Whether a browser that has it is told so."""


class Statements:
    """How many were run."""

    def __init__(self) -> None:
        self.count = 0
        run, many = Transaction.run, Transaction.many

        def counted(transaction: Transaction, *words: Any, **values: Any) -> Any:
            self.count += 1
            return run(transaction, *words, **values)

        def counted_many(transaction: Transaction, *words: Any, **values: Any) -> Any:
            self.count += 1
            return many(transaction, *words, **values)

        Transaction.run, Transaction.many = counted, counted_many  # type: ignore[method-assign,assignment]  # only counts


def main() -> None:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=int, nargs="*")
    parser.add_argument("--only", default="")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    statements, costs = Statements(), {}
    wanted = [page for page in PAGES if given.only in page.name]
    with site("empty") as (services, names):
        general = [page for page in wanted if not _named(page)]
        costs["empty"] = costs_of(services, names, general, statements, given.rounds)
    with site("populated") as (services, names):
        owners, there = _begin(services), 0
        for size in given.runs or [100_000, 1_000_000]:
            began = time.monotonic()
            fill(services, owners, there, size)
            there = size
            print(f"{size:,} runs were added in {time.monotonic() - began:.0f} s", flush=True)
            costs[f"{size:,}"] = costs_of(services, names, wanted, statements, given.rounds)
            show(wanted, costs)


@contextmanager
def site(kind: str) -> Iterator[tuple[Services, Names]]:
    """The services of a site of the tests."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        no_limits = {"requests_per_minute": "1000000", "uploads_per_minute": "1000000"}
        settings = read_settings(None, {}, data=folder, public_url=HOST, **no_limits)
        create(settings)
        with services_of(settings) as services:
            yield services, KINDS[kind](services) if kind == "empty" else populate(services)


def _begin(services: Services) -> list[Asker]:
    """Tests that are known, and owners."""
    with services.database.write() as transaction:
        named = [(f"tempest.api.area{n // 96}.Test{n // 12}.test_{n}", "") for n in range(TESTS)]
        services.dictionary.numbers(transaction, named)
    services.dictionary.refresh()
    return [Asker(add_identity(services, f"owner {n}"), f"owner {n}", EVERYTHING) for n in range(50)]


def _named(page: Shown) -> bool:
    """Whether it is a page of something that an empty site does not have."""
    return "{" in page.path or page.status != 200


def costs_of(
    services: Services, names: Names, pages: list[Shown], statements: Statements, rounds: int
) -> dict[Shown, Cost]:
    """Of each page, at the moment of the site."""
    services = dataclasses.replace(services, clock=lambda: micros(NOW))
    identify = identifying(services)
    found = application(services, identify, pages_of(services, identify), partial(not_here, services))
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip"}
    with TestClient(found, base_url=HOST, follow_redirects=False, headers=headers) as client:
        return {page: cost(client, names, page, statements, rounds) for page in pages}


def cost(client: TestClient, names: Names, page: Shown, statements: Statements, rounds: int) -> Cost:
    """Of a page, asked several times."""
    client.cookies.clear()
    word = names.get(f"session_{page.role}")
    if word is not None:
        client.cookies.set(SESSION, word)
    path, found = page.at(names), []
    for number in range(rounds + 1):
        processes, before = others(), statements.count
        began = cpu(processes)
        answer = client.get(f"{path}{'&' if '?' in path else '?'}_={number}")  # another address: no kept body answers
        found.append((cpu(processes) - began) * 1000)
    asked, size = statements.count - before, int(answer.headers.get("content-length", 0))
    tag = answer.headers.get("etag")
    again = None if tag is None else client.get(path, headers={"If-None-Match": tag})
    is_kept = again is not None and again.status_code == 304
    return Cost(answer.status_code, found[0], statistics.median(found[1:]), asked, size, is_kept)


def show(pages: list[Shown], costs: dict[str, dict[Shown, Cost]]) -> None:
    """A line a page; what is beyond a goal bears a star."""
    print(f"{'page':<34}{'role':<14}" + "".join(f"{size + ' runs':>46}" for size in costs))
    print(" " * 48 + f"{'CPU ms':>10}{'first':>9}{'SQL':>6}{'kB':>9}{'again':>8}    " * len(costs))
    for page in pages:
        cells = "".join(_cell(by_page.get(page)) for by_page in costs.values())
        print(f"{page.name:<34}{page.role:<14}{cells}")
    slow = sum(cost.cpu > MOST_CPU for by_page in costs.values() for cost in by_page.values())
    large = sum(cost.size > MOST_BYTES for by_page in costs.values() for cost in by_page.values())
    print(f"{slow} answers above {MOST_CPU:.0f} ms of CPU, {large} above {MOST_BYTES // 1000} kB")


def _cell(cost: Cost | None) -> str:
    if cost is None:
        return " " * 46
    star = "*" if cost.cpu > MOST_CPU or cost.size > MOST_BYTES else " "
    again = "304" if cost.is_kept else str(cost.status)
    return f"{cost.cpu:>10.1f}{cost.first:>9.1f}{cost.statements:>6}{cost.size / 1000:>9.1f}{again:>8}  {star} "


if __name__ == "__main__":
    main()
