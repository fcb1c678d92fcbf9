"""A run's folder: its files, every secret that the run was given, and what was accepted as none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from certmark.evidence.bundle.layout import PATH
from certmark.evidence.secrets.acceptance import AcceptedSecret, read_acceptances, salt_of, write_acceptances
from certmark.evidence.secrets.remembering import secrets_of_environment
from certmark.evidence.secrets.search import LeakedSecret
from certmark.evidence.secrets.sources import secrets_of_run
from certmark.formats.errors import InvalidBundle, excerpt
from certmark.formats.run_folder import RunFolder
from certmark.formats.secrets.hiding import remembered
from certmark.formats.secrets.known import KnownSecrets

_LARGEST_TEXT = 256 << 20
_LARGEST_ACCEPTED = 1 << 20
_SALT = "redaction-salt"
ACCEPTED = "accepted-secrets.json"
"""In a run's configuration: what its operator says is no secret."""


def find_known_secrets(folder: Path) -> KnownSecrets:
    """Every secret that the run was given, and whatever this process keeps. Raises InvalidBundle or OSError."""
    run = RunFolder(folder)
    found = secrets_of_run(run) | secrets_of_environment()
    others = {name: value for name, value in remembered().items() if value not in found.values()}
    return KnownSecrets(others | found, _public(run))


def _public(folder: RunFolder) -> bytes:
    """What anybody may read: a password that is a word of the tests' names cannot be told from them."""
    content = b""
    for path in (folder.tests, *files_in(folder.guideline)):
        if path.is_file():
            with path.open("rb") as file:
                content += file.read(_LARGEST_TEXT)
    return content


def accepted_of(folder: Path) -> tuple[AcceptedSecret, ...]:
    """What the run's operator says is no secret. Raises InvalidBundle or OSError."""
    path = RunFolder(folder).configuration / ACCEPTED
    try:
        with path.open("rb") as file:
            return read_acceptances(file.read(_LARGEST_ACCEPTED), ACCEPTED)
    except FileNotFoundError:
        return ()


def accepted_by(folder: Path, leaks: Iterable[LeakedSecret], reason: str, by: str) -> tuple[AcceptedSecret, ...]:
    """What it takes to find again that these were accepted."""
    salt = salt_of_folder(folder)
    return tuple(
        AcceptedSecret(leak.member, leak.what, leak.digest, salt_of(salt, leak.value).hex(), reason, by)
        for leak in leaks
    )


def write_accepted(folder: Path, accepted: Iterable[AcceptedSecret]) -> None:
    """Keep in the run's folder what its operator says is no secret, each once. Raises OSError."""
    path = RunFolder(folder).configuration / ACCEPTED
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(write_acceptances(dict.fromkeys(accepted)))
    unfinished.replace(path)


def salt_of_folder(folder: Path) -> bytes:
    """The run's own, made when first needed; it never leaves the folder."""
    place = RunFolder(folder).configuration / _SALT
    try:
        return place.read_bytes()
    except FileNotFoundError:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        salt = secrets.token_hex(32).encode()
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(salt)
        return salt


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
