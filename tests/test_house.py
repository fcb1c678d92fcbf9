"""The house's own rules, as far as a linter cannot hold them."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from certmark.cli.advice import WORDS
from certmark.cli.main import VERBS
from certmark.domain.advice import Action

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "certmark"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "data" not in path.relative_to(PACKAGE).parts)
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
_OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
_OTHERS = re.compile(r"\b(openstack|swift|apt-get|stestr|tempest run|ssh-keygen|pip|git) |^ *--|^--[a-z-]+ \w+$|^ ")
"""Commands of other tools, and parts of them."""
_VERBS = "|".join(sorted({verb.split()[0] for verb in VERBS}))
_VERB = re.compile(rf"\bcertmark ({_VERBS})\b")
_NAMES = {
    "certmark guideline lint": "the tool's name in SARIF and JUnit",
    "made by certmark cloud accounts make, …": "the description that stands in clouds",
}


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def docstrings_of(tree: ast.Module) -> set[ast.AST]:
    """The strings that stand alone: documentation, not messages."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def messages_of(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text of the code, an f-string as one with its values left out."""
    passed_over = docstrings_of(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over |= set(node.values)
            yield (
                node.lineno,
                "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values),
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in passed_over:
            yield node.lineno, node.value


def classes() -> Iterator[tuple[str, str]]:
    for path in MODULES:
        for node in tree_of(path).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, name_of(path)


def words_of(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z][a-z0-9]*", name)]


@pytest.mark.thorough
def test_a_class_name_means_one_thing() -> None:
    homes = defaultdict(list)
    for name, module in classes():
        # Each verb has its own Options; in_suite is another interpreter's; the API's objects are called so in JSON.
        if name != "Options" and "in_suite" not in module and not module.startswith("server/api/"):
            homes[name].append(module)
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


@pytest.mark.thorough
def test_no_class_is_taken_for_a_test() -> None:
    assert [pair for pair in classes() if pair[0].startswith("Test")] == []


def test_values_of_the_domain_are_named_with_words_of_the_glossary() -> None:
    known = {
        part.lower()
        for term in re.findall(r"^- \*\*(.+?)\*\*", GLOSSARY, re.MULTILINE)
        for part in re.split(r"[ -]", term)
    }
    (plain,) = re.findall(r"^Plain nouns[^:]*: (.+)\.$", GLOSSARY, re.MULTILINE)
    allowed = known | set(plain.split(", "))
    found = {pair for pair in classes() if pair[1].startswith("domain/") and pair[1] != "domain/errors"}
    strange = sorted(f"{module}: {name}" for name, module in found if words_of(name)[-1] not in allowed)
    assert found
    assert strange == [], "say it with a word of docs/glossary.md, or add the word there"


@pytest.mark.thorough
def test_only_the_command_line_names_options_and_verbs() -> None:
    found = [
        f"{name_of(path)}:{line}: {text[:80]}"
        for path in MODULES
        if name_of(path).split("/")[0] not in {"cli", "api", "__init__"}
        and "in_suite" not in path.parts
        # The command line of the server.
        and not name_of(path).startswith(("server/main", "server/admin/"))
        for line, text in messages_of(tree_of(path))
        if ((_OPTION.search(text) and " " in text.strip() and not _OTHERS.search(text)) or _VERB.search(text))
        and text not in _NAMES
    ]
    assert found == []


def test_every_advice_has_words_on_the_command_line() -> None:
    assert set(WORDS) == set(Action)


@pytest.mark.thorough
def test_what_a_docstring_points_to_is_there() -> None:
    missing = []
    for path in MODULES:
        for node in docstrings_of(tree_of(path)):
            assert isinstance(node, ast.Constant)
            for dotted in re.findall(r"`(?:certmark\.)?((?:[a-z_0-9]+\.)+[a-z_0-9]+)`", str(node.value)):
                room = dotted.split(".")[0]
                if not (PACKAGE / room).is_dir():
                    continue
                place = PACKAGE.joinpath(*dotted.split("."))
                holder = PACKAGE.joinpath(*dotted.split(".")[:-1])
                is_module = place.with_suffix(".py").is_file() or place.is_dir()
                home = holder / "__init__.py" if holder.is_dir() else holder.with_suffix(".py")
                is_name = home.is_file() and re.search(rf"\b{dotted.split('.')[-1]}\b", home.read_text()) is not None
                if not is_module and not is_name:
                    missing.append(f"{name_of(path)}: {dotted}")
    assert missing == []


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_its_options_its_help_and_its_exit_status(verb: str) -> None:
    module = import_module(f"certmark.cli.{VERBS[verb].module}")
    assert dataclasses.is_dataclass(module.Options)
    assert "exit status:" in (module.__doc__ or "")
    assert not hasattr(module, "configure")
