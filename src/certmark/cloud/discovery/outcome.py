"""What came of a discovery, for whoever shows or writes it."""

from __future__ import annotations

from typing import NamedTuple

from certmark.cloud.counting import ApiCalls
from certmark.cloud.discovery.creating import CreationRecord
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
