"""Show a reviewer what was removed from a bundle, in a form that they can check.

RUN is the folder of a run or its id. DIGEST is what stands in the bundle in the place of a secret, or
its first digits; several may be given. The file that is written holds these secrets in clear, each
with a salt of its own, so that it helps nobody to guess another. The reviewer checks it with
certmark bundle verify BUNDLE --revealed FILE.

exit status: 0 written, 2 usage or no such digest, 3 not a run's folder
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("run", metavar="RUN")
    parser.add_argument("digests", metavar="DIGEST", nargs="+")
    parser.add_argument("--output", "-o", required=True, metavar="FILE", help="for the reviewer; secrets stand in it")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `revealing`."""
    from certmark.app.bundle.disclosure import reveal

    return reveal(args.run, args.digests, args.output, console)
