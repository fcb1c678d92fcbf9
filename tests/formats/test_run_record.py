"""The record of a run: what is written is read, and so is what early versions wrote."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from certmark.formats.run_record import (
    InvalidRunRecord,
    RecordedGuideline,
    RecordedIdentity,
    RecordedJudging,
    RecordedSelection,
    RecordedSuite,
    RunRecord,
    read_run_record,
    record_in,
)

RECORD = RunRecord(
    run="20261121-203000-here-00ff",
    cloud="https://keystone.example.org/v3 RegionOne",
    identity=RecordedIdentity(id="cloud:000g40r40m30e209185gr38e-gv/RegionOne", source="kept", catalog_id="abc"),
    guideline=RecordedGuideline(
        id="2026.11",
        sha256="9" * 64,
        file="2026.11.json",
        program="Object",
        also=("Compute",),
        levels=("required",),
        missing=("a.B.c",),
    ),
    selection=RecordedSelection(expression="a and not b", left_out=3, most_failures=5),
    judging=RecordedJudging(policy_file="ours.json", waivers_file="w.yaml", waiver_signers_file="office"),
    suite=RecordedSuite(
        name="tempest",
        version="47.0.0",
        description="tempest",
        wanted="47.0.0",
        wheels="/wheels",
        names=("a.B.c",),
        distributions={"tempest": "47.0.0"},
    ),
    fingerprint="f" * 64,
    workers=4,
    capacity=6,
    class_timeout=90.0,
)
VERSION_1 = {
    "what": "run",
    "version": 1,
    "run": "20261121-203000-here-00ff",
    "cloud": "https://keystone.example.org/v3 RegionOne",
    "guideline": "2026.11",
    "guideline_digest": "9" * 64,
    "program": "Object",
    "levels": ["required"],
    "suite": "tempest",
    "suite_version": "47.0.0",
    "fingerprint": "f" * 64,
    "workers": 4,
    "missing": ["a.B.c"],
    "details": {
        "guideline_file": "2026.11.json",
        "policy": None,
        "policy_file": "ours.json",
        "waivers_file": "w.yaml",
        "waiver_signers_file": "office",
        "cloud_identity": "cloud:000g40r40m30e209185gr38e-gv/RegionOne",
        "cloud_identity_from": "kept",
        "catalog_id": "abc",
        "suite": "tempest",
        "suite_wanted": "47.0.0",
        "wheels": "/wheels",
        "names": ["a.B.c"],
        "versions": {"tempest": "47.0.0"},
        "class_timeout": 90.0,
        "capacity": 6,
    },
}


def test_what_was_written_is_read() -> None:
    assert record_in(json.dumps(RECORD.document()).encode() + b'\n{"what": "plan"}\n') == RECORD


def test_a_record_that_says_little_is_written_and_read() -> None:
    least = RunRecord(run="r")
    assert read_run_record(json.loads(json.dumps(least.document()))) == least


def test_version_1_says_the_same() -> None:
    older = replace(RECORD, guideline=replace(RECORD.guideline, also=()), selection=RecordedSelection())
    assert read_run_record(VERSION_1) == older


def test_a_journal_from_before_identities_and_versions_is_read() -> None:
    line = {"what": "run", "run": "r", "guideline_digest": "9", "suite": "toy", "suite_version": "1", "details": {}}
    assert read_run_record(line) == RunRecord(
        run="r", guideline=RecordedGuideline(sha256="9"), suite=RecordedSuite(name="toy", version="1")
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ([], "what was asked of the run is not there"),
        ({"what": "plan"}, "what was asked of the run is not there"),
        ({"what": "run", "version": 4}, 'what was asked of the run is of version "4"; this Certmark reads 1, 2 and 3'),
        (
            {"what": "run", "version": []},
            'what was asked of the run is of version "[]"; this Certmark reads 1, 2 and 3',
        ),
        ({"what": "run", "version": 2, "run": 7}, 'what was asked of the run: "run" must be a string'),
        (VERSION_1 | {"levels": "all"}, 'what was asked of the run, guideline: "levels" must be a list of strings'),
        (VERSION_1 | {"details": 3}, "what was asked of the run, details must be a mapping"),
        (VERSION_1 | {"workers": True}, 'what was asked of the run: "workers" must be a whole number from 1 on'),
        (
            RunRecord(run="r").document() | {"class_timeout": "long"},
            'what was asked of the run: "class_timeout" must be a number',
        ),
    ],
)
def test_what_is_no_record_is_refused_in_a_sentence(line: object, sentence: str) -> None:
    with pytest.raises(InvalidRunRecord) as refusal:
        read_run_record(line)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b"[" * 100_000])
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidRunRecord, match="is no JSON"):
        record_in(content)
