"""What clients and tools call says of two criteria."""

from __future__ import annotations

import pytest

from certmark.domain.api_use import ApiCall, ApiUse, used
from certmark.domain.scoring import ScorerMark

USE = ApiUse(
    {"terraform": "tools", "sdk": "clients", "acceptance": "breadth"},
    {
        "compute/v2/servers Create": [ApiCall("terraform", "compute/v2/servers Create", "a.go:1")],
        "compute create_server": [ApiCall("sdk", "compute create_server", "b.py:2")],
        "compute/v2/servers Lock": [ApiCall("acceptance", "compute/v2/servers Lock", "c.go:3")],
    },
    {
        "create": ["compute/v2/servers Create", "compute create_server"],
        "lock": ["compute/v2/servers Lock"],
        "nothing": [],
        "gone": ["compute/v1/servers Create"],
    },
)


@pytest.mark.parametrize(
    ("capability", "clients", "tools"),
    [("create", "1", "1"), ("lock", "0", "0"), ("nothing", "0", "0"), ("gone", "0", "0")],
)
def test_a_mark_is_met_where_a_source_of_the_criterion_calls_an_operation(
    capability: str, clients: str, tools: str
) -> None:
    found = {one.criterion: one.mark for one in used(capability, USE)}
    assert found == {"clients": ScorerMark(clients), "tools": ScorerMark(tools)}


def test_the_evidence_names_source_operation_and_place() -> None:
    assert [one.evidence for one in used("create", USE)] == [
        "sdk calls compute create_server (b.py:2)",
        "terraform calls compute/v2/servers Create (a.go:1)",
    ]


def test_a_capability_of_which_nobody_wrote_down_what_it_stands_for_has_no_proposal() -> None:
    assert used("unknown", USE) == ()
