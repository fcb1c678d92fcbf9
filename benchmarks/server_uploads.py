"""An upload of 1,000 tests, bytes to durable and judged, at the service: beside what RefStack did with one.

`python benchmarks/server_uploads.py [sqlite|postgresql] [UPLOADS] [THREADS]`; PostgreSQL is started from Debian's
packages, with fsync. The uploads are synthetic (seed 7): the tests of program `compute` of the guideline that ships
along and others to 1,000, in one order; each lacks 1 % of them at random, so that no two are alike; a tenth comes in
another order of its classes. The baseline reads the JSON twice, looks at the first result by its schema, and writes a
row a test through SQLAlchemy's ORM, as RefStack does (`CPU`: seconds of this process, its readers and PostgreSQL's
backends together, for each upload). Goals: 600 uploads a second and core on SQLite, 400 on PostgreSQL; 1.5 kB a run.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import jsonschema
from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from processes import ROOT

sys.path.insert(0, str(ROOT / "tests"))
from certmark.domain.programs import demand_of, find_program
from certmark.formats.guideline import load
from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.settings import read_settings
from certmark.server.store.migrating import migrate
from support.postgres import Postgres

TESTS = 1000
LACKING = 0.01
GUIDELINE = "2026.11"
BASELINE = 30


def main(kind: str, uploads: int, threads: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name, database(kind, Path(name)) as url:
        files = written(Path(name) / "uploads", uploads + 3)
        migrate(url)
        settings = read_settings(None, {}, data=str(Path(name) / "data"), database_url=url)
        create(settings)
        with services_of(settings) as services:
            asker = Asker(add_identity(services, "bench"), "bench", EVERYTHING)
            first, rest = files[:3], files[3:]
            for file in first:  # tests are numbered, the dictionary is made, readers are warm
                sent(services, asker, file, "first")
            before, start = size_of(url), cpu()
            wall = time.perf_counter()
            in_threads(threads, lambda file: sent(services, asker, file, file.name), rest)
            wall = time.perf_counter() - wall
        cost = (cpu() - start) / len(rest)
        grown = (size_of(url) - before) / len(rest)
        print(f"{kind}, {len(rest)} uploads of {TESTS} tests by {threads} threads:")
        print(f"  CPU {cost * 1000:.2f} ms an upload: {1 / cost:.0f}/s/core; wall {len(rest) / wall:.0f}/s")
        print(f"  database {grown:.0f} bytes a run")
        mean = refstack_like(url, rest[:BASELINE])
        print(f"  RefStack-like: CPU {mean * 1000:.1f} ms an upload, {mean / cost:.0f} times as much")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """An empty database of this kind, durable."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'certmark.sqlite'}"
        return
    server = Postgres("fsync=on")
    global _POSTGRES  # noqa: PLW0603 - whose processes are counted
    _POSTGRES = server
    try:
        server.run("create database bench")
        yield server.url("bench")
    finally:
        server.remove()


_POSTGRES: Postgres | None = None


def written(folder: Path, count: int) -> list[Path]:
    """Files as refstack-client saves them."""
    folder.mkdir()
    random_ = random.Random(7)  # noqa: S311 - a benchmark
    every = tests(random_)
    found = []
    for number in range(count):
        chosen = [one for one in every if random_.random() >= LACKING]
        if number % 10 == 9:
            classes: dict[str, list[dict[str, str]]] = {}
            for one in chosen:
                classes.setdefault(one["name"].rpartition(".")[0], []).append(one)
            order = list(classes)
            random_.shuffle(order)
            chosen = [one for name in order for one in classes[name]]
        path = folder / f"{number}.json"
        path.write_text(json.dumps({"cpid": "a" * 32, "duration_seconds": 3000 + number, "results": chosen}))
        found.append(path)
    return found


def tests(random_: random.Random) -> list[dict[str, str]]:
    """The tests that the program asks for, and others of classes of a dozen."""
    guideline = load(GUIDELINE)
    asked = demand_of(guideline, find_program(guideline, "compute")).tests.values()
    found = [{"name": test.name, "uuid": test.uuid or ""} for test in asked]
    found = [one if one["uuid"] else {"name": one["name"]} for one in found]
    while len(found) < TESTS:
        number = len(found)
        name = f"tempest.api.area{number // 96}.test_subject{number // 12}.SubjectTest{number // 12}.test_case_{number}"
        found.append({"name": name, "uuid": str(uuid.UUID(int=random_.getrandbits(128), version=4))})
    return sorted(found, key=lambda one: one["name"])


def sent(services: Services, asker: Asker, file: Path, key: str) -> None:
    """One upload."""
    key = f"{key}-{os.urandom(6).hex()}" if key == "first" else key
    about = AboutRun(
        name="results.json", guideline=GUIDELINE, program="compute", vendor="acme", product="cloud", key=key
    )
    runs.receive(services, asker, file, about)


def in_threads(threads: int, each: Callable[[Path], None], files: Sequence[Path]) -> None:
    """All of them, by several threads."""
    places = iter(files)
    guard = threading.Lock()

    def work() -> None:
        while True:
            with guard:
                file = next(places, None)
            if file is None:
                return
            each(file)

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def cpu(processes: Sequence[Path] | None = None) -> float:
    """Seconds of CPU of this process and of others, by default its readers that live or ended and PostgreSQL's."""
    own = resource.getrusage(resource.RUSAGE_SELF)
    return own.ru_utime + own.ru_stime + sum(map(_seconds, others() if processes is None else processes))


def others() -> list[Path]:
    """The processes that work for this one."""
    parents = {os.getpid(), *([] if _POSTGRES is None else [_POSTGRES.process.pid])}
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in parents:
            found.append(path.parent)
    return found


def _seconds(process: Path) -> float:
    try:
        return int((process / "schedstat").read_text().split()[0]) / 1e9
    except OSError:
        return 0.0


def size_of(url: str) -> int:
    """Bytes of the database, indexes and all."""
    if url.startswith("sqlite"):
        import sqlite3

        with sqlite3.connect(url.removeprefix("sqlite://")) as connection:
            connection.execute("pragma wal_checkpoint(truncate)")
            return int(connection.execute("pragma page_count").fetchone()[0]) * int(
                connection.execute("pragma page_size").fetchone()[0]
            )
    import psycopg

    with psycopg.connect(url) as connection:
        return int(connection.execute("select pg_database_size(current_database())").fetchone()[0])  # type: ignore[index]


class Base(DeclarativeBase):
    """RefStack's tables, as far as an upload writes them."""


class StoredTest(Base):
    """Its table of runs."""

    __tablename__ = "refstack_test"
    id: Mapped[str] = mapped_column(primary_key=True)
    cpid: Mapped[str]
    duration_seconds: Mapped[int]


class StoredResult(Base):
    """Its table of results."""

    __tablename__ = "refstack_results"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    test_id: Mapped[str] = mapped_column(ForeignKey("refstack_test.id"), index=True)
    name: Mapped[str] = mapped_column(index=True)
    uuid: Mapped[str | None]


def refstack_like(url: str, files: Sequence[Path]) -> float:
    """Seconds of CPU of an upload as RefStack takes it: its validator, and a row for each test."""
    entry = {"type": "object", "properties": {"name": {"type": "string"}, "uuid": {"type": "string"}}}
    results = {"type": "array", "prefixItems": [entry]}
    schema = {"type": "object", "properties": {"cpid": {"type": "string"}, "results": results}}
    engine = create_engine(re.sub("^postgresql:", "postgresql+psycopg:", url))
    Base.metadata.create_all(engine)
    start = cpu()
    for number, file in enumerate(files):
        data = file.read_bytes()
        jsonschema.validate(json.loads(data), schema)
        document = json.loads(data)
        with Session(engine) as session:
            identity = f"{number}-{uuid.uuid4()}"
            session.add(StoredTest(id=identity, cpid=document["cpid"], duration_seconds=document["duration_seconds"]))
            session.flush()
            for one in document["results"]:
                session.add(StoredResult(test_id=identity, name=one["name"], uuid=one.get("uuid")))
            session.commit()
    cost = (cpu() - start) / len(files)
    engine.dispose()
    return cost


if __name__ == "__main__":
    kind, uploads, threads = (sys.argv[1:] + ["sqlite", "1000", "1"][len(sys.argv) - 1 :])[:3]
    main(kind, int(uploads), int(threads))
