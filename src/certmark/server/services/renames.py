"""One test under all its names: as suites rename it (its id stays), and as guidelines say it was called before.

1. A test that has an id is known by that: whoever calls another test by its name does not make it that one.
2. Where a name stands for tests of several ids, only the name is followed; ask by an id then.
3. Names as they were uploaded stay in the runs; this is about reading only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from threading import Lock
from typing import NamedTuple
from uuid import UUID

from certmark.formats.guideline.reading import read
from certmark.server.store import guidelines
from certmark.server.store.database import Transaction
from certmark.server.store.listings import NumberedName, tests_called

_UUID = re.compile(r"(?:id-)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_MOST = 64
"""Names of one test."""


class CalledTest(NamedTuple):
    """A test as a guideline has it."""

    names: frozenset[str]
    """Its name and its aliases."""
    uuid: bytes
    """Empty: none."""


_KNOWN: dict[bytes, frozenset[CalledTest]] = {}
"""By digest of the guideline: whatever server has it, it is the same."""
_GUARD = Lock()


class CalledNames(NamedTuple):
    """All that a test is called."""

    names: frozenset[str]
    uuids: frozenset[bytes]
    numbers: Mapping[int, str]
    """Of those under which runs have it, with their names."""


def numbers_of(transaction: Transaction, test: str) -> dict[int, str]:
    """The numbers of a test under every name that it had, with these; by its name, or by its id if it has one."""
    return dict(called(transaction, test).numbers)


def called(transaction: Transaction, test: str) -> CalledNames:
    """What runs and guidelines call a test that somebody names by its name or id."""
    is_id, known = _UUID.match(test), _by_word(transaction)
    names, uuids = (set[str](), {UUID(is_id[1]).bytes}) if is_id else ({test}, set[bytes]())
    _follow(known, names, uuids)
    rows = tests_called(transaction, sorted(names), sorted(uuids))
    its = {row.uuid for row in rows if row.name == test and row.uuid}
    if len(its) > 1:  # rule 2
        return CalledNames(frozenset({test}), frozenset(), _numbers(row for row in rows if row.name == test))
    if not its <= uuids:  # guidelines say nothing of the one that runs have
        names, uuids = {test}, its
        _follow(known, names, uuids)
        rows = tests_called(transaction, sorted(names), sorted(uuids))
    numbers = _numbers(row for row in rows if not uuids or not row.uuid or row.uuid in uuids)
    return CalledNames(frozenset(names), frozenset(uuids), numbers)


def _numbers(rows: Iterable[NumberedName]) -> dict[int, str]:
    return {row.number: row.name for row in rows}


def _follow(tests: Mapping[str | bytes, list[CalledTest]], names: set[str], uuids: set[bytes]) -> None:
    """Add what guidelines say of the test; rule 1."""
    waiting: list[str | bytes] = [*names, *uuids]
    while waiting and len(names) < _MOST:
        for test in tests.get(waiting.pop(), ()):
            if not test.uuid or not uuids or test.uuid in uuids:
                waiting += [*(test.names - names), *({test.uuid} - uuids - {b""})]
                names |= test.names
                uuids |= {test.uuid} - {b""}


def _by_word(transaction: Transaction) -> Mapping[str | bytes, list[CalledTest]]:
    """Tests of all guidelines by their names, aliases and ids; names first, so that who has a name comes first."""
    digests = frozenset(one.digest for one in guidelines.every(transaction))
    for digest in digests - _KNOWN.keys():
        found = _tests_in(guidelines.content(transaction, digest), digest.hex())
        with _GUARD:
            _KNOWN[digest] = found
    return _index(digests)


def _tests_in(content: bytes, name: str) -> frozenset[CalledTest]:
    return frozenset(
        CalledTest(frozenset((test.name, *test.aliases)), UUID(test.uuid).bytes if test.uuid else b"")
        for capability in read(content, name).capabilities.values()
        for test in capability.tests
    )


@lru_cache(maxsize=4)
def _index(digests: frozenset[bytes]) -> Mapping[str | bytes, list[CalledTest]]:
    found: dict[str | bytes, list[CalledTest]] = {}
    tests = frozenset[CalledTest]().union(*(_KNOWN[digest] for digest in digests))
    for test in sorted(tests, key=lambda one: one.uuid):
        words: tuple[str | bytes, ...] = (*test.names, *([test.uuid] if test.uuid else []))
        for word in words:
            found.setdefault(word, []).append(test)
    return found
