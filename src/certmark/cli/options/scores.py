"""Where evidence for marks comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import option
from certmark.cli.options.server import is_url, token_for

if TYPE_CHECKING:
    from certmark.app.guideline.score_proposals import ScoreEvidence

EVIDENCE = "evidence"
"""The group of the help that these options stand in."""


@dataclass(frozen=True, kw_only=True)
class EvidenceOptions:
    """The sources."""

    last: str | None = option("--last", metavar="GUIDELINE", group=EVIDENCE, help="the last guideline (sticky)")
    history: tuple[str, ...] = option(
        "--history", action="append", metavar="DIR", group=EVIDENCE, help="earlier guidelines (stable); repeatable"
    )
    survey: str | None = option(
        "--survey", metavar="FILE", group=EVIDENCE, help="a survey of the suite (atomic, complete, doc)"
    )
    runs: tuple[str, ...] = option(
        "--runs",
        action="append",
        metavar="WHERE",
        group=EVIDENCE,
        help="results, a folder of runs, or the URL of a server (deployed, stable); repeatable",
    )
    opinions: tuple[str, ...] = option(
        "--opinions",
        action="append",
        metavar="WHERE",
        group=EVIDENCE,
        help="votes and answers: a server's opinions.json, or its URL; repeatable",
    )
    os_cloud: str | None = option(
        "--os-cloud", metavar="NAME", group=EVIDENCE, help="ask this cloud's catalogue and versions (discover)"
    )
    api_reference: str | None = option(
        "--api-reference", metavar="DIR", group=EVIDENCE, help="API reference as HTML, RST or Markdown (doc)"
    )

    api_use: str | None = option(
        "--api-use",
        nargs="?",
        const="",
        metavar="FILE",
        group=EVIDENCE,
        help="what clients and tools call; without FILE the record that ships along (clients, tools)",
    )

    def sources(self) -> ScoreEvidence:
        """The same for the application."""
        from certmark.app.guideline.score_proposals import ScoreEvidence
        from certmark.app.remote import ServerRequest

        def asked(url: str) -> ServerRequest:
            return ServerRequest(url=url, token=token_for(url))

        servers = [where for where in self.runs if is_url(where)]
        return ScoreEvidence(
            last=self.last,
            history=self.history,
            survey=self.survey,
            runs=[where for where in self.runs if where not in servers],
            servers=[asked(url) for url in servers],
            opinions=[asked(where) if is_url(where) else where for where in self.opinions],
            os_cloud=self.os_cloud,
            api_reference=self.api_reference,
            api_use=self.api_use,
        )
