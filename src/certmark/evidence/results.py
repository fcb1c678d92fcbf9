"""Whatever a person names -> evidence: a file, a bundle, a repository of stestr, standard input."""

from __future__ import annotations

import os

from certmark.domain.results import Evidence
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.evidence import evidence_of, head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.sources import STANDARD_INPUT, FileSource, source_of


def read_evidence(path: str, *, digest: bool) -> tuple[Evidence, ...]:
    """The evidence that `path` names: a file (gzip or not), a repository of stestr, a directory of JUnit files, `-`.

    Several pieces only from a report, which holds the evidence that it was made of, from the partial
    streams of a killed run, or from a directory. `digest` asks for SHA-256 sums. Raises FormatError or OSError.
    """
    if path != STANDARD_INPUT and os.path.isdir(path):
        return _of_repository(path, digest=digest)
    source = source_of(path)
    if recognise(head_of(source)) is ResultsKind.BUNDLE:
        return _of_bundle(source, digest=digest)
    return evidence_of(source, digest=digest)


def _of_repository(path: str, *, digest: bool) -> tuple[Evidence, ...]:
    from certmark.formats.results.stestr import is_repository, last_run

    if not is_repository(path):
        from certmark.evidence.directories import evidence_in

        return evidence_in(path, digest=digest)
    pieces = []
    for run in last_run(path):
        source = source_of(run.path)
        source.name = run.name
        pieces += [
            piece._replace(truncated=piece.truncated or not run.is_whole, remarks=run.remarks + piece.remarks)
            for piece in evidence_of(source, digest=digest)
        ]
    return tuple(pieces)


def _of_bundle(source: FileSource, *, digest: bool) -> tuple[Evidence, ...]:
    """What the streams of the bundle in `source` tell. Raises FormatError."""
    from certmark.evidence.bundle.reading import read  # a door: a small stream pays for no bundle

    with read(source) as bundle:
        pieces = bundle.evidence(digest=digest)
    if not pieces:
        raise UnreadableResults(f"{source.name} is a bundle without results; nothing was run")
    return pieces
