"""Groups of tests of which one is enough (rule 11 of the verdict).

1. The tests of one group in a capability are one required test: a cloud that offers one of several protocols shows
   the capability with that one.
2. The group comes to the best of what its tests came to: passed, else waived, else a gap, else failed. It fails only
   where all of its tests that count failed, and leaves a gap while another one may still pass.
3. Tests that the policy ignores, and flagged ones, take part only where the group has no others.
4. The first test of that kind stands for the group, in the order of the document; the others are its alternatives and
   are not counted. A failure of one is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certmark.domain.guidelines import RequiredTest
from certmark.domain.verdict_values import CountKind

_BEST_FIRST = (
    CountKind.PASSED,
    CountKind.WAIVED,
    CountKind.MISSING,
    CountKind.FAILED,
    CountKind.IGNORED,
    CountKind.FLAGGED,
)


def with_groups(tests: Iterable[RequiredTest], kinds: Mapping[str, CountKind]) -> Mapping[str, CountKind]:
    """How the tests of one capability count when their groups are looked at; `kinds`: how each would by itself."""
    groups: dict[str, list[str]] = {}
    for test in tests:
        if test.any_of is not None:
            groups.setdefault(test.any_of, []).append(test.name)
    if not groups:
        return kinds
    alternatives = {
        name: CountKind.ALTERNATIVE for names in groups.values() for name in names if name != _best(names, kinds)
    }
    return {**kinds, **alternatives}


def _best(names: Iterable[str], kinds: Mapping[str, CountKind]) -> str:
    return min(names, key=lambda name: _BEST_FIRST.index(kinds[name]))
