"""Reading our JSON report back: its evidence, to judge again, and the judgement, to compare with.

A report may come from anybody. Whatever is wrong with it is one sentence (UnreadableResults).
Keys that this version does not know are left alone; a report of another version is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from enum import Enum
from math import isfinite
from typing import Any, NamedTuple, NoReturn, TypeVar

from certmark.domain.policies import InvalidPolicy, Policy, policy_from
from certmark.domain.results import Attempt, Detail, Evidence, Outcome, Request
from certmark.domain.verdict_values import Standing
from certmark.domain.waivers import Approval, GuidelineRange, Scope, Waiver
from certmark.formats.errors import UnreadableResults
from certmark.formats.results.contents import MAX_NAME, MAX_REASON, MAX_REQUESTS, MAX_TEXT
from certmark.formats.results.report.parsing import parse_report
from certmark.formats.results.report.parsing import refuse as _refuse
from certmark.formats.results.request_log import scrub

_Value = TypeVar("_Value")
_Member = TypeVar("_Member", bound=Enum)
_Object = Mapping[str, Any]


class Judgement(NamedTuple):
    """What a report says that its evidence was judged to, and by what: enough to judge again."""

    guideline: str
    """Its id."""
    guideline_schema: str
    guideline_sha256: str
    guideline_status: str | None
    program: str
    """Its name."""
    policy: Policy
    as_of: date
    waivers: tuple[Waiver, ...]
    standing: Standing
    sentence: str
    evaluator: str
    """The version of the software that judged."""
    hosts: tuple[str, ...] = ()
    """The ids of the guidelines under which an add-on's hosts were judged; those that were not are left out."""


def read_report(data: bytes) -> tuple[Evidence, ...]:
    """The evidence of a report, with the names and digests that it had. Raises UnreadableResults."""
    return tuple(_list(parse_report(data), "evidence", "the report", _evidence))


def read_judgement(data: bytes) -> Judgement | None:
    """What the report says of a verdict; None if it was not judged. Raises UnreadableResults.

    Nothing is checked against the evidence: judge again to know.
    """
    report = parse_report(data)
    if report.get("judgement") is None:
        return None
    where = "the judgement"
    judgement = _object(report, "judgement", "the report")
    guideline, program = _object(judgement, "guideline", where), _object(judgement, "program", where)
    return Judgement(
        guideline=_text(guideline, "id", "the guideline"),
        guideline_schema=_text(guideline, "schema", "the guideline"),
        guideline_sha256=_text(guideline, "sha256", "the guideline"),
        guideline_status=_maybe_text(guideline, "status", "the guideline"),
        program=_text(program, "name", "the program"),
        policy=_policy(judgement),
        as_of=_date(judgement, "as_of", where),
        waivers=tuple(_list(judgement, "waivers", where, _waiver)),
        standing=_member(Standing, judgement, "standing", where),
        sentence=_text(judgement, "sentence", where),
        evaluator=_text(_object(report, "evaluator", "the report"), "version", "the evaluator"),
        hosts=tuple(dict.fromkeys(filter(None, _list(judgement, "hosts", where, _host)))),
    )


def _evidence(value: _Object, where: str) -> Evidence:
    return Evidence(
        name=_text(value, "name", where),
        format=_text(value, "format", where),
        size=_count(value, "size", where),
        sha256=_maybe_text(value, "sha256", where),
        attempts=tuple(_list(value, "attempts", where, _attempt)),
        passes_only=_truth(value, "passes_only", where),
        truncated=_truth(value, "truncated", where),
        remarks=_words(value, "remarks", where),
    )


def _attempt(value: _Object, where: str) -> Attempt:
    return Attempt(
        name=_name(value, where),
        uuid=_maybe_text(value, "uuid", where),
        outcome=_member(Outcome, value, "outcome", where),
        started=_nanoseconds(value, "started", where),
        seconds=_seconds(value, "seconds", where),
        worker=_maybe_text(value, "worker", where),
        attributes=_words(value, "attributes", where),
        tags=_words(value, "tags", where),
        detail=_detail(_object(value, "detail", where), f"the detail of {where}")
        if value.get("detail") is not None
        else None,
    )


def _detail(value: _Object, where: str) -> Detail:
    # A report may be of a release that did not know every form of a secret.
    return Detail(
        reason=scrub(_text(value, "reason", where)[: 2 * MAX_REASON]),
        text=scrub((_maybe_text(value, "text", where) or "")[-2 * MAX_TEXT :]),
        requests=tuple(_list(value, "requests", where, _request))[:MAX_REQUESTS],
    )


def _request(value: _Object, where: str) -> Request:
    status = None if value.get("status") is None else _count(value, "status", where)
    return Request(
        _text(value, "method", where), _text(value, "url", where), status, _maybe_text(value, "request_id", where)
    )


def _waiver(value: _Object, where: str) -> Waiver:
    return Waiver(
        scope=_member(Scope, value, "scope", where),
        target=_text(value, "target", where),
        reason=_text(value, "reason", where),
        grantor=_text(value, "grantor", where),
        expires=_date(value, "expires", where),
        granted=None if value.get("granted") is None else _date(value, "granted", where),
        link=_maybe_text(value, "link", where),
        product=_maybe_text(value, "product", where),
        guidelines=None if value.get("guidelines") is None else _range(_object(value, "guidelines", where), where),
        # Absent in reports of before there were signed waivers.
        approval=_member(Approval, {"approval": Approval.UNSIGNED.value, **value}, "approval", where),
        approvers=_words(value, "approvers", where),
    )


def _host(value: _Object, where: str) -> str | None:
    return _maybe_text(value, "guideline", where)


def _range(value: _Object, where: str) -> GuidelineRange:
    return GuidelineRange(_maybe_text(value, "from", where), _maybe_text(value, "to", where))


def _policy(judgement: _Object) -> Policy:
    try:
        return policy_from(_object(judgement, "policy", "the judgement"))
    except InvalidPolicy as error:
        raise UnreadableResults(f"the report cannot be read: {error}; send it again") from error


def _object(holder: _Object, key: str, where: str) -> _Object:
    value = holder.get(key)
    if not isinstance(value, dict):
        _wrong(key, where, "an object")
    return value


def _list(holder: _Object, key: str, where: str, read: Callable[[_Object, str], _Value]) -> list[_Value]:
    """Each object of a list, read; an absent list is empty unless it is the evidence."""
    values = holder.get(key, None if key == "evidence" else [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        _wrong(key, where, "a list of objects")
    return [read(value, f"{key}[{place}]") for place, value in enumerate(values)]


def _text(holder: _Object, key: str, where: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str):
        _wrong(key, where, "a text")
    return value


def _name(holder: _Object, where: str) -> str:
    value = _text(holder, "name", where)
    if not 0 < len(value) <= MAX_NAME:
        _wrong("name", where, f"a text of 1 to {MAX_NAME} characters")
    return value


def _maybe_text(holder: _Object, key: str, where: str) -> str | None:
    return None if holder.get(key) is None else _text(holder, key, where)


def _words(holder: _Object, key: str, where: str) -> tuple[str, ...]:
    values = holder.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        _wrong(key, where, "a list of texts")
    return tuple(values)


def _truth(holder: _Object, key: str, where: str) -> bool:
    value = holder.get(key, False)
    if not isinstance(value, bool):
        _wrong(key, where, "true or false")
    return value


def _count(holder: _Object, key: str, where: str) -> int:
    value = holder.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _HUGE:
        _wrong(key, where, "a whole number")
    return value


def _nanoseconds(holder: _Object, key: str, where: str) -> int | None:
    value = holder.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) >= _HUGE:
        _wrong(key, where, "nanoseconds since 1970, a whole number")
    return value


def _seconds(holder: _Object, key: str, where: str) -> float | None:
    value = holder.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= _HUGE or not isfinite(value):
        _wrong(key, where, "a number of seconds")
    return float(value)


_HUGE = 2**63


def _date(holder: _Object, key: str, where: str) -> date:
    try:
        return date.fromisoformat(_text(holder, key, where))
    except UnreadableResults:
        raise
    except ValueError:
        _wrong(key, where, "a date like 2026-01-31")


def _member(kind: type[_Member], holder: _Object, key: str, where: str) -> _Member:
    found = next((member for member in kind if member.value == holder.get(key)), None)
    if found is None:
        _wrong(key, where, f"one of {', '.join(str(member.value) for member in kind)}")
    return found


def _wrong(key: str, where: str, wanted: str) -> NoReturn:
    _refuse(f'"{key}" of {where} must be {wanted}')
