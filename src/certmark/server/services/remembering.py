"""Answers over the whole history of shared runs, worked out once for each state of it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary

from certmark.corpus.clouds import CloudRuns
from certmark.corpus.history import Snapshot

_Answer = TypeVar("_Answer")
_KNOWN: WeakKeyDictionary[Snapshot, dict[Hashable, Any]] = WeakKeyDictionary()
_MOST = 64
"""Answers of one state: the oldest one goes first."""
_GUARD = Lock()


def remembered(snapshot: Snapshot, question: Hashable, answer: Callable[[], _Answer]) -> _Answer:
    """What `answer` says, or said before of this snapshot; who asks meanwhile may work it out as well."""
    with _GUARD:
        known = _KNOWN.setdefault(snapshot, {})
        if question in known:
            return cast("_Answer", known[question])
    found = answer()
    with _GUARD:
        known[question] = found
        if len(known) > _MOST:
            del known[next(iter(known))]
    return found


def clouds_of(snapshot: Snapshot) -> CloudRuns:
    """The runs of each cloud."""
    return remembered(snapshot, CloudRuns, lambda: CloudRuns(snapshot))
