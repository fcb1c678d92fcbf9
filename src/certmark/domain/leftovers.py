"""What a run left in a cloud, and what of it may be removed.

1. What the inventory from before the run has is nobody's leftover.
2. What was made before the run began is not its leftover, even where that inventory could not see it.
3. What tells no time of its making is shown, and kept, unless an inventory from before saw its kind in its project,
   or everything counts, whenever it was made.
4. In projects that are there for the suite's users only, everything that is left may go; where everything counts,
   whenever it was made, only what is named as the suite names things, for the rest may have been made for these users.
5. Elsewhere only what is named as the suite names things may go, or what lies in a project that the suite made;
   of what an administrator sees in all projects only what the run's own log names, for others test there, too.
6. What a recorded list names may go whatever its age, and nothing beside it.
7. Nothing is left only where somebody looked: a service that did not answer may hold something, and a person who may
   look at nothing cannot say that nothing is there. A service that refuses to be looked at refuses to make things, too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from enum import Enum
from typing import NamedTuple

PREFIX = "tempest-"
"""With which Tempest begins the names of what it makes, unless it is configured otherwise."""
PROJECT = "project"
"""The kind that stands for projects themselves."""
EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
"""Since when everything counts."""


class Resource(NamedTuple):
    """One thing that a cloud holds."""

    kind: str
    """`server`, `container` …: a word of the list of kinds."""
    id: str
    """Unique among those of its kind; an object's is `container/name`."""
    name: str = ""
    project: str = ""
    """Id of its project; empty where it has none."""
    user: str = ""
    """Id of the user to whom it belongs, where it is a user's and not a project's."""
    created: dt.datetime | None = None
    """By the cloud's clock; None where the service does not tell."""
    detail: str = ""
    """What a person wants to know besides: a state, a size."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from all others."""
        return (self.kind, self.id, self.project if not self.user else self.user)


class InventoryGap(NamedTuple):
    """What could not be looked at."""

    kind: str
    project: str
    """Id; empty: everywhere."""
    why: str
    """A sentence."""
    is_refused: bool = False
    """The cloud says that this user may not, which holds for making as well; else it failed to answer."""


class Inventory(NamedTuple):
    """What some projects of a cloud held at one moment."""

    cloud: str
    """Address of its identity service, and region."""
    taken: dt.datetime
    """By the cloud's clock where it tells, else by this machine's."""
    projects: tuple[tuple[str, str], ...]
    """Id and name of each project that was looked at."""
    held: tuple[Resource, ...]
    unseen: tuple[InventoryGap, ...] = ()
    absent: tuple[str, ...] = ()
    """Services that the catalogue does not have."""
    is_wide: bool = False
    """An administrator's view of all projects."""

    def saw(self, kind: str, project: str) -> bool:
        """Whether things of this kind in this project would stand here."""
        if not self.is_wide and all(project != known for known, _ in self.projects):
            return False
        return not any(gap.kind == kind and gap.project in {"", project} for gap in self.unseen)

    def project_name(self, project: str) -> str:
        """The name of a project, or its id where nobody knows."""
        return next((name for known, name in self.projects if known == project and name), project)

    def describe(self, held: Resource) -> str:
        """One thing, in a sentence: its kind, name, id and project."""
        name = held.name if held.name and held.name != held.id else ""
        project = f" of {self.project_name(held.project)}" if held.project else ""
        return f"{held.kind} {name or held.id}{f' ({held.id})' if name and held.kind != 'object' else ''}{project}"


class Leftover(NamedTuple):
    """Something that is there and was not."""

    held: Resource
    kept: str | None = None
    """Why it must not be removed; None: it may."""

    @property
    def may_go(self) -> bool:
        """Whether it may be removed."""
        return self.kept is None


class LeftoverTerms(NamedTuple):
    """By what leftovers are told."""

    began: dt.datetime
    """When the run began."""
    before: Inventory | None = None
    exclusive: frozenset[str] = frozenset()
    """Ids of projects that are there for the suite's users only."""
    prefix: str = PREFIX
    logged: frozenset[str] | None = None
    """Names of that prefix which the run's own log mentions; None: there is no log."""
    any_name: bool = False
    """A person says that whatever was made since is the run's."""


class LeftoverState(Enum):
    """Whether anything is left."""

    NONE = "none"
    SOME = "some"
    UNKNOWN = "unknown"
    """Something may be there that nobody could see."""


class LeftoverReport(NamedTuple):
    """What is there, and what of it is left since when."""

    now: Inventory
    left: tuple[Leftover, ...] = ()
    since: str = ""
    """Since when, in words; empty: nobody asked what is left."""
    began: dt.datetime | None = None
    """Since when; None where it was not asked, or where a list names what is left."""

    @property
    def removable(self) -> tuple[Resource, ...]:
        """What may go."""
        return tuple(one.held for one in self.left if one.may_go)


def state_of(left: Collection[object], now: Inventory, asked: Collection[str]) -> LeftoverState:
    """Whether anything is left in `now`; `asked` are the kinds that were looked for (rule 7)."""
    if left:
        return LeftoverState.SOME
    has_failed = any(not gap.is_refused for gap in now.unseen)
    saw_nothing = bool(now.unseen) and set(asked) <= {gap.kind for gap in now.unseen}
    return LeftoverState.UNKNOWN if has_failed or saw_nothing else LeftoverState.NONE


def leftovers(now: Inventory, terms: LeftoverTerms) -> tuple[Leftover, ...]:
    """What of `now` the run left, in the order of the inventory."""
    known = {held.key for held in terms.before.held} if terms.before is not None else set()
    suites = frozenset(held.id for held in now.held if _is_suites_project(held, terms))
    found = []
    for held in now.held:
        # Rules 1 and 2.
        if held.key in known or (held.created is not None and held.created < terms.began):
            continue
        # Rule 5, for what an administrator sees: others use the cloud meanwhile.
        is_suites = held.project in suites or held.project in terms.exclusive
        if now.is_wide and not is_suites and not _is_ours(held, terms):
            continue
        found.append(Leftover(held, _reason_to_keep(held, terms, is_suites=is_suites)))
    return tuple(found)


def _is_suites_project(held: Resource, terms: LeftoverTerms) -> bool:
    """Whether it is a project that the suite made for itself: named so, and not there before."""
    before = terms.before
    is_new = before is not None and before.saw(PROJECT, "") and all(held.key != known.key for known in before.held)
    return held.kind == PROJECT and is_new and _is_ours(held, terms)


def _is_ours(held: Resource, terms: LeftoverTerms) -> bool:
    """Whether it is named as the suite names things, and by this run, where that can be told."""
    if not _is_named(held, terms.prefix):
        return False
    return terms.logged is None or held.name in terms.logged


def _reason_to_keep(held: Resource, terms: LeftoverTerms, *, is_suites: bool) -> str | None:
    # Rule 3.
    seen = terms.before is not None and terms.before.saw(held.kind, held.project)
    if held.created is None and not seen and terms.began > EVER:
        return "it does not tell when it was made, and no inventory from before says that it was not there"
    # Rules 4 and 5.
    if (is_suites and terms.began > EVER) or terms.any_name or _is_named(held, terms.prefix):
        return None
    where = "and its project is not the suite's alone" if terms.began > EVER else "and nothing says that a run made it"
    return f"its name does not begin with {terms.prefix}, {where}"


def named_in(recorded: Collection[tuple[str, str, str]], now: Inventory) -> tuple[Leftover, ...]:
    """Rule 6: what of `now` a recorded list names."""
    return tuple(Leftover(held) for held in now.held if held.key in recorded)


def _is_named(held: Resource, prefix: str) -> bool:
    return held.name.lower().startswith(prefix.lower())


def counts(held: Iterable[Resource]) -> dict[str, int]:
    """How many there are of each kind."""
    found: dict[str, int] = {}
    for one in held:
        found[one.kind] = found.get(one.kind, 0) + 1
    return found
