"""What marks can be computed from: guidelines, a survey of the suite, runs, a cloud, the API reference."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from certmark.app.inputs.stored_runs import StoredRun, runs_below
from certmark.cli.console import Console
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline
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
from certmark.domain.surveys import Survey
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError
from certmark.formats.guideline import load

PROJECTS = {
    "cinder": "block-storage", "designate": "dns", "glance": "image", "heat": "orchestration", "keystone": "identity",
    "manila": "shared-file-system", "neutron": "network", "nova": "compute", "swift": "object-store",
}  # fmt: skip
"""The service of each project, by its official type."""
_LARGEST_PAGE = 8 << 20
_MOST_PAGES = 5_000
_HEADINGS = (
    re.compile(r"<h[1-6][^>]{0,500}>(.{0,500}?)</h[1-6]>", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?m)^([^\n=~\-^\"*+#]{3,120})\n[=~\-^\"*+#]{3,}[ \t]*$"),
    re.compile(r"(?m)^#{1,6} +([^\n]{3,120}?)[ #]{0,20}$"),
)
_TAG = re.compile(r"<[^>]*>")


def proposals_for(guideline: Guideline, args: argparse.Namespace, console: Console) -> list[Proposal]:
    """Every mark that the named sources speak for. Raises what reading them raises."""
    if not (args.last or args.history or args.survey or args.runs or args.os_cloud):
        raise InvalidRequest("--evidence needs a source: --last, --history, --survey, --runs or --os-cloud")
    if args.api_reference and not args.survey:
        raise InvalidRequest("--api-reference needs --survey FILE: only a survey says which calls the tests make")
    last = load(args.last) if args.last else None
    history = [old for old in _history(args.history, console) if old.id != guideline.id]
    clouds = _records(args.runs, guideline, console)
    told = _told(args.os_cloud) if args.os_cloud else {}
    book = ApiReference(guideline, _survey(args.survey)) if args.survey else None
    headings = _headings(args.api_reference) if args.api_reference else frozenset()
    found: list[Proposal | None] = []
    for capability in guideline.capabilities.values():
        found += [
            sticky(capability, last) if last is not None else None,
            stable(capability, history, clouds) if history or clouds else None,
            deployed(capability, clouds),
            discoverable(capability, told),
        ]
        if book is not None:
            key = capability.key
            found += [book.atomic(key), book.complete(key), book.documented(key, headings)]
    return [proposal for proposal in found if proposal is not None]


def _history(folders: Sequence[str], console: Console) -> Iterator[Guideline]:
    for folder in folders:
        if not os.path.isdir(folder):
            raise InvalidRequest(f"there is no folder {folder}; --history takes a folder of guidelines")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".json"):
                try:
                    yield load(os.path.join(folder, name))
                except FormatError as error:
                    console.remark(f"left out of the history: {error}")


def _records(paths: Sequence[str], guideline: Guideline, console: Console) -> list[CloudRecord]:
    """How the capabilities went on each cloud, in its newest run: by verdicts, as everywhere."""
    today = dt.datetime.now(dt.UTC).date()
    newest: dict[str, StoredRun] = {}
    for run in runs_below(paths, console):
        newest.setdefault(run.cloud, run)
    return [
        record_of(
            run.cloud, (judge(guideline, program, run.results, (), as_of=today) for program in guideline.programs)
        )
        for run in newest.values()
    ]


def _survey(path: str) -> Survey:
    from certmark.formats.surveys import load_survey

    return load_survey(path)


def _told(os_cloud: str) -> Mapping[str, Sequence[ServiceVersion]]:
    """What the cloud's catalogue and version documents tell, by project."""
    from certmark.app.run.execute import environment_problems
    from certmark.cloud.discovery.discover import discover
    from certmark.cloud.session import connect

    with environment_problems(), connect(os_cloud) as connection:
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
    if not os.path.isdir(folder):
        raise InvalidRequest(f"there is no folder {folder}; --api-reference takes a folder of HTML, RST or Markdown")
    found: set[str] = set()
    for path in _pages(folder):
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST_PAGE)
        found |= {plain_words(_TAG.sub("", heading)) for pattern in _HEADINGS for heading in pattern.findall(text)}
    return frozenset(found)


def _pages(folder: str) -> Iterable[str]:
    count = 0
    for place, _, names in os.walk(folder):
        for name in sorted(names):
            if name.endswith((".html", ".htm", ".rst", ".inc", ".md", ".txt")) and os.path.isfile(
                os.path.join(place, name)
            ):
                count += 1
                if count > _MOST_PAGES:
                    return
                yield os.path.join(place, name)
