"""The history of shared runs: runs for a query, and numbers over them."""

from __future__ import annotations

import datetime as dt
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from certmark.corpus.answers import StandingCounts
from certmark.domain.errors import InvalidRequest
from certmark.domain.impacts import RunImpact
from certmark.domain.permissions import Right
from certmark.domain.queries.reading import LONGEST
from certmark.domain.queries.tree import Word as QueryWord
from certmark.domain.verdict_values import Standing, State
from certmark.server import ids
from certmark.server.api.bodies import Word, moment
from certmark.server.api.routes import Answer, Route
from certmark.server.api.v2.words import Cursor, Limit, cursor_of, cursor_text
from certmark.server.asking import Asker
from certmark.server.services import drafts, numbers, questions
from certmark.server.services.context import Services
from certmark.server.services.numbers import NumberedCapability, NumberedTest
from certmark.server.services.questions import AskedQuestion, FoundRun, Question

SEES_SHARED = (Right.SEE_SHARED_RUN,)
QueryText = Annotated[str, Meta(max_length=LONGEST, description="See docs/reference/queries.md; empty: every run.")]
Day = Annotated[dt.date, Meta(description="YYYY-MM-DD")]
_FACETS = ("cloud", "vendor", "product", "release", "region", "program", "guideline")
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MOST_IMPACTS = 10_000
_MOST_HINDRANCES = 200
"""Of one run, and tests of blockers."""


class AskedOfCorpus(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which runs, and by what they are judged."""

    q: QueryText = ""
    guideline: Word | None = None
    """An id, whose newest revision is meant, or the SHA-256 of a text; none: runs stand as they were judged then."""
    program: Word | None = None
    """Of the guideline; none: its only one."""


class AskedForRuns(AskedOfCorpus, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likewise, and which page."""

    cursor: Cursor | None = None
    limit: Limit = 50


class AskedForRates(AskedOfCorpus, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likewise, and of which tests."""

    name: Annotated[str, Meta(max_length=200)] = ""
    """Tests with this in their name, in any case."""
    offset: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=2000)] = 200


class AskedForFacets(AskedOfCorpus, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likewise, and by what they are counted."""

    by: Literal["cloud", "vendor", "product", "release", "region", "program", "guideline", "status"]
    limit: Limit = 50


class AskedForTrend(AskedOfCorpus, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Likewise, and of which days."""

    since: Day | None = None
    """None: 364 days before the last day."""
    until: Day | None = None
    """The last day; none: today, UTC."""
    by: Literal["day", "week", "month"] = "week"


class CorpusRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that everybody sees."""

    id: str
    created: str
    standing: str | None
    """Under the guideline that was named; else that of the verdict when it came; null: it was never judged."""
    subject: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    program: str | None
    """For which its sender asked."""
    guideline: str | None
    """Likewise: its id."""


class OfQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked, as the server read it, and how many runs that is."""

    query: str
    guideline: str | None
    """The SHA-256 of the text that judged."""
    program: str | None
    runs: int


class StandingNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """How many runs came to what."""

    pass_: int = msgspec.field(name="pass")
    fail: int
    incomplete: int
    not_judged: int


class CorpusRuns(OfQuestion, frozen=True, kw_only=True):
    """A page of runs, the newest first."""

    standings: StandingNumbers
    found: list[CorpusRun]
    next: str | None


class OutcomeNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """In how many runs a test came to what."""

    passed: int
    failed: int
    skipped: int
    set_up_error: int
    unfinished: int
    not_reported: int


class CorpusTest(msgspec.Struct, frozen=True, kw_only=True):
    """How often a test came to what."""

    name: str
    uuid: str | None
    share: float | None
    """Of the runs in which it passed or failed, those in which it passed."""
    outcomes: OutcomeNumbers
    query: str | None
    """For the runs that say something of it; with `=failed` and the like behind it for each number. Null: none does."""


class CorpusCapability(msgspec.Struct, frozen=True, kw_only=True):
    """How often a capability came to what."""

    key: str
    level: str
    standings: StandingNumbers
    query: str
    """With `=pass` and the like behind it for each number."""


class CorpusRates(OfQuestion, frozen=True, kw_only=True):
    """Rates over these runs, of tests and, where a guideline was named, of capabilities."""

    count: int
    """Tests of which these runs say something."""
    tests: list[CorpusTest]
    """Those that fail most often first, from `offset` on."""
    capabilities: list[CorpusCapability]


class CorpusBlocker(msgspec.Struct, frozen=True, kw_only=True):
    """A required test that runs do not pass."""

    test: str
    alone: int
    """Runs that would pass but for this test."""
    among: int
    """Runs that do not pass, and do not pass this test."""
    query: str | None
    """For `among`; null: no query says it exactly."""


class CorpusBlockers(OfQuestion, frozen=True, kw_only=True):
    """What keeps runs from passing, at most 200 tests."""

    count: int
    blockers: list[CorpusBlocker]


class CorpusFlakyTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test that flipped without a change of the cloud."""

    name: str
    uuid: str | None
    flips: int
    pairs: int
    """Pairs of runs, one after the other on one cloud, in which it was tried."""
    clouds: list[str]
    """On which it flipped."""
    tried: int
    """On how many clouds it was tried."""
    suspect: str
    """What is to be looked at: the test, the cloud, or open."""


class CorpusFlakyCloud(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud on which tests flipped."""

    cloud: str
    flips: int
    tests: int


class CorpusFlakes(OfQuestion, frozen=True, kw_only=True):
    """What flipped, the worst first, at most 200 of each."""

    tests: list[CorpusFlakyTest]
    clouds: list[CorpusFlakyCloud]


class CorpusFacet(msgspec.Struct, frozen=True, kw_only=True):
    """A word that is said of runs, and of how many."""

    value: str
    runs: int
    query: str


class CorpusFacets(OfQuestion, frozen=True, kw_only=True):
    """How these runs are spread, what is said of most of them first."""

    counts: list[CorpusFacet]


class CorpusTime(msgspec.Struct, frozen=True, kw_only=True):
    """What the runs of some days came to."""

    first: str
    last: str
    standings: StandingNumbers
    query: str


class CorpusTrend(OfQuestion, frozen=True, kw_only=True):
    """What runs came to, over time."""

    points: list[CorpusTime]


class ImpactParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft is the body."""

    name: Word = "draft.json"
    """What the sender calls the file."""
    predecessor: Word | None = None
    """A guideline that the server has, by its id or SHA-256; none: the one that the draft says it replaces."""
    program: Word | None = None
    """None: every program of the draft."""


class ImpactGuideline(msgspec.Struct, frozen=True, kw_only=True):
    """A guideline by which was judged."""

    id: str
    sha256: str


class ImpactHindrance(msgspec.Struct, frozen=True, kw_only=True):
    """A required test that keeps a run from passing."""

    capability: str
    test: str
    state: str


class ImpactRun(msgspec.Struct, frozen=True, kw_only=True):
    """What the run that counts of a cloud comes to now and under the draft."""

    run: str
    """What people call it: its product, else its id."""
    cloud: str
    program: str
    before: str | None
    """None: there is no such program now."""
    after: str
    hindrances: list[ImpactHindrance]
    """Where it would break, what it does not pass under the draft; where it would newly pass, what hinders it now."""
    circumstances: list[str]


class Impact(msgspec.Struct, frozen=True, kw_only=True):
    """Who would break, and who would newly pass."""

    before: ImpactGuideline
    draft: ImpactGuideline
    looked_at: int
    """Runs that are shared; of each cloud one counts."""
    breaking: int
    newly_passing: int
    runs: list[ImpactRun]
    """At most 10,000: those that change first."""


class EvidenceParameters(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The guideline is the body; it need not be one that the server has."""

    name: Word = "draft.json"
    """What the sender calls the file."""


class CloudEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """How capabilities went on one cloud, in its newest run that says something of them."""

    cloud: str
    run: str
    seen: list[str]
    """Capabilities that passed or failed."""
    passed: list[str]
    unstable: list[str]
    """Capabilities with a test that flipped between runs, without a change of the cloud."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """How the capabilities of a guideline went on clouds whose runs are shared."""

    guideline: ImpactGuideline
    clouds: list[CloudEvidence]
    """Those with the newest runs first, at most 1,000."""


def _ask(services: Services, asker: Asker, asked: AskedOfCorpus) -> AskedQuestion:
    return questions.ask(services, asker, Question(asked.q, asked.guideline, asked.program))


def _question(found: AskedQuestion) -> dict[str, Any]:
    return {"query": found.text, "guideline": found.guideline, "program": found.program, "runs": found.count}


def _standings(counts: StandingCounts) -> StandingNumbers:
    return StandingNumbers(
        pass_=counts.passed, fail=counts.failed, incomplete=counts.incomplete, not_judged=counts.not_judged
    )


def _runs(services: Services, asker: Asker, asked: AskedForRuns) -> Answer:
    found = _ask(services, asker, asked)
    page = questions.page(found, cursor_of(asked.cursor), asked.limit)
    body = CorpusRuns(
        **_question(found),
        standings=_standings(numbers.standings(found)),
        found=[_run(one) for one in page.runs],
        next=cursor_text(page.behind),
    )
    return Answer(body, is_public=True)


def _run(found: FoundRun) -> CorpusRun:
    facts = found.facts
    return CorpusRun(
        id=ids.written(facts.id),
        created=moment(facts.created) or "",
        standing=None if found.standing is None else found.standing.value,
        subject=facts.cloud or None,
        vendor=facts.vendor or None,
        product=facts.product or None,
        version=facts.release or None,
        region=facts.region or None,
        program=facts.program or None,
        guideline=facts.guideline or None,
    )


def _rates(services: Services, asker: Asker, asked: AskedForRates) -> Answer:
    found = _ask(services, asker, asked)
    tests = numbers.rates(found, asked.name)
    body = CorpusRates(
        **_question(found),
        count=len(tests),
        tests=[_test(one) for one in tests[asked.offset : asked.offset + asked.limit]],
        capabilities=[_capability(one) for one in numbers.capability_rates(found)],
    )
    return Answer(body, is_public=True)


def _test(found: NumberedTest) -> CorpusTest:
    rate = found.rate
    outcomes = OutcomeNumbers(
        passed=rate.counts[State.PASSED],
        failed=rate.counts[State.FAILED],
        skipped=rate.counts[State.SKIPPED],
        set_up_error=rate.counts[State.SETUP_ERROR],
        unfinished=rate.counts[State.NOT_RUN],
        not_reported=rate.untold,
    )
    return CorpusTest(name=rate.name, uuid=rate.uuid, share=rate.share, outcomes=outcomes, query=found.query)


def _capability(found: NumberedCapability) -> CorpusCapability:
    rate = found.rate
    return CorpusCapability(key=rate.key, level=rate.level.value, standings=_standings(rate.counts), query=found.query)


def _blockers(services: Services, asker: Asker, asked: AskedOfCorpus) -> Answer:
    found = _ask(services, asker, asked)
    blockers = numbers.blockers(found)
    shown = [
        CorpusBlocker(test=one.blocker.test, alone=one.blocker.alone, among=one.blocker.among, query=one.query)
        for one in blockers[:_MOST_HINDRANCES]
    ]
    return Answer(CorpusBlockers(**_question(found), count=len(blockers), blockers=shown), is_public=True)


def _flakes(services: Services, asker: Asker, asked: AskedOfCorpus) -> Answer:
    found = _ask(services, asker, asked)
    flakes = numbers.flakes(found)
    body = CorpusFlakes(
        **_question(found),
        tests=[
            CorpusFlakyTest(
                name=one.name,
                uuid=one.uuid,
                flips=one.flips,
                pairs=one.pairs,
                clouds=list(one.clouds[:_MOST_HINDRANCES]),
                tried=one.tried,
                suspect=one.suspect.value,
            )
            for one in flakes.tests[:_MOST_HINDRANCES]
        ],
        clouds=[
            CorpusFlakyCloud(cloud=one.cloud, flips=one.flips, tests=one.tests)
            for one in flakes.clouds[:_MOST_HINDRANCES]
        ],
    )
    return Answer(body, is_public=True)


def _counts(services: Services, asker: Asker, asked: AskedForFacets) -> Answer:
    found = _ask(services, asker, asked)
    if asked.by == "status":
        counted = _standing_facets(found)
    else:
        facets = numbers.facets(found, QueryWord(asked.by), asked.limit)
        counted = [CorpusFacet(value=one.value, runs=one.runs, query=one.query) for one in facets]
    return Answer(CorpusFacets(**_question(found), counts=counted), is_public=True)


def _standing_facets(found: AskedQuestion) -> list[CorpusFacet]:
    counts = numbers.standings(found)
    pairs = (
        (Standing.PASS, counts.passed),
        (Standing.FAIL, counts.failed),
        (Standing.INCOMPLETE, counts.incomplete),
        (Standing.NOT_JUDGED, counts.not_judged),
    )
    return [
        CorpusFacet(value=standing.value, runs=number, query=numbers.query_of_standing(found, standing))
        for standing, number in pairs
        if number
    ]


def _trends(services: Services, asker: Asker, asked: AskedForTrend) -> Answer:
    last = asked.until or dt.datetime.fromtimestamp(services.clock() / 1e6, dt.UTC).date()
    first = asked.since or max(last - dt.timedelta(days=364), dt.date(_FIRST_YEAR, 1, 1))
    for name, day in (("since", first), ("until", last)):
        if not _FIRST_YEAR <= day.year < _LAST_YEAR:
            raise InvalidRequest(f"{name}: a day from {_FIRST_YEAR} to {_LAST_YEAR - 1}")
    found = _ask(services, asker, asked)
    points = numbers.trend(found, first, last, {"day": 1, "week": 7, "month": None}[asked.by])
    shown = [
        CorpusTime(
            first=one.first.isoformat(),
            last=one.last.isoformat(),
            standings=_standings(one.counts),
            query=one.query,
        )
        for one in points
    ]
    return Answer(CorpusTrend(**_question(found), points=shown))


def _impact(services: Services, asker: Asker, asked: ImpactParameters, file: Path) -> Answer:
    found = drafts.impact_of_draft(services, asker, file, asked.name, before=asked.predecessor, program=asked.program)
    changing = sorted(found.impact.runs, key=lambda one: not (one.breaks or one.newly_passes))
    shown = changing[:_MOST_IMPACTS] if len(changing) > _MOST_IMPACTS else found.impact.runs
    body = Impact(
        before=ImpactGuideline(id=found.before.id, sha256=found.before.sha256),
        draft=ImpactGuideline(id=found.draft.id, sha256=found.draft.sha256),
        looked_at=found.looked_at,
        breaking=len(found.impact.breaking),
        newly_passing=len(found.impact.newly_passing),
        runs=[_impact_run(one) for one in shown],
    )
    return Answer(body)


def _impact_run(run: RunImpact) -> ImpactRun:
    return ImpactRun(
        run=run.run,
        cloud=run.cloud,
        program=run.program,
        before=None if run.before is None else run.before.value,
        after=run.after.value,
        hindrances=[
            ImpactHindrance(capability=one.capability, test=one.test, state=one.state.value)
            for one in run.hindrances[:_MOST_HINDRANCES]
        ],
        circumstances=list(run.circumstances[:_MOST_HINDRANCES]),
    )


def _evidence(services: Services, asker: Asker, asked: EvidenceParameters, file: Path) -> Answer:
    guideline, clouds = drafts.evidence_for(services, asker, file, asked.name)
    found = [
        CloudEvidence(
            cloud=one.cloud,
            run=ids.written(one.run),
            seen=list(one.seen),
            passed=list(one.passed),
            unstable=list(one.unstable),
        )
        for one in clouds
    ]
    return Answer(Evidence(guideline=ImpactGuideline(id=guideline.id, sha256=guideline.sha256), clouds=found))


_REFUSED = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_OF_CORPUS = (
    ("/corpus/runs", "query_runs", "Runs for which a query holds, the newest first.", _runs, AskedForRuns, CorpusRuns),
    (
        "/corpus/counts",
        "count_runs",
        "How the runs for which a query holds are spread over clouds, vendors and the like.",
        _counts,
        AskedForFacets,
        CorpusFacets,
    ),
    (
        "/corpus/rates",
        "rate_tests",
        "How often tests and capabilities came to what in the runs for which a query holds.",
        _rates,
        AskedForRates,
        CorpusRates,
    ),
    (
        "/corpus/blockers",
        "list_blockers",
        "Which required tests keep the runs for which a query holds from passing.",
        _blockers,
        AskedOfCorpus,
        CorpusBlockers,
    ),
    (
        "/corpus/flakes",
        "list_flakes",
        "What flips in the runs for which a query holds without a change of the cloud.",
        _flakes,
        AskedOfCorpus,
        CorpusFlakes,
    ),
    (
        "/corpus/trends",
        "show_trend",
        "What the runs for which a query holds came to, over time.",
        _trends,
        AskedForTrend,
        CorpusTrend,
    ),
)
ROUTES = (
    *(
        Route(
            method="GET",
            path=path,
            name=name,
            summary=summary,
            handler=handler,
            may=SEES_SHARED,
            parameters=parameters,
            answer=answer,
            errors=_REFUSED,
        )
        for path, name, summary, handler, parameters, answer in _OF_CORPUS
    ),
    Route(
        method="POST",
        path="/corpus/impact",
        name="show_impact",
        summary="Which clouds would break, and which would newly pass, if a draft of a guideline were approved.",
        handler=_impact,
        may=SEES_SHARED,
        parameters=ImpactParameters,
        takes_body=True,
        answer=Impact,
        errors=(*_REFUSED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS),
    ),
    Route(
        method="POST",
        path="/corpus/evidence",
        name="show_evidence_of_clouds",
        summary="How the capabilities of a guideline, or of a draft of one, went on clouds whose runs are shared.",
        handler=_evidence,
        may=SEES_SHARED,
        parameters=EvidenceParameters,
        takes_body=True,
        answer=Evidence,
        errors=(*_REFUSED, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.TOO_MANY_REQUESTS),
    ),
)
