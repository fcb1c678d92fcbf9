"""An API reference as a folder of pages in HTML, reStructuredText or Markdown: what it has headings for."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

_LARGEST_PAGE = 8 << 20
_MOST_PAGES = 5_000
_ENDINGS = (".html", ".htm", ".rst", ".inc", ".md", ".txt")
_HEADINGS = (
    re.compile(r"<h[1-6][^>]{0,500}>(.{0,500}?)</h[1-6]>", re.IGNORECASE | re.DOTALL),
    re.compile(r"(?m)^([^\n=~\-^\"*+#]{3,120})\n[=~\-^\"*+#]{3,}[ \t]*$"),
    re.compile(r"(?m)^#{1,6} +([^\n]{3,120}?)[ #]{0,20}$"),
)
_TAG = re.compile(r"<[^>]*>")


def headings_below(folder: str) -> frozenset[str]:
    """The headings of every page below `folder`, without their markup. Raises OSError."""
    headings: set[str] = set()
    for path in _pages(folder):
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_LARGEST_PAGE)
        headings |= {_TAG.sub("", heading) for pattern in _HEADINGS for heading in pattern.findall(text)}
    return frozenset(headings)


def _pages(folder: str) -> Iterator[Path]:
    count = 0
    for here, _, names in os.walk(folder):
        for name in sorted(names):
            path = Path(here, name)
            if name.endswith(_ENDINGS) and path.is_file():
                count += 1
                if count > _MOST_PAGES:
                    return
                yield path
