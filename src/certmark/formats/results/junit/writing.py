"""Attempts -> JUnit XML that Jenkins, GitLab and we ourselves read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import BinaryIO

from certmark.domain.identity import class_of, fixture_of, join
from certmark.domain.results import Attempt
from certmark.formats.results.junit.names import SPEC, full_name
from certmark.formats.results.junit.outcomes import ELEMENTS

# XML 1.0, production 2: the characters of a document.
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


def write_junit(attempts: Iterable[Attempt], out: BinaryIO, *, title: str) -> None:
    """Write `attempts` as one `<testsuites>`, a suite for each class, in the order of first appearance.

    Well-formed whatever the texts: characters that XML has not become U+FFFD. What is read back has
    the same names, ids, outcomes and durations (to the microsecond); attempts of one test keep
    their order.
    """
    suites: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        suites.setdefault(_class(attempt), []).append(attempt)
    everything = [attempt for members in suites.values() for attempt in members]
    out.write(b'<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write(f"<testsuites{_attribute('name', title)}{_counts(everything)}>\n".encode())
    for name, members in suites.items():
        out.write(f" <testsuite{_attribute('name', name)}{_counts(members)}>\n".encode())
        for attempt in members:
            out.write(_case(attempt, name).encode())
        out.write(b" </testsuite>\n")
    out.write(b"</testsuites>\n")


def _class(attempt: Attempt) -> str:
    """The class of a test; of a fixture the class that it settles. Empty for names that are not dotted."""
    fixture = fixture_of(attempt.name)
    scope = class_of(attempt.name) if fixture is None else fixture.scope
    return "" if " " in scope else scope


def _counts(attempts: list[Attempt]) -> str:
    elements = [ELEMENTS.get(attempt.outcome) for attempt in attempts]
    counts = {
        "tests": len(elements),
        "failures": elements.count("failure"),
        "errors": elements.count("error"),
        "skipped": elements.count("skipped"),
    }
    total = sum(attempt.seconds or 0.0 for attempt in attempts)
    return "".join(f' {key}="{count}"' for key, count in counts.items()) + f' time="{total:.6f}"'


def _case(attempt: Attempt, suite: str) -> str:
    classname, name = _attributes_of(join(attempt.name, attempt.uuid, attempt.attributes), suite)
    opening = f"  <testcase{_attribute('classname', classname)}{_attribute('name', name)}"
    if attempt.seconds is not None:
        opening += f' time="{attempt.seconds:.6f}"'
    mark = _mark(attempt)
    return f"{opening}>{mark}</testcase>\n" if mark else f"{opening}/>\n"


def _attributes_of(full: str, suite: str) -> tuple[str, str]:
    """The class and the name that are read as `full` again."""
    candidates = [(suite, full[len(suite) + 1 :])] if suite and full.startswith(f"{suite}.") else []
    candidates.append(("", full))
    return next((pair for pair in candidates if full_name(*pair) == full), ("", SPEC + full))


def _mark(attempt: Attempt) -> str:
    """The element that says what an attempt came to; empty for a pass."""
    element = ELEMENTS.get(attempt.outcome)
    if element is None:
        return ""
    text = attempt.detail.text if attempt.detail is not None else ""
    opening = f"<{element}{_attribute('type', attempt.outcome.value)}{_attribute('message', attempt.reason)}"
    return f"{opening}>{_escaped(text)}</{element}>" if text else f"{opening}/>"


def _attribute(name: str, value: str) -> str:
    return f' {name}="{_escaped(value)}"'


def _escaped(text: str) -> str:
    return _ILLEGAL.sub("\ufffd", text).translate(_ESCAPES)
