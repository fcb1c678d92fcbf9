"""Runs of clouds over months, as JUnit XML: tests that waver, that were mended, that began to fail, that say nothing.

Every outcome follows from the numbers of the test and of the run, so that each site has the same story.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from certmark.domain.guidelines import Guideline, RequiredTest
from certmark.domain.programs import demand_of, find_program

TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "/opt/refcloud/tempest/lib/common/rest_client.py", line 731, in _error_checker\n'
    "    raise exceptions.ServerFault(resp_body, resp=resp)\n"
    "tempest.lib.exceptions.ServerFault: Got server fault\n"
    "Details: The service is unavailable. (HTTP 503) (Request-ID: req-5c6e1f0a-0d0b-4a6e-9d0e-8a3f3c1b2{run:03})\n"
)
HOSTILE_NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    '=HYPERLINK("http://evil.example","all is well")',
    "\u202egnp.exe\u202c and \u2066isolated\u2069",
    "a\u0007bell, an \u001b[31mescape\u001b[0m and a line\nbreak",
    "{{ 7 * 7 }} ${7*7} %s javascript:alert(1)",
    "zero\u200bwidth, \u00e9 and e\u0301, \U0001f600, \ufeff",
    "x" * 3000,
)


class Case(NamedTuple):
    """A test of a run."""

    name: str
    outcome: str = "passed"
    """Or failed, skipped, error."""
    text: str = ""
    seconds: float = 0.4


def tests_of(guideline: Guideline, program: str) -> list[RequiredTest]:
    """Those that a program asks for, once each, by name."""
    demand = demand_of(guideline, find_program(guideline, program))
    found = {
        test.name: test
        for placed in demand.capabilities
        for test in guideline.capabilities[placed.key].tests
        if test.name
    }
    return [found[name] for name in sorted(found)]


def written(test: RequiredTest) -> str:
    """As Tempest names it."""
    return f"{test.name}[{test.written_id},smoke]" if test.written_id else test.name


def junit(cases: Sequence[Case], moment: dt.datetime, suite: str = "tempest") -> bytes:
    """A report that began at this moment."""
    parts = [
        f"<testsuite name={quoteattr(suite)} timestamp={quoteattr(moment.isoformat())} tests={quoteattr(str(len(cases)))}>"
    ]
    for case in cases:
        place, _, name = case.name.rpartition(".") if "[" not in case.name else _split(case.name)
        head = f"<testcase classname={quoteattr(place)} name={quoteattr(name)} time={quoteattr(str(case.seconds))}"
        parts.append(f"{head}>{_inside(case)}</testcase>")
    return "".join([*parts, "</testsuite>"]).encode()


def _split(name: str) -> tuple[str, str, str]:
    bare, bracket, rest = name.partition("[")
    place, dot, last = bare.rpartition(".")
    return place, dot, last + bracket + rest


def _inside(case: Case) -> str:
    if case.outcome == "passed":
        return ""
    if case.outcome == "skipped":
        return f"<skipped message={quoteattr(case.text)}/>"
    kind = "error" if case.outcome == "error" else "failure"
    return f"<{kind} type='ServerFault'>{escape(case.text)}</{kind}>"


def life(tests: Sequence[RequiredTest], runs: int, kind: str) -> Iterator[list[Case]]:
    """Each run of a cloud, the oldest first; `kind` is steady, wavering, mended, broken or poor."""
    for run in range(runs):
        yield list(_told(tests, run, runs, kind))


def _told(tests: Sequence[RequiredTest], run: int, runs: int, kind: str) -> Iterator[Case]:
    fault = TRACEBACK.format(run=run)
    for number, test in enumerate(tests):
        name, seconds = written(test), round(0.2 + (number * 7 + run * 3) % 23 / 5, 2)
        if kind != "steady" and number == 3 and run % 4 == 1:
            yield Case(name, "failed", fault, seconds)  # wavers
        elif kind != "steady" and number == 6 and run < runs * 2 // 3:
            yield Case(name, "failed", fault, seconds)  # mended
        elif kind in {"broken", "poor"} and number in {8, 9} and run >= runs - 3:
            yield Case(name, "failed", fault, seconds)  # fails newly
        elif kind in {"mended", "poor"} and number == 12:
            yield Case(name, "skipped", "Skipped until bug 1234567 is resolved", 0)
        elif kind in {"wavering", "poor"} and number == 15 and run % 5 == 2:
            yield Case(f"{test.name.rpartition('.')[0]}.setUpClass", "error", fault, 0)
        elif kind in {"broken", "poor"} and number == 18 and run > runs // 2:
            continue  # says nothing of it
        else:
            yield Case(name, seconds=seconds)


def all_failing(names: Sequence[str], number: int) -> list[Case]:
    """So many tests, these first, each with a reason of its own."""
    more = [
        f"tempest.api.area{one // 100}.test_things.ThingsTest{one // 10}.test_that_is_long_enough_to_wrap_{one}"
        for one in range(number - len(names))
    ]
    return [Case(name, "failed", TRACEBACK.format(run=place % 1000)) for place, name in enumerate([*names, *more])]


def hostile_upload() -> bytes:
    """As RefStack's client sends it, where a name may have any character."""
    tests = [{"name": f"suite.{name}", "uuid": None} for name in HOSTILE_NAMES]
    return json.dumps({"cpid": "<b>cpid</b>", "duration_seconds": 7, "results": tests}).encode()


def hostile_cases() -> list[Case]:
    """What an XML document can hold of it, failing."""
    fit = [
        "".join(sign for sign in name if sign.isprintable() or sign == " " or sign > "\u007f") for name in HOSTILE_NAMES
    ]
    return [Case(f"suite.Class.{name.replace('.', '_').replace('[', '(')}", "failed", f"{name}\n" * 3) for name in fit]
