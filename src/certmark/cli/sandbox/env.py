"""Print the settings with which OpenStack's clients find the sandbox, for eval "$(certmark sandbox env)".

The entry certmark-sandbox is a member user; certmark-sandbox-admin, with --admin, may do everything.

exit status: 0 printed, 2 usage, 5 there is no finished sandbox
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.sandbox import add_which


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_which(parser)
    parser.add_argument("--admin", action="store_true", help="as the admin")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `sandboxing`."""
    from certmark.app.sandbox import tell_environment

    return tell_environment(args, console)
