"""Descriptions of suites, read from JSON: docs/reference/suite.md says what each key means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from certmark.formats.documents.fields import Fields
from certmark.runner.environments import SuiteError

FORMAT = "certmark-suite"
_FOLDER = Path(__file__).resolve().parent.parent / "data" / "suites"
_LARGEST = 1 << 20


_RESULTS = ("subunit", "junit")


class SuiteKind(Enum):
    """How a suite is run."""

    UNITTEST = "unittest"
    """Its classes are imported and run by persistent workers."""
    COMMAND = "command"
    """A command of its own is started for each group of tests."""


class Plugin(NamedTuple):
    """Something that brings further tests into a suite."""

    name: str
    requirement: str
    prefixes: tuple[str, ...]
    """How the names of its tests begin."""
    services: tuple[str, ...]
    """Types in the catalogue whose API it tests."""


class Release(NamedTuple):
    """A release of the cloud's software, and the version of the suite that was made for it."""

    release: str
    version: str
    constraints: str | None
    signs: Mapping[str, str]
    """The lowest version that a service of this release tells of itself, by service type."""

    def __hash__(self) -> int:
        """By its name: a description names each release once."""
        return hash(self.release)


class Suite(NamedTuple):
    """A description of a suite."""

    name: str
    title: str
    kind: SuiteKind
    requirements: tuple[str, ...]
    """As pip takes them, `{version}` in the first; the first one is the suite itself."""
    default_version: str
    constraints: str | None
    """A shipped list by its name, a file beside the description, or a URL."""
    load: tuple[str, ...]
    """Modules with `load_tests`, or packages to look through (kind UNITTEST)."""
    list_command: tuple[str, ...]
    list_pattern: str
    """What a line of the listing looks like; its group `test` is the suite's word for a test."""
    names: tuple[tuple[str, str], ...]
    """Replacements that turn the suite's word into the name that stands in its results."""
    run_command: tuple[str, ...]
    results: str
    """`subunit` or `junit`."""
    config_env: Mapping[str, str]
    config_files: tuple[str, ...]
    """Files of the configuration on which the listing depends."""
    plugins: tuple[Plugin, ...]
    releases: tuple[Release, ...]
    """The newest first."""
    folder: Path
    """Where the description lies: `{suite}` in its commands."""

    def name_of(self, word: str) -> str:
        """The name under which results tell of the test that the suite calls `word`."""
        for pattern, replacement in self.names:
            word = re.sub(pattern, replacement, word)
        return word


def shipped_suites() -> tuple[str, ...]:
    """The names of the suites that ship along."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


def load_suite(wanted: str) -> Suite:
    """The suite in the file `wanted`, else the shipped one of this name. Raises SuiteError."""
    path = Path(wanted)
    if not path.is_file():
        path = _FOLDER / f"{wanted}.json"
        if "/" in wanted or not path.is_file():
            raise SuiteError(f"there is no suite file {wanted}, and none of that name ships ({listed()})")
    try:
        content = path.read_bytes()[: _LARGEST + 1]
        document = json.loads(content)
    except (OSError, ValueError, RecursionError) as error:
        raise SuiteError(f"{path.name} is no description of a suite: it cannot be read as JSON") from error
    return _suite(Fields(document, path.name, SuiteError, hint="see docs/reference/suite.md"), path.resolve().parent)


def listed() -> str:
    """The shipped suites for a message."""
    return ", ".join(shipped_suites()) or "none ships"


def _suite(fields: Fields, folder: Path) -> Suite:
    fields.check_document(FORMAT, 1)
    kind = fields.member("kind", SuiteKind)
    suite = Suite(
        name=fields.text("name"),
        title=fields.maybe_text("title") or fields.text("name"),
        kind=kind,
        requirements=fields.texts("requirements"),
        default_version=fields.text("default_version"),
        constraints=fields.maybe_text("constraints", may_be_empty=True) or None,
        load=_words(fields, "load", is_required=kind is SuiteKind.UNITTEST),
        list_command=_words(fields, "list_command", is_required=kind is SuiteKind.COMMAND),
        list_pattern=_list_pattern(fields),
        names=_names(fields),
        run_command=_words(fields, "run_command", is_required=kind is SuiteKind.COMMAND),
        results=_results(fields),
        config_env=_strings(fields.mapping("config_env")),
        config_files=fields.texts("config_files", ()),
        plugins=tuple(map(_plugin, fields.items("plugins"))),
        releases=tuple(map(_release, fields.items("releases"))),
        folder=folder,
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", suite.name):
        fields.refuse("must be a name of small letters, digits, dots and dashes", "name")
    if suite.kind is SuiteKind.COMMAND and "{tests}" not in suite.run_command:
        fields.refuse('must have the word "{tests}"', "run_command")
    return suite


def _plugin(fields: Fields) -> Plugin:
    return Plugin(
        fields.text("name"), fields.text("requirement"), fields.texts("prefixes"), fields.texts("services", ())
    )


def _release(fields: Fields) -> Release:
    constraints = fields.maybe_text("constraints", may_be_empty=True) or None
    return Release(fields.text("release"), fields.text("version"), constraints, _strings(fields.mapping("signs")))


def _words(fields: Fields, key: str, *, is_required: bool) -> tuple[str, ...]:
    return fields.texts(key) if is_required else fields.texts(key, ())


def _strings(fields: Fields) -> dict[str, str]:
    return {key: fields.text(key, may_be_empty=True) for key in fields.content}


def _results(fields: Fields) -> str:
    found = fields.text("results")
    if found not in _RESULTS:
        fields.refuse(f"must be one of {', '.join(_RESULTS)}", "results")
    return found


def _list_pattern(fields: Fields) -> str:
    found = fields.text("list_pattern", r"^(?P<test>\S+)$")
    if "test" not in _compiled(fields, "list_pattern", found).groupindex:
        fields.refuse("must have a group (?P<test>…)", "list_pattern")
    return found


def _names(fields: Fields) -> tuple[tuple[str, str], ...]:
    pairs = fields.content.get("names", [])
    is_pair = lambda pair: isinstance(pair, list) and len(pair) == 2 and all(isinstance(word, str) for word in pair)  # noqa: E731 - said once, used once
    if not isinstance(pairs, list) or not all(map(is_pair, pairs)):
        fields.refuse("must be a list of pairs of strings", "names")
    for pattern, _ in pairs:
        _compiled(fields, "names", pattern)
    return tuple((pattern, replacement) for pattern, replacement in pairs)


def _compiled(fields: Fields, key: str, pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        fields.refuse(f"has a regular expression that is none ({error})", key)
