"""By what runs are judged, worked out for the columns of a history."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from certmark.corpus.known_tests import KnownTests
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level, Program, ProgramKind, RequiredTest
from certmark.domain.members import with_members
from certmark.domain.policies import Method, Policy
from certmark.domain.programs import AskedTest, Demand, demand_of


class NotOverTheHistory(InvalidRequest):
    """What somebody asks for is said of single runs only."""


class Yardstick(NamedTuple):
    """A program of a guideline."""

    guideline: Guideline
    program: Program
    policy: Policy | None = None
    """None: the guideline's own."""
    hosts: tuple[Guideline, ...] = ()
    """Guidelines that may define members of the program."""


class AskedColumns(NamedTuple):
    """Where the runs may speak of a required test."""

    test: AskedTest
    own: int | None
    """The column of its own name and id."""
    touching: tuple[int, ...]
    """All of its name, its id or an alias."""
    siblings: tuple[int, ...]
    """Those of its name with another id."""
    unsure: tuple[int, ...]
    """Those that another required test may claim; and those of another id under the name of one of `touching`."""
    cluster: int | None
    """Tests that may claim the same results, together; None: only its own column speaks of it."""


class Cluster(NamedTuple):
    """Required tests that may claim the same results, with all columns that may matter for one of them."""

    places: tuple[int, ...]
    columns: tuple[int, ...]
    tests: tuple[AskedTest, ...]
    """Those of `places`."""

    @property
    def meaning(self) -> Hashable:
        """What decides what its tests came to, beside the policy: the same in many guidelines."""
        tests = ((test.name, test.uuid, test.aliases, tuple(map(_meaning, test.entries))) for test in self.tests)
        return self.columns, tuple(tests)


def _meaning(entry: tuple[str, RequiredTest]) -> Hashable:
    """What of an entry decides: a plain list splits it by its aliases, and a flag excuses a failure."""
    return entry[1].aliases, entry[1].flag is not None


@dataclass(frozen=True)
class CapabilityPlan:
    """A capability: its tests by their places."""

    key: str
    level: Level
    singles: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    """Tests of which one is enough; flagged ones are in `flagged` as well."""
    flagged: frozenset[int]


@dataclass(frozen=True)
class JudgingPlan:
    """A yardstick for the tests that a history knew when it was made."""

    yardstick: Yardstick
    policy: Policy
    demand: Demand
    known: int
    """How many tests were known."""
    tests: tuple[AskedColumns, ...]
    clusters: tuple[Cluster, ...]
    capabilities: tuple[CapabilityPlan, ...]
    places: Mapping[str, int]
    meanings: tuple[Hashable, ...]
    """Of the clusters."""
    is_split: bool
    """A plain list with aliases: each of a test's names that the results have is a test of its own."""

    @property
    def required(self) -> Iterator[CapabilityPlan]:
        """The capabilities that weigh."""
        return (one for one in self.capabilities if one.level is Level.REQUIRED)


class _Meaning:
    """A value that is hashed once."""

    __slots__ = ("_hash", "_value")

    def __init__(self, value: Hashable) -> None:
        self._value = value
        self._hash = hash(value)

    def __hash__(self) -> int:
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Meaning) and self._value == other._value


def plan_of(yardstick: Yardstick, known: KnownTests) -> JudgingPlan:
    """Work it out. Raises NotOverTheHistory for RefStack's policy."""
    guideline, program, policy, hosts = yardstick
    chosen = guideline.policy if policy is None else policy
    if chosen.method is not Method.CERTMARK:
        raise NotOverTheHistory(f"the policy {chosen.name} judges single runs only; choose another policy")
    demand = demand_of(with_members(guideline, program, hosts), program)
    number = len(known)
    touching = [known.touching(test.name, test.uuid, test.aliases) for test in demand.tests.values()]
    tests, clusters = _clustered(list(demand.tests.values()), touching, known)
    places = {name: place for place, name in enumerate(demand.tests)}
    has_aliases = any(test.aliases for test in demand.tests.values())
    return JudgingPlan(
        yardstick,
        chosen,
        demand,
        number,
        tests,
        clusters,
        tuple(_capabilities(demand, places)),
        places,
        tuple(_Meaning(cluster.meaning) for cluster in clusters),
        is_split=program.kind is ProgramKind.LIST and has_aliases,
    )


def _clustered(
    tests: Sequence[AskedTest], touching: Sequence[tuple[int, ...]], known: KnownTests
) -> tuple[tuple[AskedColumns, ...], tuple[Cluster, ...]]:
    users: dict[int, list[int]] = {}
    for place, columns in enumerate(touching):
        for column in columns:
            users.setdefault(column, []).append(place)
    groups = _joined(touching, users, known)
    found: dict[int, AskedColumns] = {}
    clusters: list[Cluster] = []
    for places, columns in groups:
        is_simple = len(places) == 1 and not set(columns) - {
            known.column((tests[places[0]].name, tests[places[0]].uuid))
        }
        number = None if is_simple else len(clusters)
        if not is_simple:
            clusters.append(Cluster(places, columns, tuple(tests[place] for place in places)))
        for place in places:
            found[place] = _asked(tests[place], touching[place], users, known, number)
    return tuple(found[place] for place in range(len(tests))), tuple(clusters)


def _asked(
    test: AskedTest,
    touching: tuple[int, ...],
    users: Mapping[int, Sequence[int]],
    known: KnownTests,
    cluster: int | None,
) -> AskedColumns:
    own = known.column((test.name, test.uuid))
    shared = {column for column in touching if len(users[column]) > 1}
    kin = {other for column in touching for other in known.named(known.keys[column][0])} - set(touching)
    siblings = tuple(column for column in known.named(test.name) if column != own)
    return AskedColumns(test, own, touching, siblings, tuple(sorted(shared | kin)), cluster)


def _joined(
    touching: Sequence[tuple[int, ...]], users: Mapping[int, Sequence[int]], known: KnownTests
) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Tests with their columns, those together that have a column or the name of one in common."""
    seen: set[int] = set()
    for start in range(len(touching)):
        if start in seen:
            continue
        places, columns, todo = {start}, set[int](), list(touching[start])
        while todo:
            column = todo.pop()
            if column not in columns:
                columns.add(column)
                todo += known.named(known.keys[column][0])
                for place in users.get(column, ()):
                    if place not in places:
                        places.add(place)
                        todo += touching[place]
        seen |= places
        yield tuple(sorted(places)), tuple(sorted(columns))


def _capabilities(demand: Demand, places: Mapping[str, int]) -> Iterator[CapabilityPlan]:
    for asked in demand.capabilities:
        entries = asked.capability.tests if asked.capability is not None else ()
        groups: dict[str, list[int]] = {}
        for entry in entries:
            if entry.any_of is not None:
                groups.setdefault(entry.any_of, []).append(places[entry.name])
        flagged = frozenset(places[name] for name, flag in {one.name: one.flag for one in entries}.items() if flag)
        grouped = {place for group in groups.values() for place in group}
        singles = dict.fromkeys(places[entry.name] for entry in entries)
        yield CapabilityPlan(
            asked.key,
            asked.level,
            tuple(place for place in singles if place not in grouped and place not in flagged),
            tuple(tuple(group) for group in groups.values()),
            flagged,
        )
