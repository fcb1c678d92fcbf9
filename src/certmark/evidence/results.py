"""Whatever a person names -> evidence: a file, a bundle, a directory of results, standard input."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from certmark.domain.results import Evidence
from certmark.evidence.secrets.remembering import remember_secrets_of
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.evidence import evidence_of, head_of
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.sources import STANDARD_INPUT, FileSource, source_of

if TYPE_CHECKING:
    from certmark.formats.results.submission import Submission


def read_evidence(path: str, *, digest: bool) -> tuple[Evidence, ...]:
    """The evidence that `path` names: a file (gzip or not), a directory, `-` for standard input.

    Of a repository of stestr the last run is read, of any other directory its JUnit files. Several
    pieces only from these, from a report, which holds the evidence that it was made of, from several
    plugins, or from the partial streams of a killed run. `digest` asks for SHA-256 sums. Raises FormatError or OSError.
    """
    remember_secrets_of(path)
    if path != STANDARD_INPUT and os.path.isdir(path):
        return _of_directory(path, digest=digest)
    return read_source(source_of(path), digest=digest)


def read_source(source: FileSource, *, digest: bool) -> tuple[Evidence, ...]:
    """The evidence in a file that was received from somewhere: bundles and parts as well.

    Raises FormatError or OSError.
    """
    match recognise(head_of(source)):
        case ResultsKind.BUNDLE:
            return _of_bundle(source, digest=digest)
        case ResultsKind.PARTS:
            from certmark.evidence.parts import parts_in  # a door, likewise

            return tuple(piece for part in parts_in(source) for piece in read_source(part, digest=digest))
    return evidence_of(source, digest=digest)


def _of_directory(path: str, *, digest: bool) -> tuple[Evidence, ...]:
    from certmark.formats.results.stestr import is_repository

    if is_repository(path):
        return _of_repository(path, digest=digest)
    from certmark.formats.results.submission import submission_in

    submission = submission_in(path)
    if submission is not None:
        return _of_submission(submission, digest=digest)
    from certmark.evidence.directories import evidence_in

    return evidence_in(path, digest=digest)


def _of_submission(submission: Submission, *, digest: bool) -> tuple[Evidence, ...]:
    """The JUnit files of a directory, compared with the log beside them."""
    pieces: list[Evidence] = []
    for path in submission.junit:
        source = source_of(str(path))
        source.name = f"{submission.name}/{path.name}"
        pieces += evidence_of(source, digest=digest)
    first = pieces[0]
    if len(submission.products) > 1:
        remark = f"{len(submission.products)} products are described beside it: {', '.join(submission.products[:5])}"
        first = first._replace(remarks=(*first.remarks, remark))
    if submission.log is not None:
        from certmark.formats.results.suite_log import read_log

        with source_of(str(submission.log)).open() as stream:
            log = read_log(stream)
        attempts = [attempt for piece in pieces for attempt in piece.attempts]
        first = first._replace(
            remarks=(*first.remarks, *log.remarks()),
            troubles=(*first.troubles, *log.troubles(attempts, submission.log.name)),
        )
    return (first, *pieces[1:])


def _of_repository(path: str, *, digest: bool) -> tuple[Evidence, ...]:
    from certmark.formats.results.stestr import last_run

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
