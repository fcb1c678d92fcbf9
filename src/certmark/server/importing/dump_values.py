"""Literals of a dump: what they stand for, in the character set that the dump or the column has."""

from __future__ import annotations

import codecs
import re

from certmark.server.importing.errors import UnreadableDump

_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPED = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_"}
_CODECS = {name: name for name in ("ascii", "cp1250", "cp1251", "cp1256", "cp1257")} | {
    "utf8": "utf-8",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
    "latin1": "cp1252",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
}
BINARY, UNKNOWN = "binary", ""


def _as_mysql(error: UnicodeError) -> tuple[str, int]:
    """Five bytes that cp1252 has no sign for are control characters to MySQL; elsewhere something was lost."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - of decoding only
    if error.encoding in {"cp1252", "charmap"}:
        return error.object[error.start : error.end].decode("latin-1"), error.end
    return "\ufffd", error.end


codecs.register_error("certmark.mysql", _as_mysql)


def value_of(literal: bytes, charset: str) -> str | None:
    """What a literal stands for; numbers as they are written. Raises UnreadableDump for an unknown character set."""
    if literal == b"NULL":
        return None
    kind, quote, rest = literal.partition(b"'")
    if not quote:
        is_hex = literal[:2].lower() == b"0x"
        return _decoded(_hex(literal[2:]), charset) if is_hex else literal.decode("ascii", "replace")
    named = kind.strip().decode("ascii").lower()
    if named == "x":
        return _decoded(_hex(rest[:-1]), charset)
    if named == "b":
        return str(int(rest[:-1] or b"0", 2))
    own = {"": charset, "n": "utf8", f"_{BINARY}": charset}
    return _text(rest[:-1], own.get(named, named.removeprefix("_")))


def _hex(digits: bytes) -> bytes:
    return bytes.fromhex(digits.decode("ascii"))


def _text(data: bytes, charset: str) -> str:
    if b"\\" in data or b"''" in data:
        data = _ESCAPE.sub(_unescaped, data)
    return _decoded(data, charset)


def _decoded(data: bytes, charset: str) -> str:
    """Where nothing says which, it is UTF-8 if it can be, else what MySQL calls latin1."""
    if charset == UNKNOWN:
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            charset = "latin1"
    return data.decode(codec_of(charset), "certmark.mysql")


def _unescaped(found: re.Match[bytes]) -> bytes:
    sign = found[1]
    return b"'" if sign is None else _ESCAPED.get(sign, sign)


def codec_of(charset: str) -> str:
    """What Python calls a character set of MySQL. Raises UnreadableDump."""
    try:
        return _CODECS[charset.lower()]
    except KeyError:
        raise UnreadableDump(
            f"the dump has text in the character set {charset[:40]}, which is not read here; make it again"
            " with the character set utf8mb4"
        ) from None
