"""Say whether results meet a program of a guideline, capability by capability, and why not.

RESULT is a file of results (subunit v1 or v2, JUnit XML, a Sonobuoy tarball, a RefStack upload, a
Certmark report; any of them gzipped), a .stestr directory, or - for standard input. Several are
taken together as attempts of one run.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable or contradictory input, 4 incomplete or not applicable
"""

from __future__ import annotations

import argparse
import datetime as dt
import os

from certmark import __version__
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.outputs import FORMATS, Output, outputs_of, write_file
from certmark.cli.refusals import UsageProblem
from certmark.domain.guidelines import Guideline, Program
from certmark.domain.policies import POLICIES, Method, Policy, policy_from
from certmark.domain.programs import find_program, listed
from certmark.domain.results import Results
from certmark.domain.rulings import Standing, Verdict
from certmark.domain.verdicts import judge
from certmark.domain.waivers import Waiver
from certmark.formats.errors import FormatError
from certmark.formats.evidence import read_evidence
from certmark.formats.guideline import DEFAULT, load

_STATUS = {
    Standing.PASS: Exit.OK,
    Standing.FAIL: Exit.FAIL,
    Standing.INCOMPLETE: Exit.INCOMPLETE,
    Standing.NOT_APPLICABLE: Exit.INCOMPLETE,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("results", nargs="+", metavar="RESULT", help="a file or directory of results, or -")
    parser.add_argument(
        "--guideline", "-g", default=DEFAULT, help=f"a file, or the id of a shipped guideline (default: {DEFAULT})"
    )
    parser.add_argument(
        "--program", "-p", help="its name, a unique part of it, or RefStack's word (platform, compute, object, dns …)"
    )
    parser.add_argument(
        "--format", "-f", action="append", default=[], choices=FORMATS, help="of standard output or of the next -o"
    )
    parser.add_argument(
        "--output", "-o", action="append", default=[], metavar="FILE", help="write a report; the ending tells its form"
    )
    parser.add_argument("--json", action="store_true", help="the same as --format json")
    parser.add_argument("--full", action="store_true", help="list everything, also what passes")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")
    parser.add_argument(
        "--explain", action="append", default=[], metavar="TEST", help="how a test was found and counted"
    )
    parser.add_argument("--policy", help=f"one of {', '.join(POLICIES)}, or a JSON file (default: the guideline's)")
    parser.add_argument("--waivers", metavar="FILE", help="dated exceptions of one product")
    parser.add_argument(
        "--host-guideline",
        action="append",
        default=[],
        metavar="FILE",
        help="the guideline of an add-on's host (default: the one that it names, if it lies beside)",
    )
    parser.add_argument("--as-of", type=_date, metavar="DATE", help="judge as on this day (default: today, UTC)")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """Judge, and write what was asked for."""
    console.quiet = args.quiet
    outputs = outputs_of([*args.format, *(["json"] if args.json else [])], args.output)
    guideline = load(args.guideline)
    program = _program(guideline, args.program)
    policy = _policy(args.policy)
    waivers = _waivers(args.waivers)
    digest = any(output.needs_digests for output in outputs)
    evidence = [item for path in args.results for item in read_evidence(path, digest=digest)]
    verdict = judge(
        guideline,
        program,
        Results(evidence),
        waivers,
        as_of=args.as_of or dt.datetime.now(dt.UTC).date(),
        policy=policy,
        hosts=_hosts(args, program, console),
    )
    _remark(verdict, waivers, console)
    if args.explain:
        _explain(verdict, args.explain, console)
    else:
        _write(verdict, outputs, console, full=args.full)
    return _STATUS[verdict.standing]


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from None


def _program(guideline: Guideline, wanted: str | None) -> Program:
    if wanted is not None:
        return find_program(guideline, wanted)
    if len(guideline.programs) == 1:
        return guideline.programs[0]
    raise UsageProblem(f"name a program of {guideline.id} with --program: {listed(guideline.programs)}")


def _policy(wanted: str | None) -> Policy | None:
    if wanted is None or wanted in POLICIES:
        return None if wanted is None else POLICIES[wanted]
    if not os.path.exists(wanted):
        raise UsageProblem(f"there is no policy {wanted!r}; name {', '.join(POLICIES)}, or a JSON file")
    from certmark.formats.policy import read_policy  # noqa: PLC0415 - few need it

    return policy_from(read_policy(wanted))


def _waivers(path: str | None) -> tuple[Waiver, ...]:
    if path is None:
        return ()
    from certmark.formats.waivers import read_waivers  # noqa: PLC0415 - few need it

    with open(path, "rb") as file:
        return read_waivers(file.read(_MAX_WAIVERS), os.path.basename(path))


_MAX_WAIVERS = 4 << 20


def _hosts(args: argparse.Namespace, program: Program, console: Console) -> tuple[Guideline, ...]:
    """Guidelines that may define the host components of an add-on: named, or lying beside."""
    if args.host_guideline or not program.requires:
        return tuple(load(path) for path in args.host_guideline)
    folder = os.path.dirname(args.guideline)
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
    for evidence in verdict.results.evidence:
        for remark in evidence.remarks:
            console.remark(f"{evidence.name}: {remark}")
    if waivers and verdict.policy.method is Method.REFSTACK_2020:
        console.remark("RefStack knew no waivers; they were not used")


def _explain(verdict: Verdict, wanted: list[str], console: Console) -> None:
    from certmark.cli.explanations import explain  # noqa: PLC0415 - few need it

    for test in wanted:
        console.data(explain(verdict, test))


def _write(verdict: Verdict, outputs: list[Output], console: Console, *, full: bool) -> None:
    for output in outputs:
        if output.path is None and output.format == "text" and console.is_terminal:
            from certmark.cli.terminal import print_blocks  # noqa: PLC0415 - rich is for terminals only
            from certmark.formats.report.outline import outline  # noqa: PLC0415 - likewise

            print_blocks(outline(verdict, full=full), colour=console.colour)
            continue
        from certmark.formats.report import render  # noqa: PLC0415 - nothing to write is common with --quiet

        content = render(output.format, verdict, evaluator=__version__, full=full)
        if output.path is None:
            console.data_bytes(content)
        else:
            write_file(output.path, content)
            console.remark(f"wrote {output.path}")
