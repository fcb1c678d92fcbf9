"""Plain tar archives: POSIX ustar as it is written today, and nothing that two readers could take in two ways.

What is signed is the file; what a verifier reads and what a reviewer unpacks with other tools must be the same.
Tar has grown by extensions that readers rank differently (pax and GNU headers for names, sizes and holes), by
old forms that some still read and some do not, and by leniency. So these are the rules, of each header:

1. The magic is that of ustar, version 00.
2. The checksum fits.
3. It is of a plain file (`0`): no header about another header, no link, folder, device or sparse file.
4. Numbers are octal digits up to a NUL or a blank; the size has all eleven.
5. Texts end with the first NUL; nothing is hidden behind it, in the name of a link, or in the last twelve bytes.
6. The name is a relative path of printable ASCII: no empty part, no `.` or `..`, no slash at its end.

And of the whole:

7. What fills the last block of a file up is empty.
8. Two empty blocks end it, and only empty blocks follow, not many.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NoReturn

from certmark.formats.errors import UnreadableResults, excerpt
from certmark.formats.tar import BLOCK, MOST_MEMBERS, Stopped, TarContent, TarMember, exactly

_STEP: Final = 256 << 10
_MOST_BEHIND: Final = 1 << 20
"""Bytes of empty blocks at the end; writers fill records of 10 KiB up."""
_EMPTY: Final = bytes(BLOCK)
_NAME: Final = re.compile(r"[!-.0-~][!-~]*\Z")
_OCTAL: Final = re.compile(rb"[0-7]+[ \0]+\Z")
_SIZE: Final = re.compile(rb"[0-7]{11}[ \0]\Z")
_NUMBERS: Final = {
    "mode": slice(100, 108),
    "owner": slice(108, 116),
    "group": slice(116, 124),
    "time": slice(136, 148),
    "checksum": slice(148, 156),
}
_EXTENSION: Final = "it is a header about another header (pax, GNU)"
_KINDS: Final = dict.fromkeys((b"x", b"g", b"X", b"L", b"K"), _EXTENSION)
_DEVICE: Final = (slice(329, 337), slice(337, 345))
_TEXTS: Final = {
    "name": slice(0, 100),
    "owner's name": slice(265, 297),
    "group's name": slice(297, 329),
    "prefix": slice(345, 500),
}


def read_plain_members(stream: BinaryIO, name: str) -> Iterator[TarMember]:
    """The members of the archive `name`, which must be plain. Read each before the next one is asked for.

    Raises Stopped where it ends too early, UnreadableResults with the member and the rule where it is not plain.
    """
    for number in range(1, MOST_MEMBERS + 1):
        block = exactly(stream, BLOCK)
        if block == _EMPTY:
            _check_end(stream, name)
            return
        member = _member(block, stream, f"{name}, member {number}")
        yield member
        _check_padding(stream, member, name)
    raise UnreadableResults(f"{name} has more than {MOST_MEMBERS:,} members; send the archive of one run")


def _member(block: bytes, stream: BinaryIO, place: str) -> TarMember:
    if block[257:265] != b"ustar\x0000":
        _refuse(place, "its header is not one of POSIX ustar")
    texts = {what: _text(block[part], place, what) for what, part in _TEXTS.items()}
    path = "/".join(filter(None, (texts["prefix"], texts["name"])))
    where = f"{place}, {excerpt(path)}"
    if not _NAME.match(path) or {"", ".", ".."} & set(path.split("/")):
        _refuse(where, "its name is not a path that every system has")
    if block[156:157] != b"0":
        _refuse(where, _KINDS.get(block[156:157], "it is no plain file"))
    for what, part in _NUMBERS.items():
        if not _OCTAL.match(block[part]):
            _refuse(where, f"its {what} is not written in octal digits")
    if not _SIZE.match(block[124:136]):
        _refuse(where, "its size is not written in eleven octal digits")
    if int(block[148:156].strip(b" \0"), 8) != sum(block) - sum(block[148:156]) + 8 * 0x20:
        _refuse(where, "its header is damaged")
    _check_rest(block, where)
    size = int(block[124:135], 8)
    return TarMember(path, size, is_file=True, content=TarContent(stream, size))


def _text(field: bytes, place: str, what: str) -> str:
    text, _, rest = field.partition(b"\0")
    if rest.strip(b"\0"):
        _refuse(place, f"something stands behind the end of its {what}")
    return text.decode("utf-8", "replace")


def _check_rest(block: bytes, where: str) -> None:
    for part in _DEVICE:
        if block[part].strip(b"\0") and not _OCTAL.match(block[part]):
            _refuse(where, "the number of its device is not written in octal digits")
    if block[157:257].strip(b"\0"):
        _refuse(where, "it names a link, and is none")
    if block[500:].strip(b"\0"):
        _refuse(where, "something stands behind its header")


def _check_padding(stream: BinaryIO, member: TarMember, name: str) -> None:
    while member.content.read(_STEP):
        pass
    if member.content.is_cut:
        raise Stopped
    if exactly(stream, -member.size % BLOCK).strip(b"\0"):
        _refuse(f"{name}, {excerpt(member.path)}", "something stands behind its content")


def _check_end(stream: BinaryIO, name: str) -> None:
    if exactly(stream, BLOCK) != _EMPTY:
        _refuse(name, "one empty block stands among its members")
    behind = 0
    while block := stream.read(_STEP):
        behind += len(block)
        if block.strip(b"\0"):
            _refuse(name, "something follows the end of the archive")
        if behind > _MOST_BEHIND:
            _refuse(name, "too much emptiness follows the end of the archive")
    if behind % BLOCK:
        _refuse(name, "its end is no whole block")


def _refuse(place: str, rule: str) -> NoReturn:
    raise UnreadableResults(f"{place}: {rule}; a bundle is a plain archive of POSIX (ustar), send it as it was written")
