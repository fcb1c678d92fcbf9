"""The work of `certmark guideline coverage`: a survey, a guideline, what was asked for."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable

from certmark.app.files import write_file
from certmark.app.inputs.surveys import survey_of
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.guideline.common import loaded
from certmark.cli.outputs import Output, outputs_of
from certmark.domain.coverage import cover
from certmark.domain.covered_tests import Coverage, CoverageFindingKind, CoverageStage
from certmark.domain.errors import InvalidRequest
from certmark.domain.gaps import Gaps, find_gaps
from certmark.domain.guidelines import Guideline
from certmark.formats.errors import FormatError, InvalidGuideline
from certmark.formats.guideline import load
from certmark.formats.guideline.loading import shipped
from certmark.formats.surveys import load_survey, write_survey

_MOST_GUIDELINES = 2000
"""Files looked at below `--tracked`."""


def cover_guideline(args: argparse.Namespace, console: Console) -> Exit:
    """Compare, and write what was asked for; FAIL where there is something to do."""
    outputs = _outputs(args)
    if (args.tracked or args.runs) and not args.gaps:
        raise InvalidRequest("--tracked and --runs are for --gaps; add it, or leave them out")
    guideline = loaded(args.guideline, console)
    survey = survey_of(args, guideline, console)
    if args.save is not None:
        write_survey(survey, args.save)
        console.remark(f"wrote {args.save}: {len(survey.tests)} tests")
    before = load_survey(args.before) if args.before is not None else None
    accept, stage = (
        [CoverageFindingKind(word) for word in args.accept],
        CoverageStage(args.stage) if args.stage is not None else None,
    )
    coverage = cover(guideline, survey, before=before, accept=accept, stage=stage)
    gaps = _gaps(args, guideline, coverage, console) if args.gaps else None
    for output in outputs:
        _write(output, coverage, gaps, console, full=args.full)
    return Exit.FAIL if coverage.open else Exit.OK


def _outputs(args: argparse.Namespace) -> list[Output]:
    outputs = outputs_of([*args.format, *(["json"] if args.json else [])], args.output)
    if any(output.form.value == "junit" for output in outputs):
        raise InvalidRequest("a coverage is no results and cannot be written as JUnit; use .txt, .md, .html or .json")
    return outputs


def _gaps(args: argparse.Namespace, guideline: Guideline, coverage: Coverage, console: Console) -> Gaps:
    tracked = {item.data: item for item in _tracked(args.tracked, console)}
    tracked.setdefault(guideline.data, guideline)
    runs = []
    if args.runs:
        from certmark.app.inputs.stored_runs import runs_below

        runs = [run.results for run in runs_below(args.runs, console)]
    return find_gaps(coverage.survey, list(tracked.values()), guideline=guideline, runs=runs)


def _tracked(paths: list[str], console: Console) -> Iterable[Guideline]:
    if not paths:
        yield from (load(name) for name in shipped())
        return
    unread = []
    for path in paths:
        if not os.path.exists(path):
            raise InvalidGuideline(f"there is no file or folder {path}; name guidelines with --tracked")
        if not os.path.isdir(path):
            yield load(path)
            continue
        for inner in _files(path):
            try:
                yield load(inner)
            except FormatError:
                unread.append(os.path.basename(inner))
    if unread:
        console.remark(f"not guidelines, left out: {', '.join(unread[:10])}{' …' if len(unread) > 10 else ''}")


def _files(folder: str) -> list[str]:
    found: list[str] = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [os.path.join(root, name) for name in sorted(names) if name.endswith((".json", ".json.gz"))]
        if len(found) > _MOST_GUIDELINES:
            raise InvalidRequest(f"{folder} holds more than {_MOST_GUIDELINES} JSON files; name a folder of guidelines")
    return found


def _write(output: Output, coverage: Coverage, gaps: Gaps | None, console: Console, *, full: bool) -> None:
    if output.path is None and output.form.value == "text":
        from certmark.cli.display import show_blocks

        show_blocks(_blocks(coverage, gaps, full=full), console)
        return
    content = _rendered(output.form.value, coverage, gaps, full=full)
    if output.path is None:
        console.data_bytes(content)
    else:
        write_file(output.path, content)
        console.remark(f"wrote {output.path}")


def _blocks(coverage: Coverage, gaps: Gaps | None, *, full: bool) -> tuple:  # type: ignore[type-arg]  # of blocks
    from certmark.reporting.coverage.blocks import coverage_blocks
    from certmark.reporting.coverage.gaps import gap_blocks

    found = coverage_blocks(coverage, full=full)
    return (*found, *gap_blocks(gaps, full=full)) if gaps is not None else found


def _rendered(form: str, coverage: Coverage, gaps: Gaps | None, *, full: bool) -> bytes:
    # Each form is imported when it is asked for.
    match form:
        case "json":
            from certmark.reporting.coverage.document import coverage_json

            return coverage_json(coverage, gaps)
        case "html":
            from certmark.reporting.coverage.html import coverage_html
            from certmark.version import __version__

            return coverage_html(coverage, gaps, version=__version__)
        case "markdown":
            from certmark.reporting.markdown import render_markdown

            return render_markdown(_blocks(coverage, gaps, full=full)).encode()
        case _:
            from certmark.reporting.text import render_text

            return render_text(_blocks(coverage, gaps, full=full)).encode()
