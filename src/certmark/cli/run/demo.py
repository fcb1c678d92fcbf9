"""Show the whole of it on a small real cloud of your own: no cloud at hand, no credentials, no root.

A Keystone and a Swift come up on this machine's loopback, Tempest is installed, the tests that a program
asks for are run, judged and put on record, the report is opened, and the cloud goes down again.

exit status: 0 pass, 1 fail, 4 incomplete or not applicable; all others as of certmark run
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--guideline", "-g", help="a file, or a shipped id (default: the newest that ships along)")
    parser.add_argument(
        "--program", "-p", default="object", help="one that needs object storage only (default: object)"
    )
    parser.add_argument("--keep", action="store_true", help="leave the cloud up; certmark sandbox down ends it")
    parser.add_argument("--no-open", action="store_true", help="do not open the report")
    parser.add_argument("--folder", metavar="DIR", help="the cloud's folder (default: the sandbox's usual one)")
    parser.add_argument("--quiet", "-q", action="store_true", help="no progress and no remarks")


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `demonstrating`."""
    from certmark.app.run.demo import demonstrate

    console.quiet = args.quiet
    return demonstrate(args, console)
