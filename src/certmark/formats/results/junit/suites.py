"""The one writer of JUnit XML: suites of cases, as Jenkins, GitLab and we ourselves read them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

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


class Suite(NamedTuple):
    """Cases under one name."""

    name: str
    cases: Sequence[Case]
    properties: Sequence[tuple[str, str]] = ()


def write_suites(title: str, suites: Iterable[Suite]) -> bytes:
    """One `<testsuites>` in UTF-8. Well-formed whatever the texts: what XML has not becomes U+FFFD."""
    suites = tuple(suites)
    everything = [case for suite in suites for case in suite.cases]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites{_attributes({'name': title} | _counts(everything))}>",
        *(line for suite in suites for line in _suite(suite)),
        "</testsuites>",
    ]
    return ("\n".join(lines) + "\n").encode()


def _suite(suite: Suite) -> Iterator[str]:
    yield f"  <testsuite{_attributes({'name': suite.name} | _counts(suite.cases))}>"
    if suite.properties:
        yield "    <properties>"
        for key, value in suite.properties:
            yield f"      <property{_attributes({'name': key, 'value': value})}/>"
        yield "    </properties>"
    for case in suite.cases:
        yield _case(case)
    yield "  </testsuite>"


def _case(case: Case) -> str:
    about = {"classname": case.classname, "name": case.name, **case.attributes}
    if case.seconds is not None:
        about["time"] = f"{case.seconds:.3f}"
    opening = f"    <testcase{_attributes(about)}"
    if not case.element:
        return f"{opening}/>"
    kind = {"type": case.kind} if case.kind else {}
    inner = f"<{case.element}{_attributes(kind | {'message': case.message})}"
    inner += f">{_legal(case.text).translate(_IN_TEXT)}</{case.element}>" if case.text else "/>"
    return f"{opening}>{inner}</testcase>"


def _counts(cases: Sequence[Case]) -> dict[str, str]:
    elements = [case.element for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
        "time": f"{sum(case.seconds or 0.0 for case in cases):.3f}",
    }


def _attributes(values: Mapping[str, str]) -> str:
    return "".join(f' {name}="{_legal(value).translate(_ESCAPES)}"' for name, value in values.items())


def _legal(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text)
