"""The profiles that ship along, by name."""

from __future__ import annotations

from certmark.sandbox import object_storage
from certmark.sandbox.compute import profile as compute
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.profiles import Profile

PROFILES: dict[str, Profile] = {profile.name: profile for profile in (object_storage.PROFILE, compute.PROFILE)}
"""The first one is meant where nobody names one."""


def profile_names() -> tuple[str, ...]:
    """The names of the profiles there are."""
    return tuple(PROFILES)


def find_profile(name: str) -> Profile:
    """The profile of that name. Raises SandboxError."""
    if name not in PROFILES:
        raise SandboxError(f"there is no profile {name!r}; there are {', '.join(PROFILES)}")
    return PROFILES[name]
