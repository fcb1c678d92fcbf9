"""Whose word on an address is believed."""

from __future__ import annotations

import pytest

from certmark.server.proxies import Proxies

PROXIES = Proxies(("10.0.0.1", "10.1.0.0/16", "fd00::1"))


@pytest.mark.parametrize(
    ("connected", "headers", "client"),
    [
        ("10.0.0.1", {}, "10.0.0.1"),
        ("10.0.0.1", {"x-forwarded-for": "192.0.2.1"}, "192.0.2.1"),
        ("192.0.2.9", {"x-forwarded-for": "192.0.2.1"}, "192.0.2.9"),
        ("192.0.2.9", {"forwarded": "for=192.0.2.1"}, "192.0.2.9"),
        ("10.0.0.1", {"x-forwarded-for": "1.2.3.4, 192.0.2.1"}, "192.0.2.1"),
        ("10.0.0.1", {"x-forwarded-for": "1.2.3.4, 192.0.2.1, 10.1.2.3"}, "192.0.2.1"),
        ("10.0.0.1", {"forwarded": 'for="[2001:db8::1]:443";proto=https'}, "2001:db8::1"),
        ("10.0.0.1", {"forwarded": "proto=https;for=192.0.2.1:1234, by=x"}, "10.0.0.1"),
        ("10.0.0.1", {"forwarded": "by=x;for=192.0.2.1:1234"}, "192.0.2.1"),
        ("10.0.0.1", {"forwarded": "for=192.0.2.1", "x-forwarded-for": "1.2.3.4"}, "192.0.2.1"),
        ("10.0.0.1", {"forwarded": "for=_hidden"}, "10.0.0.1"),
        ("10.0.0.1", {"forwarded": "for=unknown"}, "10.0.0.1"),
        ("10.0.0.1", {"x-forwarded-for": "<script>"}, "10.0.0.1"),
        ("fd00::1", {"x-forwarded-for": "2001:db8::2"}, "2001:db8::2"),
    ],
)
def test_the_nearest_address_that_is_no_trusted_proxy_is_who_asks(
    connected: str, headers: dict[str, str], client: str
) -> None:
    scope = {
        "client": (connected, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    found = PROXIES.client(scope)
    assert found is not None
    assert found[0] == client
