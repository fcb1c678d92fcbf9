"""What is signed or was signed: a bundle, a report, or one file of the evidence, opened as far as it is asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from certmark.formats.sources import FileSource, read_whole, source_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from certmark.evidence.bundle.reading import Bundle

_HEAD = 1 << 10
_LARGEST_REPORT = 512 << 20
_REPORT = b'"certmark-report"'


class SignedTarget(NamedTuple):
    """The file that is signed."""

    name: str
    sha256: str
    size: int


class Artifact:
    """A file that may be measured without being understood, and is opened only after that."""

    def __init__(self, source: FileSource) -> None:
        self.source = source
        """Its bytes, wherever they lie."""
        self.name = source.name

    @cached_property
    def target(self) -> SignedTarget:
        """Its name, digest and size; all of it is read for that, once."""
        return SignedTarget(self.name, self.source.sha256(), self.source.size)

    def open(self, *, streams: bool = True) -> OpenedArtifact:
        """The file, understood. Without `streams` those of a bundle are checked and not kept. Raises FormatError."""
        if self.source.packed:
            from certmark.evidence.bundle.reading import read  # a door: a report pays for no bundle

            return OpenedArtifact(self.target, read(self.source, streams=streams), None)
        with self.source.open() as stream:
            head = stream.read(_HEAD)
        is_report = head.lstrip()[:1] == b"{" and _REPORT in head
        report = OpenedReport(read_whole(self.source, _LARGEST_REPORT)) if is_report else None
        return OpenedArtifact(self.target, None, report)


class OpenedReport:
    """A report, parsed at most once: that of a large run has some megabytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    @cached_property
    def parsed(self) -> Mapping[str, Any]:
        """Its document. Raises FormatError."""
        from certmark.formats.results.report.parsing import parse_report

        return parse_report(self.data)


class OpenedArtifact(NamedTuple):
    """The file, read as far as it can be understood. A context."""

    target: SignedTarget
    bundle: Bundle | None
    report: OpenedReport | None
    """Where the file is a report."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.bundle is not None:
            self.bundle.close()


def artifact_of(path: str) -> Artifact:
    """The file at `path`. Raises OSError, or UnreadableResults for a device."""
    return Artifact(source_of(path))
