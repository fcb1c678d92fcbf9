"""Surveys as files: what was written is read, listings are read, what is broken is refused in a sentence."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certmark.domain.surveys import Credential, Survey, SurveyedTest
from certmark.formats.surveys import InvalidSurvey, load_survey, read_survey, survey_bytes, write_survey

WORDS = st.text(min_size=1, max_size=12)
TESTS = st.builds(
    SurveyedTest,
    full_id=WORDS,
    credentials=st.lists(st.builds(Credential, WORDS, st.lists(WORDS, max_size=2).map(tuple)), max_size=2).map(tuple),
    services=st.lists(WORDS, max_size=2).map(tuple),
    document=st.text(max_size=20),
    calls=st.lists(WORDS, max_size=3).map(tuple),
    skips=st.lists(WORDS, max_size=2).map(tuple),
    file=st.text(max_size=10),
    line=st.integers(0, 10**6),
    is_inherited=st.booleans(),
    own_calls=st.integers(0, 3),
    set_up=st.lists(WORDS, max_size=2).map(tuple),
)
SURVEYS = st.builds(
    Survey,
    suite=st.text(max_size=8),
    version=st.text(max_size=8),
    tests=st.lists(TESTS, max_size=4, unique_by=lambda test: test.full_id).map(
        lambda found: tuple(sorted(found, key=lambda test: test.full_id))
    ),
    packages=st.dictionaries(WORDS, WORDS, max_size=2).map(lambda found: tuple(found.items())),
    problems=st.lists(WORDS, max_size=2).map(tuple),
    is_described=st.booleans(),
)


@given(SURVEYS)
def test_what_was_written_is_read_again(survey: Survey) -> None:
    assert read_survey(survey_bytes(survey), "s.json") == survey


def test_the_same_survey_gives_the_same_bytes_packed_too(tmp_path: Path) -> None:
    survey = Survey("toy", "1", (SurveyedTest("a.b", calls=("x_client.y",)),))
    for name in ("one.json.gz", "two.json.gz", "plain.json"):
        write_survey(survey, str(tmp_path / name))
    assert (tmp_path / "one.json.gz").read_bytes() == (tmp_path / "two.json.gz").read_bytes()
    assert load_survey(str(tmp_path / "one.json.gz")) == load_survey(str(tmp_path / "plain.json")) == survey
    assert len(list(tmp_path.iterdir())) == 3


def test_a_survey_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file or directory"):
        write_survey(Survey("toy", "1", ()), str(tmp_path / "missing" / "s.json"))
    assert list(tmp_path.iterdir()) == []


def test_a_listing_is_a_survey_of_names_and_ids(assets: Path) -> None:
    found = load_survey(str(assets / "tempest-47.0.0-tests.txt.gz"))
    assert (len(found.tests), found.suite, found.is_described) == (1575, "", False)


def test_what_a_command_says_of_itself_is_no_test() -> None:
    said = b"2026-11-22 00:34:00.391 INFO tempest [-] Using tempest config file /etc/x.conf\n"
    listing = b"tempest.api.A.test_b[id-1,smoke]\n\ntempest.api.A.test_b(scenario 1)\nNo tests\n/usr/lib/x.py:1: W\n"
    assert [test.full_id for test in read_survey(said + listing, "l").tests] == [
        "tempest.api.A.test_b(scenario 1)",
        "tempest.api.A.test_b[id-1,smoke]",
    ]


def survey_json(**changes: Any) -> bytes:
    document = {"format": "certmark-survey", "version": 1, "suite": "toy", "suite_version": "1", "tests": []}
    return json.dumps(document | changes).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "s.json lists no test"),
        (b"\xff\xfe.a", "byte 0 is not UTF-8"),
        (b"{", "s.json is no JSON"),
        (b"{}", 'must have "format"'),
        (survey_json(version=2), "reads certmark-survey, version 1"),
        (survey_json(suite=None), '"suite" must be a string'),
        (survey_json(tests={}), '"tests" must be a list'),
        (survey_json(tests=[1]), "tests[0] must be a mapping"),
        (survey_json(tests=[{}]), '"id" must be a string'),
        (survey_json(tests=[{"id": "a", "line": "1"}]), "must be a whole number"),
        (survey_json(tests=[{"id": "a", "line": True}]), "must be a whole number"),
        (survey_json(tests=[{"id": "a", "calls": [1]}]), '"calls" must be a list of strings'),
        (survey_json(tests=[{"id": "a", "credentials": ["admin"]}]), '"credentials" must be a list of lists'),
        (survey_json(tests=[{"id": "a", "credentials": 5}]), '"credentials" must be a list of lists'),
        (survey_json(packages={"a": 1}), "must be a string"),
        (gzip.compress(survey_json(), mtime=0)[:-12], "ends in the middle"),
        (b"\x1f\x8bnonsense", "cannot be unpacked"),
        (gzip.compress(b"x" * (65 << 20), mtime=0), "larger than 64 MB"),
        (b'{"a":' * 100_000, "nested deeper"),
    ],
)
def test_what_is_no_survey_is_refused_in_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(InvalidSurvey) as refused:
        read_survey(data, "s.json")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
