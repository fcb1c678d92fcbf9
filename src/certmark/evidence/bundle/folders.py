"""A run's folder: its files, and every secret that the run was given."""

from __future__ import annotations

import os
from typing import Any

from certmark.evidence.bundle.layout import PATH
from certmark.evidence.secrets.redaction import is_secret_name, secrets_in_configuration, secrets_in_document
from certmark.formats.errors import InvalidBundle, excerpt
from certmark.formats.run_folder import CONFIGURATION, GUIDELINE, TESTS

_LARGEST_TEXT = 256 << 20


def known_secrets(folder: str) -> dict[str, str]:
    """Every secret that the run was given, by what it is. Raises InvalidBundle or OSError."""
    found: dict[str, str] = {}
    conf, accounts = (os.path.join(folder, CONFIGURATION, name) for name in ("tempest.conf", "accounts.yaml"))
    if os.path.isfile(conf):
        found |= {f"{name} of tempest.conf": value for name, value in secrets_in_configuration(text_of(conf)).items()}
    if os.path.isfile(accounts):
        document = loaded(text_of(accounts))
        found |= {f"{name} of accounts.yaml": value for name, value in secrets_in_document(document).items()}
    found |= {
        f"${name}": value for name, value in os.environ.items() if name.startswith("OS_") and is_secret_name(name)
    }
    public = _public(folder)
    return {name: value for name, value in found.items() if value.encode("utf-8", "surrogateescape") not in public}


def _public(folder: str) -> bytes:
    """What anybody may read: a password that is a word of the tests' names cannot be told from them."""
    paths = [os.path.join(folder, CONFIGURATION, TESTS)]
    paths += [os.path.join(folder, GUIDELINE, name) for name in files_of(os.path.join(folder, GUIDELINE))]
    content = b""
    for path in filter(os.path.isfile, paths):
        with open(path, "rb") as file:
            content += file.read(_LARGEST_TEXT)
    return content


def loaded(text: str) -> Any:
    """The YAML in `text`. Raises InvalidBundle."""
    import yaml

    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InvalidBundle(
            "accounts.yaml in the run's folder is no YAML; mend it, or its secrets cannot be told"
        ) from error


def files_of(folder: str) -> list[str]:
    """The names of the files in a folder, in order; raises InvalidBundle where one is nobody's of ours."""
    if not os.path.isdir(folder):
        return []
    names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
    for name in names:
        if not PATH.match(name):
            raise InvalidBundle(f"the run's folder has a file {excerpt(name)}, which Certmark did not write; remove it")
    return names


def text_of(path: str) -> str:
    """The text in a file, whatever its bytes. Raises InvalidBundle or OSError."""
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        text = file.read(_LARGEST_TEXT + 1)
    if len(text) > _LARGEST_TEXT:
        raise InvalidBundle(f"{os.path.basename(path)} has more than {_LARGEST_TEXT >> 20} MiB; no run's has")
    return text
