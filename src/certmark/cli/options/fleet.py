"""The arguments of `certmark run` for many clouds; light, for `--help` needs no more."""

from __future__ import annotations

import argparse

from certmark.cli.options.run import positive_seconds

FLEET_ONLY = frozenset(
    {"all_clouds", "going_on", "clouds_at_once", "only", "ignore_dead", "alive_timeout", "help"}
    | {"os_cloud", "region", "folder", "events", "format", "output", "full", "quiet"}
)
"""What is the fleet's, and is not handed to each of its runs."""


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """What makes one run many."""
    many = parser.add_argument_group("many clouds (docs/how-to/test-many-clouds.md)")
    many.add_argument("--all-clouds", metavar="FILE", help="test every cloud of this list, side by side")
    many.add_argument("--clouds-at-once", type=_positive, default=2, metavar="N", help="runs side by side (default: 2)")
    many.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="WORD",
        help="a cloud, group, label or list of the file; again for more",
    )
    many.add_argument("--ignore-dead", action="store_true", help="clouds that do not answer do not weigh")
    many.add_argument(
        "--alive-timeout",
        type=positive_seconds,
        default=10.0,
        metavar="S",
        help="seconds in which a cloud must answer before its run begins (default: 10)",
    )
    many.add_argument(
        "--continue", dest="going_on", metavar="FLEET", help="take up what a fleet left unfinished: its id or folder"
    )


def is_fleet(args: argparse.Namespace) -> bool:
    """Whether many clouds are asked for."""
    return args.all_clouds is not None or args.going_on is not None


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 64")
    return int(text)
