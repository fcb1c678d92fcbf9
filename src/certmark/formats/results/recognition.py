"""What some bytes are, told from their beginning and never from a file's name."""

from __future__ import annotations

import re
from enum import Enum

HEAD = 64 << 10
"""Bytes that are looked at."""


class ResultsKind(Enum):
    """How results can be written down."""

    SUBUNIT_V2 = "subunit v2"
    SUBUNIT_V1 = "subunit v1"
    XML = "XML"
    JSON = "JSON"
    TAR = "a tar archive"
    BUNDLE = "an evidence bundle"
    PARTS = "an archive of parts"


PARTS = b"certmark-parts"
"""What the first member of an archive of parts is called."""


_PACKET = 0xB3
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_UTF_16 = (b"<\0", b"\0<")
_XML = rb"(?i)<(?:\?xml|!--|!DOCTYPE|testsuite)"
_HTML = rb"(?i)<(?:!doctype\s+)?html"
_JSON = rb"""\{\s*(?:["}]|\Z)|\[\s*(?:[\[{"\d\]-]|\Z)"""
# Lines that only a stream of subunit v1 has; what a tool printed before them is passed over.
_V1 = (
    rb"(?m)^(?:time: \d{4}-\d\d-\d\d|tags: [\w-]|progress: (?:[+-]?\d|push|pop)"
    rb"|(?:test|testing|success|successful|failure|error|skip|xfail|uxsuccess): [\w(][\w.]*[.(\[])"
)


def recognise(head: bytes) -> ResultsKind | None:
    """What begins with `head`; None if it is nothing that is read here."""
    if head[:1] == b"\xb3":
        return ResultsKind.SUBUNIT_V2
    if _is_tar(head):
        # A bundle describes itself in its first member; nobody else's archive begins so.
        if head.startswith(PARTS + b"\0"):
            return ResultsKind.PARTS
        return (
            ResultsKind.BUNDLE
            if head.startswith(b"manifest.json\0") and b'"certmark-bundle"' in head[:1024]
            else ResultsKind.TAR
        )
    return _text_kind(head) or (ResultsKind.SUBUNIT_V2 if _has_packet(head) else None)


def _text_kind(head: bytes) -> ResultsKind | None:
    text = head.removeprefix(_BOMS[0]).lstrip()
    if re.match(_HTML, text):
        return None
    if re.match(_XML, text) or head.startswith(_BOMS[1:]) or text.startswith(_UTF_16):
        return ResultsKind.XML
    # After XML, which may quote a stream; before JSON, whose brackets may be the noise before a stream.
    if re.search(_V1, text):
        return ResultsKind.SUBUNIT_V1
    if re.match(_JSON, text):
        return ResultsKind.JSON
    return ResultsKind.XML if text[:1] == b"<" else None


def describe(head: bytes) -> str:
    """What else it looks like, for a message: `a zip archive`."""
    for magic, what in _OTHERS:
        if head.startswith(magic):
            return what
    if re.match(_HTML, head.removeprefix(_BOMS[0]).lstrip()):
        return "a web page (of an error, perhaps)"
    if b"\0" in head:
        return "binary data of an unknown kind"
    if re.search(rb"^[\w.]+\.[\w.]+\[[^\]\n]*id-[0-9a-f-]{36}", head, re.MULTILINE):
        return "a list of tests (a guideline, perhaps)"
    line = head.lstrip().partition(b"\n")[0][:60].decode("utf-8", "replace").strip()
    return f"text that begins with {line!a}"


_OTHERS = (
    (b"\x1f\x8b", "gzip inside gzip (unpack it once)"),
    (b"PK\x03\x04", "a zip archive (unpack it)"),
    (b"BZh", "packed with bzip2 (unpack it)"),
    (b"\xfd7zXZ", "packed with xz (unpack it)"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd (unpack it)"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%PDF", "a PDF document"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program"),
)


def _is_tar(head: bytes) -> bool:
    """POSIX 1003.1, ustar header: the magic, or (older archives) the checksum over the first block."""
    if len(head) < 512:
        return False
    if head[257:262] == b"ustar":
        return True
    field = head[148:156].strip(b" \0")
    if not re.fullmatch(rb"[0-7]{4,7}", field):
        return False
    return int(field, 8) == sum(head[:148]) + 8 * 0x20 + sum(head[156:512])


def _has_packet(head: bytes) -> bool:
    """Whether a sound packet of subunit v2 stands somewhere in `head`, after something that a tool printed."""
    from zlib import crc32

    at, patience = head.find(_PACKET), 16 * HEAD
    while at >= 0 and patience > 0:
        length = _length(head, at)
        if length and at + length <= len(head):
            packet = head[at : at + length]
            if crc32(packet[:-4]) == int.from_bytes(packet[-4:], "big"):
                return True
            patience -= length
        at = head.find(_PACKET, at + 1)
    return False


def _length(head: bytes, at: int) -> int:
    """The length that a packet of version 2 at `at` would have; 0 if it cannot be one."""
    if len(head) < at + 6 or head[at + 1] >> 4 != 2:
        return 0
    size = 1 + (head[at + 3] >> 6)
    length = int.from_bytes(head[at + 3 : at + 3 + size], "big") & ((1 << (8 * size - 2)) - 1)
    return length if length > 6 + size else 0
