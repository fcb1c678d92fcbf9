"""Two judgements of the same results compared: what another guideline, policy or day changes, and what may be doubted.

1. The guideline that is meant is the one whose text has the digest on record; another text of the same id is not.
2. Tests are paired by name, then by an id that is one test's alone on either side.
3. A test of several capabilities counts once, at its strongest; one that is asked for at other levels does not weigh.
4. A judgement cannot be repeated where its evidence is not whole, where its guideline is not at hand, and where
   the same evidence, guideline and policy give something else today. Each reason is a sentence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Level
from certmark.domain.phrases import some
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import CapabilityVerdict, Verdict

STRENGTH = ("failed", "missing", "passed", "waived", "ignored", "flagged", "alternative")
"""How a test enters the counts, strongest first."""
SHOWN = "shown"
"""Of a test that is asked for at other levels only: it does not weigh."""
NOT_ASKED = "not asked for"
_FEW = 3


class NoSuchGuideline(InvalidRequest):
    """The guideline that judged is not at hand; whoever asks must name it."""

    def __init__(self, guideline: str, sha256: str) -> None:
        self._guideline, self._digest = guideline, f"SHA-256 {sha256[:12]}…"
        super().__init__(
            f"the guideline {guideline} of then is not at hand ({self._digest})", Advice(Action.NAME_GUIDELINE)
        )

    @property
    def doubt(self) -> str:
        """What a comparison says that had to do without it."""
        return (
            f"the guideline {self._guideline} of then ({self._digest}) is not at hand, "
            "so that its judgement was taken as the report tells it"
        )


class JudgedTest(NamedTuple):
    """What a judgement says of a test."""

    name: str
    uuid: str | None
    state: str
    counted: str
    """A word of `STRENGTH`, or SHOWN."""
    capabilities: tuple[str, ...]
    reason: str


class JudgedCapability(NamedTuple):
    """What a judgement says of a capability."""

    key: str
    level: str
    standing: str


class ComparableVerdict(NamedTuple):
    """What a report says that the evidence was judged to."""

    guideline: str
    program: str
    policy: str
    as_of: str
    standing: str
    sentence: str
    capabilities: tuple[JudgedCapability, ...]
    tests: Mapping[str, JudgedTest]
    """By name."""


class CapabilityChange(NamedTuple):
    """A capability that is judged otherwise; None: the guideline does not name it."""

    key: str
    before: JudgedCapability | None
    after: JudgedCapability | None


class CountChange(NamedTuple):
    """A test that is counted otherwise, or in another state; None: it is not asked for."""

    before: JudgedTest | None
    after: JudgedTest | None

    @property
    def name(self) -> str:
        """Its name now, or its last one."""
        side = self.after or self.before
        return side.name if side is not None else ""

    @property
    def words(self) -> tuple[str, str]:
        """How it was counted, and how it is."""
        before, after = ((side.counted if side is not None else NOT_ASKED) for side in self)
        return before, after

    @property
    def weighs(self) -> bool:
        """Whether it weighed before, or does now."""
        return not set(self.words) <= {SHOWN, NOT_ASKED}


class Replay(NamedTuple):
    """What changes."""

    before: ComparableVerdict
    after: ComparableVerdict
    capabilities: tuple[CapabilityChange, ...]
    tests: tuple[CountChange, ...]
    doubts: tuple[str, ...]
    """Why the judgement of then cannot be repeated, or is not what comes out again; a sentence each."""


class Circumstances(NamedTuple):
    """What is known of evidence and judges, beside the judgements."""

    passes_only: bool
    truncated: bool
    evaluator: str
    """The version of Certmark that judged then."""
    evaluator_now: str


def guideline_meant(guideline: str, sha256: str, candidates: Iterable[Guideline]) -> Guideline:
    """Rule 1: the one of `candidates` that is on record; no more of them are asked for than needed.

    Raises GuidelineMissing.
    """
    found = next((candidate for candidate in candidates if candidate.sha256 == sha256), None)
    if found is None:
        raise NoSuchGuideline(guideline, sha256)
    return found


def judgement_of(verdict: Verdict) -> ComparableVerdict:
    """A verdict as its report would tell it."""
    return ComparableVerdict(
        verdict.guideline.id,
        verdict.program.name,
        verdict.policy.name,
        verdict.as_of.isoformat(),
        verdict.standing.value,
        sentence(verdict),
        tuple(JudgedCapability(one.key, one.level.value, one.standing.value) for one in verdict.capabilities),
        by_name(test for one in verdict.capabilities for test in _judged_tests(verdict, one)),
    )


def _judged_tests(verdict: Verdict, capability: CapabilityVerdict) -> Iterator[JudgedTest]:
    for test, settled in verdict.tests_of(capability.key):
        counted = verdict.counted_as(capability.key, test).word
        yield JudgedTest(
            test.name,
            test.uuid,
            settled.state.value,
            counted if capability.level is Level.REQUIRED else SHOWN,
            (capability.key,),
            settled.reason,
        )


def by_name(tests: Iterable[JudgedTest]) -> dict[str, JudgedTest]:
    """Rule 3: each test once, with all its capabilities."""
    order = (*STRENGTH, SHOWN)
    found: dict[str, JudgedTest] = {}
    for test in tests:
        known = found.get(test.name)
        if known is None:
            found[test.name] = test
            continue
        strongest = min((known, test), key=lambda one: order.index(one.counted))
        found[test.name] = strongest._replace(capabilities=(*known.capabilities, *test.capabilities))
    return found


def compare_judgements(before: ComparableVerdict, after: ComparableVerdict, doubts: Sequence[str] = ()) -> Replay:
    """Rule 2: what `after` says otherwise than `before`."""
    return Replay(before, after, tuple(_capabilities(before, after)), tuple(_tests(before, after)), tuple(doubts))


def doubts_about(told: ComparableVerdict, again: ComparableVerdict | str, known: Circumstances) -> Iterator[str]:
    """Rule 4: why the judgement that a report told cannot be repeated, or does not come out again.

    `again` is what its own evidence, guideline and policy give today, or a sentence that says why they give nothing.
    """
    if known.passes_only:
        yield "the evidence names passed tests only: what failed then and why cannot be told from what never ran"
    if known.truncated:
        yield "the evidence stops in the middle: what came after cannot be judged"
    if isinstance(again, str):
        yield again
        return
    differing = [change.name for change in compare_judgements(told, again).tests]
    if told.standing != again.standing:
        yield f"the report says {told.standing}, and its own evidence, guideline and policy give {again.standing}"
    if differing:
        yield f"the report counts {some(differing, _FEW)} otherwise than its own evidence gives"
    if (differing or told.standing != again.standing) and known.evaluator != known.evaluator_now:
        yield f"it was judged by certmark {known.evaluator}; this is {known.evaluator_now}"


def _capabilities(before: ComparableVerdict, after: ComparableVerdict) -> list[CapabilityChange]:
    old, new = ({one.key: one for one in judged.capabilities} for judged in (before, after))
    changes = [
        CapabilityChange(key, old.get(key), new.get(key))
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]
    # What weighs comes first.
    return sorted(
        changes, key=lambda change: all(side is None or side.level != Level.REQUIRED.value for side in change[1:])
    )


def _tests(before: ComparableVerdict, after: ComparableVerdict) -> Iterator[CountChange]:
    former = _by_id(before, after)
    known = set(after.tests) | {former[test.uuid].name for test in _strangers(after, before) if test.uuid in former}
    for name, test in after.tests.items():
        old = before.tests.get(name) or (former.get(test.uuid) if test.uuid is not None else None)
        if old is None or (old.counted, old.state) != (test.counted, test.state):
            yield CountChange(old, test)
    for name, test in before.tests.items():
        if name not in known:
            yield CountChange(test, None)


def _by_id(before: ComparableVerdict, after: ComparableVerdict) -> dict[str | None, JudgedTest]:
    """Tests of `before` under another name than after, by an id that one test alone has on either side."""
    old, new = _strangers(before, after), _strangers(after, before)
    ids = [test.uuid for test in old], [test.uuid for test in new]
    return {
        test.uuid: test for test in old if test.uuid is not None and all(side.count(test.uuid) == 1 for side in ids)
    }


def _strangers(judged: ComparableVerdict, other: ComparableVerdict) -> list[JudgedTest]:
    return [test for name, test in judged.tests.items() if name not in other.tests]
