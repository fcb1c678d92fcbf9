"""What verbs share that change a guideline's file."""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.options import argument, option
from certmark.cli.options.output import QuietOption

_FILE_HELP, _CAPABILITY_HELP = "a guideline in JSON or YAML", "its key"


@dataclass(frozen=True, kw_only=True)
class DryRunOption(QuietOption):
    """Whether the change is only shown."""

    dry_run: bool = option("--dry-run", "-n", action="store_true", help="show the change as a diff, and write nothing")


@dataclass(frozen=True, kw_only=True)
class EditOptions(DryRunOption):
    """Which guideline is held to be the one before."""

    predecessor: str | None = option(
        "--predecessor", metavar="FILE", help="the guideline before (default: what it replaces, beside the file)"
    )


@dataclass(frozen=True, kw_only=True)
class LevelOptions(EditOptions):
    """Which capability is moved, and in which component."""

    file: str = argument(metavar="FILE", help=_FILE_HELP)
    capability: str = argument(metavar="CAPABILITY", help=_CAPABILITY_HELP)
    component: str | None = option("--component", metavar="NAME", help="only there (default: wherever it stands)")


def file_argument() -> str:
    """The argument FILE."""
    named: str = argument(metavar="FILE", help=_FILE_HELP)
    return named


def capability_argument() -> str:
    """The argument CAPABILITY."""
    key: str = argument(metavar="CAPABILITY", help=_CAPABILITY_HELP)
    return key
