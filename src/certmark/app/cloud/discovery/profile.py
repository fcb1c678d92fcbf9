"""What a person says of options: `--set`, `--profile`, and what is wrong with it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from certmark.cloud.discovery.conf_files import read_conf
from certmark.cloud.discovery.option_lists import OptionList, problems
from certmark.cloud.discovery.options import Option, given, merged
from certmark.cloud.errors import CloudError
from certmark.domain.errors import InvalidRequest

_LARGEST = 4 << 20
_WORDS = ("os-cloud", "region", "guideline", "program", "accounts", "tempest", "out", "image", "record", "diff")
_SWITCHES = ("no-admin", "create", "force", "json", "quiet")
_KNOWN = (*_WORDS, *_SWITCHES, "workers", "set")


def take_profile(args: argparse.Namespace) -> tuple[Option, ...]:
    """Fill `args` with what the profile says and the command line does not; the options of both.

    Raises InvalidRequest.
    """
    from_profile: tuple[Option, ...] = ()
    if args.profile is not None:
        text = _text(args.profile)
        if args.profile.endswith((".conf", ".ini")) or text.lstrip().startswith("["):
            from_profile = _options_of_conf(args.profile)
        else:
            from_profile = _from_yaml(args, text)
    said = given(_settings(args.set, "--set"), "--set")
    return merged(from_profile, said)


def demand_known(options: Iterable[Option], known: OptionList) -> None:
    """Refuse options that this Tempest does not have, or values that it cannot read. Raises InvalidRequest."""
    found = list(problems(options, known))
    if found:
        more = f"; and {len(found) - 1} more" if len(found) > 1 else ""
        raise InvalidRequest(f"{found[0]}{more}")


def _text(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        try:
            return file.read(_LARGEST)
        except UnicodeDecodeError as error:
            raise InvalidRequest(f"{path} is no text in UTF-8") from error


def _options_of_conf(path: str) -> tuple[Option, ...]:
    try:
        return tuple(
            option._replace(value=option.value.replace("$$", "$"), is_written=False) for option in read_conf(Path(path))
        )
    except CloudError as error:
        raise InvalidRequest(str(error), error.advice) from error


def _from_yaml(args: argparse.Namespace, text: str) -> tuple[Option, ...]:
    import yaml

    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidRequest(f"{args.profile} is no YAML; it must have arguments by their long names") from error
    if not isinstance(document, dict):
        raise InvalidRequest(f"{args.profile} must have arguments by their long names, as in `no-admin: true`")
    values = {str(name).replace("_", "-"): value for name, value in document.items()}
    unknown = sorted(values.keys() - set(_KNOWN))
    if unknown:
        raise InvalidRequest(f"{args.profile}: there is no argument {unknown[0]!r}; there are {', '.join(_KNOWN)}")
    _fill(args, values)
    return given(_settings(values.get("set") or [], args.profile), args.profile)


def _fill(args: argparse.Namespace, values: Mapping[str, Any]) -> None:
    for name in (*_WORDS, "workers"):
        if name in values and getattr(args, name.replace("-", "_")) is None:
            kind: type = int if name == "workers" else str
            value = values[name]
            if not isinstance(value, kind) or isinstance(value, bool):
                raise InvalidRequest(f"{args.profile}: {name} must be {'a number' if kind is int else 'text'}")
            setattr(args, name.replace("-", "_"), value)
    for name in _SWITCHES:
        if name in values:
            if not isinstance(values[name], bool):
                raise InvalidRequest(f"{args.profile}: {name} must be true or false")
            setattr(args, name.replace("-", "_"), values[name] or getattr(args, name.replace("-", "_")))


def _settings(said: Any, where: str) -> dict[str, object]:
    """`section.name` -> value, from a mapping or from `section.name=value` words."""
    if isinstance(said, dict):
        pairs = [(str(key), "=", value) for key, value in said.items()]
    elif isinstance(said, list):
        pairs = [str(word).partition("=") for word in said]
    else:
        raise InvalidRequest(f"{where}: set must be a mapping of section.option to its value")
    for key, sign, _ in pairs:
        section, dot, name = key.strip().partition(".")
        if not sign or not dot or not section or not name:
            raise InvalidRequest(f"{where}: {key!r} is no SECTION.OPTION=VALUE")
    return {key.strip(): value for key, _, value in pairs}
