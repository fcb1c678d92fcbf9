"""The options that every verb of RefStack's client had, under their old names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import option
from certmark.cli.options.keys import PassphraseOptions
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.refstack.server import RefStackRequest

SERVER = "the server"


@dataclass(frozen=True, kw_only=True)
class TalkOptions:
    """How much is said, and asked."""

    silent: bool = option("-s", "--silent", action="store_true", help="no remarks and no progress")
    verbose: int = option("-v", "--verbose", action="count", default=0, help="say more; -vv still more")
    yes: bool = option("-y", action="store_true", help="answer every question with yes")

    @property
    def quiet(self) -> bool:
        """Whether remarks are kept back."""
        return self.silent

    def check(self) -> None:
        """Raises InvalidRequest where the words contradict each other."""
        if self.silent and self.verbose:
            raise InvalidRequest("-s keeps silent and -v says more; keep one of them")


@dataclass(frozen=True, kw_only=True)
class RefStackOptions(TalkOptions, PassphraseOptions):
    """Which server is meant, and whose key signs."""

    url: str | None = option(
        "--url", metavar="URL", help="what stands before /v1 (default: $REFSTACK_URL)", group=SERVER
    )
    insecure: bool = option(
        "-k", "--insecure", action="store_true", help="do not check its certificate, nor Keystone's", group=SERVER
    )
    sign: str | None = option(
        "-i", "--sign", metavar="KEY", help="sign with this private RSA key, or the .pub of one in ssh-agent",
        group=SERVER,
    )  # fmt: skip

    def server_request(self) -> RefStackRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.refstack.server import RefStackRequest

        url = self.url or os.environ.get("REFSTACK_URL")
        if not url:
            raise InvalidRequest(
                "name the server with --url URL, or in REFSTACK_URL; the one that was meant without is no more"
            )
        return RefStackRequest(url=url, is_checked=not self.insecure, key=self.sign)
