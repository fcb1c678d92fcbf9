"""All rules, by their ids, in their groups."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.authoring.lint.rules_of_documents import REFERENCES, STRUCTURE
from certmark.authoring.lint.rules_of_process import PROCESS
from certmark.authoring.lint.rules_of_tests import ALIASES, FLAGS, IDS, SECTIONS
from certmark.domain.findings import Rule

GROUPS: dict[str, tuple[Rule, ...]] = {
    "structure": STRUCTURE,
    "references": REFERENCES,
    "ids": IDS,
    "aliases": ALIASES,
    "flags": FLAGS,
    "sections": SECTIONS,
    "process": PROCESS,
}
RULES: dict[str, Rule] = {rule.id: rule for rules in GROUPS.values() for rule in rules}


def chosen(words: Iterable[str]) -> frozenset[str]:
    """The ids of the rules that `words` name: rules, groups, or rules without their group.

    Raises KeyError with a word that names none.
    """
    found: set[str] = set()
    for word in words:
        ids = {rule.id for rule in GROUPS.get(word, ())}
        ids |= {name for name in RULES if word in {name, name.partition("/")[2]}}
        if not ids:
            raise KeyError(word)
        found |= ids
    return frozenset(found)
