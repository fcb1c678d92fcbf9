"""What is wrong with a text that should be JSON, in the words of whoever wrote it.

`json` tells the first character that it cannot use. People want to know what they did: a comma too many, a comment,
a quotation mark of a word processor. So the text is read once more, by a reader that goes on after the usual
mistakes. One pass, without recursion; of mistakes that leave no doubt it says what should stand there.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from certmark.formats.errors import excerpt

MOST = 10_000
"""Faults that are told of one text."""

_BLANK = re.compile(r"[ \t\r\n]*")
_LINE_COMMENT = re.compile(r"//[^\n]*|#[^\n]*")
_COMMENTS = {"/*": "*/", "<!--": "-->"}
_CONFLICT = re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?=[ \r\n]|\Z)[^\n]*", re.MULTILINE)
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*+(?:\\[^\x00-\x1f][^"\\\x00-\x1f]*+)*+')
_TO_QUOTE = re.compile(r'[^"\\]*+(?:\\.[^"\\]*+)*+"[ \t\r\n]*(?=[,:\]}]|\Z)', re.DOTALL)
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}|(.))', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![^\s{}\[\]:,\"])")
_WORD = re.compile(r"[^\s{}\[\]:,\"]+")
_OPEN = {"{": "}", "[": "]"}
_SINGLE, _CURLY = "'`", "\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u00ab\u00bb\uff02"
_TEXT_ON_LINE = re.compile(rf"[{_SINGLE}{_CURLY}]([^\n{_SINGLE}{_CURLY}\"]*)[{_SINGLE}{_CURLY}\"]")
_OF_PYTHON = {"True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "NULL": "null"}
_WORDS = frozenset({"true", "false", "null"})
_CONTROLS = {"\t": ("a tab", "\\t"), "\b": ("a backspace", "\\b"), "\f": ("a form feed", "\\f")}
_FEW_ODD = 2
_DEEPEST = 200


class TextRepair(NamedTuple):
    """Characters to be written anew."""

    start: int
    end: int
    new: str


class TextFault(NamedTuple):
    """Something that JSON does not have."""

    offset: int
    message: str
    """A part of a sentence: what stands there, and what JSON has instead."""
    repair: TextRepair | None = None
    """Where there is no doubt what should stand there."""


def faults_of(text: str) -> tuple[TextFault, ...]:
    """What is wrong with `text`, by place; nothing where it is JSON. After a fault that hides the rest none is told."""
    conflicts = tuple(TextFault(found.start(), _UNMERGED) for found in islice(_CONFLICT.finditer(text), MOST))
    if conflicts:
        return conflicts
    if not text.strip():
        return (TextFault(0, "it is empty"),)
    return tuple(islice(_Reader(text).faults(), MOST))


_UNMERGED = "the mark of a merge that was not finished; take one side, and take the marks out"


class _Expected(Enum):
    """What comes next."""

    VALUE = auto()
    FIRST_ITEM = auto()
    """A value, or the end of the list."""
    FIRST_KEY = auto()
    """A key, or the end of the object."""
    KEY = auto()
    COLON = auto()
    COMMA = auto()
    """Or the end of what is open."""
    END = auto()
    """Of the text."""


class _Open(NamedTuple):
    """An object or a list that is not closed yet."""

    sign: str
    offset: int


class _Reader:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.open: list[_Open] = []
        self.expected = _Expected.VALUE
        self.comma = -1
        """Where the comma stands after which something is expected; -1 where there is none."""
        self.last_end = 0
        """Where the last part ended that was no blank and no comment."""
        self.odd_ends: list[TextFault] = []
        """Ends of objects and lists that stand where people do not write them."""
        self.is_over = False
        self._lines = [found.end() for found in re.finditer("\n", text)]

    def faults(self) -> Iterator[TextFault]:
        """The faults, by place."""
        text, size = self.text, len(self.text)
        while not self.is_over:
            self.at = _BLANK.match(text, self.at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if self.at >= size:
                yield from self._end_of_text()
                return
            if text[self.at] in "/#<" and (end := self._end_of_comment()) > self.at:
                yield TextFault(self.at, "a comment; JSON has none")
                self.at = end
                continue
            start = self.at
            yield from self._next(text[start])
            if self.at > start:
                self.last_end = self.at

    def _end_of_comment(self) -> int:
        """Where the comment ends that begins here; here, if none does."""
        line = _LINE_COMMENT.match(self.text, self.at)
        if line is not None:
            return line.end()
        for begin, end in _COMMENTS.items():
            if self.text.startswith(begin, self.at):
                found = self.text.find(end, self.at)
                return found + len(end) if found >= 0 else len(self.text)
        return self.at

    def _next(self, sign: str) -> Iterator[TextFault]:
        match self.expected:
            case _Expected.END:
                yield from self._after_end(sign)
            case _Expected.COLON:
                yield from self._colon(sign)
            case _Expected.COMMA:
                yield from self._comma(sign)
            case _:
                if sign in "}]":
                    yield from self._close(sign)
                elif sign == ",":
                    yield TextFault(self.at, self._too_many_commas(), TextRepair(self.at, self.at + 1, ""))
                    self.at += 1
                elif sign == ":":
                    yield from self._give_up("a colon where something else should stand")
                else:
                    yield from self._value(sign)

    def _too_many_commas(self) -> str:
        return "a second comma" if self.comma >= 0 else "a comma before the first entry"

    # Values and keys

    def _value(self, sign: str) -> Iterator[TextFault]:
        is_key = self.expected in {_Expected.KEY, _Expected.FIRST_KEY}
        self.comma = -1
        if sign in _OPEN and len(self.open) >= _DEEPEST:
            yield from self._give_up(f"it is nested deeper than {_DEEPEST} levels")
            return
        if sign in _OPEN and not is_key:
            self.open.append(_Open(sign, self.at))
            self.at += 1
            self.expected = _Expected.FIRST_KEY if sign == "{" else _Expected.FIRST_ITEM
            return
        if sign in _OPEN:
            yield from self._give_up(f"{sign} where a key should stand")
            return
        if sign == '"':
            yield from self._text()
        elif sign in _SINGLE or sign in _CURLY:
            yield from self._odd_quotes(sign)
        else:
            yield from self._word(is_key=is_key)
        self.expected = _Expected.COLON if is_key else self._after_value()

    def _after_value(self) -> _Expected:
        return _Expected.COMMA if self.open else _Expected.END

    def _text(self) -> Iterator[TextFault]:
        text, start = self.text, self.at
        at = start + 1
        while True:
            at = _PLAIN.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing, too
            if at >= len(text) or text[at] == "\\":
                self.is_over = True
                yield TextFault(start, 'a text begins here that has no end; the file was cut off, or a " is missing')
                return
            if text[at] == '"':
                break
            if text[at] in "\r\n":
                if _TO_QUOTE.match(text, at) is None:
                    yield from self._unclosed(start, at)
                    return
                yield TextFault(start, "a text goes on in the next line; JSON writes \\n")
                closing = _TO_QUOTE.match(text, at)
                at = text.rindex('"', at, closing.end() if closing else None)
                break
            code = f"{ord(text[at]):04x}"
            what, new = _CONTROLS.get(text[at], (f"the control character U+{code.upper()}", f"\\u{code}"))
            yield TextFault(at, f"{what} in a text; JSON writes {new}", TextRepair(at, at + 1, new))
            at += 1
        for escape in _ESCAPE.finditer(text, start, at):
            if escape[1] is not None:
                message = f"{excerpt(escape[0])} is no escape of JSON; a backslash itself is written \\\\"
                yield TextFault(escape.start(), message)
        self.at = at + 1

    def _unclosed(self, start: int, line_end: int) -> Iterator[TextFault]:
        """A text whose quotation mark at the end is missing: it ends with its line."""
        end = len(self.text[start:line_end].rstrip().removesuffix(",")) + start
        yield TextFault(start, f'the " at the end of {excerpt(self.text[start + 1 : end], 60)} is missing')
        self.at = max(end, start + 1)

    def _odd_quotes(self, sign: str) -> Iterator[TextFault]:
        start = self.at
        what = f"{sign} (U+{ord(sign):04X})" if sign not in _SINGLE else sign
        found = _TEXT_ON_LINE.match(self.text, start)
        repair = None
        if found is not None and "\\" not in found[0]:
            repair = TextRepair(start, found.end(), f'"{found[1]}"')
        yield TextFault(start, f'{what} for a quotation mark; JSON has " only', repair)
        if found is None:
            self.is_over = True
        else:
            self.at = found.end()

    def _word(self, *, is_key: bool) -> Iterator[TextFault]:
        start = self.at
        number = _NUMBER.match(self.text, start)
        if number is not None and number.end() > start and not is_key:
            self.at = number.end()
            return
        word = _WORD.match(self.text, start)
        if word is None:
            yield from self._give_up(f"{excerpt(self.text[start])} where a value should stand")
            return
        self.at = word.end()
        if word[0] in _WORDS and not is_key:
            return
        right = _OF_PYTHON.get(word[0])
        if right is not None and not is_key:
            repair = TextRepair(start, word.end(), right)
            yield TextFault(start, f"{word[0]}; JSON writes {right}", repair)
            return
        what = "a key stands" if is_key else "a text stands"
        yield TextFault(start, f"{excerpt(word[0], 60)} has no quotation marks; {what} between two of them")

    # Between values

    def _colon(self, sign: str) -> Iterator[TextFault]:
        if sign == ":":
            self.at += 1
            self.expected = _Expected.VALUE
            return
        if sign in ",}]":
            yield from self._give_up("a key without a value", self.last_end)
            return
        yield TextFault(self.last_end, "a colon is missing after the key")
        self.expected = _Expected.VALUE
        if sign not in '"{[-0123456789tfn':
            self.is_over = True

    def _comma(self, sign: str) -> Iterator[TextFault]:
        if sign == ",":
            self.comma = self.at
            self.at += 1
            self.expected = _Expected.KEY if self.open[-1].sign == "{" else _Expected.VALUE
        elif sign in "}]":
            yield from self._close(sign)
        elif sign == ":":
            yield from self._give_up("a colon where a comma or the end should stand")
        elif self.text[self.last_end - 1] == '"' and self.at == self.last_end:
            yield from self._give_up('a comma is missing here, or a " inside of a text, which JSON writes as \\"')
        else:
            yield TextFault(self.last_end, "a comma is missing", TextRepair(self.last_end, self.last_end, ","))
            self.expected = _Expected.KEY if self.open[-1].sign == "{" else _Expected.VALUE

    def _close(self, sign: str) -> Iterator[TextFault]:
        if not self.open:
            yield from self._bracket_fault(TextFault(self.at, f"there is one {sign} too many"))
            return
        opened = self.open[-1]
        if _OPEN[opened.sign] != sign:
            line = self._line(opened.offset)
            fault = TextFault(self.at, f"{sign} stands where the {opened.sign} of line {line} is still open")
            yield from self._bracket_fault(fault)
            return
        if self.expected is _Expected.VALUE and opened.sign == "{":
            yield from self._give_up("a key without a value", self.last_end)
            return
        if self.comma >= 0:
            repair = TextRepair(self.comma, self.comma + 1, "")
            yield TextFault(self.comma, f"a comma before {sign}; JSON has none there", repair)
            self.comma = -1
        self._note_odd_end(opened)
        self.open.pop()
        self.at += 1
        self.expected = self._after_value()

    def _note_odd_end(self, opened: _Open) -> None:
        """People indent: what closes in another line than it began stands at the beginning of that one, as deep."""
        text = self.text
        begin, end = self._line_start(opened.offset), self._line_start(self.at)
        if begin == end or len(self.odd_ends) > _FEW_ODD:
            return
        before = text[end : self.at]
        depth, first = len(before), text[begin : begin + len(before) + 1]
        as_deep = not before.strip() and first[:depth] == before and not first[depth:].isspace()
        if not as_deep:
            message = f"this {text[self.at]} closes the {opened.sign} of line {self._line(opened.offset)}"
            self.odd_ends.append(TextFault(self.at, message))

    # The end

    def _after_end(self, sign: str) -> Iterator[TextFault]:
        what = f"there is one {sign} too many" if sign in "}]" else "the document has ended, and something follows"
        yield from self._bracket_fault(TextFault(self.at, what))

    def _end_of_text(self) -> Iterator[TextFault]:
        if self.open:
            opened = self.open[-1]
            what = f"the {opened.sign} of line {self._line(opened.offset)} is still open at the end"
            yield from self._bracket_fault(TextFault(len(self.text), what))
        elif self.expected is _Expected.VALUE:
            yield TextFault(len(self.text), "it has no value")

    def _bracket_fault(self, fault: TextFault) -> Iterator[TextFault]:
        """A fault in the brackets, told where the indentation says that it lies, if that is one place."""
        self.is_over = True
        if self.odd_ends and len(self.odd_ends) <= _FEW_ODD:
            odd = self.odd_ends[0]
            place = self._line(fault.offset)
            message = f"the brackets do not fit: {odd.message}, and so {fault.message} (line {place})"
            yield TextFault(odd.offset, message)
        else:
            yield fault

    def _give_up(self, message: str, offset: int | None = None) -> Iterator[TextFault]:
        """Tell a fault after which it is not clear what is meant."""
        self.is_over = True
        yield TextFault(self.at if offset is None else offset, message)

    def _line(self, offset: int) -> int:
        return bisect_right(self._lines, offset) + 1

    def _line_start(self, offset: int) -> int:
        number = bisect_right(self._lines, offset)
        return self._lines[number - 1] if number else 0
