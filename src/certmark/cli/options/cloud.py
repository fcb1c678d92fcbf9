"""The arguments that verbs which talk to a cloud share; light, for `--help` needs no more."""

from __future__ import annotations

import argparse
import os

from certmark.cli.options.guideline import PROGRAM_HELP


def add_cloud(parser: argparse._ActionsContainer) -> None:
    """Which cloud is meant; `take_region` makes the second known."""
    parser.add_argument("--os-cloud", metavar="NAME", help="an entry of clouds.yaml (default: $OS_CLOUD, or OS_*)")
    parser.add_argument("--region", metavar="NAME", help="a region of it (default: its entry's, or $OS_REGION_NAME)")


def take_region(args: argparse.Namespace) -> None:
    """As `openstack` has it: whoever signs in reads the region from the environment."""
    if args.region is not None:
        os.environ["OS_REGION_NAME"] = args.region


def add_asked(parser: argparse._ActionsContainer, program: str = PROGRAM_HELP) -> None:
    """Which tests are meant."""
    parser.add_argument("--guideline", "-g", help="a file, or a shipped id (default: the newest that ships along)")
    parser.add_argument("--program", "-p", help=program)
    parser.add_argument(
        "--level", default="required", metavar="LEVELS", help="whose tests: required,advisory,… (default: required)"
    )
    parser.add_argument("--flagged", action="store_true", help="flagged tests, too; they never count")


def add_out(parser: argparse._ActionsContainer, quiet: str = "no remarks") -> None:
    """What is said, and to whom."""
    parser.add_argument("--json", action="store_true", help="for machines: one JSON object on standard output")
    parser.add_argument("--quiet", "-q", action="store_true", help=quiet)
