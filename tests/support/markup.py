"""A page of HTML as a reader of it sees it: elements, what they link to, and what must not be in any."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser

STEERING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Signs that steer a terminal or the direction of a text, none of which anybody sees."""
_ADDRESSES = {"a": "href", "link": "href", "script": "src", "img": "src", "form": "action", "use": "href"}


class Markup(HTMLParser):
    """What is in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.raw = text
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._in_script = False
        self.script = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        """Text of it."""
        if self._in_script:
            self.script += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that is there to read."""
        return " ".join(" ".join(self.texts).split())

    def count(self, tag: str) -> int:
        """How many elements of a kind."""
        return sum(one == tag for one, _ in self.elements)

    def links(self, *, forms: bool = False) -> Iterator[str]:
        """Where it leads, and what it is made of; with `forms` where forms go by GET, too."""
        for tag, attributes in self.elements:
            name = _ADDRESSES.get(tag)
            if name in attributes and (tag != "form" or (forms and attributes.get("method", "get").lower() == "get")):
                yield attributes[name]

    def feeds(self) -> Iterator[tuple[str, str]]:
        """Other forms of the page: their types and addresses."""
        for tag, attributes in self.elements:
            if tag == "link" and "alternate" in attributes.get("rel", "").split():
                yield attributes.get("type", ""), attributes["href"]

    def dangers(self, *, style: bool = False) -> Iterator[str]:
        """What no page of ours has, but for a `style` by its digest: something inline that runs or is styled, another's address, a sign nobody sees."""
        for tag, attributes in self.elements:
            for name, value in attributes.items():
                if name.startswith("on") or name in {"style", "srcdoc"}:
                    yield f"<{tag} {name}>"
                if re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE) and name in {
                    "href",
                    "src",
                    "action",
                }:
                    yield f"<{tag} {name}={value[:60]!r}>"
            if tag in {"iframe", "object", "embed", "base", "meta"} and "http-equiv" in attributes:
                yield f"<{tag} http-equiv={attributes['http-equiv']!r}>"
            if tag in {"iframe", "object", "embed", "base", *(() if style else ("style",))}:
                yield f"<{tag}>"
        if self.script.strip():
            yield f"inline: {self.script.strip()[:60]!r}"
        found = STEERING.search(self.raw)
        if found:
            around = self.raw[max(0, found.start() - 40) : found.end() + 10]
            yield f"{unicodedata.name(found[0], hex(ord(found[0])))} in {around!r}"
