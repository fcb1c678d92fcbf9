"""Which server is meant, how it is reached, and what is said of what is sent there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from certmark.cli.options import checked, option
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.app.remote import ServerRequest, SubmitRequest

RUN_HELP = "its id on the server, the beginning of the id of one of yours, or last"
SERVER, _SAID = "the server", "what is said of it there"


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds < 86_400:
        raise ValueError(text)
    return seconds


def _product(text: str) -> str:
    vendor, _, product = text.partition("/")
    if not vendor or not product:
        raise ValueError(text)
    return text


def _tag(text: str) -> str:
    key, sign, _ = text.partition("=")
    if not key or not sign:
        raise ValueError(text)
    return text


def is_url(word: str) -> bool:
    """Whether a word names a server, where it may name a file or folder as well."""
    return word.startswith(("http://", "https://"))


def token_for(url: str) -> str | None:
    """The token in the environment, else the one that login kept for the server."""
    token = os.environ.get("CERTMARK_TOKEN")
    if token:
        return token
    from certmark.app.signing_in import kept_token

    return kept_token(url) or None


@dataclass(frozen=True, kw_only=True)
class ServerOptions:
    """The options of every verb that speaks with a server."""

    server: str | None = option("--server", metavar="URL", help="(default: $CERTMARK_SERVER)", group=SERVER)
    token_file: str | None = option(
        "--token-file",
        metavar="FILE",
        help="a file with your token (default: the token in $CERTMARK_TOKEN, else the one that login kept)",
        group=SERVER,
    )
    ca_file: str | None = option(
        "--ca-file", metavar="FILE", help="the certificates that sign the server's", group=SERVER
    )
    client_certificate: str | None = option(
        "--client-certificate",
        metavar="FILE",
        help="your certificate with its key, where the server asks for one",
        group=SERVER,
    )
    patience: float | None = option(
        "--server-timeout",
        type=checked(_seconds, "a number of seconds"),
        metavar="S",
        help="seconds that it may take for an answer (default: 300)",
        group=SERVER,
    )

    def server_request(self) -> ServerRequest:
        """What is asked of the application. Raises InvalidRequest or OSError."""
        from certmark.app.remote import ServerRequest

        url = self.server or os.environ.get("CERTMARK_SERVER")
        if not url:
            raise InvalidRequest("name the server with --server URL, or in CERTMARK_SERVER")
        token = None
        if self.token_file is not None:
            token = Path(self.token_file).read_text(encoding="utf-8").strip()
        return ServerRequest(
            url=url,
            token=token or token_for(url),
            ca_file=self.ca_file,
            certificate=self.client_certificate,
            patience=self.patience,
        )


@dataclass(frozen=True, kw_only=True)
class SubmissionOptions(ServerOptions):
    """What is said of a run that is sent to a server."""

    product: str | None = option(
        "--product",
        type=checked(_product, "VENDOR/PRODUCT"),
        metavar="VENDOR/PRODUCT",
        help="whose cloud it is, and which product",
        group=_SAID,
    )
    version: str | None = option("--version", metavar="X", help="which version of the product", group=_SAID)
    public: bool = option("--public", action="store_true", help="let everybody see it (default: only you)", group=_SAID)
    tag: tuple[str, ...] = option(
        "--tag",
        action="append",
        type=checked(_tag, "KEY=VALUE"),
        metavar="KEY=VALUE",
        help="to find it by; any number",
        group=_SAID,
    )

    def submit_request(self, *artifacts: str, **more: Any) -> SubmitRequest:
        """What is asked of the application, `more` beside what is said here. Raises InvalidRequest or OSError."""
        from certmark.app.remote import SubmitRequest

        vendor, _, product = (self.product or "").partition("/")
        return SubmitRequest(
            server=self.server_request(),
            artifacts=artifacts,
            vendor=vendor or None,
            product=product or None,
            version=self.version,
            is_public=self.public,
            tags={key: value for key, _, value in (tag.partition("=") for tag in self.tag)},
            **more,
        )
