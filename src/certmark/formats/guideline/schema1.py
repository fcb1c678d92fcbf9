"""Interop guidelines of the schemas 1.0 and 1.2 to 1.6.

Since 1.2 the document has one `platform` of components, and every component could be asked for
alone. 1.0 has neither: it is a list of capabilities, `core` or not.
"""

from __future__ import annotations

from typing import Any

from certmark.domain.guidelines import (
    Capability,
    Component,
    ComponentReference,
    DesignatedSection,
    Guideline,
    Level,
    Placement,
    Program,
    ProgramKind,
    SuiteRepository,
)
from certmark.formats.errors import InvalidGuideline
from certmark.formats.guideline.capabilities import read_capabilities, read_criteria
from certmark.formats.guideline.consistency import look_over
from certmark.formats.guideline.fields import GuidelineFields, Notes, as_level, show
from certmark.formats.guideline.targets import targets

_KEYS = frozenset(
    (
        *("id", "release", "schema", "reference", "source", "status", "replaces", "releases", "target_approval"),
        *("cutoff_score", "criteria", "platform", "components", "capabilities", "designated-sections"),
        *("test-repositories", "$schema"),
    )
)
_PLATFORM = "platform"


def read(document: dict[str, Any], schema: str, base: str, data: bytes) -> Guideline:
    """The guideline in a document of schema 1.x. Raises InvalidGuideline."""
    notes = Notes()
    top = GuidelineFields(document, "", notes, _KEYS)
    identity = _identity(top, base)
    capabilities = read_capabilities(document, notes)
    if schema == "1.0":
        components, programs = _one_list(top, identity, capabilities)
    else:
        components, programs = _graded(top)
    look_over(capabilities, components, programs, notes)
    releases = top.texts("releases") if schema != "1.0" else (identity,)
    return Guideline(
        id=identity,
        schema=schema,
        status=top.text("status"),
        replaces=top.text("replaces"),
        releases=releases,
        target_approval=top.text("target_approval"),
        cutoff=top.number("cutoff_score"),
        criteria=read_criteria(top),
        programs=programs,
        components=components,
        capabilities=capabilities,
        sections=_sections(top),
        repositories=_repositories(top),
        remarks=notes.sentences(),
        document=document,
        data=data,
    )


def _identity(top: GuidelineFields, base: str) -> str:
    identity = top.text("id", "release")
    if not identity:
        top.notes.add(f'it has no "id"; it is called {base} after its file')
    return identity or base


def _one_list(
    top: GuidelineFields, name: str, capabilities: dict[str, Capability]
) -> tuple[dict[str, Component], tuple[Program, ...]]:
    """Schema 1.0: one program of everything, what is `core` required."""
    placements = []
    for key in capabilities:
        flag = GuidelineFields(top.content["capabilities"][key], f"capabilities.{show(key)}", top.notes).truth("core")
        placements.append(Placement(Level.REQUIRED if flag else Level.ADVISORY, key))
    reference = ComponentReference(name, None)
    program = Program(name, ProgramKind.LIST, "", (reference,), (), (), ())
    return {name: Component(name, tuple(placements), ())}, (program,)


def _graded(top: GuidelineFields) -> tuple[dict[str, Component], tuple[Program, ...]]:
    if "components" not in top.content:
        raise InvalidGuideline('it has no "components"; name a guideline')
    components = {name: _component(top, name) for name in top.objects("components")}
    platform = GuidelineFields(top.objects("platform"), _PLATFORM, top.notes)
    members = platform.names(Level.REQUIRED.value)
    whole = [_program(_PLATFORM, members)] if "platform" in top.content else []
    return components, (*whole, *(_program(name, (name,)) for name in components))


def _component(top: GuidelineFields, name: str) -> Component:
    fields = GuidelineFields(top.objects("components")[name], f"components.{show(name)}", top.notes)
    return Component(name, placements_of(fields), ())


def placements_of(fields: GuidelineFields) -> tuple[Placement, ...]:
    """What the lists of an object say, one for each requirement level, in their order."""
    placements: list[Placement] = []
    for word in fields.content:
        level = as_level(word)
        if level is None:
            fields.notes.note_unknown(word, fields.place, [level.value for level in Level])
        else:
            placements += [Placement(level, subject) for subject in fields.names(word)]
    return tuple(placements)


def _program(name: str, members: tuple[str, ...]) -> Program:
    """RefStack's word is its name here; what it was called later is an alias."""
    names = targets().names_of(name)
    references = tuple(ComponentReference(member, None) for member in members)
    return Program(name, ProgramKind.PLATFORM, "", references, (), (), names, name if names else None)


def _sections(top: GuidelineFields) -> tuple[DesignatedSection, ...]:
    """`designated-sections`: by level, then by project."""
    sections = []
    for word in (found := top.inner("designated-sections")).content:
        level = as_level(word)
        projects = found.inner(word)
        if level is None:
            top.notes.note_unknown(word, found.place, [level.value for level in Level])
            continue
        for project in projects.content:
            entry = projects.inner(project)
            sections.append(DesignatedSection(project, level, entry.text("guidance") or "", entry.text("comment")))
    return tuple(sections)


def _repositories(top: GuidelineFields) -> tuple[SuiteRepository, ...]:
    repositories = []
    for name in (found := top.inner("test-repositories")).content:
        entry = found.inner(name)
        repositories.append(SuiteRepository(name, entry.text("url") or "", entry.text("git-sha")))
    return tuple(repositories)
