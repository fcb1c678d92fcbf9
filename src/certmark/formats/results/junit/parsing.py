"""XML of strangers, element by element: flat memory, no entities, everything bounded.

Names of elements come without the prefix of a namespace and in small letters. One bad character or one endless
attribute does not cost a document: what XML does not allow is replaced and told (`characters`), but never in the name
of a test.
"""

from __future__ import annotations

import pyexpat
import re
from typing import Any, BinaryIO, NamedTuple, NoReturn, Protocol

from certmark.domain.phrases import count_of
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.junit.characters import BAD, MOST_BAD, REPLACEMENT, Mending, start_of
from certmark.formats.sources import Source

NAMES = ("name", "classname", "certmark-name")
"""The attributes of a test case in which nothing is replaced or cut."""

_STEP = 256 << 10
_HEAD = 1 << 10
"""Bytes from which blanks and the encoding are told."""
_LARGEST_TOKEN = 16 << 20
"""Bytes of one tag or comment, as far as it can be told; the largest known has some MiB of a pod's log."""
_LARGEST_ATTRIBUTE = 1 << 20
_DEEPEST = 200
_MOST_NAMES = 10_000
"""Different names of elements and attributes; the parser keeps them all."""
_SENDER = "have it written again by a tool that knows XML"


class Visitor(Protocol):
    """What is told of a document, in its order. What it raises ends the parsing."""

    @property
    def listening(self) -> bool:
        """Whether it wants the text that comes next; asked at every tag."""

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """An element begins."""

    def end(self, tag: str) -> None:
        """An element has ended."""

    def text(self, data: str) -> None:
        """A piece of text, while it was listening; `characters.BAD` may stand in it."""


class Walked(NamedTuple):
    """How a document was."""

    whole: bool
    """False: it stops in the middle."""
    remarks: tuple[str, ...]


def walk(source: Source, visitor: Visitor) -> Walked:
    """Tell `visitor` the document.

    Raises UnreadableResults for what is not well-formed, for document types and entities, for
    whatever is too deep or too large to be honest, and for a bad character in the name of a test.
    """
    return _Walk(source.name, visitor).through(source)


class _Walk:
    def __init__(self, name: str, visitor: Visitor) -> None:
        self._name = name
        self._visitor = visitor
        self._depth = 0
        self._closed = False
        self._locals: dict[str, str] = {}
        self._mending: Mending | None = None
        self._blanks = 0
        self._cut = 0
        self._is_mended = False
        self._is_heard = False
        self._begin(None)

    def _begin(self, encoding: str | None) -> None:
        parser = pyexpat.ParserCreate(encoding)
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def through(self, source: Source) -> Walked:
        fed = lag = 0
        with source.open() as stream:
            block = self._head(stream)
            # A token is parsed anew with each block until it is whole: growing blocks keep that linear.
            while block:
                self._is_mended = self._bad > 0
                self._parse(block, fed)
                fed += len(block)
                lag = max(fed - self._parser.CurrentByteIndex, 0)
                self._check_progress(lag)
                block = self._next(stream, max(_STEP, lag))
        self._is_mended = self._bad > 0
        return Walked(self._parse(b"", fed, last=True), tuple(self._remarks()))

    def _head(self, stream: BinaryIO) -> bytes:
        """The first bytes behind blanks, mended where their encoding is known."""
        head, start, encoding = b"", 0, None
        while len(head) - start < _HEAD and (block := stream.read(_STEP)):
            head += block
            start, encoding = start_of(head)
            if start == len(head):  # nothing but blanks so far
                self._blanks, head, start = self._blanks + start, b"", 0
        self._blanks += len(head[:start].strip(b"\xef\xbb\xbf"))
        if encoding is None:
            return head[start:]
        self._begin("utf-8")
        self._mending = Mending(encoding)
        return self._mending.mend(head[start:]) or self._next(stream, _STEP)

    def _next(self, stream: BinaryIO, size: int) -> bytes:
        while block := stream.read(size):
            if self._mending is None:
                return block
            if mended := self._mending.mend(block):
                return mended
        return b"" if self._mending is None else self._mending.mend(b"", last=True)

    def _parse(self, block: bytes, fed: int, *, last: bool = False) -> bool:
        """Whether the document can go on, or end, here."""
        try:
            self._parser.Parse(block, last)
        except pyexpat.ExpatError as error:
            if last and error.code in _STOPPED:
                return False
            raise self._malformed(error, block[max(self._parser.ErrorByteIndex - fed, 0) :][:80]) from error
        except (ValueError, LookupError) as error:
            if isinstance(error, UnreadableResults):
                raise
            self._refuse(1, "its XML is in an encoding that is not known here; send it in UTF-8")
        return True

    def _malformed(self, error: pyexpat.ExpatError, rest: bytes) -> UnreadableResults:
        what = f"{pyexpat.ErrorString(error.code)}; {_SENDER}"
        if error.code == _INVALID_TOKEN:
            what = f"a character that XML does not allow, or a broken tag; {_SENDER}"
        if self._closed and (error.code == _MISPLACED or re.match(rb"\s*<[?a-zA-Z]", rest)):
            what = "a second document begins where the first has ended; give each in a file of its own"
        return UnreadableResults(f"{self._name}, line {error.lineno}: {what}")

    def _check_progress(self, lag: int) -> None:
        line = self._parser.CurrentLineNumber
        if lag > _LARGEST_TOKEN:
            self._refuse(line, f"one tag of more than {_LARGEST_TOKEN >> 20} MiB; {_SENDER}")
        if len(self._parser.intern) > _MOST_NAMES:
            self._refuse(line, f"more than {_MOST_NAMES:,} different names of elements, which no JUnit file has")
        if self._bad > MOST_BAD:
            self._refuse(line, f"more than {MOST_BAD:,} characters that XML does not allow; {_SENDER}")

    @property
    def _bad(self) -> int:
        return 0 if self._mending is None else self._mending.bad

    def _remarks(self) -> list[str]:
        remarks = []
        if self._blanks:
            remarks.append("it begins with blanks, which were passed over")
        if self._bad:
            what = count_of(self._bad, "character", "characters")
            remarks.append(f"{what} that XML does not allow, outside of names, read as U+FFFD")
        if self._cut:
            what = count_of(self._cut, "attribute", "attributes")
            remarks.append(f"{what} of more than {_LARGEST_ATTRIBUTE >> 20} MiB cut short")
        return remarks

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        line = self._parser.CurrentLineNumber
        if self._depth > _DEEPEST:
            self._refuse(line, f"elements are nested more than {_DEEPEST} deep, which no JUnit file needs")
        local = self._locals.get(tag) or self._local(tag)
        if self._is_mended:
            self._mend(local, attributes, line)
        else:
            for value in attributes.values():
                if len(value) > _LARGEST_ATTRIBUTE:
                    self._mend(local, attributes, line)
                    break
        self._visitor.start(local, attributes, line)
        self._hear()

    def _local(self, tag: str) -> str:
        local = self._locals[tag] = tag.rpartition(":")[2].lower() or tag
        return local

    def _mend(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """Cut and replace in values; a name is refused, lest it become another one."""
        for attribute, value in attributes.items():
            if tag == "testcase" and attribute in NAMES:  # the reader has a limit of its own
                if BAD in value:
                    self._refuse(line, f"a character that XML does not allow in the name of a test; {_SENDER}")
            elif len(value) > _LARGEST_ATTRIBUTE or BAD in value:
                self._cut += len(value) > _LARGEST_ATTRIBUTE
                attributes[attribute] = value[:_LARGEST_ATTRIBUTE].replace(BAD, REPLACEMENT)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._closed = self._depth == 0
        self._visitor.end(self._locals[tag])
        self._hear()

    def _hear(self) -> None:
        listening = self._visitor.listening
        if listening is not self._is_heard:
            self._is_heard = listening
            self._parser.CharacterDataHandler = self._visitor.text if listening else None

    def _doctype(self, *_: Any) -> NoReturn:
        self._refuse(
            self._parser.CurrentLineNumber, "a document type (DTD), which can hide attacks; send the file without it"
        )

    def _refuse(self, line: int, what: str) -> NoReturn:
        raise UnreadableResults(f"{self._name}, line {line}: {what}")


_CODES = pyexpat.errors.codes
_INVALID_TOKEN = _CODES[pyexpat.errors.XML_ERROR_INVALID_TOKEN]
_MISPLACED = _CODES[pyexpat.errors.XML_ERROR_MISPLACED_XML_PI]
_STOPPED = frozenset(
    _CODES[message]
    for message in (
        pyexpat.errors.XML_ERROR_NO_ELEMENTS,
        pyexpat.errors.XML_ERROR_UNCLOSED_TOKEN,
        pyexpat.errors.XML_ERROR_PARTIAL_CHAR,
        pyexpat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
