"""The work of `certmark judge`: read, judge, write what was asked for."""

from __future__ import annotations

import argparse
import datetime as dt
import os

from certmark import __version__
from certmark.cli.asked_program import program_of
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.given import remark_on, results_of
from certmark.cli.outputs import Output, outputs_of, write_file
from certmark.cli.trust.waivers_given import waivers_of
from certmark.domain.errors import UsageProblem
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.policies import POLICIES, Method, Policy, policy_from
from certmark.domain.verdict_values import Standing, Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Waiver
from certmark.formats.errors import FormatError
from certmark.formats.guideline import DEFAULT, load

STATUS = {
    Standing.PASS: Exit.OK,
    Standing.FAIL: Exit.FAIL,
    Standing.INCOMPLETE: Exit.INCOMPLETE,
    Standing.NOT_APPLICABLE: Exit.INCOMPLETE,
}


def judge_results(args: argparse.Namespace, console: Console) -> Exit:
    """Judge, and write what was asked for."""
    outputs = outputs_of([*args.format, *(["json"] if args.json else [])], args.output)
    guideline = load(args.guideline or DEFAULT)
    program = program_of(guideline, args.program)
    policy = policy_of(args.policy)
    waivers = waivers_of(args.waivers, args.waiver_signers, args.product)
    digest = any(output.needs_digests for output in outputs)
    results = results_of(args.results, digest=digest)
    verdict = judge(
        guideline,
        program,
        results,
        waivers,
        as_of=args.as_of or dt.datetime.now(dt.UTC).date(),
        policy=policy,
        hosts=hosts_of(args, program, console),
    )
    _remark(verdict, waivers, console)
    if args.explain:
        _explain(verdict, args.explain, console)
    else:
        write_verdict(verdict, outputs, console, full=args.full)
    return STATUS[verdict.standing]


def policy_of(wanted: str | None) -> Policy | None:
    """A policy by its name or file; None: the guideline's. Raises UsageProblem, FormatError or InvalidPolicy."""
    if wanted is None or wanted in POLICIES:
        return None if wanted is None else POLICIES[wanted]
    if not os.path.exists(wanted):
        raise UsageProblem(f"there is no policy {wanted!r}; name {', '.join(POLICIES)}, or a JSON file")
    from certmark.formats.policy import read_policy

    return policy_from(read_policy(wanted))


def hosts_of(args: argparse.Namespace, program: Program, console: Console) -> tuple[Guideline, ...]:
    """Guidelines that may define the host components of an add-on: named, or lying beside."""
    if args.host_guideline or not program.requires:
        return tuple(load(path) for path in args.host_guideline)
    folder = os.path.dirname(args.guideline or "")
    names = dict.fromkeys((needed.source or "").rpartition("/")[2] for needed in program.requires)
    hosts = []
    for path in [os.path.join(folder, up, name) for name in names if name for up in ("", "..")]:
        if os.path.isfile(path):
            try:
                hosts.append(load(path))
            except FormatError as error:
                console.remark(f"the host's guideline was not used: {error}")
    return tuple(hosts)


def _remark(verdict: Verdict, waivers: tuple[Waiver, ...], console: Console) -> None:
    """What the person should know beside the data."""
    remark_on(verdict.results.evidence, console)
    if waivers and verdict.policy.method is Method.REFSTACK_2020:
        console.remark("RefStack knew no waivers; they were not used")


def _explain(verdict: Verdict, wanted: list[str], console: Console) -> None:
    from certmark.reporting.verdict.explain import explain

    for test in wanted:
        console.data(explain(verdict, test))


def write_verdict(verdict: Verdict, outputs: list[Output], console: Console, *, full: bool) -> None:
    """Every report that was asked for."""
    for output in outputs:
        if output.path is None and output.format == "text" and console.is_terminal:
            from certmark.reporting.terminal import print_blocks
            from certmark.reporting.verdict.outline import outline

            print_blocks(outline(verdict, full=full), colour=console.colour)
            continue
        from certmark.reporting.verdict.forms import render

        content = render(output.format, verdict, evaluator=__version__, full=full)
        if output.path is None:
            console.data_bytes(content)
        else:
            write_file(output.path, content)
            console.remark(f"wrote {output.path}")
