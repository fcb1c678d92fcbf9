"""Which log, and what is known of it outside of its folder."""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.options import argument, option


@dataclass(frozen=True, kw_only=True)
class LogOptions:
    """The folder of a log."""

    folder: str = argument(metavar="DIR", help="the folder of the log")


@dataclass(frozen=True, kw_only=True)
class PublishedOptions:
    """What others have seen of a log."""

    published: tuple[str, ...] = option(
        "--published",
        action="append",
        metavar="FILE",
        help="a checkpoint or a receipt that others got: the log must continue it (what this machine signed is known)",
    )
