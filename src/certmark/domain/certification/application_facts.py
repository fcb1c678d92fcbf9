"""What is known of an application when it is checked: everything comes in, nothing is looked up.

What a sender says and nobody saw (when a run began, which release a cloud is of) is kept as such; what the server
knows itself (when it received something, what it judged) stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from certmark.domain.certification.rulebooks import TrackCondition
from certmark.domain.verdict_values import Standing


class RunAttestation(Enum):
    """What the signature of a run is worth for the vendor."""

    ACCEPTED = "accepted"
    """By a key that counts for the vendor."""
    NONE = "none"
    """Nobody signed it."""
    FOREIGN = "foreign"
    """By a key of nobody who may speak for the vendor."""
    COMPROMISED = "compromised"
    """By a key that others had when the run was received."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationRun:
    """A run of the product, as the server knows it."""

    run: str
    """Its id."""
    subject: str | None
    """The identity of the cloud, with its region."""
    received: datetime
    began: datetime | None = None
    """As its sender says, like `ended`."""
    ended: datetime | None = None
    standing: Standing | None = None
    """Of the verdict recomputed now under the application's guideline and program; None: there is none."""
    sentence: str = ""
    """Of that verdict."""
    is_kept: bool = True
    """Whether the evidence is on file and can be judged again."""
    is_damaged: bool = False
    """Whether the evidence is cut off, or contradicts itself."""
    is_partial: bool = False
    """Whether nothing was said of a test that counts."""
    is_of_version: bool = True
    """Whether it belongs to the product version, and counts for it."""
    attestation: RunAttestation = RunAttestation.ACCEPTED
    suite: str | None = None
    """Name and version."""
    suite_is_known: bool | None = None
    """Whether that is a release as it was published; None: nobody can tell."""
    configurations: tuple[str, ...] = ()
    """Fingerprints of the configurations under which its attempts ran, where it says them."""
    is_void: bool = False
    """The programme office says that it says nothing: the fault was elsewhere."""

    @property
    def finished(self) -> datetime:
        """When its tests ended, else when it came."""
        return self.ended or self.received

    @property
    def is_pass(self) -> bool:
        """Whether its verdict is a pass of whole evidence."""
        return self.standing is Standing.PASS and not (self.is_damaged or self.is_partial)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationGuideline:
    """The guideline of an application, among those of its family."""

    id: str
    is_of_programme: bool = True
    """Whether the programme certifies by guidelines of such an id."""
    status: str = ""
    """As it says of itself, in small letters; empty: it says nothing."""
    releases: tuple[str, ...] = ()
    """Of the software that it covers; none: it does not say."""
    newer: int = 0
    """How many guidelines of the family that are accepted are newer."""
    closed: datetime | None = None
    """When newer ones took its place among those that are accepted; None: they have not, or nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationWaiver:
    """A waiver that the verdict counts."""

    test: str
    until: date
    """The last day on which it holds."""
    is_in_force: bool = True
    """Granted, and not revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationPredecessor:
    """The certificate that an application renews."""

    number: str
    valid_until: datetime
    is_same_version: bool = True
    configurations: tuple[str, ...] = ()
    """Of the runs on which it rests."""
    regions: tuple[str, ...] = ()
    challenges: tuple[str, ...] = ()
    """Numbers of open challenges."""
    evidence: datetime | None = None
    """When the oldest run on which it rests was finished."""
    automatic_pass: datetime | None = None
    """The newest automatic run that passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationFacts:
    """An application and all that its checks look at."""

    program: str
    """The word of the rulebook, or what the guideline calls it."""
    guideline: ApplicationGuideline
    vendor: str = ""
    product: str = ""
    version: str = ""
    is_vendor_approved: bool = True
    is_sender_designate: bool = True
    """Whether who sends it may commit the company."""
    submitted: datetime | None = None
    """When it was submitted first; None: it is a draft."""
    agreement: bool = True
    """Whether the newest version of the rulebook's agreement was accepted for the vendor."""
    contacts: tuple[str, ...] = ()
    is_contact_silent: bool = False
    """Nobody answered there twice."""
    deployments: tuple[str, ...] = ()
    """Identities of the clouds and regions at which the vendor says that the version runs."""
    regions: tuple[str, ...] = ()
    """Those for which the certificate is asked."""
    release: str | None = None
    """Of the software of the cloud, as the vendor says."""
    runs: tuple[ApplicationRun, ...] = ()
    """On which the application rests."""
    others: tuple[ApplicationRun, ...] = ()
    """Other runs of the same version and program that the server knows."""
    hosts: Mapping[str, Standing] = field(default_factory=dict)
    """How programs came out on the same runs, or were certified before, by their words: for add-ons."""
    waivers: tuple[ApplicationWaiver, ...] = ()
    statement: Mapping[str, str] = field(default_factory=dict)
    """Answers by the word of the question; those for each project by `word/project`."""
    projects: tuple[str, ...] = ()
    """Of which the program has a designated section."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """What the vendor says to checks that are not met, by their words."""
    other_open: tuple[str, ...] = ()
    """Numbers of other open applications for the same version, program and guideline that this one does not replace."""
    predecessor: ApplicationPredecessor | None = None
    is_without_run: bool = False
    """It asks to judge the predecessor's evidence again."""
    is_rename: bool = False
    """Nothing changed but names."""
    has_vendor_certificate: bool = False
    has_product_certificate: bool = False
    offered: frozenset[str] | None = None
    """Names of products in the agreement's list of offerings; None: there is no list."""

    @property
    def used(self) -> tuple[ApplicationRun, ...]:
        """The runs that are not void."""
        return tuple(run for run in self.runs if not run.is_void)

    @property
    def conditions(self) -> frozenset[TrackCondition]:
        """What there is about it that decides its track, checks aside."""
        return frozenset(self._conditions())

    def _conditions(self) -> Iterator[TrackCondition]:
        before = self.predecessor
        if not self.has_vendor_certificate and before is None:
            yield TrackCondition.NEW_VENDOR
        if before is None and not self.has_product_certificate:
            yield TrackCondition.NEW_PRODUCT
        elif before is None or not before.is_same_version:
            yield TrackCondition.NEW_VERSION
        else:
            yield TrackCondition.RENEWAL
        if before is not None and set(self.regions) - set(before.regions):
            yield TrackCondition.NEW_REGION
        if before is not None and before.challenges:
            yield TrackCondition.CHALLENGE
        if self.is_without_run:
            yield TrackCondition.WITHOUT_RUN
        if self.is_rename:
            yield TrackCondition.RENAME
        if self.waivers:
            yield TrackCondition.WAIVERS
