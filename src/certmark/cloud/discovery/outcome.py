"""What came of a discovery, for whoever shows or writes it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from certmark.cloud.counting import ApiCalls
from certmark.cloud.discovery.creating import CreationRecord
from certmark.cloud.discovery.diffs import OptionDifference
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.option_lists import OptionList
from certmark.cloud.discovery.options import Option
from certmark.cloud.discovery.tempest_conf import Plan


class DiscoveryResult(NamedTuple):
    """Everything that came of it."""

    found: Discovered
    plan: Plan
    known: OptionList
    left_out: tuple[Option, ...]
    """What was found and this Tempest does not read."""
    calls: ApiCalls
    created: CreationRecord | None
    """What was made."""
    written: tuple[Path, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every service that the catalogue has could be looked at."""
        return not any(state.url is not None and state.problem is not None for state in self.found.services)


class OptionComparison(NamedTuple):
    """What was discovered, held against somebody's configuration."""

    result: DiscoveryResult
    name: str
    """Of their file, as the person named it."""
    differences: tuple[OptionDifference, ...]

    @property
    def material(self) -> tuple[OptionDifference, ...]:
        """Those that change what the suite does."""
        return tuple(one for one in self.differences if one.matters)
