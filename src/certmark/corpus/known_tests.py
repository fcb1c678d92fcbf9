"""The tests of a history: each name and id has a column, for ever."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from certmark.domain.identity import bare_uuid

TestKey = tuple[str, str | None]
"""The bare name of a test, and its id."""


class KnownTests:
    """Columns by names and ids; only ever added to."""

    def __init__(self) -> None:
        self.keys: list[TestKey] = []
        """By their columns."""
        self._columns: dict[TestKey, int] = {}
        self._named: dict[str, list[int]] = {}
        self._identified: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self.keys)

    def add(self, key: TestKey) -> int:
        """The column of a test, a new one where it has none."""
        column = self._columns.get(key)
        if column is None:
            column = len(self.keys)
            self.keys.append(key)
            self._columns[key] = column
            self._named.setdefault(key[0], []).append(column)
            if key[1] is not None:
                self._identified.setdefault(key[1], []).append(column)
        return column

    def column(self, key: TestKey) -> int | None:
        """The column of a test."""
        return self._columns.get(key)

    def named(self, name: str) -> Sequence[int]:
        """The columns of a name."""
        return self._named.get(name, ())

    def identified(self, uuid: str) -> Sequence[int]:
        """The columns of an id."""
        return self._identified.get(uuid, ())

    def meant(self, word: str) -> tuple[int, ...]:
        """The columns of what a person calls a test: its name or its id."""
        uuid = bare_uuid(word)
        return tuple(dict.fromkeys((*self.named(word), *(() if uuid is None else self.identified(uuid)))))

    def touching(self, name: str, uuid: str | None, aliases: Iterable[str]) -> tuple[int, ...]:
        """All columns that may have to do with a required test: of its name, its id or an alias."""
        found = [*self.named(name), *(column for alias in aliases for column in self.named(alias))]
        return tuple(dict.fromkeys((*found, *(() if uuid is None else self.identified(uuid)))))
