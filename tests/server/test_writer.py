"""The one writer of SQLite: transactions that share a commit are kept or lost each as they were told."""

from __future__ import annotations

import random
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from certmark.server.store.database import Conflict, DatabaseAway, SqliteDatabase


class _Mind(Exception):
    """Somebody changes theirs."""


@pytest.mark.parametrize("seed", range(3))
def test_what_returned_is_there_and_what_raised_is_not(tmp_path: Path, seed: int) -> None:
    file = tmp_path / "db"
    database = SqliteDatabase(file)
    with database.write() as transaction:
        transaction.connection.execute("create table kept (name text primary key)")
    kept: set[str] = set()
    refused: set[str] = set()
    lost: list[str] = []

    def work(number: int) -> None:
        source = random.Random(f"{seed}-{number}")  # noqa: S311 - which ones fail
        with closing(sqlite3.connect(file, timeout=30)) as reader:
            for step in range(60):
                name = f"{number}-{step}"
                try:
                    with database.write() as transaction:
                        transaction.connection.execute("insert into kept values (?)", [name])
                        if source.random() < 0.3:
                            raise _Mind  # noqa: TRY301 - as a service would
                        if source.random() < 0.1:
                            raise Conflict  # noqa: TRY301 - likewise
                    kept.add(name)
                except (_Mind, Conflict):
                    refused.add(name)
                is_there = reader.execute("select 1 from kept where name = ?", [name]).fetchone() is not None
                if is_there != (name in kept):
                    lost.append(name)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    database.close()
    assert lost == []
    with closing(sqlite3.connect(file)) as reader:
        assert {row[0] for row in reader.execute("select name from kept")} == kept
    assert kept
    assert refused


def test_a_commit_that_fails_is_told_to_everybody_who_shared_it(tmp_path: Path) -> None:
    file = tmp_path / "db"
    database = SqliteDatabase(file)
    with database.write() as transaction:
        transaction.connection.execute("create table kept (name text primary key)")
        transaction.connection.execute("create table child (name text references kept deferrable initially deferred)")
    held, answers = threading.Event(), list[str]()

    def work(number: int) -> None:
        try:
            with database.write() as transaction:
                held.wait(10)
                table = "child" if number == 0 else "kept"  # nobody is its parent: the commit fails
                transaction.connection.execute(f"insert into {table} values (?)", [str(number)])  # noqa: S608 - ours
            answers.append("kept")
        except (DatabaseAway, Conflict):
            answers.append("refused")

    workers = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    while database._writer._waiting < 3:  # noqa: SLF001 - they wait for the first one
        pass
    held.set()
    for worker in workers:
        worker.join()
    with closing(sqlite3.connect(file)) as reader:
        assert reader.execute("select count(*) from kept").fetchone() == (answers.count("kept"),)
    database.close()
