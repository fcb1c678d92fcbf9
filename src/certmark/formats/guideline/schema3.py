"""Guidelines of format 3: programs as data, tests of any suite, groups of which one test is enough.

The keys are those of `data/schemas/guideline-3.0.json`, which describes each of them. Names are those of schema 2.0
where it says the thing well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from certmark.domain.findings import AcceptedFinding
from certmark.domain.guidelines import (
    Component,
    ComponentReference,
    Criterion,
    DesignatedSection,
    Guideline,
    GuidelineApproval,
    Level,
    Program,
    ProgramKind,
    SuiteRepository,
    WaiverRules,
)
from certmark.domain.policies import STRICT, InvalidPolicy, Policy, policy_from
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.capabilities3 import read_capabilities
from certmark.formats.guideline.consistency import look_over
from certmark.formats.guideline.fields import Notes, as_level, checked_name
from certmark.formats.guideline.schema1 import placements_of
from certmark.formats.guideline.strict_fields import StrictFields

_KEYS = frozenset(
    (
        *("$schema", "metadata", "scoring", "programs", "components", "capabilities", "designated_sections"),
        *("suites", "decisions", "original"),
    )
)
_METADATA_KEYS = frozenset(
    (
        *("id", "schema", "title", "description", "source", "reference", "status", "target_approval", "replaces"),
        *("releases", "process", "approval", "policy", "waivers", "baseline"),
    )
)
_PROGRAM_KEYS = frozenset(("name", "kind", "description", "components", "hosts", "aliases", "target"))
_MEMBER_KEYS = frozenset(("name", "source", "sha256"))
_COMPONENT_KEYS = frozenset(("description", "capabilities", "designated_sections", "since"))
_DECISION_KEYS = frozenset(("rule", "place", "reason", "by", "date"))


def read(document: dict[str, Any], schema: str, base: str, data: bytes) -> Guideline:
    """The guideline in a document of format 3. Raises InvalidGuideline."""
    notes = Notes()
    top = StrictFields(document, "", notes, _KEYS)
    metadata = top.inner("metadata", _METADATA_KEYS)
    scoring = top.inner("scoring", frozenset(("cutoff", "criteria")))
    capabilities = read_capabilities(top)
    components = _components(top)
    programs = tuple(_program(key, fields) for key, fields in top.each("programs", _PROGRAM_KEYS))
    look_over(capabilities, components, programs, notes)
    return Guideline(
        id=metadata.text("id") or base,
        schema=schema,
        status=metadata.text("status"),
        replaces=metadata.text("replaces"),
        releases=metadata.texts("releases"),
        target_approval=metadata.text("target_approval"),
        cutoff=scoring.number("cutoff"),
        criteria=_criteria(scoring),
        programs=programs,
        components=components,
        capabilities=capabilities,
        sections=_sections(top),
        repositories=_suites(top),
        remarks=notes.sentences(),
        document=document,
        data=data,
        policy=_policy(metadata),
        title=metadata.text("title"),
        source=metadata.text("source"),
        description=metadata.text("description") or "",
        process=metadata.text("process"),
        approvals=_approvals(metadata),
        waiver_rules=_waiver_rules(metadata),
        microversions=_baseline(metadata),
        decisions=read_decisions(top.items("decisions", _DECISION_KEYS)),
        lifted_from=top.inner("original", frozenset(("schema", "changes"))).text("schema"),
    )


def read_decisions(entries: Iterable[StrictFields]) -> tuple[AcceptedFinding, ...]:
    """What a list of accepted findings says. Raises InvalidGuideline."""
    return tuple(
        AcceptedFinding(
            rule=fields.required_text("rule"),
            place=fields.text("place") or "",
            reason=fields.required_text("reason"),
            by=fields.required_text("by"),
            date=fields.required_text("date"),
        )
        for fields in entries
    )


def _policy(metadata: StrictFields) -> Policy:
    if metadata.content.get("policy") is None:
        return STRICT
    try:
        return policy_from(metadata.content["policy"])
    except InvalidPolicy as error:
        raise InvalidGuideline(f"metadata.policy: {str(error)[:300]}") from error


def _approvals(metadata: StrictFields) -> tuple[GuidelineApproval, ...]:
    known = frozenset(("authority", "by", "date", "reference"))
    return tuple(
        GuidelineApproval(
            fields.required_text("authority"),
            fields.texts("by"),
            fields.required_text("date"),
            fields.text("reference"),
        )
        for fields in metadata.items("approval", known)
    )


def _waiver_rules(metadata: StrictFields) -> WaiverRules:
    rules = metadata.inner("waivers", frozenset(("approvers", "longest_days")))
    found = WaiverRules(rules.number("approvers"), rules.number("longest_days"))
    for key, number, least in (("approvers", found.approvers, 0), ("longest_days", found.longest_days, 1)):
        if number is not None and number < least:
            rules.refuse(key, f"a whole number from {least} on")
    return found


def _baseline(metadata: StrictFields) -> tuple[tuple[str, str], ...]:
    services = metadata.inner("baseline", frozenset(("microversions",))).inner("microversions")
    return tuple((service, services.required_text(service)) for service in services.content)


def _criteria(scoring: StrictFields) -> tuple[Criterion, ...]:
    known = frozenset(("name", "description", "weight"))
    return tuple(
        Criterion(key, fields.text("name") or key, fields.text("description") or "", fields.number("weight") or 0)
        for key, fields in scoring.each("criteria", known)
    )


def _program(key: str, fields: StrictFields) -> Program:
    name = checked_name(fields.text("name") or key, fields.place)
    hosts = fields.inner("hosts", frozenset(("requires", "optional")))
    target = fields.text("target")
    words = (key, target, *fields.texts("aliases"))
    return Program(
        name=name,
        kind=fields.member("kind", ProgramKind) or ProgramKind.PLATFORM,
        description=fields.text("description") or "",
        components=_members(fields, "components"),
        requires=_members(hosts, "requires"),
        optional=_members(hosts, "optional"),
        aliases=tuple(dict.fromkeys(word for word in words if word and word != name)),
        target=target,
    )


def _members(fields: StrictFields, key: str) -> tuple[ComponentReference, ...]:
    return tuple(
        ComponentReference(member.required_text("name"), member.text("source"), member.text("sha256"))
        for member in fields.items(key, _MEMBER_KEYS)
    )


def _components(top: StrictFields) -> dict[str, Component]:
    if "components" not in top.content:
        raise InvalidGuideline('it has no "components"; name a guideline')
    return {name: _component(name, fields) for name, fields in top.each("components", _COMPONENT_KEYS)}


def _component(name: str, fields: StrictFields) -> Component:
    since = fields.inner("since")
    return Component(
        name,
        placements_of(fields.inner("capabilities")),
        placements_of(fields.inner("designated_sections")),
        tuple((key, since.required_text(key)) for key in since.content),
    )


def _sections(top: StrictFields) -> tuple[DesignatedSection, ...]:
    """By project, then by level."""
    sections = []
    for project, levels in top.each("designated_sections"):
        for word in levels.content:
            level, entry = as_level(word), levels.inner(word)
            if level is None:
                top.notes.note_unknown(word, levels.place, [level.value for level in Level])
            else:
                sections.append(DesignatedSection(project, level, entry.text("guidance") or "", entry.text("comment")))
    return tuple(sections)


def _suites(top: StrictFields) -> tuple[SuiteRepository, ...]:
    known = frozenset(("repository", "reference", "description"))
    return tuple(
        SuiteRepository(name, fields.text("repository") or "", fields.text("reference"))
        for name, fields in top.each("suites", known)
    )
