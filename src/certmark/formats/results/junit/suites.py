"""The one writer of JUnit XML: suites of cases, as Jenkins, GitLab and we ourselves read them.

What JUnit has no place for stands in attributes of our own, which other readers pass over: `certmark-name` (the name
of a test in which there are characters that XML has not, escaped as in JSON) and `certmark-superseded` (a later attempt
came in its place).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from certmark.domain.identity import class_of, fixture_of, join
from certmark.domain.results import Attempt
from certmark.formats.results.junit.cases import ELEMENTS, LATEST
from certmark.formats.results.junit.characters import ILLEGAL, REPLACEMENT
from certmark.formats.results.junit.names import SPEC, full_name

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


class Case(NamedTuple):
    """One case."""

    classname: str
    name: str
    element: str = ""
    """`failure`, `error` or `skipped`; empty for a pass."""
    message: str = ""
    text: str = ""
    seconds: float | None = None
    kind: str = ""
    """The `type` of the element, where it has one."""
    attributes: Mapping[str, str] = {}
    """Further ones of the case, such as `file` and `line`."""


class JUnitSuite(NamedTuple):
    """Cases under one name."""

    name: str
    cases: Sequence[Case]
    properties: Sequence[tuple[str, str]] = ()
    window: tuple[int, int] | None = None
    """When it began and ended, in nanoseconds since 1970 UTC."""
    errors: Sequence[str] = ()
    """What went wrong outside of its cases."""


class _Group(NamedTuple):
    """What a suite of attempts is about."""

    name: str
    """Their place, else their class."""
    window: tuple[int, int] | None


def write_junit(attempts: Iterable[Attempt], out: BinaryIO, *, title: str, errors: Sequence[str] = ()) -> None:
    """Write `attempts` as one `<testsuites>`, a suite for each place and class, in the order of first appearance.

    `errors` are what went wrong outside of them; they stand in a suite without cases.

    What is read back has the same names, ids, outcomes, places, starts and durations (to the microsecond); attempts of
    one test in one place stand in the order of their times where all have one, else they keep their order.
    """
    suites: dict[_Group, list[Case]] = {}
    for attempt in _in_order(list(attempts)):
        scope = _class_of(attempt)
        name = _shown(scope) if attempt.place is None else attempt.place
        group = _Group(name, attempt.window if attempt.started is None else None)
        suites.setdefault(group, []).append(_case_of(attempt, scope))
    written = [JUnitSuite(group.name, cases, window=group.window) for group, cases in suites.items()]
    if errors:
        written.append(JUnitSuite("errors outside of tests", (), errors=errors))
    out.write(write_suites(title, written, digits=6))


def _in_order(attempts: list[Attempt]) -> list[Attempt]:
    """`attempts`, those of each test in the order of their times; every test keeps its places in the list."""
    numbers: dict[tuple[str, str | None], list[int]] = {}
    for number, attempt in enumerate(attempts):
        numbers.setdefault((attempt.name, attempt.place), []).append(number)
    ordered = list(attempts)
    for places in numbers.values():
        if len(places) > 1 and all(attempts[number].started is not None for number in places):
            by_time = sorted(places, key=lambda number: attempts[number].started or 0)
            for number, other in zip(places, by_time, strict=True):
                ordered[number] = attempts[other]
    return ordered


def _shown(scope: str) -> str:
    """The name of a suite for a class; none where it could not be read as that class again."""
    return scope if _legal(scope) == scope else ""


def _class_of(attempt: Attempt) -> str:
    """The class of a test; of a fixture the class that it settles. Empty for names that are not dotted."""
    fixture = fixture_of(attempt.name)
    scope = class_of(attempt.name) if fixture is None else fixture.scope
    return "" if " " in scope else scope


def _case_of(attempt: Attempt, scope: str) -> Case:
    full = join(attempt.name, attempt.uuid, attempt.attributes)
    classname, name = _attributes_of(_legal(full), _legal(scope))
    further = {} if _legal(full) == full else {"certmark-name": json.dumps(full)[1:-1]}
    if attempt.started is not None:
        further |= _timestamp(attempt.started)
    if attempt.superseded:
        further["certmark-superseded"] = "true"
    element = ELEMENTS.get(attempt.outcome, "")
    if not element:
        return Case(classname, name, seconds=attempt.seconds, attributes=further)
    text = attempt.detail.text if attempt.detail is not None else ""
    kind = attempt.outcome.value
    return Case(classname, name, element, attempt.reason, text, attempt.seconds, kind, further)


def _attributes_of(full: str, scope: str) -> tuple[str, str]:
    """The class and the name that are read as `full` again."""
    candidates = [(scope, full[len(scope) + 1 :])] if scope and full.startswith(f"{scope}.") else []
    candidates.append(("", full))
    return next((pair for pair in candidates if full_name(*pair) == full), ("", SPEC + full))


def _timestamp(nanoseconds: int) -> dict[str, str]:
    """The attribute for a time, in UTC, to the nanosecond where that is needed; none for what is read as no time."""
    if not 0 <= nanoseconds < LATEST:
        return {}
    seconds, rest = divmod(nanoseconds, 10**9)
    fraction = f"{rest:09d}" if rest % 1000 else f"{rest // 1000:06d}"
    return {"timestamp": f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction}Z"}


def write_suites(title: str, suites: Iterable[JUnitSuite], *, digits: int = 3) -> bytes:
    """One `<testsuites>` in UTF-8. Well-formed whatever the texts: what XML has not becomes U+FFFD.

    `digits` are those of a second's fraction.
    """
    suites = tuple(suites)
    everything = [case for suite in suites for case in suite.cases]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes({'name': title} | _counts(everything, digits))}>",
        *(line for suite in suites for line in _suite(suite, digits)),
        "</testsuites>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _suite(suite: JUnitSuite, digits: int) -> Iterator[str]:
    about = {"name": suite.name} | _counts(suite.cases, digits)
    if suite.errors:
        about["errors"] = str(int(about["errors"]) + len(suite.errors))
    if suite.window is not None:
        began, ended = suite.window
        about |= _timestamp(began) | {"time": f"{max(ended - began, 0) / 1e9:.{digits}f}"}
    yield f"  <testsuite{_attributes(about)}>"
    if suite.properties:
        yield "    <properties>"
        for key, value in suite.properties:
            yield f"      <property{_attributes({'name': key, 'value': value})}/>"
        yield "    </properties>"
    for case in suite.cases:
        yield _case(case, digits)
    for error in suite.errors:
        yield f"    <error{_attributes({'message': error})}/>"
    yield "  </testsuite>"


def _case(case: Case, digits: int) -> str:
    about = {"classname": case.classname, "name": case.name, **case.attributes}
    if case.seconds is not None:
        about["time"] = f"{case.seconds:.{digits}f}"
    opening = f"    <testcase{_attributes(about)}"
    if not case.element:
        return f"{opening}/>"
    kind = {"type": case.kind} if case.kind else {}
    inner = f"<{case.element}{_attributes(kind | {'message': case.message})}"
    inner += f">{_legal(case.text).translate(_IN_TEXT)}</{case.element}>" if case.text else "/>"
    return f"{opening}>{inner}</testcase>"


def _counts(cases: Sequence[Case], digits: int) -> dict[str, str]:
    elements = [case.element for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
        "time": f"{sum(case.seconds or 0.0 for case in cases):.{digits}f}",
    }


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_legal(value).translate(_ESCAPES)}"' for name, value in values.items())


def _legal(text: str) -> str:
    return ILLEGAL.sub(REPLACEMENT, text)
