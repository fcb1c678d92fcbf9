"""The files of a suite's configuration: tempest.conf as it is read, and the secrets that stand beside it."""

from __future__ import annotations

import configparser
from collections.abc import Iterable
from pathlib import Path

from certmark.cloud.discovery.options import Option, Origin, is_secret
from certmark.cloud.errors import CloudError, first_line

SECRETS = "secrets.env"
_LARGEST = 4 << 20


def read_conf(conf: Path) -> tuple[Option, ...]:
    """The options of a tempest.conf, as oslo.config writes them. Raises CloudError."""
    parser = configparser.RawConfigParser(strict=False, default_section="\0", inline_comment_prefixes=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # the documented way to keep the case of names
    try:
        with conf.open(encoding="utf-8") as file:
            parser.read_string(file.read(_LARGEST))
    except OSError as error:
        raise CloudError(f"{conf.name} cannot be read: {error.strerror or error}") from error
    except (configparser.Error, UnicodeDecodeError) as error:
        raise CloudError(f"{conf.name} is no tempest.conf: {first_line(error)}") from error
    found = [
        Option(section, name, value, Origin.GIVEN, conf.name, secret=is_secret(name), is_written=True)
        for section in parser.sections()
        for name, value in parser.items(section)
    ]
    if not found:
        raise CloudError(f"{conf.name} has no option; name the tempest.conf of this cloud")
    return tuple(found)


def read_secrets(path: Path) -> tuple[Option, ...]:
    """The options of a secrets file that discovery wrote; none where there is no file.

    Raises CloudError.
    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = file.read(_LARGEST).splitlines()
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise CloudError(f"{path.name} cannot be read: {first_line(error)}") from error
    found = []
    for line in lines:
        name, _, value = line.strip().removeprefix("export ").partition("=")
        section, dot, option = name.removeprefix("OS_").partition("__")
        if dot and name.startswith("OS_"):
            given = _unquote(value, path)
            found.append(Option(section.lower(), option.lower(), given, Origin.GIVEN, path.name, secret=True))
    return tuple(found)


def _unquote(value: str, path: Path) -> str:
    """The word that a shell would read."""
    import shlex

    try:
        return next(iter(shlex.split(value)), "")
    except ValueError as error:
        raise CloudError(f"{path.name} cannot be read: a line of it has a quotation mark without its other") from error


def rendered_secrets(options: Iterable[Option]) -> str:
    """Secret options as assignments for a shell, in the names that oslo.config reads from the environment."""
    import shlex

    lines = [f"export OS_{option.section.upper()}__{option.name.upper()}={shlex.quote(option.value)}\n"
             for option in options if is_apart(option)]  # fmt: skip
    return "# Secret options of tempest.conf beside this file; source it before tempest run.\n" + "".join(lines)


def is_apart(option: Option) -> bool:
    """Whether an option is a secret that a shell's variable can hold."""
    return option.secret and "-" not in option.section
