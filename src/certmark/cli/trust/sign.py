"""Sign what a run showed: the bundle, every file in it, the guideline, the verdict, each by its digest.

BUNDLE is a bundle, a run's id or folder, or a report (report.json). It is verified first, and refused
where it does not hold or has a secret in it. The attestation lies beside it: NAME.attestation.json.

exit status: 0 signed, 1 the bundle does not hold, or has a secret in it, 2 usage,
3 bundle or key cannot be read, 5 ssh-agent does not sign
"""

from __future__ import annotations

import argparse

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.keys import add_key


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("bundle", metavar="BUNDLE", help="a bundle, a run's id or folder, or a report")
    add_key(parser)
    parser.add_argument("--vendor", metavar="V", help="whose cloud it is; policies grant signers by vendor")
    parser.add_argument("--product", metavar="P", help="which product it is")
    parser.add_argument("--product-version", metavar="X", help="which version of it")
    parser.add_argument("--output", "-o", metavar="FILE", help="(default: NAME.attestation.json beside it)")
    parser.add_argument(
        "--also",
        choices=("test-result",),
        action="append",
        default=[],
        help="write NAME.test-result.json, too: the public predicate of in-toto, for other tools",
    )
    parser.add_argument(
        "--add", metavar="FILE", help="add your signature to the attestation in FILE, once what it says was verified"
    )
    parser.add_argument("--json", action="store_true", help="say what was signed as JSON")
    parser.add_argument("--quiet", "-q", action="store_true", help="no remarks")


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `signing`."""
    from certmark.app.trust.signing import sign

    console.quiet = args.quiet
    return sign(args, console)
