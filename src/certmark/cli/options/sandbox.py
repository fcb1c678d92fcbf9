"""Which sandbox is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.options import option

if TYPE_CHECKING:
    from certmark.app.sandbox import SandboxChoice

PROFILES = ("object-storage", "compute")
"""The profiles; a test compares them with what the sandbox has."""


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """The options of every verb of the sandbox."""

    profile: str | None = option("--profile", choices=PROFILES, help="of which kind (default: the one that there is)")
    folder: str | None = option(
        "--folder", metavar="DIR", help="where it lies (default: in the state folder of Certmark)"
    )

    @property
    def choice(self) -> SandboxChoice:
        """The same for the application."""
        from certmark.app.sandbox import SandboxChoice

        return SandboxChoice(profile=self.profile, folder=self.folder)
