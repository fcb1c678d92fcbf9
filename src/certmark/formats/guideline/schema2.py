"""Interop guidelines of schema 2.0: core documents, add-ons and verticals; and our own, which add to it.

Ours may have `metadata.policy` (a policy's name or object) and `aliases` in a program: other words
by which people ask for it.
"""

from __future__ import annotations

from typing import Any

from certmark.domain.guidelines import (
    Component,
    ComponentReference,
    DesignatedSection,
    Guideline,
    Level,
    Program,
    ProgramKind,
    SuiteRepository,
)
from certmark.domain.policies import STRICT, InvalidPolicy, Policy, policy_from
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.capabilities import read_capabilities, read_criteria
from certmark.formats.guideline.consistency import look_over
from certmark.formats.guideline.document import kind_of
from certmark.formats.guideline.fields import GuidelineFields, Notes, as_level, as_object, show
from certmark.formats.guideline.schema1 import placements_of
from certmark.formats.guideline.targets import targets

_ADD_ONS = "add-ons"
_KEYS = frozenset(
    (
        *("$schema", "metadata", "platforms", _ADD_ONS, "components", "capabilities", "designated_sections"),
        *("test_repositories",),
    )
)
_METADATA_KEYS = frozenset(("id", "schema", "reference", "source", "scoring", "os_trademark_approval", "policy"))
_SCORING_KEYS = frozenset(("cutoff_score", "criteria"))
_APPROVAL_KEYS = frozenset(("target_approval", "replaces", "releases", "status"))
_COMPONENT_KEYS = frozenset(("capabilities", "designated_sections"))
_REQUIRES, _OPTIONAL = "required_platform_components", "optional_platform_components"
_PROGRAM_KEYS = frozenset(("description", "components", _REQUIRES, _OPTIONAL, "aliases"))
_REPOSITORY_KEYS = frozenset(("repository", "reference", "description"))


def read(document: dict[str, Any], schema: str, base: str, data: bytes) -> Guideline:
    """The guideline in a document of schema 2.0. Raises InvalidGuideline."""
    notes = Notes()
    top = GuidelineFields(document, "", notes, _KEYS)
    metadata = top.inner("metadata", _METADATA_KEYS)
    approval = metadata.inner("os_trademark_approval", _APPROVAL_KEYS)
    scoring = metadata.inner("scoring", _SCORING_KEYS)
    capabilities = read_capabilities(document, notes)
    components = _components(top)
    programs = (*_programs(top, "platforms"), *_programs(top, _ADD_ONS))
    look_over(capabilities, components, programs, notes)
    return Guideline(
        id=_identity(metadata, base),
        schema=schema,
        status=approval.text("status"),
        replaces=approval.text("replaces"),
        releases=approval.texts("releases"),
        target_approval=approval.text("target_approval"),
        cutoff=scoring.number("cutoff_score"),
        criteria=read_criteria(scoring),
        programs=programs,
        components=components,
        capabilities=capabilities,
        sections=_sections(top),
        repositories=_repositories(top),
        policy=_policy(metadata),
        remarks=notes.sentences(),
        document=document,
        data=data,
    )


def _identity(metadata: GuidelineFields, base: str) -> str:
    identity = metadata.text("id")
    if not identity:
        metadata.notes.add(f'its metadata has no "id"; it is called {base} after its file')
    return identity or base


def _policy(metadata: GuidelineFields) -> Policy:
    if "policy" not in metadata.content:
        return STRICT
    try:
        return policy_from(metadata.content["policy"])
    except InvalidPolicy as error:
        raise InvalidGuideline(f"metadata.policy: {str(error)[:300]}") from error


def _components(top: GuidelineFields) -> dict[str, Component]:
    if "components" not in top.content:
        raise InvalidGuideline('it has no "components"; name a guideline')
    return {name: _component(name, content, top.notes) for name, content in top.objects("components").items()}


def _component(name: str, content: object, notes: Notes) -> Component:
    fields = GuidelineFields(content, f"components.{show(name)}", notes, _COMPONENT_KEYS)
    capabilities = GuidelineFields(fields.objects("capabilities"), fields.at("capabilities"), notes)
    sections = GuidelineFields(fields.objects("designated_sections"), fields.at("designated_sections"), notes)
    return Component(name, placements_of(capabilities), placements_of(sections))


def _programs(top: GuidelineFields, key: str) -> tuple[Program, ...]:
    return tuple(
        _program(name, GuidelineFields(content, f"{key}.{show(name)}", top.notes, _PROGRAM_KEYS), top)
        for name, content in top.objects(key).items()
    )


def _program(name: str, fields: GuidelineFields, top: GuidelineFields) -> Program:
    is_add_on = fields.place.startswith(f"{_ADD_ONS}.")
    components = _references(fields, "components")
    target = _target(name, components, add_ons=_ADD_ONS in top.content)
    words = (target, None if is_add_on else targets().word_of(name), *fields.texts("aliases"))
    return Program(
        name=name,
        kind=ProgramKind.ADD_ON if is_add_on else ProgramKind.PLATFORM,
        description=fields.text("description") or "",
        components=components,
        requires=_references(fields, _REQUIRES),
        optional=_references(fields, _OPTIONAL),
        aliases=tuple(dict.fromkeys(word for word in words if word)),
        target=target,
    )


def _target(name: str, components: tuple[ComponentReference, ...], *, add_ons: bool) -> str | None:
    """The word by which RefStack's clients asked for it.

    In a document with add-ons RefStack looked up the target's component, else it had fixed names.
    """
    if not add_ons:
        return targets().platforms.get(name)
    return targets().of_component(components[0].name) if len(components) == 1 else None


def _references(fields: GuidelineFields, key: str) -> tuple[ComponentReference, ...]:
    value = fields.content.get(key, [])
    if not isinstance(value, list):
        raise InvalidGuideline(f"{fields.at(key)}: must be a list of components, not {kind_of(value)}")
    return tuple(_reference(item, f"{fields.at(key)}[{number}]", fields.notes) for number, item in enumerate(value))


def _reference(item: object, place: str, notes: Notes) -> ComponentReference:
    name = as_object(item, place).get("name")
    if not isinstance(name, str):
        raise InvalidGuideline(f'{place}: must have a "name"')
    return ComponentReference(name, GuidelineFields(item, place, notes, frozenset(("name", "source"))).text("source"))


def _sections(top: GuidelineFields) -> tuple[DesignatedSection, ...]:
    """`designated_sections`: by project, then by level."""
    sections = []
    for project in (found := top.inner("designated_sections")).content:
        for word in (levels := found.inner(project)).content:
            level = as_level(word)
            entry = levels.inner(word)
            if level is None:
                top.notes.note_unknown(word, levels.place, [level.value for level in Level])
            else:
                sections.append(DesignatedSection(project, level, entry.text("guidance") or "", entry.text("comment")))
    return tuple(sections)


def _repositories(top: GuidelineFields) -> tuple[SuiteRepository, ...]:
    repositories = []
    for name in (found := top.inner("test_repositories")).content:
        entry = found.inner(name, _REPOSITORY_KEYS)
        repositories.append(SuiteRepository(name, entry.text("repository") or "", entry.text("reference")))
    return tuple(repositories)
