"""What a person may have meant."""

from __future__ import annotations

import pytest

from certmark.domain.suggestions import closest, did_you_mean


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("jugde", ["judge", "run"], "judge"),
        ("COMPUTE", ["Compute"], "Compute"),
        ("--cloud", ["--os-cloud", "--level"], "--os-cloud"),
        ("xyz", ["judge", "run"], None),
        ("", ["judge"], None),
        ("a" * 1000, ["a" * 150], None),
        ("judge", [], None),
    ],
)
def test_the_closest_word_is_meant_if_it_is_close(word: str, known: list[str], meant: str | None) -> None:
    assert closest(word, known) == meant


def test_it_is_said_in_parentheses_or_not_at_all() -> None:
    assert did_you_mean("jugde", ["judge"]) == " (did you mean judge?)"
    assert did_you_mean("xyz", ["judge"]) == ""
