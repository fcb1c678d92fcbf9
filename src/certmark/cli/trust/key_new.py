"""Make a key to sign with, and its public half beside it (FILE.pub).

It is kept in OpenSSH's format: ssh-keygen and ssh-add read it, too. Without --no-passphrase it is
locked; the passphrase is asked for on a terminal, or read as --passphrase-fd says.

exit status: 0 made, 2 usage, 3 the file cannot be written
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.keys import PassphraseOptions
from certmark.domain.errors import InvalidRequest

TYPES = ("ed25519", "ecdsa-p256", "rsa")


@dataclass(frozen=True, kw_only=True)
class Options(PassphraseOptions):
    """The options of the verb."""

    type: str = option("--type", "-t", choices=TYPES, default=TYPES[0], help="(default: ed25519)")
    out: str | None = option(
        "--out", "-o", metavar="FILE", help="(default: certmark-TYPE in the folder of keys of Certmark's own)"
    )
    comment: str = option("--comment", "-C", default="", help="what reminds you of its owner or use")
    no_passphrase: bool = option(
        "--no-passphrase", action="store_true", help="leave it open: for machines that sign by themselves"
    )


def run(options: Options, console: Console) -> Exit:
    """Make a key and say where it is."""
    from certmark.app.trust.keys import NewKeyRequest, check_new_key, make_key
    from certmark.trust.keys.keys import Algorithm

    algorithm = Algorithm(options.type)
    check_new_key(options.out, algorithm, options.comment)
    passphrase = None if options.no_passphrase else _new_passphrase(options)
    request = NewKeyRequest(algorithm=algorithm, path=options.out, comment=options.comment, passphrase=passphrase)
    made = make_key(request)
    console.data(f"{made.key.id}\n{made.where}")
    console.remark("keep the private key to yourself; certmark key show prints what others need")
    return Exit.OK


def _new_passphrase(options: Options) -> bytes:
    first = options.passphrase("the new key")
    if not first:
        raise InvalidRequest("a key is locked with a passphrase; give one, or say --no-passphrase")
    if options.asks_a_person and options.passphrase("the new key, again") != first:
        raise InvalidRequest("the two passphrases differ; nothing was made")
    return first
