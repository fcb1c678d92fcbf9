"""What pages of runs have in common: a run in short, addresses, and how parameters are read."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from certmark.domain.verdict_values import State
from certmark.server import ids
from certmark.server.api.bodies import END, WORD_PATTERN
from certmark.server.reading.messages import OutcomeCode
from certmark.server.services.errors import NotFound
from certmark.server.store.runs import RunRow
from certmark.server.web.requests import PageRequest

Word = Annotated[str, Meta(min_length=1, max_length=300, pattern=WORD_PATTERN)]
Tag = Annotated[str, Meta(pattern=rf"^[^\x00-\x1f\x7f=]{{1,100}}=[^\x00-\x1f\x7f]{{0,200}}{END}")]
Outcome = Literal["passed", "failed", "skipped", "set-up-error", "unfinished"]
STATES = {
    OutcomeCode.PASSED: ("passed", State.PASSED.value),
    OutcomeCode.FAILED: ("failed", State.FAILED.value),
    OutcomeCode.SKIPPED: ("skipped", State.SKIPPED.value),
    OutcomeCode.SET_UP_ERROR: ("set-up-error", State.SETUP_ERROR.value),
    OutcomeCode.UNFINISHED: ("unfinished", "unfinished"),
}
"""The word of each outcome in an address, and its word for people."""
_DAY = 86_400_000_000


class RunFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A run in short. Moments are microseconds since 1970."""

    id: str
    address: str
    created: int
    state: str
    """received: it will be read; read; unreadable: `problem` says why."""
    problem: str | None
    is_public: bool
    name: str
    """What the sender called the file."""
    size: int
    sha256: str
    format: str | None
    began: int | None
    ended: int | None
    subject: str | None
    """The identity of the cloud."""
    suite: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    guideline: str | None
    """The SHA-256 of its text."""
    program: str | None
    standing: str | None
    sentence: str | None
    is_partial: bool
    as_of: str | None

    @property
    def called(self) -> str:
        """What people call it: its product, else its cloud, else its file."""
        product = " ".join(filter(None, (self.product, self.version)))
        return product or self.subject or self.name


def facts_of(run: RunRow) -> RunFacts:
    """A run in short."""
    written = ids.written(run.id)
    return RunFacts(
        id=written,
        address=f"/runs/{written}",
        created=run.created,
        state=run.state.name.lower(),
        problem=run.problem,
        is_public=run.is_public,
        name=run.name,
        size=run.size,
        sha256=run.digest.hex(),
        format=run.format,
        began=run.began,
        ended=run.ended,
        subject=run.subject,
        suite=run.suite,
        vendor=run.vendor,
        product=run.product,
        version=run.version,
        region=run.region,
        guideline=None if run.guideline is None else run.guideline.hex(),
        program=run.program,
        standing=run.standing,
        sentence=run.sentence,
        is_partial=run.is_partial,
        as_of=run.as_of,
    )


def run_of(text: str) -> bytes:
    """The id in an address. Raises NotFound."""
    try:
        return ids.read(text)
    except ValueError:
        raise NotFound(f"there is no run {text[:100]!r}: an id has 36 characters") from None


def run_asked(asked: PageRequest) -> bytes:
    """The run that the path names. Raises NotFound."""
    return run_of(str(asked.request.path_params["run"]))


def moment_of_day(day: dt.date | None, *, is_end: bool = False) -> int | None:
    """When a day begins, or ends, in UTC."""
    if day is None:
        return None
    midnight = dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
    return int(midnight.timestamp()) * 1_000_000 + (_DAY if is_end else 0)
