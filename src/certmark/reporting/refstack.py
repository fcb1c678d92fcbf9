"""Results on a server that speaks RefStack's API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.client.refstack import ListedResults
from certmark.reporting.blocks import Block, Cell, Table
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class ListedResultsView(View):
    """Results that a server lists."""

    title = "Results on the server"

    def __init__(self, results: Sequence[ListedResults]) -> None:
        self._results = results

    def blocks(self) -> Iterator[Block]:
        """A row each."""
        yield Table(("received (UTC)", "result"), tuple((Cell(one.created), Cell(one.url)) for one in self._results))

    def document(self) -> Document:
        """As the server says it."""
        return Document("certmark-refstack-results", 1, {"results": [one.document for one in self._results]})
