"""Profiles: arguments of a verb, and options of the suite, that hold for many clouds; `--set` for one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.cloud.discovery.options import Option

_LARGEST = 4 << 20
_NEVER = frozenset({"profile", "remove_created"})
"""Fields of options that no profile may have."""
_Options = TypeVar("_Options")


def settings_of(words: Iterable[str], source: str = "--set") -> tuple[Option, ...]:
    """Options of the suite that a person wrote as SECTION.OPTION=VALUE. Raises InvalidRequest."""
    return _settings([str(word).partition("=") for word in words], source)


def with_profile(options: _Options, path: Path) -> tuple[_Options, tuple[Option, ...]]:
    """The options of a verb, filled with what the profile says and the command line does not; and the suite's.

    A file in the form of a tempest.conf has the suite's only. Raises InvalidRequest or OSError.
    """
    text = _text(path)
    if path.suffix in {".conf", ".ini"} or text.lstrip().startswith("["):
        return options, _options_of_conf(path)
    values = _mapping(text, path)
    said = values.pop("set", None) or []
    return dataclasses.replace(options, **_changes(options, values, path)), _settings_of(said, path)  # type: ignore[type-var]  # a dataclass of options


def _text(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        try:
            return file.read(_LARGEST)
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"{path} is not text in UTF-8") from error


def _options_of_conf(path: Path) -> tuple[Option, ...]:
    from certmark.cloud.discovery.conf_files import read_conf
    from certmark.cloud.errors import CloudError

    try:
        found = read_conf(path)
    except CloudError as error:
        raise InvalidRequest(str(error)) from error
    return tuple(option._replace(written=None) for option in found)


def _mapping(text: str, path: Path) -> dict[str, Any]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRequest(f"{path} is not YAML; it must have arguments by their long names") from error
    if not isinstance(document, dict):
        raise InvalidRequest(f"{path} must have arguments by their long names, as in `no-admin: true`")
    return {str(name).replace("_", "-"): value for name, value in document.items()}


def _changes(options: Any, values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """What the profile changes, by field: a switch that it turns on, a value that the command line does not have."""
    known = {_long(field): field for field in dataclasses.fields(options) if field.name not in _NEVER}
    changes = {}
    for name, value in values.items():
        field = known.get(name)
        if field is None:
            raise InvalidRequest(f"{path}: there is no argument {name!r}; there are {', '.join(sorted(known))}")
        read = _read(field, value, f"{path}: {name}")
        if getattr(options, field.name) == field.default:
            changes[field.name] = read
    return changes


def _long(field: dataclasses.Field[Any]) -> str:
    """The long name of an argument; `workers` for `-j`, which has none."""
    return next((name[2:] for name in field.metadata["names"] if name.startswith("--")), field.name)


def _read(field: dataclasses.Field[Any], value: object, what: str) -> object:
    read = field.metadata.get("type", str)
    if field.metadata.get("action") == "store_true":
        if not isinstance(value, bool):
            raise InvalidRequest(f"{what} must be true or false")
        return value
    kind: type = int if read is int else str
    if not isinstance(value, kind) or isinstance(value, bool):
        raise InvalidRequest(f"{what} must be {'a number' if kind is int else 'text'}")
    return read(value)


def _settings_of(said: object, path: Path) -> tuple[Option, ...]:
    """From a mapping or from `section.name=value` words."""
    if isinstance(said, dict):
        return _settings([(str(key), "=", value) for key, value in said.items()], str(path))
    if isinstance(said, list):
        return settings_of(map(str, said), str(path))
    raise InvalidRequest(f"{path}: set must be a mapping of section.option to its value")


def _settings(pairs: Iterable[tuple[str, str, object]], source: str) -> tuple[Option, ...]:
    from certmark.cloud.discovery.options import given_options

    values = {}
    for key, sign, value in pairs:
        section, dot, name = key.strip().partition(".")
        if not sign or not dot or not section or not name:
            raise InvalidRequest(f"{source}: {key!r} is no SECTION.OPTION=VALUE")
        values[key.strip()] = value
    return given_options(values, source)
