"""List the programmes that certify here: word, name, rulebook in force and its first day, programs.

They come along, or from the folder that the setting `programmes` names; each file is read whole, so that this says
what is wrong with one before the server does. With --json a document, for programs.

exit status: 0 listed, 2 usage, 3 a file is not what it must be, 5 the folder cannot be read
"""

from __future__ import annotations

import argparse
import datetime as dt
import json

from certmark.server.admin.exits import ServerExit
from certmark.server.settings import Settings


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, given: argparse.Namespace) -> ServerExit:
    """List them, tabs between the columns."""
    from certmark.domain.certification.rulebooks import in_force
    from certmark.reporting.text import plain
    from certmark.server.services.programmes import programmes_of

    today = dt.datetime.now(dt.UTC).date()
    rows = [(one, in_force(one.rulebooks, today)) for one in programmes_of(settings)]
    if given.json:
        listed = [
            {
                "word": one.word,
                "name": one.name,
                "rulebook": None if now is None else now.version,
                "rulebooks": {book.version: book.effective.isoformat() for book in one.rulebooks},
                "programs": [] if now is None else [program.word for program in now.programs],
            }
            for one, now in rows
        ]
        print(json.dumps({"programmes": listed}, indent=2))
        return ServerExit.OK
    for one, now in rows:
        if now is None:
            print(plain(one.word), plain(one.name), "certifies nothing", sep="\t")
            continue
        programs = ", ".join(program.word for program in now.programs)
        print(plain(one.word), plain(one.name), f"{now.version} since {now.effective}", programs, sep="\t")
    return ServerExit.OK
