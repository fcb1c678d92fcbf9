"""Documents of strangers, JSON or YAML: one parse, bounded."""

from __future__ import annotations

import json
from typing import Any

from certmark.formats.errors import FormatError

_MOST_VALUES = 4_000_000
"""Objects, lists and their members; a run has some thousand."""


def parse_json(data: bytes, name: str, family: type[FormatError], *, unique: bool = False) -> Any:
    """The value that `data` holds; raises `family` with one sentence where it is none, nested or huge.

    `unique` refuses a key that stands twice in one object.
    """

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            raise family(f"{name}: a key stands twice in one object; leave one out")
        return found

    if data.count(b",") + data.count(b"{") + data.count(b"[") > _MOST_VALUES:
        raise family(f"{name} has more than {_MOST_VALUES:,} values, too many for JSON of one run")
    try:
        return json.loads(data, object_pairs_hook=members if unique else None)
    except RecursionError as error:
        raise family(f"{name} is JSON nested deeper than anything that is read here") from error
    except UnicodeDecodeError as error:
        raise family(f"{name} is no JSON: byte {error.start} is not UTF-8; write it in UTF-8") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise family(f"{name} is no JSON ({where}: {error.msg}); name another file, or mend it there") from error
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise family(f"{name} is no JSON that is read here: a number in it is too long") from error


def parse_document(
    data: bytes, name: str, family: type[FormatError], *, largest: int, is_json: bool | None = None
) -> Any:
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
