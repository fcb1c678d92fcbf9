"""Judge by the guidelines of a source from now on, and look at it at once.

PLACE is a folder or file (by its whole path), an https address of a guideline, or git+https://HOST/REPOSITORY
with #BRANCH behind it for another branch than its first; of folders and repositories the files of the top folder
that end in .json, .yaml or .yml are taken. Of guidelines that were published (certmark guideline publish) name the
folder, or the address of its index.signed.json: every revision is taken, once it was seen that it is signed by
somebody whom the setting guideline_signers names. A source that is away or broken changes nothing of what is there.

exit status: 0 added, 1 added, and something was wrong, 2 usage, or no place from which anything is taken, 5 the
database does not allow it
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("place", metavar="PLACE", help="where the guidelines are")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Add it."""
    from certmark.reporting.text import plain
    from certmark.server.opening import operated
    from certmark.server.services import sources

    with operated(settings) as services:
        found = [sources.add(services, given.place)]
    status = ServerExit.OK
    for one in found:
        print(one.place, ", ".join(one.new) or "nothing new", plain(one.problem or ""), sep="\t")
        status = status if one.problem is None else ServerExit.FOUND
    return status
