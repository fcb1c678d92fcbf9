"""What a draft of a guideline would change for clouds that were tested already."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

from certmark.domain.verdict_values import Standing, State


class Hindrance(NamedTuple):
    """A required test that keeps a run from passing."""

    capability: str
    test: str
    state: State


@dataclass(frozen=True, kw_only=True)
class RunImpact:
    """What one run, the one that counts of its cloud, comes to now and under the draft."""

    run: str
    """What people call it."""
    cloud: str
    program: str
    before: Standing | None
    """None: there is no such program now."""
    after: Standing
    hindrances: tuple[Hindrance, ...] = ()
    """Where it would break, what it does not pass under the draft; where it would newly pass, what hinders it now."""
    circumstances: tuple[str, ...] = ()
    """What weighs beside the tests, in the same verdict."""

    @property
    def breaks(self) -> bool:
        """It passes now, and would not."""
        return self.before is Standing.PASS and self.after is not Standing.PASS

    @property
    def newly_passes(self) -> bool:
        """It does not pass now, and would."""
        return self.before not in {None, Standing.PASS} and self.after is Standing.PASS


class ImpactCause(NamedTuple):
    """A test of a capability by which clouds would break."""

    capability: str
    test: str
    clouds: int


@dataclass(frozen=True)
class GuidelineImpact:
    """Every cloud that was looked at, by program."""

    runs: tuple[RunImpact, ...]

    @property
    def breaking(self) -> tuple[RunImpact, ...]:
        """Who would break."""
        return tuple(run for run in self.runs if run.breaks)

    @property
    def newly_passing(self) -> tuple[RunImpact, ...]:
        """Who would newly pass."""
        return tuple(run for run in self.runs if run.newly_passes)

    @property
    def causes(self) -> tuple[ImpactCause, ...]:
        """By what clouds would break, what breaks most of them first."""
        found = Counter((cause.capability, cause.test) for run in self.breaking for cause in run.hindrances)
        causes = [ImpactCause(*key, number) for key, number in found.items()]
        return tuple(sorted(causes, key=lambda one: (-one.clouds, one.capability, one.test)))
