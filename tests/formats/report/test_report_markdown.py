from __future__ import annotations

import pytest

from certmark.reporting.blocks import Cell, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.markdown import render_markdown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. first", r"1\. first"),
        ("12) twelfth", r"12\) twelfth"),
        ("- a", r"\- a"),
        ("+ a", r"\+ a"),
        ("=====", r"\====="),
        ("3 of 4", "3 of 4"),
        ("# a", "\\#\u200b a"),
        ("> a", "&gt; a"),
        ("a|b", r"a\|b"),
        ("&amp;", "&amp;amp;"),
        ("www.example.org", r"www\.example.org"),
        ("see https://example.org/a_b#1 #1", "see https:\\//example.org/a\\_b\\#1 \\#\u200b1"),
        ("ftp://me@example.org/#x", r"ftp:\//me&#64;example.org/\#x"),
    ],
)
def test_text_begins_no_block_and_no_link(text: str, shown: str) -> None:
    assert render_markdown([Sentence(text)]) == f"{shown}\n"


def test_blocks_become_headings_tables_and_lists() -> None:
    blocks = (
        Heading("Required"),
        Table(("Verdict", "Capability"), ((Cell("FAIL", Tone.BAD), Cell("a_b")),)),
        ItemGroup("1 test", (Item("t.A", ("in a_b",)),), Tone.GAP, ("first error: x",)),
    )
    assert render_markdown(blocks) == (
        "## Required\n\n"
        "| Verdict | Capability |\n| --- | --- |\n| ❌ FAIL | a\\_b |\n\n"
        "- ⚠️ 1 test\n  - first error: x\n  - t.A\n    - in a\\_b\n"
    )
