"""Accepted findings: the file of decisions beside a guideline, and the same in a guideline of format 3.

    decisions:
    - rule: process/demoted
      place: /components/os_powered_compute/capabilities/advisory/compute-servers-resize
      reason: its tests need a second flavor, which small clouds do not have
      by: interop working group
      date: 2026-11-28

`place` is a JSON pointer (RFC 6901), in which an item of a list may stand by its text; all that lies below it is
meant, too, and an empty one means the whole document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from certmark.domain.findings import AcceptedFinding
from certmark.formats.documents.parsing import parse_document
from certmark.formats.errors import FormatError, excerpt
from certmark.formats.guideline.shipped import path_of_shipped, shipped

ENDING = ".decisions.yaml"
KEY = "decisions"
_MAX_BYTES = 1 << 20
_MOST = 10_000
_KEYS = ("rule", "place", "reason", "by", "date")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_ITEM = re.compile(r"^( *)-( |$)", re.MULTILINE)
_SUFFIX = re.compile(r"\.(json|ya?ml|lst|txt)\Z", re.IGNORECASE)
_HEAD = "# Findings that stay, with the reason, the name and the day of each decision.\ndecisions:\n"


class InvalidDecisions(FormatError):
    """Whoever keeps the file of decisions must mend it."""


class DecisionEntry(NamedTuple):
    """An entry."""

    line: int
    """In which it begins; 1 where it stands in the guideline itself."""
    accepted: AcceptedFinding | None
    """None where it does not say all that it must."""
    fault: str = ""
    """What it does not say."""


def place_of_decisions(guideline: str) -> Path:
    """The file of decisions beside a guideline: a path, or the id of a shipped one."""
    path = path_of_shipped(guideline) if guideline in shipped() else Path(guideline)
    return path.with_name(_SUFFIX.sub("", path.name) + ENDING)


def load_decisions(guideline: str) -> tuple[DecisionEntry, ...]:
    """The decisions beside a guideline; none where there is no such file. Raises InvalidDecisions or OSError."""
    path = place_of_decisions(guideline)
    if not path.is_file():
        return ()
    with path.open("rb") as file:
        return read_decisions(file.read(_MAX_BYTES + 1), path.name)


def read_decisions(data: bytes, name: str) -> tuple[DecisionEntry, ...]:
    """The decisions in the file `name`. Raises InvalidDecisions."""
    document = parse_document(data, name, InvalidDecisions, largest=_MAX_BYTES)
    entries = document.get(KEY) if isinstance(document, dict) else document
    if entries is None:
        return ()
    if not isinstance(entries, list) or len(entries) > _MOST:
        raise InvalidDecisions(f'{name}: it needs a list "{KEY}" of entries with {", ".join(_KEYS)}')
    text = data.decode("utf-8", "replace")
    found = list(_ITEM.finditer(text))
    least = min((len(item[1]) for item in found), default=0)
    lines = [text.count("\n", 0, item.start()) + 1 for item in found if len(item[1]) == least]
    lines += [1] * (len(entries) - len(lines))
    return tuple(_decision(entry, line) for entry, line in zip(entries, lines, strict=False))


def decisions_in(document: Mapping[str, Any]) -> tuple[DecisionEntry, ...]:
    """Those that a guideline of format 3 carries itself."""
    entries = document.get(KEY)
    return tuple(_decision(entry, 1) for entry in entries[:_MOST]) if isinstance(entries, list) else ()


def _decision(entry: object, line: int) -> DecisionEntry:
    if not isinstance(entry, dict):
        return DecisionEntry(line, None, f"an entry has {', '.join(_KEYS)}")
    texts = {key: "" if entry.get(key) is None else str(entry[key]) for key in _KEYS}
    missing = [key for key in _KEYS if not texts[key].strip() and not (key == "place" and key in entry)]
    unknown = [str(key) for key in entry if key not in _KEYS]
    if missing or unknown:
        parts = [f"it lacks {', '.join(missing)}"] if missing else []
        parts += [f"it has the unknown key {excerpt(unknown[0], 40)}"] if unknown else []
        return DecisionEntry(line, None, " and ".join(parts))
    if not _DAY.match(texts["date"]):
        return DecisionEntry(line, None, f"its date {excerpt(texts['date'], 40)} is no day like 2026-11-28")
    return DecisionEntry(line, AcceptedFinding(**texts))


def with_decision(data: bytes | None, name: str, new: AcceptedFinding) -> bytes:
    """The file with one entry more, every other byte as it was; None: there is no file yet. Raises InvalidDecisions."""
    before = read_decisions(data, name) if data is not None else ()
    text = data.decode("utf-8") if data is not None else _HEAD
    if not before and data is not None and not re.search(rf"^{KEY}:[ \t]*$", text, re.MULTILINE):
        text = _HEAD
    indents = [len(item[1]) for item in _ITEM.finditer(text)]
    indent = " " * min(indents, default=0)
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in new._asdict().items()}
    quoted |= {"date": new.date, "rule": new.rule}
    lines = [f"{key}: {quoted[key]}" for key in _KEYS]
    entry = f"{indent}- " + f"\n{indent}  ".join(lines) + "\n"
    content = (text if text.endswith("\n") else f"{text}\n") + entry
    try:
        after = [one.accepted for one in read_decisions(content.encode(), name)]
    except InvalidDecisions:
        after = []
    if after != [*(one.accepted for one in before), new]:
        raise InvalidDecisions(f"{name} is written in a way to which nothing can be added here; add the entry by hand")
    return content.encode()
