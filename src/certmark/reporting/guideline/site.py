"""What was written of a site of guidelines, or would be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.reporting.blocks import Block, Item, ItemGroup, Sentence, Tone, and_more
from certmark.reporting.documents import Document
from certmark.reporting.views import View

_MOST = 12


class SiteView(View):
    """A folder, compared with what is made of the guidelines."""

    def __init__(
        self, folder: str, parts: tuple[Sequence[str], Sequence[str], Sequence[str]], same: int, *, written: bool
    ) -> None:
        """`parts` are the paths of new, changed and stale files; `written`: they are no longer so."""
        self.title = f"Site of guidelines in {folder}"
        self._folder = folder
        self._parts = dict(zip(("new", "changed", "stale"), parts, strict=True))
        self._same = same
        self._written = written

    def blocks(self) -> Iterator[Block]:
        """A sentence, and the files."""
        counts = {word: len(paths) for word, paths in self._parts.items()}
        total = counts["new"] + counts["changed"] + self._same
        if self._written:
            made = f"{counts['new']} new, {counts['changed']} changed, {self._same} as they were"
            yield Sentence(f"{self._folder}: {total} pages, {made}, {counts['stale']} removed.")
            return
        if not any(counts.values()):
            yield Sentence(f"{self._folder} is what is made of these guidelines: {total} pages.", Tone.GOOD)
            return
        yield Sentence(f"{self._folder} is not what is made of these guidelines.", Tone.BAD)
        for word, title in (("new", "missing"), ("changed", "other than made"), ("stale", "no longer made")):
            paths = self._parts[word]
            if paths:
                more = [Item(and_more(len(paths) - _MOST))] if len(paths) > _MOST else []
                yield ItemGroup(f"{len(paths)} {title}", (*map(Item, paths[:_MOST]), *more))

    def document(self) -> Document:
        """`certmark-site-difference`."""
        body = {
            "folder": self._folder,
            "written": self._written,
            **{word: list(paths) for word, paths in self._parts.items()},
            "same": self._same,
        }
        return Document("certmark-site-difference", 1, body)
