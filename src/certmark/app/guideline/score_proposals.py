"""What marks can be computed from: guidelines, a survey of the suite, runs, a cloud, the API reference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from certmark.app.inputs.guidelines import guidelines_in
from certmark.app.remote import ServerRequest, corpus_of
from certmark.domain.api_use import used
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
from certmark.domain.opinions import answered, voted
from certmark.domain.phrases import counted, some
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.domain.score_evidence import (
    ApiReference,
    CloudRecord,
    Proposal,
    ServiceVersion,
    deployed,
    discoverable,
    plain_words,
    record_of,
    stable,
    sticky,
)
from certmark.domain.verdicts import judge
from certmark.formats.api_use import load_api_use
from certmark.formats.guideline import load
from certmark.formats.opinions import ReadOpinions, read_opinions

PROJECTS = {
    "cinder": "block-storage", "designate": "dns", "glance": "image", "heat": "orchestration", "keystone": "identity",
    "manila": "shared-file-system", "neutron": "network", "nova": "compute", "swift": "object-store",
}  # fmt: skip
"""The service of each project, by its official type."""


@dataclass(frozen=True, kw_only=True)
class ScoreEvidence:
    """Where marks are looked for; each source speaks for some of the criteria."""

    last: str | None = None
    """The last guideline (sticky)."""
    history: Sequence[str] = ()
    """Folders of earlier guidelines (stable)."""
    survey: str | None = None
    """A survey of the suite (atomic, complete, doc)."""
    runs: Sequence[str] = ()
    """Results, or folders of runs (deployed, stable)."""
    servers: Sequence[ServerRequest] = ()
    """Whose shared runs speak for the same; what flips there from run to run without a change is not stable."""
    opinions: Sequence[str | ServerRequest] = ()
    """What people said there, in files that a server exported or asked of servers: hints on any criterion."""
    os_cloud: str | None = None
    """A cloud of clouds.yaml whose catalogue and versions are asked for (discover)."""
    api_reference: str | None = None
    """A folder with the API reference (doc); only with a survey, which says which calls the tests make."""
    api_use: str | None = None
    """A record of what clients and tools call (clients, tools); empty: that which ships along."""


def propose_marks(guideline: Guideline, evidence: ScoreEvidence, listen: Listener = ignore) -> list[Proposal]:
    """Every mark that the sources speak for. Raises InvalidRequest, FormatError, CannotProceed or OSError."""
    last = load(evidence.last) if evidence.last else None
    history = [old for old in _history(evidence.history, listen) if old.id != guideline.id]
    clouds = _records(evidence.runs, guideline, listen)
    for server in evidence.servers:
        clouds += corpus_of(server).records(guideline.data, f"{guideline.id}.json")
    said = [_opinions(source, listen) for source in evidence.opinions]
    versions = _versions(evidence.os_cloud) if evidence.os_cloud else {}
    reference = _reference(guideline, evidence.survey) if evidence.survey else None
    headings = _headings(evidence.api_reference) if evidence.api_reference else frozenset()
    use = load_api_use(evidence.api_use or None) if evidence.api_use is not None else None
    found: list[Proposal | None] = []
    for capability in guideline.capabilities.values():
        found += [
            sticky(capability, last) if last is not None else None,
            stable(capability, history, clouds) if history or clouds else None,
            deployed(capability, clouds),
            discoverable(capability, versions),
        ]
        if reference is not None:
            key = capability.key
            found += [reference.atomic(key), reference.complete(key), reference.documented(key, headings)]
        for one in said:
            found += [voted(capability, {vote.test: vote for vote in one.votes}), *answered(capability, one.answers)]
        if use is not None:
            found += used(capability.key, use)
    return [proposal for proposal in found if proposal is not None]


def _opinions(source: str | ServerRequest, listen: Listener) -> ReadOpinions:
    """Raises InvalidOpinions, CannotProceed or OSError; says which tests were nominated, as no capability has them."""
    if isinstance(source, str):
        found = read_opinions(Path(source).read_bytes(), source)
    else:
        found = read_opinions(corpus_of(source).opinions(), source.url)
    if found.nominated:
        names = some(found.nominated)
        listen(Remark(f"{counted(len(found.nominated), 'test')} that no guideline tracks: nominated were {names}"))
    return found


def _history(folders: Iterable[str], listen: Listener) -> list[Guideline]:
    found = []
    for folder in folders:
        if not Path(folder).is_dir():
            raise InvalidRequest(f"there is no folder {folder} of earlier guidelines")
        found += guidelines_in(folder, listen, deep=False)
    return found


def _records(paths: Sequence[str], guideline: Guideline, listen: Listener) -> list[CloudRecord]:
    """How the capabilities went on each cloud, in its newest run: by verdicts, as everywhere."""
    if not paths:
        return []
    from certmark.runner.stored_runs import StoredRun, runs_below

    today = dt.datetime.now(dt.UTC).date()
    newest: dict[str, StoredRun] = {}
    for run in runs_below(paths, listen):
        newest.setdefault(run.cloud, run)
    return [
        record_of(cloud, (judge(guideline, program, run.results, (), as_of=today) for program in guideline.programs))
        for cloud, run in newest.items()
    ]


def _reference(guideline: Guideline, survey: str) -> ApiReference:
    from certmark.formats.surveys import load_survey

    return ApiReference(guideline, load_survey(survey))


def _versions(os_cloud: str) -> Mapping[str, Sequence[ServiceVersion]]:
    """What the cloud's catalogue and version documents say, by project."""
    from certmark.cloud.discovery.discover import discover
    from certmark.cloud.session import connect

    with connect(os_cloud) as connection:
        found = discover(connection, ())
        states = {state.service: state for state in found.services}
    answers: dict[str, Sequence[ServiceVersion]] = {}
    for project, service in PROJECTS.items():
        state = states.get(service)
        known = state is not None and state.url is not None
        answers[project] = [ServiceVersion(os_cloud, found.signs.get(service, ""))] if known else []
    return answers


def _headings(folder: str) -> frozenset[str]:
    """The headings of every page under `folder`, in plain words."""
    from certmark.formats.api_reference import headings_below

    if not Path(folder).is_dir():
        raise InvalidRequest(f"there is no folder {folder} with an API reference in HTML, RST or Markdown")
    return frozenset(map(plain_words, headings_below(folder)))
