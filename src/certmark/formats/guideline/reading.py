"""Bytes to a guideline and back: finds the kind of document and hands it to its reader."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from certmark.domain.guidelines import Guideline
from certmark.domain.phrases import some
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline import document
from certmark.formats.guideline.schemas import FORMAT_3, SCHEMAS
from certmark.formats.guideline.shipped import is_other_text

_YAML_NAME = r"(?is).*\.ya?ml\Z"
_YAML_START = r"(?:\s|#[^\n]*\n|---)*- +(?:testname|codename):"
_FORMAT_3_START = (
    r"""(?:\s|#[^\n]*\n|---)*["']?(?:\$schema|metadata|scoring|programs|components|capabilities)["']?:(?:\s|\Z)"""
)
_JSON_START = r"\s*\{\s*(?:[\"}]|\Z)"  # names of tests begin with a brace, too
_START = 4096  # characters that tell the kind of a text
_SUFFIX = r"\.[A-Za-z]{1,8}\Z"

Reader = Callable[[str, str, bytes], Guideline]
"""From the text, the base name without its ending and the bytes."""


def read(data: bytes, name: str, *, last_counts: bool = False) -> Guideline:
    """The guideline in `data`, which came from the file `name` (for messages, and the id of a list).

    `last_counts` reads a key that stands twice in one object as RefStack did: the last one counts, with a remark.
    Unknown and misspelt keys are kept in `Guideline.document`; what is odd is said in
    `Guideline.remarks`. Raises InvalidGuideline, naming the file and the place.
    """
    try:
        text = document.decoded(data)
        reader = _reader_for(text, name)
        if last_counts and reader is _read_json:
            reader = _read_json_as_refstack
        guideline = reader(text, base_name(name), data)
    except InvalidGuideline as error:
        family = document.RepeatedKey if isinstance(error, document.RepeatedKey) else InvalidGuideline
        raise family(f"{excerpt(name) if not name.isprintable() else name[-120:]}: {error}") from error
    return guideline._replace(is_other_text=True) if is_other_text(guideline.id, data) else guideline


def write(guideline: Guideline) -> bytes:
    """The guideline's document as a file: JSON with an indent of four, any other format as it was read."""
    text = guideline.document.get("text")
    if isinstance(text, str) and guideline.schema in _TEXT_SCHEMAS:
        return text.encode()
    if guideline.schema == FORMAT_3 and is_yaml(guideline.data):
        return guideline.data
    return document.encoded(guideline.document)


def is_yaml(data: bytes) -> bool:
    """Whether a document that is no plain list is written in YAML; else it is JSON."""
    return not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")


def is_format_3(text: str) -> bool:
    """Whether a text begins as a guideline of format 3 in YAML."""
    return re.match(_FORMAT_3_START, text.removeprefix("\ufeff")) is not None


def file_name(guideline: Guideline) -> str:
    """What a file with the guideline's text is called, so that it is read as what it is and has its id."""
    ending = ".lst" if guideline.schema == "test-list" else ".yaml" if is_yaml(guideline.data) else ".json"
    return f"{guideline.id}{ending}"


def base_name(name: str) -> str:
    """`name` without its ending, where it has one in letters (`2020.06` has none)."""
    return re.sub(_SUFFIX, "", name) or name


_TEXT_SCHEMAS = ("test-list", "kubernetes-conformance")


def _reader_for(text: str, name: str) -> Reader:
    start = text.lstrip()[:1]
    if not start:
        raise InvalidGuideline("it is empty")
    if name.lower().endswith(".json") or re.match(_JSON_START, text) or (start == "[" and _is_json(text)):
        return _read_json
    if is_format_3(text):
        return _read_yaml
    if re.match(_YAML_NAME, name) or re.match(_YAML_START, text[:_START]):
        from certmark.formats.guideline import kubernetes

        return kubernetes.read
    from certmark.formats.guideline import plain

    return plain.read


def _is_json(text: str) -> bool:
    """Whether a text that begins with `[` is JSON; test names of other suites begin so, too."""
    try:
        document.parsed(text)
    except InvalidGuideline:
        return False
    return True


def _read_json_as_refstack(text: str, base: str, data: bytes) -> Guideline:
    repeated: list[str] = []
    guideline = _read_content(document.parsed(text, repeated), base, data)
    if not repeated:
        return guideline
    keys = some([excerpt(key) for key in dict.fromkeys(repeated)], 3)
    remark = f"it has keys that stand twice in one object, of which the last counts, as in RefStack: {keys}"
    return guideline._replace(remarks=(remark, *guideline.remarks))


def _read_json(text: str, base: str, data: bytes) -> Guideline:
    return _read_content(document.parsed(text), base, data)


def _read_content(content: Any, base: str, data: bytes) -> Guideline:
    if not isinstance(content, dict):
        raise InvalidGuideline(f"a guideline is an object, this is {document.kind_of(content)}")
    return _read_object(content, base, data)


def _read_yaml(text: str, base: str, data: bytes) -> Guideline:
    from certmark.formats.guideline import yaml_text

    content = yaml_text.parsed(text)
    if not isinstance(content, dict):
        raise InvalidGuideline(f"a guideline is a mapping, this is {document.kind_of(content)}")
    schema = _schema_of(content)
    if schema != FORMAT_3:
        raise InvalidGuideline(f"it is YAML and says schema {schema}; only format 3 may be YAML, write it as JSON")
    return _read_object(content, base, data)


def _read_object(content: dict[str, Any], base: str, data: bytes) -> Guideline:
    schema = _schema_of(content)
    if "capabilities" not in content:
        raise InvalidGuideline(f'it says schema {schema} and has no "capabilities"; name a guideline')
    if schema == FORMAT_3:
        from certmark.formats.guideline import schema3

        guideline = schema3.read(content, schema, base, data)
        return guideline if guideline.lifted_from is None else _as_spelt(guideline, base)
    if schema == "2.0":
        from certmark.formats.guideline import schema2

        return schema2.read(content, schema, base, data)
    from certmark.formats.guideline import schema1

    return schema1.read(content, schema, base, data)


def _as_spelt(guideline: Guideline, base: str) -> Guideline:
    from certmark.formats.guideline.conversion import with_spellings

    def read_original(content: dict[str, Any]) -> Guideline:
        return _read_object(content, base, guideline.data)

    try:
        return with_spellings(guideline, read_original)
    except InvalidGuideline as error:
        raise InvalidGuideline(f"original: {error}") from error


def _schema_of(content: dict[str, Any]) -> str:
    metadata = content.get("metadata")
    inner = metadata.get("schema") if isinstance(metadata, dict) else None
    schema = content.get("schema") if inner is None else inner
    if schema is None:
        what = "it is a JSON schema, no guideline: " if "$schema" in content and "properties" in content else ""
        raise InvalidGuideline(f'{what}it says neither "schema" (1.x) nor "metadata" with a "schema" (2.0 and 3.0)')
    if schema not in (*SCHEMAS, FORMAT_3) or (schema in {"2.0", FORMAT_3}) != (inner is not None):
        place = "schema" if inner is None else "metadata.schema"
        shown = excerpt(schema) if isinstance(schema, str) else document.kind_of(schema)
        raise InvalidGuideline(
            f"{place}: {shown} is no version that can be read there; known are {', '.join((*SCHEMAS, FORMAT_3))}"
        )
    return str(schema)
