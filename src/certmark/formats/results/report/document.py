"""Our JSON report, version 1: the evidence with its attempts, and what it was judged to.

docs/reference/report.md explains it, data/schemas/certmark-report-1.json is its JSON Schema. It
is pure ASCII; what is absent from an attempt is left out; the order of lists has a meaning
(documents, evidence) and is kept, so the same values give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from typing import Any

from certmark.domain.guidelines import RequiredTest
from certmark.domain.missing_tests import near_names
from certmark.domain.policies import policy_document
from certmark.domain.results import Attempt, Detail, Evidence, Request, Trouble
from certmark.domain.sentences import sentence
from certmark.domain.verdict_values import (
    CapabilityVerdict,
    Circumstance,
    CountKind,
    HostVerdict,
    RefstackCounts,
    SettledTest,
    Verdict,
)
from certmark.domain.waivers import Waiver
from certmark.formats.results.report.parsing import FORMAT, VERSION
from certmark.formats.results.report.reading import read_judgement, read_report

__all__ = ["read_judgement", "read_report", "write_report"]


def write_report(
    verdict: Verdict | None,
    evidence: tuple[Evidence, ...],
    *,
    evaluator: str,
    waivers: tuple[Waiver, ...] = (),
) -> bytes:
    """The report of `evidence` and, unless it was not judged, of `verdict`.

    `evaluator` is the version of Certmark. `waivers` are those that a judge was given and does
    not look at (`refstack-2020`); all others are in the verdict.
    """
    report = {
        "format": FORMAT,
        "version": VERSION,
        "evaluator": {"name": "certmark", "version": evaluator},
        "judgement": None if verdict is None else judgement_document(verdict, waivers),
        "evidence": [evidence_document(file) for file in evidence],
    }
    return json.dumps(report, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def judgement_document(verdict: Verdict, waivers: tuple[Waiver, ...] = ()) -> dict[str, Any]:
    """What a report says of `verdict`, as it stands there: its evidence is not in it."""
    guideline, program = verdict.guideline, verdict.program
    near = near_names(verdict)
    return {
        "guideline": {
            "id": guideline.id,
            "schema": guideline.schema,
            "sha256": guideline.sha256,
            "status": guideline.status,
        },
        "program": {"name": program.name, "kind": program.kind.value},
        "policy": policy_document(verdict.policy),
        "as_of": verdict.as_of.isoformat(),
        "standing": verdict.standing.value,
        "sentence": sentence(verdict),
        "totals": verdict.totals._asdict(),
        "circumstances": [_circumstance(one) for one in verdict.circumstances],
        "capabilities": [_capability(verdict, capability, near) for capability in verdict.capabilities],
        "waivers": list(_waivers(verdict, waivers)),
        "missing_components": list(verdict.demand.missing_components),
        "hosts": [_host(host) for host in verdict.hosts],
        "refstack": None if verdict.refstack is None else _refstack(verdict.refstack),
        "remarks": list(guideline.remarks),
    }


def _circumstance(one: Circumstance) -> dict[str, Any]:
    return {
        "kind": one.kind.value,
        "words": one.words,
        "weight": None if one.weight is None else one.weight.value,
        "file": one.file or None,
        "subjects": list(one.subjects),
        "note": one.note,
    }


_COUNTS = ("tests", "counted", "passed", "failed", "missing", "flagged", "waived", "ignored")


def _capability(verdict: Verdict, capability: CapabilityVerdict, near: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    return {
        "key": capability.key,
        "name": capability.name,
        "level": capability.level.value,
        "standing": capability.standing.value,
        "counts": {name: getattr(capability, name) for name in _COUNTS},
        "tests": [
            _test(test, settled, verdict.counted_as(capability.key, test))
            | ({"near": list(near[test.name])} if test.name in near else {})
            for test, settled in verdict.tests_of(capability.key)
        ],
    }


def _test(test: RequiredTest, settled: SettledTest, counted: CountKind) -> dict[str, Any]:
    flag = test.flag
    return {
        "name": test.name,
        "uuid": test.uuid,
        "state": settled.state.value,
        "counted": counted.word,
        "found": settled.found.value,
        "found_as": list(settled.found_as),
        "reason": settled.reason,
        "flag": None if flag is None else {"reason": flag.reason, "code": flag.code},
        "waiver": None if settled.waiver is None else settled.waiver.target,
        "attempts": len(settled.attempts),
    }


def _waivers(verdict: Verdict, unused: tuple[Waiver, ...]) -> Iterator[dict[str, Any]]:
    for record in verdict.waivers:
        yield {**waiver_document(record.waiver), "use": record.use.value, "tests": list(record.tests)}
    known = {record.waiver for record in verdict.waivers}
    for waiver in unused:
        if waiver not in known:
            yield {**waiver_document(waiver), "use": "not looked at", "tests": []}


def waiver_document(waiver: Waiver) -> dict[str, Any]:
    """A waiver as JSON, as it was granted: what became of it is not in it."""
    return {
        "scope": waiver.scope.value,
        "target": waiver.target,
        "reason": waiver.reason,
        "grantor": waiver.grantor,
        "granted": None if waiver.granted is None else waiver.granted.isoformat(),
        "expires": waiver.expires.isoformat(),
        "link": waiver.link,
        "product": waiver.product,
        "guidelines": None
        if waiver.guidelines is None
        else {"from": waiver.guidelines.first, "to": waiver.guidelines.last},
        "approval": waiver.approval.value,
        "approvers": list(waiver.approvers),
    }


def _host(host: HostVerdict) -> dict[str, Any]:
    standing = None if host.standing is None else host.standing.value
    names = ("component", "source", "guideline", "program")
    return {**{name: getattr(host, name) for name in names}, "standing": standing}


def _refstack(counts: RefstackCounts) -> dict[str, Any]:
    return {
        **counts._asdict(),
        "must_pass": counts.must_pass,
        "must_pass_passed": counts.must_pass_passed,
        "percent": counts.percent,
    }


def describe_evidence(file: Evidence) -> dict[str, Any]:
    """A piece of evidence as JSON, all but its attempts."""
    return {
        "name": file.name,
        "format": file.format,
        "size": file.size,
        "sha256": file.sha256,
        "truncated": file.truncated,
        "passes_only": file.passes_only,
        "remarks": list(file.remarks),
    } | _present(
        {
            "plugin": file.plugin,
            "troubles": [_trouble(one) for one in file.troubles] or None,
            "circumstances": list(file.circumstances) or None,
        }
    )


def _trouble(trouble: Trouble) -> dict[str, Any]:
    about = {"kind": trouble.kind.value, "sentence": trouble.sentence}
    return about | ({"scope": trouble.scope} if trouble.scope else {})


def evidence_document(file: Evidence) -> dict[str, Any]:
    """A piece of evidence as JSON, with its attempts."""
    return describe_evidence(file) | {"attempts": [_attempt(attempt) for attempt in file.attempts]}


def _attempt(attempt: Attempt) -> dict[str, Any]:
    """What is absent is left out: there may be many thousands."""
    seconds = attempt.seconds
    return {"name": attempt.name, "outcome": attempt.outcome.value} | _present(
        {
            "uuid": attempt.uuid,
            "started": attempt.started if _is_readable(attempt.started) else None,
            "seconds": seconds if seconds is not None and isfinite(seconds) else None,
            "worker": attempt.worker,
            "attributes": list(attempt.attributes) or None,
            "tags": list(attempt.tags) or None,
            "detail": None if attempt.detail is None else _detail(attempt.detail),
            "place": attempt.place,
            "window": list(attempt.window) if attempt.window and all(map(_is_readable, attempt.window)) else None,
            "superseded": attempt.superseded or None,
        }
    )


def _is_readable(moment: int | None) -> bool:
    """Whether `reading` takes this time: those of clocks that were never set are left out."""
    return moment is not None and -(2**63) < moment < 2**63


def _detail(detail: Detail) -> dict[str, Any]:
    return {"reason": detail.reason} | _present(
        {"text": detail.text or None, "requests": [_request(request) for request in detail.requests] or None}
    )


def _request(request: Request) -> dict[str, Any]:
    return {"method": request.method, "url": request.url} | _present(
        {"status": request.status, "request_id": request.request_id}
    )


def _present(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}
