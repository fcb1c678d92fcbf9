"""Small guidelines and surveys."""

from __future__ import annotations

import json
from typing import Any

from certmark.domain.guidelines import Guideline
from certmark.domain.surveys import Survey, SurveyedTest
from certmark.formats.guideline import read

ONE = "00000000-0000-4000-8000-000000000001"
TWO = "00000000-0000-4000-8000-000000000002"


def guideline_document(
    tests: dict[str, Any], *, status: str = "approved", level: str | None = "required", admin: bool = False
) -> dict[str, Any]:
    """A guideline of schema 2.0 with one capability, `things`, of these tests."""
    return {
        "metadata": {
            "id": "2030.01",
            "schema": "2.0",
            "scoring": {"criteria": {}, "cutoff_score": 74},
            "os_trademark_approval": {"status": status, "releases": ["a"], "target_approval": "2030.01"},
        },
        "platforms": {"P": {"description": "", "components": [{"name": "c"}]}},
        "components": {"c": {"capabilities": {level: ["things"]} if level is not None else {}}},
        "capabilities": {
            "things": {"achievements": [], "admin": admin, "description": "", "project": "p", "tests": tests}
        },
    }


def guideline_of(tests: dict[str, Any], **changes: Any) -> Guideline:
    """The guideline, read."""
    return read(json.dumps(guideline_document(tests, **changes)).encode(), "g.json")


def survey_of(*tests: SurveyedTest) -> Survey:
    """A survey of a suite called `toy`."""
    return Survey("toy", "1.0", tuple(sorted(tests)), (("toy", "1.0"),))
