"""Guidelines as YAML: texts, whole numbers, true, false and null, and nothing else that YAML guesses.

`2027.10`, `2027-06-01`, `yes` and `1e3` stay the texts that stand there. Refused: a key that stands twice, aliases,
tags, a second document, depth and size beyond those of any guideline.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from certmark.formats.documents.foreign_yaml import TextLoader
from certmark.formats.documents.foreign_yaml import parse as parse_yaml
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.document import refuse_half_characters

MAX_CHARACTERS = 2 * 1024 * 1024
"""YAML is slow to read; the largest guideline has 0.2."""

_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_WIDTH = 120


class _Dumper(_DUMPER):  # type: ignore[valid-type, misc]  # mypy cannot follow a base class chosen at import
    """Writes a value that stands at two places twice."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def parsed(text: str) -> Any:
    """The values of a YAML text. Raises InvalidGuideline, which says where the text is wrong."""
    if len(text) > MAX_CHARACTERS:
        raise InvalidGuideline(f"it is YAML of more than {MAX_CHARACTERS >> 20} MiB; no guideline is")
    content = parse_yaml(text.encode(), "the text", InvalidGuideline, loader=TextLoader)
    refuse_half_characters(content)
    return content


def encoded(content: Mapping[str, Any]) -> bytes:
    """`content` as YAML in its order, which reads back equal here and in YAML 1.1."""
    text: str = yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
    return text.encode()
