from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from certmark.reporting.text import plain, plain_lines


def test_escape_sequences_are_shown_and_do_nothing() -> None:
    assert plain("\x1b[2Jgone\x07\x9b31m") == r"\x1b[2Jgone\x07\x9b31m"


def test_white_space_becomes_blanks() -> None:
    assert plain("a\r\nb\tc\u2028d\u00a0e") == "a  b c d e"


def test_what_hides_or_turns_text_is_shown() -> None:
    assert plain("a\u202eb\u200bc\ud800") == r"a\u202eb\u200bc\ud800"


def test_lines_stay_lines() -> None:
    assert plain_lines("Traceback\n  \x1b[31m") == "Traceback\n  \\x1b[31m"


@given(st.text(st.characters()))
def test_the_result_prints_and_encodes(text: str) -> None:
    shown = plain(text)
    assert shown.isprintable()
    assert shown.encode().decode() == shown
    assert plain(shown) == shown
