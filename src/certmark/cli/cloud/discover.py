"""Write tempest.conf and accounts.yaml from what a cloud tells of itself.

The cloud is an entry of clouds.yaml, or OS_* variables say it; passwords, tokens and application
credentials all do. Every option stands under a comment that says where it is from: given (a person
wrote it), asked (the cloud said it, with the call), chosen (one of several that the cloud has),
assumed (nobody could be asked; with the reason), ours (how a run works). Nothing is made in the
cloud without --create, and what is made stands in a record.

Without --out the file goes to standard output, without secrets. With it, DIR gets tempest.conf,
accounts.yaml where users are given, and secrets.env where Tempest makes its own (an administrator's
password, for Tempest's environment; certmark run reads it, too); the latter two are for your eyes only.

exit status: 0 done or no difference, 1 --diff found a difference, 2 usage (also an option that this
Tempest does not have), 4 done, but a service of the catalogue could not be looked at, 5 the cloud or
Tempest cannot be asked
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.cloud import add_cloud, add_out
from certmark.cli.options.guideline import PROGRAM_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    add_cloud(parser)
    _add_what_goes_in(parser.add_argument_group("what goes in"))
    out = parser.add_argument_group("what comes out")
    out.add_argument("--out", "-o", metavar="DIR|FILE", help="a folder, or a file whose name ends in .conf")
    out.add_argument("--force", action="store_true", help="write over files that are there; each is kept as NAME.DATE")
    out.add_argument("--diff", metavar="FILE", help="compare with this tempest.conf instead of writing one")
    add_out(out)
    make = parser.add_argument_group("what may be made in the cloud")
    make.add_argument("--create", action="store_true", help="make flavors, images and roles that are needed and absent")
    make.add_argument("--image", metavar="FILE|URL", help="with --create: the image to upload (default: a tiny one)")
    make.add_argument(
        "--record", metavar="FILE", help="with --create: what was made (default: created.json beside tempest.conf)"
    )
    make.add_argument("--remove-created", metavar="RECORD", help="remove what the record names, and do nothing else")


def _add_what_goes_in(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--guideline", "-g", help="a file, or a shipped id (default: the newest that ships along)")
    group.add_argument("--program", "-p", help=f"services that it needs must be there; {PROGRAM_HELP}")
    group.add_argument(
        "--set", action="append", default=[], metavar="SECTION.OPTION=VALUE", help="an option as you want it"
    )
    group.add_argument(
        "--profile", metavar="FILE", help="YAML of these arguments by their long names, or options as in a tempest.conf"
    )
    group.add_argument("--accounts", metavar="FILE", help="users to act as (default: as clouds.yaml says)")
    group.add_argument("--no-admin", action="store_true", help="ask and act as an ordinary user, even as administrator")
    group.add_argument(
        "-j", dest="workers", type=int, metavar="N", help="classes at a time that the users must be enough for"
    )
    group.add_argument(
        "--tempest", metavar="VERSION|PATH", help="whose options are written: a version, or an environment's path"
    )


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `cloud_discovering`."""
    from certmark.app.cloud.discovery.discover import discover_cloud

    console.quiet = args.quiet
    return discover_cloud(args, console)
