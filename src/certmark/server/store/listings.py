"""Runs as lists show them: of one owner or public ones, narrowed down, the newest first; and clouds among them.

1. Each set of filters is a statement of its own, compiled when it is first asked for: one statement with every
   filter in it would be one for which no index serves.
2. A page comes at the same price however many runs there are: where filters have no index, so many runs are looked
   through and no more, and the page may be short or empty and still have one behind it.
3. Where a guideline is wanted, a run is shown with its verdict under that: the one that its sender asked for, or the
   one that was found when the guideline came.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    ScalarSelect,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)

from certmark.server import ids
from certmark.server.asking import Asker
from certmark.server.store.access import (
    OF_OWN_VENDOR,
    OWNS_RUN,
    SEES_PRODUCT,
    SEES_RUN,
    is_senders,
    is_unattached,
    product_values,
    run_values,
    shared_runs_are_open,
)
from certmark.server.store.database import Transaction
from certmark.server.store.runs import COLUMNS, RunRow, run_of
from certmark.server.store.schema import (
    attachments,
    product_versions,
    products,
    runs,
    tags,
    tests,
    vendors,
    verdicts,
    verifications,
)
from certmark.server.store.statements import Row, SqlStatement, Value

Cursor = tuple[int, bytes]
"""The moment and the id of the run behind which a page begins."""
_NEWEST = b"\xff" * 16
_OLDEST = b"\0" * 16
LOOKED_THROUGH = 500
"""Rule 2."""
COUNTED = 1000
"""Runs of a cloud that are counted, and among which its newest whole one is looked for."""
_FLOOR: BindParameter[bytes] = bindparam("floor", type_=LargeBinary)
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
    """Rule 3."""
    tag: tuple[str, str] | None = None
    since: int | None = None
    until: int | None = None
    """Before this moment."""
    ids: tuple[bytes, bytes] | None = None
    """The least and the greatest id."""
    is_whole: bool | None = None
    """Whether all tests that its program asks for are in it."""


class RunPage(NamedTuple):
    """Some runs, and where the next page begins; None: this is the last one."""

    runs: Sequence[RunRow]
    behind: Cursor | None


class StoredCloud(NamedTuple):
    """A cloud of which there are runs."""

    subject: str
    runs: int
    """COUNTED: so many, or more."""
    first: int
    last: int
    whole: RunRow | None
    """The newest run with a verdict that is not partial, among the last ones that are COUNTED."""


class Appearance(NamedTuple):
    """A run, as the history of a test shows it."""

    id: bytes
    created: int
    subject: str | None
    suite: str | None
    outcomes: bytes | None
    """A vector (`store.dictionary`)."""


_BESIDE = verdicts.alias("beside")
_OF_VERDICT = ("standing", "is_partial", "sentence", "as_of")


def _shown(name: str) -> ColumnElement[Any]:
    """Rule 3: of the verdict beside the run, where there is one; a run with its own has none beside it."""
    return case((_BESIDE.c.run.is_not(None), _BESIDE.c[name]), else_=runs.c[name])


def _conditions(is_public: bool, wants_guideline: bool) -> Mapping[str, ColumnElement[bool]]:
    standing, is_partial = (_shown(name) if wants_guideline else runs.c[name] for name in ("standing", "is_partial"))
    return {
        "whose": _mine(runs, is_public),
        "subject": runs.c.subject == bindparam("subject"),
        "vendor": runs.c.vendor == bindparam("vendor"),
        "product": runs.c.product == bindparam("product"),
        "version": runs.c.version == bindparam("version"),
        "region": runs.c.region == bindparam("region"),
        "program": func.lower(runs.c.program, type_=Text).like(bindparam("program"), escape="\\"),
        "standing": standing == bindparam("standing"),
        "guideline": or_(runs.c.guideline == bindparam("guideline"), _BESIDE.c.run.is_not(None)),
        "tag": and_(tags.c.key == bindparam("tag_key"), tags.c.value == bindparam("tag_value")),
        "since": runs.c.created >= bindparam("since"),
        "until": runs.c.created < bindparam("until"),
        "ids": runs.c.id.between(bindparam("least"), bindparam("greatest")),
        "is_whole": and_(standing.is_not(None), is_partial == bindparam("is_partial")),
    }


def _mine(table: Any, is_public: bool) -> ColumnElement[bool]:
    whose: ColumnElement[bool] = table.c.is_public == text("1") if is_public else table.c.owner == bindparam("asker")
    return and_(whose, shared_runs_are_open() if is_public else is_senders(table))


class _Way(NamedTuple):
    """The index by which a page is read."""

    filters: frozenset[str]
    """What it finds by itself."""
    order: tuple[ColumnElement[Any], ...]
    """The last of it is the id of the run."""


def _way(is_public: bool, names: frozenset[str]) -> _Way:
    own = () if is_public else (runs.c.owner,)
    if "tag" in names:
        return _Way(frozenset({"tag"}), (tags.c.key, tags.c.value, tags.c.run))
    if "subject" in names:
        return _Way(frozenset({"whose", "subject"}), (*own, runs.c.subject, runs.c.id))
    if {"vendor", "product"} <= names:
        return _Way(frozenset({"vendor", "product"}), (runs.c.vendor, runs.c.product, runs.c.id))
    return _Way(frozenset({"whose"}), (*own, runs.c.id))


class _Statements(NamedTuple):
    page: SqlStatement
    end: SqlStatement | None
    """Rule 2: the run at which a page stops looking; None: everything that is looked at is shown."""


@cache
def _statements(is_public: bool, names: frozenset[str], with_outcomes: bool) -> _Statements:
    way = _way(is_public, names)
    of = _conditions(is_public, "guideline" in names)
    place, backwards = way.order[-1], tuple(column.desc() for column in way.order)
    read = (*(of[name] for name in sorted(way.filters)), place < bindparam("before"), place >= _FLOOR)
    rest = ({"whose"} | names) - way.filters
    page = select(*_columns(names, with_outcomes)).select_from(_tables(names)).where(*read)
    page = page.where(*(of[name] for name in sorted(rest))).order_by(*backwards).limit(bindparam("most"))
    kind, owner = "appearances" if with_outcomes else "page", "public" if is_public else "own"
    title = f"runs.{kind} {owner} {' '.join(sorted(names))}"
    if not rest - _MOMENTS:
        return _Statements(SqlStatement(title, page), None)
    looked = select(place).where(*read).order_by(*backwards).limit(1).offset(bindparam("looked"))
    page = page.where(place >= func.coalesce(looked.scalar_subquery(), _FLOOR))
    return _Statements(SqlStatement(title, page), SqlStatement(f"{title}: end", looked))


_MOMENTS = frozenset({"since", "until"})
"""Found by the id, too."""


def _columns(names: frozenset[str], with_outcomes: bool) -> list[ColumnElement[Any]]:
    if with_outcomes:
        return [runs.c[name] for name in Appearance._fields]
    if "guideline" not in names:
        return list(COLUMNS)
    of_verdict = {name: _shown(name).label(name) for name in _OF_VERDICT}
    guideline = cast(bindparam("guideline"), LargeBinary).label("guideline")
    return [of_verdict.get(column.name, guideline if column.name == "guideline" else column) for column in COLUMNS]


def _tables(names: frozenset[str]) -> FromClause:
    found: FromClause = tags.join(runs, runs.c.id == tags.c.run) if "tag" in names else runs
    if "guideline" not in names:
        return found
    same = (_BESIDE.c.run == runs.c.id, _BESIDE.c.program == runs.c.program)
    return found.outerjoin(_BESIDE, and_(*same, _BESIDE.c.guideline == bindparam("guideline")))


def page(transaction: Transaction, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int) -> RunPage:
    """At most so many of the newest of these runs, from the one `behind` on."""
    rows, further = _page(transaction, asker, wanted, behind, most, with_outcomes=False)
    return RunPage([run_of(row) for row in rows], further)


def appearances(
    transaction: Transaction, asker: Asker, wanted: RunFilter, *, behind: Cursor | None, most: int
) -> tuple[list[Appearance], Cursor | None]:
    """Likewise, with their outcomes."""
    rows, further = _page(transaction, asker, wanted, behind, most, with_outcomes=True)
    return [Appearance(*row) for row in rows], further


def _page(
    transaction: Transaction,
    asker: Asker,
    wanted: RunFilter,
    behind: Cursor | None,
    most: int,
    *,
    with_outcomes: bool,
) -> tuple[list[Row], Cursor | None]:
    names = frozenset(name for name in _NAMES if getattr(wanted, name) is not None)
    with _GUARD:  # a statement is made once, whoever asks first
        statements = _statements(wanted.is_public, names, with_outcomes)
    values = _values(asker, wanted, names) | _between(wanted, behind)
    if statements.end is None:
        rows, end = transaction.run(statements.page, **values, most=most + 1), None
    else:
        values["looked"] = LOOKED_THROUGH
        rows = transaction.run(statements.page, **values, most=most + 1)
        end = transaction.one(statements.end, **values) if len(rows) <= most else None
    if len(rows) > most:
        return rows[:most], _cursor(bytes(rows[most - 1][0]))
    return rows, None if end is None else _cursor(bytes(end[0]))


_NAMES = tuple(name for name in RunFilter._fields if name != "is_public")


def _between(wanted: RunFilter, behind: Cursor | None) -> dict[str, Value]:
    """An id begins with its moment: later runs have greater ones."""
    before, floor = _NEWEST if behind is None else behind[1], _OLDEST
    if wanted.until is not None:
        before = min(before, ids.first_of(wanted.until + 999))
    if wanted.since is not None:
        floor = ids.first_of(wanted.since)
    if wanted.ids is not None:
        before, floor = min(before, wanted.ids[1] + b"\0"), max(floor, wanted.ids[0])
    return {"before": before, "floor": floor}


def _cursor(run: bytes) -> Cursor:
    return ids.moment_of(run), run


def _values(asker: Asker, wanted: RunFilter, names: frozenset[str]) -> dict[str, Value]:
    values: dict[str, Value] = {name: getattr(wanted, name) for name in names - {"tag", "is_whole", "program", "ids"}}
    if wanted.program is not None:
        values["program"] = f"%{_literal(wanted.program.lower())}%"
    if wanted.tag is not None:
        values |= {"tag_key": wanted.tag[0], "tag_value": wanted.tag[1]}
    if wanted.ids is not None:
        values |= {"least": wanted.ids[0], "greatest": wanted.ids[1]}
    if wanted.is_whole is not None:
        values["is_partial"] = int(not wanted.is_whole)
    return {**values, **run_values(asker)}


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _clouds(*, is_public: bool) -> SqlStatement:
    """From one name to the next one by the index, and for each its ends: whoever has many runs waits no longer."""
    names = _names_of_clouds(is_public)
    of = _mine(runs, is_public), runs.c.subject == names.c.subject

    last = select(runs.c.id).where(*of).order_by(runs.c.id.desc()).limit(1).correlate(names)
    first = select(runs.c.id).where(*of).order_by(runs.c.id).limit(1).correlate(names).scalar_subquery()
    counted = select(func.count()).select_from(
        select(runs.c.id).where(*of).limit(COUNTED).correlate(names).subquery("counted")
    )
    looked = last.offset(COUNTED).scalar_subquery()
    whole = last.where(
        runs.c.is_partial == text("0"), runs.c.standing.is_not(None), runs.c.id >= func.coalesce(looked, _FLOOR)
    )
    found = (
        select(
            names.c.subject,
            counted.correlate(names).scalar_subquery().label("number"),
            first.label("first"),
            last.scalar_subquery().label("last"),
            whole.scalar_subquery().label("whole"),
        )
        .where(names.c.subject.is_not(None))
        .subquery("found")
    )
    return SqlStatement(
        f"clouds {'public' if is_public else 'own'}",
        select(found.c.subject, found.c.number, found.c.first, found.c.last, *COLUMNS)
        .select_from(found.outerjoin(runs, runs.c.id == found.c.whole))
        .order_by(found.c.subject),
    )


def _names_of_clouds(is_public: bool) -> CTE:
    def behind(name: ColumnElement[Any]) -> ScalarSelect[Any]:
        other = runs.alias()
        later = select(func.min(other.c.subject)).where(_mine(other, is_public), other.c.subject > name)
        return later.scalar_subquery()

    one: ColumnElement[int] = literal_column("1", Integer)
    names = select(behind(bindparam("behind")).label("subject"), one.label("place")).cte("names", recursive=True)
    following = select(behind(names.c.subject), names.c.place + one).where(
        names.c.subject.is_not(None), names.c.place < bindparam("most")
    )
    return names.union_all(following)


_OWN_CLOUDS = _clouds(is_public=False)
_PUBLIC_CLOUDS = _clouds(is_public=True)


def clouds(transaction: Transaction, asker: Asker, *, is_public: bool, behind: str, most: int) -> list[StoredCloud]:
    """Clouds of which there are runs, by their identity, from the one `behind` on."""
    values: dict[str, Value] = {"behind": behind, "most": most, "floor": _OLDEST, **run_values(asker)}
    rows = transaction.run(_PUBLIC_CLOUDS if is_public else _OWN_CLOUDS, **values)
    return [
        StoredCloud(
            str(row[0]),
            int(row[1]),
            ids.moment_of(bytes(row[2])),
            ids.moment_of(bytes(row[3])),
            None if row[4] is None else run_of(row[4:]),
        )
        for row in rows
    ]


_NAME_SLOTS, _ID_SLOTS = 16, 4
_NUMBERS = SqlStatement(
    "tests.meant",
    select(tests.c.number, tests.c.name, tests.c.uuid).where(
        or_(
            tests.c.name.in_([bindparam(f"name_{slot}", type_=Text) for slot in range(_NAME_SLOTS)]),
            tests.c.uuid.in_([bindparam(f"uuid_{slot}", type_=LargeBinary) for slot in range(_ID_SLOTS)]),
        )
    ),
)
_NO_ID = b"\0" * 16
"""No test has it."""


class NumberedName(NamedTuple):
    """A name that runs have of a test."""

    number: int
    name: str
    uuid: bytes
    """Empty: none."""


def tests_called(transaction: Transaction, names: Sequence[str], uuids: Sequence[bytes]) -> list[NumberedName]:
    """Tests of any of these names or ids; of the first names and ids, where there are very many."""
    named = [*names, *[""] * _NAME_SLOTS][:_NAME_SLOTS]
    identified = [*uuids, *[_NO_ID] * _ID_SLOTS][:_ID_SLOTS]
    values: dict[str, Value] = {f"name_{slot}": name for slot, name in enumerate(named)}
    values |= {f"uuid_{slot}": uuid for slot, uuid in enumerate(identified)}
    return [NumberedName(int(row[0]), str(row[1]), bytes(row[2])) for row in transaction.run(_NUMBERS, **values)]


_OF_VENDOR = SqlStatement(
    "runs.of_vendor",
    select(*COLUMNS)
    .select_from(
        attachments.join(runs, runs.c.id == attachments.c.run)
        .join(product_versions, product_versions.c.id == attachments.c.version)
        .join(products, products.c.id == product_versions.c.product)
        .join(vendors, vendors.c.id == products.c.vendor)
    )
    # Whose a shared run is, only who sees the product is told.
    .where(attachments.c.vendor == bindparam("of"), attachments.c.run < bindparam("before"), SEES_RUN, SEES_PRODUCT)
    .order_by(attachments.c.vendor.desc(), attachments.c.run.desc())
    .limit(bindparam("most")),
)
_SENT_BY_VENDOR = SqlStatement(
    "runs.sent_by_vendor",
    select(*COLUMNS)
    .where(runs.c.owner == bindparam("of"), runs.c.id < bindparam("before"), OF_OWN_VENDOR, is_unattached(runs))
    .order_by(runs.c.owner.desc(), runs.c.id.desc())
    .limit(bindparam("most")),
)
_OFFICIAL = SqlStatement(
    "runs.official",
    select(*COLUMNS)
    .select_from(attachments.join(runs, runs.c.id == attachments.c.run))
    .where(attachments.c.official.is_not(None), attachments.c.run < bindparam("before"), SEES_RUN)
    .order_by(attachments.c.run.desc())
    .limit(bindparam("most")),
)


def of_vendor(transaction: Transaction, asker: Asker, vendor: bytes, behind: Cursor | None, most: int) -> list[RunRow]:
    """Runs that belong to a vendor's products, or that it sent itself, the newest first.

    Of those that whoever asks may see.
    """
    before = _NEWEST if behind is None else behind[1]
    values = {**product_values(asker), **run_values(asker)}
    rows = [*transaction.run(_OF_VENDOR, of=vendor, before=before, most=most, **values)]
    rows += transaction.run(_SENT_BY_VENDOR, of=vendor, before=before, most=most, **run_values(asker))
    return sorted(map(run_of, rows), key=lambda run: run.id, reverse=True)[:most]


_UNREAD = SqlStatement(
    "runs.unread",
    select(*COLUMNS)
    .where(runs.c.owner == bindparam("asker"), runs.c.state != text("1"), OWNS_RUN)
    .order_by(runs.c.owner.desc(), runs.c.id.desc())
    .limit(bindparam("most")),
)
_UNVERIFIED = SqlStatement(
    "runs.unverified",
    select(*COLUMNS)
    .select_from(attachments.join(runs, runs.c.id == attachments.c.run))
    .where(
        attachments.c.official.is_not(None),
        attachments.c.run > bindparam("behind"),
        ~exists(select(text("1")).where(verifications.c.run == attachments.c.run)),
        SEES_RUN,
    )
    .order_by(attachments.c.run)
    .limit(bindparam("most")),
)


def unread(transaction: Transaction, asker: Asker, most: int) -> list[RunRow]:
    """Their own runs that are not read yet, or could not be, the newest first."""
    return [run_of(row) for row in transaction.run(_UNREAD, most=most, **run_values(asker))]


def unverified(transaction: Transaction, asker: Asker, behind: bytes, most: int) -> list[RunRow]:
    """Official runs that nobody verified yet, the oldest first, of those that whoever asks may see."""
    rows = transaction.run(_UNVERIFIED, behind=behind, most=most, **run_values(asker))
    return [run_of(row) for row in rows]


def official(transaction: Transaction, asker: Asker, behind: Cursor | None, most: int) -> list[RunRow]:
    """Official runs, the newest first, of those that whoever asks may see."""
    before = _NEWEST if behind is None else behind[1]
    return [run_of(row) for row in transaction.run(_OFFICIAL, before=before, most=most, **run_values(asker))]
