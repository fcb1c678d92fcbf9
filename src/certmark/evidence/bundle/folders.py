"""A run's folder: its files, and every secret that the run was given."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from certmark.evidence.bundle.layout import PATH
from certmark.evidence.secrets.redaction import is_secret_name, secrets_in_configuration, secrets_in_document
from certmark.formats.errors import InvalidBundle, excerpt
from certmark.formats.run_folder import ACCOUNTS, CONF, RunFolder

_LARGEST_TEXT = 256 << 20


def find_known_secrets(folder: Path) -> dict[str, str]:
    """Every secret that the run was given, by what it is. Raises InvalidBundle or OSError."""
    found: dict[str, str] = {}
    conf, accounts = RunFolder(folder).conf, RunFolder(folder).accounts
    if conf.is_file():
        found |= {f"{name} of {CONF}": value for name, value in secrets_in_configuration(read_text(conf)).items()}
    if accounts.is_file():
        document = parse_accounts(read_text(accounts))
        found |= {f"{name} of {ACCOUNTS}": value for name, value in secrets_in_document(document).items()}
    found |= {
        f"${name}": value for name, value in os.environ.items() if name.startswith("OS_") and is_secret_name(name)
    }
    public = _public(RunFolder(folder))
    return {name: value for name, value in found.items() if value.encode("utf-8", "surrogateescape") not in public}


def _public(folder: RunFolder) -> bytes:
    """What anybody may read: a password that is a word of the tests' names cannot be told from them."""
    content = b""
    for path in (folder.tests, *files_in(folder.guideline)):
        if path.is_file():
            with path.open("rb") as file:
                content += file.read(_LARGEST_TEXT)
    return content


def parse_accounts(text: str) -> Any:
    """The YAML in `text`. Raises InvalidBundle."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidBundle(
            f"{ACCOUNTS} in the run's folder is no YAML; mend it, or its secrets cannot be told"
        ) from error


def files_in(folder: Path) -> list[Path]:
    """The files in a folder, in the order of their names; raises InvalidBundle where one is nobody's of ours."""
    if not folder.is_dir():
        return []
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    for path in paths:
        if not PATH.match(path.name):
            raise InvalidBundle(
                f"the run's folder has a file {excerpt(path.name)}, which Certmark did not write; remove it"
            )
    return paths


def read_text(path: Path) -> str:
    """The text in a file, whatever its bytes. Raises InvalidBundle or OSError."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read(_LARGEST_TEXT + 1)
    if len(text) > _LARGEST_TEXT:
        raise InvalidBundle(f"{path.name} has more than {_LARGEST_TEXT >> 20} MiB; no run's has")
    return text
