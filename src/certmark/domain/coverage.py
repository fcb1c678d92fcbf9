"""A guideline's tests in a suite as it is today: what is there, what moved, what now asks for more.

1. A test exists if the suite has its id, else, where the guideline has no id, its name. Under the
   id another name makes it *renamed*; its name with another id is *another test*; nothing is *vanished*.
   Where the survey has no test of its package, it is *not covered*: another list or plugin may have it.
   A test of a plain list has several names, of which any will do.
2. Whom a test acts as and when it skips is what its class says today. With an older survey beside
   it, only what was added since is a matter; without one all that asks for an administrator or a
   second account is, and conditions of skips are listed but are none.
3. In an approved guideline a test that is flagged wherever it stands is settled, and a rename that
   its aliases know; in any, what stands only in capabilities that are removed or placed nowhere, and
   an administrator where the capability says so (`admin`). A draft starts without flags (D312).
4. What may be done is the process's: an approved guideline gains aliases and flags and nothing else
   (D301), a draft moves keys and drops tests, a superseded one is history.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.covered_tests import (
    CapabilityPlace,
    Coverage,
    CoverageFinding,
    CoverageFindingKind,
    CoverageStage,
    CoveredTest,
    Presence,
    remedy,
)
from certmark.domain.findings import AcceptedFinding
from certmark.domain.guidelines import Guideline, Level, ProgramKind, RequiredTest
from certmark.domain.identity import Identity, class_of, method_of, split
from certmark.domain.programs import levels_of
from certmark.domain.surveys import Credential, Survey, SurveyedTest


class _Index:
    """A survey's tests by id and by name."""

    def __init__(self, survey: Survey) -> None:
        self.by_name: dict[str, tuple[Identity, SurveyedTest]] = {}
        self.by_id: dict[str, list[str]] = {}
        for test in survey.tests:
            identity = split(test.full_id)
            self.by_name[identity.name] = (identity, test)
            if identity.uuid is not None:
                self.by_id.setdefault(identity.uuid, []).append(identity.name)
        self.packages = {name.partition(".")[0] for name in self.by_name if "." in name}

    def find(self, uuid: str | None, name: str) -> SurveyedTest | None:
        """The test of this name, else any of this id."""
        names = self.by_id.get(uuid, ()) if uuid is not None else ()
        if name not in self.by_name and names:
            name = names[0]
        found = self.by_name.get(name)
        return found[1] if found is not None else None


def cover(
    guideline: Guideline,
    survey: Survey,
    *,
    before: Survey | None = None,
    accept: Collection[CoverageFindingKind] = (),
    decisions: Sequence[AcceptedFinding] = (),
    stage: CoverageStage | None = None,
) -> Coverage:
    """Look at each test of `guideline` in `survey`; `accept` are matters that need nothing done.

    `decisions` are such matters of single tests and capabilities, `coverage/` before the matter's name.

    `stage` takes the guideline for one of another stage than its status says: an approved one as the
    draft of the next.
    """
    index, earlier = _Index(survey), _Index(before) if before is not None else None
    stage = stage or stage_of(guideline.status)
    tests = []
    named = _entries(guideline)
    is_list = any(program.kind is ProgramKind.LIST for program in guideline.programs)
    for entries in named.values():
        test = _find(entries, index, is_list=is_list)
        test = test._replace(stands_beside=bool(test.names) and test.name not in test.names and test.names[0] in named)
        was = earlier.find(test.uuid, test.name) if earlier is not None else None
        matters = _matters(test, was, knows_before=earlier is not None, is_described=survey.is_described)
        found = [_finding(matter, what, stage, test, accept, decisions) for matter, what in matters]
        tests.append(test._replace(findings=tuple(found)))
    return Coverage(guideline.id, stage, survey, before, tuple(tests))


def stage_of(status: str | None) -> CoverageStage:
    """What the status of any schema version means; what is neither approved nor superseded is a draft."""
    word = (status or "").strip().lower()
    return CoverageStage(word) if word in {stage.value for stage in CoverageStage} else CoverageStage.DRAFT


def service_of(name: str) -> str:
    """The service whose API a test is of, as its name tells: `compute`, `object_storage`, `designate`, else `other`."""
    parts = name.split(".")
    if parts[0] == "tempest":
        return parts[2] if parts[1:2] == ["api"] and len(parts) > 3 else parts[1] if len(parts) > 2 else "other"
    return re.sub(r"_tempest_(plugin|tests)$", "", parts[0]) if len(parts) > 1 else "other"


def accounts_of(credentials: Iterable[Credential]) -> str:
    """The accounts that a class asks for, for people."""
    return " and ".join(credential.words for credential in credentials) or "none"


class _Entry(NamedTuple):
    place: CapabilityPlace
    test: RequiredTest


def _entries(guideline: Guideline) -> dict[str, list[_Entry]]:
    """By name: the places of a test, each with what the document says of it there."""
    levels = _levels(guideline)
    found: dict[str, list[_Entry]] = {}
    for key, capability in guideline.capabilities.items():
        place = CapabilityPlace(key, levels.get(key), capability.admin is True)
        for test in capability.tests:
            found.setdefault(test.name, []).append(_Entry(place, test))
    return found


def _levels(guideline: Guideline) -> Mapping[str, Level]:
    """The strongest level at which any component places a capability."""
    if not guideline.components:  # schema 1.0 and plain lists: all of it is asked for
        return dict.fromkeys(guideline.capabilities, Level.REQUIRED)
    return levels_of(guideline, guideline.components)


def _find(entries: Sequence[_Entry], index: _Index, *, is_list: bool) -> CoveredTest:
    """The test of these entries as the suite has it, its matters not yet looked at."""
    name, uuid = entries[0].test.name, next((entry.test.uuid for entry in entries if entry.test.uuid), None)
    aliases = [alias for entry in entries for alias in entry.test.aliases]
    presence, names = _presence(name, uuid, aliases if is_list else (), index)
    packages = {known.partition(".")[0] for known in (name, *aliases) if "." in known}
    if presence is Presence.VANISHED and packages and not packages & index.packages:
        presence = Presence.NOT_COVERED
    flags = [entry.test.flag for entry in entries]
    known = [entry for entry in entries if set(names) & set(entry.test.aliases)]
    return CoveredTest(
        name,
        uuid,
        service_of(name),
        tuple(entry.place for entry in entries),
        flags[0] if all(flags) else None,
        presence,
        names,
        len(known) if presence is Presence.RENAMED else 0,
        index.by_name[names[0]][1] if names else None,
        (),
    )


def _presence(name: str, uuid: str | None, others: Sequence[str], index: _Index) -> tuple[Presence, tuple[str, ...]]:
    # Rule 1: the id decides where there is one.
    names = index.by_id.get(uuid, []) if uuid is not None else []
    for known in (name, *others):
        if known in names or (uuid is None and known in index.by_name):
            return Presence.EXISTS, (known,)
    if names:
        return Presence.RENAMED, tuple(sorted(names, key=lambda other: _likeness(other, name)))
    if name in index.by_name:
        return Presence.OTHER_ID, (name,)
    return Presence.VANISHED, ()


def _likeness(other: str, name: str) -> tuple[int, str]:
    """The same method in the same class first, then either."""
    same_method, same_class = method_of(other) == method_of(name), class_of(other) == class_of(name)
    return (2 - same_method - same_class, other)


def _matters(
    test: CoveredTest, was: SurveyedTest | None, *, knows_before: bool, is_described: bool
) -> Iterable[tuple[CoverageFindingKind, str]]:
    yield from _of_presence(test)
    if test.surveyed is None or not is_described or (knows_before and was is None):
        return
    # Rule 2: with an older survey only what was added is a matter.
    yield from _demands(test.surveyed, was)
    if was is not None:
        for condition in test.surveyed.skips:
            if condition not in was.skips:
                yield CoverageFindingKind.SKIP, f"is now skipped {condition}"
    if test.flag is not None and test.flag.code == "D401" and not _is_skipped_for_a_bug(test.surveyed):
        yield (
            CoverageFindingKind.FLAG,
            f"flagged {test.flag.code} since {test.flag.date}, and the suite skips it for no bug today",
        )


def _of_presence(test: CoveredTest) -> Iterable[tuple[CoverageFindingKind, str]]:
    match test.presence:
        case Presence.VANISHED:
            yield CoverageFindingKind.VANISHED, "the suite has neither its id nor its name"
        case Presence.NOT_COVERED:
            yield CoverageFindingKind.NOT_COVERED, f"there is no test of {test.package} to compare it with"
        case Presence.OTHER_ID:
            yield CoverageFindingKind.OTHER_ID, "the suite has another id under its name"
        case Presence.RENAMED:
            yield CoverageFindingKind.RENAMED, f"its id now stands under {' and '.join(test.names[:3])}"
        case Presence.EXISTS:
            pass


def _demands(now: SurveyedTest, was: SurveyedTest | None) -> Iterable[tuple[CoverageFindingKind, str]]:
    before = was.credentials if was is not None else ()
    since = f", before for {accounts_of(before)}" if was is not None else ""
    asks = f"asks for {accounts_of(now.credentials)}{since}"
    if any(item.is_admin for item in now.credentials) and not any(item.is_admin for item in before):
        yield CoverageFindingKind.ADMIN, asks
    elif len(now.credentials) > max(1, len(before)):
        yield CoverageFindingKind.SECOND_ACCOUNT, asks


def _is_skipped_for_a_bug(test: SurveyedTest) -> bool:
    return any(condition.startswith(("bug ", "always")) for condition in test.skips)


def _finding(
    matter: CoverageFindingKind,
    what: str,
    stage: CoverageStage,
    test: CoveredTest,
    accept: Collection[CoverageFindingKind],
    decisions: Sequence[AcceptedFinding],
) -> CoverageFinding:
    rule, places = rule_of(matter), places_of(test)
    decided = [one for one in decisions if any(one.covers(rule, place) for place in places)]
    is_open = _is_open(matter, stage, test, accept)
    # A test that stands in two capabilities is accepted when it is in both.
    if is_open and decided and all(any(one.covers(rule, place) for one in decided) for place in places):
        why = f"accepted: {decided[0].reason} ({decided[0].by}, {decided[0].date})"
        return CoverageFinding(matter, what, why, is_open=False)
    return CoverageFinding(matter, what, remedy(matter, stage, test), is_open)


def rule_of(matter: CoverageFindingKind) -> str:
    """How a decision calls a matter."""
    return f"coverage/{matter.value}"


def places_of(test: CoveredTest) -> tuple[str, ...]:
    """Where a test stands, as JSON pointers."""
    return tuple(
        "/".join(("", "capabilities", *(step.replace("~", "~0").replace("/", "~1") for step in steps)))
        for steps in ((place.capability, "tests", test.name) for place in test.places)
    )


def _is_open(
    matter: CoverageFindingKind, stage: CoverageStage, test: CoveredTest, accept: Collection[CoverageFindingKind]
) -> bool:
    # Rule 3: what is settled, accepted or history needs nothing done.
    if stage is CoverageStage.SUPERSEDED or matter in accept or not test.is_placed:
        return False
    # A draft starts without flags (D312), so they settle nothing there.
    if stage is CoverageStage.DRAFT:
        return matter is not CoverageFindingKind.ADMIN or not all(place.declares_admin for place in test.places)
    if test.flag is not None or matter is CoverageFindingKind.FLAG:
        return False
    match matter:
        case CoverageFindingKind.RENAMED:
            return not test.alias_known
        case CoverageFindingKind.ADMIN:
            return not all(place.declares_admin for place in test.places)
        case _:
            return True
