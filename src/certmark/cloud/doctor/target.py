"""What is examined: a connection, what was discovered through it, and the configuration that a run would have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from certmark.cloud.accounts_file import Account
from certmark.cloud.client import Client, CloudAddress
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.session import client_of
from certmark.cloud.timeouts import scaled

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection

_SECONDS = 12.0


def patience() -> float:
    """Seconds for one answer."""
    return scaled(_SECONDS)


class ExaminedCloud(NamedTuple):
    """A cloud that is about to be tested."""

    connection: Connection
    discovered: Discovered
    options: Mapping[str, str]
    """`section.name` -> value, as the suite will be told."""
    accounts: tuple[Account, ...] | None
    """Whom the tests act as; None where the suite makes its own users."""

    @property
    def address(self) -> CloudAddress:
        """Where the accounts sign in."""
        me = self.discovered.me
        return CloudAddress(self.options.get("identity.uri_v3") or me.auth_url, me.region, me.interfaces)

    def client(self) -> Client:
        """The connection's own user."""
        return client_of(self.connection, region=self.discovered.me.region, seconds=patience())
