"""Plain lists of tests: the same rules of names and ids, and what only lists get wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.entries import of_admins, of_name
from certmark.authoring.lint.history import Surroundings
from certmark.authoring.lint.near_names import against_suite, look_alikes
from certmark.domain.identity import bare_uuid
from certmark.domain.phrases import some
from certmark.formats.documents.json_faults import TextRepair
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import Notes, show
from certmark.formats.guideline.lines import ListedName, names_of

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_NUMBER = re.compile(r"line (\d+)")
_ODD_ID = re.compile(r"\[(?:[^\[\]]*,)?(id-[0-9A-Za-z-]{20,})[,\]]")
_IN_ORDER = 0.9
"""The share of neighbours in the order of their names from which on a list means to be sorted."""
_FEWEST_SORTED = 10


class ListedNames(NamedTuple):
    """A plain list."""

    names: tuple[ListedName, ...]
    spans: tuple[tuple[int, int], ...]
    """Of every line of the text, from its first character to behind its end."""
    odd: tuple[str, ...]
    """What its reader remarks upon."""


def read_list(text: str) -> ListedNames:
    """The list in `text`. Raises InvalidGuideline."""
    notes = Notes()
    names = tuple(names_of(text, notes))
    spans = tuple((found.start(), found.end()) for found in _LINE.finditer(text) if found.end() > found.start())
    return ListedNames(names, spans, notes.sentences())


def check_list(listed: ListedNames, around: Surroundings) -> Iterator[BrokenRule]:
    """What is wrong with the names of a list, line by line."""
    if not listed.names:
        yield BrokenRule("lists/empty", (), "it names no test", offset=0)
        return
    for sentence in listed.odd:
        number = _NUMBER.search(sentence)
        yield BrokenRule("lists/odd-line", (), sentence, offset=_start(listed, int(number[1]) if number else 1))
    for name in listed.names:
        for broken in _of_line(name, around):
            yield broken._replace(path=(name.name,), offset=_start(listed, name.number))
    yield from _of_names(listed)
    yield from _of_ids(listed)
    yield from _of_order(listed)


def _start(listed: ListedNames, number: int) -> int:
    return listed.spans[number - 1][0] if 0 < number <= len(listed.spans) else 0


def _of_line(name: ListedName, around: Surroundings) -> Iterator[BrokenRule]:
    if "." in name.name and " " not in name.name.partition("(")[0]:
        yield from of_name(name.name, ())
        yield from of_admins(name.name, (), "the list")
    yield from look_alikes(name.name, ())
    odd = _ODD_ID.search(name.name)
    if odd is not None and bare_uuid(odd[1]) is None:
        yield BrokenRule("ids/form", (), f"the id {excerpt(odd[1])} in this line is no uuid")
    elif around.suite is not None:
        yield from against_suite(name.name, name.uuid, around.suite, ((), ()))


def _of_names(listed: ListedNames) -> Iterator[BrokenRule]:
    first: dict[str, ListedName] = {}
    for name in listed.names:
        earlier = first.setdefault(name.name, name)
        if earlier is name:
            continue
        if None not in (earlier.uuid, name.uuid) and earlier.uuid != name.uuid:
            message = f"{show(name.name)} has another id in line {earlier.number}"
            yield BrokenRule("ids/differ", (name.name,), message, offset=_start(listed, name.number))
        else:
            message = f"{show(name.name)} stands in line {earlier.number} already"
            repair = TextRepair(*listed.spans[name.number - 1], "")
            yield BrokenRule("lists/repeated", (name.name,), message, offset=_start(listed, name.number), repair=repair)


def _of_ids(listed: ListedNames) -> Iterator[BrokenRule]:
    owners: dict[str, list[ListedName]] = {}
    for name in listed.names:
        if name.uuid is not None:
            owners.setdefault(name.uuid, []).append(name)
    for uuid, names in owners.items():
        distinct = list(dict.fromkeys(name.name for name in names))
        if len(distinct) > 1:
            message = f"id-{uuid} stands under {len(distinct)} names, which count as one test: {some(distinct, 3)}"
            second = next(name for name in names if name.name == distinct[1])
            yield BrokenRule("lists/aliases", (second.name,), message, offset=_start(listed, second.number))


def _of_order(listed: ListedNames) -> Iterator[BrokenRule]:
    names = listed.names
    pairs = list(pairwise(names))
    odd = [(one, other) for one, other in pairs if one.name > other.name]
    if len(names) < _FEWEST_SORTED or not odd or len(odd) > len(pairs) * (1 - _IN_ORDER):
        return
    one, other = odd[0]
    message = f"the list is sorted but for {len(odd)} places; {show(other.name)} stands after {show(one.name)}"
    yield BrokenRule("lists/order", (other.name,), message, offset=_start(listed, other.number))
