"""Every statement compiles for both databases, is used, and finds its rows by an index."""

from __future__ import annotations

import importlib
import itertools
import json
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

import certmark.server
from certmark.server.asking import Asker
from certmark.server.opening import add_identity
from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import AboutRun
from certmark.server.store import listings, refstack_runs
from certmark.server.store.listings import RunFilter
from certmark.server.store.statements import Dialect, SqlStatement, Value, known

pytestmark = pytest.mark.enable_socket
PACKAGE = Path(certmark.server.__file__).parent
WHOLE = {
    "clouds own": "SQLite sorts the few clouds of a page once more, by what they are sorted by already",
    "clouds public": "likewise",
    "guidelines.all": "a server has some hundred revisions, and shows them all",
    "jobs.all": "the operator sees all work that is not done",
    "sources.all": "there are a handful, and all are looked at",
    "runs.bytes": "counted once a minute at most, where the settings have a quota",
    "audit.newest": "the operator sees the newest",
    "tokens.all": "the operator sees all of them",
    "accounts.all": "likewise",
    "upkeep.of_guideline": "a new revision concerns a good part of all runs",
    "identities.any": "one row of it",
    "agreements.all": "a programme has some dozen of them, and shows them all",
    "offices.all": "the operator sees everybody with a role in the programme",
    "orders.mails_of_office": "who is in the office is told; there are a few",
    "tags.counts": "different clouds among the shared runs with a tag are counted by sorting them",
    "acceptances.of": "a vendor accepted some dozen agreements",
    "notices.waiting": "the index has only what waits",
    "attestations.waiting": "likewise",
    "certificate_proofs.waiting": "likewise",
    "certificates.changed_last": "the last ones of the index, for the feed",
    "packings.newest": "there is one for each quarter that the tests grew by; the newest is the last row",
    "jobs.given_up": "the operator sees what was given up, which is a row or two",
    "evidence.forget_uploads": "asked of a copy only, for what was deleted while it was made",
    "log.last": "one row, the last of the index",
    "retirements.due": "once a day, by a worker; there are few where anything is deleted for its age",
    "retirements.saved": "likewise",
    "retirements.none": "likewise",
    "corpus_parts.ids": "there is a row for each 65,536 runs and each of some dozen parts; asked when they are kept",
    "run_changes.moment": "one row, the last of the index",
    "votes.all": "the export for those who score has all of them",
    "nominations.all": "a programme has some hundred of them, and shows them all",
    "told.offices": "a programme has some dozen people with a role in it",
    "told.who_waits": "the index has only what waits",
    "log.restored": "a row for each time that somebody brought a backup back",
    "log.agreed": "likewise",
}
"""Statements that read all of a table, each with its reason."""


def every() -> list[SqlStatement]:
    for module in pkgutil.walk_packages([str(PACKAGE)], "certmark.server."):
        if "migrations" not in module.name:
            importlib.import_module(module.name)
    names = [name for name in RunFilter._fields if name != "is_public"]
    for is_public, with_outcomes, number in itertools.product((False, True), (False, True), range(3)):
        for filters in itertools.combinations(names, number):
            listings._statements(is_public, frozenset(filters), with_outcomes)  # noqa: SLF001 - as they are asked for
    for whose, has_cpid, is_verified in itertools.product(refstack_runs.WHOSE, (False, True), (None, False, True)):
        refstack_runs.statements(whose, has_cpid, is_verified)
    # Other tests have theirs, and ask for pages by more filters than any index is for.
    return [one for one in known() if not one.name.startswith("tests.") and one.name.count(" ") <= 3]


def values_of(statement: SqlStatement, dialect: Dialect) -> dict[str, Value]:
    """Something of the right type for every parameter."""
    parameter = r":(\w+)" if dialect is Dialect.SQLITE else r"%\((\w+)\)s"
    wanted = set(re.findall(parameter, statement.text(dialect)))
    constants = statement.values(dialect, {})
    compiled: Any = statement.clause.compile()
    kinds = {name: parameter.type for name, parameter in compiled.binds.items()}
    # Who may see nothing is not asked about: PostgreSQL sees that, and its plan is a sorted nothing.
    is_open = {name: 1 for name in wanted if name.startswith("open_")}
    return constants | {name: _value(kinds[name]) for name in wanted - constants.keys()} | is_open


def _value(kind: Any) -> Value:
    examples: dict[type, Value] = {str: "3", bytes: b"3" * 16}
    return examples.get(kind.python_type, 3)


def test_names_of_statements_are_one_each() -> None:
    names = [statement.name for statement in every()]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("dialect", Dialect)
def test_every_statement_compiles(dialect: Dialect) -> None:
    for statement in every():
        assert statement.text(dialect), statement.name


def test_no_statement_is_unused() -> None:
    texts = {path: path.read_text() for path in PACKAGE.rglob("*.py")}
    for path, text in texts.items():
        for name in re.findall(r"^(_[A-Z_]+) = SqlStatement\(", text, re.MULTILINE):
            assert len(re.findall(rf"\b{name}\b", text)) > 1, f"{path.name}: {name}"


def test_every_plan_uses_an_index(services: Services, ada: Asker, tmp_path: Path) -> None:
    for number in range(30):
        file = tmp_path / f"{number}.xml"
        file.write_text(f'<testsuite><testcase classname="a.B" name="c{number}"/></testsuite>')
        runs.receive(services, ada, file, AboutRun(name="f", key=str(number), tags={"a": "b"}, is_public=True))
    for number in range(300):
        identity = add_identity(services, f"somebody {number}")
        with services.database.write() as transaction:
            start = "x'" if transaction.dialect is Dialect.SQLITE else "'\\x"
            values = f"{start}{number:064x}', {start}{identity.hex()}', 'l', 1, 2"
            if transaction.dialect is Dialect.POSTGRESQL:
                transaction.connection.set_autocommit(True)
            transaction.connection.execute(
                f"insert into tokens (digest, identity, label, created, expires) values ({values})"  # noqa: S608 - our own
            )
    with services.database.write() as transaction:
        dialect = transaction.dialect
        if dialect is Dialect.POSTGRESQL:
            # With few rows a whole table is quicker; what is asked is whether there is another way. Of what was
            # analysed and is empty every index is as good as any other.
            transaction.connection.set_autocommit(False)
            transaction.connection.execute("set local enable_seqscan = off")
            transaction.connection.execute("set local enable_sort = off")
        plans = {
            statement.name: _plan(transaction.connection, statement, dialect)
            for statement in every()
            if not statement.text(dialect).startswith("INSERT")
        }
        if dialect is Dialect.POSTGRESQL:
            transaction.connection.rollback()
    read_whole = {name: plan for name, plan in plans.items() if _reads_whole(plan, dialect)}
    unforeseen = {name: plan for name, plan in read_whole.items() if name not in WHOLE}
    # A dump reads everything, and a person goes once; where there are so few public or official runs PostgreSQL begins
    # with them, not with the tag, or with all runs; and of the tables that a page of RefStack's API is joined with,
    # which are empty here, it takes the whole index. Of few runs it joins all with those that changed.
    ours = r"dump\.|people\."
    theirs = rf"{ours}|runs\.\w+ public .*tag|runs\.official|refstack\.|(runs|tags)\.shared"
    foreseen = re.compile(theirs if dialect is Dialect.POSTGRESQL else ours)
    assert {name: plan for name, plan in unforeseen.items() if not foreseen.match(name)} == {}


def _plan(connection: Any, statement: SqlStatement, dialect: Dialect) -> str:
    values = values_of(statement, dialect)
    if dialect is Dialect.SQLITE:
        rows = connection.execute(f"explain query plan {statement.text(dialect)}", values).fetchall()
        return "\n".join(row[3] for row in rows)
    rows = connection.execute(f"explain (format json) {statement.text(dialect)}", values).fetchall()
    return json.dumps(rows[0][0])


def _reads_whole(plan: str, dialect: Dialect) -> bool:
    if dialect is Dialect.SQLITE:
        return re.search(r"^SCAN (?!page$|counted$)|USE TEMP B-TREE", plan, re.MULTILINE) is not None
    nodes = list(_nodes(json.loads(plan)[0]["Plan"]))
    return any(
        node["Node Type"] in {"Seq Scan", "Sort"} or (node["Node Type"] == "Index Scan" and "Index Cond" not in node)
        for node in nodes
    )


def _nodes(node: dict[str, Any]) -> Any:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)
