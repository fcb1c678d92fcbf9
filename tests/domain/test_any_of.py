"""Rule 11: of a group of tests one is enough."""

from __future__ import annotations

import pytest

from certmark.domain.guidelines import Level, RequiredTest
from certmark.domain.policies import CONFORMANCE, NONE_FAILED, REFSTACK_2020, STRICT, NoRefstackVerdict, Policy
from certmark.domain.results import Outcome
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import CircumstanceKind, CountKind, Standing, Totals
from certmark.domain.waivers import Scope, Waiver
from support.build import (
    FLAG,
    PROGRAM,
    TODAY,
    U1,
    U2,
    attempt,
    capability,
    guideline,
    required,
    results,
    verdict,
)

NFS, CIFS, OTHER = "shares.Nfs.test_create", "shares.Cifs.test_create", "shares.Any.test_list"
PASSED, FAILED, SKIPPED, SETUP = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED, Outcome.SETUP_ERROR


def member(name: str, *, flagged: bool = False, uuid: str | None = None) -> RequiredTest:
    return required(name, uuid, flag=FLAG if flagged else None)._replace(any_of="protocol")


def counts(**numbers: int) -> Totals:
    return Totals(**{**dict.fromkeys(Totals._fields, 0), **numbers})


@pytest.mark.parametrize(
    ("nfs", "cifs", "policy", "standing", "totals"),
    [
        pytest.param(PASSED, PASSED, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="both passed"),
        pytest.param(PASSED, None, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="one did not run"),
        pytest.param(None, PASSED, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="only the second"),
        pytest.param(SKIPPED, PASSED, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="one skipped"),
        pytest.param(FAILED, PASSED, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="one failed"),
        pytest.param(
            SETUP, PASSED, STRICT, Standing.PASS, counts(tests=1, counted=1, passed=1), id="one without set-up"
        ),
        pytest.param(FAILED, FAILED, STRICT, Standing.FAIL, counts(tests=1, counted=1, failed=1), id="both failed"),
        pytest.param(
            FAILED,
            None,
            STRICT,
            Standing.INCOMPLETE,
            counts(tests=1, counted=1, missing=1),
            id="another may still pass",
        ),
        pytest.param(
            FAILED, SKIPPED, STRICT, Standing.INCOMPLETE, counts(tests=1, counted=1, missing=1), id="failed, skipped"
        ),
        pytest.param(None, None, STRICT, Standing.INCOMPLETE, counts(tests=1, counted=1, missing=1), id="nothing ran"),
        pytest.param(
            FAILED, SKIPPED, NONE_FAILED, Standing.FAIL, counts(tests=1, counted=1, failed=1), id="a skip is set aside"
        ),
        pytest.param(
            SKIPPED, SKIPPED, NONE_FAILED, Standing.NOT_APPLICABLE, counts(tests=1, ignored=1), id="all set aside"
        ),
        pytest.param(
            FAILED, PASSED, CONFORMANCE, Standing.FAIL, counts(tests=1, counted=1, passed=1), id="nothing may fail"
        ),
    ],
)
def test_a_group_is_one_test_which_comes_to_the_best_of_its_tests(
    nfs: Outcome | None, cifs: Outcome | None, policy: Policy, standing: Standing, totals: Totals
) -> None:
    attempts = [attempt(name, outcome) for name, outcome in ((NFS, nfs), (CIFS, cifs)) if outcome is not None]
    judged = verdict(guideline(capability("shares", member(NFS), member(CIFS))), results(*attempts), policy=policy)
    assert (judged.standing, judged.totals) == (standing, totals)


def test_the_first_of_the_best_stands_for_the_group() -> None:
    document = guideline(capability("shares", member(NFS), member(CIFS), required(OTHER)))
    judged = verdict(document, results(attempt(NFS, FAILED), attempt(CIFS), attempt(OTHER)))
    kinds = [judged.counted_as("shares", test) for test, _ in judged.tests_of("shares")]
    assert kinds == [CountKind.ALTERNATIVE, CountKind.PASSED, CountKind.PASSED]
    assert judged.totals == counts(tests=2, counted=2, passed=2)


def test_a_failure_of_an_alternative_is_told() -> None:
    document = guideline(capability("shares", member(NFS), member(CIFS)))
    judged = verdict(document, results(attempt(NFS, FAILED, "no export"), attempt(CIFS)))
    told = [one for one in judged.circumstances if one.kind is CircumstanceKind.ALTERNATIVES]
    assert [(one.weight, one.subjects) for one in told] == [(None, (f"{NFS}: no export",))]
    assert "1 test failed for which another one of its group was enough" in sentence(judged)


def test_of_two_classes_with_one_id_the_one_that_ran_passes_for_the_group() -> None:
    document = guideline(capability("shares", member(NFS, uuid=U1), member(CIFS, uuid=U1)))
    judged = verdict(document, results(attempt(f"{CIFS}[id-{U1}]")))
    assert (judged.standing, judged.totals.passed) == (Standing.PASS, 1)


def test_a_flagged_test_does_not_stand_for_its_group() -> None:
    document = guideline(capability("shares", member(NFS, flagged=True), member(CIFS)), levels={})
    assert verdict(document, results(attempt(NFS), attempt(CIFS, FAILED))).standing is Standing.FAIL
    flagged = guideline(capability("shares", member(NFS, flagged=True), member(CIFS, flagged=True)))
    assert verdict(flagged, results(attempt(NFS))).totals == counts(tests=1, flagged=1)


def test_a_waived_test_settles_its_group_unless_one_passed() -> None:
    document = guideline(capability("shares", member(NFS), member(CIFS)))
    waiver = Waiver(Scope.TEST, NFS, "its server is old", "the board", TODAY)
    settled = verdict(document, results(attempt(NFS, FAILED)), [waiver])
    assert settled.totals == counts(tests=1, waived=1)
    assert verdict(document, results(attempt(NFS, FAILED), attempt(CIFS)), [waiver]).totals.passed == 1


def test_groups_belong_to_their_capability() -> None:
    document = guideline(capability("one", member(NFS)), capability("two", member(CIFS)))
    assert verdict(document, results(attempt(NFS))).standing is Standing.INCOMPLETE


def test_a_test_that_another_capability_requires_by_itself_counts_there() -> None:
    document = guideline(capability("any", member(NFS), member(CIFS)), capability("nfs", required(NFS)))
    judged = verdict(document, results(attempt(NFS, FAILED), attempt(CIFS)))
    assert judged.standing is Standing.FAIL
    assert judged.totals == counts(tests=2, counted=2, passed=1, failed=1)
    assert not [one for one in judged.circumstances if one.kind is CircumstanceKind.ALTERNATIVES]


def test_a_group_of_an_advisory_capability_does_not_weigh() -> None:
    document = guideline(
        capability("shares", member(NFS), member(CIFS)),
        capability("boot", required(OTHER, U2)),
        levels={"shares": Level.ADVISORY},
    )
    judged = verdict(document, results(attempt(f"{OTHER}[id-{U2}]"), attempt(NFS, FAILED), attempt(CIFS, FAILED)))
    assert judged.standing is Standing.PASS


def test_refstack_had_no_groups() -> None:
    program = PROGRAM._replace(target="platform")
    document = guideline(capability("shares", member(NFS), member(CIFS)), programs=[program])
    with pytest.raises(NoRefstackVerdict, match="no groups"):
        verdict(document, results(attempt(NFS)), policy=REFSTACK_2020)
