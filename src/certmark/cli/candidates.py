"""What may stand next on a command line that is being typed: fast, and silent whatever is wrong.

A line is a word, or `:files` where a path may stand there as well.
"""

from __future__ import annotations

import os
import re
from argparse import Action
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from certmark.cli.help import OTHER_WORDS
from certmark.cli.options import add_options
from certmark.cli.parser import Parser
from certmark.cli.verbs import VERBS

FILES = ":files"
_PLAIN = re.compile(r"[\w.@+:/=-]+\Z")
"""Words that no shell takes apart."""
_RUNS = frozenset({"results", "files", "before", "after", "run", "runs", "bundle", "evidence", "file"})
_GUIDELINES = frozenset({"guideline", "predecessor", "last", "scores", "paths", "into"})
_KEY = re.compile(r"[\"']?([\w.@+-]+)[\"']?:")
_LARGEST = 1 << 20


def candidates(words: Sequence[str]) -> list[str]:
    """What may stand in the place of the last of `words`, which is unfinished."""
    *before, begun = words or ("",)
    if before[:1] == ["help"]:
        before = before[1:]
        found: Iterable[str] = _next_words(before)
    else:
        found = _candidates(before, begun)
    return [word for word in dict.fromkeys(found) if word == FILES or (word.startswith(begun) and _PLAIN.match(word))]


def _candidates(before: list[str], begun: str) -> Iterator[str]:
    name = next((" ".join(before[:length]) for length in (3, 2, 1) if " ".join(before[:length]) in VERBS), None)
    if not begun.startswith("-"):
        yield from _next_words(before)
    if name is None:
        yield from (() if before else (*OTHER_WORDS, "--os-cloud", "--help", "--version"))
        return
    parser = Parser(prog=name, description=None)
    add_options(parser, import_module(f"certmark.cli.{VERBS[name].module}").Options)
    actions = parser._actions  # noqa: SLF001 - argparse has no public list of its arguments
    typed = before[len(name.split()) :]
    asked = next((one for one in actions if typed and typed[-1] in one.option_strings and one.nargs != 0), None)
    if asked is not None:
        yield from _values(asked, typed)
    elif begun.startswith("-"):
        yield from (option for action in actions for option in action.option_strings if option.startswith("--"))
    else:
        for action in actions:
            if not action.option_strings:
                yield from _values(action, typed)


def _next_words(before: Sequence[str]) -> Iterator[str]:
    """The words of verbs that may follow."""
    for verb in VERBS:
        parts = verb.split()
        if len(parts) > len(before) and parts[: len(before)] == list(before):
            yield parts[len(before)]


def _values(action: Action, typed: Sequence[str]) -> Iterator[str]:
    if action.choices is not None:
        yield from map(str, action.choices)
        return
    match action.dest:
        case "program":
            yield from _programs(typed)
        case "os_cloud":
            yield from _clouds()
        case name if name in _GUIDELINES:
            from certmark.formats.guideline import shipped

            yield from shipped()
            yield FILES
        case name if name in _RUNS:
            from certmark.runner.folders import LAST, run_ids

            yield from (LAST, *run_ids())
            yield FILES
        case _:
            yield FILES


def _programs(typed: Sequence[str]) -> Iterator[str]:
    """Words for the programs of the guideline that is named so far, else of those that ship along."""
    from certmark.formats.errors import FormatError
    from certmark.formats.guideline import load, shipped

    named = next((after for word, after in pairwise(typed) if word in {"-g", "--guideline"}), None)
    try:
        guidelines = [load(one) for one in ([named] if named is not None else shipped())]
    except FormatError:
        return
    for program in (program for guideline in guidelines for program in guideline.programs):
        yield from program.aliases or (program.name,)


def _clouds() -> Iterator[str]:
    """The names in clouds.yaml, read line by line: to load YAML takes longer than a person waits."""
    named = os.environ.get("OS_CLIENT_CONFIG_FILE")
    usual = (Path(), Path.home() / ".config" / "openstack", Path("/etc/openstack"))
    for path in [Path(named)] if named else [folder / "clouds.yaml" for folder in usual]:
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                text = file.read(_LARGEST)
        except OSError:
            continue
        yield from _entries_below_clouds(text)
        return


def _entries_below_clouds(text: str) -> Iterator[str]:
    """The keys of the mapping `clouds`, as people write it: one below the other, all indented alike."""
    indent = None
    for line in text.partition("\nclouds:" if not text.startswith("clouds:") else "clouds:")[2].splitlines()[1:]:
        bare = line.lstrip()
        if not bare or bare.startswith("#"):
            continue
        blanks = line[: len(line) - len(bare)]
        if not blanks:
            return
        indent = blanks if indent is None else indent
        entry = _KEY.match(bare)
        if blanks == indent and entry is not None:
            yield entry[1]
