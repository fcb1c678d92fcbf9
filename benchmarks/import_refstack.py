"""A RefStack database of many results, taken over: seconds, peak memory, and where the time goes.

`python benchmarks/import_refstack.py [sqlite|postgresql] [dump|live] [RESULTS]`; MariaDB and PostgreSQL are started
from Debian's packages. The results are synthetic (seed 7): 100 to 400 tests each of 1,500 that the server does not know
before, in one order, by 200 people; half of them shared, a fifth of them named a guideline and a target that the
server has. A dump is packed with gzip. Goals: 300 results a second, and 400 MiB however many results there are.
"""

from __future__ import annotations

import cProfile
import gzip
import os
import pstats
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from processes import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from certmark.domain.programs import demand_of, find_program
from certmark.formats.guideline import load
from certmark.server.importing.refstack import RefstackImport, import_refstack
from certmark.server.opening import create, services_of
from certmark.server.settings import read_settings
from certmark.server.store.migrating import migrate
from support.mariadb import MariaDB
from support.postgres import Postgres
from support.refstack_database import SCHEMA

GUIDELINE, TARGET = "2026.11", "compute"
_MANY = 2000
_TESTS = 1500


def main(kind: str, source: str, results: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name, database(kind, Path(name)) as url:
        dump = Path(name, "refstack.sql.gz")
        with gzip.open(dump, "wt", compresslevel=1, encoding="utf-8") as out:
            rows = write(out, results)
        print(f"{results:,} results, {rows:,} tests; the dump has {dump.stat().st_size >> 20:,} MiB packed")
        with living(dump, source) as address:
            migrate(url)
            measure(url, Path(name), address)


def measure(url: str, folder: Path, source: str) -> None:
    """The first import, and a second one that finds nothing new."""
    settings = read_settings(None, {}, data=str(folder / "data"), database_url=url)
    create(settings)
    for word in ("first", "second"):
        profile = cProfile.Profile() if os.environ.get("BENCH_PROFILE") else None
        with services_of(settings) as services:
            request = RefstackImport(
                source=source, password_file=None, report=folder / "report", is_dry=False, appoint_office=False
            )
            stages = Stages()
            began, cpu = time.monotonic(), time.process_time()
            if profile is not None:
                profile.enable()
            outcome = import_refstack(services, request, stages.hear)
            seconds, busy = time.monotonic() - began, time.process_time() - cpu
            if profile is not None:
                profile.disable()
                pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        readers = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(
            f"{word}: {seconds:.0f} s ({busy:.0f} s CPU here), peak {peak} MiB; readers {readers.ru_maxrss >> 10} MiB"
        )
        print("  " + ", ".join(f"{what} {last - first:.0f} s" for what, (first, last) in stages.times.items()))
        print(f"  {outcome.document()}")


class Stages:
    """When each was first and last heard of."""

    def __init__(self) -> None:
        self.times: dict[str, tuple[float, float]] = {}

    def hear(self, what: str, done: int, total: int) -> None:  # noqa: ARG002 - as an import tells it
        """It goes on."""
        now = time.monotonic()
        self.times[what] = self.times.get(what, (now, now))[0], now


def write(out: IO[str], results: int) -> int:
    """A dump, table by table as mysqldump has them; how many tests."""
    chance, rows = random.Random(7), 0  # noqa: S311 - not for secrets
    tests = _names()
    ids = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in range(results)]
    people = [f"https://openstackid.org/person.{number}" for number in range(200)]
    for statement in SCHEMA:
        out.write(_as_dumped(statement))
    for place in range(0, results, _MANY):
        metas = (
            meta for number, one in enumerate(ids[place : place + _MANY], place) for meta in _meta(one, number, people)
        )
        _insert(out, "meta", "created_at,test_id,meta_key,value", metas)
    for place in range(0, results, 10):
        entries = []
        for one in ids[place : place + 10]:
            first, many = chance.randrange(_TESTS - 400), chance.randrange(100, 400)
            entries += [f"('2016-03-04 10:00:00','{one}',{test})" for test in tests[first : first + many]]
        rows += len(entries)
        _insert(out, "results", "created_at,test_id,name,uuid", entries)
    for place in range(0, results, _MANY):
        lines = (_test(one, number) for number, one in enumerate(ids[place : place + _MANY], place))
        _insert(out, "test", "created_at,id,cpid,duration_seconds,verification_status", lines)
    _insert(
        out,
        "user",
        "created_at,openid,fullname,email",
        (f"('2015-01-01 00:00:00','{one}','P','p@x')" for one in people),
    )
    return rows


def _names() -> list[str]:
    guideline = load(GUIDELINE)
    asked = demand_of(guideline, find_program(guideline, TARGET)).tests.values()
    known = [(test.name, test.uuid or "") for test in asked]
    more = [(f"tempest.api.more.test_{n // 10}.Test{n // 10}.test_{n}", str(uuid.UUID(int=n))) for n in range(_TESTS)]
    return [f"'{name}','{identity}'" if identity else f"'{name}',NULL" for name, identity in (known + more)[:_TESTS]]


def _meta(result: str, number: int, people: list[str]) -> Iterator[str]:
    said = {"user": people[number % 200]} if number % 4 else {}
    said |= {"shared": "true"} if number % 2 else {}
    said |= {"guideline": f"{GUIDELINE}.json", "target": TARGET} if number % 5 == 0 else {}
    for key, value in said.items():
        yield f"('2016-03-04 10:00:00','{result}','{key}','{value}')"


def _test(result: str, number: int) -> str:
    moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1_420_000_000 + number * 1500))
    return f"('{moment}','{result}','{number:032x}',{number % 9000},0)"


def _as_dumped(statement: str) -> str:
    """The columns are named by each INSERT, so that the lines of this need not be those of a dump."""
    return f"{statement};\n"


def _insert(out: IO[str], table: str, columns: str, rows: Iterator[str] | list[str]) -> None:
    text = ",".join(rows)
    if text:
        out.write(f"INSERT INTO `{table}` ({columns}) VALUES {text};\n")  # noqa: S608 - synthetic


@contextmanager
def living(dump: Path, source: str) -> Iterator[str]:
    """What is imported: the dump, or a MariaDB that it was brought into."""
    if source == "dump":
        yield str(dump)
        return
    with closing(MariaDB()) as server:
        server.run("create database refstack character set utf8mb3")
        with gzip.open(dump, "rb") as text:
            words = ["/usr/bin/mariadb", "--no-defaults", f"--socket={server.socket}", "--user=root", "refstack"]
            client = subprocess.Popen(words, stdin=subprocess.PIPE)
            assert client.stdin is not None  # noqa: S101 - a pipe
            client.stdin.write(b"set foreign_key_checks=0, unique_checks=0;\n")
            while piece := text.read(1 << 20):
                client.stdin.write(piece)
            client.stdin.close()
            if client.wait():
                raise SystemExit("MariaDB did not take the dump")
        yield f"mysql://root@localhost/refstack?socket={server.socket}"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty one."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'certmark.sqlite'}"
        return
    server = Postgres()
    try:
        server.run("create database bench")
        yield server.url("bench")
    finally:
        server.remove()


if __name__ == "__main__":
    given = [*sys.argv[1:], *("sqlite", "dump", "100000")[len(sys.argv) - 1 :]]
    main(given[0], given[1], int(given[2]))
