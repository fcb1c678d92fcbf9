"""What is asked of RefStack's database: the same questions of a living one and of a dump that was staged in SQLite.

Both take the same SQL: names in back ticks, `?` for values. Every value is a text or None, as it is written there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "user": ("openid", "email", "fullname", "created_at", "deleted"),
    "pubkeys": ("id", "openid", "format", "pubkey", "comment", "created_at", "deleted"),
    "group": ("id", "name", "deleted"),
    "user_to_group": ("user_openid", "group_id", "created_at", "deleted"),
    "organization": (
        *("id", "type", "name", "description", "group_id", "created_by_user", "properties", "created_at", "deleted"),
    ),
    "product": (
        *("id", "name", "description", "organization_id", "created_by_user", "public", "type", "product_type"),
        *("properties", "created_at", "deleted"),
    ),
    "product_version": ("id", "product_id", "version", "cpid", "created_at", "deleted"),
    "test": (
        *("id", "cpid", "duration_seconds", "product_version_id", "verification_status", "created_at", "updated_at"),
        "deleted",
    ),
    "meta": ("test_id", "meta_key", "value", "deleted"),
    "results": ("test_id", "name", "uuid", "deleted"),
}
"""The tables that are taken, with the columns that are."""
NEEDED = ("user", "test", "results", "meta")
"""Without these it is no database of RefStack; the others came later."""
PAGE = 250
"""Results that are taken together."""

Record = Mapping[str, str | None]
"""A row by its columns."""


class OldTest(NamedTuple):
    """A test of a result."""

    name: str
    uuid: str | None


class OldResult(NamedTuple):
    """A result with all that stands beside it."""

    row: Record
    meta: Mapping[str, str | None]


class Source(Protocol):
    """RefStack's database."""

    tables: Mapping[str, tuple[str, ...]]
    """The columns that each table has, of those that are taken."""
    shown: str
    """What it is called in reports, without a secret."""

    def rows(self, sql: str, *values: str) -> Iterator[tuple[str | None, ...]]:
        """What a question gives, a few rows in memory at a time. Raises SourceAway."""

    def tests_of(self, results: Sequence[str]) -> Mapping[str, list[OldTest]]:
        """The tests of some results, by their ids, in the order in which they came. Raises SourceAway."""

    def strays(self) -> Iterator[tuple[str, int]]:
        """Ids of results that have tests and are not there, with how many tests. Raises SourceAway."""


def records(source: Source, table: str, order: str, where: str = "", *values: str) -> Iterator[Record]:
    """The rows of a table; a column that it does not have is None everywhere."""
    there = source.tables.get(table)
    if there is None:
        return
    columns = COLUMNS[table]
    asked = ", ".join(f"`{name}`" if name in there else f"null as `{name}`" for name in columns)
    for row in source.rows(f"select {asked} from `{table}` {where} order by {order}", *values):  # noqa: S608 - names of ours
        yield dict(zip(columns, row, strict=True))


def count(source: Source, table: str) -> int:
    """How many rows a table has."""
    if table not in source.tables:
        return 0
    (row,) = source.rows(f"select count(*) from `{table}`")  # noqa: S608 - names of ours
    return int(row[0] or 0)


def results(source: Source) -> Iterator[list[OldResult]]:
    """Results by pages, the oldest first, each with its metadata."""
    page: list[Record] = []
    for record in records(source, "test", "`created_at`, `id`"):
        page.append(record)
        if len(page) == PAGE:
            yield _with_meta(source, page)
            page = []
    if page:
        yield _with_meta(source, page)


def _with_meta(source: Source, page: Sequence[Record]) -> list[OldResult]:
    ids = [record["id"] or "" for record in page]
    metas: dict[str, dict[str, str | None]] = {one.lower(): {} for one in ids}
    marks = ", ".join("?" * len(ids))
    for record in records(source, "meta", "`test_id`, `meta_key`", f"where `test_id` in ({marks})", *ids):
        if not is_deleted(record):
            metas[(record["test_id"] or "").lower()][(record["meta_key"] or "").lower()] = record["value"]
    return [OldResult(record, metas[(record["id"] or "").lower()]) for record in page]


def is_deleted(record: Record) -> bool:
    """Whether a row is marked as deleted, which RefStack itself never did."""
    return (record.get("deleted") or "0") not in {"0", ""}
