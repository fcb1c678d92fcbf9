"""The lines of a plain list: what each one names.

1. A line is one test: its name as results have it, a sentence with blanks and brackets as well as a dotted name.
2. `#` begins a comment at the start of a line, between blanks, and after the blank behind a dotted name.
   A name that holds such a thing is written in double quotes, as JSON writes texts.
3. `name[id-<uuid>,attributes]` carries the id, so do `name[<uuid>]` and `name[]` (RefStack's answers).
   A line that is nothing but an id names the test that has it.
4. `path/of/a/file.go: "text"` is Kubernetes' list before its 1.18: the text is the name.
5. Blanks around a name are taken off. Whatever cannot be seen in a name stays, and is told.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from certmark.domain.identity import bare_uuid, split
from certmark.domain.phrases import count_of, some
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.fields import Notes, checked_name, show

MAX_TESTS = 100_000
"""In a list; the largest suites have ten thousand."""

_END = re.compile(r"\r\n|\n|\r")
_SENTENCE_COMMENT = re.compile(r"\s+#(?:\s.*)?$")
_ONE_WORD = re.compile(r"(\S*[._:/\[]\S*)\s+#")
_QUOTED = re.compile(r'(?:\S*/\S*\.\w+:\s+)?("(?:[^"\\]|\\.)*")(?:\s+#.*)?\Z')
_OF_A_FILE = re.compile(r'\s*\S*/\S*\.\w+:\s+"')
_WRITTEN_ID = re.compile(r"\bid-[^,\]]*")
_BARE_ID = re.compile(r"\[([0-9A-Fa-f-]{36})?\](?=\(|\Z)")
_ID_ALONE = re.compile(r"(?:id-)?[0-9A-Fa-f-]{36}\Z", re.IGNORECASE)
_PATTERN = re.compile(r"\A\^|\.\*|\\\.|\(\\\[\|\$\)|[^\s$]\$\Z|\S\*\Z")
_OUTPUT = re.compile(r"\{\d+\}\s")
_MARKUP = re.compile(r"<(?:\?xml|!doctype|html|testsuites?\b)", re.IGNORECASE)


class ListedName(NamedTuple):
    """What a line names."""

    number: int
    """Of the line, from 1."""
    name: str
    uuid: str | None
    written_id: str | None
    other_name: str | None = None
    """The name with its brackets, where these may as well be a part of it."""


def names_of(text: str, notes: Notes) -> Iterator[ListedName]:
    """What the lines of a list name, in their order. Raises InvalidGuideline, naming the line."""
    if _MARKUP.match(text.lstrip()):
        raise InvalidGuideline("it is XML or HTML, and no list of tests; name a guideline")
    odd = _OddLines()
    count = 0
    for number, line in enumerate(_END.split(text), 1):
        found = _named(line, number)
        if found is None:
            continue
        count += 1
        if count > MAX_TESTS:
            raise InvalidGuideline(f"it names more than {MAX_TESTS:,} tests; no guideline does")
        odd.look_at(found, line)
        yield found
    odd.tell(notes)


def _named(line: str, number: int) -> ListedName | None:
    place = f"line {number}"
    stripped = line.strip()
    if not stripped or stripped.startswith("#"):
        return None
    quoted = _QUOTED.match(stripped)
    if quoted is not None:
        return ListedName(number, checked_name(_unquoted(quoted[1], place), place), None, None)
    if _OUTPUT.match(stripped):
        raise InvalidGuideline(
            f"{place}: {excerpt(stripped)} is what a suite printed while it ran; a list has one name of a test a line"
        )
    full = checked_name(_without_comment(stripped), place)
    identity = split(full)
    if identity.name != full:
        written = _WRITTEN_ID.search(full)
        return ListedName(number, checked_name(identity.name, place), identity.uuid, written and written[0])
    bare = _BARE_ID.search(full)
    if bare is None:
        alone = bare_uuid(full) if _ID_ALONE.match(full) else None
        return ListedName(number, full, alone, alone and full)
    name = checked_name(full[: bare.start()] + full[bare.end() :], place)
    return ListedName(number, name, bare_uuid(bare[1] or ""), bare[1], full if bare[1] else None)


def _without_comment(line: str) -> str:
    word = _ONE_WORD.match(line)
    if word is not None:
        return word[1]
    return _SENTENCE_COMMENT.sub("", line) if "#" in line else line


def _unquoted(text: str, place: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise InvalidGuideline(f"{place}: what stands in quotes is no text as JSON writes it") from error


class _OddLines:
    """Lines that are probably not what their author means; told once each kind, with the first few."""

    def __init__(self) -> None:
        self._patterns: list[str] = []
        self._blanks: list[str] = []
        self._invisible: list[str] = []
        self._composed: list[str] = []
        self._ends: list[str] = []

    def look_at(self, found: ListedName, line: str) -> None:
        """Note what is odd in one line."""
        name, place = found.name, f"line {found.number}"
        if _OF_A_FILE.match(line):
            self._ends.append(place)
        if _PATTERN.search(name):
            self._patterns.append(f"{place}: {show(name)}")
        if line != line.rstrip():
            self._blanks.append(place)
        if not name.isascii():
            hidden = next((character for character in name if _is_invisible(character)), None)
            if hidden is not None:
                self._invisible.append(f"{place}: U+{ord(hidden):04X}")
            if unicodedata.normalize("NFC", name) != name:
                self._composed.append(place)

    def tell(self, notes: Notes) -> None:
        """Add a sentence for each kind."""
        if self._ends:
            notes.add(
                "it is Kubernetes' list before 1.18, which has only the end of each test's name, "
                "and results have whole names; take conformance.yaml, which came with 1.18"
            )
        if self._patterns:
            lines = count_of(len(self._patterns), "line looks", "lines look")
            notes.add(
                f"{lines} like a pattern; a list names each test as the results do, so write the names that are meant "
                f"({some(self._patterns, 3)})"
            )
        if self._blanks:
            lines = count_of(len(self._blanks), "line ends", "lines end")
            notes.add(f"{lines} in blanks, which were taken off ({some(self._blanks, 3)})")
        if self._invisible:
            names = count_of(len(self._invisible), "name has", "names have")
            notes.add(f"{names} a character that cannot be seen ({some(self._invisible, 3)})")
        if self._composed:
            names = count_of(len(self._composed), "name is", "names are")
            notes.add(f"{names} written in decomposed characters, not in NFC ({some(self._composed, 3)})")


def _is_invisible(character: str) -> bool:
    """A blank that is not the usual one, or something without a shape."""
    if character == " ":
        return False
    return unicodedata.category(character) in {"Cf", "Zs", "Zl", "Zp"} or character in "\u115f\u1160\u2800\u3164\uffa0"
