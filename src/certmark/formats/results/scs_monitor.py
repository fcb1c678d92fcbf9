"""A verdict as the compliance monitor of the Sovereign Cloud Stack takes it: a report in YAML, with one test case.

`spec` (uuid, name, url), `checked_at`, `reference_date`, `subject`, `run` (uuid, argv, assignment, sections,
forced_version, forced_tests, invocations with cmd, rc, stdout, stderr, counts of messages and results). A result is 1
(pass), 0 (could not be decided) or -1 (fail). The id of the run follows from the rest, so one verdict is one report.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from pathlib import Path
from typing import Any

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import Standing, Verdict

_FILE = Path(__file__).parents[2] / "data" / "scs-monitor.json"
_RESULTS = {Standing.PASS: (1, "PASS"), Standing.FAIL: (-1, "FAIL")}
_UNDECIDED = (0, "ABORT")
_INVOCATION = "tempest"
_TESTS = 1000
"""Tests that did not pass and are named in the report."""


def write_scs_report(verdict: Verdict, *, subject: str | None, evaluator: str) -> bytes:
    """The report on `verdict` of the cloud that the monitor knows as `subject`, unsigned.

    Raises InvalidRequest where the monitor asks for no such program, or where the cloud is not named.
    """
    import yaml

    known = _known_to_monitor(verdict)
    if not subject:
        raise InvalidRequest(
            "a report for SCS' compliance monitor names the cloud as the monitor knows it", Advice(Action.NAME_SUBJECT)
        )
    report = {
        "spec": known["spec"],
        "checked_at": _checked_at(verdict),
        "reference_date": verdict.as_of,
        "subject": subject,
        "run": _run(verdict, known["testcase"], evaluator),
    }
    told = json.dumps(report, default=str, sort_keys=True)
    report["run"]["uuid"] = str(uuid.uuid5(uuid.NAMESPACE_URL, told))
    text = yaml.safe_dump(report, sort_keys=False, allow_unicode=True, width=2**16)
    return str(text).encode()


def _known_to_monitor(verdict: Verdict) -> dict[str, Any]:
    """What the monitor asks for where this guideline stands, which must be the one that ships along."""
    known: dict[str, dict[str, Any]] = json.loads(_FILE.read_bytes())["guidelines"]
    guideline = verdict.guideline
    if guideline.id not in known or guideline.is_other_text:
        raise InvalidRequest(
            f'SCS\' compliance monitor takes no report on "{verdict.program.name}" under guideline {guideline.id}; '
            f"it takes one under {', '.join(known)}, as that ships along"
        )
    return known[guideline.id]


def _run(verdict: Verdict, testcase: str, evaluator: str) -> dict[str, Any]:
    result, word = _RESULTS.get(verdict.standing, _UNDECIDED)
    missed = [settled for settled in verdict.all_settled() if settled.effect is not None]
    lines = [f"{settled.state.value}: {settled.test.name}" for settled in missed[:_TESTS]]
    errors = verdict.totals.failed
    return {
        "uuid": "",
        "argv": ["certmark", "judge", "--program", verdict.program.name],
        "assignment": {},
        "sections": [],
        "forced_version": None,
        "forced_tests": None,
        "invocations": {
            _INVOCATION: {
                "id": _INVOCATION,
                "cmd": f"certmark {evaluator}",
                "rc": 0 if verdict.standing is Standing.PASS else 1,
                "stdout": [sentence(verdict), *lines, *_digests(verdict), f"{testcase}: {word}"],
                "stderr": [],
                "info": 0,
                "warning": 0,
                "error": errors,
                "critical": int(result == 0),
                "results": {testcase: result},
            }
        },
    }


def _digests(verdict: Verdict) -> list[str]:
    guideline = verdict.guideline
    files = [f"evidence {file.name} SHA-256 {file.sha256}" for file in verdict.results.evidence if file.sha256]
    return [f"guideline {guideline.id} SHA-256 {guideline.sha256}", *files]


def _checked_at(verdict: Verdict) -> dt.datetime:
    """When the last test ended, in UTC and without a zone as the monitor has it; else the day of the verdict."""
    attempts = (attempt for file in verdict.results.evidence for attempt in file.attempts)
    ends = [end for attempt in attempts if (end := attempt.stopped or attempt.started) is not None]
    if not ends:
        return dt.datetime.combine(verdict.as_of, dt.time())
    return dt.datetime.fromtimestamp(max(ends) // 10**9, dt.UTC).replace(tzinfo=None)
