"""Say what is wrong with guideline files, at file and line.

PATH is a guideline in JSON of any schema, a folder (all guidelines below it), the id of a shipped
guideline, or - for standard input. Guidelines are compared with their predecessors: among what is named,
and among the dated guidelines that lie beside it. Every rule has an id (`ids/prefix`); --explain tells
what it means and whom it follows.

--since REV finds what may not change after approval, in a hook or in CI: tests, ids, flags, weights.

exit status: 0 nothing at or above the severity, 1 findings, 2 usage, 3 a file is unreadable or no guideline,
5 there is no git for --since
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit

FORMATS = ("text", "json", "sarif", "junit", "github")
SEVERITIES = ("error", "warning", "note")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a guideline, a folder of them, a shipped id, or -")
    parser.add_argument("--format", "-f", choices=FORMATS, default="text", help="text (default), for machines the rest")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--output", "-o", metavar="FILE", help="write there, not to standard output")
    parser.add_argument("--full", action="store_true", help="list every finding, however many there are")
    parser.add_argument(
        "--severity", choices=SEVERITIES, default="warning", help="the least that is told and weighs (default: warning)"
    )
    parser.add_argument(
        "--select", action="append", default=[], metavar="RULE", help="only these rules or groups (a,b; repeatable)"
    )
    parser.add_argument("--ignore", action="append", default=[], metavar="RULE", help="not these rules or groups")
    parser.add_argument(
        "--predecessor", metavar="FILE", help="compare with this guideline, or with an earlier revision of the same"
    )
    parser.add_argument(
        "--since", metavar="REV", help="compare each file with its revision in git, too (origin/main, HEAD, v1)"
    )
    parser.add_argument("--baseline", metavar="FILE", help="known findings, which do not weigh")
    parser.add_argument("--write-baseline", metavar="FILE", help="put what is found on record as known")
    parser.add_argument("--fix", action="store_true", help="mend what is safe to mend, and tell the rest")
    parser.add_argument("--dry-run", action="store_true", help="with --fix: show the changes and write nothing")
    parser.add_argument(
        "--explain", action="append", default=[], metavar="RULE", help="what a rule or a group of rules means; all: all"
    )
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `guideline_linting`."""
    from certmark.app.guideline.linting import explain_rules, lint_guidelines

    console.quiet = args.quiet
    return explain_rules(args.explain, console) if args.explain else lint_guidelines(args, console)
