"""Whatever the document allows and forbids is sent to a real server: it answers as the document says."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck
from starlette.requests import Request

from certmark.server.api.application import application
from certmark.server.api.v2 import ROUTES
from certmark.server.asking import EVERYTHING, STRANGER, Asker, TokenScope
from certmark.server.opening import add_identity, create, services_of
from certmark.server.services.errors import NotKnown
from certmark.server.settings import read_settings
from support.server import answering

schemathesis = pytest.importorskip("schemathesis")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")
TOKEN = "Bearer of-ada"
ANY_BYTES = {route.name for route in ROUTES if route.takes_body}
"""No schema says which bytes are results."""
OF_A_STATE = {route.name for route in ROUTES if "if_match" in route.parameters.__struct_fields__}
"""Without If-Match the answer is 428, which the check does not know."""
OF_A_MEANING = {
    *("make_token", "make_vendor_token", "add_version", "add_publisher", "add_key", "add_vendor_key"),
    *("take_over_account", "draft_application", "renew_certificate", "file_case"),
    *(
        "count_runs",
        "rate_tests",
        "list_flakes",
        "list_blockers",
        "query_runs",
        "show_trend",
        "save_query",
        "subscribe",
        *("vote", "take_vote_back", "show_votes", "nominate_test", "answer_questionnaire", "choose_notices"),
        "add_order",
        "edit_order",
    ),
}
"""A line, a cloud, a CI, a key or a query: what is right by its form may be none, and is refused with a sentence."""
BY_COOKIE = {route.name for route in ROUTES if route.scope is TokenScope.ACCOUNT}
"""The document asks for the cookie of a session; the server of these tests knows people by a token."""
pytestmark = [pytest.mark.enable_socket, pytest.mark.thorough, pytest.mark.filterwarnings("default")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of somebody who may do everything, with a run in it."""
    bounds = {"open_uploads": "100000", "largest_upload": "8192t"}  # no schema knows what an operator sets
    settings = read_settings(None, {}, data=str(tmp_path_factory.mktemp("server")), **bounds)
    create(settings)
    with services_of(settings) as services:
        asker = Asker(add_identity(services, "ada"), "ada", EVERYTHING)

        def identify(request: Request) -> Asker:
            if "authorization" not in request.headers:
                return STRANGER
            if request.headers["authorization"] != TOKEN:
                raise NotKnown("the token is not known here")
            return asker

        with answering(application(services, identify)) as url:
            yield url


@pytest.fixture(scope="module")
def api(address: str) -> Any:
    """The document as the server gives it; what is wrong may be refused for its size or for an old If-Match, too."""
    found = schemathesis.openapi.from_url(f"{address}/api/v2/openapi.json")
    rejection = found.config.checks.negative_data_rejection
    known = importlib.import_module("schemathesis.config._checks").NEGATIVE_DATA_REJECTION_EXPECTED_STATUSES
    rejection.expected_statuses = [*known, "408", "412", "413"]
    return found


@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
@pytest.mark.parametrize("name", [route.name for route in ROUTES])
def test_the_server_answers_as_its_document_says(api: Any, name: str, mode: str) -> None:
    operation = api.find_operation_by_id(name)
    cases = operation.as_strategy(generation_mode=schemathesis.GenerationMode[mode])

    excluded = [checks.positive_data_acceptance] if name in ANY_BYTES | OF_A_STATE | OF_A_MEANING else []
    excluded += [checks.negative_data_rejection] if name in BY_COOKIE else []

    @hypothesis.given(case=cases)
    @hypothesis.settings(
        max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    def holds(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": TOKEN}, excluded_checks=excluded)

    try:
        holds()
    except hypothesis.errors.Unsatisfiable:
        assert mode == "NEGATIVE"
