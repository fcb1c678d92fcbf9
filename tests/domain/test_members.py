"""Components of a program that another guideline defines, and pins."""

from __future__ import annotations

from certmark.domain.guidelines import ComponentReference, Guideline, Level
from certmark.domain.results import Outcome
from certmark.domain.verdict_values import CircumstanceKind, Standing, Verdict
from certmark.domain.verdicts import judge
from support.build import PROGRAM, TODAY, attempt, capability, guideline, required, results

A, B = "suite.A.test_a", "suite.B.test_b"
SOURCE = "https://example.org/2099.01.json"


def powered(sha256: str | None = None, *, source: str | None = SOURCE) -> Guideline:
    members = (ComponentReference("all", None), ComponentReference("storage", source, sha256))
    return guideline(capability("boot", required(A)), programs=[PROGRAM._replace(components=members)], identity="own")


def storage(*, key: str = "store") -> Guideline:
    return guideline(capability(key, required(B)), components={"storage": [(Level.REQUIRED, key)]}, identity="other")


def judged(document: Guideline, *others: Guideline, b: Outcome = Outcome.PASSED) -> Verdict:
    found = results(attempt(A), attempt(B, b))
    return judge(document, document.programs[0], found, as_of=TODAY, hosts=others)


def test_a_member_of_another_guideline_is_judged_with_the_program() -> None:
    assert judged(powered(), storage()).standing is Standing.PASS
    assert judged(powered(), storage(), b=Outcome.FAILED).standing is Standing.FAIL
    assert [one.key for one in judged(powered(), storage()).capabilities] == ["boot", "store"]


def test_a_member_that_nobody_defines_leaves_a_gap() -> None:
    assert judged(powered()).standing is Standing.INCOMPLETE
    assert judged(powered(source=None), storage()).standing is Standing.INCOMPLETE


def test_a_key_that_means_something_else_is_called_after_its_guideline() -> None:
    assert [one.key for one in judged(powered(), storage(key="boot")).capabilities] == ["boot", "other: boot"]


def test_another_text_than_the_pinned_one_is_told() -> None:
    other = storage()
    told = [one for one in judged(powered("0" * 64), other).circumstances if one.kind is CircumstanceKind.PINS]
    assert [one.weight for one in told] == [None]
    assert told[0].subjects == (f"storage of other is pinned to {'0' * 64}, and what was used has {other.sha256}",)
    assert not [one for one in judged(powered(other.sha256), other).circumstances if one.kind is CircumstanceKind.PINS]
