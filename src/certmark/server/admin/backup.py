"""Write everything of the server into a new folder, while it goes on.

The folder has tokens' digests and private runs in it: keep it as you keep the server. `restore` brings it back,
on either database; the key of the log is not in it.

exit status: 0 written, 1 written without evidence that the store lost, 2 usage, 5 database or storage do not
allow it
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("target", metavar="FOLDER", type=Path, help="a folder that is not there yet")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Write it."""
    from certmark.server.dumps.writing import dump
    from certmark.server.opening import operated
    from certmark.server.services.operation import note_backup

    with operated(settings) as services:
        found = dump(services, given.target, is_whole=True)
        note_backup(services)
    print(f"{given.target}: {found.rows['runs']:,} runs, {found.objects:,} objects of evidence")
    for digest in found.lost:
        print(f"the store lost the evidence {digest}; the folder is without it", file=sys.stderr)
    return ServerExit.FOUND if found.lost else ServerExit.OK
