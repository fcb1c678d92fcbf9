"""Compare a guideline with a suite as it is today: what exists, moved, vanished, asks for more, is in no guideline.

GUIDELINE is a file, - for standard input, or the id of a shipped guideline. The suite is installed in an
environment of its own, as certmark run does, and its code is read once, without a cloud; what was read is
kept. --list takes a saved survey (--save), or the output of stestr list or tempest run --list-tests instead.

For each test: whether the suite still has it, whom it acts as and when it skips, and what the process allows
to be done: aliases and flags in an approved guideline, new keys in a draft, nothing in a superseded one. With
--before, an older survey, only what was added since is a matter.

exit status: 0 nothing to do, 1 something to do, 2 usage, 3 unreadable input, 5 the suite cannot be installed or read
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit

_FORMATS = ("text", "json", "markdown", "html")
_MATTERS = ("vanished", "other-id", "renamed", "admin", "second-account", "skip-condition", "outdated-flag")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument(
        "guideline", nargs="?", metavar="GUIDELINE", help="a file, -, or a shipped id (default: the newest shipped)"
    )
    _add_suite(parser)
    look = parser.add_argument_group("what is looked at")
    look.add_argument(
        "--before", metavar="FILE", help="a saved survey of an older suite: only what was added since is a matter"
    )
    look.add_argument(
        "--accept", action="append", default=[], choices=_MATTERS, help="a matter that needs nothing done; repeatable"
    )
    look.add_argument(
        "--as", dest="stage", choices=("draft", "approved", "superseded"),
        help="take GUIDELINE for one of this stage: an approved one as the draft of the next",
    )  # fmt: skip
    look.add_argument("--gaps", action="store_true", help="also tests that no guideline tracks, as candidates")
    look.add_argument(
        "--tracked", action="append", default=[], metavar="PATH",
        help="a guideline or a folder of them, for --gaps (default: the shipped ones); GUIDELINE always counts",
    )  # fmt: skip
    look.add_argument(
        "--runs", action="append", default=[], metavar="PATH",
        help="results, a run's folder, or a folder of those: the record of each candidate's tests",
    )  # fmt: skip
    out = parser.add_argument_group("what comes out")
    out.add_argument(
        "--format", "-f", action="append", default=[], choices=_FORMATS, help="of standard output or of the next -o"
    )
    out.add_argument(
        "--output", "-o", action="append", default=[], metavar="FILE", help="write it; the ending tells its form"
    )
    out.add_argument("--json", action="store_true", help="the same as --format json")
    out.add_argument("--full", action="store_true", help="list every test")
    out.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def _add_suite(parser: argparse.ArgumentParser) -> None:
    suite = parser.add_argument_group("the suite")
    suite.add_argument(
        "--suite", default="tempest", metavar="NAME[==VERSION]", help="a shipped suite or a suite file (tempest)"
    )
    suite.add_argument(
        "--tempest", metavar="PATH", help="a source tree, wheel, environment or version of the suite instead"
    )
    suite.add_argument(
        "--plugin", action="append", default=[], metavar="NAME[==VERSION]",
        help="install along: dns, orchestration … or a package (default: those that GUIDELINE's tests need)",
    )  # fmt: skip
    suite.add_argument("--wheels", metavar="DIRECTORY", help="install from this folder of wheels, without a network")
    suite.add_argument("--list", metavar="FILE", help="a saved survey or a listing, instead of a suite")
    suite.add_argument("--save", metavar="FILE", help="write the survey, gzipped if it ends in .gz, for --list")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `guideline_covering`."""
    from certmark.app.guideline.coverage import cover_guideline

    console.quiet = args.quiet
    return cover_guideline(args, console)
