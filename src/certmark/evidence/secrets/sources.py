"""The secrets that a run was given, of its configuration, its accounts and clouds.yaml."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from certmark.evidence.secrets.redaction import secrets_in_configuration, secrets_in_document
from certmark.formats.errors import InvalidBundle
from certmark.formats.run_folder import ACCOUNTS, CONF, RunFolder

_LARGEST_TEXT = 256 << 20
_LARGEST_CLOUDS = 4 << 20


def secrets_of_run(folder: RunFolder) -> dict[str, str]:
    """What the run's configuration and accounts hold, by what it is. Raises InvalidBundle or OSError."""
    found: dict[str, str] = {}
    if folder.conf.is_file():
        found |= _named(secrets_in_configuration(read_text(folder.conf)), CONF)
    if folder.accounts.is_file():
        found |= _named(secrets_in_document(parse_accounts(read_text(folder.accounts))), ACCOUNTS)
    return found


def secrets_of_clouds() -> dict[str, str]:
    """Those of clouds.yaml and secure.yaml, where they are looked for; a file that cannot be read has none."""
    import yaml

    found: dict[str, str] = {}
    for path in _clouds_files():
        try:
            if path.stat().st_size <= _LARGEST_CLOUDS:
                found |= _named(secrets_in_document(yaml.safe_load(path.read_bytes())), path.name)
        except (OSError, yaml.YAMLError, RecursionError, ValueError):
            continue  # whoever signs in is told what is wrong with it
    return found


def _named(secrets: dict[str, str], file: str) -> dict[str, str]:
    return {f"{name} of {file}": value for name, value in secrets.items()}


def _clouds_files() -> Iterator[Path]:
    """https://docs.openstack.org/openstacksdk/latest/user/config/configuration.html has the places."""
    for variable, name in (("OS_CLIENT_CONFIG_FILE", "clouds"), ("OS_CLIENT_SECURE_FILE", "secure")):
        places = [Path(), Path("~/.config/openstack"), Path("/etc/openstack")]
        files = [place / f"{name}.{ending}" for place in places for ending in ("yaml", "yml")]
        named = os.environ.get(variable)
        for path in (*([Path(named)] if named else ()), *files):
            if (found := _expanded(path)).is_file():
                yield found


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # a user without a home
        return path


def parse_accounts(text: str) -> Any:
    """The YAML in `text`. Raises InvalidBundle."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidBundle(
            f"{ACCOUNTS} in the run's folder is no YAML; mend it, or its secrets cannot be told"
        ) from error


def read_text(path: Path) -> str:
    """The text in a file, whatever its bytes. Raises InvalidBundle or OSError."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read(_LARGEST_TEXT + 1)
    if len(text) > _LARGEST_TEXT:
        raise InvalidBundle(f"{path.name} has more than {_LARGEST_TEXT >> 20} MiB; no run's has")
    return text
