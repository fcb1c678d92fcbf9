"""What is said between the server and a process that reads: four bytes of length, then MessagePack."""

from __future__ import annotations

from enum import IntEnum
from typing import IO

import msgspec

from certmark.domain.guidelines import Guideline
from certmark.domain.submissions import RunClaim
from certmark.reporting.verdict.page_parts import ReportPage
from certmark.reporting.verdict.timeline import WorkerTimes
from certmark.server.numbering import KnownTest

LARGEST = 256 << 20
"""Bytes of one message."""


PAGE = "page"
"""The form of a verdict that is a `RunReport` as JSON."""


class OutcomeCode(IntEnum):
    """What became of a test in a run, as one byte of its vector says; 0: the run says nothing of it."""

    __test__ = False

    NOTHING = 0
    PASSED = 1
    FAILED = 2
    SKIPPED = 3
    SET_UP_ERROR = 4
    UNFINISHED = 5


class RunReport(msgspec.Struct, frozen=True):
    """What the page of a run shows of its verdict: values, without markup."""

    page: ReportPage
    timeline: WorkerTimes


class EvidenceMember(msgspec.Struct, frozen=True):
    """A file in what was received."""

    path: str
    kind: str
    """What it is, as its bundle says; empty: nothing says it."""
    size: int
    sha256: str | None = None
    is_masked: bool = False
    """Secrets were masked in it before it was sent."""


class KnownGuideline(msgspec.Struct, array_like=True, frozen=True):
    """A revision that the server has."""

    sha256: str
    id: str
    path: str
    """Of its text."""


class GrantedWaiver(msgspec.Struct, array_like=True, frozen=True):
    """A test that does not count for what is judged, by a decision of the programme."""

    test: str
    number: str
    """Under which the decision is on record."""
    reason: str
    granted: str
    """The first day on which it holds, and the last."""
    expires: str


class ReadRequest(msgspec.Struct, array_like=True, frozen=True, tag="read"):
    """Read this file, and judge it."""

    path: str
    """Of the bytes as they were received."""
    name: str
    """What the sender called them."""
    guideline: str | None
    """The file of the guideline; None: nobody named one, and what came may name it."""
    guideline_name: str
    program: str | None
    as_of: str
    form: str | None = None
    """In which form the verdict is wanted (`reporting.views.Form`, or PAGE), beside its summary."""
    at_hand: tuple[KnownGuideline, ...] = ()
    """What the server has: where `guideline` is None, the one that what came names; and those of an add-on's hosts."""
    policy: str | None = None
    """A name, or a JSON document; None: the guideline's own."""
    by_number: bool = False
    """Outcomes of tests that are known may come by their numbers."""
    waivers: tuple[GrantedWaiver, ...] = ()


class CompareRequest(msgspec.Struct, array_like=True, frozen=True, tag="compare"):
    """Say what changed between two files of results."""

    before: tuple[str, str]
    """The path, and what the sender called it."""
    after: tuple[str, str]
    form: str


class EvidenceRequest(msgspec.Struct, array_like=True, frozen=True, tag="evidence"):
    """Say which files are in what was received, and show a part of one as text."""

    path: str
    name: str
    member: str | None
    """None: only the list."""
    first: int
    """The byte at which the part begins."""
    size: int
    """Bytes of it, at most."""


class GuidelineRequest(msgspec.Struct, array_like=True, frozen=True, tag="guideline"):
    """Say what is in this guideline."""

    path: str
    name: str


class WholeGuidelineRequest(msgspec.Struct, array_like=True, frozen=True, tag="whole-guideline"):
    """Give this guideline as a value, to judge by it."""

    path: str
    name: str
    is_draft: bool = False
    """A stranger's, and `name` is that of a file; else a revision, and its id."""
    with_document: bool = False
    """With the document that it was read from, as it stands there."""


class AttestationRequest(msgspec.Struct, array_like=True, frozen=True, tag="attestation"):
    """Verify this envelope against what it is said to speak of."""

    path: str
    name: str
    artifact: tuple[str, str]
    """The path of the bytes of the run, and what their sender called them."""
    moment: str
    """Of the check (ISO 8601)."""
    at_hand: tuple[KnownGuideline, ...]
    """Those that the server vouches for."""


class UploadRequest(msgspec.Struct, array_like=True, frozen=True, tag="upload"):
    """Say whether this is an upload as RefStack's schema has it, and what it says beside its tests."""

    path: str
    name: str


class ListedTestsRequest(msgspec.Struct, array_like=True, frozen=True, tag="test-list"):
    """Say which tests a guideline asks for, in the lines that RefStack answered."""

    __test__ = False

    path: str
    name: str
    target: str | None
    """RefStack's word for a program, or another one; None: the platform's, else that of the only program."""
    levels: tuple[str, ...]
    aliases: bool
    flagged: bool
    at_hand: tuple[KnownGuideline, ...] = ()
    """Where components of a program may stand that are not in the guideline itself."""


class InteropRequest(msgspec.Struct, array_like=True, frozen=True, tag="interop"):
    """Say this guideline as JSON of a schema that RefStack read."""

    path: str
    name: str


Request = (
    ReadRequest
    | CompareRequest
    | EvidenceRequest
    | GuidelineRequest
    | WholeGuidelineRequest
    | AttestationRequest
    | UploadRequest
    | ListedTestsRequest
    | InteropRequest
)


class NumberedTests(msgspec.Struct, array_like=True, frozen=True, tag="numbered"):
    """Tests that the server has numbered, for readers; there is no answer."""

    tests: tuple[KnownTest, ...]


class JudgedAs(msgspec.Struct, array_like=True, frozen=True):
    """A verdict, in short."""

    guideline: str
    """The SHA-256 of its text."""
    program: str
    standing: str
    sentence: str
    is_partial: bool
    """Nothing at all was said of a test that counts."""
    rendered: bytes
    """In the form that was asked for; empty: none was."""


class StatedFacts(msgspec.Struct, array_like=True, frozen=True):
    """What a bundle, a report or an attestation says of itself; a claim of its maker."""

    subject: str | None = None
    """The identity of the cloud."""
    region: str | None = None
    suite: str | None = None
    """Its name and its version."""
    guideline_id: str | None = None
    guideline: str | None = None
    """The SHA-256 of its text."""
    program: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None

    @property
    def claim(self) -> RunClaim:
        """The same, to be compared."""
        return RunClaim(**{name: getattr(self, name) for name in RunClaim._fields})


class ReadResults(msgspec.Struct, array_like=True, frozen=True, tag="results"):
    """What came."""

    format: str
    tests: tuple[tuple[str, str, int], ...]
    """Name, uuid (empty: none) and OutcomeCode of each; empty where `outcomes` has them."""
    began: int | None
    """Microseconds since 1970."""
    ended: int | None
    remarks: tuple[str, ...]
    verdict: JudgedAs | None
    lacks_hosts: bool = False
    """The program names other guidelines, and none were at hand: it is to be asked again, with them."""
    outcomes: bytes = b""
    """Of known tests, a byte for each number up to the last one; empty where `tests` has them."""
    facts: StatedFacts = StatedFacts()
    doubts: int = 0
    """What the outcomes do not say (`domain.evidence_doubts`)."""


class ReadComparison(msgspec.Struct, array_like=True, frozen=True, tag="comparison"):
    """What changed."""

    newly_failing: int
    rendered: bytes


class ReadEvidence(msgspec.Struct, array_like=True, frozen=True, tag="read-evidence"):
    """What is in a file, and a part of it."""

    members: tuple[EvidenceMember, ...]
    text: str = ""
    """What does not print is left to whoever shows it."""
    first: int = 0
    """Bytes before it."""
    size: int = 0
    """Bytes of the part."""
    is_text: bool = True
    """False: there are bytes in it that are no text."""


class GuidelineTest(msgspec.Struct, array_like=True, frozen=True):
    """A test that a capability names."""

    name: str
    uuid: str | None
    aliases: tuple[str, ...]
    flag: str | None
    """Why it does not count; None: it does."""


class GuidelineCapability(msgspec.Struct, array_like=True, frozen=True):
    """Something that a cloud can do."""

    key: str
    name: str
    description: str
    project: str | None
    tests: tuple[GuidelineTest, ...]


class GuidelineProgram(msgspec.Struct, array_like=True, frozen=True):
    """What a product can be certified for."""

    name: str
    kind: str
    aliases: tuple[str, ...]
    capabilities: tuple[tuple[str, str], ...]
    """Key and level."""
    target: str = ""
    """The word by which RefStack's clients ask for it."""


class ReadGuideline(msgspec.Struct, array_like=True, frozen=True, tag="read-guideline"):
    """What is in a guideline."""

    programs: tuple[GuidelineProgram, ...]
    capabilities: tuple[GuidelineCapability, ...]
    id: str = ""
    status: str = ""


class ReadWholeGuideline(msgspec.Struct, array_like=True, frozen=True, tag="read-whole-guideline"):
    """A guideline; without the document that it was read from, unless that was asked for."""

    guideline: Guideline


class ReadAttestation(msgspec.Struct, array_like=True, frozen=True, tag="read-attestation"):
    """What is in an attestation that holds; whether its signers may speak for anybody is not known here."""

    signers: tuple[str, ...]
    """The ids of the keys that signed it."""
    unchecked: tuple[str, ...]
    """Steps of the verification that could not be taken here."""
    facts: StatedFacts


class ReadUpload(msgspec.Struct, array_like=True, frozen=True, tag="read-upload"):
    """What an upload says beside its tests."""

    cpid: str
    duration: int
    """Seconds."""
    tests: int
    """Entries, whether they name different tests or not."""


class ReadTestList(msgspec.Struct, array_like=True, frozen=True, tag="read-test-list"):
    """Tests, one a line, without a line end behind the last one."""

    lines: str
    lacks_homes: bool = False
    """Some of its components stand in other guidelines, and none were at hand: it is to be asked again, with them."""


class ReadInterop(msgspec.Struct, array_like=True, frozen=True, tag="read-interop"):
    """A guideline as JSON."""

    document: bytes


class Unreadable(msgspec.Struct, array_like=True, frozen=True, tag="unreadable"):
    """It could not be read: the sender must send something else."""

    problem: str
    is_request: bool = False
    """It can be read, and whoever asks asked for something that is not in it."""


ReadAnswer = (
    ReadResults
    | ReadComparison
    | ReadEvidence
    | ReadGuideline
    | ReadWholeGuideline
    | ReadAttestation
    | ReadUpload
    | ReadTestList
    | ReadInterop
    | Unreadable
)

_encode = msgspec.msgpack.Encoder().encode
_decode_request: msgspec.msgpack.Decoder[Request | NumberedTests] = msgspec.msgpack.Decoder(Request | NumberedTests)
_decode_answer: msgspec.msgpack.Decoder[ReadAnswer] = msgspec.msgpack.Decoder(ReadAnswer)


def send(stream: IO[bytes], message: Request | NumberedTests | ReadAnswer) -> None:
    """Write a message. Raises OSError."""
    data = _encode(message)
    stream.write(len(data).to_bytes(4, "big") + data)
    stream.flush()


def receive_request(stream: IO[bytes]) -> Request | NumberedTests | None:
    """The next request, or tests that were numbered; None at the end."""
    data = _next(stream)
    return None if data is None else _decode_request.decode(data)


def receive_answer(stream: IO[bytes]) -> ReadAnswer | None:
    """The next answer; None where the process ended. Raises msgspec.DecodeError for what is none."""
    data = _next(stream)
    return None if data is None else _decode_answer.decode(data)


def _next(stream: IO[bytes]) -> bytes | None:
    head = stream.read(4)
    size = int.from_bytes(head, "big")
    if len(head) < 4 or size > LARGEST:
        return None
    data = stream.read(size)
    return data if len(data) == size else None
