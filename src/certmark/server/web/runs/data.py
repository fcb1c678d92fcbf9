"""What the page of a run shows, beside its verdict (`reporting.verdict.page_parts`)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from certmark.reporting.verdict.page_parts import PageTest, ReportPage
from certmark.reporting.verdict.timeline import Timeline
from certmark.server.web.runs.words import RunFacts


class Proof(msgspec.Struct, frozen=True):
    """Something that is so of a run, and what follows from it."""

    word: str
    holds: bool
    since: int | None
    proves: str
    """What it says, and what it does not."""


class Count(msgspec.Struct, frozen=True):
    """How many, and where they are shown."""

    key: str
    words: str
    number: int
    address: str


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What changed since the run before."""

    before: RunFacts
    address: str
    """Of the comparison."""
    counts: Sequence[Count] | None
    """None: it was not compared yet, being large."""
    first: Sequence[str]
    """Some tests that fail newly."""


class OtherVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """How the run stands under another guideline."""

    guideline: str
    sha256: str
    program: str
    standing: str
    sentence: str
    as_of: str
    is_newer: bool
    """The guideline came after the one that judged."""
    address: str


class SelectedTest(msgspec.Struct, frozen=True):
    """A test with the capabilities that ask for it."""

    test: PageTest
    capabilities: Sequence[str]


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """Tests of the program that were asked for."""

    kind: str
    """state, capability or cause."""
    value: str
    words: str
    description: str
    tests: Sequence[SelectedTest]
    total: int
    first: int
    """How many come before."""
    behind: int | None


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """A run."""

    run: RunFacts
    tags: dict[str, str]
    guideline: str | None
    """The id of the one that judged."""
    visible_to: str
    """Who sees it."""
    due: int | None
    """When it is deleted for its age."""
    proofs: Sequence[Proof]
    outcomes: Sequence[Count]
    """Of all its tests."""
    tests: int
    report: ReportPage | None
    """In short: lists are cut, and capabilities are without their tests. None: it was not judged."""
    problem: str
    """Why it was not; empty: it was, or nobody asked."""
    is_kept: bool
    """The verdict is the one that is kept, and not one that was asked for now."""
    timeline: Timeline | None
    selection: Selection | None
    changes: Changes | None
    newest: RunFacts | None
    """A newer whole run of its product."""
    others: Sequence[OtherVerdict]
    guidelines: Sequence[str]
    policies: Sequence[str]
    policy: str | None
    """The one that was asked for."""
    commands: Sequence[str]
    """By which somebody checks it without this server."""
    notices: Sequence[tuple[str, str]]
    """Tone, and what is to be known first."""


class LivePage(msgspec.Struct, frozen=True, kw_only=True):
    """A run that goes on elsewhere. Moments are microseconds since 1970."""

    id: str
    touched: int
    began: int
    is_public: bool
    is_silent: bool
    program: str | None
    vendor: str | None
    product: str | None
    region: str | None
    planned: int
    done: int
    passed: int
    failed: int
    skipped: int
    ended: bool
    sentence: str
    seconds_left: int | None
    """By how long it took so far; None: nothing says it."""
