"""Rulebooks: what a programme asks before it certifies, in versions of which each has its first day.

1. Nothing about a programme is code: its programs, numbers, tracks, questions and marks are data.
2. Every rule says where it comes from (`Rulebook.source`), and every decision cites its rulebook (`Rulebook.citation`).
3. The rulebook of a day is the newest whose first day has come. An application keeps the one under which
   it was submitted.
4. An application goes the lightest track that allows everything about it; the full track allows everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any

LONGEST_ID = 200
"""Characters of a guideline's id that are looked at."""


class ApplicationTrack(Enum):
    """How much is asked before a decision, the lightest first."""

    AUTOMATIC = "automatic"
    """Checks that are all met are a certificate; people only revoke."""
    SIMPLE = "simple"
    """Checks, and the decision of the programme office."""
    FULL = "full"
    """Checks, reviewers, the decision, and an objection window where there is one."""


class TrackCondition(Enum):
    """What there is about an application that decides its track."""

    NEW_VENDOR = "new-vendor"
    """The vendor has no certificate of the programme."""
    NEW_PRODUCT = "new-product"
    """The product has no certificate of the program."""
    NEW_VERSION = "new-version"
    """The product has one for another version."""
    RENEWAL = "renewal"
    """The same version has one."""
    WITHOUT_RUN = "without-run"
    """A renewal that judges stored evidence again."""
    RENAME = "rename"
    """Nothing but names changed."""
    NEW_REGION = "new-region"
    """The same version at a region more."""
    WAIVERS = "waivers"
    """The verdict counts a waiver."""
    ANSWERED_CHECK = "answered-check"
    """A check is not met, and was answered."""
    CHALLENGE = "challenge"
    """A challenge against the certificate before is open."""


@dataclass(frozen=True, slots=True)
class TrackRules:
    """When a track may be used, and what it asks."""

    track: ApplicationTrack
    conditions: frozenset[TrackCondition]
    """All that an application on this track may have about it."""
    reviewers: int
    """How many must recommend before a decision."""
    objection_days: int
    """Working days in which the programme may object to a proposed decision; 0: none."""
    source: str


@dataclass(frozen=True, slots=True)
class CertifiableProgram:
    """A program of guidelines for which the programme certifies."""

    word: str
    """As guidelines call it: its name there, or another word for it; no capitals."""
    name: str
    """For people."""
    hosts: tuple[str, ...] = ()
    """Words of programs of which a product must have one, or show it with the same runs: for an add-on."""


@dataclass(frozen=True, slots=True)
class ProgramMark:
    """What a product may show while it is certified."""

    word: str
    name: str
    """What is shown: `OpenStack Powered Compute`."""
    programs: tuple[str, ...]
    """Words of the programs of which each gives it."""
    allowed: tuple[str, ...]
    """What may be done with it, a sentence each."""
    forbidden: tuple[str, ...]
    """And what not."""
    reserved: tuple[str, ...]
    """Words that a product's name may have only with this mark."""
    terms: str
    """Where the terms are written: an address, or a text."""


@dataclass(frozen=True, slots=True)
class StatementQuestion:
    """What a vendor says of the product itself; the answers become public with the certificate."""

    word: str
    question: str
    clause: str
    is_required: bool = True
    is_for_each_project: bool = False
    """One answer for each project of which the program has a designated section."""


@dataclass(frozen=True, slots=True)
class ReviewQuestion:
    """A line of the reviewers' checklist."""

    word: str
    sentence: str
    clause: str


def rule(least: int = 0, most: int = 3_650) -> Any:
    """A field that a rulebook must say with its source; a number lies within these bounds."""
    return field(metadata={"least": least, "most": most})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """One version of what a programme asks. Days are whole ones and end at 24:00 UTC (`deadlines`)."""

    programme: str
    """The programme's word."""
    version: str
    """Like `2026.1`."""
    effective: date
    """The first day on which it holds."""
    agreement: str | None
    """The name of the agreement that a designate must have accepted; None: there is none."""
    policy: str | None
    """By which policy runs are judged; None: by the guideline's own."""
    guideline_statuses: frozenset[str]
    """What a guideline must say of itself to be accepted; an empty word: it says nothing."""
    programs: tuple[CertifiableProgram, ...]
    tracks: tuple[TrackRules, ...]
    """The lightest first; the full one is always there."""
    questions: tuple[StatementQuestion, ...]
    checklist: tuple[ReviewQuestion, ...]
    marks: tuple[ProgramMark, ...]
    sources: Mapping[str, str] = field(hash=False)
    """Where each rule comes from, by its field."""

    agreement_comes_first: bool = rule()
    """Whether the agreement must be accepted to submit; else before a certificate is granted."""
    distinct_organisations: bool = rule()
    """Whether each reviewer must be of another organisation."""
    signed_runs: bool = rule()
    """Whether each run must be attested by a key that counts for the vendor."""
    unmodified_suite: bool = rule()
    """Whether the digest of the suite must be that of a known release."""
    run_in_each_region: bool = rule()
    """Whether each region needs a run of its own; else one run stands for all regions of its cloud."""
    renewal_without_run: bool = rule()
    """Whether stored evidence may be judged again for a renewal."""
    guidelines_accepted: int = rule(1, 20)
    """How many of the newest guidelines of a family are open for applications."""
    superseded_days: int = rule()
    """How long a guideline that was open at submission stays good for the open application."""
    run_age_days: int = rule(1)
    """The greatest age of a run when the application is submitted."""
    first_answer_days: int = rule(1, 90)
    """Working days until a person answers."""
    decision_days: int = rule(1, 730)
    """Until the decision, the vendor's own time not counted."""
    answer_days: int = rule(1, 730)
    """For the vendor's answer to a question; then the application is returned."""
    return_days: int = rule(1, 730)
    """For sending a returned application again; then it lapses."""
    validity_months: int = rule(1, 120)
    """Of a certificate."""
    renewal_opens_days: int = rule(0, 730)
    """Before the end of a certificate."""
    reminders: tuple[int, ...] = rule(0, 730)
    """Days before the end on which the holder is reminded, the most first."""
    grace_days: int = rule(0, 365)
    """After the end, while a complete renewal is being reviewed."""
    renewal_evidence_months: int = rule(0, 120)
    """The greatest age of stored evidence that is judged again."""
    renewal_run_days: int = rule(0, 365)
    """Or the greatest age of an automatic passing run beside it."""
    mark_off_days: int = rule(0, 365)
    """In which the mark is taken off material after the end."""
    challenge_notice_days: int = rule(1, 90)
    """Working days until the holder is told of a challenge."""
    cure_days: int = rule(1, 365)
    """For a cure, from the notice on."""
    concern_days: int = rule(0, 365)
    """Before a holder's own failing run is shown beside the certificate."""
    breach_days: int = rule(1, 365)
    """For the cure of a breach of the agreement."""
    grievance_days: int = rule(1, 365)
    """Until a grievance against a test is acknowledged."""
    appeal_days: int = rule(1, 365)
    """In which a decision may be appealed against, and again for the panel's answer."""
    panel: int = rule(1, 25)
    """Members of an appeal's panel, of whom none took part in the decision."""
    waiver_approvals: int = rule(1, 25)
    """Signatures under a waiver."""
    waiver_tail_days: int = rule(0, 365)
    """How long a certificate outlives a waiver on which it rests."""
    missed_periods: int = rule(1, 100)
    """Automatic runs in a row that are missing before a certificate is shown as stale."""
    history_months: int = rule(1, 120)
    """Of runs, on the page of a certificate."""

    @property
    def citation(self) -> str:
        """How a decision names it."""
        return f"{self.programme} {self.version}"

    def source(self, name: str) -> str:
        """Where the rule of this field comes from."""
        return self.sources[name]

    def program(self, *words: str) -> CertifiableProgram | None:
        """The program that one of these words names; None: the programme does not certify it."""
        known = {folded(word) for word in words}
        return next((one for one in self.programs if known & {folded(one.word), folded(one.name)}), None)

    def rules_of(self, track: ApplicationTrack) -> TrackRules | None:
        """What a track asks; None: the programme does not have it."""
        return next((one for one in self.tracks if one.track is track), None)

    def lightest_track(self, conditions: Collection[TrackCondition]) -> TrackRules:
        """Rule 4: the lightest track that allows all of this."""
        fitting = (one for one in self.tracks if one.conditions.issuperset(conditions))
        return next(fitting, self.tracks[-1])

    def allows(self, track: ApplicationTrack, conditions: Collection[TrackCondition]) -> bool:
        """Whether an application with all of this about it may go this track."""
        found = self.rules_of(track)
        return found is not None and (track is ApplicationTrack.FULL or found.conditions.issuperset(conditions))

    def marks_of(self, program: str) -> tuple[ProgramMark, ...]:
        """What a product with a certificate of this program may show."""
        return tuple(one for one in self.marks if program in one.programs)


@dataclass(frozen=True, slots=True)
class Programme:
    """Somebody's undertaking to certify products."""

    word: str
    """In addresses."""
    name: str
    says: str
    guidelines: re.Pattern[str] | None
    """What the ids of its guidelines are like; None: those of nobody else."""
    rulebooks: tuple[Rulebook, ...] = ()
    """The oldest first; none: it does not certify here."""

    def has_guideline(self, identity: str) -> bool:
        """Whether a guideline of this id may be its own."""
        return self.guidelines is None or self.guidelines.match(identity[:LONGEST_ID]) is not None

    def rulebook(self, version: str) -> Rulebook | None:
        """The one of this version."""
        return next((one for one in self.rulebooks if one.version == version), None)


def in_force(rulebooks: Iterable[Rulebook], day: date) -> Rulebook | None:
    """Rule 3: the newest whose first day has come; None: none has."""
    begun = (one for one in rulebooks if one.effective <= day)
    return max(begun, key=lambda one: one.effective, default=None)


def folded(word: str) -> str:
    """A word for a program as people write it: capitals, blanks, dashes and underscores do not tell two apart."""
    return re.sub(r"[\s_-]+", "-", word.strip().casefold())
