"""Findings that somebody decided to keep: taken from the files of decisions, and written there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from certmark.authoring.lint.checking import CheckedGuideline
from certmark.authoring.lint.rules import RULES
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import AcceptedFinding, LintFinding
from certmark.formats.errors import excerpt
from certmark.formats.guideline.decisions import (
    DecisionEntry,
    InvalidDecisions,
    decisions_in,
    load_decisions,
    place_of_decisions,
    read_decisions,
    with_decision,
)

_NO_FILE = "-"
EVERYWHERE = "*"
"""The word for the whole document, where a place is asked for."""
COVERAGE = "coverage/"
"""The group of what the coverage of a suite finds; no rule of the linter."""


class AcceptRequest(NamedTuple):
    """A finding that shall stay."""

    rule: str
    place: str
    """A pointer, the name of a capability or a test, or `*`."""
    reason: str
    by: str
    """Who decided."""


class DecisionsFile(NamedTuple):
    """A file of decisions as it will be."""

    path: str
    content: bytes
    added: int
    """How many entries are new."""


def accepted(
    checked: CheckedGuideline, path: str, rules: frozenset[str], new: Mapping[str, bytes]
) -> tuple[CheckedGuideline, list[LintFinding]]:
    """The findings with the decisions on them, and what is wrong with the decisions. Raises OSError.

    `path` is where the guideline lies; `rules` are those that were looked for; `new` are files of decisions by
    their paths that will be written.
    """
    sheet = checked.file.sheet
    own = decisions_in(sheet.original) if sheet is not None else ()
    name = place_of_decisions(path).name if path != _NO_FILE else ""
    try:
        beside = _decisions_beside(path, new) if path != _NO_FILE else ()
    except InvalidDecisions as error:
        return checked, [_finding("structure/unreadable", _beside(checked, name), 1, str(error))]
    decisions = [one.accepted for one in (*own, *beside) if one.accepted is not None]
    if not own and not beside:
        return checked, []
    findings = tuple(_with_decision(finding, decisions) for finding in checked.findings)
    used = {finding.accepted for finding in findings}
    told = [*_faults(beside, _beside(checked, name)), *_faults(own, checked.file.name)]
    for file, entries in ((_beside(checked, name), beside), (checked.file.name, own)):
        told += _stale(file, entries, used, rules if checked.was_compared else _without_comparison(rules))
    return checked._replace(findings=findings), [one for one in told if one.rule.id in rules]


def _decisions_beside(path: str, new: Mapping[str, bytes]) -> tuple[DecisionEntry, ...]:
    place = place_of_decisions(path)
    content = new.get(str(place))
    return load_decisions(path) if content is None else read_decisions(content, place.name)


def _beside(checked: CheckedGuideline, name: str) -> str:
    return f"{checked.file.name.rpartition('/')[0]}/{name}".lstrip("/") if "/" in checked.file.name else name


def _with_decision(finding: LintFinding, decisions: Iterable[AcceptedFinding]) -> LintFinding:
    for decision in decisions:
        if decision.covers(finding.rule.id, finding.place) or decision.covers(finding.rule.id, finding.pointer):
            return finding._replace(accepted=decision)
    return finding


def _without_comparison(rules: frozenset[str]) -> frozenset[str]:
    """The rules that say something of a document alone."""
    return frozenset(rule for rule in rules if not rule.startswith(("process/", "ids/", "references/")))


def _faults(decisions: Sequence[DecisionEntry], file: str) -> Iterator[LintFinding]:
    for one in decisions:
        if one.accepted is None:
            yield _finding("decisions/incomplete", file, one.line, f"a finding is not accepted by this: {one.fault}")
        elif one.accepted.rule not in RULES and not one.accepted.rule.startswith(COVERAGE):
            message = f"there is no rule {excerpt(one.accepted.rule)} that could be accepted"
            yield _finding("decisions/incomplete", file, one.line, message)


def _stale(
    file: str, decisions: Sequence[DecisionEntry], used: set[AcceptedFinding | None], rules: frozenset[str]
) -> Iterator[LintFinding]:
    for one in decisions:
        found = one.accepted
        if found is not None and found.rule in rules and found not in used:
            message = f"{found.rule} at {excerpt(found.place)} is found no longer; {excerpt(found.by, 60)} accepted it"
            yield _finding("decisions/stale", file, one.line, f"{message} on {found.date}")


def _finding(rule: str, file: str, line: int, message: str) -> LintFinding:
    return LintFinding(RULES[rule], file, line, 1, "", message, source=RULES[rule].source)


def accept(
    checked: Sequence[CheckedGuideline], paths: Mapping[str, str], request: AcceptRequest, today: date
) -> tuple[DecisionsFile, ...]:
    """The files of decisions with what `request` accepts. Raises InvalidRequest, InvalidDecisions or OSError."""
    if not request.reason.strip() or not request.by.strip():
        raise InvalidRequest("a finding is accepted with a reason, and by somebody; say both")
    if request.rule not in RULES and not request.rule.startswith(COVERAGE):
        raise InvalidRequest(f"there is no rule {excerpt(request.rule)}", Advice(Action.LIST_RULES))
    files = []
    for item in checked:
        places = _places(item, request)
        if places and paths[item.file.name] == _NO_FILE:
            raise InvalidRequest("standard input has no file beside it; name a file")
        if places:
            files.append(_with_places(paths[item.file.name], places, request, today))
    if not files:
        raise InvalidRequest(f"there is no finding of {request.rule} at {excerpt(request.place)}")
    return tuple(files)


def _places(item: CheckedGuideline, request: AcceptRequest) -> list[str]:
    """The places that `request` means in one file."""
    places = list(dict.fromkeys(one.place for one in item.findings if one.rule.id == request.rule and one.weighs))
    if request.rule.startswith(COVERAGE) and item.file.sheet is not None:
        places = [*(f"/capabilities/{_escaped(key)}" for key in item.file.sheet.capabilities), *_tests(item)]
    if request.place == EVERYWHERE:
        return [""] if places else []
    return [one for one in places if request.place in {one, _last(one)}]


def _tests(item: CheckedGuideline) -> Iterator[str]:
    for test in item.file.sheet.tests if item.file.sheet is not None else ():
        yield f"/capabilities/{_escaped(test.capability)}/tests/{_escaped(test.name)}"


def _escaped(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")


def _last(place: str) -> str:
    """The name of the capability, the test or the item at `place`."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in place.split("/")]
    named = [step for step in steps if step not in {"idempotent_id", "project", "required_since", "flagged", "date"}]
    return named[-1] if named else ""


def _with_places(guideline: str, places: Sequence[str], request: AcceptRequest, today: date) -> DecisionsFile:
    path = place_of_decisions(guideline)
    data = path.read_bytes() if path.is_file() else None
    for place in places:
        new = AcceptedFinding(request.rule, place, request.reason, request.by, today.isoformat())
        data = with_decision(data, path.name, new)
    return DecisionsFile(str(Path(path)), data or b"", len(places))
