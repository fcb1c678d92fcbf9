"""What this process must not tell of whatever results it reads: the environment's secrets, and those of their run.

Whoever only reads a file of results pays nothing for it.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

from certmark.formats.secrets.hiding import remember

if TYPE_CHECKING:
    from pathlib import Path

    from certmark.formats.run_folder import RunFolder

_JOURNAL = "journal.jsonl"
"""`formats.run_folder.JOURNAL`, whose module costs more than reading a small stream."""


def secrets_of_environment() -> dict[str, str]:
    """The secrets of variables that describe a cloud (`OS_*`)."""
    variables = [name for name in os.environ if name.startswith("OS_")]
    if not variables:
        return {}
    from certmark.formats.secrets.names import is_secret_name

    return {f"${name}": os.environ[name] for name in variables if is_secret_name(name)}


def remember_secrets_of(path: str) -> None:
    """From now on this process tells nobody what the environment holds, and the run whose results are at `path`."""
    remember(secrets_of_environment())
    place = os.path.abspath(path)  # noqa: PTH100 - a pathlib of each stream costs more than reading it
    for _ in range(3):
        if os.path.isfile(os.path.join(place, _JOURNAL)):  # noqa: PTH113, PTH118 - likewise
            from pathlib import Path

            remember_secrets_of_run(Path(place))
            return
        place = os.path.dirname(place)  # noqa: PTH120 - likewise


def remember_secrets_of_run(folder: Path) -> None:
    """Likewise what the configuration and the accounts in the run's folder hold, as far as they can be read."""
    from certmark.formats.run_folder import RunFolder

    run = RunFolder(folder)
    remember(_secrets_of_run(run, _written(run.conf), _written(run.accounts)))


def remember_secrets_of_clouds() -> None:
    """Likewise what clouds.yaml and secure.yaml hold."""
    from certmark.evidence.secrets.sources import secrets_of_clouds

    remember(secrets_of_clouds())


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=8)
def _secrets_of_run(run: RunFolder, *_written: int) -> dict[str, str]:
    from certmark.evidence.secrets.sources import secrets_of_run
    from certmark.formats.errors import InvalidBundle

    try:
        return secrets_of_run(run)
    except (InvalidBundle, OSError):
        return {}  # whoever makes a bundle of it is told
