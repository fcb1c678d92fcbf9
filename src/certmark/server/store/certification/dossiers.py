"""What has a state: one way to keep applications, certificates and cases, whatever their columns are.

1. A row is read as whoever asks may see it, or locked, to be changed, by its id.
2. A change names the revision that it changes; of two the second finds nothing to change.
3. Pages go from the newest to the oldest; what is due comes by its deadline.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from sqlalchemy import ColumnElement, Table, and_, bindparam, insert, or_, select, text, update

from certmark.server.asking import Asker
from certmark.server.store.database import Transaction
from certmark.server.store.statements import Row, SqlStatement, Value

FIRST, LAST = (-1, b""), b"\xff" * 16
"""Before everything that is due; behind the newest of all."""


class DossierRow(Protocol):
    """What all of them have."""

    @property
    def id(self) -> bytes:
        """Sixteen bytes."""

    @property
    def revision(self) -> int:
        """Grows with every step."""

    @property
    def due(self) -> int | None:
        """By when something must happen; None: nothing must."""

    def _asdict(self) -> dict[str, Any]:
        """Its columns."""


RowT = TypeVar("RowT", bound=DossierRow)


class Filter(NamedTuple):
    """Of what a page is."""

    name: str
    condition: ColumnElement[bool]
    """With a parameter called `of`."""


class DossierTable(Generic[RowT]):
    """One table of them, read as `values_of` says who may see what."""

    def __init__(
        self,
        table: Table,
        kind: type[RowT],
        sees: ColumnElement[bool],
        values_of: Any,
        filters: Sequence[Filter],
        moved_by_clock: Collection[str],
        condition: str,
    ) -> None:
        self._kind, self._values_of = kind, values_of
        fields = tuple(getattr(kind, "_fields"))  # noqa: B009 - of every NamedTuple
        self._columns = tuple(table.c[name] for name in fields)
        self._flags = {name for name in fields if name.startswith("is_")}
        name = table.name
        of_id = table.c.id == bindparam("named")
        page = table.c.id < bindparam("behind")

        def listed(*wanted: ColumnElement[bool]) -> Any:
            return select(*self._columns).where(*wanted, page).order_by(table.c.id.desc()).limit(bindparam("most"))

        self._add = SqlStatement(f"{name}.add", insert(table))
        self._one = SqlStatement(f"{name}.one", select(*self._columns).where(of_id, sees))
        self._numbered = SqlStatement(
            f"{name}.numbered", select(*self._columns).where(table.c.number == bindparam("called"), sees)
        )
        self._locked = SqlStatement(f"{name}.locked", select(*self._columns).where(of_id).with_for_update())
        self._any = SqlStatement(f"{name}.any", select(*self._columns).where(of_id))
        changed: Mapping[str, Any] = {one: bindparam(f"now_{one}") for one in fields if one not in {"id", "revision"}}
        self._change = SqlStatement(
            f"{name}.change",
            update(table)
            .where(of_id, table.c.revision == bindparam("before"))
            .values(**changed, revision=table.c.revision + text("1"))
            .returning(table.c.revision),
        )
        self._all = SqlStatement(f"{name}.all", listed(sees))
        self._filtered = {one.name: SqlStatement(f"{name}.{one.name}", listed(one.condition, sees)) for one in filters}
        self._anybodys = {one.name: SqlStatement(f"{name}.{one.name}.any", listed(one.condition)) for one in filters}
        later = or_(
            table.c.due > bindparam("since"), and_(table.c.due == bindparam("since"), table.c.id > bindparam("last"))
        )
        due: list[Any] = [table.c.due.is_not(None), text(condition), table.c.due >= bindparam("since"), later]
        order = (table.c.due, table.c.id)
        of_clock = table.c.state.in_([bindparam(None, state, unique=True) for state in sorted(moved_by_clock)])
        self._due = SqlStatement(
            f"{name}.due",
            select(*self._columns)
            .where(*due, table.c.due <= bindparam("now"), of_clock)
            .order_by(*order)
            .limit(bindparam("most")),
        )
        self._queue = SqlStatement(
            f"{name}.queue", select(*self._columns).where(*due, sees).order_by(*order).limit(bindparam("most"))
        )

    def add(self, transaction: Transaction, row: RowT) -> None:
        """A new one. Raises Conflict."""
        transaction.run(self._add, **self._written(row))

    def one(self, transaction: Transaction, asker: Asker, identity: bytes) -> RowT | None:
        """The one of this id; None: there is none that they may see."""
        return self._first(transaction.one(self._one, named=identity, **self._values_of(asker)))

    def numbered(self, transaction: Transaction, asker: Asker, number: str) -> RowT | None:
        """Likewise, by the number that people know."""
        return self._first(transaction.one(self._numbered, called=number, **self._values_of(asker)))

    def anybodys(self, transaction: Transaction, identity: bytes) -> RowT | None:
        """The one of this id, whoever may see it."""
        return self._first(transaction.one(self._any, named=identity))

    def locked(self, transaction: Transaction, identity: bytes) -> RowT | None:
        """Likewise; nobody else changes it until the transaction ends."""
        return self._first(transaction.one(self._locked, named=identity))

    def change(self, transaction: Transaction, row: RowT) -> int | None:
        """Rule 2: its new revision; None: somebody else was quicker."""
        values = {f"now_{name}": value for name, value in self._written(row).items() if name not in {"id", "revision"}}
        found = transaction.one(self._change, named=row.id, before=row.revision, **values)
        return None if found is None else int(found[0])

    def page(
        self,
        transaction: Transaction,
        asker: Asker,
        wanted: tuple[str, Value] | None = None,
        *,
        behind: bytes = LAST,
        most: int,
    ) -> list[RowT]:
        """Those that they may see, or those of one filter by its name and value. Rule 3."""
        values = {**self._values_of(asker), "behind": behind, "most": most}
        if wanted is None:
            rows = transaction.run(self._all, **values)
        else:
            rows = transaction.run(self._filtered[wanted[0]], **values, of=wanted[1])
        return [self._row(row) for row in rows]

    def every(self, transaction: Transaction, name: str, value: Value, most: int = 200) -> list[RowT]:
        """Those of one filter, whoever may see them, the newest first."""
        return [self._row(row) for row in transaction.run(self._anybodys[name], of=value, behind=LAST, most=most)]

    def due(self, transaction: Transaction, now: int, behind: tuple[int, bytes], most: int) -> list[RowT]:
        """What the clock moves, of which the day has come by `now`, whoever may see it. Rule 3."""
        return [
            self._row(row) for row in transaction.run(self._due, since=behind[0], last=behind[1], now=now, most=most)
        ]

    def queue(self, transaction: Transaction, asker: Asker, behind: tuple[int, bytes], most: int) -> list[RowT]:
        """What must happen, as they may see it. Rule 3."""
        values = self._values_of(asker)
        rows = transaction.run(self._queue, since=behind[0], last=behind[1], most=most, **values)
        return [self._row(row) for row in rows]

    def _written(self, row: RowT) -> dict[str, Value]:
        found = row._asdict()
        found["content"] = json.dumps(found["content"], sort_keys=True, ensure_ascii=False)
        return found | {name: int(found[name]) for name in self._flags}

    def _first(self, row: Row | None) -> RowT | None:
        return None if row is None else self._row(row)

    def _row(self, row: Row) -> RowT:
        values: dict[str, Any] = {
            column.name: bytes(value) if isinstance(value, memoryview) else value
            for column, value in zip(self._columns, row, strict=True)
        }
        values["content"] = json.loads(values["content"])
        return self._kind(**values | {name: bool(values[name]) for name in self._flags})


Content = Mapping[str, Any]
"""What stands in a row as JSON."""
