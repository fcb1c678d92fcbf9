"""What is said to a server, and what it says: values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from certmark.client.connection import member
from certmark.domain.errors import InvalidRequest

Progress = Callable[[int, int | None], None]
"""Is told how many bytes were sent or received, and of how many."""


@dataclass(frozen=True, kw_only=True)
class AboutSubmission:
    """What is said of what is sent."""

    name: str
    guideline: str | None = None
    program: str | None = None
    subject: str | None = None
    vendor: str | None = None
    product: str | None = None
    version: str | None = None
    region: str | None = None
    is_public: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)


class Leaving(NamedTuple):
    """What would leave this machine."""

    files: tuple[Path, ...]
    """Several are parts of one submission."""
    size: int
    about: AboutSubmission
    attestation: Path | None = None
    """What goes along with it."""


class RemoteVerdict(NamedTuple):
    """A verdict, in short."""

    standing: str
    sentence: str
    guideline: str
    program: str
    is_partial: bool


class RemoteRun(NamedTuple):
    """A run on a server."""

    id: str
    created: str
    name: str
    product: str | None
    subject: str | None
    verdict: RemoteVerdict | None
    document: Mapping[str, Any]
    """All that the server says of it."""

    @property
    def is_waiting(self) -> bool:
        """Whether the server has not read it yet."""
        return bool(self.document.get("state") == "received")

    @property
    def problem(self) -> str | None:
        """Why it could not be read; None: it could, or was not tried yet."""
        return str(self.document["problem"]) if self.document.get("problem") else None


class LiveRun(NamedTuple):
    """A run that goes on elsewhere, as a server heard of it."""

    id: str
    touched: str
    program: str | None
    progress: RunProgress | None
    """None: nothing was heard yet."""
    is_silent: bool
    """Nothing was heard of it for long, and nobody said that it ended."""
    document: Mapping[str, Any]
    """All that the server says of it."""


class RunProgress(NamedTuple):
    """How far a run is that goes on here."""

    planned: int
    done: int
    passed: int
    failed: int
    skipped: int
    ended: bool
    sentence: str


def words_of(about: AboutSubmission) -> dict[str, Any]:
    """What is said of a run as the server's parameters have it."""
    words = {
        "name": about.name,
        "guideline": about.guideline,
        "program": about.program,
        "subject": about.subject,
        "vendor": about.vendor,
        "product": about.product,
        "version": about.version,
        "region": about.region,
        "public": "true" if about.is_public else None,
        "tag": [f"{key}={value}" for key, value in about.tags.items()],
    }
    return {name: value for name, value in words.items() if value}


def run_in(document: Any) -> RemoteRun:
    """A run as the server says it. Raises ServerAway."""
    said = document.get("verdict") if isinstance(document, dict) else None
    verdict = None
    if said is not None:
        verdict = RemoteVerdict(
            standing=member(said, "standing", str),
            sentence=member(said, "sentence", str),
            guideline=member(said, "guideline", str),
            program=member(said, "program", str),
            is_partial=member(said, "is_partial", bool),
        )
    return RemoteRun(
        id=member(document, "id", str),
        created=member(document, "created", str),
        name=member(document, "name", str),
        product=_text(document, "product"),
        subject=_text(document, "subject"),
        verdict=verdict,
        document=document,
    )


def live_in(document: Any) -> LiveRun:
    """A run that goes on as the server says it. Raises ServerAway."""
    said = document.get("progress") if isinstance(document, dict) else None
    kinds = {"ended": bool, "sentence": str}
    progress = None
    if said is not None:
        progress = RunProgress(*(member(said, name, kinds.get(name, int)) for name in RunProgress._fields))
    return LiveRun(
        id=member(document, "id", str),
        touched=member(document, "touched", str),
        program=_text(document, "program"),
        progress=progress,
        is_silent=member(document, "is_silent", bool),
        document=document,
    )


def _text(document: Mapping[str, Any], name: str) -> str | None:
    found = document.get(name)
    return found if isinstance(found, str) else None


def id_of(identity: str) -> str:
    """An id as it may stand in an address. Raises InvalidRequest."""
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identity):
        raise InvalidRequest(f"{identity[:60]!r} is no id of a run on a server")
    return identity
