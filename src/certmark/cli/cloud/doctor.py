"""Find what would make a run fail on this cloud, before anything runs; nothing is made or changed.

Looks at signing in, the catalogue, the services, every account and its project, quotas for the
workers, images and flavors, the network outside, certificates and clocks, this machine and the
suite. What the tests need is read from the tests themselves. Each finding says what, where, why it
matters and how to mend it; docs/reference/doctor.md lists all of them.

exit status: 0 nothing fatal, 2 usage, 3 unreadable input, 5 something fatal, 130 interrupted
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.cloud import add_asked, add_cloud, add_out, take_region
from certmark.cli.options.guideline import PROGRAM_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    cloud = parser.add_argument_group("the cloud")
    add_cloud(cloud)
    cloud.add_argument("--tempest-conf", metavar="FILE", help="a configuration of your own, with its accounts file")
    cloud.add_argument("--accounts", metavar="FILE", help="users for the tests, in Tempest's form")
    asked = parser.add_argument_group("what is to be run")
    add_asked(asked, f"{PROGRAM_HELP} (default: every one for which the catalogue has the services)")
    asked.add_argument("-j", dest="workers", default="auto", metavar="N|auto", help="classes at a time (default: auto)")
    suite = parser.add_argument_group("the suite")
    suite.add_argument(
        "--tempest", metavar="VERSION|PATH", help="a version, a source tree, or an environment that has it"
    )
    suite.add_argument("--wheels", metavar="DIR", help="install from these wheels, without an index")
    which = suite.add_mutually_exclusive_group()
    which.add_argument(
        "--offline-suite", action="store_true", help="use the suite if it is installed, else go by names"
    )
    which.add_argument("--no-suite", action="store_true", help="leave the suite alone; go by the names of the tests")
    out = parser.add_argument_group("what comes out")
    out.add_argument("--full", action="store_true", help="list everything, also what is well")
    add_out(out, quiet="no progress and no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `cloud_doctoring`."""
    from certmark.app.cloud.preflight.doctor import examine_cloud

    console.quiet = args.quiet
    take_region(args)
    return examine_cloud(args, console)
