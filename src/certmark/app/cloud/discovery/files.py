"""Where a discovered configuration is written, and what becomes of files that are there."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import NamedTuple

from certmark.cloud.accounts_file import write_accounts, write_secret
from certmark.cloud.discovery.conf_files import SECRETS, is_apart, rendered_secrets
from certmark.cloud.discovery.options import rendered
from certmark.cloud.discovery.tempest_conf import ACCOUNTS, CONF, Plan
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest


class Place(NamedTuple):
    """Where the files go."""

    folder: Path
    conf: Path

    @property
    def files(self) -> tuple[Path, Path, Path]:
        """The configuration, the accounts, the secrets."""
        return self.conf, self.folder / ACCOUNTS, self.folder / SECRETS


def place_of(out: Path | None) -> Place:
    """What a person means by `out`: a folder, or a file whose name ends in .conf; None: here."""
    path = out or Path()
    is_file = out is not None and (path.suffix == ".conf" or path.is_file())
    folder = path.parent if is_file else path
    return Place(folder.absolute(), (path if is_file else folder / CONF).absolute())


def demand_free(place: Place) -> None:
    """Raises InvalidRequest where files would be written over."""
    there = [one.name for one in place.files if one.exists()]
    if there:
        where = os.path.relpath(place.folder)
        raise InvalidRequest(f"{there[0]} is in {where} already", Advice(Action.NAME_OTHER_PLACE))


def write_all(plan: Plan, place: Place) -> tuple[Path, ...]:
    """Write the files; what was there before is kept beside. Raises OSError or InvalidRequest."""
    conf, accounts, secrets = place.files
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in place.files:
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
    return tuple(written)


def _keep(path: Path) -> None:
    """Under a name with the time: nothing is lost, and the mode stays."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    copy = path.with_name(f"{path.name}.{stamp}")
    number = 1
    while copy.exists():
        copy = path.with_name(f"{path.name}.{stamp}-{number}")
        number += 1
    path.rename(copy)
