"""The files of a suite's configuration: tempest.conf as it is read, and the secrets that stand beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from certmark.cloud.discovery.options import Option, Origin, is_secret
from certmark.cloud.errors import CloudError, first_line
from certmark.formats.oslo_config import InvalidConfig, escaped, parse, quoted, unescaped, values_of

SECRETS = "secrets.env"
_LARGEST = 4 << 20


def read_conf(conf: Path, beside: Iterable[Option] = ()) -> tuple[Option, ...]:
    """The options of a tempest.conf with the values that oslo.config gives them. Raises CloudError.

    `beside` are options that stand elsewhere, to which values may refer.
    """
    try:
        with conf.open(encoding="utf-8") as file:
            found = parse(file.read(_LARGEST))
        if not found:
            raise CloudError(f"{conf.name} has no option; name the tempest.conf of this cloud")
        written = {(one.section, one.name): one.value for one in found}
        values = values_of({(one.section, one.name): escaped(one.value) for one in beside} | written, _unwritten)
    except OSError as error:
        raise CloudError(f"{conf.name} cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise CloudError(f"{conf.name} is no tempest.conf: it is not text in UTF-8") from error
    except InvalidConfig as error:
        raise CloudError(f"{conf.name} is no tempest.conf: {error}") from error
    for (section, _), value in values.items():
        if section in _SIGNS_IN and isinstance(value, InvalidConfig):
            raise CloudError(f"{conf.name}, {value}") from value
    return tuple(_option(key, text, values[key], conf.name) for key, text in written.items())


_SIGNS_IN = frozenset({"auth", "identity"})
"""Sections without which nobody signs in: a reference that leads nowhere is refused there, and left elsewhere."""


def _option(key: tuple[str, str], text: str, value: str | InvalidConfig, source: str) -> Option:
    read = value if isinstance(value, str) else text
    return Option(*key, read, Origin.GIVEN, source, secret=is_secret(key[1]), written=quoted(text))


def _unwritten(section: str, name: str) -> str:
    """What Tempest takes for an option that the file does not have. Raises KeyError where it has none."""
    from certmark.cloud.discovery.option_lists import option_list

    known = option_list(None)
    if not known.has(section, name):
        raise KeyError(name)
    return known.default(section, name) or ""


_WITH_REGION = ("compute", "image", "network", "volume", "object-storage", "placement", "identity")


def region_in(options: Mapping[str, str]) -> str:
    """The region of the services by a configuration's values; Keystone's own may be another one. Empty: any."""
    return next((options[key] for key in (f"{one}.region" for one in _WITH_REGION) if options.get(key)), "")


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
            given = unescaped(_unquote(value, path))
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
    """Secret options as assignments for a shell, in the names that oslo.config reads from the environment.

    There, too, a dollar sign refers to another option.
    """
    import shlex

    lines = [f"export OS_{option.section.upper()}__{option.name.upper()}={shlex.quote(escaped(option.value))}\n"
             for option in options if is_apart(option)]  # fmt: skip
    return "# Secret options of tempest.conf beside this file; source it before tempest run.\n" + "".join(lines)


def is_apart(option: Option) -> bool:
    """Whether an option is a secret that a shell's variable can hold."""
    return option.secret and "-" not in option.section
