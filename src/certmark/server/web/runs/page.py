"""A run on its page: what it came to and why, what changed, what stands behind it, how anybody checks it.

1. What is sealed is drawn once: whatever is on the page of a shared run is in its tag.
2. A run that goes on elsewhere has a page at the same kind of address, until its results are here.
3. A run that cannot be judged says why, and shows what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.policies import POLICIES
from certmark.server import ids
from certmark.server.asking import ANONYMOUS
from certmark.server.reading.messages import PAGE, RunReport
from certmark.server.services import live, run_views, runs
from certmark.server.services.context import Services
from certmark.server.services.errors import NotFound
from certmark.server.services.live import SILENCE
from certmark.server.services.run_views import Comparison, RunView
from certmark.server.services.runs import VerdictRequest
from certmark.server.store.runs import ReadingState
from certmark.server.store.uploads import StoredLiveRun
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest, query_of
from certmark.server.web.runs.data import Changes, Count, LivePage, OtherVerdict, RunPage, Selection
from certmark.server.web.runs.proofs import proofs_of, visible_to
from certmark.server.web.runs.verdicts import in_short, selection
from certmark.server.web.runs.words import STATES, RunFacts, Word, facts_of, run_asked
from certmark.server.web.site import Freshness, PageRoute, Shown

BUCKETS = (
    ("newly-failing", "newly failing"),
    ("fixed", "fixed"),
    ("new", "new"),
    ("gone", "gone"),
    ("unstable", "unstable"),
)
"""What changed between two runs, as an address and as people say it."""
State = Literal["passed", "failed", "gap", "flagged", "waived", "set aside", "alternative"]


class WantedTests(msgspec.Struct, frozen=True, kw_only=True):
    """Which tests of its program are shown with all that they left; none: the run in short."""

    state: State | None = None
    capability: Word | None = None
    cause: Annotated[str, Meta(pattern=r"^[0-9a-f]{12}$")] | None = None
    behind: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class WantedVerdict(WantedTests, frozen=True, kw_only=True):
    """By which policy it is judged."""

    policy: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    """A name, or a policy as a JSON document."""


class WantedGuideline(msgspec.Struct, frozen=True, kw_only=True):
    """By what a run is to be judged."""

    guideline: Word
    program: Word
    policy: Word | None = None


def shown(services: Services, asked: PageRequest) -> Shown:
    """A run as it was judged. Raises NotFound or InvalidRequest."""
    run = run_asked(asked)
    wanted = asked.query(WantedTests)
    try:
        found = run_views.view(services, asked.asker, run)
    except NotFound:
        return _going_on(services, asked, run)
    tag = _tag(asked, found)
    report, problem = None, ""
    if found.run.state is ReadingState.READ and found.run.guideline is not None:
        try:
            report = run_views.report(services, asked.asker, run)
        except (InvalidInput, InvalidRequest) as error:
            problem = str(error)
    return _page(services, asked, found, report, wanted, problem=problem, tag=tag)


def under(services: Services, asked: PageRequest) -> Shown:
    """A run as another guideline, program or policy judges it. Raises NotFound, InvalidRequest or UnreadableResults."""
    run = run_asked(asked)
    wanted = asked.query(WantedVerdict)
    found = run_views.view(services, asked.asker, run)
    tag = _tag(asked, found, wanted.policy)
    by = VerdictRequest(
        guideline=str(asked.request.path_params["guideline"]),
        program=str(asked.request.path_params["program"]),
        policy=wanted.policy,
        form=PAGE,
        as_of=found.run.as_of,
    )
    report = run_views.report(services, asked.asker, run, by)
    return _page(services, asked, found, report, wanted, policy=wanted.policy, is_kept=False, tag=tag)


def _tag(asked: PageRequest, found: RunView, *more: object) -> str | None:
    """Rule 1. Raises Known."""
    if not found.run.is_public or found.run.state is ReadingState.RECEIVED:
        return None
    return asked.unless_known(run_views.tag_of(found, *more))


def choose(services: Services, asked: PageRequest) -> Response:  # noqa: ARG001 - every handler takes these
    """Lead from a form to the verdict that it asks for. Raises InvalidRequest."""
    wanted = asked.query(WantedGuideline)
    path = f"/runs/{asked.request.path_params['run']}/verdict/{wanted.guideline}/{wanted.program}"
    return elsewhere(asked.url(path, policy=wanted.policy))


def _page(
    services: Services,
    asked: PageRequest,
    found: RunView,
    report: RunReport | None,
    wanted: WantedTests,
    *,
    problem: str = "",
    policy: str | None = None,
    is_kept: bool = True,
    tag: str | None,
) -> Shown:
    facts = facts_of(found.run)
    chosen = None if report is None else _selection(report, wanted)
    is_read = found.run.state is ReadingState.READ
    outcomes = _outcomes(services, asked, facts) if is_read else []
    page = RunPage(
        run=facts,
        tags=found.tags,
        guideline=None if found.revision is None else found.revision.id,
        visible_to=visible_to(found),
        due=found.claim.due,
        proofs=proofs_of(found),
        outcomes=outcomes,
        tests=sum(one.number for one in outcomes),
        report=None if report is None else in_short(report.page),
        problem=problem,
        is_kept=is_kept,
        timeline=report.timeline if report is not None and chosen is None else None,
        selection=chosen,
        changes=_changes(services, asked, found) if is_read and chosen is None and is_kept else None,
        newest=None if found.newest_whole is None else facts_of(found.newest_whole),
        others=_others(found),
        guidelines=[one.id for one in reversed(found.guidelines)],
        policies=list(POLICIES),
        policy=policy,
        commands=_commands(asked, found, facts),
        notices=_notices(found, report),
    )
    return Shown(
        "runs/run.html.j2",
        f"Run of {facts.called}",
        page,
        section="runs",
        freshness=Freshness.SEALED if tag is not None else Freshness.PUBLIC if facts.is_public else Freshness.PRIVATE,
        tag=tag,
    )


def _selection(report: RunReport, wanted: WantedTests) -> Selection | None:
    for kind in ("cause", "capability", "state"):
        value = getattr(wanted, kind)
        if value is not None:
            return selection(report.page, kind, value, wanted.behind)
    return None


def _outcomes(services: Services, asked: PageRequest, facts: RunFacts) -> list[Count]:
    _, results = runs.results(services, asked.asker, ids.read(facts.id))
    numbers = Counter(result.outcome for result in results)
    return [
        Count(key, words, numbers[code], f"{facts.address}/tests{query_of({'state': key})}")
        for code, (key, words) in STATES.items()
        if numbers[code]
    ]


def _changes(services: Services, asked: PageRequest, found: RunView) -> Changes | None:
    before = found.before
    if before is None:
        return None
    facts = facts_of(before)
    path = f"/compare/{facts.id}..{ids.written(found.run.id)}"
    compared = None
    if run_views.is_compared_unasked(services, before, found.run):
        try:
            compared = run_views.compare(services, asked.asker, before.id, found.run.id)
        except (InvalidInput, InvalidRequest):  # what it was compared with cannot be read any more
            return None
    first = [] if compared is None else [one.name for one in compared.tests if one.change == "newly failing"]
    counts = None if compared is None else counts_of(compared, path)
    return Changes(before=facts, address=path, counts=counts, first=first[:5])


def counts_of(compared: Comparison, path: str) -> list[Count]:
    """The five buckets."""
    return [Count(key, words, number_of(compared, key), f"{path}{query_of({'show': key})}") for key, words in BUCKETS]


def number_of(compared: Comparison, key: str) -> int:
    """How many tests are in a bucket."""
    return compared.unstable if key == "unstable" else compared.counts.get(key.replace("-", "_"), 0)


def _others(found: RunView) -> list[OtherVerdict]:
    own = found.revision.created if found.revision is not None else 0
    newest_first = sorted(found.beside, key=lambda one: -one[0].created)
    return [
        OtherVerdict(
            guideline=revision.id,
            sha256=revision.digest.hex(),
            program=verdict.program,
            standing=verdict.standing,
            sentence=verdict.sentence,
            as_of=verdict.as_of,
            is_newer=revision.created > own,
            address=f"/runs/{ids.written(found.run.id)}/verdict/{revision.digest.hex()}/{verdict.program}",
        )
        for revision, verdict in newest_first
    ]


def _commands(asked: PageRequest, found: RunView, facts: RunFacts) -> list[str]:
    server = asked.absolute("") or "/"
    commands = [f"certmark remote get {facts.id} --server {server} --output run-{facts.id[:8]}"]
    if found.proof is not None:
        commands.append(f"certmark verify run-{facts.id[:8]}")
    elif facts.program is not None and found.revision is not None:
        as_of = f" --as-of {facts.as_of}" if facts.as_of else ""
        commands.append(
            f'certmark judge run-{facts.id[:8]} --guideline {found.revision.id} --program "{_quoted(facts.program)}"'
            f"{as_of}"
        )
    return commands


def _quoted(text: str) -> str:
    """Within double quotes of a shell."""
    return "".join(f"\\{sign}" if sign in '"\\$`' else sign for sign in text)


def _notices(found: RunView, report: RunReport | None) -> Sequence[tuple[str, str]]:
    evidence = () if report is None else report.page.evidence
    notices = []
    if any(one.truncated for one in evidence):
        notices.append(("gap", "The results stop in the middle: what came behind that is not known."))
    if any(one.passes_only for one in evidence):
        notices.append(("gap", "Only tests that passed were sent. Of the others nobody knows what became of them."))
    if found.run.is_partial and found.run.standing is not None:
        notices.append(("gap", "It is partial: nothing is said of some tests that its program asks for."))
    if found.run.owner == ANONYMOUS:
        notices.append(("quiet", "Whoever sent it did not say who they are."))
    if found.claim.is_claimed is False and found.claim.lacks:
        notices.append(("quiet", f"It counts for no product: {'; '.join(found.claim.lacks)}."))
    return notices


def _going_on(services: Services, asked: PageRequest, run: bytes) -> Shown:
    """Rule 2. Raises NotFound."""
    try:
        found = live.show(services, asked.asker, run)
    except NotFound:
        written = ids.written(run)
        raise NotFound(f"there is no run {written} that you may see: it was deleted, or it is not shared") from None
    page = _live(found, services.clock())
    title = f"{page.product or page.program or 'A run'} is being tested"
    if page.ended:
        title = f"{page.product or page.program or 'A run'} was tested"
    return Shown("runs/live.html.j2", title, page, section="runs", freshness=Freshness.PRIVATE)


def _live(run: StoredLiveRun, now: int) -> LivePage:
    about, progress = msgspec.json.decode(run.about), msgspec.json.decode(run.progress)
    began, planned, done = ids.moment_of(run.id), int(progress.get("planned", 0)), int(progress.get("done", 0))
    ended = bool(progress.get("ended"))
    took = (run.touched - began) / 1e6
    left = round(took / done * (planned - done)) if 0 < done < planned and not ended else None
    return LivePage(
        id=ids.written(run.id),
        touched=run.touched,
        began=began,
        is_public=run.is_public,
        is_silent=run.touched < now - SILENCE and not ended,
        program=about.get("program"),
        vendor=about.get("vendor"),
        product=about.get("product"),
        region=about.get("region"),
        planned=planned,
        done=done,
        passed=int(progress.get("passed", 0)),
        failed=int(progress.get("failed", 0)),
        skipped=int(progress.get("skipped", 0)),
        ended=ended,
        sentence=str(progress.get("sentence", "")),
        seconds_left=left,
    )


PAGES = (
    PageRoute("/runs/{run}", shown),
    PageRoute("/runs/{run}/verdict", choose, forms=()),
    PageRoute("/runs/{run}/verdict/{guideline}/{program}", under),
)
