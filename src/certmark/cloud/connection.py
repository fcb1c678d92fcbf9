"""A cloud as one of its users sees it: the entry that describes both, and the session that signs in."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Connection:
    """The entry of a cloud, as openstacksdk reads it, with a session of keystoneauth for its user."""

    def __init__(
        self, config: Any, *, file: Path | None = None, regions: tuple[str, ...] = (), others: tuple[str, ...] = ()
    ) -> None:
        _remember_names(config)
        self.config = config
        """A CloudRegion of openstacksdk: the entry with all its defaults."""
        self.session = config.get_session()
        self.file = file
        """Where the entry stands; None where OS_* or a tempest.conf describe the cloud."""
        self.regions = regions
        """Those that the entry lists, where it says of none that it is the one."""
        self.others = others
        """Entries of the same cloud that sign in to a project."""

    @property
    def auth(self) -> dict[str, Any]:
        """Whom and where to sign in."""
        found: dict[str, Any] = self.config.config.get("auth") or {}
        return found

    def close(self) -> None:
        """Close its connections; where the entry has tokens kept in a keyring, this one is."""
        self.config.set_auth_cache()
        self.session.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, _: TracebackType | None) -> None:
        self.close()


def _remember_names(config: Any) -> None:
    """Ask for the names of each type of service once: the library copies its whole list of them for every answer."""
    names = config._service_type_manager  # noqa: SLF001 - None where a CloudRegion has none; it has no public way
    if names is not None:
        names.get_all_types = cache(names.get_all_types)
