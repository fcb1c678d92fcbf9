"""Show what changed between two guidelines, in the words of the process.

Capabilities that changed their level, were added, merged or split; tests that were added, removed, moved or renamed
(known by their ids); flags, aliases, weights, the cut-off, releases, designated sections, programs. BEFORE
and AFTER are files of any schema, also of different ones, or ids of shipped guidelines.

exit status: 0 they say the same, 1 something changed, 2 usage, 3 unreadable guideline
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit

FORMATS = ("text", "markdown", "json")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("before", metavar="BEFORE", help="the earlier guideline, or -")
    parser.add_argument("after", metavar="AFTER", help="the later one")
    parser.add_argument("--format", "-f", choices=FORMATS, default="text", help="text, Markdown for a review, or JSON")
    parser.add_argument("--json", action="store_const", const="json", dest="format", help="the same as --format json")
    parser.add_argument("--full", action="store_true", help="every entry of long lists")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `guideline_diffing`."""
    from certmark.cli.guideline.diffing import diff_guidelines

    console.quiet = args.quiet
    return diff_guidelines(args, console)
