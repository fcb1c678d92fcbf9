"""The tables' history: up and down with data in them, on both databases; what is only added to stays."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from certmark.server.asking import EVERYTHING, Asker
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services import guidelines, listings, runs, sources, upkeep
from certmark.server.services.runs import AboutRun
from certmark.server.services.verifying import verify
from certmark.server.settings import read_settings
from certmark.server.store import migrating
from certmark.server.store.listings import RunFilter
from certmark.server.store.migrating import FormState, WrongForm, form_of, migrate, steps
from certmark.server.store.schema import APPEND_ONLY, metadata
from support.surveys import guideline_document

pytestmark = pytest.mark.enable_socket
ADA = b"a" * 16
RUN = bytes.fromhex("0190000000007000800000000000000a")
UPLOAD = b'<testsuite><testcase classname="a.B" name="c"/></testsuite>'
GUIDELINE = b"g" * 32


@pytest.fixture
def database_url(empty_database_url: str, real_migrations: None) -> str:  # noqa: ARG001 - every step is taken here
    return empty_database_url


@contextmanager
def connected(url: str, *, writes: bool = False) -> Iterator[Any]:
    with migrating._connected(url, writes=writes) as connection:  # noqa: SLF001 - as the steps are taken
        yield connection


def rows(url: str, words: str) -> list[tuple[Any, ...]]:
    with connected(url) as connection:
        return [tuple(_plain(value) for value in row) for row in connection.execute(text(words))]


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def filled(url: str) -> None:
    """A run of the first form, with all that stood beside it."""
    migrate(url, "0001")
    vector = bytearray(701)
    vector[1], vector[700] = 1, 2
    with connected(url, writes=True) as connection:
        for words, values in (
            ("insert into identities values (:a, 'ada', 1)", {"a": ADA}),
            ("insert into tests values (1, 'a.B.c', :e), (700, 'a.B.d', :e)", {"e": b""}),
            ("insert into guidelines values (:g, '2099.01', '', '', 1, :e)", {"g": GUIDELINE, "e": b"x"}),
            (
                (
                    "insert into runs (id, owner, created, state, is_public, name, upload, guideline, program, outcomes)"
                    " values (:r, :a, 5, 1, 0, 'f.xml', :u, :g, 'p', :o)"
                ),
                {
                    "r": RUN,
                    "a": ADA,
                    "u": zlib.compress(UPLOAD),
                    "g": GUIDELINE,
                    "o": zlib.compress(bytes(vector)),
                },
            ),
            (
                "insert into verdicts values (:r, :g, 'p', 'fail', 1, 'It failed.', '2026-11-28')",
                {"r": RUN, "g": GUIDELINE},
            ),
            (
                "insert into requests values (:a, 'k', :d, :r, 5)",
                {"a": ADA, "d": hashlib.sha256(UPLOAD).digest(), "r": RUN},
            ),
            ("insert into tags values (:r, 'ci', '42')", {"r": RUN}),
        ):
            connection.execute(text(words), values)


def test_a_run_of_the_first_form_is_read_after_the_last_step(database_url: str, tmp_path: Path) -> None:
    filled(database_url)
    migrate(database_url)
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url)
    create(settings)
    ada = Asker(ADA, "ada", EVERYTHING)
    with services_of(settings) as services:
        run, tags = runs.show(services, ada, RUN)
        assert (run.standing, run.is_partial, run.sentence, run.size) == ("fail", True, "It failed.", len(UPLOAD))
        assert tags == {"ci": "42"}
        assert {one.name: one.outcome for one in runs.results(services, ada, RUN)[1]} == {"a.B.c": 1, "a.B.d": 2}
        with runs.received(services, ada, RUN) as (_, file):
            assert file.read_bytes() == UPLOAD
        again = tmp_path / "again"
        again.write_bytes(UPLOAD)
        assert runs.receive(services, ada, again, AboutRun(name="f.xml", key="k")).id == RUN


def test_down_and_up_again_nothing_is_lost(database_url: str) -> None:
    filled(database_url)
    looks = {
        "runs": "select id, upload, outcomes, guideline, program from runs",
        "verdicts": "select * from verdicts",
        "requests": "select * from requests",
        "tags": "select * from tags",
        "tests": "select * from tests order by number",
    }
    before = {name: rows(database_url, words) for name, words in looks.items()}
    for _ in range(2):
        migrate(database_url)
        migrate(database_url, "0001")
    after = {name: rows(database_url, words) for name, words in looks.items()}
    for table in ("verdicts", "requests", "tags", "tests"):
        assert after[table] == before[table]
    (one,), (other,) = before["runs"], after["runs"]
    assert [zlib.decompress(value) for value in one[1:3]] == [zlib.decompress(value) for value in other[1:3]]
    assert one[3:] == other[3:]
    migrate(database_url, "base")
    assert form_of(database_url).state is FormState.EMPTY


def test_the_last_step_makes_the_tables_that_the_program_uses(database_url: str) -> None:
    migrate(database_url)
    assert steps()[-1] == migrating.HEAD
    with connected(database_url) as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert found == []


@pytest.mark.parametrize("what", ["update {} set {} = {}", "delete from {}"])
def test_the_database_itself_keeps_what_is_only_added_to(database_url: str, what: str) -> None:
    filled(database_url)
    migrate(database_url)
    with connected(database_url, writes=True) as connection:
        connection.execute(text("insert into packings values (1, 1, :c)"), {"c": b"x"})
        for words in (
            (
                "insert into vendors (id, name, folded, description, state, reason, is_public, revision, created)"
                " values (:v, 'V', 'v', '', 0, '', 0, 1, 1)"
            ),
            "insert into former_names values (1, :v, 'U', 'u', 1)",
            "insert into agreements values (:g, 'a', '1', :v, 1)",
            "insert into acceptances values (:v, :g, :a, 1)",
            "insert into history values (1, 1, :a, 'x', :v, '', '')",
            "insert into certification_events values (1, :v, 1, :a, 'office', 'grant', 'granted', 'p 1', '{}', 1)",
            "insert into status_lists values (1, 'p', 1, :g)",
        ):
            connection.execute(text(words), {"v": b"v" * 16, "g": GUIDELINE, "a": ADA})
        connection.execute(
            text("insert into audit (number, moment, action, subject, request) values (9999, 1, 'a', 's', 'r')")
        )
        connection.execute(text("insert into log_entries values (0, :c, :c)"), {"c": b"x"})
        connection.execute(text("insert into log_checkpoints values (0, :c, 'k', 1)"), {"c": b"x"})
    for table in APPEND_ONLY:
        column = list(metadata.tables[table].columns)[1].name
        before = rows(database_url, f"select * from {table}")  # noqa: S608 - our own tables
        assert before
        with (
            pytest.raises(Exception, match="only ever added"),
            connected(database_url, writes=True) as connection,
        ):
            connection.execute(text(what.format(table, column, column)))
        assert rows(database_url, f"select * from {table}") == before  # noqa: S608 - our own tables


def test_a_start_makes_the_tables_of_an_empty_sqlite_file_and_changes_no_other(
    database_url: str, tmp_path: Path
) -> None:
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url)
    if database_url.startswith("sqlite"):
        create(settings)
        assert form_of(database_url) == (FormState.CURRENT, migrating.HEAD)
        migrate(database_url, "0001")
    else:
        with pytest.raises(WrongForm, match="is empty; make its tables first"):
            create(settings)
        migrate(database_url, "0001")
    with pytest.raises(
        WrongForm, match=f"has the form 0001, and this program needs {migrating.HEAD}; migrate it first"
    ):
        create(settings)


def test_a_database_of_a_newer_program_is_left_alone(database_url: str, tmp_path: Path) -> None:
    migrate(database_url)
    with connected(database_url, writes=True) as connection:
        connection.execute(text("update alembic_version set version_num = '0999'"))
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url)
    refusal = f"has the form 0999, and this program knows {migrating.HEAD}"
    with pytest.raises(WrongForm, match=refusal):
        create(settings)
    with pytest.raises(WrongForm, match=refusal):
        migrate(database_url)


def test_what_is_no_database_of_ours_is_left_alone(database_url: str) -> None:
    with connected(database_url, writes=True) as connection:
        connection.execute(text("create table theirs (x integer)"))
    with pytest.raises(WrongForm, match="no form that is known here"):
        migrate(database_url)
    assert rows(database_url, "select * from theirs") == []


def test_a_step_that_fails_leaves_everything_as_it_was(database_url: str) -> None:
    filled(database_url)
    with connected(database_url, writes=True) as connection:
        connection.execute(text("update runs set upload = :u"), {"u": b"not deflated"})
    before = rows(database_url, "select * from runs")
    with pytest.raises(zlib.error):
        migrate(database_url)
    assert form_of(database_url) == (FormState.OLDER, "0001")
    assert rows(database_url, "select * from runs") == before


@pytest.mark.thorough
def test_from_every_form_what_was_kept_comes_back(database_url: str, tmp_path: Path) -> None:
    migrate(database_url)
    settings = read_settings(None, {}, data=str(tmp_path / "data"), database_url=database_url)
    create(settings)
    file, guideline = tmp_path / "r.xml", tmp_path / "g.json"
    file.write_bytes(UPLOAD)
    with services_of(settings) as services:
        ada = Asker(add_identity(services, "ada"), "ada", EVERYTHING)
        guideline.write_text(json.dumps(guideline_document({"a.B.c": {"idempotent_id": ""}})))
        sources.add(services, str(guideline))
        about = AboutRun(name="r.xml", guideline="2030.01", program="P", tags={"ci": "42"}, key="k", vendor="acme")
        run = runs.receive(services, ada, file, about)
        guideline.write_text(json.dumps(guideline_document({"a.B.d": {"idempotent_id": ""}})))
        sources.refresh(services)
        newest = guidelines.revision_of(services, "2030.01").digest
        assert upkeep.judge_again(services, newest) == 1
    for step in reversed(steps()[:-1]):
        migrate(database_url, step)
        migrate(database_url)
        with services_of(settings) as services:
            there = run if step >= "0026" else run._replace(doubts=None)  # before, nobody kept them
            assert runs.show(services, ada, run.id) == (there, {"ci": "42"}), step
            page = listings.runs_like(services, ada, RunFilter(guideline=newest), behind=None, most=9)
            assert [(one.id, one.standing) for one in page.runs] == [(run.id, "incomplete")], step
            assert runs.receive(services, ada, file, about).id == run.id
            assert list(verify(services)) == []
