"""Writes docs/reference/lint-rules.md from the rules themselves; `--check` only compares.

`./dev docs` runs it, and a test runs it with `--check`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from certmark.authoring.lint.rules import GROUPS
from certmark.domain.findings import Rule

TARGET = Path(__file__).resolve().parent / "reference" / "lint-rules.md"
HEAD = """# The rules of guideline lint

This page is generated from the rules themselves by `docs/generate_lint_rules.py`.
`certmark guideline lint --explain RULE` says the same on the command line.
Ids are stable; `--select` and `--ignore` take an id, its last word, or a group.
Errors and warnings weigh by default, notes only with `--severity note`.
Clauses of the form A4.6 and D301 are those of the working group's process and of its HACKING file.
The process is 2017A here; for guidelines from June 2021 on findings cite 2021A, which keeps the numbers.
"""
TITLES = {
    "structure": "Structure: what the schema of a version allows",
    "references": "References: what one part says of another",
    "ids": "Ids and names of tests",
    "aliases": "Aliases",
    "flags": "Flags",
    "sections": "Designated sections",
    "process": "Process: a guideline and the one before it",
    "lists": "Plain lists of tests",
    "decisions": "Accepted findings",
}


def main(words: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    page = HEAD + "".join(part for group, rules in GROUPS.items() for part in section(group, rules))
    if "--check" in words:
        return 0 if TARGET.read_text(encoding="utf-8") == page else 1
    TARGET.write_text(page, encoding="utf-8")
    return 0


def section(group: str, rules: tuple[Rule, ...]) -> Iterator[str]:
    """A group: a table of its rules, then each of them."""
    yield f"\n## {TITLES[group]}\n\n| rule | severity | what is wrong | `--fix` |\n| --- | --- | --- | --- |\n"
    for rule in rules:
        yield f"| `{rule.id}` | {rule.severity.value} | {rule.title} | {rule.fix or '-'} |\n"
    for rule in rules:
        yield f"\n### {rule.id}\n\n{rule.title[:1].upper()}{rule.title[1:]}.\n{rule.why}\n\n"
        yield f"* Source: {rule.source}.\n* Example: `{rule.example}`\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
