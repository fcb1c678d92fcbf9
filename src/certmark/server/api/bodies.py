"""What is said in JSON: one Struct for each thing. Moments are texts in UTC, ids UUIDs, digests lower-case hex."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

import msgspec
from msgspec import Meta

from certmark.server import ids
from certmark.server.reading.messages import OutcomeCode
from certmark.server.services import listings
from certmark.server.services.live import SILENCE
from certmark.server.services.runs import ResultOfTest
from certmark.server.services.uploads import LIFETIME
from certmark.server.store.guidelines import Revision
from certmark.server.store.listings import StoredCloud
from certmark.server.store.runs import RunRow
from certmark.server.store.uploads import StoredLiveRun, StoredUpload

END = r"$(?!\n)"
"""The end of a text: to Python `$` alone stands before a last line end, too."""
ID_PATTERN = rf"^[0-9a-f]{{8}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{4}}-[0-9a-f]{{12}}{END}"
WORD_PATTERN = rf"^[^\x00-\x1f\x7f]+{END}"
DIGEST_PATTERN = rf"^[0-9a-f]{{64}}{END}"
RunId = Annotated[str, Meta(pattern=ID_PATTERN)]
Word = Annotated[str, Meta(min_length=1, max_length=200, pattern=WORD_PATTERN)]
"""No line ends and nothing else that steers a terminal or that a database does not keep."""
Digest = Annotated[str, Meta(pattern=DIGEST_PATTERN)]
Count = Annotated[int, Meta(ge=0, le=2**53)]


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
    state: str
    """received: it will be read; read; unreadable: `problem` says why."""
    problem: str | None
    format: str | None
    began: str | None
    ended: str | None
    subject: str | None
    """The identity of the cloud."""
    suite: str | None
    vendor: str | None
    product: str | None
    version: str | None
    region: str | None
    verdict: Verdict | None
    tags: dict[str, str] = {}
    """Lists leave them out."""


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


class Cloud(msgspec.Struct, frozen=True, kw_only=True):
    """A cloud of which there are runs."""

    subject: str
    """Its identity."""
    runs: int
    """How many; 1000: so many, or more."""
    first: str
    """When the first run of it was received."""
    last: str
    whole: Run | None
    """The newest of its last 1,000 runs with a verdict in which all tests are that its program asks for."""


class Clouds(msgspec.Struct, frozen=True, kw_only=True):
    """A page of clouds, by their identity."""

    clouds: list[Cloud]
    next: str | None


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a test in one run."""

    run: str
    created: str
    subject: str | None
    suite: str | None
    name: str
    """Of the test, as that run calls it."""
    outcome: str


class History(msgspec.Struct, frozen=True, kw_only=True):
    """One test through runs, the newest first; runs that say nothing of it are left out."""

    moments: list[Moment]
    next: str | None


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An upload in pieces that is not a run yet."""

    id: str
    name: str
    """What the sender calls the file."""
    sha256: str | None
    """Of all its bytes, as the sender says."""
    size: int
    received: int
    """So many bytes are here; the next piece begins at this offset."""
    expires: str
    """When it is forgotten if nothing more comes."""


class Uploads(msgspec.Struct, frozen=True, kw_only=True):
    """Your uploads that are not runs yet, the oldest first."""

    uploads: list[Upload]


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far a run is that goes on elsewhere."""

    planned: Count
    """Tests that are to be run."""
    done: Count = 0
    passed: Count = 0
    failed: Count = 0
    skipped: Count = 0
    ended: bool = False
    sentence: Annotated[str, Meta(max_length=500, pattern=rf"^[^\x00-\x1f\x7f]*{END}")] = ""
    """What whoever looks should know of it."""


class LiveRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that goes on elsewhere."""

    id: str
    touched: str
    """When something was last heard of it."""
    is_public: bool
    program: str | None
    vendor: str | None
    product: str | None
    region: str | None
    progress: Progress | None
    """null: nothing was heard yet."""
    is_silent: bool
    """Nothing was heard of it for ten minutes, and nobody said that it ended: it may have vanished."""


class LiveRuns(msgspec.Struct, frozen=True, kw_only=True):
    """Your runs that go on elsewhere, the last heard of first."""

    live: list[LiveRun]


class CapabilityLevel(msgspec.Struct, frozen=True, kw_only=True):
    """At which level a program asks for a capability."""

    capability: str
    level: str


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """What a product can be certified for."""

    name: str
    kind: str
    aliases: list[str]
    capabilities: list[CapabilityLevel]


class Programs(msgspec.Struct, frozen=True, kw_only=True):
    """The programs of a guideline, in its order."""

    guideline: str
    """The SHA-256 of its text."""
    programs: list[Program]


class Capability(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a cloud can do."""

    key: str
    name: str
    description: str
    project: str | None
    tests: int
    """How many tests show it."""


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """The capabilities of a guideline, in its order."""

    guideline: str
    capabilities: list[Capability]


class RequiredTest(msgspec.Struct, frozen=True, kw_only=True):
    """A test of a capability."""

    name: str
    uuid: str | None
    aliases: list[str]
    capability: str
    flag: str | None
    """Why it does not count; null: it does."""


class RequiredTests(msgspec.Struct, frozen=True, kw_only=True):
    """The tests of a guideline, by its capabilities."""

    guideline: str
    tests: list[RequiredTest]


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


class SignerBody(msgspec.Struct, frozen=True, kw_only=True):
    """A key whose signature is sound."""

    key: str
    """Its fingerprint."""
    who: str | None = None
    """Who that is; null: not known here."""


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What stands behind a run: an attestation that was verified when it came."""

    attestation: str
    """The SHA-256 of its envelope."""
    accepted: str
    """When it came."""
    signers: list[SignerBody]
    unchecked: list[str]
    """Steps of `verify` that could not be taken here."""
    index: int | None
    """Of its entry in the log; null: it is not there yet, or no log is kept."""


class LogBody(msgspec.Struct, frozen=True, kw_only=True):
    """The log, as its last checkpoint has it."""

    origin: str
    """Its name."""
    key: str
    """By which its checkpoints are verified (NAME+ID+KEY)."""
    size: int
    root: str
    """In base64."""
    checkpoints: list[int]
    """How many entries there were when others were signed, the newest first."""


class LogEntries(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the log."""

    first: int
    """The number of the first of these, from 0."""
    entries: list[str]
    """In base64."""
    size: int
    """How many there are in all."""


class InclusionBody(msgspec.Struct, frozen=True, kw_only=True):
    """That an entry is among the first so many of the log."""

    index: int
    size: int
    leaf: str
    """The entry's hash, in base64."""
    hashes: list[str]


def run_body(run: RunRow, tags: dict[str, str]) -> Run:
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
        state=run.state.name.lower(),
        problem=run.problem,
        format=run.format,
        began=moment(run.began),
        ended=moment(run.ended),
        subject=run.subject,
        suite=run.suite,
        vendor=run.vendor,
        product=run.product,
        version=run.version,
        region=run.region,
        verdict=verdict,
        tags=tags,
    )


def cloud_body(cloud: StoredCloud) -> Cloud:
    """A cloud as JSON has it."""
    return Cloud(
        subject=cloud.subject,
        runs=cloud.runs,
        first=moment(cloud.first) or "",
        last=moment(cloud.last) or "",
        whole=None if cloud.whole is None else run_body(cloud.whole, {}),
    )


def moment_body(found: listings.Moment) -> Moment:
    """What became of a test as JSON has it."""
    return Moment(
        run=ids.written(found.run.id),
        created=moment(found.run.created) or "",
        subject=found.run.subject,
        suite=found.run.suite,
        name=found.name,
        outcome=outcome_word(found.outcome),
    )


def upload_body(upload: StoredUpload) -> Upload:
    """An upload as JSON has it."""
    about = msgspec.json.decode(upload.about)
    return Upload(
        id=ids.written(upload.id),
        name=about["name"],
        sha256=about["sha256"],
        size=upload.size,
        received=upload.received,
        expires=moment(upload.touched + LIFETIME) or "",
    )


def live_body(run: StoredLiveRun, now: int) -> LiveRun:
    """A run that goes on as JSON has it."""
    about = msgspec.json.decode(run.about)
    progress = None if run.progress == "{}" else msgspec.json.decode(run.progress, type=Progress)
    return LiveRun(
        id=ids.written(run.id),
        touched=moment(run.touched) or "",
        is_public=run.is_public,
        program=about.get("program"),
        vendor=about.get("vendor"),
        product=about.get("product"),
        region=about.get("region"),
        progress=progress,
        is_silent=run.touched < now - SILENCE and not (progress is not None and progress.ended),
    )


def result_body(result: ResultOfTest) -> Result:
    """A result as JSON has it."""
    return Result(name=result.name, uuid=result.uuid, outcome=_WORDS[result.outcome])


def outcome_word(outcome: int) -> str:
    """As JSON has it."""
    return _WORDS[outcome]


_WORDS = {code.value: code.name.lower().replace("_", "-") for code in OutcomeCode}


def guideline_body(revision: Revision) -> Guideline:
    """A revision as JSON has it."""
    return Guideline(
        id=revision.id,
        sha256=revision.digest.hex(),
        status=revision.status,
        source=revision.source,
        received=moment(revision.created) or "",
    )
