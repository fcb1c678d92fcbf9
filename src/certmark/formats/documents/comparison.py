"""Two documents compared to the last leaf: what somebody says, and what was computed here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_MASK = re.compile(r"\*+|<hidden>|removed-[0-9a-f]{64}")
_PLACE = re.compile(r"RUN|~")
"""What stands for paths of the sender's machine."""
_PATH = re.compile(r"/[^\s'\"]{0,500}")


class DocumentForm(NamedTuple):
    """In what the documents of one version may differ from those that are written today.

    Parts are named by their keys, from the outside inwards (`judgement.policy.others`); places in lists have no name.
    """

    may_lack: frozenset[str] = frozenset()
    """Parts that were not written then."""
    in_other_words: frozenset[str] = frozenset()
    """Sentences that were worded otherwise. They are not compared, so nobody may print them."""
    masked: frozenset[str] = frozenset()
    """Texts of which parts may be masked, in one of the documents or in both."""


TODAY = DocumentForm()
"""Everything is there, word for word."""


def first_difference(told: Any, ours: Any, form: DocumentForm = TODAY) -> str | None:
    """The name of the first part of `told` that is not the one in `ours`; None if all of it is.

    A part that only one of them has differs. Values are compared to the type: 1, 1.0 and true are three.
    """
    if json.dumps(told) == json.dumps(ours):
        return None
    return _difference(told, ours, form, "")


def _difference(told: Any, ours: Any, form: DocumentForm, name: str) -> str | None:
    if name in form.in_other_words:
        return None
    if isinstance(told, Mapping) and isinstance(ours, Mapping):
        return _of_mappings(told, ours, form, name)
    if isinstance(told, list) and isinstance(ours, Sequence) and not isinstance(ours, str):
        if len(told) != len(ours):
            return name
        pairs = (_difference(one, other, form, name) for one, other in zip(told, ours, strict=True))
        return next((found for found in pairs if found is not None), None)
    return None if _same(told, ours) or (name in form.masked and _same_but_for_masks(told, ours)) else name


def _same(told: Any, ours: Any) -> bool:
    return type(told) is type(ours) and bool(told == ours)


def _same_but_for_masks(told: Any, ours: Any) -> bool:
    return isinstance(told, str) and isinstance(ours, str) and agree_but_for_masks(told, ours)


def _of_mappings(told: Mapping[str, Any], ours: Mapping[str, Any], form: DocumentForm, name: str) -> str | None:
    for key in {**told, **ours}:
        inner = f"{name}.{key}" if name else str(key)
        if key in told and key in ours:
            found = _difference(told[key], ours[key], form, inner)
        elif inner in form.in_other_words or (key in ours and inner in form.may_lack):
            found = None
        else:
            found = inner
        if found is not None:
            return found
    return None


def agree_but_for_masks(told: str, ours: str) -> bool:
    """Whether the texts are the same but for what is masked in one of them or in both.

    A mask may stand for anything where the other text has one, and stars for as many letters; `RUN` and `~` for a path.
    """
    here, there = 0, 0
    while here < len(told) and there < len(ours):
        mask, other = _MASK.match(told, here), _MASK.match(ours, there)
        if mask is not None and other is not None:
            here, there = mask.end(), other.end()
        elif other is not None and other[0][0] == "*":
            here, there = here + len(other[0]), other.end()
        elif mask is not None and mask[0][0] == "*":
            here, there = mask.end(), there + len(mask[0])
        elif told[here] == ours[there]:
            here, there = here + 1, there + 1
        elif (place := _PLACE.match(told, here)) is not None and (path := _PATH.match(ours, there)) is not None:
            here, there = place.end(), _end_of_path(told[place.end() : place.end() + 1], path)
        elif (place := _PLACE.match(ours, there)) is not None and (path := _PATH.match(told, here)) is not None:
            here, there = _end_of_path(ours[place.end() : place.end() + 1], path), place.end()
        else:
            return False
    return here == len(told) and there == len(ours)


def _end_of_path(following: str, path: re.Match[str]) -> int:
    """Where the path of a machine ends in a longer one: the letter `following` goes on from there."""
    place = path[0].find(following, 1) if following else -1
    return path.start() + place if place > 0 else path.end()
