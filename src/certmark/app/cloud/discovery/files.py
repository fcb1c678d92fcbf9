"""Where `certmark cloud discover` writes, and what becomes of files that are there."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.accounts_file import write_accounts, write_secret
from certmark.cloud.discovery.conf_files import SECRETS, is_apart, rendered_secrets
from certmark.cloud.discovery.options import rendered
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, CONF, Plan
from certmark.domain.errors import InvalidRequest


class Place(NamedTuple):
    """Where the files go."""

    folder: Path
    conf: Path
    force: bool


def place_of(out: str | None, *, force: bool, is_used: bool) -> Place:
    """What `--out` means. Raises InvalidRequest where files would be lost."""
    path = Path(out or ".")
    is_file = out is not None and (path.suffix == ".conf" or path.is_file())
    folder = path.parent if is_file else path
    place = Place(folder.absolute(), (path if is_file else folder / CONF).absolute(), force)
    if out is not None and is_used and not force:
        there = [one.name for one in _files(place) if one.exists()]
        if there:
            raise InvalidRequest(
                f"{there[0]} is in {os.path.relpath(folder)} already; name another --out, or --force keeps a copy "
                "of it and writes it anew"
            )
    return place


def write_all(plan: Plan, place: Place) -> list[Path]:
    """Write the files; what was there before is kept beside. Raises OSError or InvalidRequest."""
    conf, accounts, secrets = _files(place)
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (conf, accounts, secrets):
        if path.exists():
            _keep(path)
    written = [conf]
    apart = {option.key: SECRETS for option in plan.options if is_apart(option)}
    write_secret(conf, rendered(plan.options, apart))
    if apart:
        write_secret(secrets, rendered_secrets(plan.options))
        written.append(secrets)
    if plan.users:
        write_accounts(plan.users, accounts)
        written.append(accounts)
    return written


def _files(place: Place) -> tuple[Path, Path, Path]:
    return place.conf, place.folder / ACCOUNTS, place.folder / SECRETS


def _keep(path: Path) -> None:
    """Under a name with the time: nothing is lost, and the mode stays."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    copy = path.with_name(f"{path.name}.{stamp}")
    number = 1
    while copy.exists():
        copy = path.with_name(f"{path.name}.{stamp}-{number}")
        number += 1
    path.rename(copy)
