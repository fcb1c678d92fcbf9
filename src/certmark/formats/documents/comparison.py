"""Two documents compared to the last leaf: what somebody says, and what was computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple


class DocumentForm(NamedTuple):
    """In what the documents of one version may differ from those that are written today.

    Parts are named by their keys, from the outside inwards (`judgement.policy.others`); places in lists have no name.
    """

    may_lack: frozenset[str] = frozenset()
    """Parts that were not written then."""
    in_other_words: frozenset[str] = frozenset()
    """Sentences that were worded otherwise. They are not compared, so nobody may print them."""


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
    return None if type(told) is type(ours) and told == ours else name


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
