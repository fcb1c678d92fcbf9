"""Capabilities, their tests and flags, criteria: what the schemas 1.0 to 2.0 have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from certmark.domain.guidelines import Capability, Criterion, Flag, RequiredTest
from certmark.domain.identity import bare_uuid
from certmark.formats.errors import InvalidGuideline, excerpt
from certmark.formats.guideline.document import kind_of
from certmark.formats.guideline.fields import GuidelineFields, Notes, as_object, checked_name, show

_CAPABILITY_KEYS = frozenset(
    (
        *("achievements", "admin", "core", "description", "flagged", "guidelines", "name", "project"),
        *("required-since", "required_since", "status", "tests"),
    )
)
_TEST_KEYS = frozenset(("idempotent_id", "aliases", "flagged", "flag"))
_FLAG_KEYS = frozenset(("reason", "action", "date"))
_CRITERION_KEYS = frozenset(("name", "description", "Description", "weight"))
_CODE = r"\s*\[?(D[0-9]{3})\b"


def read_capabilities(document: Mapping[str, Any], notes: Notes) -> dict[str, Capability]:
    """The capabilities of a document, in their order. Raises InvalidGuideline."""
    found = as_object(document["capabilities"], "capabilities")
    return {key: _capability(key, content, notes) for key, content in found.items()}


def read_criteria(parent: GuidelineFields) -> tuple[Criterion, ...]:
    """The criteria under `criteria`; what is odd is left out with a remark."""
    criteria = []
    for key in (found := parent.inner("criteria")).content:
        fields = found.inner(key, _CRITERION_KEYS)
        description = fields.text("description", "Description") or ""
        criteria.append(Criterion(key, fields.text("name") or key, description, fields.number("weight") or 0))
    return tuple(criteria)


def _capability(key: str, content: object, notes: Notes) -> Capability:
    fields = GuidelineFields(content, f"capabilities.{show(key)}", notes, _CAPABILITY_KEYS)
    return Capability(
        key=key,
        name=fields.text("name") or key,
        description=fields.text("description") or "",
        project=fields.text("project"),
        admin=fields.truth("admin"),
        achievements=fields.texts("achievements"),
        required_since=fields.text("required_since", "required-since") or None,
        tests=_tests(fields),
    )


def _tests(fields: GuidelineFields) -> tuple[RequiredTest, ...]:
    content = fields.content.get("tests")
    if isinstance(content, dict):
        return tuple(_detailed_test(name, details, fields) for name, details in content.items())
    if isinstance(content, list):
        return _listed_tests(content, fields)
    if "tests" not in fields.content:
        raise InvalidGuideline(f'{fields.place}: it has no "tests"; write an empty list if there are none')
    raise InvalidGuideline(f"{fields.at('tests')}: must be an object or a list, not {kind_of(content)}")


def _listed_tests(content: list[Any], fields: GuidelineFields) -> tuple[RequiredTest, ...]:
    """Schemas 1.0 and 1.2: names only, and a list of the flagged ones."""
    place = fields.at("tests")
    flagged = dict.fromkeys(fields.names("flagged"))
    tests: dict[str, RequiredTest] = {}
    for name in content:
        if not isinstance(name, str):
            raise InvalidGuideline(f"{place}: must hold names of tests, not {kind_of(name)}")
        if name in tests:
            fields.notes.add(f"{place}: {name} stands there twice; it counts once")
            continue
        flag = Flag("", None, "", "", "capability") if name in flagged else None
        tests[checked_name(name, place)] = RequiredTest(name, None, None, (), flag)
    for name in flagged:
        if name not in tests:
            fields.notes.add(f"{fields.at('flagged')}: {show(name)} is not among the tests")
    return tuple(tests.values())


def _detailed_test(name: str, details: object, fields: GuidelineFields) -> RequiredTest:
    if type(details) is not dict:
        raise InvalidGuideline(f"{_place(fields, name)}: must be an object, not {kind_of(details)}")
    if not details.keys() <= _TEST_KEYS:
        GuidelineFields(details, _place(fields, name), fields.notes, _TEST_KEYS)
    written = _written_id(name, details.get("idempotent_id"), fields)
    aliases = details.get("aliases")
    flagged = "flagged" in details or "flag" in details
    return RequiredTest(
        checked_name(name, fields.at("tests") if not name else fields.place),
        None if written is None else _uuid(name, written, fields),
        written,
        () if aliases is None else _aliases(name, aliases, fields),
        _flag(name, details, fields) if flagged else None,
    )


def _place(fields: GuidelineFields, name: str) -> str:
    return f"{fields.place}.tests.{show(name)}"


def _written_id(name: str, written: object, fields: GuidelineFields) -> str | None:
    if isinstance(written, str):
        return written
    what = "has no id" if written is None else f"has {kind_of(written)} as its id"
    fields.notes.add(f"{_place(fields, name)} {what}; it can only be found by its name")
    return None


def _uuid(name: str, written: str, fields: GuidelineFields) -> str | None:
    uuid = bare_uuid(written)
    if uuid is None:
        fields.notes.add(f"{_place(fields, name)}: its id {excerpt(written)} is no uuid")
    return uuid


def _aliases(name: str, aliases: object, fields: GuidelineFields) -> tuple[str, ...]:
    place = f"{fields.place}.tests.{name}.aliases"
    if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
        raise InvalidGuideline(f"{_place(fields, name)}.aliases: must be a list of names")
    return tuple(checked_name(alias, place) for alias in aliases)


def _flag(name: str, details: Mapping[str, Any], fields: GuidelineFields) -> Flag:
    """The flag under `flagged` (all real documents) or `flag` (the text of schema 2.0)."""
    if "flag" in details and "flagged" in details:
        fields.notes.add(f'{_place(fields, name)} has both "flagged" and "flag"; the first is read')
    spelling = "flagged" if "flagged" in details else "flag"
    flag = GuidelineFields(details[spelling], f"{_place(fields, name)}.{spelling}", fields.notes, _FLAG_KEYS)
    reason = flag.text("reason") or ""
    return Flag(reason, code_of(reason), flag.text("action") or "", flag.text("date") or "", spelling)


def code_of(reason: str) -> str | None:
    """The working group's code with which a flag's reason begins."""
    code = re.match(_CODE, reason)
    return code and code[1]
