"""Every test of a run, narrowed down by state and by a part of its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.server.services import runs
from certmark.server.services.context import Services
from certmark.server.services.runs import ResultOfTest
from certmark.server.web.requests import PageRequest
from certmark.server.web.runs.data import Count
from certmark.server.web.runs.verdicts import AT_ONCE
from certmark.server.web.runs.words import STATES, Outcome, RunFacts, Word, facts_of, run_asked
from certmark.server.web.site import Freshness, PageRoute, Shown


class WantedTests(msgspec.Struct, frozen=True, kw_only=True):
    """Which tests."""

    state: Outcome | None = None
    q: Word | None = None
    """A part of the name, in any case, or of the id."""
    sort: Literal["name", "-name", "state", "-state"] = "name"
    behind: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class RunTest(msgspec.Struct, frozen=True):
    """A test of a run."""

    name: str
    uuid: str | None
    state: str
    """Its word for people."""
    address: str


class RunTests(msgspec.Struct, frozen=True, kw_only=True):
    """Tests of a run."""

    run: RunFacts
    tests: Sequence[RunTest]
    total: int
    """That fit the filters."""
    states: Sequence[Count]
    """Of those with the part of a name that is wanted."""
    all: int
    wanted: WantedTests
    behind: int | None


def shown(services: Services, asked: PageRequest) -> Shown:
    """The tests. Raises NotFound, NotReadYet or UnreadableResults."""
    wanted = asked.query(WantedTests)
    run, found = runs.results(services, asked.asker, run_asked(asked))
    facts = facts_of(run)
    named = [one for one in found if wanted.q is None or _has(one, wanted.q.casefold())]
    numbers = Counter(STATES[one.outcome][0] for one in named if one.outcome in STATES)
    fitting = _sorted([one for one in named if _fits(one, wanted)], wanted.sort)
    rows = [RunTest(one.name, one.uuid, STATES[one.outcome][1], f"/tests/{one.name}") for one in fitting]
    further = wanted.behind + AT_ONCE
    page = RunTests(
        run=facts,
        tests=rows[wanted.behind : further],
        total=len(rows),
        states=[Count(key, words, numbers[key], asked.here(state=key)) for key, words in STATES.values()],
        all=sum(numbers.values()),
        wanted=wanted,
        behind=further if further < len(rows) else None,
    )
    return Shown(
        "runs/tests.html.j2",
        f"Tests of the run of {facts.called}",
        page,
        section="runs",
        csv=(("test", "id", "state"), [(one.name, one.uuid, one.state) for one in rows]),
        text="".join(f"{one.name}\n" for one in rows),
        freshness=Freshness.PUBLIC if run.is_public else Freshness.PRIVATE,
    )


def _has(test: ResultOfTest, part: str) -> bool:
    return part in test.name.casefold() or (test.uuid is not None and part in test.uuid)


def _fits(test: ResultOfTest, wanted: WantedTests) -> bool:
    return test.outcome in STATES and (wanted.state is None or STATES[test.outcome][0] == wanted.state)


def _sorted(found: list[ResultOfTest], sort: str) -> list[ResultOfTest]:
    found.sort(key=lambda one: one.name)
    if sort.endswith("state"):
        found.sort(key=lambda one: STATES[one.outcome][0])
    return found[::-1] if sort.startswith("-") else found


PAGES = (PageRoute("/runs/{run}/tests", shown, forms=("json", "csv", "txt")),)
