"""Evidence for marks that can be computed: what a scorer may start from, never the last word.

Each function looks at one criterion and gives a proposal for a capability, or None where there is nothing to
go by. `is_hint` says that the evidence points a way and that a person must judge.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.attempts import state_of
from certmark.domain.guidelines import Capability, Guideline, Level
from certmark.domain.identity import split
from certmark.domain.phrases import some
from certmark.domain.results import RAN
from certmark.domain.scoring import ScorerMark, ScoreRow, ScoringInput
from certmark.domain.surveys import Survey, SurveyedTest
from certmark.domain.verdict_values import Standing, Verdict

_SHOWN = 4
_FEATURE = re.compile(r"feature_enabled\.(?!api_v\d)|is_extension_enabled|requires_ext")
"""A condition on what a cloud may leave out; a service's own version is none."""
FEW_CLOUDS = 3
"""With fewer clouds nothing is said of how widely something is deployed."""
WIDE = 0.8
"""The share of clouds that must pass for `deployed`."""
RELEASES = 2
"""A capability is stable that stays the same for more than so many releases."""


class Proposal(NamedTuple):
    """A mark that evidence speaks for."""

    capability: str
    criterion: str
    mark: ScorerMark
    evidence: str
    is_hint: bool


class CloudRecord(NamedTuple):
    """How the tests of capabilities went on one cloud."""

    cloud: str
    passed: frozenset[str]
    """Capabilities whose tests all passed, at the attempt that counts."""
    seen: frozenset[str]
    """Capabilities of which every test was run."""
    unstable: frozenset[str]
    """Capabilities with a test whose attempts differ."""


class ServiceVersion(NamedTuple):
    """What a cloud tells of one of its services."""

    cloud: str
    version: str
    """From its version document, or what stands for one; empty: the catalogue has it, nothing more."""


def record_of(cloud: str, verdicts: Iterable[Verdict]) -> CloudRecord:
    """How capabilities went on `cloud`, by verdicts on one run under every program of a guideline."""
    passed, seen, unstable = set(), set(), set()
    for verdict in verdicts:
        for capability in verdict.capabilities:
            if capability.standing in {Standing.PASS, Standing.FAIL}:
                seen.add(capability.key)
            if capability.standing is Standing.PASS:
                passed.add(capability.key)
            if capability.capability is not None and _is_unstable(verdict, capability.key):
                unstable.add(capability.key)
    return CloudRecord(cloud, frozenset(passed), frozenset(seen), frozenset(unstable))


def _is_unstable(verdict: Verdict, key: str) -> bool:
    return any(
        len({state_of(attempt) for attempt in verdict.doubtful[test.name].attempts if attempt.outcome in RAN}) > 1
        for asked in verdict.demand.capabilities
        if asked.key == key and asked.capability is not None
        for test in asked.capability.tests
        if test.name in verdict.doubtful
    )


def sticky(capability: Capability, last: Guideline) -> Proposal:
    """Whether the last guideline required it."""
    places = sorted(
        {
            (level.rank, level.value, name)
            for name, component in last.components.items()
            for level, key in component.capabilities
            if key == capability.key
        }
    )
    if not places:
        return Proposal(capability.key, "sticky", ScorerMark.NOT_MET, f"{last.id} does not have it", is_hint=False)
    _, level, component = places[0]
    mark = ScorerMark.MET if level == Level.REQUIRED.value else ScorerMark.NOT_MET
    return Proposal(capability.key, "sticky", mark, f"{level} in {component} of {last.id}", is_hint=False)


def stable(capability: Capability, history: Sequence[Guideline], clouds: Sequence[CloudRecord]) -> Proposal | None:
    """Whether the same tests stood for it over more than two releases, and gave steady results."""
    mine = _ids(capability.tests)
    same = [old for old in history if capability.key in old.capabilities]
    kept = [old for old in same if _ids(old.capabilities[capability.key].tests) & mine]
    releases = sorted({release.lower() for old in kept for release in old.releases})
    unstable = sorted(record.cloud for record in clouds if capability.key in record.unstable)
    if not kept and not unstable:
        return None
    told = f"its tests stand in {len(kept)} earlier guidelines, for {len(releases)} releases"
    if unstable:
        told += f"; attempts differ on {_some(unstable)}"
    mark = ScorerMark.MET if len(releases) > RELEASES and not unstable else ScorerMark.NOT_MET
    return Proposal(capability.key, "stable", mark, told, is_hint=True)


def deployed(capability: Capability, clouds: Sequence[CloudRecord]) -> Proposal | None:
    """On how many of the clouds that ran its tests they all pass."""
    ran = [record for record in clouds if capability.key in record.seen]
    if not ran:
        return None
    passed = [record.cloud for record in ran if capability.key in record.passed]
    told = f"all its tests pass on {len(passed)} of {len(ran)} clouds"
    if len(ran) < FEW_CLOUDS:
        return Proposal(capability.key, "deployed", ScorerMark.OPEN, f"{told}; too few to tell", is_hint=True)
    mark = ScorerMark.MET if len(passed) >= WIDE * len(ran) else ScorerMark.NOT_MET
    return Proposal(capability.key, "deployed", mark, told, is_hint=False)


def discoverable(capability: Capability, told: Mapping[str, Sequence[ServiceVersion]]) -> Proposal | None:
    """Whether clouds tell of its service; `told` has the answers by project (`nova`)."""
    if capability.project is None or capability.project not in told:
        return None
    answers = told[capability.project]
    with_version = [answer for answer in answers if answer.version]
    if not answers:
        return Proposal(
            capability.key, "discover", ScorerMark.NOT_MET, f"no catalogue has a service of {capability.project}",
            is_hint=True,
        )  # fmt: skip
    words = "; ".join(f"{answer.cloud}: {answer.version or 'in the catalogue, no version'}" for answer in answers)
    mark = ScorerMark.MET if len(with_version) == len(answers) else ScorerMark.OPEN
    return Proposal(capability.key, "discover", mark, words, is_hint=True)


class ApiReference:
    """Which calls the tests of a guideline's capabilities make, as a survey of the suite tells."""

    def __init__(self, guideline: Guideline, survey: Survey) -> None:
        """Find the tests of each capability in the survey, by id, else by name."""
        named = [(split(test.full_id), test) for test in survey.tests]
        by_id = {identity.uuid: test for identity, test in named if identity.uuid is not None}
        by_name = {identity.name: test for identity, test in named}
        self.tests = {
            capability.key: _find(capability, by_id, by_name) for capability in guideline.capabilities.values()
        }
        self._owners = Counter(call for tests in self.tests.values() for call in _calls(tests))

    def atomic(self, key: str) -> Proposal | None:
        """Whether its tests call something that no other capability's tests call."""
        calls = _calls(self.tests.get(key, ()))
        if not calls:
            return None
        own = [call for call in calls if self._owners[call] == 1]
        if own:
            return Proposal(key, "atomic", ScorerMark.MET, f"only its tests call {_some(own)}", is_hint=True)
        others = [name for name, tests in self.tests.items() if name != key and set(calls) <= set(_calls(tests))]
        told = f"all its calls are made by the tests of {_some(others)}" if others else "others make each of its calls"
        return Proposal(key, "atomic", ScorerMark.NOT_MET, told, is_hint=True)

    def complete(self, key: str) -> Proposal | None:
        """Whether its tests run whatever the configuration is."""
        tests = self.tests.get(key, ())
        if not tests:
            return None
        bound = [test for test in tests if any(map(_FEATURE.search, test.skips))]
        if not bound:
            return Proposal(
                key, "complete", ScorerMark.MET, f"none of its {len(tests)} tests asks for a feature or an extension",
                is_hint=True,
            )  # fmt: skip
        reasons = list(dict.fromkeys(reason for test in bound for reason in test.skips if _FEATURE.search(reason)))
        told = f"{len(bound)} of its {len(tests)} tests run only where a feature is on: {_some(reasons)}"
        return Proposal(key, "complete", ScorerMark.OPEN, told, is_hint=True)

    def documented(self, key: str, headings: frozenset[str]) -> Proposal | None:
        """Whether the API reference has a heading for the calls; `headings` by `plain_words`."""
        calls = _calls(self.tests.get(key, ()))
        if not calls or not headings:
            return None
        missing = [call for call in calls if plain_words(call.rpartition(".")[2]) not in headings]
        if not missing:
            return Proposal(
                key, "doc", ScorerMark.MET, f"the API reference describes all {len(calls)} calls", is_hint=True
            )
        told = f"the API reference has no heading for {len(missing)} of {len(calls)} calls: {_some(missing)}"
        return Proposal(
            key, "doc", ScorerMark.OPEN if len(missing) < len(calls) else ScorerMark.NOT_MET, told, is_hint=True
        )


def plain_words(text: str) -> str:
    """A heading or a method's name for comparison: `List Servers` and `list_servers` are one."""
    words = text.replace("_", " ").replace("-", " ").lower().split()
    return " ".join(word.removesuffix("s") for word in words if word not in {"a", "an", "the", "of", "for"})


def _find(
    capability: Capability, by_id: Mapping[str, SurveyedTest], by_name: Mapping[str, SurveyedTest]
) -> tuple[SurveyedTest, ...]:
    found = [by_name.get(test.name) or by_id.get(test.uuid or "") for test in capability.tests if test.flag is None]
    return tuple(test for test in found if test is not None)


def _calls(tests: Iterable[SurveyedTest]) -> list[str]:
    return list(dict.fromkeys(call for test in tests for call in test.calls))


def _ids(tests: Iterable[object]) -> set[str]:
    return {str(getattr(test, "uuid", None) or getattr(test, "name", "")) for test in tests}


def _some(words: Sequence[str]) -> str:
    return some(words, _SHOWN)


def fill(row: ScoreRow, proposals: Iterable[Proposal], scorer: str, date: str) -> ScoreRow:
    """`row` with the proposals in the place of marks that are open."""
    marks = {
        proposal.criterion: ScoringInput(proposal.mark, proposal.evidence, scorer, date)
        for proposal in proposals
        if proposal.capability == row.capability and row.mark(proposal.criterion) is ScorerMark.OPEN
    }
    return row._replace(marks={**row.marks, **marks}) if marks else row
