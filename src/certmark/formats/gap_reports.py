"""A candidate of a saved gap report: the JSON of a coverage with the tests that no guideline tracks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.domain.errors import InvalidRequest
from certmark.domain.suggestions import did_you_mean
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidCoverage, excerpt

FORMAT = "certmark-coverage"
VERSION = 1
_LARGEST = 64 << 20


class CandidateTest(NamedTuple):
    """A test of a candidate."""

    name: str
    uuid: str | None
    is_admin: bool
    """Whether it stands among those that ask for an administrator."""


class GapCandidate(NamedTuple):
    """Tests that could make a capability."""

    key: str
    service: str
    tests: tuple[CandidateTest, ...]


def load_candidate(path: str, wanted: Sequence[str]) -> GapCandidate:
    """The candidates `wanted` of the report in the file `path`, as one that is called as the first.

    Raises InvalidCoverage, InvalidRequest or OSError.
    """
    file = Path(path)
    with file.open("rb") as content:
        data = content.read(_LARGEST + 1)
    if len(data) > _LARGEST:
        raise InvalidCoverage(f"{file.name} has more than {_LARGEST >> 20} MiB; no gap report is that large")
    document = Fields(parse_json(data, file.name, InvalidCoverage), file.name, InvalidCoverage)
    document.check_document(FORMAT, VERSION)
    if not document.has("gaps"):
        document.refuse("is a coverage without the tests that no guideline tracks; ask for these, and save it again")
    gaps = document.mapping("gaps")
    places = (("candidates", False), ("with_administrator", True))
    entries = [(entry, is_admin) for place, is_admin in places for entry in gaps.items(place)]
    known = {entry.text("key"): (entry, is_admin) for entry, is_admin in reversed(entries)}
    found = []
    for key in wanted:
        if key not in known:
            raise InvalidRequest(f"{file.name} has no candidate {excerpt(key)}{did_you_mean(key, list(known))}")
        entry, is_admin = known[key]
        found.append(_candidate(entry, is_admin=is_admin))
    return found[0]._replace(tests=tuple(test for one in found for test in one.tests))


def _candidate(entry: Fields, *, is_admin: bool) -> GapCandidate:
    tests = tuple(CandidateTest(one.text("name"), one.maybe_text("uuid"), is_admin) for one in entry.items("tests"))
    return GapCandidate(entry.text("key"), entry.text("service"), tests)
