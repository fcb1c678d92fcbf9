"""A server with runs of some clouds over a year, made up so that every page of results has something to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from certmark.domain.programs import demand_of, find_program
from certmark.formats.guideline import load
from certmark.server import ids
from certmark.server.asking import Asker, TokenScope
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import guidelines
from certmark.server.services.context import Services
from certmark.server.settings import read_settings
from certmark.server.store import runs as stored
from certmark.server.store.dictionary import packed
from certmark.server.store.runs import ReadingState, RunContent, RunRow

DAY = 24 * 3600 * 10**6
NOW = int(dt.datetime(2026, 11, 29, 12, tzinfo=dt.UTC).timestamp()) * 10**6
HOSTILE = '<script>alert(1)</script>"\u202e*'
CLOUDS = ("alpha", "beta cloud", 'gamma "quoted"', "delta/RegionOne", HOSTILE)
PROGRAM = "Interoperable Object Storage"
PASSED, FAILED, SKIPPED, SETUP = 1, 2, 3, 4
RUNS_OF_EACH = 9


class Populated(NamedTuple):
    """What is there."""

    services: Services
    owner: Asker
    runs: Mapping[bytes, RunRow]
    sender: Asker
    """Its owner, who may change it."""
    tests: list[tuple[str, str]]
    """Of the program, by name and id; the first ones fail in some places."""


@contextmanager
def populated(folder: Path, url: str) -> Iterator[Populated]:
    """The server, at noon of 29 November 2026."""
    settings = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    create(settings)
    with services_of(settings) as found:
        services = replace(found, clock=lambda: NOW)
        owner = Asker(add_identity(services, "ada"), "ada", frozenset())
        guideline = load("2026.11")
        demand = demand_of(guideline, find_program(guideline, "object"))
        tests = [(test.name, test.uuid or "") for test in demand.tests.values()]
        digest = guidelines.revision_of(services, "2026.11").digest
        runs = {}
        with services.database.write() as transaction:
            numbers = services.dictionary.numbers(transaction, [*tests, ("other.Suite.test_more", "")])
            for cloud, name in enumerate(CLOUDS):
                for number in range(RUNS_OF_EACH):
                    run, codes = _run(owner, digest, cloud, name, number, len(tests))
                    outcomes = packed(dict(zip(numbers, codes, strict=True)))
                    words = {"hypervisor": "kvm", "storage": ("ceph", "lvm")[cloud % 2]} if cloud < 4 else {}
                    stored.add(transaction, run, RunContent(b"", outcomes), words, None)
                    runs[run.id] = run
        services.dictionary.refresh()
        yield Populated(services, owner, runs, owner._replace(scopes=frozenset({TokenScope.SUBMIT})), tests)


def _run(owner: Asker, digest: bytes, cloud: int, name: str, number: int, tests: int) -> tuple[RunRow, list[int]]:
    codes = [PASSED] * tests + [PASSED]
    if cloud != 1:
        codes[0] = FAILED  # fails nearly everywhere
    codes[1] = (PASSED, FAILED)[number % 2] if cloud in {0, 2, 3} else PASSED  # flips without a change
    if cloud == 2 and number > 4:
        codes[2] = SKIPPED
    if cloud == 3 and number == RUNS_OF_EACH - 1:
        codes[3] = SETUP
    if cloud == 4:
        codes[4] = 0
    created = NOW - (RUNS_OF_EACH - number) * 40 * DAY + cloud * DAY
    standing = "fail" if FAILED in codes[:tests] else "pass" if set(codes) == {PASSED} else "incomplete"
    run = RunRow(
        id=ids.new_id(created),
        owner=owner.identity or b"",
        created=created,
        state=ReadingState.READ,
        is_public=not (cloud == 0 and number == RUNS_OF_EACH - 1),
        name="results.subunit",
        digest=b"",
        size=1,
        evidence=None,
        format="subunit",
        began=created - 30 * 60 * 10**6,
        ended=created - number * 60 * 10**6,
        subject=name,
        suite="tempest 47.0.0",
        vendor=("Acme", "Bolt", "Acme", None, HOSTILE)[cloud],
        product=("Cloud", "Stack", "Cloud two", None, HOSTILE)[cloud],
        version=str(1 + number // 5),
        region=None,
        guideline=digest,
        program=PROGRAM,
        problem=None,
        standing=standing,
        is_partial=False,
        sentence="",
        as_of="2026-11-28",
    )
    return run, codes
