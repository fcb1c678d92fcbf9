"""What is examined: a connection, what was discovered through it, and the configuration that a run would have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from certmark.cloud.accounts_file import Account
from certmark.cloud.calls import calls_of
from certmark.cloud.client import Client, CloudAddress
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.session import client_of
from certmark.cloud.timeouts import scaled
from certmark.domain.advice import Action, Advice
from certmark.domain.pacing import Pace, pace_for

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection

_SECONDS = 12.0
"""For one answer of a cloud that answers quickly."""


class Naming(NamedTuple):
    """How commands name a cloud and its accounts again."""

    cloud: str | None = None
    """Empty: the environment names it; None: no command can, for a tempest.conf describes it."""
    accounts_file: str = ""
    """The file that the accounts stand in; empty where there is none."""

    def advice(self, action: Action, subject: str = "") -> Advice | None:
        """An advice whose command names the cloud; None where no command can."""
        return None if self.cloud is None else Advice(action, subject, self.cloud)

    def removal(self) -> Advice | None:
        """How what stands in the accounts' projects is removed."""
        return self.advice(Action.REMOVE_LEFTOVERS, self.accounts_file)


UNNAMED = Naming()
"""No command can name the cloud."""


class ExaminedCloud(NamedTuple):
    """A cloud that is about to be tested."""

    connection: Connection
    discovered: Discovered
    options: Mapping[str, str]
    """`section.name` -> value, as the suite will be told."""
    accounts: tuple[Account, ...] | None
    """Whom the tests act as; None where the suite makes its own users."""
    naming: Naming = UNNAMED
    """How commands name it."""

    def pace(self) -> Pace:
        """How fast it is asked, by what its answers took so far."""
        return pace_for(calls_of(self.connection).latency, scaled(_SECONDS))

    @property
    def address(self) -> CloudAddress:
        """Where the accounts sign in."""
        me = self.discovered.me
        return CloudAddress(self.options.get("identity.uri_v3") or me.auth_url, me.region, me.interfaces)

    def client(self, seconds: float | None = None) -> Client:
        """The connection's own user; `seconds` for one answer."""
        return client_of(self.connection, region=self.discovered.me.region, seconds=seconds)
