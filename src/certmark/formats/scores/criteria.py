"""The sets of criteria that ship along, as versioned data."""

from __future__ import annotations

from pathlib import Path

from certmark.domain.scoring import CriteriaSet
from certmark.formats.documents.fields import Fields
from certmark.formats.documents.parsing import parse_json
from certmark.formats.errors import InvalidScores
from certmark.formats.scores.document import criteria_from

DEFAULT = "2016.08"
"""The set of the core guidelines since 2016.08."""
ADD_ON = "add-on"
_FILE = Path(__file__).parents[2] / "data" / "scoring" / "criteria.json"


def shipped_criteria() -> dict[str, CriteriaSet]:
    """All of them by id, in their order."""
    document = Fields(parse_json(_FILE.read_bytes(), _FILE.name, InvalidScores), _FILE.name, InvalidScores)
    found = [criteria_from(entry) for entry in document.items("sets")]
    return {criteria.id: criteria for criteria in found}
