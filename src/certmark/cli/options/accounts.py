"""The arguments that the verbs of `certmark cloud accounts` share; light, for `--help` needs no more."""

from __future__ import annotations

import argparse

from certmark.cli.options.cloud import add_asked, add_cloud


def add_selection(parser: argparse.ArgumentParser, *, workers: str | None) -> None:
    """For whom accounts are: the cloud, the tests, how many classes at a time."""
    add_cloud(parser)
    asked = parser.add_argument_group("for which tests")
    add_asked(asked)
    asked.add_argument("--suite", default="tempest", metavar="FILE", help="a description of another suite")
    asked.add_argument(
        "--tempest",
        metavar="VERSION|PATH",
        help="of the suite: a version, a source tree, or an environment that has it",
    )
    asked.add_argument("--wheels", metavar="DIR", help="install the suite from these wheels, without an index")
    asked.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="OPTION=NAME",
        help="what the cloud calls a role: object-storage.operator_role=swiftoperator",
    )
    words = "classes at a time" + (f" (default: {workers})" if workers is not None else "")
    asked.add_argument("-j", dest="workers", type=_positive, default=workers, metavar="N", help=words)


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 64:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of classes from 1 to 64")
    return int(text)
