"""Structure: what the schema of a document's version does not allow."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.model import GuidelineModel
from certmark.authoring.lint.schemas import Violation, violations, violations_of_part
from certmark.formats.errors import excerpt
from certmark.formats.guideline.document import kind_of
from certmark.formats.guideline.fields import meant_by, show
from certmark.formats.guideline.schemas import SCHEMAS

_CODE = re.compile(r"\s*\[?(D[0-9]{3})\]?\s*[:.-]?\s*")
_SURE = 8
"""Characters of a key from which two slips of the pen leave no doubt what was meant."""


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """What the schema does not allow, said in the words of an author."""
    if sheet.schema not in SCHEMAS or (sheet.schema == "2.0") is not sheet.is_2:
        said = excerpt(sheet.schema) if sheet.schema else "no schema"
        message = f"it says {said}; known are {', '.join(SCHEMAS)}"
        yield BrokenRule("structure/unknown-schema", (*sheet.meta_path, "schema"), message)
        return
    speller = _Speller()
    for violation in violations(sheet.document, sheet.schema):
        yield from _rules_of(violation, sheet, speller)


class _Speller:
    """What misspelt keys mean; a file with more of them than any person misspells is not puzzled over."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], str | None] = {}
        self._of: object = None
        self._slips: Counter[str] = Counter()

    def meant(self, key: str, known: dict[str, Any]) -> str | None:
        """The key of `known` that is meant, if one is."""
        if key == "flag" and "flagged" in known:
            return "flagged"
        place = (key, id(known))  # the schema's own object, which lives as long as the process
        if place not in self._known and len(self._known) < _MOST_SLIPS:
            self._known[place] = meant_by(key, known)
        return self._known.get(place)

    def slips(self, value: dict[str, Any], known: dict[str, Any]) -> Counter[str]:
        """How many keys of the object `value` mean each of `known`."""
        if self._of is not value:
            meant = (key if key in known else self.meant(key, known) for key in value)
            self._of, self._slips = value, Counter(word for word in meant if word is not None)
        return self._slips


_MOST_SLIPS = 500


def _rules_of(violation: Violation, sheet: GuidelineModel, speller: _Speller) -> Iterator[BrokenRule]:
    match violation.keyword:
        case "required":
            yield from _missing(violation, speller)
        case "additionalProperties":
            yield _unknown(violation, speller)
            if violation.key == "flag":
                yield from _flag_in_wrong_key(violation, sheet, speller)
        case "type":
            yield _of_wrong_type(violation)
        case "pattern" | "minLength":
            yield _of_wrong_form(violation, sheet)
        case "enum" | "const":
            allowed = ", ".join(violation.schema.get("enum", ()))
            yield BrokenRule(
                "structure/wrong-value", violation.path, f"{_quoted(violation.value)} is not one of {allowed}"
            )
        case _:
            yield _of_wrong_length(violation)


def _missing(violation: Violation, speller: _Speller) -> Iterator[BrokenRule]:
    known = violation.schema["properties"]
    if speller.slips(violation.value, known)[violation.key]:
        return  # told as a misspelt key
    if "reason" in known:
        message = f'the flag has no "{violation.key}"; the working group asks for code, reason, action and date'
        yield BrokenRule("flags/incomplete", violation.path, message)
        return
    place = f"{show(str(violation.path[-1]))} has" if violation.path else "the document has"
    yield BrokenRule("structure/missing-key", violation.path, f'{place} no "{violation.key}"')


def _unknown(violation: Violation, speller: _Speller) -> BrokenRule:
    known = violation.schema["properties"]
    key = violation.key
    path = (*violation.path, key)
    meant = speller.meant(key, known)
    if meant is None:
        return BrokenRule(
            "structure/unknown-key", path, f'the key "{show(key)}" is unknown; known are {", ".join(known)}'
        )
    edit = Edit(path, on_key=True, new=json.dumps(meant)) if _can_be_renamed(violation, meant, speller) else None
    if key == "flag":
        message = 'the flag stands under "flag"; all guidelines and all that reads them say "flagged"'
        return BrokenRule("flags/spelling", path, message, edit)
    return BrokenRule("structure/misspelt-key", path, f'the key "{show(key)}" is unknown; "{meant}" is meant', edit)


def _can_be_renamed(violation: Violation, meant: str, speller: _Speller) -> bool:
    """Whether nobody can mean anything else, and nothing is lost."""
    key, known = violation.key, violation.schema["properties"]
    if speller.slips(violation.value, known)[meant] > 1:
        return False
    plain = key.lower().replace("-", "_") == meant.lower().replace("-", "_")
    return plain or key == "flag" or len(key) >= _SURE


def _flag_in_wrong_key(violation: Violation, sheet: GuidelineModel, speller: _Speller) -> Iterator[BrokenRule]:
    path = (*violation.path, "flag")
    for inner in violations_of_part(violation.value["flag"], sheet.schema, "flag", path):
        yield from _rules_of(inner, sheet, speller)


def _of_wrong_type(violation: Violation) -> BrokenRule:
    value, wanted = violation.value, violation.schema["type"]
    if value == [] and wanted == "object":
        edit = Edit(violation.path, on_key=False, new="{}")
        message = f"{_last(violation)} is an empty list; it should be an empty object"
        return BrokenRule("structure/list-for-object", violation.path, message, edit)
    if wanted == "integer" and isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        edit = Edit(violation.path, on_key=False, new=str(int(value)))
        message = f"{_last(violation)} is the text {excerpt(value)}; it should be a number"
        return BrokenRule("structure/text-for-number", violation.path, message, edit)
    should = wanted if isinstance(wanted, str) else " or ".join(wanted)
    message = f"{_last(violation)} is {kind_of(value)}; it should be {_KINDS.get(should, should)}"
    return BrokenRule("structure/wrong-type", violation.path, message)


_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "boolean": "true or false",
}


def _of_wrong_form(violation: Violation, sheet: GuidelineModel) -> BrokenRule:
    value, path = violation.value, violation.path
    if path[-1] == "reason" and value.strip():
        return _reason(violation)
    if path[-1] in {"reason", "action"}:
        return BrokenRule("flags/incomplete", path, f'the flag\'s "{path[-1]}" is empty')
    if not value.strip():
        return _empty(violation, sheet)
    if path[-1] == "date":
        return BrokenRule("flags/date-form", path, f"the flag's date {excerpt(value)} is no day like 2026-11-21")
    message = f"{_last(violation)} is {excerpt(value)}, which has not the form {violation.schema['pattern']}"
    return BrokenRule("structure/wrong-form", path, message)


def _reason(violation: Violation) -> BrokenRule:
    """A reason without a code, or with the code in another form than `[Dnnn] reason`."""
    reason, path = violation.value, violation.path
    code = _CODE.match(reason)
    if code is None:
        message = f"the flag's reason {excerpt(reason, 50)} begins with no code; D400 to D406 say why a test is flagged"
        return BrokenRule("flags/no-code", path, message)
    rest = reason[code.end() :]
    edit = Edit(path, on_key=False, new=json.dumps(f"[{code[1]}] {rest}", ensure_ascii=False)) if rest else None
    return BrokenRule(
        "flags/code-form", path, f"the flag's code {code[1]} does not stand as [{code[1]}] and a blank", edit
    )


def _empty(violation: Violation, sheet: GuidelineModel) -> BrokenRule:
    path = violation.path
    edit = None
    if len(path) == _OF_AN_ACHIEVEMENT and path[2] == "achievements":
        if sheet.capabilities[str(path[1])].content["achievements"] == [""]:
            edit = Edit(path[:-1], on_key=False, new="[]")
        return BrokenRule("structure/empty-value", path, "an achievement is empty", edit)
    return BrokenRule("structure/empty-value", path, f"{_last(violation)} is empty; leave it out, or say it", edit)


_OF_AN_ACHIEVEMENT = 4


def _of_wrong_length(violation: Violation) -> BrokenRule:
    if violation.keyword == "minItems":
        return BrokenRule("structure/empty-list", violation.path, f"{_last(violation)} is an empty list")
    return BrokenRule(
        "structure/repeated-item", violation.path, f"{_last(violation)} has {_double(violation.value)} twice"
    )


def _double(items: list[Any]) -> str:
    """The first item that stands a second time."""
    seen: set[str] = set()
    for item in items:
        written = json.dumps(item, sort_keys=True)
        if written in seen:
            return excerpt(str(item))
        seen.add(written)
    return "an item"


def _last(violation: Violation) -> str:
    step = next((step for step in reversed(violation.path) if isinstance(step, str)), "the document")
    return f'an item of "{show(step)}"' if violation.path and violation.path[-1] != step else f'"{show(step)}"'


def _quoted(value: object) -> str:
    return excerpt(value) if isinstance(value, str) else kind_of(value)
