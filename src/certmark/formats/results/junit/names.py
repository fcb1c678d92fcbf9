"""How the two attributes of a JUnit test case make the name of a test.

1. `[It] text` is a Ginkgo spec: its name is `text`; the classname is the suite's title.
2. `[BeforeSuite]`, `[SynchronizedAfterSuite]` and the like are Ginkgo's own nodes and keep their
   names, without the title.
3. `setUpClass (module.Class)` in either attribute, in both, or as `setUpClass` of class
   `module.Class` is a fixture and gets the name that subunit streams give it.
4. A classname with blanks in it is a title, not a class (Ginkgo 1, shell tools): the name stands alone.
5. Otherwise the name is `classname.name`, as Tempest's tools, pytest and surefire mean it.
"""

from __future__ import annotations

import re

from certmark.domain.identity import fixture_of

SPEC = "[It] "
"""What Ginkgo writes before the name of a spec."""

_NODE = re.compile(r"\[(?:[A-Za-z]*(?:Before|After)Suite|DeferCleanup[^\]]*)\]")
_FIXTURE_WORDS = ("setUpClass", "setUpModule", "tearDownClass", "tearDownModule")


def full_name(classname: str, name: str) -> str:
    """The suite's id of a test, attributes in brackets included; empty if both are empty."""
    if name.startswith(SPEC):  # 1
        return name.removeprefix(SPEC)
    if _NODE.match(name):  # 2
        return name
    if fixture := _fixture(classname, name):  # 3
        return fixture
    if not classname or " " in classname:  # 4
        return name or classname
    return f"{classname}.{name}" if name else classname  # 5


def _fixture(classname: str, name: str) -> str | None:
    joined = f"{classname}.{name}"
    if name in _FIXTURE_WORDS and classname:
        joined = f"{name} ({classname})"
    return next((text for text in (name, classname, joined) if fixture_of(text)), None)
