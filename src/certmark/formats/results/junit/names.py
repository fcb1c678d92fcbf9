"""How the two attributes of a test case make the name of a test, and what else belongs to it.

1. `[It] text` is a Ginkgo spec: its name is `text`; the classname is the suite's title. The list of labels that
   Ginkgo's own reporter puts behind it is no part of the name: `[It] [sig-a] text [Slow] [sig-a, Slow]`.
2. `[BeforeSuite]`, `[SynchronizedAfterSuite]` and the like are Ginkgo's own nodes and keep their
   names, without the title.
3. `setUpClass (module.Class)` in either attribute, in both, or as `setUpClass` of class
   `module.Class` is a fixture and gets the name that subunit streams give it.
4. A classname with blanks in it is a title, not a class (Ginkgo 1, jest, shell tools): the name stands alone, and the
   title belongs to its place.
5. A name that is the classname, or begins with it and a dot, is whole already (CTest).
6. Otherwise the name is `classname.name`, as Tempest's tools, pytest and surefire mean it.

The place of a test is the path of the suites around it, without those that are named for its class, module or
package: they tell nothing that its name does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from certmark.domain.identity import Identity, fixture_of, split

SPEC = "[It] "
"""What Ginkgo writes before the name of a spec."""
_NODE = re.compile(r"\[(?:[A-Za-z]*(?:Before|After)Suite|DeferCleanup[^\]]*)\]")
_FIXTURE_WORDS = ("setUpClass", "setUpModule", "tearDownClass", "tearDownModule")
_LABELS = re.compile(r" \[([^\[\]]+, [^\[\]]+)\]\Z")
_TAG = re.compile(r"\[([^\[\]]*)\]")
_RUN = re.compile(r"-\d{14}\Z")
"""The time of the run that unittest-xml-reporting writes behind a suite's name."""
_LONGEST_PLACE = 400


class CaseName(NamedTuple):
    """How a test case is called."""

    identity: Identity
    title: str
    """The classname where it is no part of the name; empty where it is."""


def name_of(classname: str, name: str) -> CaseName:
    """The test that a test case is about; its name is empty if both attributes are."""
    title = classname if " " in classname else ""
    if name.startswith(SPEC):
        full, labels = _without_labels(name)
    else:
        full, labels = full_name(classname, name), ()
        title = "" if title and title in full else title
    identity = split(full) if "id-" in full else Identity(full, None, ())
    if labels:
        identity = identity._replace(attributes=(*identity.attributes, *labels))
    return CaseName(identity, title)


def full_name(classname: str, name: str) -> str:
    """The suite's id of a test, attributes in brackets included; empty if both are empty."""
    if name.startswith(SPEC):  # 1
        return _without_labels(name)[0]
    if name.startswith("[") and _NODE.match(name):  # 2
        return name
    if fixture := _fixture(classname, name):  # 3
        return fixture
    if not classname or " " in classname:  # 4
        return name or classname
    if name.startswith(classname) and name[len(classname) : len(classname) + 1] in {"", "."}:  # 5
        return name
    return f"{classname}.{name}" if name else classname  # 6


def _without_labels(name: str) -> tuple[str, tuple[str, ...]]:
    """The text of a spec, and its labels where a list of them follows; one of them stands in the text as a tag."""
    text = name.removeprefix(SPEC)
    if text.endswith("]") and ", " in text[text.rfind("[") :] and (found := _LABELS.search(text)):
        labels = tuple(found[1].split(", "))
        if not set(_TAG.findall(text, 0, found.start())).isdisjoint(labels):
            return text[: found.start()], labels
    return text, ()


def _fixture(classname: str, name: str) -> str | None:
    if name in _FIXTURE_WORDS and classname:
        return f"{name} ({classname})"
    if not (name.endswith(")") or classname.endswith(")")):
        return None
    return next((text for text in (name, classname, f"{classname}.{name}") if fixture_of(text)), None)


def is_before_suite(name: str) -> bool:
    """Whether the test of this name is a node of Ginkgo's that runs before all specs."""
    return name.startswith("[") and _NODE.match(name) is not None and "Before" in name


def place_of(path: Sequence[str], name: CaseName) -> str | None:
    """The place of a test inside the suites `path`, the outermost first; None where they tell nothing."""
    full = name.identity.name
    parts = [part for part in path if part and not _is_scope(part, full)]
    if name.title and name.title not in parts:
        parts.append(name.title)
    return " > ".join(parts)[:_LONGEST_PLACE] or None


def _is_scope(part: str, name: str) -> bool:
    """Whether `part` is the test itself, its class, module or package, or what a fixture settles."""
    if name.startswith(part):
        return name[len(part) : len(part) + 1] in {"", "."}
    if name.endswith(f" ({part})"):
        return True
    bare = _without_time(part)
    return bare != part and _is_scope(bare, name)


@lru_cache(maxsize=64)  # asked of every test case in a suite
def _without_time(part: str) -> str:
    return _RUN.sub("", part)
