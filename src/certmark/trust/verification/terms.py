"""The terms of a signed verdict: by which policy, and for which day. They are the programme's, never the signer's.

1. The policy is the guideline's own, or the one that the reader names; nobody else's is taken.
2. The day lies between the end of the run and the time that counts (a receipt's, else that of the check), give or
   take `TOLERANCE`: waivers of another day excuse nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from certmark.domain.advice import Action, Advice
from certmark.domain.policies import InvalidPolicy, policy_from
from certmark.formats.errors import excerpt
from certmark.trust.verification.findings import (
    Fault,
    StepResult,
    VerificationStep,
    done_without,
    failed,
    not_checked,
    ok,
)

if TYPE_CHECKING:
    from datetime import datetime

    from certmark.domain.guidelines import Guideline
    from certmark.trust.attestations.statements import Statement
    from certmark.trust.verification.requests import TrustPolicy

TOLERANCE = timedelta(days=2)
"""Between two clocks: days have other borders elsewhere, and clocks of clouds go wrong."""


def check_policy(  # noqa: PLR0911 - one answer for each way in which it may stand
    statement: Statement, guideline: Guideline | None, trust: TrustPolicy
) -> StepResult:
    """Rule 1. `guideline` is the one that judged, as far as somebody here vouches for it."""
    step = VerificationStep.POLICY
    if step in trust.without:
        return done_without(step)
    try:
        policy = policy_from(statement.predicate["policy"])
    except InvalidPolicy as error:
        return failed(step, Fault.GUIDELINE, str(error))
    name = excerpt(policy.name, 40)
    if trust.verdict_policy is not None:
        if policy == trust.verdict_policy:
            return ok(step, f"{name} is the one that was named here")
        wanted = excerpt(trust.verdict_policy.name, 40)
        return failed(step, Fault.GUIDELINE, f"it was judged by {name}, which is not the policy {wanted} named here")
    if guideline is None:
        return not_checked(step, f"{name} cannot be compared: the guideline is not at hand")
    if policy == guideline.policy:
        return ok(step, f"{name} is the guideline's own")
    own = excerpt(guideline.policy.name, 40)
    return not_checked(
        step, f"it was judged by {name}, and the guideline's own policy is {own}", Advice(Action.NAME_POLICY)
    )


def check_day(statement: Statement, ended: datetime | None, trust: TrustPolicy) -> StepResult:
    """Rule 2. `ended` is the end of the last test, as the results tell."""
    step = VerificationStep.DAY
    if step in trust.without:
        return done_without(step)
    try:
        day = date.fromisoformat(statement.predicate["verdict"]["as_of"])
    except (KeyError, TypeError, ValueError):
        return failed(step, Fault.VERDICT, "it does not say for which day it was judged")
    problem = problem_of_day(day, ended, trust.moment)
    if problem is not None:
        return failed(step, Fault.VERDICT, problem)
    if ended is None:
        return not_checked(step, f"it was judged for {day}, and the results do not tell when the tests ran")
    return ok(step, f"it was judged for {day}, and the tests ended on {ended:%Y-%m-%d}")


def problem_of_day(day: date, ended: datetime | None, moment: datetime) -> str | None:
    """Why a verdict for `day`, on tests that `ended` then, cannot be one at `moment`; None if it can."""
    if day > (moment + TOLERANCE).date():
        return f"it was judged for {day}, which is after {moment:%Y-%m-%d}"
    if ended is not None and day < (ended - TOLERANCE).date():
        return f"it was judged for {day}, before the tests ran ({ended:%Y-%m-%d})"
    if ended is not None and ended > moment + TOLERANCE:
        return f"the tests ran on {ended:%Y-%m-%d}, after {moment:%Y-%m-%d}"
    return None
