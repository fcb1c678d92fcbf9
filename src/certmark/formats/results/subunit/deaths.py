"""What went wrong outside of tests, as runners note it in a stream: processes that died, modules without an import."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certmark.domain.results import Attempt, Outcome, Trouble, TroubleKind

_DEATH = "process-returncode"
"""What stestr and testr call the end of a process that ran tests, where it was no good one."""
_NO_IMPORT = "unittest.loader._FailedTest."
"""What unittest puts before the name of a module that cannot be imported, in the place of its tests."""


def deaths(attempts: Sequence[Attempt]) -> Iterator[Trouble]:
    """The errors among `attempts` that are of no test; they stay among them."""
    for attempt in attempts:
        name = attempt.name
        if name[:1] in {"p", "u"} and attempt.outcome is not Outcome.PASSED:  # most tests pass, at no cost here
            if name == _DEATH:
                whose = f" ({attempt.worker})" if attempt.worker else ""
                yield _error(f"a process that ran tests ended with an error{whose}", attempt)
            elif name.startswith(_NO_IMPORT):
                module = name.removeprefix(_NO_IMPORT)
                yield _error(f"{module} could not be imported", attempt, module)


def _error(sentence: str, attempt: Attempt, scope: str = "") -> Trouble:
    return Trouble(TroubleKind.ERROR, f"{sentence}: {attempt.reason}" if attempt.reason else sentence, scope)
