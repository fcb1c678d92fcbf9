"""What a cloud's projects hold, what of it a run left there, and the removal of that.

Without --run or --since it lists what the projects hold (servers, volumes, networks, containers and
what Tempest's own clean-up passes over: backups, application credentials, stacks, zones, secrets …).
With one of them it lists what is there and was not; --delete removes it, after asking, and only what
the run's projects made after the run began, or what a list names that certmark wrote. Of all projects
it removes what --run's own log names, or the list: other people's runs name their things alike.

exit status: 0 nothing is left (or that was not asked), 1 something is left, 2 usage,
3 unreadable input, 4 a service did not answer and may hold something, 5 the cloud cannot be used
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.cloud import add_cloud, add_out, take_region


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    who = parser.add_argument_group("through whose eyes")
    add_cloud(who)
    who.add_argument("--accounts", metavar="FILE", help="the projects of these users, not the connection's own")
    who.add_argument("--all-projects", action="store_true", help="all projects, as an administrator")
    since = parser.add_argument_group("since when")
    since.add_argument("--run", metavar="RUN", help="since this run began, in its own projects: its id or folder")
    since.add_argument(
        "--since",
        metavar="RECORD|TIME",
        help="an inventory that --save wrote, a list of leftovers, or a time (2026-11-22T10:00Z)",
    )
    what = parser.add_argument_group("what is done")
    what.add_argument("--save", metavar="FILE", help="write the inventory, for --since later")
    what.add_argument("--delete", action="store_true", help="remove what is left; without it nothing is changed")
    what.add_argument("--yes", "-y", action="store_true", help="do not ask")
    what.add_argument(
        "--any-name", action="store_true", help="also what is not named as the suite names things, in shared projects"
    )
    what.add_argument(
        "--others-too",
        action="store_true",
        help="with --all-projects, also remove what other people's runs may have made",
    )
    add_out(parser.add_argument_group("what comes out"))


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `cloud_leftovers_work`."""
    from certmark.app.cloud.leftovers import show_leftovers

    console.quiet = args.quiet
    take_region(args)
    return show_leftovers(args, console)
