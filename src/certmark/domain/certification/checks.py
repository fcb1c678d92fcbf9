"""What would be refused of an application, and why, before a person looks at it; item by item, with its clause.

1. Every check is made, each time anew, whatever the others say; what is met is told, too.
2. A check that is not met stops the submission, unless it may be answered and was: then people decide, on the
   full track.
3. Nothing is never success: an application without runs, regions, contacts or a statement is not met.
4. What was in order when the application was submitted stays so: its guideline, the age of its runs.
5. Checks that a programme does not ask are not there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from certmark.domain.certification import run_checks
from certmark.domain.certification.application_facts import ApplicationFacts, ApplicationWaiver
from certmark.domain.certification.deadlines import after_days, day_of, months_after
from certmark.domain.certification.rulebooks import Rulebook, TrackCondition, folded
from certmark.domain.certification.run_checks import CheckAnswer
from certmark.domain.verdict_values import Standing

_EXCUSES = re.compile(r"\W*(?:n\W?a|none|not (?:supported|applicable)|unsupported|no|todo|tbd|\?)?\W*\Z", re.IGNORECASE)
"""Answers that say nothing."""


@dataclass(frozen=True, slots=True)
class ApplicationCheck:
    """One thing that was looked at."""

    word: str
    clause: str
    """Where it is written that it is asked."""
    is_met: bool
    sentence: str
    remedy: str = ""
    """What to do; empty where it is met."""
    is_answerable: bool = False
    """Whether a statement of the vendor may stand in the place of it."""
    answer: str = ""
    """That statement."""

    @property
    def is_in_order(self) -> bool:
        """Rule 2: whether the application may be submitted as far as this goes."""
        return self.is_met or (self.is_answerable and bool(self.answer))


class _CheckRule(NamedTuple):
    word: str
    clause: str
    """A rule of the rulebook, whose source is cited; else the clause itself."""
    judge: Callable[[ApplicationFacts, Rulebook, datetime], CheckAnswer | None]
    """None: it is not asked."""
    is_answerable: bool = False
    is_of_runs: bool = False
    """It is not asked where only names change."""


def check(application: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> tuple[ApplicationCheck, ...]:
    """Every check of the programme, in the order in which people go through them."""
    found = []
    for rule in _RULES:
        if rule.is_of_runs and application.is_rename:
            continue
        answer = rule.judge(application, rulebook, moment)
        if answer is None:
            continue
        clause = rulebook.sources.get(rule.clause, rule.clause)
        said = "" if answer.is_met else application.answers.get(rule.word, "").strip()
        stated = said if rule.is_answerable and not _EXCUSES.match(said) else ""
        found.append(ApplicationCheck(rule.word, clause, *answer, rule.is_answerable and not answer.is_met, stated))
    return tuple(found)


def in_order(checks: Iterable[ApplicationCheck]) -> bool:
    """Whether an application may be submitted; without checks it may not."""
    found = list(checks)
    return bool(found) and all(one.is_in_order for one in found)


def conditions_of(application: ApplicationFacts, checks: Iterable[ApplicationCheck]) -> frozenset[TrackCondition]:
    """What there is about an application that decides its track (`Rulebook.lightest_track`)."""
    answered = any(one.is_in_order and not one.is_met for one in checks)
    return application.conditions | ({TrackCondition.ANSWERED_CHECK} if answered else frozenset())


def valid_until(
    rulebook: Rulebook, first: date, waivers: Iterable[ApplicationWaiver] = (), judged_again: datetime | None = None
) -> date:
    """The last day of a certificate: by the rulebook, by a waiver on which it rests, by evidence judged again."""
    days = [months_after(first, rulebook.validity_months) - timedelta(days=1)]
    days += [one.until + timedelta(days=rulebook.waiver_tail_days) for one in waivers]
    if judged_again is not None:
        days.append(months_after(day_of(judged_again), rulebook.renewal_evidence_months))
    return min(days)


def _agreement(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    if rulebook.agreement is None:
        return None
    if facts.agreement:
        return CheckAnswer(True, f'"{rulebook.agreement}" is accepted in its newest version')
    if not rulebook.agreement_comes_first:
        return CheckAnswer(True, f'"{rulebook.agreement}" must be accepted before a certificate is granted')
    remedy = "have the vendor's designate read and accept it"
    return CheckAnswer(False, f'the newest version of "{rulebook.agreement}" is not accepted', remedy)


def _designate(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    if facts.is_sender_designate:
        return CheckAnswer(True, "who sends it may commit the company")
    return CheckAnswer(False, "who sends it may not commit the company", "let the designate or the deputy submit it")


def _vendor(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    if facts.is_vendor_approved:
        return CheckAnswer(True, "the vendor is approved")
    return CheckAnswer(False, "the vendor is not approved", "ask the programme office to approve it")


def _program(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer:
    found = rulebook.program(facts.program)
    if found is not None:
        return CheckAnswer(True, f"{found.name} is certified here")
    if not rulebook.programs:
        return CheckAnswer(False, "the programme has ended: it certifies nothing new", "look for another programme")
    there = ", ".join(one.name for one in rulebook.programs)
    return CheckAnswer(False, f"the programme does not certify {facts.program[:100]}", f"take one of {there}")


def _guideline(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> CheckAnswer:
    one, most = facts.guideline, rulebook.guidelines_accepted
    remedy = "apply under the newest guideline that is accepted"
    if not one.is_of_programme:
        return CheckAnswer(False, f"{one.id} is no guideline of {rulebook.programme}", remedy)
    if one.status.casefold() not in rulebook.guideline_statuses:
        said = f"is {one.status}" if one.status else "does not say that it is approved"
        return CheckAnswer(False, f"{one.id} {said}; such guidelines are not accepted", remedy)
    if one.newer < most:
        return CheckAnswer(
            True, f"{one.id} is among the {most} newest that are accepted" if most > 1 else f"{one.id} is the newest"
        )
    if facts.submitted is not None and one.closed is not None and facts.submitted < one.closed:
        end = after_days(one.closed, rulebook.superseded_days)
        if moment < end:
            last = day_of(end - timedelta(days=1))
            return CheckAnswer(True, f"{one.id} was accepted when it was submitted; that holds until {last}")
    return CheckAnswer(
        False, f"{one.newer} newer guidelines came after {one.id}; the {most} newest are accepted", remedy
    )


def _release(facts: ApplicationFacts, *_: object) -> CheckAnswer | None:
    covered = {folded(one) for one in facts.guideline.releases}
    if not covered:
        return None
    if facts.release is None:
        return CheckAnswer(False, "the release of the cloud is not said", "say which release the tested cloud is of")
    there = ", ".join(facts.guideline.releases)
    if folded(facts.release) in covered:
        return CheckAnswer(True, f"{facts.release} is among {there}")
    return CheckAnswer(
        False,
        f"{facts.release[:60]} is not among the releases of the guideline ({there})",
        "take a guideline that covers it",
    )


def _waivers(facts: ApplicationFacts, rulebook: Rulebook, moment: datetime) -> CheckAnswer | None:
    if not facts.waivers:
        return None
    wrong = [one.test for one in facts.waivers if not one.is_in_force or one.until < day_of(moment)]
    if wrong:
        return CheckAnswer(False, f"no waiver is in force for {', '.join(wrong)}", "ask for the waiver first")
    until = min(one.until for one in facts.waivers) + timedelta(days=rulebook.waiver_tail_days)
    return CheckAnswer(True, f"{len(facts.waivers)} in force; the certificate ends by {until} on their account")


def _hosts(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    program = rulebook.program(facts.program)
    if program is None or not program.hosts:
        return None
    passed = [word for word in program.hosts if facts.hosts.get(word) is Standing.PASS]
    if passed:
        return CheckAnswer(True, f"it sits on {', '.join(passed)}, which passed")
    said = ", ".join(
        f"{word}: {facts.hosts[word].value if word in facts.hosts else 'not judged'}" for word in program.hosts
    )
    return CheckAnswer(
        False, f"an add-on needs one of its host programs passed: {said}", "give a run that passes for the host, too"
    )


def _statement(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    asked = [one for one in rulebook.questions if not one.is_for_each_project]
    missing = [one.question for one in asked if one.is_required and not facts.statement.get(one.word, "").strip()]
    if not asked:
        return None
    remedy = "answer each question; the answers become public with the certificate" if missing else ""
    return CheckAnswer(
        not missing, f"not answered: {' '.join(missing)}" if missing else "every question is answered", remedy
    )


def _sections(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer | None:
    asked = [one.word for one in rulebook.questions if one.is_for_each_project and one.is_required]
    if not asked or not facts.projects:
        return None
    wanted = [(project, f"{word}/{project}") for project in facts.projects for word in asked]
    missing = dict.fromkeys(project for project, key in wanted if _EXCUSES.match(facts.statement.get(key, "")))
    if missing:
        remedy = 'say for each project which code of it the product uses; "not supported" is no answer'
        return CheckAnswer(False, f"no statement of {', '.join(missing)}", remedy)
    return CheckAnswer(True, f"stated for {', '.join(facts.projects)}")


def _contact(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    if not any(map(str.strip, facts.contacts)):
        return CheckAnswer(False, "nobody is named whom the programme can ask", "name a contact with a mail address")
    if facts.is_contact_silent:
        return CheckAnswer(False, "the contact did not answer twice", "name somebody who answers")
    return CheckAnswer(True, "there is a contact")


def _challenge(facts: ApplicationFacts, *_: object) -> CheckAnswer | None:
    before = facts.predecessor
    if before is None:
        return None
    if before.challenges:
        what = f"{', '.join(before.challenges)} against {before.number} is open"
        return CheckAnswer(False, what, "answer the challenge first")
    return CheckAnswer(True, f"no challenge against {before.number} is open")


def _one_open(facts: ApplicationFacts, *_: object) -> CheckAnswer:
    if facts.other_open:
        what = f"{', '.join(facts.other_open)} is open for the same product version"
        return CheckAnswer(False, what, "let this application replace it, or withdraw that one")
    return CheckAnswer(True, "no other application for it is open")


def _names(facts: ApplicationFacts, rulebook: Rulebook, _: datetime) -> CheckAnswer:
    program = rulebook.program(facts.program)
    granted = set() if program is None else {word for one in rulebook.marks_of(program.word) for word in one.reserved}
    words = [word for one in rulebook.marks for word in one.reserved if word not in granted]
    used = [word for word in dict.fromkeys(words) if re.search(rf"\b{re.escape(word)}\b", facts.product, re.IGNORECASE)]
    if used:
        what = f'"{", ".join(used)}" is in the name of the product, which the mark of this program does not allow'
        return CheckAnswer(False, what, "rename the product, or show on what ground it may have this name")
    if facts.offered is not None and facts.product not in facts.offered:
        return CheckAnswer(False, "the agreement does not list the product", "have it added to the agreement")
    return CheckAnswer(True, "the name is within what the mark allows")


_RULES = (
    _CheckRule("agreement", "agreement_comes_first", _agreement),
    _CheckRule("designate", "RefStack: one named person commits the company", _designate),
    _CheckRule("vendor", "RefStack: only an approved vendor is public", _vendor),
    _CheckRule("program", "the programs of the rulebook", _program),
    _CheckRule("guideline", "guidelines_accepted", _guideline),
    _CheckRule("one-open", "decision 0109", _one_open),
    _CheckRule("contact", "participation form of Certified Kubernetes", _contact),
    _CheckRule("names", "the marks of the rulebook", _names, is_answerable=True),
    _CheckRule("runs", "verdict, rule 6: nothing is never success", run_checks.runs_there, is_of_runs=True),
    _CheckRule("regions", "run_in_each_region", run_checks.regions, is_of_runs=True),
    _CheckRule("clouds", "decision 0021", run_checks.clouds, is_of_runs=True),
    _CheckRule("verdict", "interop process 2017A, C1.4", run_checks.verdict, is_of_runs=True),
    _CheckRule("newest", "SCS-0003: the most recent result counts", run_checks.newest, True, True),
    _CheckRule("hosts", "the guideline of the add-on", _hosts, is_of_runs=True),
    _CheckRule("release", "the releases of the guideline", _release, True, True),
    _CheckRule("waivers", "interop process 2017A, C3", _waivers, is_of_runs=True),
    _CheckRule("kept", "interop process 2017A, C2.2", run_checks.kept, is_of_runs=True),
    _CheckRule("signed", "signed_runs", run_checks.signed, is_of_runs=True),
    _CheckRule("suite", "unmodified_suite", run_checks.suite, True, True),
    _CheckRule("merged", "verdict, rule 7: attempts are those of one run", run_checks.merged, is_of_runs=True),
    _CheckRule("dates", "decision 0109", run_checks.dates, is_of_runs=True),
    _CheckRule("age", "run_age_days", run_checks.age, is_of_runs=True),
    _CheckRule("without-run", "renewal_without_run", run_checks.without_run, is_of_runs=True),
    _CheckRule("challenge", "cure_days", _challenge, is_answerable=True),
    _CheckRule("statement", "interop process 2017A, C4.5", _statement),
    _CheckRule("sections", "interop process 2017A, D3", _sections),
)
"""What is looked at, in this order."""
CHECK_WORDS = tuple(rule.word for rule in _RULES)
"""The words of all checks that there are."""
