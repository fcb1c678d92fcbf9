"""The reference of discovery says what is tested and what Tempest has."""

from __future__ import annotations

import json
from pathlib import Path

from certmark.cloud.discovery.option_lists import option_list

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "discovery.md").read_text(encoding="utf-8")


def test_the_table_of_differences_is_the_one_that_is_tested(assets: Path) -> None:
    table = json.loads((assets / "tempestconf" / "differences.json").read_text(encoding="utf-8"))
    rows = [f"| `{one['option']}` | {', '.join(one['sides'])} | {one['reason']} |" for one in table]
    assert [row for row in rows if row not in TEXT] == []


def test_every_feature_flag_of_tempest_is_decided() -> None:
    sections = option_list(None).sections
    flags = [
        name
        for section, options in sections.items()
        if section.endswith("-feature-enabled")
        for name, told in options.items()
        if name != "scheduler_available_filters"  # the old name of scheduler_enabled_filters
    ]
    assert [name for name in flags if name not in TEXT] == []
