"""What a suite's own code says of its tests: whom they act as, what they call, what they may skip for."""

from __future__ import annotations

from typing import NamedTuple


class Credential(NamedTuple):
    """One user that a class of tests asks for.

    Tempest's words (its `tempest.test.BaseTestCase`): `primary` is an ordinary member of a project,
    `alt` one of another project, `admin` the cloud's administrator; `project_…`, `domain_…` and
    `system_…` end in the role (`reader`, `member`, `manager`, `admin`) and begin with what it is
    held on; project users share the project of `primary`. A list is a label and role names.
    """

    kind: str
    """`primary`, `alt`, `admin`, `project_reader` …; for a list of roles the name that the list begins with."""
    roles: tuple[str, ...] = ()
    """Roles that are asked for by name; one that the configuration names stands as `{section.option}`."""

    @property
    def is_admin(self) -> bool:
        """Whether it is an administrator's, of a project, a domain or the system.

        A role that the configuration names is one if its option is called `admin_role`; the
        object store's reseller is none: it administers accounts, not the cloud.
        """
        return any(_is_admin(word.lower()) for word in (self.kind, *self.roles))

    @property
    def words(self) -> str:
        """For people: `admin`, `operator (role {object-storage.operator_role})`."""
        return f"{self.kind} (role {', '.join(self.roles)})" if self.roles else self.kind


def _is_admin(word: str) -> bool:
    if word.startswith("{"):
        return word.strip("{}").rpartition(".")[2] == "admin_role"
    return "admin" in word.split("_")


class SurveyedTest(NamedTuple):
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
    """Methods of clients that it and its class's helpers call, `servers_client.create_server`, each once.

    Those of its own body first, then those of what it calls, each in order.
    """
    skips: tuple[str, ...] = ()
    """Conditions that skip it or its class, as they stand in the code: `unless …`, `if …`, `bug 1234`."""
    file: str = ""
    """Relative to the folder that holds the package."""
    line: int = 0
    is_inherited: bool = False
    """The method stands in another class (IPv6 variants and the like)."""
    own_calls: int = 0
    """How many of `calls` stand in the test's own body."""
    set_up: tuple[str, ...] = ()
    """What its class calls before any of its tests; counted apart."""


class Survey(NamedTuple):
    """All tests of one installed suite."""

    suite: str
    version: str
    tests: tuple[SurveyedTest, ...]
    """In the order of their full ids."""
    packages: tuple[tuple[str, str], ...] = ()
    """The suite and its plugins, with versions."""
    problems: tuple[str, ...] = ()
    """Modules that could not be imported, a sentence each."""
    is_described: bool = True
    """Whether the code was read; False: names and ids are all that is known."""
