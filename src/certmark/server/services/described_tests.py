"""What the code of a suite says of a test: from the surveys that ship along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from certmark.domain.identity import bare_uuid
from certmark.domain.surveys import SurveyedTest
from certmark.formats.surveys import read_survey


class DescribedTest(NamedTuple):
    """A test of a version of a suite."""

    suite: str
    """With its version."""
    name: str
    test: SurveyedTest


def described(words: Iterable[str]) -> DescribedTest | None:
    """A test with one of these names or ids; None: no survey has it."""
    known = _by_word()
    return next((known[word] for word in words if word in known), None)


@cache
def _by_word() -> Mapping[str, DescribedTest]:
    found: dict[str, DescribedTest] = {}
    for file in sorted(files("certmark.data").joinpath("surveys").iterdir(), key=lambda file: file.name):
        survey = read_survey(file.read_bytes(), file.name)
        for test in survey.tests:
            name, _, attributes = test.full_id.partition("[")
            one = DescribedTest(f"{survey.suite} {survey.version}", name, test)
            uuids = filter(None, map(bare_uuid, attributes.rstrip("]").split(",")))
            found |= dict.fromkeys((name, *uuids), one)
    return found
