"""Runs as lists show them: of one owner or public ones, narrowed down, the newest first; and clouds among them.

Each set of filters is a statement of its own, compiled when it is first asked for: one statement with every
filter in it would be one for which no index serves.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, text

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.runs import COLUMNS, RunRow, run_of
from certmark.server.store.schema import runs, tags, tests
from certmark.server.store.statements import Row, SqlStatement, Value

Cursor = tuple[int, bytes]
"""The moment and the id of the run behind which a page begins."""
_NEWEST: Cursor = (1 << 62, b"\xff" * 16)
_GUARD = threading.Lock()


class RunFilter(NamedTuple):
    """Which runs; None: whichever."""

    is_public: bool = False
    """What everybody sees; else their own."""
    subject: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    program: str | None = None
    """A part of its name, in any case."""
    standing: str | None = None
    guideline: bytes | None = None
    tag: tuple[str, str] | None = None
    since: int | None = None
    until: int | None = None
    """Before this moment."""
    ids: tuple[bytes, bytes] | None = None
    """The least and the greatest id."""
    is_whole: bool | None = None
    """Whether all tests that its program asks for are in it."""


class StoredCloud(NamedTuple):
    """A cloud of which there are runs."""

    subject: str
    runs: int
    first: int
    last: int
    whole: RunRow | None
    """The newest run with a verdict that is not partial."""


class Appearance(NamedTuple):
    """A run, and what it has of outcomes."""

    run: RunRow
    outcomes: bytes | None


_CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    "subject": runs.c.subject == bindparam("subject"),
    "vendor": runs.c.vendor == bindparam("vendor"),
    "product": runs.c.product == bindparam("product"),
    "version": runs.c.version == bindparam("version"),
    "region": runs.c.region == bindparam("region"),
    "program": func.lower(runs.c.program).like(bindparam("program"), escape="\\"),
    "standing": runs.c.standing == bindparam("standing"),
    "guideline": runs.c.guideline == bindparam("guideline"),
    "tag": runs.c.id.in_(
        select(tags.c.run).where(tags.c.key == bindparam("tag_key"), tags.c.value == bindparam("tag_value"))
    ),
    "since": runs.c.created >= bindparam("since"),
    "until": runs.c.created < bindparam("until"),
    "ids": runs.c.id.between(bindparam("least"), bindparam("greatest")),
    "is_whole": and_(runs.c.standing.is_not(None), runs.c.is_partial == bindparam("is_partial")),
}


@cache
def _page(is_public: bool, names: frozenset[str], with_outcomes: bool) -> SqlStatement:
    whose = runs.c.is_public == text("1") if is_public else runs.c.owner == bindparam("asker")
    order = (runs.c.id,) if is_public else (runs.c.owner, runs.c.id)
    shown = (*COLUMNS, runs.c.outcomes) if with_outcomes else COLUMNS
    kind, owner = "appearances" if with_outcomes else "page", "public" if is_public else "own"
    return SqlStatement(
        f"runs.{kind} {owner} {' '.join(sorted(names))}",
        select(*shown)
        .where(whose, runs.c.id < bindparam("before"), *(_CONDITIONS[name] for name in sorted(names)))
        .order_by(*(column.desc() for column in order))
        .limit(bindparam("most")),
    )


def page(
    transaction: Transaction, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int
) -> list[RunRow]:
    """The newest of these runs, from the one `behind` on."""
    return [run_of(row) for row in _rows(transaction, asker, wanted, behind, most, with_outcomes=False)]


def appearances(
    transaction: Transaction, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int
) -> list[Appearance]:
    """The same, with their outcomes."""
    rows = _rows(transaction, asker, wanted, behind, most, with_outcomes=True)
    return [Appearance(run_of(row[:-1]), row[-1]) for row in rows]


def _rows(
    transaction: Transaction,
    asker: Asker,
    wanted: RunFilter,
    behind: Cursor | None,
    most: int,
    *,
    with_outcomes: bool,
) -> list[Row]:
    # An id begins with its moment: later runs have greater ones.
    _, before = behind or _NEWEST
    names = frozenset(name for name in _CONDITIONS if getattr(wanted, name) is not None)
    values: dict[str, Value] = {name: getattr(wanted, name) for name in names - {"tag", "is_whole", "program", "ids"}}
    if wanted.program is not None:
        values["program"] = f"%{_literal(wanted.program.lower())}%"
    if wanted.tag is not None:
        values |= {"tag_key": wanted.tag[0], "tag_value": wanted.tag[1]}
    if wanted.ids is not None:
        values |= {"least": wanted.ids[0], "greatest": wanted.ids[1]}
    if wanted.is_whole is not None:
        values["is_partial"] = int(not wanted.is_whole)
    if not wanted.is_public:
        values["asker"] = asker.identity or b""
    with _GUARD:  # a statement is made once, whoever asks first
        statement = _page(wanted.is_public, names, with_outcomes)
    return transaction.run(statement, **values, before=before, most=most)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _clouds(*, is_public: bool) -> SqlStatement:
    newest = runs.alias()
    same = newest.c.is_public == text("1") if is_public else newest.c.owner == bindparam("asker")
    whole = (
        select(newest.c.id)
        .where(same, newest.c.subject == runs.c.subject, newest.c.is_partial == 0, newest.c.standing.is_not(None))
        .order_by(newest.c.id.desc())
        .limit(1)
        .correlate(runs)
        .scalar_subquery()
    )
    mine = runs.c.is_public == text("1") if is_public else runs.c.owner == bindparam("asker")
    found = (
        select(
            runs.c.subject,
            func.count().label("number"),
            func.min(runs.c.created).label("first"),
            func.max(runs.c.created).label("last"),
            whole.label("whole"),
        )
        .where(mine, runs.c.subject > bindparam("behind"))
        .group_by(runs.c.subject)
        .order_by(runs.c.subject)
        .limit(bindparam("most"))
        .subquery("found")
    )
    return SqlStatement(
        f"clouds {'public' if is_public else 'own'}",
        select(found.c.subject, found.c.number, found.c.first, found.c.last, *COLUMNS)
        .select_from(found.outerjoin(runs, runs.c.id == found.c.whole))
        .order_by(found.c.subject),
    )


_OWN_CLOUDS = _clouds(is_public=False)
_PUBLIC_CLOUDS = _clouds(is_public=True)


def clouds(transaction: Transaction, asker: Asker, *, is_public: bool, behind: str, most: int) -> list[StoredCloud]:
    """Clouds of which there are runs, by their identity, from the one `behind` on."""
    if is_public:
        rows = transaction.run(_PUBLIC_CLOUDS, behind=behind, most=most)
    else:
        rows = transaction.run(_OWN_CLOUDS, behind=behind, most=most, asker=asker.identity or b"")
    return [
        StoredCloud(str(row[0]), int(row[1]), int(row[2]), int(row[3]), None if row[4] is None else run_of(row[4:]))
        for row in rows
    ]


_NUMBERS = SqlStatement(
    "tests.meant",
    select(tests.c.number, tests.c.name, tests.c.uuid).where(
        or_(tests.c.name == bindparam("name"), tests.c.uuid == bindparam("uuid"))
    ),
)


_NO_ID = b"\0" * 16
"""No test has it."""


def numbers_of(transaction: Transaction, name: str, uuid: bytes) -> dict[int, str]:
    """The numbers of a test under every name that it had, with these; by its name, or by its id if it has one."""
    found = transaction.run(_NUMBERS, name=name, uuid=uuid or _NO_ID)
    ids = {bytes(row[2]) for row in found if row[2]}
    if len(ids) == 1 and not uuid:  # its other names
        found += transaction.run(_NUMBERS, name=name, uuid=next(iter(ids)))
    return {int(row[0]): str(row[1]) for row in found}
