"""The arguments that `run`, `resume` and `rerun` share; light, for `--help` needs no more."""

from __future__ import annotations

import argparse

FORMATS = ("text", "json", "junit", "html", "markdown")


def add_going(parser: argparse.ArgumentParser) -> None:
    """What is shown while it runs, and written at its end."""
    out = parser.add_argument_group("what comes out")
    out.add_argument("--events", choices=("json",), help="every event as a line of JSON on standard output")
    out.add_argument(
        "--format", "-f", action="append", default=[], choices=FORMATS, help="of standard output or of the next -o"
    )
    out.add_argument(
        "--output", "-o", action="append", default=[], metavar="FILE", help="write a report; the ending tells its form"
    )
    out.add_argument("--full", action="store_true", help="list everything, also what passes")
    out.add_argument(
        "--fail-on-leftovers", action="store_true", help="exit status 1 if the run leaves anything in its projects"
    )
    out.add_argument("--quiet", "-q", action="store_true", help="no progress and no remarks")


def add_run(parser: argparse.ArgumentParser) -> None:
    """Which run is meant."""
    parser.add_argument("run", metavar="RUN", nargs="?", help="its id or folder (default: the last one)")
    parser.add_argument(
        "--keep-leftovers", action="store_true", help="do not remove what killed classes left in the run's projects"
    )


def positive_seconds(text: str) -> float:
    """Seconds, for argparse."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return seconds
