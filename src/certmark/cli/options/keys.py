"""Which key signs, and where its passphrase comes from."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from certmark.cli.options import option
from certmark.domain.errors import InvalidRequest

PASSPHRASE_FILE = "CERTMARK_KEY_PASSPHRASE_FILE"
_LONGEST = 4_096


@dataclass(frozen=True, kw_only=True)
class PassphraseOptions:
    """Where a passphrase comes from, if not from a terminal."""

    passphrase_fd: int | None = option(
        "--passphrase-fd",
        type=int,
        metavar="N",
        help=f"read it from this descriptor (else the file that {PASSPHRASE_FILE} names, or a terminal)",
    )

    @property
    def asks_a_person(self) -> bool:
        """Whether there is somebody at a terminal to be asked."""
        return self.passphrase_fd is None and not os.environ.get(PASSPHRASE_FILE) and sys.stdin.isatty()

    def passphrase(self, what: str) -> bytes | None:
        """The passphrase of `what`: from the descriptor, the file, or whoever is at the terminal; None: nobody is.

        Raises InvalidRequest or OSError.
        """
        if self.passphrase_fd is not None:
            try:
                with open(self.passphrase_fd, "rb", closefd=False) as file:
                    return _first_line(file.read(_LONGEST))
            except OSError as error:
                raise InvalidRequest(f"no passphrase can be read from file descriptor {self.passphrase_fd}") from error
        if os.environ.get(PASSPHRASE_FILE):
            with Path(os.environ[PASSPHRASE_FILE]).open("rb") as file:
                return _first_line(file.read(_LONGEST))
        if not sys.stdin.isatty():
            return None
        import getpass

        return getpass.getpass(f"passphrase of {what}: ").encode()


@dataclass(frozen=True, kw_only=True)
class SigningOptions(PassphraseOptions):
    """Which key signs."""

    key: str | None = option(
        "--key", metavar="KEY", help="a private key, or a .pub file or an id (SHA256:…) of a key in ssh-agent"
    )


def _first_line(content: bytes) -> bytes:
    return content.partition(b"\n")[0].rstrip(b"\r")
