"""A server somewhere else: results sent there, runs there looked at, fetched, verified and deleted."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from certmark.app.inputs.attestations import attestation_beside, bundle_of, subject_beside
from certmark.client.connection import READ, ServerConnection, ServerHasNone, ServerRefusedInput
from certmark.client.corpus import RemoteCorpus
from certmark.client.server import RemoteServer
from certmark.client.values import AboutSubmission, Leaving, LiveRun, Progress, RemoteRun
from certmark.domain.errors import InvalidInput, InvalidRequest
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.errors import FormatError
from certmark.reporting.progress.run import duration
from certmark.trust.attestations.statements import read_statement
from certmark.trust.envelopes import LARGEST, read_envelope
from certmark.trust.log.receipts import ENDING

if TYPE_CHECKING:
    from certmark.app.trust.verifying import TrustRequest
    from certmark.trust.verification.verification import VerificationResult

_HEAD = 4 << 10


@dataclass(frozen=True, kw_only=True)
class ServerRequest:
    """Which server, and how it is reached."""

    url: str
    token: str | None = None
    ca_file: str | None = None
    certificate: str | None = None
    patience: float | None = None
    """Seconds that the server may take for an answer; None: some minutes."""


@dataclass(frozen=True, kw_only=True)
class SubmitRequest:
    """What is to be sent."""

    server: ServerRequest
    artifacts: tuple[str, ...]
    """Each a file of results, a bundle, an attestation, or the folder or id of a run, whose bundle is meant.

    Several are parts of one submission.
    """
    guideline: str | None = None
    """None: that of the run, where it is one."""
    program: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    is_public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    """Seconds to wait for the verdict, where the server judges later."""


class _Pair(NamedTuple):
    """What is sent, and the attestation of it."""

    file: Path
    attestation: Path | None


def server_of(request: ServerRequest) -> RemoteServer:
    """The server. Raises InvalidRequest."""
    return RemoteServer(connection_of(request))


def corpus_of(request: ServerRequest) -> RemoteCorpus:
    """The history of its shared runs. Raises InvalidRequest."""
    return RemoteCorpus(connection_of(request))


def connection_of(request: ServerRequest) -> ServerConnection:
    """How it is reached. Raises InvalidRequest."""
    return ServerConnection(
        request.url,
        token=request.token,
        ca_file=request.ca_file,
        certificate=request.certificate,
        patience=request.patience or READ,
    )


def verdict_or_live(
    server: RemoteServer, run: str, form: str, **terms: str | None
) -> tuple[bytes, str | None] | LiveRun:
    """The verdict of a run as `RemoteServer.verdict` has it, or how far one is that goes on elsewhere.

    Raises InvalidRequest, InvalidInput or CannotProceed.
    """
    try:
        return server.verdict(run, form, **terms)
    except ServerHasNone:
        live = server.live_run(run) if run.count("-") == 4 else None
        if live is None:
            raise
        return live


def leaving(request: SubmitRequest) -> Leaving:
    """What would be sent; nothing is. Raises InvalidRequest or OSError."""
    if len(request.artifacts) == 1:
        file, attestation = _pair(request.artifacts[0])
        return Leaving((file,), file.stat().st_size, about_of(request, file.name), attestation)
    parts = tuple(bundle_of(named) for named in request.artifacts)
    for part in parts:
        if _is_attestation(part):
            raise InvalidRequest(f"{part} is an attestation, which goes with its bundle alone; send the two apart")
    name = f"{parts[0].name} and {len(parts) - 1} more"
    return Leaving(parts, sum(part.stat().st_size for part in parts), about_of(request, name))


def about_of(request: SubmitRequest, name: str) -> AboutSubmission:
    """What is said of the file of this name."""
    return AboutSubmission(
        name=name,
        guideline=request.guideline,
        program=request.program,
        vendor=request.vendor,
        product=request.product,
        version=request.version,
        region=request.region,
        is_public=request.is_public,
        tags=request.tags,
    )


def _pair(named: str) -> _Pair:
    """A file and its attestation, whichever of the two was named; each is looked for beside the other one."""
    file = bundle_of(named)
    if not _is_attestation(file):
        beside = attestation_beside(file)
        return _Pair(file, beside if beside.is_file() else None)
    with file.open("rb") as stream:
        envelope = read_envelope(stream.read(LARGEST + 1), file.name)
    subjects = [subject.name for subject in read_statement(envelope, file.name).subjects]
    subject = subject_beside(file, subjects)
    if subject is None:
        raise InvalidRequest(f"what {file.name} attests is not beside it; name the bundle")
    return _Pair(subject, file)


def _is_attestation(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(_HEAD)
    return head.lstrip()[:1] == b"{" and b'"payloadType"' in head


def submit(request: SubmitRequest, progress: Progress | None = None, listen: Listener = ignore) -> RemoteRun:
    """Send it, and its attestation; the run on the server, judged if it is by now.

    Raises InvalidRequest, InvalidInput, CannotProceed or OSError.
    """
    found, server = leaving(request), server_of(request.server)
    with _as_one(found) as file:
        envelope = None if found.attestation is None else found.attestation.read_bytes()
        run = server.submit(file, found.about, progress, beside=envelope)
    if envelope is not None:
        run = _attested(server, run, envelope)
    run = server.wait(run, request.wait, _Waiting(run, listen))
    if run.problem is not None:
        raise InvalidInput(run.problem)
    return run


def _attested(server: RemoteServer, run: RemoteRun, envelope: bytes) -> RemoteRun:
    """The run with its attestation; where that is refused, it is not left there without. Raises as `submit`."""
    try:
        return server.attest(run.id, envelope)
    except ServerRefusedInput:
        # It is of this very submission; one that was sent before, and taken then, stays.
        if server.attestation(run.id) is None:
            server.delete(run.id)
        raise


@contextmanager
def _as_one(found: Leaving) -> Iterator[Path]:
    """The one file that is sent."""
    if len(found.files) == 1:
        yield found.files[0]
        return
    from certmark.evidence.parts import write_parts

    with tempfile.NamedTemporaryFile(prefix="certmark-parts-") as file:
        write_parts(found.files, file)
        file.flush()
        yield Path(file.name)


class _Waiting:
    """Says that a run is waited for: at once, and every minute."""

    def __init__(self, run: RemoteRun, listen: Listener) -> None:
        self._run, self._listen, self._next = run, listen, 0.0

    def __call__(self, seconds: float) -> None:
        """So long by now."""
        if seconds >= self._next:
            since = f", for {duration(seconds)} by now" if self._next else ""
            self._listen(Remark(f"the server has it as run {self._run.id} and reads it{since}"))
            self._next += 60.0


class FetchedRun(NamedTuple):
    """What a server had of a run, in files."""

    file: Path
    attestation: Path | None
    receipt: Path | None
    """Of the server's log."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those that were written."""
        return tuple(path for path in self if path is not None)


def get(request: ServerRequest, run: str, output: str, progress: Progress | None = None) -> FetchedRun:
    """Write the bytes of a run as they were received to `output`, whole or not at all; attestation and receipt beside.

    None of them must be there. Raises InvalidRequest, CannotProceed or OSError.
    """
    server, path = server_of(request), Path(output)
    run = server.identity_of(run)
    attestation = server.attestation(run)
    beside = attestation_beside(path)
    receipt = None if attestation is None else server.receipt(run)
    contents = {beside: attestation, beside.with_name(f"{beside.name}{ENDING}"): receipt}
    found = {one: content for one, content in contents.items() if content is not None}
    for one in (path, *found):
        if one.exists():
            raise InvalidRequest(f"{one} is there already; name another file")
    with _written(path) as unfinished, unfinished.open("wb") as file:
        for piece in server.evidence(run, progress):
            file.write(piece)
    for one, content in found.items():
        with _written(one) as unfinished:
            unfinished.write_bytes(content)
    return FetchedRun(path, *(one if one in found else None for one in contents))


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A file that has its name only when it is whole."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def verify(
    server: ServerRequest, run: str, trust: TrustRequest, progress: Progress | None = None
) -> VerificationResult:
    """What the server has of a run, fetched and checked here; nothing that it says of it is believed.

    Raises InvalidRequest, InvalidInput, CannotProceed or OSError.
    """
    from certmark.app.trust.verifying import VerifyRequest
    from certmark.app.trust.verifying import verify as checked

    run = server_of(server).identity_of(run)
    with tempfile.TemporaryDirectory(prefix="certmark-remote-") as folder:
        files = get(server, run, f"{folder}/{_file_name(server, run)}", progress)
        if files.attestation is None:
            raise InvalidRequest(f"the run {run} has no attestation there; only its owner can add one")
        receipts = () if files.receipt is None else (str(files.receipt),)
        asked = VerifyRequest(file=str(files.file), attestation=str(files.attestation), trust=trust, receipts=receipts)
        return checked(asked)


def _file_name(server: ServerRequest, run: str) -> str:
    """As its attestation calls it, if that is a plain name: a subject is found by it."""
    envelope = server_of(server).attestation(run)
    try:
        subjects = () if envelope is None else read_statement(read_envelope(envelope)).subjects
    except FormatError:
        return "run.tar.gz"  # the verification says so
    names = (subject.name for subject in subjects if subject.name.isprintable())
    plain = (name for name in names if name[:1].isalnum() and "/" not in name and len(name.encode()) <= 200)
    return next(plain, "run.tar.gz")
