"""Bring a backup back into an empty database and an empty store.

Nothing is countersigned afterwards until the log was compared with checkpoints that others keep: name them in
the setting published_checkpoints.

exit status: 0 restored, 2 usage, or there is something already, 3 the backup is damaged, 5 database or storage do
not allow it
"""

from __future__ import annotations

import argparse
from pathlib import Path

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("backup", metavar="FOLDER", type=Path, help="what `backup` or `export` wrote")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Bring it back."""
    from certmark.server.dumps.restoring import restore

    about = restore(settings, given.backup)
    print(f"restored {about.rows['runs']:,} runs, as they were at {about.created}")
    return ServerExit.OK
