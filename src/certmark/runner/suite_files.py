"""Descriptions of suites, read from JSON: docs/reference/suite.md says what each key means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

from certmark.runner.environments import SuiteError

FORMAT = "certmark-suite"
_FOLDER = Path(__file__).resolve().parent.parent / "data" / "suites"
_LARGEST = 1 << 20


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
    return _suite(_Reader(document, path.name), path.resolve().parent)


def listed() -> str:
    """The shipped suites for a message."""
    return ", ".join(shipped_suites()) or "none ships"


def _suite(reader: _Reader, folder: Path) -> Suite:
    if reader.text("format") != FORMAT or reader.value("version") != 1:
        reader.refuse(f'it has no "format": "{FORMAT}" and "version": 1')
    kind = reader.member("kind", [item.value for item in SuiteKind])
    suite = Suite(
        name=reader.text("name"),
        title=reader.text("title", reader.text("name")),
        kind=SuiteKind(kind),
        requirements=reader.words("requirements"),
        default_version=reader.text("default_version"),
        constraints=reader.text("constraints", "") or None,
        load=reader.words("load", required=kind == SuiteKind.UNITTEST.value),
        list_command=reader.words("list_command", required=kind == SuiteKind.COMMAND.value),
        list_pattern=reader.pattern("list_pattern", r"^(?P<test>\S+)$"),
        names=reader.pairs("names"),
        run_command=reader.words("run_command", required=kind == SuiteKind.COMMAND.value),
        results=reader.member("results", ["subunit", "junit"]),
        config_env=reader.texts("config_env"),
        config_files=reader.words("config_files", required=False),
        plugins=tuple(map(_plugin, reader.objects("plugins"))),
        releases=tuple(map(_release, reader.objects("releases"))),
        folder=folder,
    )
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", suite.name):
        reader.refuse(f"its name {suite.name!r} has more than small letters, digits, dots and dashes")
    if suite.kind is SuiteKind.COMMAND and "{tests}" not in suite.run_command:
        reader.refuse('its "run_command" has no word "{tests}"')
    return suite


def _plugin(reader: _Reader) -> Plugin:
    return Plugin(
        reader.text("name"),
        reader.text("requirement"),
        reader.words("prefixes"),
        reader.words("services", required=False),
    )


def _release(reader: _Reader) -> Release:
    constraints = reader.text("constraints", "") or None
    return Release(reader.text("release"), reader.text("version"), constraints, reader.texts("signs"))


class _Reader:
    """The door where foreign JSON enters: every key is checked when it is asked for."""

    def __init__(self, document: Any, name: str) -> None:
        self._name = name
        if not isinstance(document, dict):
            self.refuse("it is no object")
        self._document: dict[str, Any] = document

    def refuse(self, problem: str) -> None:
        raise SuiteError(f"{self._name} is no description of a suite: {problem}; see docs/reference/suite.md")

    def value(self, key: str) -> Any:
        return self._document.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        found = self._document.get(key, default)
        if not isinstance(found, str):
            self.refuse(f'"{key}" is no text')
        return str(found)

    def words(self, key: str, *, required: bool = True) -> tuple[str, ...]:
        found = self._document.get(key, None if required else [])
        if not isinstance(found, list) or not all(isinstance(word, str) for word in found) or (required and not found):
            self.refuse(f'"{key}" is no list of texts')
            return ()
        return tuple(found)

    def pairs(self, key: str) -> tuple[tuple[str, str], ...]:
        found = self._document.get(key, [])
        pairs = []
        for pair in found if isinstance(found, list) else [None]:
            if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(word, str) for word in pair):
                self.refuse(f'"{key}" is no list of pairs of texts')
                continue
            self._compiled(key, pair[0])
            pairs.append((pair[0], pair[1]))
        return tuple(pairs)

    def pattern(self, key: str, default: str) -> str:
        found = self.text(key, default)
        if "test" not in self._compiled(key, found).groupindex:
            self.refuse(f'"{key}" has no group (?P<test>…)')
        return found

    def _compiled(self, key: str, pattern: str) -> re.Pattern[str]:
        try:
            return re.compile(pattern)
        except re.error as error:
            raise SuiteError(f'{self._name}: "{key}" is no regular expression ({error})') from error

    def texts(self, key: str) -> dict[str, str]:
        found = self._document.get(key, {})
        if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
            self.refuse(f'"{key}" is no object of texts')
        return dict(found)

    def member(self, key: str, choices: list[str]) -> str:
        found = self.text(key)
        if found not in choices:
            self.refuse(f'"{key}" is none of {", ".join(choices)}')
        return found

    def objects(self, key: str) -> list[_Reader]:
        found = self._document.get(key, [])
        if not isinstance(found, list):
            self.refuse(f'"{key}" is no list')
        return [_Reader(item, self._name) for item in found]
