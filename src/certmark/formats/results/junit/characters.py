"""The characters of a document, made such that an XML parser reads them: one bad one does not cost a file.

What XML does not allow (control characters, references to them, bytes that are not in the encoding that the
document declares) becomes `BAD`, and is counted. Whoever reads the document decides where that may stand.
"""

from __future__ import annotations

import codecs
import re

BAD = "\ufdd0"
"""What stands for a character that XML does not allow: itself no character, but the parser lets it pass."""
REPLACEMENT = "\ufffd"
"""What people see in its place."""
MOST_BAD = 1_000_000
"""Bad characters of one document; what has more is no text."""

ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufdcf\ufdd1-\ufffd\U00010000-\U0010ffff]")
_REFERENCE = (
    r"&#(?:0{0,6}(?:[0-8]|1[124-9]|2\d|3[01]|5529[6-9]|55[3-9]\d\d|5[67]\d{3}|6553[45])"
    r"|[xX]0{0,6}(?:[0-8bcBCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]));"
)
_REFERENCES = re.compile(_REFERENCE)
_REFERENCES_IN_BYTES = re.compile(_REFERENCE.encode())
_LONGEST_REFERENCE = 16

_CONTROLS = bytes(0 if byte < 32 and byte not in b"\t\n\r" else 1 for byte in range(256))
_BAD_IN_UTF_8 = (b"\xef\xbf\xbe", b"\xef\xbf\xbf", BAD.encode())
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s{0,20}=\s{0,20}[\"']([\w.-]{1,40})[\"']")
_UTF_8 = re.compile(r"utf-?8|(?:us-)?ascii|utf8mb4", re.IGNORECASE)
_ONE_BYTE = re.compile(r"(?:iso-?8859-?\d{1,2}|latin-?1|(?:windows-|cp)125\d)", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def start_of(head: bytes) -> tuple[int, str | None]:
    """Where a document that begins with `head` starts behind blanks and marks, and the encoding that can be mended.

    The encoding is None where the parser must see the bytes as they are (UTF-16, encodings of many bytes).
    """
    rest = head.lstrip(_BLANK)
    while rest.startswith(_BOM):
        rest = rest.removeprefix(_BOM).lstrip(_BLANK)
    start = len(head) - len(rest)
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<"), start):
        return start, None
    found = _DECLARED.match(head, start)
    declared = "utf-8" if found is None else found[1].decode("ascii")
    if _UTF_8.fullmatch(declared):
        return start, "utf-8"
    if _ONE_BYTE.fullmatch(declared):
        try:
            return start, codecs.lookup(declared).name
        except LookupError:
            return start, None
    return start, None


class Mending:
    """Turns the blocks of a document into UTF-8 that a parser takes."""

    __slots__ = ("_carry", "_encoding", "bad")

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._carry = b""
        self.bad = 0
        """Characters that were replaced up to here."""

    def mend(self, block: bytes, *, last: bool = False) -> bytes:
        """The next piece of the document; the end of `block` may be kept back until the next one comes."""
        data = self._carry + block if self._carry else block
        if self._encoding == "utf-8":
            data, self._carry = _parted(data, last=last)
            if _is_clean(data):
                return data
            text = data.decode("utf-8", "surrogateescape")
        else:
            data, self._carry = _without_reference(data, last=last)
            text = data.decode(self._encoding, "surrogateescape")
        return self._mended(text).encode()

    def _mended(self, text: str) -> str:
        text, characters = ILLEGAL.subn(BAD, text)
        references = 0
        if "&#" in text:
            text, references = _REFERENCES.subn(BAD, text)
        self.bad += characters + references
        return text


def _parted(data: bytes, *, last: bool) -> tuple[bytes, bytes]:
    """`data` up to its last whole character and reference, and the rest."""
    if last:
        return data, b""
    end = len(data)
    for back in range(1, min(4, end + 1)):
        byte = data[end - back]
        if byte & 0xC0 != 0x80:  # the first byte of a character; whole if as many follow as it says
            if byte >= 0xC0 and back < (4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2):
                end -= back
            break
    return _without_reference(data, last=last, end=end)


def _without_reference(data: bytes, *, last: bool, end: int | None = None) -> tuple[bytes, bytes]:
    end = len(data) if end is None else end
    opening = -1 if last else data.rfind(b"&", max(0, end - _LONGEST_REFERENCE), end)
    if opening >= 0 and data.find(b";", opening, end) < 0:
        end = opening
    return (data, b"") if end == len(data) else (data[:end], data[end:])


def _is_clean(data: bytes) -> bool:
    """Whether a parser takes these bytes; quick, since nearly all of them are."""
    if 0 in data.translate(_CONTROLS):
        return False
    if not data.isascii():
        try:
            data.decode()
        except UnicodeDecodeError:
            return False
        if any(bad in data for bad in _BAD_IN_UTF_8):
            return False
    return _REFERENCES_IN_BYTES.search(data) is None
