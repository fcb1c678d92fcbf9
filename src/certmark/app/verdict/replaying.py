"""The work of `certmark replay`: what was said then, what is said now, and why one may differ from the other."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from certmark.app.inputs.guidelines import policy_of, program_of
from certmark.app.inputs.results import remark_on
from certmark.app.inputs.waivers import waivers_of
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.errors import listener
from certmark.cli.exits import OF_VERDICT, Exit
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.programs import NoSuchProgram, find_program
from certmark.domain.replays import Judged, Replay, compare_judgements
from certmark.domain.results import Evidence, Results
from certmark.domain.verdict_values import Verdict
from certmark.domain.verdicts import judge
from certmark.formats.errors import FormatError, UnreadableResults
from certmark.formats.guideline import load
from certmark.formats.results.report.document import write_report
from certmark.formats.results.report.judged import read_judged
from certmark.formats.results.report.parsing import MAX_SIZE
from certmark.formats.results.report.reading import Judgement, read_judgement, read_report
from certmark.reporting.replay import replay_blocks
from certmark.version import __version__

_FEW = 3


class _Then(NamedTuple):
    """What is at hand of an old judgement."""

    report: bytes
    judgement: Judgement
    evidence: tuple[Evidence, ...]
    guidelines: Mapping[str, Guideline]
    """By digest: those that lie with the evidence."""


def replay(args: argparse.Namespace, console: Console) -> Exit:
    """Judge again, compare, show."""
    if args.no_waivers and args.waivers is not None:
        raise InvalidRequest("--waivers names waivers and --no-waivers leaves them out; keep one of them")
    then = _then(args.evidence)
    remark_on(then.evidence, listener(console))
    results = Results(then.evidence)
    named = None if args.guideline is None else load(args.guideline)
    old = _guideline_of(then, named)
    verdict = _now(args, then, results, named or old)
    found = compare_judgements(
        read_judged(then.report), _judged(verdict, then.evidence), tuple(_doubts(then, results, old))
    )
    if args.json:
        console.data(json.dumps(_document(found), indent=1))
    else:
        show_blocks(replay_blocks(found, full=args.full), console)
    return OF_VERDICT[verdict.standing]


def _now(args: argparse.Namespace, then: _Then, results: Results, guideline: Guideline | None) -> Verdict:
    """The verdict under what was asked for; what was not asked for is as it was."""
    judgement = then.judgement
    if guideline is None:
        raise InvalidRequest(
            f"the guideline {judgement.guideline} of then is not at hand (SHA-256 {judgement.guideline_sha256[:12]}…); "
            "name one with --guideline"
        )
    policy = policy_of(args.policy)
    if policy is None and args.guideline is None:
        policy = judgement.policy
    waivers = judgement.waivers
    if args.no_waivers or args.waivers is not None:
        waivers = waivers_of(args.waivers, args.waiver_signers)
    return judge(
        guideline,
        _program(guideline, args.program, judgement),
        results,
        waivers,
        as_of=_day(args.as_of) or judgement.as_of,
        policy=policy,
        hosts=[other for other in then.guidelines.values() if other.sha256 != guideline.sha256],
    )


def _program(guideline: Guideline, wanted: str | None, judgement: Judgement) -> Program:
    if wanted is not None or len(guideline.programs) == 1:
        return program_of(guideline, wanted)
    try:
        return find_program(guideline, judgement.program)
    except NoSuchProgram:
        return program_of(guideline, None)  # says which there are


def _day(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is not a date like 2026-11-21") from None


def _judged(verdict: Verdict, evidence: tuple[Evidence, ...]) -> Judged:
    return read_judged(write_report(verdict, (), evaluator=__version__)) if evidence else _nothing()


def _nothing() -> Judged:
    raise UnreadableResults("there is no evidence in it; nothing can be judged")


def _doubts(then: _Then, results: Results, old: Guideline | None) -> Iterator[str]:
    """Why the old judgement cannot be repeated, or does not come out again."""
    judgement = then.judgement
    if results.passes_only:
        yield "the evidence names passed tests only: what failed then and why cannot be told from what never ran"
    if results.truncated:
        yield "the evidence stops in the middle: what came after cannot be judged"
    if old is None:
        yield (
            f"the guideline {judgement.guideline} of then (SHA-256 {judgement.guideline_sha256[:12]}…) is not at hand, "
            "so that its judgement was taken as the report tells it"
        )
        return
    try:
        program = find_program(old, judgement.program)
        hosts = [other for digest, other in then.guidelines.items() if digest != old.sha256]
        again = judge(
            old, program, results, judgement.waivers, as_of=judgement.as_of, policy=judgement.policy, hosts=hosts
        )
    except (NoSuchProgram, FormatError, ValueError) as error:
        yield f"the judgement of then cannot be made again: {error}"
        return
    yield from _differences(then, _judged(again, then.evidence))


def _differences(then: _Then, again: Judged) -> Iterator[str]:
    said = read_judged(then.report)
    found = compare_judgements(said, again)
    if said.standing != again.standing:
        yield f"the report says {said.standing}, and its own evidence, guideline and policy give {again.standing}"
    if found.tests:
        names = ", ".join(change.name for change in found.tests[:_FEW])
        more = f" and {len(found.tests) - _FEW} more" if len(found.tests) > _FEW else ""
        yield f"the report counts {names}{more} otherwise than its own evidence gives"
    if (found.tests or said.standing != again.standing) and then.judgement.evaluator != __version__:
        yield f"it was judged by certmark {then.judgement.evaluator}; this is {__version__}"


def _then(path: str) -> _Then:
    """A report, a bundle, or a run that a person names."""
    if not os.path.exists(path) or os.path.isdir(path):
        return _of_run(path)
    with open(path, "rb") as file:
        head = file.read(2)
    return _of_bundle(path) if head == b"\x1f\x8b" and _is_bundle(path) else _of_report(path, {})


def _is_bundle(path: str) -> bool:
    from certmark.formats.results.recognition import HEAD, ResultsKind, recognise
    from certmark.formats.sources import source_of

    with source_of(path).open() as stream:
        return recognise(stream.read(HEAD)) is ResultsKind.BUNDLE


def _of_run(wanted: str) -> _Then:
    from certmark.evidence.bundle import NAME
    from certmark.runner.folders import folder_of

    folder = folder_of(wanted)
    bundle = os.path.join(folder, NAME)
    if os.path.isfile(bundle):
        return _of_bundle(bundle)
    report = os.path.join(folder, "report.json")
    if not os.path.isfile(report):
        raise InvalidRequest(f"{wanted} has neither a bundle nor a report; finish it with certmark resume")
    return _of_report(report, _kept(os.path.join(folder, "guideline")))


def _kept(folder: str) -> dict[str, Guideline]:
    """The guidelines in a run's folder; a policy or waivers may lie beside them."""
    found = {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        try:
            guideline = load(os.path.join(folder, name))
        except FormatError:
            continue
        found[guideline.sha256] = guideline
    return found


def _of_bundle(path: str) -> _Then:
    from certmark.evidence.bundle import read_bundle
    from certmark.evidence.bundle.layout import REPORT
    from certmark.evidence.bundle.reading import guidelines_of

    with read_bundle(path) as bundle:
        if not bundle.has(REPORT):
            raise UnreadableResults(f"{os.path.basename(path)} was never judged; judge it with certmark judge")
        report = bundle.content(REPORT)
        return _Then(report, _judgement(report), bundle.evidence(), guidelines_of(bundle))


def _of_report(path: str, guidelines: Mapping[str, Guideline]) -> _Then:
    from certmark.formats.sources import read_whole, source_of

    report = read_whole(source_of(path), MAX_SIZE)
    return _Then(report, _judgement(report), read_report(report), guidelines)


def _judgement(report: bytes) -> Judgement:
    judgement = read_judgement(report)
    if judgement is None:
        raise UnreadableResults("this report was never judged; judge it with certmark judge")
    return judgement


def _guideline_of(then: _Then, named: Guideline | None) -> Guideline | None:
    """The guideline of then: named, beside the evidence, or one of those that ship along, if it is just that."""
    wanted = then.judgement.guideline_sha256
    if named is not None and named.sha256 == wanted:
        return named
    if wanted in then.guidelines:
        return then.guidelines[wanted]
    from certmark.formats.guideline import shipped

    for name in shipped():
        guideline = load(name)
        if guideline.sha256 == wanted:
            return guideline
    return None


def _document(found: Replay) -> dict[str, object]:
    return {
        "before": _side(found.before),
        "after": _side(found.after),
        "capabilities": [
            {
                "key": change.key,
                "before": None if change.before is None else change.before._asdict(),
                "after": None if change.after is None else change.after._asdict(),
            }
            for change in found.capabilities
        ],
        "tests": [
            {
                "name": change.name,
                "counted": list(change.words),
                "before": None if change.before is None else change.before._asdict(),
                "after": None if change.after is None else change.after._asdict(),
            }
            for change in found.tests
        ],
        "not_repeatable": list(found.doubts),
    }


def _side(judged: Judged) -> dict[str, object]:
    fields = judged._asdict()
    del fields["capabilities"], fields["tests"]
    return fields
