r"""Dumps as `mysqldump` and `mariadb-dump` write them, read as a stream: rows of the tables that are wanted.

1. A statement is never in memory as a whole: rows come one chunk after another, whatever a line's length is.
2. Text is decoded as the dump says (`SET NAMES`); where it says binary, as the column's own character set.
3. What is no row of a wanted table (other tables, triggers with their DELIMITER, comments) is skipped over.
4. A dump that ends in the middle, or has something else where a row should be, is refused; it says at which byte.

Character sets in which a byte of a sign may be a backslash (sjis, gbk, big5, utf16) are refused: a dump can be made
in utf8mb4 whatever the tables have.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import BinaryIO, NamedTuple

from certmark.server.importing.errors import UnreadableDump

CHUNK = 1 << 20
_LARGEST = 64 << 20
"""Bytes of one row, or of one thing that is skipped over."""
_SYSTEM = frozenset({"mysql", "sys", "information_schema", "performance_schema"})
_NAME = rb"(?:`[^`]{1,64}`|\"[^\"]{1,64}\"|\w{1,64})"
_VALUE = rb"(?:(?:_[a-z0-9]++[ ]?|[xXbBnN])?+'(?:[^'\\]++|\\.|'')*+'|[^',()\s;']++)"
_SPACE = re.compile(rb"\s++")
_COMMENT = re.compile(rb"(?:--(?:[ \t\r][^\n]*+)?+\n|#[^\n]*+\n|/\*(?![!M]).*?\*/)", re.DOTALL)
_CONDITIONAL = re.compile(rb"/\*M?!\d*\s*")
_DELIMITER = re.compile(rb"DELIMITER[ \t]+(\S+)[^\n]*\n", re.IGNORECASE)
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE)\s+(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE)\s+)*(?:INTO\s+)?"
    rb"(?:" + _NAME + rb"\s*\.\s*)?(" + _NAME + rb")\s*(\(\s*" + _NAME + rb"(?:\s*,\s*" + _NAME + rb")*\s*\))?"
    rb"\s*VALUES?\s*(?=\()",
    re.IGNORECASE,
)
_IS_INSERT = re.compile(rb"(?:INSERT|REPLACE)\s", re.IGNORECASE)
_CREATE = re.compile(
    rb"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(?:" + _NAME + rb"\s*\.\s*)?(" + _NAME + rb")\s*\(", re.IGNORECASE
)
_USE = re.compile(rb"USE\s+(" + _NAME + rb")", re.IGNORECASE)
_SET_NAMES = re.compile(rb"SET\s+NAMES\s+'?(\w+)", re.IGNORECASE)
_COLUMN = re.compile(rb"^\s*[`\"]([^`\"]{1,64})[`\"]\s+([^\n]*)", re.MULTILINE)
_ITS_CHARSET = re.compile(rb"(?:CHARACTER SET|CHARSET)[ =]+(\w+)", re.IGNORECASE)
_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPED = {b"0": b"\0", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a", b"%": b"\\%", b"_": b"\\_"}
_HEADS = (b"-- MySQL dump", b"-- MariaDB dump")
_TRAILER = b"-- Dump completed"
_CODECS = {
    **dict.fromkeys(("utf8", "utf8mb3", "utf8mb4"), "utf-8"),
    "latin1": "cp1252",
    "ascii": "ascii",
    "latin2": "iso8859-2",
    "latin5": "iso8859-9",
    "latin7": "iso8859-13",
    "greek": "iso8859-7",
    "hebrew": "iso8859-8",
    "koi8r": "koi8-r",
    "koi8u": "koi8-u",
    **{name: name for name in ("cp1250", "cp1251", "cp1256", "cp1257")},
}
_BINARY = "binary"


def _as_mysql(error: UnicodeError) -> tuple[str, int]:
    """Five bytes that cp1252 has no sign for are control characters to MySQL; elsewhere something was lost."""
    assert isinstance(error, UnicodeDecodeError)  # noqa: S101 - of decoding only
    if error.encoding in {"cp1252", "charmap"}:
        return error.object[error.start : error.end].decode("latin-1"), error.end
    return "\ufffd", error.end


codecs.register_error("certmark.mysql", _as_mysql)


class DumpedTable(NamedTuple):
    """What CREATE TABLE says."""

    columns: tuple[str, ...]
    charsets: tuple[str, ...]
    """Of each column; empty: the table's."""


class DumpedRows(NamedTuple):
    """Some rows of one table, each with what stands for the wanted columns, in their order."""

    table: str
    columns: tuple[str, ...]
    """Those of the wanted ones that the table has."""
    rows: list[tuple[bytes, ...]]
    """As they stand in the dump."""
    charsets: tuple[str, ...]

    def decoded(self, literals: tuple[bytes, ...]) -> tuple[str | None, ...]:
        """A row as values."""
        return tuple(map(value_of, literals, self.charsets))


def value_of(literal: bytes, charset: str) -> str | None:
    """What a literal stands for; numbers as they are written. Raises UnreadableDump for an unknown character set."""
    if literal == b"NULL":
        return None
    first = literal[:1]
    if first == b"'":
        return _text(literal[1:-1], charset)
    if first == b"_":
        introducer, _, rest = literal[1:].partition(b"'")
        named = introducer.strip().decode("ascii")
        return _text(rest[:-1], charset if named == _BINARY else named)
    if first in b"xX" and literal[1:2] == b"'":
        return bytes.fromhex(literal[2:-1].decode("ascii")).decode(codec_of(charset), "certmark.mysql")
    if literal[:2] in {b"0x", b"0X"}:
        return bytes.fromhex(literal[2:].decode("ascii")).decode(codec_of(charset), "certmark.mysql")
    if first in b"bB" and literal[1:2] == b"'":
        return str(int(literal[2:-1] or b"0", 2))
    if first in b"nN" and literal[1:2] == b"'":
        return _text(literal[2:-1], "utf8")
    return literal.decode("ascii", "replace")


def _text(data: bytes, charset: str) -> str:
    if b"\\" in data or b"''" in data:
        data = _ESCAPE.sub(_unescaped, data)
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
            f"the dump has text in the character set {charset[:40]}, which is not read here; make it again with"
            " --default-character-set=utf8mb4"
        ) from None


class _Buffer:
    """Bytes of the stream, as many as are needed."""

    def __init__(self, stream: BinaryIO, chunk: int) -> None:
        self._stream, self._chunk = stream, chunk
        self.data, self.pos, self.offset, self.is_end = b"", 0, 0, False
        self.tail = b""

    def fill(self) -> None:
        """Have more; twice as much each time, so that what is long is not looked at again and again."""
        wanted = max(self._chunk, len(self.data) - self.pos)
        more = self._stream.read(wanted)
        self.is_end = not more
        self.offset += self.pos
        self.data, self.pos = self.data[self.pos :] + more, 0
        if len(self.data) > _LARGEST + self._chunk:
            raise self.problem(f"something of more than {_LARGEST >> 20} MiB")
        if more:
            self.tail = (self.tail + more[-200:])[-200:]

    def match(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """What is next, if it is that; a match is whole, however the chunks fall."""
        while True:
            found = pattern.match(self.data, self.pos)
            if self.is_end or (found is not None and found.end() < len(self.data)):
                return found
            if found is None and len(self.data) - self.pos > self._chunk:
                return None
            self.fill()

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The same, and go on behind it."""
        found = self.match(pattern)
        if found is not None:
            self.pos = found.end()
        return found

    def problem(self, what: str) -> UnreadableDump:
        """That the dump has something here which it cannot have."""
        return UnreadableDump(
            f"the dump has {what} at byte {self.offset + self.pos:,}; it is damaged, or not one of mysqldump or"
            " mariadb-dump: make it again"
        )


class DumpReader:
    """Rows of wanted tables; `tables` are those that were seen."""

    def __init__(self, stream: BinaryIO, wanted: Mapping[str, tuple[str, ...]], *, chunk: int = CHUNK) -> None:
        self.tables: dict[str, DumpedTable] = {}
        self._wanted = wanted
        self._buffer = _Buffer(stream, chunk)
        self._delimiter = b";"
        self._charset = "utf8mb4"
        self._database = ""

    @property
    def consumed(self) -> int:
        """Bytes of the dump that were read by now."""
        return self._buffer.offset + self._buffer.pos

    def rows(self) -> Iterator[DumpedRows]:
        """All rows, in the order of the dump. Raises UnreadableDump or OSError."""
        buffer = self._buffer
        buffer.fill()
        has_trailer = any(head in buffer.data[:200] for head in _HEADS)
        if b"\0" in buffer.data[:200]:
            raise UnreadableDump("this is no dump: it is not text; name what mysqldump or mariadb-dump wrote")
        while self._next():
            yield from self._statement()
        if not self.tables:
            raise UnreadableDump("there is no table of RefStack in the dump; name a dump of RefStack's own database")
        if has_trailer and _TRAILER not in buffer.tail:
            raise UnreadableDump("the dump was cut off: its last line (-- Dump completed) is missing; make it again")

    def _next(self) -> bool:
        """Go to the next statement; whether there is one."""
        buffer = self._buffer
        while True:
            for pattern in (_SPACE, _COMMENT):
                while buffer.take(pattern):
                    pass
            found = buffer.take(_DELIMITER)
            if found:
                self._delimiter = found[1]
                continue
            if buffer.take(_CONDITIONAL):
                self._set_names()
                continue
            if buffer.take(re.compile(rb"\*/|" + re.escape(self._delimiter))):
                continue
            if buffer.match(_SPACE) or buffer.match(_COMMENT):
                continue
            if buffer.pos == len(buffer.data) and not buffer.is_end:
                buffer.fill()
                continue
            return buffer.pos < len(buffer.data)

    def _set_names(self) -> None:
        found = self._buffer.match(_SET_NAMES)
        if found is not None:
            self._charset = found[1].decode("ascii").lower()

    def _statement(self) -> Iterator[DumpedRows]:
        buffer = self._buffer
        self._set_names()
        use = buffer.match(_USE)
        if use is not None:
            self._database = _bare(use[1])
        elif self._database in _SYSTEM:
            pass
        elif buffer.match(_IS_INSERT):
            head = buffer.take(_INSERT)
            if head is not None and (table := _bare(head[1])) in self._wanted:
                yield from self._values(table, head[2])
                return
        elif (create := buffer.match(_CREATE)) is not None and _bare(create[1]) in self._wanted:
            self._create(_bare(create[1]))
            return
        for _ in self._pieces():
            pass

    def _pieces(self) -> Iterator[bytes]:
        """A statement to its end, piece by piece."""
        buffer, delimiter = self._buffer, self._delimiter
        piece = _piece_before(delimiter)
        while True:
            if len(buffer.data) - buffer.pos < len(delimiter) and not buffer.is_end:
                buffer.fill()
            if buffer.data.startswith(delimiter, buffer.pos):
                buffer.pos += len(delimiter)
                return
            found = buffer.take(piece)
            if found is None:
                if buffer.pos == len(buffer.data) and buffer.is_end:
                    raise UnreadableDump("the dump was cut off in the middle of a statement; make it again")
                if buffer.is_end:
                    raise buffer.problem("a text or a comment without an end")
                buffer.fill()
                continue
            yield found[0]

    def _create(self, table: str) -> None:
        if table in self.tables:
            raise UnreadableDump(
                f"the dump has the table {table} twice, of two databases; make one of RefStack's database only"
            )
        text = b"".join(self._pieces())
        if len(text) > CHUNK:
            raise self._buffer.problem(f"a table {table} with too many columns")
        body, _, options = text.rpartition(b")")
        of_table = _ITS_CHARSET.search(options)
        default = "latin1" if of_table is None else of_table[1].decode("ascii")
        columns, charsets = [], []
        for column, rest in _COLUMN.findall(body):
            own = _ITS_CHARSET.search(rest)
            columns.append(column.decode("utf-8", "replace"))
            charsets.append(default if own is None else own[1].decode("ascii"))
        self.tables[table] = DumpedTable(tuple(columns), tuple(charsets))

    def _values(self, table: str, given: bytes | None) -> Iterator[DumpedRows]:
        known = self.tables.get(table)
        if given is not None:
            columns = tuple(_bare(name) for name in re.findall(_NAME, given))
        elif known is not None:
            columns = known.columns
        else:
            raise UnreadableDump(
                f"the dump does not say which columns {table} has; make it without --no-create-info, or with"
                " --complete-insert"
            )
        if known is None:
            self.tables[table] = DumpedTable(columns, ())
        wanted = tuple(name for name in self._wanted[table] if name in columns)
        charsets = dict(zip(known.columns, known.charsets, strict=False)) if known is not None else {}
        made = partial(DumpedRows, table, wanted, charsets=tuple(self._charset_of(name, charsets) for name in wanted))
        for rows in self._rows(_row_pattern(columns, wanted), _order(columns, wanted)):
            yield made(rows)

    def _charset_of(self, column: str, charsets: Mapping[str, str]) -> str:
        return charsets.get(column, "latin1") if self._charset == _BINARY else self._charset

    def _rows(self, pattern: re.Pattern[bytes], order: tuple[int, ...]) -> Iterator[list[tuple[bytes, ...]]]:
        """Rule 1."""
        buffer = self._buffer
        while True:
            rows, end, is_last = [], buffer.pos, False
            for found in pattern.finditer(buffer.data, buffer.pos):
                if found.start() != end:
                    break
                end = found.end()
                rows.append(found.group(*order) if len(order) > 1 else (found[order[0]],))
                if found["end"] != b",":
                    is_last = True
                    break
            buffer.pos = end
            if rows:
                yield rows
            if is_last:
                return
            if not rows and (buffer.is_end or len(buffer.data) - buffer.pos > _LARGEST):
                if buffer.is_end:
                    raise UnreadableDump(
                        f"the dump was cut off, or has something else than a row, at byte {self.consumed:,}; make it"
                        " again"
                    )
                raise buffer.problem("something else than a row")
            buffer.fill()


def _bare(name: bytes) -> str:
    return name.strip(b'`"').decode("utf-8", "replace")


def _order(columns: tuple[str, ...], wanted: Collection[str]) -> tuple[int, ...]:
    """The groups of a row's pattern, in the order of the wanted columns."""
    places = {name: place for place, name in enumerate((name for name in columns if name in wanted), 1)}
    return tuple(places[name] for name in wanted)


def _row_pattern(columns: tuple[str, ...], wanted: Collection[str]) -> re.Pattern[bytes]:
    values = (b"(" + _VALUE + b")" if name in wanted else _VALUE for name in columns)
    return re.compile(rb"\s*+\(\s*+" + rb"\s*+,\s*+".join(values) + rb"\s*+\)\s*+(?P<end>[,;])", re.DOTALL)


def _piece_before(delimiter: bytes) -> re.Pattern[bytes]:
    """A text, a comment, or what stands between; a single sign that could begin the delimiter."""
    first = re.escape(delimiter[:1])
    return re.compile(
        rb"'(?:[^'\\]++|\\.|'')*+'|\"(?:[^\"\\]++|\\.|\"\")*+\"|`[^`]*+`|--[ \t\r\n][^\n]*+\n|\#[^\n]*+\n|/\*.*?\*/"
        rb"|[^'\"`\-\#/" + first + rb"]++|-(?!-(?:[ \t\r\n]|\Z))|/(?!\*)|" + first,
        re.DOTALL,
    )
