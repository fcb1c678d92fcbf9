"""Why a required test has no entry, or was skipped without a word: what failed in its place; and names nearly its own.

1. The cause is a failed entry of its module, package or class (a collection or an import error, a package that did
   not build), else a failed set-up of the whole suite, else an error that the evidence tells beside its tests.
2. A name is near that differs only by blanks, invisible characters, case, a word `[It]` or `[sig-…]`, a tail of labels
   in brackets, or by its class standing twice. It is a hint for people and settles nothing.
3. A required name that is no test but the class or the module of tests in the results is told as such.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import accumulate

from certmark.domain.attempts import decide
from certmark.domain.identity import class_of
from certmark.domain.matching import FoundResult
from certmark.domain.results import Results, TroubleKind
from certmark.domain.verdict_values import SettledTest, State, Verdict

_MOST_NAMES = 100_000
"""With more names than these no near ones are looked for."""
_MOST_NEAR = 3
_LENGTH = 1000
_DEPTH = 20
_FAILED = frozenset({State.FAILED, State.SETUP_ERROR})


def with_causes(tests: Mapping[str, SettledTest], results: Results) -> Mapping[str, SettledTest]:
    """`tests`, with the cause in the reason of each gap for which the evidence has one."""
    if not results.unclean and not any(file.troubles for file in results.evidence):
        return tests
    gaps = [settled for settled in tests.values() if _is_gap(settled)]
    if not gaps:
        return tests
    suite = _of_the_suite(results)
    failed = _Failed(results)
    causes = ((settled, (failed.in_place_of(settled) if not settled.attempts else "") or suite) for settled in gaps)
    explained = {
        settled.test.name: settled._replace(reason=f"{settled.reason}; {cause}") for settled, cause in causes if cause
    }
    return {**tests, **explained} if explained else tests


def near_names(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    """For each test without an entry, names in the results that are nearly its own: a hint, a few at most."""
    absent = [settled.test.name for settled in verdict.doubtful.values() if settled.found is FoundResult.NOWHERE]
    if not absent:
        return {}
    near = _Near(verdict)
    found = {name: near.of(name) for name in absent}
    return {name: names for name, names in found.items() if names}


def classes_among(verdict: Verdict) -> dict[str, int]:
    """The required names without an entry that are classes or modules in the results, and of how many tests."""
    absent = {settled.test.name for settled in verdict.doubtful.values() if settled.found is FoundResult.NOWHERE}
    if not absent:
        return {}
    scopes = Counter(scope for name in verdict.results.names for scope in (class_of(name), class_of(class_of(name))))
    return {name: scopes[name] for name in verdict.demand.tests if name in absent and name in scopes}


def _is_gap(settled: SettledTest) -> bool:
    if settled.effect is None or settled.problem:
        return False
    return settled.found is FoundResult.NOWHERE or (settled.state is State.SKIPPED and settled.found_as != ())


class _Failed:
    """The failed entries that may stand in the place of others."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._names = frozenset(results.unclean)
        self._has_loader = any(name.startswith(_LOADER) for name in self._names)

    def in_place_of(self, settled: SettledTest) -> str:
        """What failed in the place of a test, the nearest; empty where nothing did."""
        name = settled.test.name
        owner = class_of(name)
        scopes = [*accumulate(name.split(".", _DEPTH)[:-1], "{}.{}".format)][::-1]
        if self._has_loader:
            scopes += [_LOADER + scope for scope in scopes]
        for entry in (f"{owner}.TestMain", f"{owner}.initializationError", *scopes):
            if entry in self._names:
                decision = decide(self._results.attempts(entry))
                if decision.state in _FAILED:
                    return _failed(entry, decision.attempt.reason)
        return ""


_LOADER = "unittest.loader._FailedTest."


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

    def __init__(self, verdict: Verdict) -> None:
        self._whole: dict[str, list[str]] = {}
        self._without_tail: dict[str, list[str]] = {}
        used = {name for settled in verdict.all_settled() for name in settled.found_as}
        names = [name for name in verdict.results.names if name not in used]
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


_WORDS = re.compile(r"^(?:\[[^\[\]]*\])+|\[sig-[^\[\]]*\]")
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")


_CONTROLS = dict.fromkeys([*range(33), 127])


def _visible(text: str) -> Iterable[str]:
    if text.isascii():
        return text.translate(_CONTROLS)
    return (
        sign
        for sign in unicodedata.normalize("NFKC", text)
        if sign not in _BLANK_LETTERS and unicodedata.category(sign)[0] not in "ZC"
    )


def _without_tail(folded: str) -> str:
    """Without its last words in brackets."""
    return folded[: folded.rfind("[")] if folded.endswith("]") and folded.rfind("[") > 0 else folded
