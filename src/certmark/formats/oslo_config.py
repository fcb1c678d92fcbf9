r"""A configuration file as oslo.config reads it, and values written so that it reads the same ones.

It is no INI file of Python's: quotation marks around a value go away, `$name` and `${group.name}` stand for other
options, `$$` (or `\$`) is the sign itself, `%` means nothing, and an indented line goes on with the value before.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from certmark.formats.errors import FormatError, excerpt

Lookup = Callable[[str, str], str]
"""The value of an option, by section and name; raises KeyError where there is no such option."""
_QUOTES = ("'", '"')
_DEEPEST = 20
"""References to references that are followed."""


class InvalidConfig(FormatError):
    """Whoever wrote the configuration must mend it; oslo.config would refuse it, too."""


class Assignment(NamedTuple):
    """An option with the value that the file has for it."""

    section: str
    """In small letters, but for DEFAULT."""
    name: str
    value: str
    """Without quotation marks; references are not followed yet."""
    line: int


def parse(text: str) -> tuple[Assignment, ...]:
    """The assignments in their order; of one name in one section the last one counts. Raises InvalidConfig."""
    found: list[Assignment] = []
    section, is_open = "", False
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.rstrip()
        if not line:
            is_open = False
        elif line[0] in " \t":
            if not is_open:
                raise InvalidConfig(f"line {number} is indented and goes on with no value: {excerpt(line)}")
            found[-1] = found[-1]._replace(value=f"{found[-1].value}\n{line.lstrip()}")
        elif line[0] == "[":
            section, is_open = _section(line, number), False
        elif line[0] in "#;":
            is_open = False
        else:
            found.append(_assignment(line, number, section))
            is_open = True
    return tuple(found)


def _section(line: str, number: int) -> str:
    if not line.endswith("]") or len(line) <= 2:
        raise InvalidConfig(f"line {number} begins a section and has no name in [ and ]: {excerpt(line)}")
    name = line[1:-1]
    return name if name == "DEFAULT" else name.lower()


def _assignment(line: str, number: int, section: str) -> Assignment:
    place = min((at for at in (line.find("="), line.find(":")) if at >= 0), default=-1)
    name = line[:place].strip() if place >= 0 else ""
    if not name:
        raise InvalidConfig(f"line {number} is no `name = value`: {excerpt(line)}")
    if not section:
        raise InvalidConfig(f"line {number} stands before the first section: {excerpt(line)}")
    value = line[place + 1 :].strip()
    if value.startswith(_QUOTES) and value[0] == value[-1]:
        value = value[1:-1]
    return Assignment(section, name, value, number)


class _Template(string.Template):
    idpattern = r"[_a-z][\._a-z0-9]*"


class _References(Mapping[str, str]):
    """What references in a value of one section stand for."""

    def __init__(self, section: str, lookup: Lookup) -> None:
        self._section = section
        self._lookup = lookup

    def __getitem__(self, key: str) -> str:
        group, dot, name = key.partition(".")
        places = ((group, name), ("DEFAULT", key)) if dot else ((self._section, key), ("DEFAULT", key))
        for section, option in places:
            try:
                return self._lookup(section, option)
            except KeyError:
                continue
        raise InvalidConfig(f"${key} refers to no option; write $$ for a dollar sign")

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def substituted(value: str, section: str, lookup: Lookup) -> str:
    """`value` with its references followed. Raises InvalidConfig where one leads nowhere."""
    return _Template(value.replace(r"\$", "$$")).safe_substitute(_References(section, lookup))


def values_of(
    assignments: Mapping[tuple[str, str], str], otherwise: Lookup
) -> dict[tuple[str, str], str | InvalidConfig]:
    """Every value as oslo.config gives it, by section and name, or why it would refuse to.

    `assignments` are values as they are written, `otherwise` what options that are not written have.
    """
    found: dict[tuple[str, str], str | InvalidConfig] = {}
    steps: list[tuple[str, str]] = []

    def lookup(section: str, name: str) -> str:
        key = (section, name)
        if key not in assignments:
            return otherwise(section, name)
        if key in steps or len(steps) > _DEEPEST:
            raise InvalidConfig(f"${name} refers to itself, or through too many others")
        known = found.get(key)
        if isinstance(known, str):
            return known
        steps.append(key)
        try:
            found[key] = value = substituted(assignments[key], section, lookup)
        finally:
            steps.pop()
        return value

    for section, name in assignments:
        try:
            lookup(section, name)
        except InvalidConfig as error:
            found[section, name] = InvalidConfig(f"[{section}] {name}: {error}")
    return found


def escaped(value: str) -> str:
    """`value` so that no sign in it refers to another option."""
    # `\\$` is the sign itself, too: behind a backslash that is meant, `$$` would be read as the sign and a reference.
    return re.sub(r"(\\?)\$", lambda found: found[1] + (r"\$" if found[1] else "$$"), value)


def unescaped(written: str) -> str:
    """The value behind an escaped one; references are left as they stand."""
    return written.replace(r"\$", "$$").replace("$$", "$")


def quoted(written: str) -> str:
    """A value behind `name =`, with quotation marks where it would lose some or blanks at its ends; lines indented."""
    first, *more = written.split("\n")
    if first != first.strip() or (first.startswith(_QUOTES) and first[0] == first[-1]):
        first = f'"{first}"'
    return "\n  ".join([first, *more])
