"""Structure: what the schema of a document's version does not allow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from certmark.authoring.lint.broken_rules import BrokenRule, Edit
from certmark.authoring.lint.model import GuidelineModel
from certmark.authoring.lint.schemas import JsonPath, Violation, violations_of_part
from certmark.authoring.lint.spelling import KNOWN, Misspelt, Speller
from certmark.formats.errors import excerpt
from certmark.formats.guideline.document import kind_of
from certmark.formats.guideline.fields import show
from certmark.formats.guideline.schemas import FORMAT_3

_CODE = re.compile(r"\s*\[?(D[0-9]{3})\]?\s*[:.-]?\s*")


def check(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """What the schema does not allow, said in the words of an author."""
    for misspelt in sheet.misspelt:
        yield _misspelt(misspelt)
    if sheet.schema not in KNOWN or (sheet.schema in {"2.0", FORMAT_3}) is not sheet.is_2:
        said = excerpt(sheet.schema) if sheet.schema else "no schema"
        message = f"it says {said}; known are {', '.join(KNOWN)}"
        yield BrokenRule("structure/unknown-schema", (*sheet.meta_path, "schema"), message)
        return
    speller = Speller()
    for violation in sheet.violations:
        yield from _rules_of(violation, sheet, speller)


def _misspelt(found: Misspelt) -> BrokenRule:
    """A key that was read as another one; its path has the right key, which nobody finds in the file."""
    edit = Edit(found.path, on_key=True, new=json.dumps(found.meant)) if found.is_sure else None
    if found.key == "flag":
        message = 'the flag stands under "flag"; all guidelines and all that reads them say "flagged"'
        return BrokenRule("flags/spelling", found.path, message, edit)
    message = f'the key "{show(found.key)}" is unknown; "{found.meant}" is meant'
    return BrokenRule("structure/misspelt-key", found.path, message, edit)


def _rules_of(violation: Violation, sheet: GuidelineModel, speller: Speller) -> Iterator[BrokenRule]:
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
            allowed = ", ".join(map(str, violation.schema.get("enum") or [violation.schema.get("const")]))
            yield BrokenRule(
                "structure/wrong-value", violation.path, f"{_quoted(violation.value)} is not one of {allowed}"
            )
        case _:
            yield _of_wrong_length(violation)


def _missing(violation: Violation, speller: Speller) -> Iterator[BrokenRule]:
    known = violation.schema["properties"]
    if speller.slips(violation.value, known)[violation.key]:
        return  # told as a misspelt key
    if "reason" in known:
        message = f'the flag has no "{violation.key}"; the working group asks for code, reason, action and date'
        yield BrokenRule("flags/incomplete", violation.path, message)
        return
    place = f"{show(str(violation.path[-1]))} has" if violation.path else "the document has"
    yield BrokenRule("structure/missing-key", violation.path, f'{place} no "{violation.key}"')


def _unknown(violation: Violation, speller: Speller) -> BrokenRule:
    known = violation.schema["properties"]
    key = violation.key
    path = (*violation.path, key)
    meant = speller.meant(key, known)
    if meant is None:
        return BrokenRule(
            "structure/unknown-key", path, f'the key "{show(key)}" is unknown; known are {", ".join(known)}'
        )
    message = f'the key "{show(key)}" is unknown; "{meant}" is meant, which is there, or misspelt twice'
    return BrokenRule("flags/spelling" if key == "flag" else "structure/misspelt-key", path, message)


def _flag_in_wrong_key(violation: Violation, sheet: GuidelineModel, speller: Speller) -> Iterator[BrokenRule]:
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
    examples = violation.schema.get("examples")
    form = f"it is written like {excerpt(str(examples[0]))}" if examples else _form_of(path)
    message = f"{_last(violation)} is {excerpt(value)}; {form}"
    return BrokenRule("structure/wrong-form", path, message)


def _form_of(path: JsonPath) -> str:
    """The form of a value, in words."""
    if path[-1] == "target_approval" and len(path) == 1:
        return "a day is written like 2020-06-11"
    if path[-1] in {"id", "replaces"}:
        return "it is written like 2027.06, or dns.2027.06 for an add-on"
    if path[-1] == "cutoff_score":
        return "it is a number"
    return "a month is written like 2027.06"


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
    number = _double(violation.value)
    message = f"{_last(violation)} has {excerpt(str(violation.value[number]))} twice"
    return BrokenRule("structure/repeated-item", (*violation.path, number), message)


def _double(items: list[Any]) -> int:
    """The number of the first item that stood there before."""
    seen: set[str] = set()
    for number, item in enumerate(items):
        written = json.dumps(item, sort_keys=True)
        if written in seen:
            return number
        seen.add(written)
    return 0


def _last(violation: Violation) -> str:
    step = next((step for step in reversed(violation.path) if isinstance(step, str)), "the document")
    return f'an item of "{show(step)}"' if violation.path and violation.path[-1] != step else f'"{show(step)}"'


def _quoted(value: object) -> str:
    if isinstance(value, bool | int):
        return json.dumps(value)
    return excerpt(value) if isinstance(value, str) else kind_of(value)
