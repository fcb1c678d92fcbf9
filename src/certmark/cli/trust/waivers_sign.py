"""Approve a file of waivers with a signature; several approvers sign one after the other.

FILE is a file of waivers, as a person wrote it, or one that was signed before: then a signature is added.
What is signed is the file, byte for byte. Look at it first: certmark waivers show FILE.

exit status: 0 signed, 2 usage, 3 FILE or key cannot be read, or the key has signed it already,
5 ssh-agent does not sign
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.keys import SigningOptions
from certmark.cli.options.output import QuietOption
from certmark.domain.phrases import count_of


@dataclass(frozen=True, kw_only=True)
class Options(SigningOptions, QuietOption):
    """The options of the verb."""

    replaces: ClassVar[tuple[str, ...]] = ("file",)
    file: str = argument(metavar="FILE")
    output: str | None = option(
        "--output", "-o", metavar="FILE", help="(default: NAME.signed.json beside it; a signed file is replaced)"
    )


def run(options: Options, console: Console) -> Exit:
    """Add an approval, and say what was approved."""
    from certmark.app.trust.waivers import ApproveRequest, approve_waivers

    request = ApproveRequest(file=options.file, key=options.key, output=options.output)
    approved = approve_waivers(request, options.passphrase, listener(console))
    console.remark(f"wrote {approved.path}, with {count_of(approved.signatures, 'approval', 'approvals')}")
    return Exit.OK
