"""What a server knows of all shared runs together: queries over them, and what a draft would change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from certmark.client.connection import ServerAway, ServerConnection, ServerHasNone, member
from certmark.domain.impacts import GuidelineImpact, Hindrance, RunImpact
from certmark.domain.score_evidence import CloudRecord
from certmark.domain.verdict_values import Standing, State

_PAGE = 200


@dataclass(frozen=True, kw_only=True)
class AskedOfServer:
    """A query, and by what runs are judged meanwhile."""

    query: str
    guideline: str | None = None
    program: str | None = None

    @property
    def parameters(self) -> dict[str, str]:
        """As the server has them."""
        found = {"q": self.query, "guideline": self.guideline, "program": self.program}
        return {name: value for name, value in found.items() if value is not None}


class QueryAnswer(NamedTuple):
    """What a server says of the runs for which a query holds."""

    document: Mapping[str, Any]
    """All that it says of them together."""
    runs: list[Mapping[str, Any]]
    counts: list[Mapping[str, Any]]
    """How they are spread; empty: nobody asked."""


class RemoteImpact(NamedTuple):
    """What a server says that a draft would change."""

    impact: GuidelineImpact
    looked_at: int


class RemoteCorpus:
    """The history of one server."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    def query(self, asked: AskedOfServer, most: int, by: str | None) -> QueryAnswer:
        """At most so many of the newest runs. Raises ServerRefused or ServerAway."""
        found: list[Mapping[str, Any]] = []
        document: Mapping[str, Any] = {}
        cursor: str | None = None
        while not document or (cursor is not None and len(found) < most):
            more = {"limit": str(min(most - len(found), _PAGE))} | ({} if cursor is None else {"cursor": cursor})
            page = self._get("/corpus/runs", {**asked.parameters, **more})
            found += member(page, "found", list)
            document, cursor = document or page, page.get("next")
        counts = (
            [] if by is None else member(self._get("/corpus/counts", {**asked.parameters, "by": by}), "counts", list)
        )
        return QueryAnswer(document, found, counts)

    def impact(self, draft: bytes, name: str, predecessor: str | None, program: str | None) -> RemoteImpact:
        """What a draft would change. Raises ServerRefused, ServerRefusedInput or ServerAway."""
        asked = {"name": name, "predecessor": predecessor, "program": program}
        found = self._post("/corpus/impact", draft, asked)
        runs = tuple(map(_run, member(found, "runs", list)))
        return RemoteImpact(GuidelineImpact(runs), member(found, "looked_at", int))

    def records(self, guideline: bytes, name: str) -> list[CloudRecord]:
        """How its capabilities went on clouds. Raises as `impact`."""
        found = self._post("/corpus/evidence", guideline, {"name": name})
        return [
            CloudRecord(
                member(one, "cloud", str),
                *(frozenset(map(str, member(one, part, list))) for part in ("passed", "seen", "unstable")),
            )
            for one in member(found, "clouds", list)
        ]

    def opinions(self) -> bytes:
        """What people voted, nominated and answered there, as it is exported. Raises ServerRefused or ServerAway."""
        return self._connection.ask(lambda: self._connection.send("GET", "/opinions.json")).content

    def guideline(self, named: str) -> bytes | None:
        """The text of a guideline that it has; None: it has none of this id or digest."""
        path = f"/guidelines/{named}"
        try:
            return self._connection.ask(lambda: self._connection.send("GET", path)).content
        except ServerHasNone:
            return None

    def _get(self, path: str, asked: Mapping[str, str]) -> Any:
        return self._connection.json(lambda: self._connection.send("GET", path, params=asked))

    def _post(self, path: str, data: bytes, asked: Mapping[str, str | None]) -> Any:
        return self._connection.json(lambda: self._connection.send("POST", path, data=data, params=asked))


def _run(said: Any) -> RunImpact:
    before = said.get("before") if isinstance(said, dict) else None
    try:
        return RunImpact(
            run=member(said, "run", str),
            cloud=member(said, "cloud", str),
            program=member(said, "program", str),
            before=None if before is None else Standing(before),
            after=Standing(member(said, "after", str)),
            hindrances=tuple(
                Hindrance(member(one, "capability", str), member(one, "test", str), State(member(one, "state", str)))
                for one in member(said, "hindrances", list)
            ),
            circumstances=tuple(map(str, member(said, "circumstances", list))),
        )
    except ValueError as error:
        raise ServerAway("the server says of a run what this version does not know; take a newer one") from error
