"""What was signed, at hand: a bundle, a report, or one file of the evidence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Self

from certmark.formats.sources import read_whole, source_of
from certmark.trust.attestations.predicates import SignedTarget

if TYPE_CHECKING:
    from certmark.evidence.bundle.reading import Bundle

_HEAD = 1 << 10
_LARGEST_REPORT = 512 << 20
_REPORT = b'"certmark-report"'


class OpenedArtifact(NamedTuple):
    """The file, read as far as it can be understood. A context."""

    target: SignedTarget
    bundle: Bundle | None
    report: bytes | None
    """Where the file is a report."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if self.bundle is not None:
            self.bundle.close()


def measured(path: str) -> SignedTarget:
    """The name, digest and size of the file. Raises OSError or UnreadableResults."""
    source = source_of(path)
    return SignedTarget(os.path.basename(path), source.sha256(), source.size)


def opened(path: str, target: SignedTarget | None = None, *, streams: bool = True) -> OpenedArtifact:
    """The file in `path`; `target` saves its digest from being computed again.

    Without `streams` those of a bundle are checked and not kept. Raises FormatError or OSError.
    """
    source = source_of(path)
    target = target or measured(path)
    if source.packed:
        from certmark.evidence.bundle.reading import read

        return OpenedArtifact(target, read(source, streams=streams), None)
    with source.open() as stream:
        head = stream.read(_HEAD)
    if head.lstrip()[:1] == b"{" and _REPORT in head:
        return OpenedArtifact(target, None, read_whole(source, _LARGEST_REPORT))
    return OpenedArtifact(target, None, None)
