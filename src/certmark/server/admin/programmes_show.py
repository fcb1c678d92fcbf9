"""Print the document of a programme, as it stands in its file: to read it, or to begin another one with.

exit status: 0 printed, 2 usage, or no such programme, 3 a file is not what it must be, 5 the folder cannot be read
"""

from __future__ import annotations

import argparse

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("programme", metavar="PROGRAMME", help="its word")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """Print it."""
    from certmark.domain.errors import InvalidRequest
    from certmark.domain.suggestions import did_you_mean
    from certmark.formats.rulebooks import document_of
    from certmark.server.services.programmes import programmes_of

    words = [one.word for one in programmes_of(settings)]
    found = document_of(given.programme, settings.programmes)
    if found is None:
        meant = did_you_mean(given.programme, words) or f"; there are {', '.join(words)}"
        raise InvalidRequest(f"there is no programme {given.programme[:60]!r}{meant}")
    print(found.decode(), end="")
    return ServerExit.OK
