"""The room speaks of clouds, not of the command line: what is done there is an `Advice`, which the edges word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from certmark.cli.main import VERBS

ROOM = Path(__file__).resolve().parents[2] / "src" / "certmark" / "cloud"
STORED = "made by certmark cloud accounts make, "
"""What stands in clouds at everything that was made: nothing is removed without it, so it stays."""
OURS = re.compile(rf"certmark (?:{'|'.join(VERBS)})\b|(?<![\w-])--[a-z]|(?<![\w-])-j\b")
OTHERS = re.compile(r"\b(?:openstack|swift) ")
"""Commands of other tools, which a person may copy."""


def sentences(path: Path) -> Iterator[str]:
    """The texts of a module, those with values in them whole; no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    inner |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value


def test_no_sentence_names_an_option_or_a_verb_of_ours() -> None:
    found = [
        (path.name, sentence)
        for path in sorted(ROOM.rglob("*.py"))
        for sentence in sentences(path)
        if OURS.search(sentence) and not OTHERS.search(sentence) and not sentence.startswith(STORED)
    ]
    assert found == []


def test_the_search_finds_what_it_is_for() -> None:
    for sentence in ("give --accounts FILE", "run with -j 2", "see certmark cloud accounts make"):
        assert OURS.search(sentence)
    for sentence in ("certmark-1234", "a made-up--name", "made by certmark"):
        assert not OURS.search(sentence)
