"""Headings of an API reference, in each form that it may have."""

from __future__ import annotations

from pathlib import Path

import pytest

from certmark.formats.api_reference import headings_below


@pytest.mark.parametrize(
    ("name", "content", "headings"),
    [
        ("a.html", "<h1>Tokens</h1><p>x</p><h2 id='x'>Auth <code>tokens</code></h2>", {"Tokens", "Auth tokens"}),
        (
            "a.rst",
            "List servers\n============\n\ntext\n\nShow a server\n-------------\n",
            {"List servers", "Show a server"},
        ),
        ("a.md", "## List flavors\n\n### Show flavor ###\n", {"List flavors", "Show flavor"}),
        ("a.png", "# A picture\n", set()),
        ("a.html", "", set()),
    ],
)
def test_headings_are_found_without_their_markup(name: str, content: str, headings: set[str], tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_text(content, encoding="utf-8")
    assert headings_below(str(tmp_path)) == headings
