"""A server somewhere else: results sent there, runs there looked at, fetched and deleted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from certmark.app.inputs.attestations import bundle_of
from certmark.client.server import Leaving, Progress, RemoteRun, RemoteServer, Submission
from certmark.domain.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True)
class ServerRequest:
    """Which server, and how it is reached."""

    url: str
    token: str | None = None
    ca_file: str | None = None
    certificate: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubmitRequest:
    """What is to be sent."""

    server: ServerRequest
    artifact: str
    """A file of results, a bundle, or the folder or id of a run, whose bundle is meant."""
    guideline: str | None = None
    """None: that of the run, where it is one."""
    program: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    is_public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


def server_of(request: ServerRequest) -> RemoteServer:
    """The server. Raises InvalidRequest."""
    return RemoteServer(request.url, token=request.token, ca_file=request.ca_file, certificate=request.certificate)


def leaving(request: SubmitRequest) -> Leaving:
    """What would be sent; nothing is. Raises InvalidRequest or OSError."""
    file = bundle_of(request.artifact)
    about = Submission(
        name=file.name,
        guideline=request.guideline,
        program=request.program,
        vendor=request.vendor,
        product=request.product,
        version=request.version,
        region=request.region,
        is_public=request.is_public,
        tags=request.tags,
    )
    return Leaving(file, file.stat().st_size, about)


def submit(request: SubmitRequest, progress: Progress | None = None) -> RemoteRun:
    """Send it; the run on the server, judged. Raises InvalidRequest, InvalidInput, CannotProceed or OSError."""
    found = leaving(request)
    return server_of(request.server).submit(found.file, found.about, progress)


def get(request: ServerRequest, run: str, output: str, progress: Progress | None = None) -> Path:
    """Write the bytes of a run as they were received to `output`, whole or not at all; it must not be there."""
    path = Path(output)
    if path.exists():
        raise InvalidRequest(f"{output} is there already; name another file")
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            for piece in server_of(request).evidence(run, progress):
                file.write(piece)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
