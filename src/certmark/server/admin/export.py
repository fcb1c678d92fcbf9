"""Write one SQLite file and the evidence, from which another server starts; or the shared runs as Parquet.

Left away is what is only this server's: tokens, keys of requests, unfinished uploads, work and mail that wait.
A server that is given the folder with --data starts from it.

With --parquet the folder has what everybody sees of shared runs, for DuckDB, Spark, Trino and the like; it needs
certmark[parquet].

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
    parser.add_argument("--parquet", action="store_true", help="the shared runs as Parquet, and nothing else")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Write it."""
    from certmark.server.opening import operated

    with operated(settings) as services:
        if given.parquet:
            from certmark.server.dumps.parquet import write_parquet

            written = write_parquet(services, given.target)
            print(f"{given.target}: {written.runs:,} runs, {written.tests:,} tests, {written.outcomes:,} outcomes")
            return ServerExit.OK
        from certmark.server.dumps.writing import dump

        found = dump(services, given.target, is_whole=False)
    print(f"{given.target}: {found.rows['runs']:,} runs, {found.objects:,} objects of evidence")
    for digest in found.lost:
        print(f"the store lost the evidence {digest}; the folder is without it", file=sys.stderr)
    return ServerExit.FOUND if found.lost else ServerExit.OK
