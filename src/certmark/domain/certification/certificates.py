"""What a certificate says in public: enough for anybody to compute its verdict again, and no logs.

A certificate is a decision with dates. What has become of it since stands in the status list
(`domain.certification.status_lists`), never in the certificate.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from certmark.domain.policies import Policy
from certmark.domain.results import Attempt, Evidence
from certmark.domain.verdict_values import Standing, Totals
from certmark.domain.waivers import Waiver


class CertifiedCloud(NamedTuple):
    """A place at which the product was tested."""

    identity: str
    """The identity that was minted for the cloud, with its region."""
    region: str
    """As people call it; empty where the cloud has none."""


class CertifiedSubject(NamedTuple):
    """What is certified: a version of a product in a configuration at places."""

    vendor: str
    product: str
    version: str
    configuration: str
    """The vendor's description of it; public."""
    clouds: tuple[CertifiedCloud, ...]

    @property
    def places(self) -> str:
        """The regions in words; empty where no place is named."""
        return ", ".join(cloud.region or cloud.identity for cloud in self.clouds)


class GuidelineReference(NamedTuple):
    """A guideline, known by its text."""

    id: str
    schema: str
    sha256: str
    status: str | None


class EvidenceReference(NamedTuple):
    """Bytes that the programme holds and does not publish."""

    what: str
    """`bundle`, `results`, `report` or `attestation`."""
    sha256: str
    size: int


class CertifiedRun(NamedTuple):
    """A run that the certificate rests on: its digests, and its outcomes by test."""

    id: str
    cloud: CertifiedCloud
    suite: str
    """With its version; empty where it is not known."""
    references: tuple[EvidenceReference, ...]
    standing: Standing
    """As the programme computed it from the raw evidence."""
    totals: Totals
    evidence: tuple[Evidence, ...]
    """Outcomes only (`without_logs`)."""


class DecisionRecord(NamedTuple):
    """Who decided, when, and by which rules."""

    application: str
    """Its number."""
    decided: datetime
    role: str
    """In which role they did."""
    rulebook: str
    """`PROGRAMME VERSION`."""
    track: str
    rejudged: bool = False
    """No new run was made: the evidence of an earlier certificate was judged again."""


class CertifiedMark(NamedTuple):
    """What the product may show while the certificate is in force."""

    name: str
    wording: str
    terms: str
    """An address; empty where there is none."""


class DeclaredAnswer(NamedTuple):
    """What the vendor declares about a subject: a question of the statement, a project's designated sections."""

    subject: str
    answer: str


class CertificateTerms(NamedTuple):
    """By what the outcomes were judged."""

    guideline: GuidelineReference
    program: str
    policy: Policy
    as_of: date
    waivers: tuple[Waiver, ...]
    hosts: tuple[str, ...] = ()
    """The ids of the guidelines under which an add-on's hosts were judged."""


class PublicCertificate(NamedTuple):
    """Everything that a certificate says; its signature covers all of it."""

    number: str
    issuer: str
    """Who answers for it, as they call themselves."""
    programme: str
    """The key of the programme, such as `openstack`."""
    subject: CertifiedSubject
    terms: CertificateTerms
    issued: datetime
    valid_from: date
    valid_until: date
    """The last day, in UTC."""
    decision: DecisionRecord
    sentence: str
    """The verdict as the programme computed it."""
    evaluator: str
    """The version of Certmark that judged."""
    runs: tuple[CertifiedRun, ...]
    conditions: tuple[str, ...] = ()
    mark: CertifiedMark | None = None
    statement: tuple[DeclaredAnswer, ...] = ()
    """Of the configuration: operating systems, back ends, differences."""
    sections: tuple[DeclaredAnswer, ...] = ()
    """Designated sections, by project."""
    predecessor: str | None = None
    signer: str = ""
    """The public key of whoever signs, on one line."""

    @property
    def title(self) -> str:
        """Whose it is, in words."""
        subject = self.subject
        where = f" in {subject.places}" if subject.places else ""
        what = " ".join(filter(None, (subject.product, subject.version)))
        return ", ".join(filter(None, (subject.vendor, what))) + where

    @property
    def standing(self) -> Standing:
        """The worst of its runs; without a run nothing was judged."""
        return worst_of(run.standing for run in self.runs)


_ORDER = (Standing.FAIL, Standing.INCOMPLETE, Standing.NOT_APPLICABLE, Standing.NOT_JUDGED, Standing.PASS)


def worst_of(standings: Iterable[Standing]) -> Standing:
    """The worst; of none it is *not applicable*: nothing is never success."""
    return min(standings, key=_ORDER.index, default=Standing.NOT_APPLICABLE)


def without_logs(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """The outcomes of every attempt, and nothing that a suite wrote in words: no reason, traceback, call or tag.

    Judged by the same terms they come to the same standing and totals.
    """
    return tuple(
        piece._replace(
            attempts=tuple(map(_bare, piece.attempts)),
            remarks=(),
            circumstances=(),
            troubles=tuple(trouble._replace(sentence=trouble.kind.value) for trouble in piece.troubles),
        )
        for piece in evidence
    )


def _bare(attempt: Attempt) -> Attempt:
    return attempt._replace(detail=None, worker=None, tags=(), attributes=())
