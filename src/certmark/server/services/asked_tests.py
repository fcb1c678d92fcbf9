"""Which guidelines ask for a test: every guideline that is here, in its newest revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.guidelines import Capability, Flag, Guideline
from certmark.domain.programs import demand_of
from certmark.server.services.context import Services
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store import guidelines as stored
from certmark.server.store.guidelines import Revision


class AskedBy(NamedTuple):
    """A capability of a guideline that names a test."""

    guideline: str
    status: str
    capability: str
    called: str
    """A name for people."""
    description: str
    operations: tuple[str, ...]
    levels: tuple[tuple[str, str], ...]
    """Programs, and the level at which each asks for the capability."""
    name: str
    """What the guideline calls the test."""
    uuid: str | None
    aliases: tuple[str, ...]
    flag: Flag | None


def newest_of_each(services: Services) -> list[Revision]:
    """The newest revision of every guideline, by id."""
    with services.database.read() as transaction:
        return list({one.id: one for one in stored.every(transaction)}.values())


def asking_for(services: Services, words: Iterable[str]) -> list[AskedBy]:
    """Of a test with any of these names or ids, the newest guideline first."""
    index = _index_of(services)
    found = dict.fromkeys(one for word in words for one in index.get(word, ()))
    return sorted(found, key=lambda one: one.guideline, reverse=True)


def names_in_guidelines(services: Services) -> Mapping[str, list[AskedBy]]:
    """Everything that any guideline names, by names, aliases and ids."""
    return _index_of(services)


def _index_of(services: Services) -> Mapping[str, list[AskedBy]]:
    revisions = newest_of_each(services)
    return _index(tuple(guideline_in(services, one) for one in revisions))


@lru_cache(maxsize=4)
def _index(known: tuple[Guideline, ...]) -> Mapping[str, list[AskedBy]]:
    found: dict[str, list[AskedBy]] = {}
    for guideline in known:
        for one in _asked_by(guideline):
            for word in filter(None, (one.name, one.uuid, *one.aliases)):
                found.setdefault(word, []).append(one)
    return found


def _asked_by(guideline: Guideline) -> Iterator[AskedBy]:
    levels: dict[str, list[tuple[str, str]]] = {}
    for program in guideline.programs:
        for asked in demand_of(guideline, program).capabilities:
            levels.setdefault(asked.key, []).append((program.name, asked.level.value))
    for capability in guideline.capabilities.values():
        yield from _of_capability(guideline, capability, tuple(levels.get(capability.key, ())))


def _of_capability(
    guideline: Guideline, capability: Capability, levels: tuple[tuple[str, str], ...]
) -> Iterator[AskedBy]:
    for test in capability.tests:
        yield AskedBy(
            guideline.id,
            guideline.status or "",
            capability.key,
            capability.name,
            capability.description,
            capability.operations,
            levels,
            test.name,
            test.uuid,
            test.aliases,
            test.flag,
        )
