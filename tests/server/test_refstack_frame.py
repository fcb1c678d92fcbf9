"""RefStack's API: where it answers, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from certmark.server.api.application import application
from certmark.server.asking import STRANGER, Asker
from certmark.server.opening import create, services_of
from certmark.server.services.errors import NotKnown
from certmark.server.settings import read_settings
from support.server import answering

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = read_settings(None, {}, data=str(Path(tmp_path_factory.mktemp("server"))))
    create(settings)

    def identify(request: object) -> Asker:
        if "authorization" in request.headers:  # type: ignore[attr-defined]  # a request
            raise NotKnown("Token is not valid")
        if "cookie" in request.headers:  # type: ignore[attr-defined]  # likewise
            raise NotKnown("the session has ended")
        return STRANGER

    with services_of(settings) as services, answering(application(services, identify)) as address:
        yield address


@pytest.mark.parametrize(
    "path",
    ["/v1/guidelines", "/v1/guidelines/", "//v1/guidelines/", "/api/v1/guidelines", "/api//v1///guidelines//"],
)
def test_every_spelling_of_an_address_is_answered_and_none_is_led_elsewhere(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=60, allow_redirects=False)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert {"name": "2026.11.json", "file": "2026.11.json"} in answer.json()["powered"]


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/api/v1", "/v1/nothing", "/api/v1/nothing/there/"])
def test_what_is_not_there_is_not_found_in_the_first_shape(url: str, path: str) -> None:
    answer = requests.get(url + path, timeout=60)
    detail = f"there is nothing at {path.removeprefix('/api').rstrip('/')}"
    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "title": "Not Found", "detail": detail}


def test_a_method_that_is_not_taken_is_refused_with_those_that_are(url: str) -> None:
    answer = requests.put(f"{url}/v1/guidelines/", timeout=60)
    detail = "/v1/guidelines does not take PUT"
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json() == {"code": 405, "title": "Method Not Allowed", "detail": detail}


def test_a_bad_token_is_a_bad_request_and_a_session_that_ended_is_nobodys(url: str) -> None:
    bad = requests.get(f"{url}/v1/guidelines", headers={"Authorization": "Bearer x"}, timeout=60)
    assert (bad.status_code, bad.json()) == (400, {"title": "Token is not valid", "code": 400})
    assert requests.get(f"{url}/v1/guidelines", headers={"Cookie": "x=y"}, timeout=60).status_code == 200


def test_parameters_that_are_not_known_are_ignored(url: str) -> None:
    assert requests.get(f"{url}/v1/guidelines?whatever=1", timeout=60).status_code == 200


def test_version_2_is_where_it_was(url: str) -> None:
    assert requests.get(f"{url}/api/v2/guidelines", timeout=60).status_code == 200
    assert requests.get(f"{url}/api/v2/nothing", timeout=60).headers["Content-Type"] == "application/problem+json"
