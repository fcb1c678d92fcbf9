"""What a suite's own code says of its tests: whom they act as, what they call, what they may skip for."""

from __future__ import annotations

from typing import NamedTuple


class Credential(NamedTuple):
    """One user that a class of tests asks for."""

    kind: str
    """`primary`, `alt`, `admin`, `project_reader` …; for a list of roles the name that the list begins with."""
    roles: tuple[str, ...] = ()
    """Roles that are asked for by name; one that the configuration names stands as `{section.option}`."""

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator's, of a project, a domain or the system."""
        return "admin" in {part for word in (self.kind, *self.roles) for part in word.lower().split("_")}


class Surveyed(NamedTuple):
    """One test, as its own code describes it."""

    full_id: str
    """`name[id-…,tag,…]`."""
    credentials: tuple[Credential, ...] = ()
    """Of its class; those that another credential stands in for are not repeated."""
    services: tuple[str, ...] = ()
    """`compute`, `network` … that it says it uses."""
    document: str = ""
    """Its docstring, blank lines at the ends removed."""
    calls: tuple[str, ...] = ()
    """Methods of clients that it and its class's helpers call, `servers_client.create_server`, in order, each once."""
    skips: tuple[str, ...] = ()
    """Conditions that skip it or its class, as they stand in the code."""
    file: str = ""
    """Relative to the folder that holds the package."""
    line: int = 0
    is_inherited: bool = False
    """The method stands in another class (IPv6 variants and the like)."""


class Survey(NamedTuple):
    """All tests of one installed suite."""

    suite: str
    version: str
    tests: tuple[Surveyed, ...]
    """In the order of their full ids."""
    packages: tuple[tuple[str, str], ...] = ()
    """The suite and its plugins, with versions."""
    problems: tuple[str, ...] = ()
    """Modules that could not be imported, a sentence each."""
