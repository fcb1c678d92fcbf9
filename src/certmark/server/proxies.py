"""Whose word on an address is believed: Forwarded (RFC 7239) and X-Forwarded-For, read from the right.

Each proxy adds at the right whom it spoke with. So long as that is a trusted proxy itself, the one before it
is looked at; the first that is not is who asks. What stands further left anybody can have written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Any

Client = tuple[str, int] | None
_FOR = re.compile(r'(?:^|;)\s*for=(?:"([^"]*)"|([^;,\s]*))', re.IGNORECASE)
_MOST = 20
"""Proxies that are followed."""


class Proxies:
    """The proxies that the operator trusts: addresses, or networks of them."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """Raises ValueError for what is none."""
        self._networks = [ipaddress.ip_network(one, strict=False) for one in trusted]

    def is_trusted(self, client: Client) -> bool:
        """Whether this connection comes from one of them."""
        return client is not None and self._is_ours(client[0])

    def client(self, scope: Any) -> Client:
        """Who asks, of an ASGI scope."""
        found: Client = scope.get("client")
        if not self.is_trusted(found):
            return found
        for named in _named(scope["headers"])[:_MOST]:
            address = _address(named)
            if address is None:
                return found
            found = (address, 0)
            if not self._is_ours(address):
                return found
        return found

    def _is_ours(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            return False
        return any(address in network for network in self._networks)


def _named(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """Who was spoken with, the nearest first; Forwarded where there is one, else X-Forwarded-For."""
    known: dict[bytes, list[str]] = {b"forwarded": [], b"x-forwarded-for": []}
    for name, value in headers:
        if name in known:
            known[name] += value.decode("latin-1").split(",")
    if known[b"forwarded"]:
        found = [_FOR.search(part.strip()) for part in known[b"forwarded"]]
        return ["" if one is None else one[1] or one[2] or "" for one in reversed(found)]
    return [part.strip() for part in reversed(known[b"x-forwarded-for"])]


def _address(text: str) -> str | None:
    """Without its port; None: an obfuscated or unknown one."""
    bracketed = re.match(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?\Z", text)
    plain = bracketed[1] if bracketed else text.partition(":")[0] if text.count(":") == 1 else text
    try:
        return str(ipaddress.ip_address(plain))
    except ValueError:
        return None
