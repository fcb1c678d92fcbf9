"""What is said in JSON: one Struct for each thing. Moments are texts in UTC, ids UUIDs, digests lower-case hex."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.reading.messages import TestOutcome
from certmark.server.services.runs import ResultOfTest
from certmark.server.store.guidelines import Revision
from certmark.server.store.runs import StoredRun

RunId = Annotated[str, Meta(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Word = Annotated[str, Meta(min_length=1, max_length=200)]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict, in short."""

    standing: str
    """pass, fail, incomplete or not applicable."""
    sentence: str
    guideline: str
    """The SHA-256 of the text that judged."""
    program: str
    is_partial: bool
    """Tests that the program asks for are not in what was sent."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A run that was received."""

    id: str
    created: str
    name: str
    """What the sender called the file."""
    is_public: bool
    format: str | None
    began: str | None
    ended: str | None
    subject: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    verdict: Verdict | None
    tags: dict[str, str] = {}


class Runs(msgspec.Struct, frozen=True, kw_only=True):
    """A page of runs, the newest first."""

    runs: list[Run]
    next: str | None
    """The cursor of the next page; null: this is the last one."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A test of a run."""

    name: str
    uuid: str | None
    outcome: str


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """Every test of a run."""

    results: list[Result]


class Guideline(msgspec.Struct, frozen=True, kw_only=True):
    """A revision of a guideline."""

    id: str
    sha256: str
    status: str
    source: str
    received: str


class Guidelines(msgspec.Struct, frozen=True, kw_only=True):
    """Revisions of guidelines, by id, the oldest first."""

    guidelines: list[Guideline]


def moment(microseconds: int | None) -> str | None:
    """As JSON has it."""
    if microseconds is None:
        return None
    whole = dt.datetime.fromtimestamp(microseconds // 1_000_000, dt.UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{microseconds % 1_000_000:06}Z"


def run_body(run: StoredRun, tags: dict[str, str]) -> Run:
    """A run as JSON has it."""
    verdict = None
    if run.standing is not None and run.guideline is not None:
        verdict = Verdict(
            standing=run.standing,
            sentence=run.sentence or "",
            guideline=run.guideline.hex(),
            program=run.program or "",
            is_partial=run.is_partial,
        )
    return Run(
        id=ids.written(run.id),
        created=moment(run.created) or "",
        name=run.name,
        is_public=run.is_public,
        format=run.format,
        began=moment(run.began),
        ended=moment(run.ended),
        subject=run.subject,
        vendor=run.vendor,
        product=run.product,
        version=run.version,
        region=run.region,
        verdict=verdict,
        tags=tags,
    )


def result_body(result: ResultOfTest) -> Result:
    """A result as JSON has it."""
    outcome = TestOutcome(result.outcome).name.lower().replace("_", "-")
    return Result(name=result.name, uuid=result.uuid, outcome=outcome)


def guideline_body(revision: Revision) -> Guideline:
    """A revision as JSON has it."""
    return Guideline(
        id=revision.id,
        sha256=revision.digest.hex(),
        status=revision.status,
        source=revision.source,
        received=moment(revision.created) or "",
    )
