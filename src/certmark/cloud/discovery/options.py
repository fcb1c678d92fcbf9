"""Options of tempest.conf, each with where it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from certmark.formats.oslo_config import escaped, quoted

PLACES = frozenset({"oslo_concurrency.lock_path", "auth.test_accounts_file", "DEFAULT.log_file", "DEFAULT.log_dir"})
"""Options that name places of a machine: two files always differ in them, and it never matters."""


class Origin(Enum):
    """How sure an option is."""

    GIVEN = "given"
    """A person wrote it."""
    ASKED = "asked"
    """The cloud said it."""
    CHOSEN = "chosen"
    """One of several things that the cloud has."""
    ASSUMED = "assumed"
    """Nothing could be asked."""
    OURS = "ours"
    """Where a run keeps its files, and how it speaks."""


class Option(NamedTuple):
    """One line of tempest.conf."""

    section: str
    name: str
    value: str
    origin: Origin
    source: str
    """The request, file or reason behind it."""
    secret: bool = False
    written: str | None = None
    """The value as a person wrote it into a file for oslo.config, with references and quotation marks; None: nobody."""

    @property
    def key(self) -> str:
        """`section.name`."""
        return f"{self.section}.{self.name}"


def merged(*groups: Iterable[Option]) -> tuple[Option, ...]:
    """All options, a later one in the place of an earlier one of the same key."""
    found: dict[str, Option] = {}
    for group in groups:
        for option in group:
            found[option.key] = option
    return tuple(found.values())


def given_options(values: Mapping[str, object], source: str) -> tuple[Option, ...]:
    """Options that a person wrote as `section.name: value`."""
    found = []
    for key, value in values.items():
        section, _, name = str(key).partition(".")
        found.append(Option(section, name, text_of(value), Origin.GIVEN, source, secret=is_secret(name)))
    return tuple(found)


def text_of(value: object) -> str:
    """A value as oslo.config reads it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ",".join(text_of(item) for item in value)
    return " ".join(str(value).split("\n"))


def is_secret(name: str) -> bool:
    """Whether an option of this name holds something that must not leave the machine."""
    words = name.lower()
    return any(part in words for part in ("password", "secret", "token", "private_key", "passphrase", "auth_key"))


def rendered(options: Iterable[Option], apart: Mapping[str, str] | None = None) -> str:
    """The options as a file, section by section, each under a comment that tells its origin.

    Of those in `apart` (key -> where else they stand) only the place is told.
    """
    sections: dict[str, list[Option]] = {}
    for option in options:
        sections.setdefault(option.section, []).append(option)
    lines = []
    for section, members in sorted(sections.items(), key=lambda item: (item[0] != "DEFAULT", item[0])):
        lines.append(f"[{section}]")
        for option in members:
            lines.append(f"# {option.origin.value}: {_one_line(option.source)}")
            if option.key in (apart or {}):
                lines.append(f"# {option.name} stands in {(apart or {})[option.key]}")
            else:
                lines.append(f"{option.name} = {_written(option)}")
        lines.append("")
    return "\n".join(lines)


def _one_line(text: str) -> str:
    """On one line, and without what a terminal would obey: names in it are foreign."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


def _written(option: Option) -> str:
    """A value so that oslo.config reads it as it is; one that holds what a terminal would obey loses that."""
    if option.written is not None:
        return option.written
    return quoted(escaped(option.value if _is_harmless(option) else _one_line(option.value)))


def _is_harmless(option: Option) -> bool:
    """Whether it has no line end, and no sign that a terminal would obey; secrets are shown on none."""
    if option.secret:
        return not set("\n\r\0").intersection(option.value)
    return all(sign.isprintable() or sign.isspace() for sign in option.value) and option.value.splitlines() in (
        [], [option.value],
    )  # fmt: skip
