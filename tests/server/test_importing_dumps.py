"""Dumps, as they are written and as they could be, are read value by value, however their bytes come."""

from __future__ import annotations

import io
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.server.importing.dump_text import DumpReader
from certmark.server.importing.dump_values import value_of
from certmark.server.importing.errors import UnreadableDump
from certmark.server.importing.repairs import LOST, canonical_openid, is_uuid, line, mended, moment, run_identity

WANTED = {"t": ("a", "b", "c"), "u": ("x",)}
CREATE = "CREATE TABLE `t` (\n  `a` text,\n  `skipped` blob,\n  `b` text CHARACTER SET latin1,\n  `c` int\n) DEFAULT CHARSET=utf8;\n"
_NAMED = {"\0": "\\0", "\n": "\\n", "\r": "\\r", "\x1a": "\\Z", "'": "\\'", '"': '\\"', "\\": "\\\\"}


def read(data: bytes, chunk: int = 1 << 20) -> list[tuple[str | None, ...]]:
    reader = DumpReader(io.BytesIO(data), WANTED, chunk=chunk)
    return [rows.decoded(row) for rows in reader.rows() for row in rows.rows if rows.table == "t"]


def literal(value: str | None, style: str) -> str:
    if value is None:
        return "NULL"
    if style == "hex" and value:
        return "0x" + value.encode().hex()
    if style == "x":
        return f"x'{value.encode().hex()}'"
    quoted = value.replace("'", "''") if style == "doubled" else value
    named = {key: word for key, word in _NAMED.items() if style != "doubled" or key != "'"}
    body = "".join(named.get(sign, sign) for sign in quoted)
    return f"_binary '{body}'" if style == "introduced" else f"'{body}'"


TEXTS = st.none() | st.text(st.characters(codec="utf-8"), max_size=30) | st.text("'\"\\`;,()/*-#\n\0 NULL", max_size=12)
STYLES = st.sampled_from(["escaped", "doubled", "hex", "x", "introduced"])
BETWEEN = st.sampled_from(
    [
        "",
        "-- a ; comment with 'quotes\n",
        "/* ; ' */",
        "# '\n",
        "/*!40000 ALTER TABLE `t` DISABLE KEYS */;\n",
        "INSERT INTO `other` VALUES ('); INSERT INTO `t` VALUES (1,2,3,4);\\'',0x00);\n",
        "DELIMITER ;;\nCREATE TRIGGER x BEGIN SET a = ';'; INSERT INTO t VALUES (1,2,3,4); END ;;\nDELIMITER ;\n",
        "/*!50003 SET sql_mode = '' */ ;\nLOCK TABLES `t` WRITE;\n",
        'SELECT "a""b;", `;`, 1 - 2 / 3;\n',
    ]
)


@given(
    rows=st.lists(st.tuples(TEXTS, TEXTS, st.integers(-5, 5)), min_size=1, max_size=6),
    styles=st.lists(STYLES, min_size=3, max_size=3),
    between=st.lists(BETWEEN, min_size=3, max_size=3),
    together=st.integers(1, 3),
    chunk=st.integers(150, 400),
)
def test_what_was_written_is_read(
    rows: list[tuple[str | None, str | None, int]], styles: list[str], between: list[str], together: int, chunk: int
) -> None:
    text = ["/*!40101 SET NAMES utf8mb4 */;\n", CREATE, between[0]]
    for start in range(0, len(rows), together):
        values = ",\n".join(
            f"({literal(a, styles[0])},{literal(LOST, styles[1])},{literal(b, styles[2])},{c})"
            for a, b, c in rows[start : start + together]
        )
        text += ["INSERT INTO `t` VALUES ", values, ";\n", between[start % 3]]
    assert read("".join(text).encode(), chunk) == [(a, b, str(c)) for a, b, c in rows]


HEAD = CREATE.encode()
DEFECTS = {
    "in a text": b"INSERT INTO `t` VALUES ('a",
    "in a row": b"INSERT INTO `t` VALUES ('a',1",
    "behind a comma": b"INSERT INTO `t` VALUES ('a','','b',1),",
    "too few values": b"INSERT INTO `t` VALUES ('a',1);",
    "too many values": b"INSERT INTO `t` VALUES ('a','','b',1,2);",
    "no row": b"INSERT INTO `t` VALUES (select 1);",
    "in another statement": b"LOCK TABLES `t",
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("chunk", [150, 1 << 20])
def test_what_is_damaged_is_refused(defect: str, chunk: int) -> None:
    with pytest.raises(UnreadableDump, match=r"make it again|without an end"):
        read(HEAD + DEFECTS[defect], chunk)


def test_what_is_no_dump_is_refused() -> None:
    for data in (b"", b"hello", b"\x00\x01\x02", b"<?xml version='1.0'?>", b"CREATE TABLE `other` (`a` int);"):
        with pytest.raises(UnreadableDump):
            read(data)
    with pytest.raises(UnreadableDump, match="statements that create tables"):
        read(b"INSERT INTO `t` VALUES (1,2,3,4);")
    with pytest.raises(UnreadableDump, match="twice"):
        read(HEAD + HEAD)
    with pytest.raises(UnreadableDump, match="character set utf8mb4"):
        read(b"SET NAMES sjis;\n" + HEAD + b"INSERT INTO `t` VALUES ('a','','b',1);")


def test_tables_of_the_server_itself_are_passed_over() -> None:
    data = b"USE `mysql`;\n" + HEAD + b"INSERT INTO `t` VALUES ('no','','b',1);\nUSE `refstack`;\n" + HEAD
    assert read(data + b"INSERT INTO `t` VALUES ('yes','','b',1);") == [("yes", "b", "1")]


def test_each_way_to_name_columns_is_read() -> None:
    for words in (
        "INSERT INTO t (c, b, a) VALUES (1,'b','a')",
        'REPLACE INTO "t" ("c","b","a") VALUES (1,\'b\',\'a\')',
    ):
        assert read(f"{words};".encode()) == [("a", "b", "1")]
    assert read(HEAD + b"insert ignore into `d`.`t` values ( 'a' , NULL , 'b' , 1 ) ;") == [("a", "b", "1")]


CHARSETS = {
    ("utf8mb4", "Ω😀".encode()): "Ω😀",
    ("latin1", b"M\xfcller \x96 \x81"): "Müller \u2013 \x81",
    ("latin2", "Łódź".encode("iso8859-2")): "Łódź",
    ("cp1251", "Привет".encode("cp1251")): "Привет",
    ("utf8", b"a\xffb"): f"a{LOST}b",
    ("", "Ω".encode()): "Ω",
    ("", b"\xfc"): "ü",
}


@pytest.mark.parametrize(("case", "expected"), CHARSETS.items())
def test_text_is_decoded_as_the_dump_says(case: tuple[str, bytes], expected: str) -> None:
    assert value_of(b"'" + case[1] + b"'", case[0]) == expected


def test_a_dump_in_binary_has_each_column_in_its_own_character_set() -> None:
    data = b"SET NAMES binary;\n" + HEAD + b"INSERT INTO `t` VALUES ('\xc3\xbc',x'00','\xfc',1);"
    assert read(data) == [("ü", "ü", "1")]


def test_a_long_line_takes_no_more_memory_than_a_chunk() -> None:
    row = b"('" + b"a" * 1000 + b"','','b',1)"
    reader = DumpReader(
        io.BytesIO(HEAD + b"INSERT INTO `t` VALUES " + b",".join([row] * 5000) + b";"), WANTED, chunk=1 << 16
    )
    sizes = [len(rows.rows) for rows in reader.rows()]
    assert sum(sizes) == 5000
    assert max(sizes) < 300


@given(st.text(st.characters(codec="utf-8", min_codepoint=0xA0), min_size=1, max_size=20), st.integers(1, 2))
def test_what_was_encoded_twice_is_mended(text: str, times: int) -> None:
    wrong = text
    for _ in range(times):
        wrong = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in wrong.encode())
    found = mended(wrong)
    assert found.is_mended
    # What is UTF-8 once more by chance is decoded so, too.
    assert found.text in {text, mended(text).text}


@given(st.text(string.printable) | st.sampled_from(["Müller \u2013 é", "日本", "Ω", "naïve \u2018x\u2019", "ÃO PAULO"]))
def test_what_is_right_stays(text: str) -> None:
    assert mended(text).text == text


def test_names_are_one_line() -> None:
    assert line(" a\nb\x00\tc ").text == "a b c"
    assert line(f"a{LOST}").has_losses


def test_moments_are_those_that_can_be() -> None:
    now = 1_700_000_000_000_000
    assert moment("2016-03-04 05:06:07", now) == 1_457_067_967_000_000
    for wrong in (None, "", "0000-00-00 00:00:00", "2016-02-30 00:00:00", "1999-01-01 00:00:00", "2030-01-01 00:00:00"):
        assert moment(wrong, now) is None


def test_ids_of_runs_sort_by_time_and_are_the_same_each_time() -> None:
    old = "6F8E4436-fc96-4282-8122-e41df57197a9"
    assert run_identity(old, 5_000) == run_identity(old.lower(), 5_000) < run_identity("a", 6_000)
    assert is_uuid(old)
    assert not is_uuid("result-17")


def test_forms_of_one_openid_are_one() -> None:
    assert canonical_openid("https://o.example/Carol%20Shaw ") == canonical_openid("https://o.example/carol.shaw")
