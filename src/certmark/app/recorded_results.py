"""A bundle of results that exist already: somebody's stream, a tarball of Sonobuoy, JUnit files.

1. Results go in as they are, unpacked where they are packed, so that secrets can be looked for.
2. They are judged here, for today unless a day is named, and the report goes in with the guideline that judged.
3. What was tested is what a person says: an identity, or that a new one is to be minted. For a tarball of Sonobuoy
   it follows from the uid of the namespace `kube-system`, where the tarball has that.
4. No run of ours is on record: there is no journal and no configuration, and whoever verifies is told.
"""

from __future__ import annotations

import json
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, cast
from uuid import UUID

from certmark.app.verdict.judging import judge_results
from certmark.app.verdict.requests import JudgeRequest
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.remarks import Listener, Remark
from certmark.domain.sentences import sentence
from certmark.domain.subject_identities import (
    RANDOM_BYTES,
    SubjectIdentity,
    SubjectKind,
    cluster_of,
    mint,
    parse_subject,
)
from certmark.domain.verdict_values import Standing
from certmark.evidence.bundle import read_bundle
from certmark.evidence.bundle.layout import WAIVER_SIGNERS, WAIVERS, Manifest
from certmark.evidence.bundle.verification import verify
from certmark.evidence.bundle.writing import write_recorded
from certmark.formats.errors import InvalidBundle, UnreadableResults
from certmark.formats.guideline.reading import file_name
from certmark.formats.results.evidence import evidence_of, head_of, is_report
from certmark.formats.results.recognition import ResultsKind, recognise
from certmark.formats.results.report.document import write_report
from certmark.formats.run_folder import RunFolder
from certmark.formats.sources import FileSource, source_of
from certmark.formats.tar import Stopped, read_members
from certmark.version import __version__

_NAMESPACES = re.compile(r"(?:\./)?resources/cluster/(?:core_v1_)?[Nn]amespaces\.json\Z")
_LARGEST_LIST = 64 << 20
_LONGEST = 100


@dataclass(frozen=True, kw_only=True)
class BundleRequest:
    """What is to be bundled."""

    judging: JudgeRequest
    """Its results are files: no folders, runs or bundles; digests are asked for."""
    subject: str | None = None
    """The identity of what was tested; `cloud` or `cluster`: a new one; None: what the results tell."""
    output: str
    """The file to write; it must not be there yet."""


class RecordedBundle(NamedTuple):
    """A bundle that was made."""

    path: Path
    manifest: Manifest
    standing: Standing
    sentence: str
    """The verdict."""


def bundle_results(request: BundleRequest, listen: Listener) -> RecordedBundle:
    """Judge the results and write the bundle, whole or not at all.

    Raises what `judge_results` raises, InvalidRequest, SecretsInside, CannotProceed or OSError.
    """
    output = Path(request.output)
    if output.exists():
        raise InvalidRequest(f"{request.output} is there already; name another file")
    with tempfile.TemporaryDirectory() as name:
        folder = RunFolder(Path(name))
        streams = _lay_out(request.judging.results, folder.streams)
        subject = _subject(request.subject, streams, listen)
        judged = judge_results(replace(request.judging, results=[str(path) for path in streams]), listen)
        verdict = judged.verdict
        folder.guideline.mkdir()
        for guideline in (verdict.guideline, *judged.hosts):
            (folder.guideline / _file_name(guideline)).write_bytes(guideline.data)
        judging = {WAIVERS: request.judging.waivers, WAIVER_SIGNERS: request.judging.waiver_signers}
        for kept, named in judging.items():
            if named is not None:
                (folder.guideline / kept).write_bytes(Path(named).read_bytes())
        folder.report.write_bytes(write_report(verdict, verdict.results.evidence, evaluator=__version__))
        try:
            whose = None if subject is None else str(subject)
            manifest = write_recorded(folder.path, whose, _file_name(verdict.guideline), output)
        except OSError as error:
            raise CannotProceed(f"{request.output} cannot be written: {error.strerror}") from error
    _check_written(output)
    return RecordedBundle(output, manifest, verdict.standing, sentence(verdict))


def _check_written(output: Path) -> None:
    """Raise InvalidBundle, and leave nothing, where stars over what looks like a secret make it contradict itself."""
    with read_bundle(output) as bundle:
        checks = verify(bundle, without=("secrets",)).checks
    problem = next((f"{one.name}: {one.problem}" for one in checks if one.problem is not None), None)
    if problem is not None:
        output.unlink()
        raise InvalidBundle(f"no bundle is written, for it would not hold without what looks like a secret: {problem}")


def _lay_out(results: Sequence[str], folder: Path) -> list[Path]:
    """Rule 1."""
    folder.mkdir()
    found: list[Path] = []
    for named in results:
        if Path(named).is_dir():
            raise InvalidRequest(f"{named} is a folder; name the files of results in it")
        source = source_of(named)
        _check(source)
        path = folder / _free_name(source.name, {one.name for one in found})
        with source.open() as stream, path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        if source.cut_short:
            raise UnreadableResults(f"{source.name}: its compression stops in the middle; fetch it again")
        found.append(path)
    return found


def _check(source: FileSource) -> None:
    """Raise InvalidBundle or UnreadableResults for what is no recorded result."""
    head = head_of(source)
    match recognise(head):
        case ResultsKind.BUNDLE:
            raise InvalidBundle(f"{source.name} is a bundle already; sign or verify that")
        case ResultsKind.JSON if is_report(source):
            raise InvalidBundle(f"{source.name} is a report; name the results that it was made of")
        case None:
            evidence_of(source, digest=False)  # says why


def _free_name(name: str, taken: set[str]) -> str:
    """As the file is called, as far as a bundle's member can be: unpacked, and of plain characters."""
    name = re.sub(r"(?i)\.tgz\Z", ".tar", re.sub(r"(?i)\.gz\Z", "", name))
    stem, dot, ending = (re.sub(r"[^A-Za-z0-9._+-]", "_", name).lstrip("._+-") or "results")[-_LONGEST:].rpartition(".")
    stem, ending = (stem, dot + ending) if stem else (ending, "")
    names = (f"{stem}{number or ''}{ending}" for number in range(len(taken) + 1))
    return next(free for free in names if free.casefold() not in {one.casefold() for one in taken})


def _file_name(guideline: Guideline) -> str:
    """As far as a bundle's member can be called so."""
    return re.sub(r"[^A-Za-z0-9._+-]", "_", file_name(guideline))


def _subject(wanted: str | None, streams: Sequence[Path], listen: Listener) -> SubjectIdentity | None:
    """Rule 3."""
    words = {kind.value for kind in SubjectKind}
    told = None if wanted is None or wanted in words else parse_subject(wanted)
    clusters = {cluster_of(uid): uid for path in streams for uid in _uids(path)}
    if len(clusters) > 1:
        raise InvalidRequest(f"the results are of {len(clusters)} clusters; make a bundle of each")
    for found, uid in clusters.items():
        if told is None and wanted != SubjectKind.CLOUD.value:
            told = found
        remark = f"the cluster whose namespace kube-system has the uid {uid} is {found}"
        listen(
            Remark(remark if told == found else f"{remark}, which is not what was named", is_important=told != found)
        )
    if told is None and wanted is not None:
        told = mint(secrets.token_bytes(RANDOM_BYTES), SubjectKind(wanted))
        listen(Remark(f"minted {told} for it; give that whenever it is tested again", is_important=True))
    if told is None:
        advice = Advice(Action.NAME_TESTED)
        listen(Remark("nothing says which cloud or cluster was tested", advice, is_important=True))
    return told


def _uids(path: Path) -> Iterator[UUID]:
    """The uid of `kube-system`, where the file is a tarball that has it."""
    source = source_of(str(path))
    if recognise(head_of(source)) is not ResultsKind.TAR:
        return
    with source.open() as stream, suppress(Stopped):
        for member in read_members(stream, source.name):
            if _NAMESPACES.match(member.path) and member.size <= _LARGEST_LIST:
                yield from _uids_in(member.content.read())


def _uids_in(data: bytes) -> Iterator[UUID]:
    with suppress(ValueError, RecursionError, TypeError, AttributeError, KeyError):
        content: Any = json.loads(data)
        items = content["items"] if isinstance(content, dict) else content
        for item in cast("list[dict[str, Any]]", items):
            if item["metadata"]["name"] == "kube-system":
                yield UUID(str(item["metadata"]["uid"]))
