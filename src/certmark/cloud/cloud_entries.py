"""A cloud's entry, of clouds.yaml or of OS_*, as openstacksdk reads it; what is wrong with it is one sentence.

What openstacksdk reads without a word and cannot be signed in with is refused here, too (`entry_faults`).
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from certmark.cloud.clouds_files import check_files
from certmark.cloud.entry_faults import demand_address, demand_sound, unknown_cloud, unnamed_cloud, unread
from certmark.cloud.errors import Undescribed
from certmark.cloud.passwords import asked_password
from certmark.cloud.sdk import hush_libraries, loader
from certmark.cloud.timeouts import CONNECT_SECONDS, scaled
from certmark.domain.errors import InvalidRequest

_WITH_PASSWORD = frozenset({"password", "v2password", "v3password", "v3oidcpassword", "v3adfspassword",
                            "v3samlpassword"})  # fmt: skip


class PasswordMissing(Undescribed, InvalidRequest):
    """Nothing names the password that the entry signs in with, and nobody is there to be asked."""


class CloudEntry(NamedTuple):
    """A cloud as it is described."""

    config: Any
    """A CloudRegion of openstacksdk."""
    file: Path | None
    """Where it stands; None: in OS_*."""
    regions: tuple[str, ...]
    """Those that it lists, where nothing says which one is meant."""
    others: tuple[str, ...]
    """Entries of the same cloud that sign in to a project."""
    is_by_region: bool = False
    """Whether those regions have settings of their own, so that it must be read for one."""


def read_entry(os_cloud: str | None, region: str | None = None) -> CloudEntry:
    """The entry `os_cloud` (None: that of OS_CLOUD, else what OS_* describe). Raises CloudError.

    `region` is the one that is meant where nothing else says so.
    """
    hush_libraries()
    named = os_cloud or os.environ.get("OS_CLOUD") or None
    if named == os.environ.get("OS_CLOUD_NAME", "envvars"):
        named = None
    if named is not None or not os.environ.get("OS_AUTH_URL"):
        check_files(named)
    try:
        known = loader().OpenStackConfig(app_name="certmark")
    except Exception as error:
        raise unread(error, named, {}) from error
    clouds: Mapping[str, Any] = known.cloud_config["clouds"]
    if named is not None and named not in clouds:
        raise unknown_cloud(named, [name for name in clouds if name not in {"defaults", "envvars"}])
    found = _region_of(known, os_cloud, named, region)
    file = Path(known.config_filename) if known.config_filename and found.name in clouds else None
    listed = () if region or _wanted_region() else _listed(known, found.name)
    return CloudEntry(
        found, file, listed, tuple(_with_project(clouds, found)), bool(listed) and _has_values(clouds, found)
    )


def _region_of(known: Any, os_cloud: str | None, named: str | None, region: str | None) -> Any:
    selection = _selection(os_cloud) | ({"region_name": region} if region else {})
    found = _one(known, named, selection)
    demand_address(found, named, known)
    auth = found.config.get("auth") or {}
    if found.config.get("auth_type") in _WITH_PASSWORD and not auth.get("password"):
        whose = f"{auth.get('username') or auth.get('user_id') or 'the user'} of {named or auth['auth_url']}"
        password = asked_password(whose)
        if password is None:
            raise _without_password(named, whose)
        found = _one(known, named, selection | {"auth": {"password": password}})
    found.config.setdefault("api_timeout", scaled(CONNECT_SECONDS))
    demand_sound(found, named, known.cloud_config["clouds"])
    return found


def _one(known: Any, named: str | None, selection: Mapping[str, Any]) -> Any:
    try:
        return known.get_one(**selection)
    except Exception as error:
        if named is None and "auth_url" in str(error):
            raise unnamed_cloud(known) from error
        raise unread(error, named, known.cloud_config["clouds"]) from error


def _without_password(named: str | None, whose: str) -> PasswordMissing:
    where = "put it under auth in clouds.yaml or in secure.yaml" if named else "set OS_PASSWORD"
    return PasswordMissing(f"no password is set for {whose}; {where}")


def _selection(os_cloud: str | None) -> dict[str, Any]:
    """Which entry, and which region of it: as for the `openstack` command, OS_REGION_NAME stands over the entry's."""
    region = _wanted_region()
    is_entry = os_cloud or os.environ.get("OS_CLOUD")  # else the library reads it itself, beside the other OS_*
    return ({"cloud": os_cloud} if os_cloud else {}) | ({"region_name": region} if is_entry and region else {})


def _wanted_region() -> str | None:
    return os.environ.get("OS_REGION_NAME") or None


def _listed(known: Any, name: str) -> tuple[str, ...]:
    """The regions that the entry lists, where it lists several and names none."""
    entry = known.cloud_config["clouds"].get(name)
    regions = entry.get("regions") if isinstance(entry, dict) else None
    if isinstance(entry, dict) and not regions and isinstance(entry.get("region_name"), list | str):
        named = entry["region_name"]
        regions = named if isinstance(named, list) else named.split(",")
    names = [one.get("name") if isinstance(one, dict) else one for one in regions or ()]
    return tuple(str(one) for one in names) if len(names) > 1 else ()


def _has_values(clouds: Mapping[str, Any], found: Any) -> bool:
    return any(isinstance(one, dict) and one.get("values") for one in clouds[found.name].get("regions") or ())


def _with_project(clouds: Mapping[str, Any], found: Any) -> Iterable[str]:
    """Other entries for the same Keystone that name a project."""
    address = str((found.config.get("auth") or {}).get("auth_url") or "")
    for name, entry in clouds.items():
        auth = entry.get("auth") if isinstance(entry, dict) else None
        if name == found.name or not isinstance(auth, dict) or _bare(auth.get("auth_url")) != _bare(address):
            continue
        if auth.get("project_name") or auth.get("project_id"):
            yield str(name)


def _bare(address: object) -> str:
    return str(address).rstrip("/").removesuffix("/v3")
