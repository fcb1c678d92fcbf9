"""Rule 1: how a required test is found in the results.

1. By its id, else by its name, else by an alias. Ids are not unique: where the id leads to several results the same
   name decides, then the aliases; if none does, all of them are looked at. Of several aliases the worst counts.
2. A result that stands under the name of another required test with the same id, in another class, is that test's
   result: a twin in a subclass that was not run is not excused by its brother (Tempest's IPv6 subclasses share ids).
   The same id and class under another name is a renamed test.
3. One result settles one required test: the one that has its name, else its id, else an alias. Required tests of one
   id are the same test where they are of one class, or where both call the result by a name or an alias.
4. A result with the name of one required test and the id of another, or a name that stands with several ids,
   contradicts itself and settles none.
5. Attempts under the test's own name that its id led past are handed on: a failure among them always weighs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import NamedTuple

from certmark.domain.identity import class_of, method_of
from certmark.domain.programs import AskedTest
from certmark.domain.results import Attempt, Results


class FoundResult(Enum):
    """By what a required test was found in the results."""

    ID = "id"
    NAME = "name"
    ALIAS = "alias"
    CLASS = "class fixture"
    """It has no entry; the set-up of its class has one."""
    CONTRADICTION = "contradiction"
    """Only a result that contradicts itself speaks of it."""
    NOWHERE = "nowhere"


class Match(NamedTuple):
    """Where the results speak of a required test."""

    found: FoundResult
    names: tuple[str, ...]
    """Their names for it; more than one only where an id leads to several and no name decides."""
    fixtures: tuple[Attempt, ...] = ()
    """Of its class's set-up."""
    own: tuple[Attempt, ...] = ()
    """Under its own name, where that is none of `names`: a failure among them weighs."""
    problem: str = ""
    """Why a result that looks like its own does not settle it."""


_NOWHERE = Match(FoundResult.NOWHERE, ())


class Matcher:
    """Finds the tests of one program in results."""

    def __init__(self, asked: Mapping[str, AskedTest], results: Results) -> None:
        """`asked` are the tests of the program, by name."""
        self._asked = asked
        self._results = results
        self._of_id: dict[str, list[AskedTest]] | None = None
        self._of_alias: dict[str, list[AskedTest]] | None = None

    def find(self, test: AskedTest) -> Match:
        """Where the results speak of `test`, one of those asked for."""
        match = self._named(test)
        own = self._results.attempts(test.name) if test.name not in match.names else ()
        fixtures = self._fixtures(test, match.names) if self._results.has_fixtures else ()
        if not own and not fixtures:
            return match
        found = FoundResult.CLASS if match.found is FoundResult.NOWHERE and fixtures else match.found
        return Match(found, match.names, fixtures, own, match.problem)

    def _named(self, test: AskedTest) -> Match:
        reported = self._results.names_of(test.uuid) if test.uuid is not None else ()
        has_own = bool(self._results.attempts(test.name))
        if not reported and not has_own and not test.aliases:
            return _NOWHERE
        contradiction = self._contradiction(test.name) if has_own else ""
        if test.name in reported and not contradiction:
            return Match(FoundResult.ID, (test.name,))
        objections = {name: self._contradiction(name) for name in reported if name != test.name}
        candidates = [name for name, told in objections.items() if not told and not self._is_twin(name, test)]
        names = self._by_id(test, candidates)
        if names:
            return Match(FoundResult.ID, names, problem=contradiction)
        sound, claimed = [], ""
        for name in (test.name, *test.aliases):
            if self._results.attempts(name):
                objections[name] = self._contradiction(name)
                claim = self._claimed(name, test)
                claimed = claimed or claim
                if not objections[name] and not claim:
                    sound.append(name)
        if sound:
            is_own = sound[0] == test.name
            found = FoundResult.NAME if is_own else FoundResult.ALIAS
            return Match(found, tuple(sound[:1] if is_own else sound), problem=contradiction)
        problem = contradiction or next(filter(None, objections.values()), "")
        if problem:
            return Match(FoundResult.CONTRADICTION, (), problem=problem)
        return Match(FoundResult.NOWHERE, (), problem=claimed or self._claim_of_id(test, candidates))

    def _by_id(self, test: AskedTest, candidates: Sequence[str]) -> tuple[str, ...]:
        """Those results of its id that settle `test`."""
        if candidates and self._rivals(test) > len(candidates):
            candidates = [name for name in candidates if not self._claimed(name, test)]
        return tuple([name for name in candidates if name in test.aliases] or candidates)

    def _rivals(self, test: AskedTest) -> int:
        """How many tests share its id and have no result of their own name, itself among them."""
        return len({class_of(one.name) for one in self._with_id(test.uuid) if not self._has_own(one)})

    def _claim_of_id(self, test: AskedTest, candidates: Sequence[str]) -> str:
        return next(filter(None, (self._claimed(name, test) for name in candidates)), "")

    def _is_twin(self, name: str, test: AskedTest) -> bool:
        """Rule 2: whether the result `name` belongs to a brother of `test`: same id, other class."""
        other = self._asked.get(name)
        return other is not None and other is not test and not _is_same(other, test, name)

    def _contradiction(self, name: str) -> str:
        """Rule 4: in what the result `name` contradicts itself; empty where it does not."""
        ids = {attempt.uuid for attempt in self._results.attempts(name)} - {None}
        if len(ids) > 1:
            return f"the results have {name} under {len(ids)} different ids, which contradict one another"
        uuid = next(iter(ids), None)
        named = [*self._with_alias(name), *([self._asked[name]] if name in self._asked else [])]
        owners = self._with_id(uuid) if uuid is not None else []
        if not named or not owners or any(one.uuid == uuid for one in named):
            return ""
        return f"the result {name} carries the id of {owners[0].name}, so that it contradicts itself"

    def _claimed(self, name: str, test: AskedTest) -> str:
        """Rule 3: which other required test the result `name` settles, so that it cannot settle `test`."""
        uuid = next((attempt.uuid for attempt in self._results.attempts(name) if attempt.uuid is not None), None)
        first = self._owner(name, uuid)
        if first is None or first is test or _is_same(first, test, name):
            return ""
        return f"the result {name} settles {first.name}, and one result settles one test"

    def _owner(self, name: str, uuid: str | None) -> AskedTest | None:
        if name in self._asked:
            return self._asked[name]
        of_id = [] if uuid is None else [one for one in self._with_id(uuid) if not self._has_own(one)]
        if of_id:
            return max(reversed(of_id), key=lambda one: _likeness(one, name))
        free = [one for one in self._with_alias(name) if not self._results.attempts(one.name)]
        return free[0] if free else None

    def _has_own(self, test: AskedTest) -> bool:
        """Whether the results have `test` under its own name and id."""
        return any(attempt.uuid == test.uuid for attempt in self._results.attempts(test.name))

    def _with_id(self, uuid: str | None) -> list[AskedTest]:
        if self._of_id is None:
            self._of_id = {}
            for test in self._asked.values():
                if test.uuid is not None:
                    self._of_id.setdefault(test.uuid, []).append(test)
        return self._of_id.get(uuid or "", [])

    def _with_alias(self, name: str) -> list[AskedTest]:
        if self._of_alias is None:
            self._of_alias = {}
            for test in self._asked.values():
                for alias in test.aliases:
                    self._of_alias.setdefault(alias, []).append(test)
        return self._of_alias.get(name, [])

    def _fixtures(self, test: AskedTest, names: Sequence[str]) -> tuple[Attempt, ...]:
        """Rule 2 of the verdict: entries for the set-up of the test's class, under any name that it may have."""
        scopes = test.scopes if not names or names[0] == test.name else (*map(class_of, names), *test.scopes)
        for scope in scopes:
            entries = self._results.set_up_of(scope)
            if entries:
                return entries
        return ()


def _is_same(one: AskedTest, other: AskedTest, name: str) -> bool:
    """Rule 3: whether two required tests of one id are the same test, which the result `name` may settle for both."""
    return (
        one.uuid is not None
        and one.uuid == other.uuid
        and (class_of(one.name) == class_of(other.name) or (_calls(one, name) and _calls(other, name)))
    )


def _calls(test: AskedTest, name: str) -> bool:
    return name == test.name or name in test.aliases


def _likeness(test: AskedTest, name: str) -> tuple[bool, bool, bool]:
    """How much a result's name is like a required test of the same id."""
    same_class = class_of(test.name).rpartition(".")[2] == class_of(name).rpartition(".")[2]
    return _calls(test, name), same_class, method_of(test.name) == method_of(name)
