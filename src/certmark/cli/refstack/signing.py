"""Show what RefStack's page asks for when a key is registered there: the public half, and a signature by the key.

KEY is a private RSA key in any form of OpenSSH or OpenSSL, locked or not, or the .pub file of one in ssh-agent. The
signature is the same for every server and says only that you have the private half. A server of Certmark takes keys of
other kinds, too, by a challenge of its own.

exit status: 0 shown, 2 usage, or a key of another kind, 3 the key cannot be read, 5 ssh-agent does not answer
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument
from certmark.cli.options.keys import PassphraseOptions
from certmark.cli.options.refstack import TalkOptions


@dataclass(frozen=True, kw_only=True)
class Options(TalkOptions, PassphraseOptions):
    """The options of the verb."""

    key: str = argument(metavar="KEY", help="a private RSA key, or the .pub of one in ssh-agent")


def run(options: Options, console: Console) -> Exit:
    """Sign, and show."""
    from certmark.app.refstack.server import self_signature

    options.check()
    signature = self_signature(options.key, options.passphrase, listener(console))
    console.data(f"Public key:\n{signature.public}\n\nSelf signature:\n{signature.hex}\n\n")
    return Exit.OK
