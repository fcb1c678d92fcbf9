"""The arguments of verbs that sign; light, for `--help` needs no more."""

from __future__ import annotations

import argparse


def add_key(parser: argparse.ArgumentParser) -> None:
    """Which key, and where its passphrase comes from."""
    parser.add_argument(
        "--key", metavar="KEY", help="a private key, or a .pub file or an id (SHA256:…) of a key in ssh-agent"
    )
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Where the passphrase comes from, if not from a terminal."""
    parser.add_argument(
        "--passphrase-fd",
        type=int,
        metavar="N",
        help="read it from this descriptor (else the file that CERTMARK_KEY_PASSPHRASE_FILE names, or a terminal)",
    )
