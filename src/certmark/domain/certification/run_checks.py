"""What is asked of the runs of an application: which of several counts, and what is wrong with it.

1. For each region the most recent whole run counts, whatever it says; a run that the office declared void does not.
2. A certificate of several regions is as good as its worst one.
3. Attempts that ran under different configurations are not one run.
4. Times are compared as days in UTC; what a sender says of time must fit what the server saw.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from certmark.domain.certification.application_facts import ApplicationFacts, ApplicationRun, RunAttestation
from certmark.domain.certification.deadlines import after_days, day_of, months_after
from certmark.domain.certification.rulebooks import Rulebook

_SKEW = timedelta(minutes=10)
"""By which clocks of senders may be ahead."""


class CheckAnswer(NamedTuple):
    """Whether something is as it must be."""

    is_met: bool
    sentence: str
    remedy: str = ""


def counting(facts: ApplicationFacts, rulebook: Rulebook) -> Mapping[str, ApplicationRun | None]:
    """Rule 1: for each region that is asked for, the run of the application that stands for it."""
    return {region: _newest(_of_region(facts.used, region, rulebook)) for region in facts.regions}


def _of_region(runs: Iterable[ApplicationRun], region: str, rulebook: Rulebook) -> list[ApplicationRun]:
    if rulebook.run_in_each_region:
        return [run for run in runs if run.subject == region]
    return [run for run in runs if run.subject is not None and _cloud(run.subject) == _cloud(region)]


def _cloud(subject: str) -> str:
    return subject.partition("/")[0]


def _newest(runs: Iterable[ApplicationRun]) -> ApplicationRun | None:
    return max(runs, key=lambda run: (run.finished, run.received, run.run), default=None)


def runs_there(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    """Nothing is never success."""
    void = f"; void: {len(facts.runs) - len(facts.used)}" if len(facts.used) < len(facts.runs) else ""
    if not facts.used:
        return CheckAnswer(False, f"it rests on no run{void}", "give a run of the product version")
    return CheckAnswer(True, f"runs on which it rests: {len(facts.used)}{void}")


def verdict(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer:
    """Rule 2, and rule 5 of a verdict: nothing else than a pass is one."""
    found = {region: run for region, run in counting(facts, rulebook).items() if run is not None}
    if not found:
        return CheckAnswer(False, "no run stands for a region, so that nothing was judged", "give a run that passes")
    wrong = [f"{region}: {_said(run)}" for region, run in found.items() if not run.is_pass]
    if wrong:
        return CheckAnswer(False, "; ".join(wrong), "mend what its report names, and run again")
    return CheckAnswer(True, f"recomputed here: pass in {', '.join(found)}")


def _said(run: ApplicationRun) -> str:
    if run.standing is None:
        return f"run {run.run} has no verdict under this guideline and program"
    if run.is_damaged:
        return f"the evidence of run {run.run} is cut off or contradicts itself"
    if run.is_partial:
        return f"run {run.run} says nothing of a test that counts"
    return run.sentence or f"run {run.run} is {run.standing.value}"


def regions(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer:
    """A region without a run is not certified."""
    missing = [region for region, run in counting(facts, rulebook).items() if run is None]
    if not facts.regions:
        return CheckAnswer(False, "no region is named", "name the cloud, and each region that is to be certified")
    if missing:
        return CheckAnswer(
            False,
            f"no run is of {', '.join(missing)}",
            "give a run of each region, or leave the region out; it can be added to the certificate later",
        )
    return CheckAnswer(
        True, f"each of {len(facts.regions)} has its run" if len(facts.regions) > 1 else "it has its run"
    )


def newest(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> CheckAnswer:
    """Rule 1, over everything that the server knows of the last days: nobody picks the run that passed."""
    since = (facts.submitted or moment) - timedelta(days=rulebook.run_age_days)
    known = {run.run: run for run in (*facts.others, *facts.runs)}
    recent = [run for run in known.values() if run.finished >= since]
    passed_over = []
    for region, chosen in counting(facts, rulebook).items():
        whole = (run for run in recent if not (run.is_void or run.is_partial) and run.standing is not None)
        last = _newest(_of_region(whole, region, rulebook))
        if chosen is not None and last is not None and last.finished > chosen.finished:
            passed_over.append(f"run {last.run} of {region} is newer than {chosen.run}, and {last.standing.value}")  # type: ignore[union-attr]  # whole ones have one
    others = sum(run.run not in {chosen.run for chosen in facts.used} for run in recent)
    if passed_over:
        return CheckAnswer(False, "; ".join(passed_over), "rest the application on the most recent run of each region")
    return CheckAnswer(True, f"the most recent; {others} other runs of {rulebook.run_age_days} days are listed")


def kept(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    """Reviewers judge again what is on file."""
    gone = [run.run for run in facts.used if not run.is_kept]
    return _all(gone, "the evidence of {} is not on file", "send the run again", "all evidence is on file")


def signed(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    """Somebody who may speak for the vendor signed it."""
    words = {
        RunAttestation.NONE: "run {} is not signed",
        RunAttestation.FOREIGN: "the key that signed run {} counts for nobody of the vendor",
        RunAttestation.COMPROMISED: "the key that signed run {} was compromised when it came",
    }
    if not rulebook.signed_runs and not any(run.attestation is RunAttestation.COMPROMISED for run in facts.used):
        return None
    weighs = set(words) if rulebook.signed_runs else {RunAttestation.COMPROMISED}
    wrong = [words[run.attestation].format(run.run) for run in facts.used if run.attestation in weighs]
    if wrong:
        return CheckAnswer(False, "; ".join(wrong), "sign it with a key that the vendor or a member registered here")
    return CheckAnswer(True, "by keys that count for the vendor")


def suite(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    """A suite that a packager patched is not the release of its name."""
    if not rulebook.unmodified_suite:
        return None
    wrong = []
    for run in facts.used:
        if run.suite is None or run.suite_is_known is None:
            wrong.append(f"run {run.run} does not say which suite ran")
        elif not run.suite_is_known:
            wrong.append(f"{run.suite}, which run {run.run} names, is no release as it was published")
    if wrong:
        return CheckAnswer(False, "; ".join(wrong), "run a release, or name the patch and why it is needed")
    return CheckAnswer(True, f"releases as published: {', '.join(sorted({str(run.suite) for run in facts.used}))}")


def age(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> CheckAnswer | None:
    """On the day of the first submission; a draft is looked at as if it were sent now."""
    if facts.is_without_run:
        return None
    day = facts.submitted or moment
    old = [run for run in facts.used if day >= after_days(run.finished, rulebook.run_age_days)]
    if old:
        said = "; ".join(f"run {run.run} ended on {day_of(run.finished)}" for run in old)
        return CheckAnswer(False, f"{said}, more than {rulebook.run_age_days} days ago", "run the tests again")
    until = min((after_days(run.finished, rulebook.run_age_days) for run in facts.used), default=day)
    return CheckAnswer(True, f"good for a submission until {day_of(until - timedelta(days=1))}")


def dates(facts: ApplicationFacts, _: Rulebook, moment: datetime) -> CheckAnswer:
    """Rule 4."""
    wrong = [fault for run in facts.used for fault in _time_faults(run, moment)]
    return CheckAnswer(
        not wrong,
        "; ".join(wrong) or "they fit each other",
        "look at the clock of the machine that ran the tests, and run again" if wrong else "",
    )


def _time_faults(run: ApplicationRun, moment: datetime) -> Iterator[str]:
    if run.began is not None and run.ended is not None and run.ended < run.began:
        yield f"run {run.run} ended before it began"
    if run.finished > run.received + _SKEW:
        yield f"run {run.run} ended after the server had it"
    if run.received > moment + _SKEW:
        yield f"run {run.run} came in the future"


def clouds(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    """The run shows a cloud of this product version."""
    wrong = [run.run for run in facts.used if not run.is_of_version or run.subject is None]
    strange = [region for region in facts.regions if region not in facts.deployments]
    if wrong:
        return CheckAnswer(
            False,
            f"{', '.join(wrong)} cannot be counted for this product version",
            "attach the run to the version, and name its cloud with the version",
        )
    if strange:
        return CheckAnswer(False, f"the version does not name {', '.join(strange)}", "name the cloud with the version")
    return CheckAnswer(True, "the clouds are those of the version")


def merged(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    """Rule 3."""
    wrong = [run.run for run in facts.used if len(set(run.configurations)) > 1]
    return _all(
        wrong,
        "attempts of {} ran under different configurations",
        "run all tests under one configuration",
        "no attempts of different configurations were put together",
    )


def without_run(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> CheckAnswer | None:
    """A renewal that judges stored evidence again: all of it must hold."""
    if not facts.is_without_run:
        return None
    wrong = list(_against_judging_again(facts, rulebook, moment))
    if wrong:
        return CheckAnswer(False, "; ".join(wrong), "bring a new run")
    return CheckAnswer(True, "the evidence of the certificate before answers this guideline")


def _against_judging_again(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> Iterator[str]:
    before = facts.predecessor
    if not rulebook.renewal_without_run:
        yield "the programme renews nothing without a run"
    if before is None:
        yield "there is no certificate before it"
        return
    if not before.is_same_version:
        yield f"{before.number} is for another version of the product"
    if {word for run in facts.used for word in run.configurations} - set(before.configurations):
        yield "the configuration is another one"
    if before.challenges:
        yield f"{', '.join(before.challenges)} is open"
    if any(run.attestation is RunAttestation.COMPROMISED for run in facts.used):
        yield "a key that signed the evidence was compromised"
    if not _is_fresh(before.evidence, before.automatic_pass, rulebook, moment):
        yield (
            f"the evidence is older than {rulebook.renewal_evidence_months} months, and no automatic run passed "
            f"in the last {rulebook.renewal_run_days} days"
        )


def _is_fresh(evidence: datetime | None, automatic: datetime | None, rulebook: Rulebook, moment: datetime) -> bool:
    day = day_of(moment)
    if evidence is not None and day <= months_after(day_of(evidence), rulebook.renewal_evidence_months):
        return True
    return automatic is not None and moment < after_days(automatic, rulebook.renewal_run_days)


def _all(wrong: list[str], sentence: str, remedy: str, right: str) -> CheckAnswer:
    if wrong:
        return CheckAnswer(False, sentence.format(", ".join(wrong)), remedy)
    return CheckAnswer(True, right)
