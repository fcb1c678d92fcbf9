"""What `run`, `resume` and `rerun` share: which run, what is shown while it goes on, and what is written at its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from certmark.cli.options import checked, option
from certmark.cli.options.cloud import OUT
from certmark.cli.options.output import VERDICT_FORMS, Output, QuietOption, format_option, outputs_of
from certmark.reporting.views import Form


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


positive_seconds = checked(_seconds, "a number of seconds above 0")
"""For argparse."""


@dataclass(frozen=True, kw_only=True)
class RunReportOptions(QuietOption):
    """What is shown while a run goes on, and written at its end."""

    events: str | None = option(
        "--events", choices=("json",), help="every event as a line of JSON on standard output", group=OUT
    )
    format: tuple[str, ...] = format_option(VERDICT_FORMS, OUT)
    output: tuple[str, ...] = option(
        "--output", "-o", action="append", metavar="FILE", help="write a report; the ending tells its form", group=OUT
    )
    full: bool = option("--full", action="store_true", help="list everything, also what passes", group=OUT)
    fail_on_leftovers: bool = option(
        "--fail-on-leftovers",
        action="store_true",
        help="exit status 1 if the run leaves anything in its projects",
        group=OUT,
    )
    quiet: bool = option("--quiet", "-q", action="store_true", help="no progress and no remarks", group=OUT)

    def outputs(self, known: Sequence[Form] = VERDICT_FORMS) -> list[Output]:
        """Where the reports go. Raises InvalidRequest."""
        return outputs_of(self.format, self.output, known)


@dataclass(frozen=True, kw_only=True)
class EarlierRunOptions(RunReportOptions):
    """Which run goes on."""

    run: str | None = option(metavar="RUN", nargs="?", help="its id or folder (default: the last one)")
    keep_leftovers: bool = option(
        "--keep-leftovers",
        action="store_true",
        help="do not remove what killed classes left in the run's projects",
    )
