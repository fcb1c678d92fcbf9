"""Guidelines that do not ship along, and where to get them: data/guidelines-elsewhere.json."""

from __future__ import annotations

import json
import re
from pathlib import Path

_FILE = Path(__file__).parents[2] / "data" / "guidelines-elsewhere.json"


def place_of(word: str) -> str:
    """Where the guideline or program `word` is to be had, as the end of a sentence; empty where that is not known."""
    for known in json.loads(_FILE.read_bytes())["guidelines"]:
        if re.fullmatch(known["words"], word, re.IGNORECASE):
            return f"; {known['where']}"
    return ""
