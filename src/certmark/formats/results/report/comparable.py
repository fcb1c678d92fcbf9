"""What of a judgement must come out again when its evidence is judged again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def comparable(judgement: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The parts of a report's judgement by name. Raises KeyError or TypeError where it has another shape."""
    yield "standing", judgement["standing"]
    yield "totals", judgement["totals"]
    yield "capabilities", [[item["key"], item["standing"], item["counts"]] for item in judgement["capabilities"]]
    yield (
        "tests",
        [
            [test["name"], test["state"], test["counted"]]
            for item in judgement["capabilities"]
            for test in item["tests"]
        ],
    )
