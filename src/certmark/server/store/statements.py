"""Statements: written once in SQLAlchemy Core, compiled once for each database, run on its own driver.

Core gives one code for two databases; compiling and its result objects would cost more than the
database itself (docs/decisions). Values are whole numbers, texts, bytes and None, the same for both drivers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import SelectBase
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

Row = tuple[Any, ...]
Value = int | str | bytes | None


class Dialect(Enum):
    """Which database."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


_COMPILERS: dict[Dialect, Any] = {
    Dialect.SQLITE: sqlite.dialect(paramstyle="named"),
    # This class has no types.
    Dialect.POSTGRESQL: postgresql.dialect(paramstyle="pyformat"),  # type: ignore[no-untyped-call]
}
_KNOWN: list[SqlStatement] = []


class SqlStatement:
    """One statement. `known` are all of them: a test looks at the plan of each."""

    __slots__ = ("_constants", "_texts", "clause", "gives_rows", "name")

    def __init__(self, name: str, clause: ClauseElement) -> None:
        self.name = name
        self.clause = clause
        self.gives_rows = isinstance(clause, SelectBase) or bool(getattr(clause, "_returning", ()))
        """Whether there is something to fetch; else a database may be asked several things at once."""
        self._texts: dict[Dialect, str] = {}
        self._constants: dict[Dialect, Mapping[str, Any]] = {}
        _KNOWN.append(self)

    def text(self, dialect: Dialect) -> str:
        """As the database takes it."""
        if dialect not in self._texts:
            compiled = self.clause.compile(dialect=_COMPILERS[dialect])
            self._texts[dialect] = str(compiled)
            self._constants[dialect] = {
                name: value for name, value in (compiled.params or {}).items() if value is not None
            }
        return self._texts[dialect]

    def values(self, dialect: Dialect, given: Mapping[str, Value]) -> dict[str, Value]:
        """With the constants that stand in it."""
        return {**self._constants[dialect], **given}


def known() -> Sequence[SqlStatement]:
    """Every statement that there is."""
    return tuple(_KNOWN)
