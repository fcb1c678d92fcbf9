"""What makes one run many."""

from __future__ import annotations

import math
from dataclasses import dataclass

from certmark.cli.options import checked, option

_GROUP = "many clouds (docs/how-to/test-many-clouds.md)"
_MOST = 64


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST:
        raise ValueError
    return int(text)


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < math.inf:
        raise ValueError
    return seconds


count_of_clouds = checked(_count, f"a number from 1 to {_MOST}")
"""For argparse."""


@dataclass(frozen=True, kw_only=True)
class FleetOptions:
    """The options of `certmark run` that are about many clouds."""

    all_clouds: str | None = option(
        "--all-clouds", metavar="FILE", help="test every cloud of this list, side by side", group=_GROUP
    )
    clouds_at_once: int = option(
        "--clouds-at-once",
        type=count_of_clouds,
        default=2,
        metavar="N",
        help="runs side by side (default: 2)",
        group=_GROUP,
    )
    only: tuple[str, ...] = option(
        "--only",
        action="append",
        metavar="WORD",
        help="a cloud, group, label or list of the file; again for more",
        group=_GROUP,
    )
    ignore_dead: bool = option(
        "--ignore-dead", action="store_true", help="clouds that do not answer do not weigh", group=_GROUP
    )
    alive_timeout: float = option(
        "--alive-timeout",
        type=checked(_seconds, "a number of seconds above 0"),
        default=10.0,
        metavar="S",
        help="seconds in which a cloud must answer before its run begins (default: 10)",
        group=_GROUP,
    )
    fleet: str | None = option(
        "--continue", metavar="FLEET", help="take up what a fleet left unfinished: its id or folder", group=_GROUP
    )

    @property
    def is_fleet(self) -> bool:
        """Whether many clouds are asked for."""
        return self.all_clouds is not None or self.fleet is not None
