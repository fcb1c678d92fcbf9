"""Check something signed, step by step, offline: is it so, and may its signer say so?

FILE is an attestation, or what was signed (a bundle, a run's folder, a report); the other one is
looked for beside it. Steps: envelope, signature, receipt, signer, revocation, digests, guideline,
verdict. A sound signature and an allowed signer are two answers: anybody can make a key.

exit status: 0 all of it holds, 2 usage, 3 a file of yours cannot be read, 4 nothing is wrong and something could
not be looked at, 10 no sound signature, 11 the signer may not say this, 12 not what was signed,
13 the evidence gives another verdict, 14 receipt, 15 revoked, 16 expired, 17 another guideline
"""

from __future__ import annotations

import argparse
import datetime as dt

from certmark.cli.console import Console
from certmark.cli.exits import Exit

STEPS = ("signer", "digests", "guideline", "verdict")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of the verb."""
    parser.add_argument("file", metavar="FILE", help="an attestation, a bundle, a run's folder, a report")
    what = parser.add_argument_group("what belongs to it")
    what.add_argument("--attestation", metavar="FILE", help="(default: NAME.attestation.json beside it)")
    what.add_argument("--bundle", metavar="FILE", help="what was signed (default: what lies beside the attestation)")
    what.add_argument(
        "--signature", metavar="FILE", help="in the place of an attestation: of ssh-keygen -Y sign, or RefStack's hex"
    )
    what.add_argument("--receipt", action="append", default=[], metavar="FILE", help="of a log's server")
    whom = parser.add_argument_group("whom you trust")
    whom.add_argument("--key", action="append", default=[], metavar="FILE", help="a public key that may sign anything")
    whom.add_argument(
        "--allowed-signers", metavar="FILE", help="OpenSSH's list; a principal is a vendor, or an address of it"
    )
    whom.add_argument("--policy", metavar="FILE", help="who may speak for whom, and how many must: YAML or JSON")
    whom.add_argument("--principal", metavar="NAME", help="who should have signed (default: the vendor it names)")
    whom.add_argument("--revoked", metavar="FILE", help="a list of revoked keys and attestations")
    whom.add_argument(
        "--log-key", action="append", default=[], metavar="KEY", help="of a log: a key, or a file with one"
    )
    whom.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="of a witness who must have seen the log"
    )
    whom.add_argument("--quorum", type=int, metavar="N", help="how many of the witnesses are enough (default: all)")
    whom.add_argument(
        "--waiver-signers", metavar="FILE", help="who may approve waivers (default: told by your list, never refused)"
    )
    whom.add_argument("--guideline", "-g", metavar="GUIDELINE", help="your copy (default: the one that ships along)")
    whom.add_argument("--as-of", type=_date, metavar="DATE", help="the day of the check (default: today)")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=STEPS,
        metavar="STEP",
        help=f"do without a step, at your own risk: {', '.join(STEPS)}",
    )
    parser.add_argument("--json", action="store_true", help="the steps as JSON")


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date like 2026-11-21") from None


def run(args: argparse.Namespace, console: Console) -> Exit:
    """See the module `verifying`."""
    from certmark.app.trust.verifying import verify

    return verify(args, console)
