"""Capabilities and tests of format 3."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from certmark.domain.guidelines import (
    Capability,
    Credentials,
    CriterionMark,
    Flag,
    Microversions,
    RequiredTest,
)
from certmark.domain.identity import bare_uuid
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.capabilities import code_of
from certmark.formats.guideline.fields import checked_name, show
from certmark.formats.guideline.strict_fields import StrictFields
from certmark.formats.results.contents import MAX_NAME

_CAPABILITY_KEYS = frozenset(
    (
        *("name", "description", "project", "required_since", "operations", "microversion", "credentials"),
        *("achievements", "scores", "tests"),
    )
)
_TEST_KEYS = frozenset(("test", "aliases", "any_of", "flag", "credentials", "required_since"))
_FLAG_KEYS = frozenset(("code", "reason", "action", "date"))
_TEMPEST = "tempest"
_PLAIN = re.compile(r"tempest:([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\Z")
_SUITE = re.compile(r"[a-z][a-z0-9_-]*\Z")


def read_capabilities(top: StrictFields) -> dict[str, Capability]:
    """The capabilities of a document, in their order. Raises InvalidGuideline."""
    return {key: _capability(key, fields) for key, fields in top.each("capabilities", _CAPABILITY_KEYS)}


def _capability(key: str, fields: StrictFields) -> Capability:
    marks = tuple(_mark(criterion, mark) for criterion, mark in fields.each("scores"))
    met = (mark.criterion for mark in marks if mark.is_met)
    credentials = fields.member("credentials", Credentials)
    return Capability(
        key=key,
        name=fields.text("name") or key,
        description=fields.text("description") or "",
        project=fields.text("project"),
        admin=None if credentials is None else credentials is Credentials.ADMIN,
        achievements=tuple(dict.fromkeys((*fields.texts("achievements"), *met))),
        required_since=fields.text("required_since") or None,
        tests=tuple(_tests(fields)),
        operations=fields.texts("operations"),
        microversions=_microversions(fields),
        credentials=credentials,
        marks=marks,
    )


def _microversions(fields: StrictFields) -> Microversions | None:
    bounds = fields.inner("microversion", frozenset(("min", "max")))
    return Microversions(bounds.text("min"), bounds.text("max")) if bounds.content else None


def _mark(criterion: str, fields: StrictFields) -> CriterionMark:
    mark = fields.number("mark")
    if mark not in {0, 1}:
        raise InvalidGuideline(f"{fields.at('mark')}: must be 0 or 1")
    evidence = fields.content.get("evidence")
    places = (evidence,) if isinstance(evidence, str) else fields.texts("evidence")
    return CriterionMark(criterion, mark == 1, fields.text("reason") or "", places)


class _Urn(NamedTuple):
    """What a test's URN says."""

    suite: str | None
    uuid: str | None
    name: str | None
    """Of a test whose suite has no ids."""


def _tests(fields: StrictFields) -> Iterator[RequiredTest]:
    for name, content in fields.objects("tests").items():
        uuid = _only_uuid(content)
        if uuid is not None and name.isprintable() and 0 < len(name.strip()) <= len(name) <= MAX_NAME:
            # Most tests are no more than this, and a verdict waits for them.
            yield RequiredTest(name, uuid, f"id-{uuid}", (), None, None, None, _TEMPEST)
        else:
            place = f"{fields.at('tests')}.{show(name)}"
            yield _test(name, StrictFields({} if content is None else content, place, fields.notes, _TEST_KEYS))


def _only_uuid(content: object) -> str | None:
    """The id of a test of Tempest of which nothing else is said."""
    urn = content.get("test") if isinstance(content, dict) and len(content) == 1 else None
    found = _PLAIN.match(urn) if isinstance(urn, str) else None
    return None if found is None else found[1]


def _test(name: str, fields: StrictFields) -> RequiredTest:
    checked_name(name, fields.place)
    urn = _urn(fields)
    aliases = tuple(checked_name(alias, fields.at("aliases")) for alias in fields.texts("aliases"))
    if urn.name is not None and urn.name not in {name, *aliases}:
        aliases = (checked_name(urn.name, fields.at("test")), *aliases)
    group = fields.text("any_of")
    return RequiredTest(
        name,
        urn.uuid,
        None if urn.uuid is None else f"id-{urn.uuid}",
        aliases,
        _flag(fields),
        fields.text("required_since"),
        None if group is None else checked_name(group, fields.at("any_of")),
        urn.suite,
        fields.texts("credentials"),
    )


def _urn(fields: StrictFields) -> _Urn:
    written = fields.text("test")
    if written is None:
        return _Urn(None, None, None)
    suite, colon, rest = written.partition(":")
    if not colon or not rest.strip() or not _SUITE.match(suite):
        fields.refuse("test", "a suite, a colon and the test's id or name, such as tempest:<uuid>")
    uuid = bare_uuid(rest)
    return _Urn(suite, uuid, rest.strip() if uuid is None else None)


def _flag(fields: StrictFields) -> Flag | None:
    if fields.content.get("flag") is None:
        return None
    flag = fields.inner("flag", _FLAG_KEYS)
    reason = flag.text("reason") or ""
    code = flag.text("code") or code_of(reason)
    # Lowered to schema 2.0, a flag stands under `flagged`.
    return Flag(reason, code, flag.text("action") or "", flag.text("date") or "", "flagged")
