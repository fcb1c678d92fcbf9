"""How tests are named: bare names, idempotent ids, attributes, class fixtures.

A suite's test id is `name`, `name[attribute,id-<uuid>,attribute]` or `name[...](scenario)`. The
attributes vary with the suite's version and configuration; only the name and the uuid identify.
Tempest's idempotent ids are the model: https://docs.openstack.org/tempest/latest/HACKING.html.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")


class Identity(NamedTuple):
    """What a suite's test id says."""

    name: str
    """Without attributes; a scenario suffix such as `(ipv6)` belongs to the name."""
    uuid: str | None
    """The idempotent id in lower case, without `id-`; None where there is none."""
    attributes: tuple[str, ...]
    """The other words in the brackets, such as `smoke`, in their order."""


class FixtureStage(Enum):
    """When a class fixture runs."""

    SET_UP = "set-up"
    TEAR_DOWN = "tear-down"


class Fixture(NamedTuple):
    """An entry of a stream that stands for a class or module fixture, not for a test."""

    stage: FixtureStage
    scope: str
    """The dotted name of the class or module whose tests it settles."""


_FIXTURES = {
    "setUpClass": FixtureStage.SET_UP,
    "setUpModule": FixtureStage.SET_UP,
    "tearDownClass": FixtureStage.TEAR_DOWN,
    "tearDownModule": FixtureStage.TEAR_DOWN,
}


def bare_uuid(text: str) -> str | None:
    """The uuid in `text`, with or without `id-` and attributes (`id-<uuid>,smoke`), in lower case.

    None if no part of it is a uuid.
    """
    for part in text.split(","):
        candidate = part.strip().lower().removeprefix("id-")
        if _UUID.match(candidate):
            return candidate
    return None


def split(full: str) -> Identity:
    """Take a suite's test id apart.

    Brackets count as attributes only if one of their words is `id-` and a uuid: those of a
    parameter (`test_x[1-2]`, `test_x[id-1]`) or of a label (`[Conformance]`) belong to the name.
    """
    opening, seen = full.rfind("["), -1
    while opening >= 0:
        closing = full.find("]", opening)
        if closing < 0:
            break
        if closing == seen:  # of brackets in brackets the innermost is enough: thousands would take seconds
            opening = full.rfind("[", 0, opening)
            continue
        seen = closing
        words = full[opening + 1 : closing].split(",")
        uuid = next((word[3:].lower() for word in words if _is_id(word)), None)
        if uuid is not None:
            name = full[:opening] + full[closing + 1 :]
            return Identity(name, uuid, tuple(word for word in words if not word.startswith("id-")))
        opening = full.rfind("[", 0, opening)
    return Identity(full, None, ())


def _is_id(word: str) -> bool:
    return word.startswith("id-") and _UUID.match(word[3:].lower()) is not None


def join(name: str, uuid: str | None, attributes: tuple[str, ...] = ()) -> str:
    """A test id in the suite's form, the inverse of `split` but for the order of the attributes."""
    if uuid is None:
        return name
    words = ",".join(sorted((f"id-{uuid}", *attributes)))
    bare, scenario, rest = name.partition("(")
    return f"{bare}[{words}]{scenario}{rest}"


def without_brackets(full: str) -> str:
    """`full` without its last `[...]`, whatever stands in it: how refstack-client named tests."""
    opening = full.find("[")
    closing = full.find("]", opening)
    return full if opening < 0 or closing < 0 else full[:opening] + full[closing + 1 :]


def class_of(name: str) -> str:
    """The dotted name of the class of test `name`; empty where the name has no dot."""
    return name.partition("(")[0].rpartition(".")[0]


def method_of(name: str) -> str:
    """The last part of the dotted test `name`, with its scenario if it has one."""
    return name[len(class_of(name)) :].lstrip(".")


def fixture_of(name: str) -> Fixture | None:
    """The fixture for which an entry named like `setUpClass (module.Class)` stands, if it does."""
    if not name.endswith(")"):
        return None
    word, _, rest = name.partition(" (")
    stage = _FIXTURES.get(word)
    return None if stage is None else Fixture(stage, rest[:-1])
