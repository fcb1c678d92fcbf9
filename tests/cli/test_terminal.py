from __future__ import annotations

import io

import pytest

from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.terminal import print_blocks

BLOCKS: tuple[Block, ...] = (
    Sentence("Powered Things: FAIL.", Tone.BAD),
    Heading("Required capabilities"),
    Table(
        ("Verdict", "Capability", "Passed"),
        (
            (Cell("FAIL", Tone.BAD), Cell("things-create"), Cell("1 of 2")),
            (Cell("PASS", Tone.GOOD), Cell("things-list"), Cell("2 of 2")),
        ),
    ),
    ItemGroup("1 test: HTTP 503", (Item("t.A.test_a", ("in things-create",)),), Tone.GAP, ("first error: HTTP 503",)),
)


def printed(*blocks: Block, colour: bool, width: int = 80) -> str:
    file = io.StringIO()
    print_blocks(blocks, colour=colour, file=file, width=width)
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def test_without_colour_words_and_signs_tell_it_all() -> None:
    assert printed(*BLOCKS, colour=False) == (
        "✘ Powered Things: FAIL.\n"
        "\n"
        "Required capabilities\n"
        "Verdict  Capability     Passed\n"
        "✘ FAIL   things-create  1 of 2\n"
        "✔ PASS   things-list    2 of 2\n"
        "  ▲ 1 test: HTTP 503\n"
        "    first error: HTTP 503\n"
        "    t.A.test_a\n"
        "      in things-create\n"
    )


def test_with_colour_the_words_stay() -> None:
    text = printed(*BLOCKS, colour=True)
    assert "\x1b[1;31m✘ Powered Things: FAIL." in text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_text_keeps_to_the_width_and_loses_nothing(width: int) -> None:
    word = "x" * 150
    text = printed(
        Sentence(word), Table(("Verdict", "Capability"), ((Cell("FAIL"), Cell(word)),)), colour=False, width=width
    )
    assert max(map(len, text.splitlines())) <= width
    assert text.count("x") == 300


def test_a_name_is_left_whole_so_that_it_can_be_copied() -> None:
    name = "t." + "x" * 150
    assert f"    {name}\n" in printed(ItemGroup("1 test", (Item(name),)), colour=False, width=40)


def test_foreign_text_makes_no_markup_and_no_escape_sequence() -> None:
    evil = "[red]x[/red] :smile: \x1b]8;;http://evil\x07link\x9b2J\r"
    shown = r"[red]x[/red] :smile: \x1b]8;;http://evil\x07link\x9b2J"
    blocks = (Sentence(evil), Heading(evil), Table(("A",), ((Cell(evil),),)), ItemGroup(evil, (Item(evil, (evil,)),)))
    text = printed(*blocks, colour=False, width=200)
    assert [line.strip() for line in text.splitlines() if line.strip() not in {"", "A"}] == [shown] * 6


def test_lines_whose_words_stand_below_each_other_have_no_sign_and_are_left_whole() -> None:
    steps = (
        Sentence(f"ok           signature  {'x' * 90}", Tone.GOOD, is_line=True),
        Sentence("not checked  receipt    none was given", Tone.QUIET, is_line=True),
        Sentence("FAILED       digests    another one", Tone.BAD, is_line=True),
    )
    assert printed(*steps, colour=False, width=40) == "".join(f"{step.text}\n" for step in steps)
