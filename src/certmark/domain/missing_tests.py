"""Why a required test has no entry, or was skipped without a word: what failed in its place; and names nearly its own.

1. The cause is a failed entry of its module, package or class (a collection or an import error, a package that did
   not build), else a failed set-up of the whole suite, else an error that the evidence tells beside its tests.
2. A name is near that differs only by blanks, invisible characters, case, a word `[It]` or `[sig-…]`, a tail of labels
   in brackets, or by its class standing twice. It is a hint for people and settles nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate

from certmark.domain.attempts import decide
from certmark.domain.identity import class_of
from certmark.domain.matching import FoundResult
from certmark.domain.results import Results, TroubleKind
from certmark.domain.verdict_values import SettledTest, State

_MOST_NAMES = 100_000
"""With more names than these no near ones are looked for."""
_MOST_NEAR = 3
_LENGTH = 1000
_DEPTH = 20
_FAILED = frozenset({State.FAILED, State.SETUP_ERROR})


def with_causes(tests: Mapping[str, SettledTest], results: Results) -> dict[str, SettledTest]:
    """`tests`, with the cause in the reason of each gap for which the evidence has one, and near names beside it."""
    gaps = [settled for settled in tests.values() if _is_gap(settled)]
    if not gaps:
        return dict(tests)
    suite = _of_the_suite(results)
    near = _Near(results, tests) if any(not settled.attempts for settled in gaps) else None
    return {**tests, **{settled.test.name: _explained(settled, results, suite, near) for settled in gaps}}


def _is_gap(settled: SettledTest) -> bool:
    if settled.problem:
        return False
    return settled.found is FoundResult.NOWHERE or (settled.state is State.SKIPPED and settled.found_as != ())


def _explained(settled: SettledTest, results: Results, suite: str, near: _Near | None) -> SettledTest:
    absent = settled.found is FoundResult.NOWHERE
    cause = (next(_in_its_place(settled.test.name, results), "") if absent else "") or suite
    names = near.of(settled.test.name) if near is not None and absent else ()
    return settled._replace(reason=f"{settled.reason}; {cause}" if cause else settled.reason, near=names)


def _in_its_place(name: str, results: Results) -> Iterator[str]:
    """What failed in the place of the test, the nearest first."""
    scopes = [*accumulate(name.split(".", _DEPTH)[:-1], "{}.{}".format)][::-1]
    owner = class_of(name)
    stand_ins = [f"{owner}.TestMain", f"{owner}.initializationError"]
    for scope in (*stand_ins, *scopes):
        for entry in (scope, f"unittest.loader._FailedTest.{scope}"):
            attempts = results.attempts(entry)
            if attempts and decide(attempts).state in _FAILED:
                yield _failed(entry, decide(attempts).attempt.reason)


def _of_the_suite(results: Results) -> str:
    """What stopped the suite as a whole; empty where nothing tells."""
    for name in results.unclean:
        if _SUITE_SET_UP.search(name):
            decision = decide(results.attempts(name))
            if decision.state in _FAILED:
                return _failed(name, decision.attempt.reason)
    errors = (
        f"{file.name}: {trouble.sentence}"
        for file in results.evidence
        for trouble in file.troubles
        if trouble.kind is TroubleKind.ERROR
    )
    return next(errors, "")


_SUITE_SET_UP = re.compile(r"(?:^|\[|\.)(?:Synchronized)?BeforeSuite\b")


def _failed(name: str, reason: str) -> str:
    return f"{name} failed: {reason}" if reason else f"{name} failed"


class _Near:
    """The results' names that settle no required test, folded."""

    def __init__(self, results: Results, tests: Mapping[str, SettledTest]) -> None:
        self._whole: dict[str, list[str]] = {}
        self._without_tail: dict[str, list[str]] = {}
        used = {name for settled in tests.values() for name in settled.found_as}
        names = [name for name in results.names if name not in used]
        if len(names) <= _MOST_NAMES:
            for name in names:
                folded = _folded(name)
                _add(self._whole, folded, name)
                _add(self._without_tail, _without_tail(folded), name)

    def of(self, name: str) -> tuple[str, ...]:
        folded = _folded(name)
        found = [
            *self._whole.get(folded, ()),
            *self._without_tail.get(folded, ()),
            *self._whole.get(_without_tail(folded), ()),
        ]
        return tuple(dict.fromkeys(one for one in found if one != name))[:_MOST_NEAR]


def _add(index: dict[str, list[str]], key: str, name: str) -> None:
    names = index.setdefault(key, [])
    if key and len(names) < _MOST_NEAR:
        names.append(name)


def _folded(name: str) -> str:
    text = "".join(_visible(name[:_LENGTH])).casefold()
    text = _WORDS.sub("", text) or text
    half = len(text) // 2
    return text[:half] if len(text) % 2 and text[half] == "." and text[:half] == text[half + 1 :] else text


_WORDS = re.compile(r"^\[it\]|\[sig-[^\[\]]*\]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


def _visible(text: str) -> Iterable[str]:
    if text.isascii():
        return (sign for sign in text if sign > " " and sign != "\x7f")
    return (
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if sign not in _BLANK_LETTERS and unicodedata.category(sign)[0] not in "ZC"
    )


def _without_tail(folded: str) -> str:
    """Without its last words in brackets."""
    return folded[: folded.rfind("[")] if folded.endswith("]") and folded.rfind("[") > 0 else folded
