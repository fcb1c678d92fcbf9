"""What the page of a verdict shows, as plain values: numbers, words, names and addresses, without any markup.

The one-file report and the page of a run on a server are drawn from the same value; it can be written as JSON and read
again, so that a process that reads strangers' bytes can hand it over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMark:
    """A standing in words, sign and colour."""

    word: str
    tone: str
    sign: str
    """The id of a drawn sign."""


@dataclass(frozen=True, slots=True)
class PageCall:
    """A request that a test made, and what answered it."""

    method: str
    url: str
    status: int | None
    """None: nothing answered."""
    request_id: str | None


@dataclass(frozen=True, slots=True)
class PageTrace:
    """What an attempt that did not pass left to look at."""

    calls: tuple[PageCall, ...]
    text: str
    is_cut: bool


@dataclass(frozen=True, slots=True)
class PageTest:
    """One test of a capability."""

    name: str
    uuid: str | None
    state: str
    counted: str
    """How it entered the counts of the capability."""
    tone: str
    found: str
    """By what the results knew it."""
    found_as: tuple[str, ...]
    """The names that the results have of it, where they are others."""
    seconds: float
    """All attempts together; 0 where nobody measured."""
    source: str
    """Where its code is published; empty where that is not known."""
    reason: str
    flag: str | None
    """Why it is flagged."""
    waiver: str
    attempts: tuple[str, ...]
    """What each came to, where there were several."""
    requests: tuple[str, ...]
    """The ids of the requests that its attempts tell of."""
    trace: PageTrace | None


@dataclass(frozen=True, slots=True)
class PageCapability:
    """One capability with its tests."""

    id: str
    """Within the page."""
    key: str
    name: str
    level: str
    mark: PageMark
    summary: str
    aside: str
    """What does not count, and how much."""
    description: str
    service: int
    """Its place among the page's services."""
    state: str
    """The word by which it is filtered."""
    passed: int
    counted: int
    tests: tuple[PageTest, ...]


@dataclass(frozen=True, slots=True)
class PageMiss:
    """A test that stands between the cloud and a pass."""

    name: str
    capabilities: tuple[str, ...]
    near: tuple[str, ...]
    """Names in the results that are nearly its own."""
    requests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageCause:
    """Misses with one cause."""

    id: str
    """The same for the same cause in every run."""
    kind: str
    tone: str
    weighs: bool
    """False: the policy does not count them."""
    said: str
    scope: str
    """The class whose set-up stopped them; empty for other kinds."""
    first: str
    """The first error, where `said` is what they have in common."""
    count: int
    tests: tuple[PageMiss, ...]


@dataclass(frozen=True, slots=True)
class PageSegment:
    """A part of the bar of counted tests, in thousandths of its length."""

    name: str
    tests: int
    tone: str
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class PageTotals:
    """Required tests, each distinct one once."""

    counted: int
    passed: int
    failed: int
    missing: int
    flagged: int
    waived: int
    ignored: int


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file of evidence."""

    name: str
    format: str
    size: int
    sha256: str | None
    truncated: bool
    passes_only: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageGuideline:
    """By what was judged."""

    id: str
    status: str
    schema: str
    sha256: str
    source: str
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """The rule by which outcomes weigh."""

    name: str
    description: str
    attempts: str
    is_refstack: bool
    effects: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PageTimes:
    """How long things took, in seconds."""

    seconds: float
    span: float | None
    classes: tuple[tuple[str, float], ...]
    tests: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class PageWaiver:
    """An exception, and what became of it."""

    use: str
    subject: str
    terms: str
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageRenamed:
    """A test that the results know under another name."""

    name: str
    found: str
    found_as: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPage:
    """All that the page of a verdict shows."""

    evaluator: str
    mark: PageMark
    title: str
    sentence: str
    program: str
    as_of: str
    guideline: PageGuideline
    policy: PagePolicy
    facts: tuple[tuple[str, str], ...]
    """Of the runs and of the recorded times."""
    again: str
    """That tests were tried several times; empty: none was."""
    repeated: tuple[tuple[str, tuple[str, ...]], ...]
    """Those tests, with what their attempts came to."""
    killed: tuple[str, ...]
    times: PageTimes
    steps: tuple[str, ...]
    services: tuple[str, ...]
    states: tuple[tuple[str, str, int], ...]
    """By what capabilities can be filtered: class, words, how many."""
    products: tuple[str, ...]
    groups: tuple[tuple[str, tuple[str, ...]], ...]
    """The keys of the required capabilities by project, for the overview."""
    legend: tuple[tuple[PageMark, int], ...]
    totals: PageTotals
    bar: tuple[PageSegment, ...]
    levels: tuple[tuple[str, tuple[PageCapability, ...]], ...]
    """The capabilities of each level, worst first."""
    causes: tuple[PageCause, ...]
    waivers: tuple[PageWaiver, ...]
    hosts: tuple[tuple[str, str, str], ...]
    """Component, standing, and the guideline under which it was judged."""
    circumstances: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Tone, title and subjects of each."""
    tear_downs: tuple[tuple[str, str], ...]
    renamed: tuple[PageRenamed, ...]
    evidence: tuple[PageFile, ...]
    refstack: str

    @property
    def capabilities(self) -> Mapping[str, PageCapability]:
        """By their keys."""
        return {part.key: part for _, parts in self.levels for part in parts}

    @property
    def misses(self) -> Mapping[str, list[PageCause]]:
        """The causes by their kinds."""
        found: dict[str, list[PageCause]] = {}
        for cause in self.causes:
            found.setdefault(cause.kind, []).append(cause)
        return found
