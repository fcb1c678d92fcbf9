"""Addresses of a RefStack site lead on: by a script, by a form, and by the path; never to another site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from certmark.server.api.application import application
from certmark.server.opening import opened
from certmark.server.settings import read_settings
from certmark.server.web.old_addresses import place_of
from certmark.server.web.table import pages_of
from support.browser import PROGRAM, Browser
from support.server import answering
from support.signed_in import Site, site
from support.waiting import wait_until

pytestmark = pytest.mark.enable_socket
ID = "7e1b9a2c-0000-4000-8000-0123456789ab"
RUN, VENDOR, PRODUCT = f"/api/v2/runs/{ID}", f"/vendors/{ID}", f"/products/{ID}"
PLACES = {
    f"/#/results/{ID}": RUN,
    f"#/results/{ID.upper()}/": RUN,
    f"https://refstack.openstack.org/#/results/{ID}": RUN,
    f"  https://refstack.openstack.org/#/results/{ID}?x=1#y  ": RUN,
    f"/results/{ID}": RUN,
    f"HTTP://refstack.openstack.org/results/{ID}": RUN,
    f"#/vendor/{ID}": VENDOR,
    f"#/cloud/{ID}": PRODUCT,
    f"#/distro/{ID}": PRODUCT,
    "#/guidelines": "/guidelines",
    "#/community_results": "/runs",
    "#/user_results": "/my/runs",
    "#/profile": "/my/account",
    "#/user_vendors": "/vendors?mine=yes",
    "#/public_vendors": "/vendors",
    "#/user_products": "/vendors?mine=yes",
    "#/public_products": "/vendors",
    "#/about#uploading": "/about",
    "#/auth_failure?message=x": "/sign-in",
    "#/logout?openid_logout=https://evil.example.org": "/signed-out",
    "#/": "/",
    "https://refstack.openstack.org": "/",
}
NOWHERE = (
    "#//evil.example.org",
    "#/\\evil.example.org",
    "#https://evil.example.org",
    "//evil.example.org/results/x",
    "javascript:alert(1)",
    "#/results/../../sign-out",
    f"#/results/{ID}/../x",
    f"#/results/{ID}%0d%0aX: y",
    "#/results/x",
    "#/results/<script>alert(1)</script>",
    "#/vendor/",
    f"#/other/{ID}",
    "x" * 100_000,
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), {}) as found:
        yield found


def led(place: Site, old: str) -> requests.Response:
    url = f"{place.url}/old-address"
    return requests.get(url, params={"address": old[:4000]}, allow_redirects=False, timeout=60)


@pytest.mark.parametrize("old", PLACES)
def test_an_old_address_leads_to_where_the_thing_is(place: Site, old: str) -> None:
    answer = led(place, old)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{place.url}{PLACES[old]}")


@pytest.mark.parametrize("old", NOWHERE)
def test_what_is_no_old_address_leads_nowhere_and_is_not_shown(place: Site, old: str) -> None:
    assert place_of(old) is None
    answer = led(place, old)
    assert answer.status_code == 404
    assert "Location" not in answer.headers
    assert "evil" not in answer.text
    assert "<script>" not in answer.text
    assert 'name="address"' in answer.text


def test_the_addresses_without_a_hash_lead_on_as_well(place: Site) -> None:
    for path, to in {
        f"/results/{ID}": RUN,
        f"/vendor/{ID}": VENDOR,
        f"/cloud/{ID}": PRODUCT,
        "/profile": "/my/account",
    }.items():
        answer = requests.get(f"{place.url}{path}", allow_redirects=False, timeout=60)
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{place.url}{to}")
    assert requests.get(f"{place.url}/results/x", allow_redirects=False, timeout=60).status_code == 404


def test_the_first_page_runs_its_own_script_and_no_other(place: Site) -> None:
    answer = requests.get(f"{place.url}/", timeout=60)
    assert not re.findall('<script>|<script [^>]*(?<!js")>', answer.text)
    assert re.search(r'<script type="module" src="[^"]*/static/[0-9a-f]+/old_address\.js">', answer.text)
    policy = answer.headers["Content-Security-Policy"]
    assert re.findall("script-src ([^;]*)", policy) == ["'self'"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert f'action="{place.url}/old-address"' in answer.text
    assert "script-src" not in requests.get(f"{place.url}/sign-in", timeout=60).headers["Content-Security-Policy"]


def test_a_server_below_a_path_and_a_local_one_lead_within_themselves(tmp_path: Path) -> None:
    with opened(read_settings(None, {}, data=str(tmp_path))) as (services, identify):
        pages = pages_of(services, identify)
        with answering(application(services, identify, pages)) as url:
            for old, to in (("#/profile", "/my/account"), (f"#/results/{ID}", RUN)):
                params = {"address": old}
                answer = requests.get(f"{url}/old-address", params=params, allow_redirects=False, timeout=60)
                assert (answer.status_code, answer.headers["Location"]) == (303, to)
            first = requests.get(f"{url}/", timeout=60)
            assert (first.status_code, "Sign in" in first.text) == (200, False)
            signin = requests.get(f"{url}/v1/auth/signin", allow_redirects=False, timeout=60)
            assert (signin.status_code, signin.headers["Location"]) == (302, "/")


@pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed (Debian: chromium)")
def test_a_browser_is_led_on_from_an_old_address_by_the_script(place: Site, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    browser = Browser(profile)
    try:
        browser.go(f"{place.url}/#/guidelines")
        wait_until(lambda: browser.address() == f"{place.url}/guidelines")
        browser.go(f"{place.url}/#/results/<img src=x onerror=alert(1)>")
        wait_until(lambda: browser.address().startswith(f"{place.url}/old-address?address=%23%2Fresults%2F"))
        wait_until(lambda: browser.ask("document.querySelector('h1')?.textContent") == "Not found")
        assert browser.ask("document.images.length") == 0
    finally:
        browser.close()
