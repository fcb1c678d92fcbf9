"""All rules, by their ids, in their groups."""

from __future__ import annotations

from collections.abc import Iterable

from certmark.authoring.lint.rules_of_decisions import DECISIONS
from certmark.authoring.lint.rules_of_documents import REFERENCES, STRUCTURE
from certmark.authoring.lint.rules_of_process import PROCESS
from certmark.authoring.lint.rules_of_tests import ALIASES, FLAGS, IDS, LISTS, SECTIONS
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import Rule
from certmark.formats.errors import excerpt

GROUPS: dict[str, tuple[Rule, ...]] = {
    "structure": STRUCTURE,
    "references": REFERENCES,
    "ids": IDS,
    "aliases": ALIASES,
    "flags": FLAGS,
    "sections": SECTIONS,
    "process": PROCESS,
    "lists": LISTS,
    "decisions": DECISIONS,
}
RULES: dict[str, Rule] = {rule.id: rule for rules in GROUPS.values() for rule in rules}


def choose(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> frozenset[str]:
    """The ids of the rules that `select` names (nothing: all), without those that `ignore` names.

    A word names rules with commas between: a rule, a group, or a rule without its group. Raises InvalidRequest.
    """
    return (find_rules(select) or frozenset(RULES)) - find_rules(ignore)


def find_rules(words: Iterable[str]) -> frozenset[str]:
    """The ids of the rules that `words` name. Raises InvalidRequest."""
    return frozenset(id_ for word in words for part in word.split(",") if part for id_ in _find(part))


def _find(word: str) -> set[str]:
    ids = {rule.id for rule in GROUPS.get(word, ())}
    ids |= {name for name in RULES if word in {name, name.partition("/")[2]}}
    if not ids:
        what = f"there is no rule {excerpt(word)}; groups are {', '.join(GROUPS)}"
        raise InvalidRequest(what, Advice(Action.LIST_RULES))
    return ids
