"""The cookies of a public server: of this host only, over TLS only, out of reach of scripts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from certmark.server.services.errors import NotPermitted
from certmark.server.settings import Settings, read_settings
from certmark.server.web.cookies import SESSION, check_origin, give, read, take

PUBLIC = read_settings(None, {}, public_url="https://certmark.example.org/cloud")


def request(method: str = "POST", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "headers": named})


def test_a_cookie_on_https_is_of_this_host_and_secure() -> None:
    for change in (lambda found: give(found, SESSION, "w", PUBLIC, 60), lambda found: take(found, SESSION, PUBLIC)):
        _changed_as_it_should(change)


def _changed_as_it_should(change: Callable[[Response], None]) -> None:
    response = Response()
    change(response)
    name, _, rest = response.headers["set-cookie"].partition("=")
    assert name == "__Host-certmark-session"
    words = {word.strip().lower() for word in rest.split(";")[1:]}
    assert {"httponly", "secure", "path=/", "samesite=lax"} <= words
    assert not any(word.startswith("domain") for word in words)


@pytest.mark.parametrize(
    ("cookie", "found"),
    [
        ("__Host-certmark-session=w", "w"),
        ("certmark-session=w", None),
        ("__Host-certmark-session=", None),
        (f"__Host-certmark-session={'w' * 200}", None),
    ],
)
def test_no_other_host_of_the_domain_chooses_a_session(cookie: str, found: Any) -> None:
    assert read(request("GET", cookie=cookie), SESSION, PUBLIC) == found


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"origin": "https://certmark.example.org"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "https://certmark.example.org"}, True),
        ({"sec_fetch_site": "cross-site", "origin": "https://certmark.example.org"}, False),
        ({"sec_fetch_site": "same-site"}, False),
        ({"origin": "http://certmark.example.org"}, False),
        ({"origin": "https://certmark.example.org.evil.example"}, False),
        ({"origin": "https://certmark.example.org:8443"}, False),
        ({"origin": "null"}, False),
        ({"host": "certmark.example.org"}, False),
        ({}, False),
    ],
)
def test_what_changes_something_is_asked_by_a_page_of_ours(headers: dict[str, str], is_own: bool) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        if is_own:
            check_origin(request(method, **headers), PUBLIC)
        else:
            with pytest.raises(NotPermitted):
                check_origin(request(method, **headers), PUBLIC)
    check_origin(request("GET", **headers), PUBLIC)


def test_without_a_public_address_no_page_is_ours() -> None:
    local: Settings = read_settings(None, {})
    with pytest.raises(NotPermitted):
        check_origin(request(origin="http://127.0.0.1:8300"), local)
