"""Guidelines as values: programs, components, capabilities, required tests, flags.

One shape for every version of the interop guideline schema (1.0 to 2.0), for add-ons and
verticals, for format 3, and for plain lists of tests. What only format 3 says is empty elsewhere.
Readers are in `formats.guideline`; the field names follow schema 2.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from certmark.domain.findings import AcceptedFinding
from certmark.domain.policies import STRICT, Policy


class Level(Enum):
    """The requirement level of a capability or a designated section, best first."""

    REQUIRED = "required"
    ADVISORY = "advisory"
    DEPRECATED = "deprecated"
    REMOVED = "removed"
    INFORMATIONAL = "informational"

    @property
    def rank(self) -> int:
        """Its place: the lower, the stronger. `required` is 0."""
        return _RANK[self]


_RANK = {level: rank for rank, level in enumerate(Level)}


class Flag(NamedTuple):
    """Why a test does not count, for everybody (schema 2.0 `flagged`)."""

    reason: str
    code: str | None
    """`D400` to `D406` of the working group's rules, where the reason begins with one."""
    action: str
    date: str
    """As written; the documents do not promise a date."""
    spelling: str
    """The key under which it stood: `flagged`, `flag`, or `capability` for a list of names (1.2)."""


class RequiredTest(NamedTuple):
    """A test of a capability, whatever the level of the capability."""

    name: str
    """Its name when the guideline was approved; the key in the document."""
    uuid: str | None
    """Its idempotent id, bare and in lower case; None where the document has none that is a uuid."""
    written_id: str | None
    """The id as the document spells it."""
    aliases: tuple[str, ...]
    flag: Flag | None
    required_since: str | None = None
    """The release since which it is required, as written, where each test says so (Kubernetes' conformance list)."""
    any_of: str | None = None
    """The group in its capability of which one test is enough; None: it stands for itself."""
    suite: str | None = None
    """The word for its suite in its URN (`tempest`, `junit`), where the document says it."""
    credentials: tuple[str, ...] = ()
    """What its class asks for, as the suite calls it, where the document says it."""


class Credentials(Enum):
    """What a capability itself needs, whatever the class of a test declares."""

    NONE = "none"
    USER = "user"
    READER = "reader"
    SECOND_ACCOUNT = "second-account"
    ADMIN = "admin"


class Microversions(NamedTuple):
    """The microversions of its service with which a capability is there; None: no such end."""

    first: str | None
    last: str | None


class CriterionMark(NamedTuple):
    """Whether a capability meets a criterion, and how that is known."""

    criterion: str
    """The criterion's key."""
    is_met: bool
    reason: str
    evidence: tuple[str, ...]
    """Where it can be looked up."""


class Capability(NamedTuple):
    """Something that a cloud can do, and the tests that show it."""

    key: str
    name: str
    """A name for people; the key where the document has no other."""
    description: str
    project: str | None
    admin: bool | None
    achievements: tuple[str, ...]
    required_since: str | None
    tests: tuple[RequiredTest, ...]
    operations: tuple[str, ...] = ()
    """The operations of the API that it stands for: `POST /v2.1/servers`."""
    microversions: Microversions | None = None
    credentials: Credentials | None = None
    """What it needs; None where the document does not say more than `admin`."""
    marks: tuple[CriterionMark, ...] = ()
    """How it meets the criteria, where the document has more than `achievements`."""


class Placement(NamedTuple):
    """The level at which a component (or 1.x program) places something."""

    level: Level
    subject: str
    """A capability's key, a project's name (designated sections) or a component's name (1.x)."""


class Component(NamedTuple):
    """A set of capabilities and designated sections that programs are made of."""

    name: str
    capabilities: tuple[Placement, ...]
    """In the order of the document."""
    sections: tuple[Placement, ...]
    since: tuple[tuple[str, str], ...] = ()
    """For a capability's key, the guideline or the day since which it stands at its level."""


class ComponentReference(NamedTuple):
    """A component named by a program, perhaps of another document."""

    name: str
    source: str | None
    """The URL of the guideline that defines it; None for this one."""
    sha256: str | None = None
    """The digest of that guideline, in lower-case hex, where the document pins it."""


class ProgramKind(Enum):
    """What carries the mark."""

    PLATFORM = "platform"
    ADD_ON = "add-on"
    LIST = "list"
    """All of a document without programs: schema 1.0, a plain list, a conformance list."""


class Program(NamedTuple):
    """What a product can be certified for, as the document defines it."""

    name: str
    kind: ProgramKind
    description: str
    components: tuple[ComponentReference, ...]
    requires: tuple[ComponentReference, ...]
    """Components of the host program that an add-on needs."""
    optional: tuple[ComponentReference, ...]
    aliases: tuple[str, ...]
    """Other words by which people ask for it, RefStack's target among them."""
    target: str | None = None
    """The word by which RefStack's clients asked for it; None: RefStack had no such program."""


class Criterion(NamedTuple):
    """One of the criteria against which capabilities are scored."""

    key: str
    name: str
    description: str
    weight: int


class DesignatedSection(NamedTuple):
    """The code of a project that a product must use, at a level."""

    project: str
    level: Level
    guidance: str
    comment: str | None


class SuiteRepository(NamedTuple):
    """Where the tests of a guideline come from (`test_repositories`)."""

    name: str
    url: str
    reference: str | None


class GuidelineApproval(NamedTuple):
    """A body's decision to approve a guideline, as the document says it."""

    authority: str
    people: tuple[str, ...]
    date: str
    reference: str | None
    """Where the decision is on record."""


class WaiverRules(NamedTuple):
    """What a guideline asks of waivers under it; None: nothing."""

    approvers: int | None = None
    """How many people must have signed one."""
    longest_days: int | None = None
    """The longest time from its first day to its last."""


class Guideline(NamedTuple):
    """A dated document of what clouds must do.

    `document` is the whole foreign document: what the other fields do not understand is kept
    there, and writing gives it back.
    """

    id: str
    schema: str
    """`1.0` to `3.0`, or the name of another format (`kubernetes-conformance`, `test-list`)."""
    status: str | None
    """As written; the values changed with the schema."""
    replaces: str | None
    releases: tuple[str, ...]
    target_approval: str | None
    cutoff: int | None
    criteria: tuple[Criterion, ...]
    programs: tuple[Program, ...]
    components: Mapping[str, Component]
    capabilities: Mapping[str, Capability]
    """By key, in the order of the document."""
    sections: tuple[DesignatedSection, ...]
    repositories: tuple[SuiteRepository, ...]
    remarks: tuple[str, ...]
    """What the reader found odd and repaired nothing of: one sentence each."""
    document: Mapping[str, Any]
    """The parsed document, its keys in their order, unknown and misspelt ones included."""
    data: bytes
    """The bytes that were read, unpacked."""
    policy: Policy = STRICT
    """What it means to pass, as the document says it."""
    title: str | None = None
    """Its name for people, where it has one beside its id (lists of tests)."""
    version: str | None = None
    """As written, where its id does not say it (lists of tests)."""
    source: str | None = None
    """Where it comes from, as a list of tests or format 3 says it."""
    is_other_text: bool = False
    """It has the id of a guideline that ships along, and is another text than that one."""
    description: str = ""
    process: str | None = None
    """The version of the working group's process under which it is made."""
    approvals: tuple[GuidelineApproval, ...] = ()
    waiver_rules: WaiverRules = WaiverRules()
    microversions: tuple[tuple[str, str], ...] = ()
    """For a service's type, the microversion that every tested cloud is taken to offer."""
    decisions: tuple[AcceptedFinding, ...] = ()
    lifted_from: str | None = None
    """The schema of the document from which this one was lifted into format 3."""

    @property
    def interop_schema(self) -> str:
        """The schema in which RefStack would have known it: the one from which it was lifted, else its own."""
        return self.lifted_from or self.schema

    @property
    def is_draft(self) -> bool:
        """Whether it says of itself that it is a draft: nobody decided on it yet."""
        return (self.status or "").strip().casefold() == "draft"

    @property
    def sha256(self) -> str:
        """The digest of the bytes that were read, in lower-case hex; worked out when asked for."""
        from hashlib import sha256

        return sha256(self.data).hexdigest()

    def __hash__(self) -> int:
        """By the bytes: equal guidelines come from equal bytes."""
        return hash((self.id, self.data))
