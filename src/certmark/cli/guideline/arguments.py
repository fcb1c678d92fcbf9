"""The arguments that the verbs of `certmark guideline` share; light, for `--help` needs no more."""

from __future__ import annotations

import argparse

PROGRAM_HELP = "its name, a unique part of it, or RefStack's word (platform, compute, object, dns …)"


def add_common(parser: argparse.ArgumentParser, *, without: str = "the newest that ships along") -> None:
    """The arguments of every verb of this family; `without` says what is meant where none is named."""
    parser.add_argument(
        "guideline", nargs="?", metavar="GUIDELINE", help=f"a file, -, or a shipped id (default: {without})"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")
