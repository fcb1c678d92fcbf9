"""Whom a person trusts who reads published guidelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import option
from certmark.cli.options.output import JsonOption
from certmark.cli.options.trust import SignerOptions

if TYPE_CHECKING:
    from certmark.app.trust.verifying import TrustRequest

_STEPS = ("signer", "revocation", "receipt", "guideline", "day")


@dataclass(frozen=True, kw_only=True)
class PublisherOptions(SignerOptions, JsonOption):
    """Who may sign for a publisher, and which steps are left out."""

    without: tuple[str, ...] = option(
        "--without",
        action="append",
        choices=_STEPS,
        metavar="STEP",
        help=f"do without a step, at your own risk: {', '.join(_STEPS)}",
    )

    def asked(self) -> TrustRequest:
        """What is asked of the application; receipts lie in the site, so that a key of a log is all that it takes."""
        return self.trust(self.without, has_receipt=bool(self.log_key or self.witness))
