"""Write one SQLite file and the evidence, from which another server starts.

Left away is what is only this server's: tokens, keys of requests, unfinished uploads, work and mail that wait.
A server that is given the folder with --data starts from it.

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

    with operated(settings) as services:
        found = dump(services, given.target, is_whole=False)
    print(f"{given.target}: {found.rows['runs']:,} runs, {found.objects:,} objects of evidence")
    for digest in found.lost:
        print(f"the store lost the evidence {digest}; the folder is without it", file=sys.stderr)
    return ServerExit.FOUND if found.lost else ServerExit.OK
