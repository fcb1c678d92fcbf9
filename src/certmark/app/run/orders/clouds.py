"""The clouds that a runner can test: of a folder of credentials, or of the file of a fleet.

1. A folder has clouds.yaml files, called as one likes (systemd and Vault's agent write such); each entry is a cloud.
   `NAME.accounts.yaml` beside them are the users of the tests on the cloud NAME.
2. A fleet's file says more of each cloud: labels, options of its runs, that its owner set it aside.
   In a folder it ends with `fleet.yaml` or `fleet.json`, and only its clouds are there then.
3. Only names leave this machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.clouds_files import document_in
from certmark.domain.errors import InvalidRequest
from certmark.domain.fleets import FleetCloud
from certmark.domain.orders.terms import NAME
from certmark.formats.fleets import LARGEST, read_fleet
from certmark.runner.fleet.liveness import Address, address_in

_ENDINGS = (".yaml", ".yml", ".json")
_FLEETS = ("fleet.yaml", "fleet.yml", "fleet.json")
_MOST = 1000


class RunnerCloud(NamedTuple):
    """A cloud that can be tested here."""

    cloud: FleetCloud
    file: Path | None
    """The clouds.yaml that has its entry; None: the one of this machine, or none is needed."""
    address: Address


def read_clouds(path: Path) -> dict[str, RunnerCloud]:
    """The clouds of a folder or of a fleet's file, by name. Raises InvalidRequest, FormatError or CloudError."""
    if not path.exists():
        raise InvalidRequest(f"{path} is not there; name a folder with clouds.yaml, or the file of a fleet")
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    folder = path if path.is_dir() else path.parent
    entries = _entries(sorted(folder.iterdir()))
    fleets = [file for file in files if file.name.endswith(_FLEETS) or file == path]
    if fleets:
        clouds = [cloud for file in fleets for cloud in _read_fleet(file)]
    else:
        clouds = [_with_accounts(FleetCloud(name, name), folder) for name in entries]
    odd = next((cloud.name for cloud in clouds if not re.fullmatch(NAME, cloud.name)), None)
    if odd is not None:
        raise InvalidRequest(f"{odd[:60]!r} cannot be ordered: name the cloud with letters, digits and . _ - only")
    if not 0 < len(clouds) <= _MOST:
        raise InvalidRequest(f"{path} has no cloud, or more than {_MOST:,}; put a clouds.yaml into it")
    return {cloud.name: _found(cloud, entries) for cloud in clouds}


def _read_fleet(file: Path) -> tuple[FleetCloud, ...]:
    with file.open("rb") as stream:
        return read_fleet(stream.read(LARGEST + 1), file.name, file.absolute().parent).clouds


def _entries(files: list[Path]) -> dict[str, tuple[Path, Mapping[str, Any]]]:
    """Entries of clouds.yaml files; of two of one name the first counts."""
    found: dict[str, tuple[Path, Mapping[str, Any]]] = {}
    for file in files:
        if not file.name.endswith(_ENDINGS) or file.name.endswith(_FLEETS) or not file.is_file():
            continue
        document = document_in(file)
        clouds = document.get("clouds") if isinstance(document, dict) else None
        if isinstance(clouds, dict):
            for name, entry in clouds.items():
                found.setdefault(str(name), (file.absolute(), entry if isinstance(entry, dict) else {}))
    return found


def _with_accounts(cloud: FleetCloud, folder: Path) -> FleetCloud:
    accounts = next((one for one in folder.iterdir() if one.name.endswith(f"{cloud.name}.accounts.yaml")), None)
    return cloud if accounts is None else cloud._replace(options={"accounts": str(accounts.absolute())})


def _found(cloud: FleetCloud, entries: Mapping[str, tuple[Path, Mapping[str, Any]]]) -> RunnerCloud:
    conf = cloud.options.get("tempest-conf")
    if conf is not None:
        return RunnerCloud(cloud, None, address_in(conf))
    file, entry = entries.get(cloud.os_cloud or "", (None, {}))
    auth = entry.get("auth")
    url = auth.get("auth_url") if isinstance(auth, dict) else None
    return RunnerCloud(cloud, file, Address(str(url or ""), str(entry.get("region_name") or "")))
