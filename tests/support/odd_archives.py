"""Tar archives written block by block: plain ones, and those that two readers take in two ways."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Iterator, Mapping
from typing import NamedTuple

BLOCK = 512
END = bytes(2 * BLOCK)


class Piece(NamedTuple):
    """A header and what stands behind it."""

    name: bytes
    content: bytes
    kind: bytes = b"0"
    fields: Mapping[int, bytes] = {}
    """Bytes of the header that are other than usual, by their place; the checksum is made anew."""

    def packed(self) -> bytes:
        return header(self.name, len(self.content), self.kind, self.fields) + padded(self.content)


def header(name: bytes, size: int, kind: bytes = b"0", fields: Mapping[int, bytes] = {}) -> bytes:
    """A header of ustar, with the checksum that fits."""
    block = bytearray(BLOCK)
    usual = {
        0: name,
        100: b"0000644\0",
        108: b"0000000\0",
        116: b"0000000\0",
        124: b"%011o\0" % size,
        136: b"00000000000\0",
        156: kind,
        257: b"ustar\x0000",
    }
    for place, field in [*usual.items(), *fields.items()]:
        block[place : place + len(field)] = field
    return with_checksum(block)


def with_checksum(block: bytes | bytearray) -> bytes:
    total = sum(block[:148]) + sum(block[156:]) + 8 * 0x20
    return bytes(block[:148]) + b"%06o\0 " % total + bytes(block[156:])


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % BLOCK)


def pax(**records: str) -> bytes:
    """The content of an extended header."""
    text = b""
    for key, value in records.items():
        body = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(body) + 1
        while len(str(length)) + len(body) != length:
            length = len(str(length)) + len(body)
        text += str(length).encode() + body
    return text


def archive(pieces: list[Piece], end: bytes = END) -> bytes:
    return b"".join(piece.packed() for piece in pieces) + end


def plain(members: Mapping[str, bytes]) -> list[Piece]:
    return [Piece(name.encode(), content) for name, content in members.items()]


def odd_archives(members: Mapping[str, bytes], last: str) -> Iterator[tuple[str, bytes]]:
    """(what is odd, the archive) of `members`, each with one thing that a reader may take otherwise.

    `last` is the member whose header is tampered with; it stands last.
    """
    rest = plain({name: content for name, content in members.items() if name != last})
    content, name = members[last], last.encode()
    size, evil = len(content), b"evil.txt"
    before = {
        "pax path": Piece(b"x", pax(path="evil.txt"), b"x"),
        "pax path, the right one": Piece(b"x", pax(path=last), b"x"),
        "pax size": Piece(b"x", pax(size="5"), b"x"),
        "pax size of nothing": Piece(b"x", pax(size="0"), b"x"),
        "pax comment": Piece(b"x", pax(comment="hello"), b"x"),
        "pax link": Piece(b"x", pax(linkpath="/etc/passwd"), b"x"),
        "pax hole of GNU": Piece(b"x", pax(GNU__sparse__size="9", GNU__sparse__map="0,1"), b"x"),
        "pax hole of GNU 1.0": Piece(
            b"x", pax(GNU__sparse__major="1", GNU__sparse__minor="0", GNU__sparse__name="e"), b"x"
        ),
        "pax path with NUL": Piece(b"x", pax(path=f"{last}\0.txt"), b"x"),
        "pax of Sun": Piece(b"x", pax(path="evil.txt"), b"X"),
        "global pax path": Piece(b"g", pax(path="evil.txt"), b"g"),
        "global pax size": Piece(b"g", pax(size="5"), b"g"),
        "GNU long name": Piece(b"././@LongLink", evil + b"\0", b"L"),
        "GNU long name, the right one": Piece(b"././@LongLink", name + b"\0", b"L"),
        "GNU long link": Piece(b"././@LongLink", b"/etc/passwd\0", b"K"),
        "GNU label": Piece(b"label", b"", b"V"),
        "GNU several volumes": Piece(b"evil.txt", b"abc", b"M"),
        "GNU list of folder": Piece(b"streams/", b"Ystreams\0\0", b"D"),
        "Solaris ACL": Piece(b"acl", b"user::rwx\0", b"A"),
        "folder": Piece(b"streams/", b"", b"5"),
        "link": Piece(evil, b"", b"2", {157: b"/etc/passwd"}),
        "hard link": Piece(evil, b"", b"1", {157: rest[0].name}),
        "pipe": Piece(evil, b"", b"6"),
        "device": Piece(evil, b"", b"3", {329: b"0000001\0", 337: b"0000003\0"}),
    }
    for what, piece in before.items():
        yield f"{what}, before a member", archive([*rest, piece, Piece(name, content)])
        yield f"{what}, before the first member", archive([piece, *rest, Piece(name, content)])
    yield (
        "pax path, then GNU long name",
        archive([*rest, before["pax path"], before["GNU long name, the right one"], Piece(name, content)]),
    )
    yield (
        "GNU long name, then pax path",
        archive([*rest, before["GNU long name, the right one"], before["pax path"], Piece(name, content)]),
    )
    sizes = {
        "base 256": b"\x80" + size.to_bytes(11, "big"),
        "base 256, negative": b"\xff" + b"\xff" * 11,
        "plus": b"+%010o\0" % size,
        "0o": b"0o%09o\0" % size,
        "underscore": b"0_%09o\0" % size,
        "minus": b"-0000000001\0",
        "blanks": b"%11o\0" % size,
        "short": b"%o\0" % size + bytes(11 - len(b"%o" % size)),
        "short, with digits behind": b"%o\0" % size + b"7" * (11 - len(b"%o" % size)),
        "twelve digits": b"%012o" % size,
        "nine": b"00000000009\0",
        "none": bytes(12),
        "decimal": b"%011d\0" % size,
    }
    for what, field in sizes.items():
        yield f"size: {what}", archive([*rest, Piece(name, content, fields={124: field})])
    fields: dict[str, Mapping[int, bytes]] = {
        "no magic": {257: bytes(8)},
        "magic of GNU": {257: b"ustar  \0"},
        "magic of version 01": {257: b"ustar\x0001"},
        "magic of version NUL": {257: b"ustar\0\0\0"},
        "prefix": {345: b"evil"},
        "prefix without magic": {257: bytes(8), 345: b"evil"},
        "prefix behind a NUL": {345: b"\0evil"},
        "times of star in the prefix": {345: b"\0" * 131 + b"00000000000 00000000000 ", 508: b"tar\0"},
        "bytes behind the name": {len(name) + 1: b"evil"},
        "type NUL": {156: b"\0"},
        "type 7": {156: b"7"},
        "type blank": {156: b" "},
        "type S": {156: b"S"},
        "type Z": {156: b"Z"},
        "name of a link": {157: b"/etc/passwd"},
        "mode without digits": {100: b"rw-r--r-"},
        "mode of blanks": {100: b"        "},
        "owner in base 256": {108: b"\x80" + b"\0" * 7},
        "time in base 256": {136: b"\x80" + b"\0" * 11},
        "time negative": {136: b"\xff" * 12},
        "time without digits": {136: b"yesterday\0\0\0"},
        "device without digits": {329: b"evil\0\0\0\0"},
        "bytes behind the header": {500: b"evil"},
        "absolute": {0: b"/" + name + b"\0"},
        "dot": {0: b"./" + name + b"\0"},
        "climbing": {0: b"../" + name + b"\0"},
        "climbing inside": {0: b"x/../" + name + b"\0"},
        "backslash": {0: b"x\\" + name + b"\0"},
        "folder's name": {0: name + b"/\0"},
        "no name": {0: bytes(100)},
        "capitals": {0: name.upper() + b"\0"},
    }
    for what, changed in fields.items():
        yield what, archive([*rest, Piece(name, content, fields=changed)])
    whole = archive([*rest, Piece(name, content)], b"")
    tampered = bytearray(whole)
    at = len(whole) - len(Piece(name, content).packed())
    tampered[at + 148 : at + 156] = b"000000\0 "
    yield "checksum of nothing", bytes(tampered) + END
    signed = sum(struct.unpack("512b", header(b"\xff" * 4, 0))) - sum(b"000000\0 ") + 8 * 0x20
    yield "signed checksum", whole + header(b"\xff" * 4, 0)[:148] + b"%06o\0 " % signed + bytes(356) + END
    yield "member twice", archive([*rest, Piece(name, content), Piece(name, b"evil")])
    yield "first member twice", archive([*rest, Piece(name, content), Piece(rest[0].name, b"{}")])
    yield "member in capitals beside it", archive([*rest, Piece(name, content), Piece(name.upper(), b"evil")])
    yield "stranger", archive([*rest, Piece(name, content), Piece(evil, b"evil")])
    yield "no end", whole
    yield "one empty block", whole + bytes(BLOCK)
    yield "one empty block, then a member", whole + bytes(BLOCK) + Piece(evil, b"evil").packed() + END
    yield "one empty block among the members", archive(rest, bytes(BLOCK)) + Piece(name, content).packed() + END
    yield "member behind the end", whole + END + Piece(evil, b"evil").packed() + END
    yield "member twice, behind the end", whole + END + Piece(name, b"evil").packed() + END
    yield "text behind the end", whole + END + b"evil"
    yield "half a block behind the end", whole + END + bytes(100)
    yield "much emptiness behind the end", whole + bytes(4 << 20)
    if size % BLOCK:
        yield "text in the padding", whole[:-1] + b"x" + END


def odd_packings(sound: bytes) -> Iterator[tuple[str, bytes]]:
    """(what is odd, the file) of an archive that was packed otherwise than once, as a whole."""
    packed = gzip.compress(sound, mtime=0)
    half = len(sound) // 2 // BLOCK * BLOCK
    yield "wrong checksum of gzip", packed[:-8] + bytes(byte ^ 1 for byte in packed[-8:-4]) + packed[-4:]
    yield "wrong length of gzip", packed[:-4] + bytes(byte ^ 1 for byte in packed[-4:])
    yield "no trailer of gzip", packed[:-8]
    yield "half a trailer of gzip", packed[:-3]
    yield "second member of gzip", packed + gzip.compress(b"evil", mtime=0)
    yield "second member of gzip, empty", packed + gzip.compress(b"", mtime=0)
    yield "in two members of gzip", gzip.compress(sound[:half], mtime=0) + gzip.compress(sound[half:], mtime=0)
    yield "zeros behind gzip", packed + bytes(512)
    yield "text behind gzip", packed + b"evil"
    yield "method 7 of gzip", packed[:2] + b"\x07" + packed[3:]
    yield "reserved flags of gzip", packed[:3] + b"\xe0" + packed[4:]
    yield "packed twice", gzip.compress(packed, mtime=0)
