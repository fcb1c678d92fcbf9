"""Test a cloud and say whether it meets a program: the suite is installed, run, judged and put on record.

The run has a folder with everything in it: what was asked, raw results, report, evidence bundle.
Ctrl-C ends it after the running tests; certmark resume goes on, whatever stopped it.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable input, 4 incomplete or not applicable,
5 the cloud, the suite or this machine does not let the run begin or go on, 130 interrupted;
of many clouds the worst decides: 1 some fail, then 5 some could not be tested, 4 some incomplete, 0 all pass
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.options.cloud import add_asked, add_cloud, take_region
from certmark.cli.options.fleet import add_fleet, is_fleet
from certmark.cli.options.run import add_going, positive_seconds


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    cloud = parser.add_argument_group("the cloud")
    add_cloud(cloud)
    cloud.add_argument("--tempest-conf", metavar="FILE", help="a configuration of your own, used as it is")
    cloud.add_argument("--accounts", metavar="FILE", help="users for the tests, in Tempest's form")
    cloud.add_argument(
        "--cloud-identity", metavar="ID", help="which cloud it is, as its operator publishes (default: as kept or made)"
    )
    asked = parser.add_argument_group("what is asked")
    add_asked(asked)
    asked.add_argument("--policy", help="strict, none-failed, refstack-2020, or a JSON file (default: the guideline's)")
    asked.add_argument("--waivers", metavar="FILE", help="dated exceptions of one product, signed or not")
    asked.add_argument(
        "--waiver-signers", metavar="FILE", help="who may approve waivers (allowed signers); others are refused"
    )
    suite = parser.add_argument_group("the suite")
    suite.add_argument("--suite", default="tempest", metavar="FILE", help="a description of another suite")
    suite.add_argument(
        "--tempest",
        metavar="VERSION|PATH",
        help="of the suite: a version, a source tree, or an environment that has it",
    )
    suite.add_argument("--wheels", metavar="DIR", help="install from these wheels, without an index")
    how = parser.add_argument_group("how")
    how.add_argument("-j", dest="workers", default="auto", metavar="N|auto", help="classes at a time (default: auto)")
    how.add_argument(
        "--class-timeout",
        type=positive_seconds,
        metavar="S",
        help="seconds for a class (default: ten times what is expected, at least 900)",
    )
    how.add_argument(
        "--folder", metavar="DIR", help="the run's folder (default: one with the run's id among the others)"
    )
    how.add_argument("--no-doctor", action="store_true", help="do not examine the cloud before (certmark cloud doctor)")
    how.add_argument(
        "--despite", action="append", default=[], metavar="ID", help="go on although the doctor finds this"
    )
    add_fleet(parser)
    add_going(parser)


def run(args: argparse.Namespace, console: Console) -> int:
    """See the module `running`."""
    console.quiet = args.quiet
    if is_fleet(args):
        from certmark.app.run.fleet.running import run_fleet

        parser = argparse.ArgumentParser()
        configure(parser)
        return run_fleet(args, parser, console)
    from certmark.app.run.prepare import run_cloud

    take_region(args)
    return run_cloud(args, console)
