"""The one writer of JUnit XML: suites of cases, as Jenkins, GitLab and we ourselves read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import BinaryIO, NamedTuple

from certmark.domain.identity import class_of, fixture_of, join
from certmark.domain.results import Attempt
from certmark.formats.results.junit.cases import ELEMENTS, SPEC, full_name

# XML 1.0, production 2: the characters of a document.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
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


def write_junit(attempts: Iterable[Attempt], out: BinaryIO, *, title: str) -> None:
    """Write `attempts` as one `<testsuites>`, a suite for each class, in the order of first appearance.

    What is read back has the same names, ids, outcomes and durations (to the microsecond); attempts of one test
    keep their order.
    """
    suites: dict[str, list[Case]] = {}
    for attempt in attempts:
        name = _class_of(attempt)
        suites.setdefault(name, []).append(_case_of(attempt, name))
    out.write(write_suites(title, (JUnitSuite(name, cases) for name, cases in suites.items()), digits=6))


def _class_of(attempt: Attempt) -> str:
    """The class of a test; of a fixture the class that it settles. Empty for names that are not dotted."""
    fixture = fixture_of(attempt.name)
    scope = class_of(attempt.name) if fixture is None else fixture.scope
    return "" if " " in scope else scope


def _case_of(attempt: Attempt, suite: str) -> Case:
    classname, name = _attributes_of(join(attempt.name, attempt.uuid, attempt.attributes), suite)
    element = ELEMENTS.get(attempt.outcome)
    if element is None:
        return Case(classname, name, seconds=attempt.seconds)
    text = attempt.detail.text if attempt.detail is not None else ""
    return Case(classname, name, element, attempt.reason, text, attempt.seconds, attempt.outcome.value)


def _attributes_of(full: str, suite: str) -> tuple[str, str]:
    """The class and the name that are read as `full` again."""
    candidates = [(suite, full[len(suite) + 1 :])] if suite and full.startswith(f"{suite}.") else []
    candidates.append(("", full))
    return next((pair for pair in candidates if full_name(*pair) == full), ("", SPEC + full))


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
    yield f"  <testsuite{_attributes({'name': suite.name} | _counts(suite.cases, digits))}>"
    if suite.properties:
        yield "    <properties>"
        for key, value in suite.properties:
            yield f"      <property{_attributes({'name': key, 'value': value})}/>"
        yield "    </properties>"
    for case in suite.cases:
        yield _case(case, digits)
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
    return _ILLEGAL.sub("\ufffd", text)
