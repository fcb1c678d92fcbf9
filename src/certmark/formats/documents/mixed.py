"""A document that a person may write as JSON or as YAML."""

from __future__ import annotations

from typing import Any

from certmark.formats.documents.foreign_json import parse as parse_json
from certmark.formats.errors import FormatError


def parse(data: bytes, name: str, family: type[FormatError], *, largest: int, is_json: bool | None = None) -> Any:
    """The value in `data`: JSON where it begins with a brace (or `is_json` says so), else YAML.

    No key stands twice in one mapping. Raises `family`, also for more than `largest` bytes.
    """
    if len(data) > largest:
        size = f"{largest >> 20} MiB" if largest >> 20 else f"{largest >> 10} KiB"
        raise family(f"{name} has more than {size}, too much for a file of its kind")
    if data.lstrip()[:1] == b"{" if is_json is None else is_json:
        return parse_json(data, name, family, unique=True)
    from certmark.formats.documents.foreign_yaml import parse as parse_yaml

    return parse_yaml(data, name, family)
