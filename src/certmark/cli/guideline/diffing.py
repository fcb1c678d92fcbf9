"""The work of `certmark guideline diff`."""

from __future__ import annotations

import argparse
import json

from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.exits import Exit
from certmark.cli.guideline.common import loaded
from certmark.domain.errors import InvalidRequest
from certmark.domain.guideline_changes import changes_between
from certmark.reporting.guideline.changes import change_blocks, change_document


def diff_guidelines(args: argparse.Namespace, console: Console) -> Exit:
    """Read both, compare, show."""
    if args.before == args.after == "-":
        raise InvalidRequest("only one of the two can be standard input")
    before, after = loaded(args.before, console), loaded(args.after, console)
    changes = changes_between(before, after)
    if args.format == "json":
        console.data(json.dumps(change_document(changes, before, after), indent=1))
    elif args.format == "markdown":
        from certmark.reporting.markdown import render_markdown

        console.data(render_markdown(change_blocks(changes, before, after, full=args.full)))
    else:
        show_blocks(list(change_blocks(changes, before, after, full=args.full)), console)
    if not changes and before.data != after.data:
        console.remark("the two differ only in their layout, or in what is not compared")
    return Exit.FAIL if changes else Exit.OK
