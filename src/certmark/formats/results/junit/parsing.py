"""XML of strangers, element by element: flat memory, no entities, everything bounded."""

from __future__ import annotations

import pyexpat
from typing import Any, NoReturn, Protocol

from certmark.formats.errors import UnreadableResults
from certmark.formats.sources import Source

_STEP = 256 << 10
_LARGEST_TOKEN = 4 << 20
"""Bytes of one tag or comment, as far as it can be told; the largest known has 0.1 MiB."""
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
        """A piece of text, while it was listening."""


def walk(source: Source, visitor: Visitor) -> bool:
    """Tell `visitor` the document; give whether it is whole (False: it stops in the middle).

    Raises UnreadableResults for what is not well-formed, for document types and entities, and for
    whatever is too deep or too large to be honest.
    """
    return _Walk(source.name, visitor).through(source)


class _Walk:
    def __init__(self, name: str, visitor: Visitor) -> None:
        self._name = name
        self._visitor = visitor
        self._depth = 0
        parser = pyexpat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        self._parser = parser

    def through(self, source: Source) -> bool:
        parser, fed, lag = self._parser, 0, 0
        with source.open() as stream:
            # A token is parsed anew with each block until it is whole: growing blocks keep that linear.
            while block := stream.read(max(_STEP, lag)):
                self._parse(block)
                fed += len(block)
                lag = max(fed - parser.CurrentByteIndex, 0)
                self._check_progress(lag)
        return self._parse(b"", last=True)

    def _parse(self, block: bytes, *, last: bool = False) -> bool:
        """Whether the document can go on, or end, here."""
        try:
            self._parser.Parse(block, last)
        except pyexpat.ExpatError as error:
            if last and error.code in _STOPPED:
                return False
            raise self._malformed(error) from error
        except (ValueError, LookupError) as error:
            if isinstance(error, UnreadableResults):
                raise
            self._refuse(1, "its XML is in an encoding that is not known here; send it in UTF-8")
        return True

    def _malformed(self, error: pyexpat.ExpatError) -> UnreadableResults:
        what = pyexpat.ErrorString(error.code)
        if error.code == _INVALID_TOKEN:
            what = "a character that XML does not allow, or a broken tag"
        return UnreadableResults(f"{self._name}, line {error.lineno}: {what}; {_SENDER}")

    def _check_progress(self, lag: int) -> None:
        if lag > _LARGEST_TOKEN:
            self._refuse(self._parser.CurrentLineNumber, f"one tag of more than {_LARGEST_TOKEN >> 20} MiB; {_SENDER}")
        if len(self._parser.intern) > _MOST_NAMES:
            line = self._parser.CurrentLineNumber
            self._refuse(line, f"more than {_MOST_NAMES:,} different names of elements, which no JUnit file has")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        line = self._parser.CurrentLineNumber
        if self._depth > _DEEPEST:
            self._refuse(line, f"elements are nested more than {_DEEPEST} deep, which no JUnit file needs")
        for value in attributes.values():
            if len(value) > _LARGEST_ATTRIBUTE:
                self._refuse(line, f"an attribute of {len(value):,} characters; {_SENDER}")
        self._visitor.start(tag, attributes, line)
        self._hear()

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._visitor.end(tag)
        self._hear()

    def _hear(self) -> None:
        self._parser.CharacterDataHandler = self._visitor.text if self._visitor.listening else None

    def _doctype(self, *_: Any) -> NoReturn:
        self._refuse(
            self._parser.CurrentLineNumber, "a document type (DTD), which can hide attacks; send the file without it"
        )

    def _refuse(self, line: int, what: str) -> NoReturn:
        raise UnreadableResults(f"{self._name}, line {line}: {what}")


_CODES = pyexpat.errors.codes
_INVALID_TOKEN = _CODES[pyexpat.errors.XML_ERROR_INVALID_TOKEN]
_STOPPED = frozenset(
    _CODES[message]
    for message in (
        pyexpat.errors.XML_ERROR_NO_ELEMENTS,
        pyexpat.errors.XML_ERROR_UNCLOSED_TOKEN,
        pyexpat.errors.XML_ERROR_PARTIAL_CHAR,
        pyexpat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
