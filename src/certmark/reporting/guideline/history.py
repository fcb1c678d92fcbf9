"""An imported history of guidelines, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.guideline_history import GuidelineFileHistory, GuidelineHistory
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Sentence, Table
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class GuidelineHistoryView(View):
    """The files of a history, with their revisions counted."""

    def __init__(self, history: GuidelineHistory, folder: str, *, advice: str = "") -> None:
        """`advice` says how a revision is named."""
        self.title = f"History of guidelines in {folder}"
        self._history = history
        self._folder = folder
        self._advice = advice

    @property
    def _sum(self) -> str:
        revisions = sum(len(file.revisions) for file in self._history.files)
        return f"{counted(len(self._history.files), 'guideline')} in {counted(revisions, 'revision')}"

    def blocks(self) -> Iterator[Block]:
        """How much there is, then file by file."""
        yield Sentence(f"{self._sum}, up to commit {self._history.head[:12]}.")
        columns = ("file", "revisions", "first", "last", "unreadable", "with a key twice")
        yield Table(columns, tuple(map(_row, self._history.files)))
        if self._advice:
            yield Sentence(self._advice)

    def document(self) -> Document:
        """`certmark-imported-history`."""
        body = {
            "folder": self._folder,
            "head": self._history.head,
            "files": [
                {
                    "path": file.path,
                    "revisions": len(file.revisions),
                    "first": file.revisions[0].day.isoformat(),
                    "last": file.revisions[-1].day.isoformat(),
                    "unreadable": sum(bool(one.trouble) for one in file.revisions),
                    "repeated_keys": sum(one.repeated_keys for one in file.revisions),
                    "is_removed": file.revisions[-1].is_removal,
                }
                for file in self._history.files
            ],
        }
        return Document("certmark-imported-history", 1, body)


def _row(file: GuidelineFileHistory) -> tuple[Cell, ...]:
    last = file.revisions[-1]
    unreadable = sum(bool(one.trouble) for one in file.revisions)
    repeated = sum(one.repeated_keys for one in file.revisions)
    return (
        Cell(file.path),
        Cell(str(len(file.revisions))),
        Cell(file.revisions[0].day.isoformat()),
        Cell(f"{last.day}{', removed' if last.is_removal else ''}"),
        Cell(str(unreadable or "")),
        Cell(str(repeated or "")),
    )
