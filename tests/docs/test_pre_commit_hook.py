"""The hook for pre-commit: it is asked for the files that guidelines really lie in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
HOOKS = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
HOOK = HOOKS["certmark-guideline-lint"]


@pytest.mark.parametrize(
    "path",
    [
        "2020.06.json",
        "next.json",
        "guidelines/2022.11.json",
        "guidelines/next.json",
        "add-ons/dns.2020.06.json",
        "add-ons/guidelines/shared_file_system.2022.11.json",
        "verticals/nfv.next.json",
        "2027.06.yaml",
        "lists/own.lst",
    ],
)
def test_guidelines_and_lists_are_linted_wherever_they_lie(path: str) -> None:
    assert re.search(HOOK["files"], path)


@pytest.mark.parametrize("path", ["package.json", "doc/source/schema/2.0.json", "README.md", "2027.06.decisions.yaml"])
def test_other_files_are_not(path: str) -> None:
    assert not re.search(HOOK["files"], path)


def test_the_how_to_shows_the_same_pattern() -> None:
    text = (ROOT / "docs" / "how-to" / "lint-guidelines.md").read_text(encoding="utf-8")
    assert f"files: '{HOOK['files']}'" in text
