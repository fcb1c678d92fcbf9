"""Which server is meant, and how it is reached."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.options import option
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.remote import ServerRequest


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """The options of every verb that speaks with a server."""

    server: str | None = option("--server", metavar="URL", help="(default: $CERTMARK_SERVER)")
    token_file: str | None = option(
        "--token-file", metavar="FILE", help="a file with your token (default: the token in $CERTMARK_TOKEN)"
    )
    ca_file: str | None = option("--ca-file", metavar="FILE", help="the certificates that sign the server's")
    client_certificate: str | None = option(
        "--client-certificate",
        metavar="FILE",
        help="your certificate with its key, where the server asks for one",
    )

    def server_request(self) -> ServerRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        from certmark.app.remote import ServerRequest

        url = self.server or os.environ.get("CERTMARK_SERVER")
        if not url:
            raise InvalidRequest("name the server with --server URL, or in CERTMARK_SERVER")
        token = os.environ.get("CERTMARK_TOKEN")
        if self.token_file is not None:
            token = Path(self.token_file).read_text(encoding="utf-8").strip()
        return ServerRequest(url=url, token=token or None, ca_file=self.ca_file, certificate=self.client_certificate)
