"""A guideline as the linter sees it: every entry with its path in the document, whatever its schema.

The reader of `formats.guideline` refuses what a verdict cannot be computed from. An author wants to
know of that and of everything else, so nothing is refused here: what has the wrong type counts as
absent (the schema says so), and every part knows where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from certmark.authoring.lint.format3 import as_schema_2, original_path
from certmark.authoring.lint.schemas import JsonPath
from certmark.authoring.lint.spelling import understand
from certmark.domain.guidelines import Level
from certmark.domain.identity import bare_uuid
from certmark.formats.guideline.schemas import FORMAT_3

_DATED = re.compile(
    r"(?:(?P<line>[a-z][a-z0-9_-]*)\.)?(?:(?P<year>\d{4})\.(?P<month>\d{2})|(?P<next>next))\Z", re.ASCII
)
_LEVELS = {level.value: level for level in Level}
_MODERN_NAMES = {"compute": "os_powered_compute", "object": "os_powered_storage"}
CORE = ""
"""The line of guidelines whose ids have no word before the date."""


class Entry(NamedTuple):
    """A test in a capability."""

    capability: str
    name: str
    path: JsonPath
    details: Mapping[str, Any]
    """Empty where the document lists names only."""
    written_id: str | None = None
    """The id as it is spelt; None where there is none."""
    uuid: str | None = None
    """The uuid in the id."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Those that are texts."""
        return texts(self.details.get("aliases"))

    @property
    def flag_key(self) -> str | None:
        """The key of its flag, as it is spelt."""
        return next((key for key in ("flagged", "flag") if key in self.details), None)

    @property
    def flag(self) -> Mapping[str, Any]:
        """What its flag says; empty where there is none."""
        return as_object(self.details.get(self.flag_key)) if self.flag_key else {}


class CapabilityModel(NamedTuple):
    """A capability of the document."""

    key: str
    path: JsonPath
    content: Mapping[str, Any]
    tests: tuple[Entry, ...]
    flagged: frozenset[str]
    """Names that the capability lists as flagged (1.0 and 1.2)."""

    def is_flagged(self, test: Entry) -> bool:
        """Whether a test of it is flagged."""
        return test.flag_key is not None or test.name in self.flagged

    @property
    def required_since(self) -> str | None:
        """In either spelling; an empty text counts as none."""
        for key in ("required_since", "required-since"):
            if isinstance(self.content.get(key), str):
                return self.content[key] or None
        return None


class Placed(NamedTuple):
    """Something at a level of a component."""

    component: str
    level: Level
    subject: str
    path: JsonPath


class SectionModel(NamedTuple):
    """A designated section."""

    project: str
    level: Level
    path: JsonPath
    content: Mapping[str, Any]


class Reference(NamedTuple):
    """A component that a program names."""

    program: str
    field: str
    name: str
    source: str | None
    path: JsonPath


class GuidelineModel:
    """One document, laid out. `file` is the name by which findings call it."""

    def __init__(self, file: str, document: dict[str, Any], text: str) -> None:
        """`document` is taken over: misspelt keys in it become what they mean."""
        understood = understand(document)
        self.misspelt = understood.misspelt
        self.violations = understood.violations
        self.file = file
        self.text = text
        self.original: Mapping[str, Any] = document
        self.is_3 = understood.schema == FORMAT_3
        if self.is_3:
            document = as_schema_2(document)
        self.document = document
        self.base = re.sub(r"\.(json|ya?ml)\Z", "", file.rpartition("/")[2])
        self.is_2 = "metadata" in document
        self.meta: Mapping[str, Any] = as_object(document.get("metadata")) if self.is_2 else document
        self.meta_path: JsonPath = ("metadata",) if self.is_2 else ()
        self.approval = as_object(self.meta.get("os_trademark_approval")) if self.is_2 else document
        self.approval_path: JsonPath = ("metadata", "os_trademark_approval") if self.is_2 else ()
        self.scoring = as_object(self.meta.get("scoring")) if self.is_2 else document
        self.scoring_path: JsonPath = ("metadata", "scoring") if self.is_2 else ()
        self.schema = text_of(self.meta.get("schema")) or ""
        self.id = text_of(self.meta.get("id")) or text_of(self.meta.get("release")) or self.base
        self.status = text_of(self.approval.get("status"))
        self.replaces = text_of(self.approval.get("replaces"))
        self.releases = texts(self.approval.get("releases"))

    @cached_property
    def _written(self) -> dict[JsonPath, str]:
        return {found.path: found.key for found in self.misspelt}

    @cached_property
    def _lists_achievements(self) -> bool:
        return any("achievements" in as_object(one) for one in as_object(self.original.get("capabilities")).values())

    def as_written(self, path: JsonPath) -> JsonPath:
        """`path` with the keys as they stand in the file."""
        if self.is_3:
            path = original_path(path, has_achievements=self._lists_achievements)
        if not self._written:
            return path
        return tuple(self._written.get(path[: number + 1], step) for number, step in enumerate(path))

    def meant(self, path: JsonPath) -> str:
        """The right key for the last one of `path`, which has the keys as they stand in the file."""
        for found in self.misspelt:
            if found.key == path[-1] and self.as_written(found.path) == path:
                return found.meant
        return str(path[-1])

    @cached_property
    def _dated(self) -> re.Match[str] | None:
        return _DATED.match(self.base) or _DATED.match(self.id)

    @property
    def line(self) -> str | None:
        """What its successors are called before their date, `CORE` for nothing; None outside of every line."""
        return None if self._dated is None or self.schema == "1.0" else self._dated["line"] or CORE

    @property
    def month(self) -> tuple[int, int] | None:
        """Of its name; None for a working copy and for what has no date."""
        found = self._dated
        return (int(found["year"]), int(found["month"])) if found is not None and found["year"] else None

    @property
    def is_next(self) -> bool:
        """Whether it is the working copy of the guideline to come."""
        return self._dated is not None and bool(self._dated["next"])

    @cached_property
    def capabilities(self) -> dict[str, CapabilityModel]:
        """By key, in the order of the document."""
        return {
            key: _capability(key, as_object(content))
            for key, content in as_object(self.document.get("capabilities")).items()
        }

    @cached_property
    def tests(self) -> tuple[Entry, ...]:
        """Of all capabilities, in the order of the document."""
        return tuple(test for capability in self.capabilities.values() for test in capability.tests)

    @cached_property
    def names(self) -> dict[str, list[Entry]]:
        """The tests by their names."""
        found: dict[str, list[Entry]] = {}
        for test in self.tests:
            found.setdefault(test.name, []).append(test)
        return found

    @cached_property
    def components(self) -> Mapping[str, Any]:
        """As the document has them."""
        return as_object(self.document.get("components"))

    @cached_property
    def placements(self) -> tuple[Placed, ...]:
        """Of capabilities in components."""
        return tuple(self._placements("capabilities"))

    @cached_property
    def section_placements(self) -> tuple[Placed, ...]:
        """Of projects in components (2.0)."""
        return tuple(self._placements("designated_sections")) if self.is_2 else ()

    def _placements(self, kind: str) -> Iterator[Placed]:
        for component, content in self.components.items():
            lists, path = as_object(content), ("components", component)
            if self.is_2:
                lists, path = as_object(lists.get(kind)), (*path, kind)  # type: ignore[assignment]  # a longer path
            for word, subjects in lists.items():
                for number, subject in enumerate(subjects if isinstance(subjects, list) else ()):
                    if word in _LEVELS and isinstance(subject, str):
                        yield Placed(component, _LEVELS[word], subject, (*path, word, number))

    @cached_property
    def levels(self) -> dict[str, Placed]:
        """The strongest placement of each capability."""
        best: dict[str, Placed] = {}
        for placed in self.placements:
            known = best.get(placed.subject)
            if known is None or placed.level.rank < known.level.rank:
                best[placed.subject] = placed
        return best

    @cached_property
    def required(self) -> tuple[Placed, ...]:
        """The placements that require, one for each capability that is defined."""
        return tuple(
            placed for key, placed in self.levels.items() if placed.level is Level.REQUIRED and key in self.capabilities
        )

    @cached_property
    def sections(self) -> tuple[SectionModel, ...]:
        """By project and level, either way round."""
        key = "designated_sections" if self.is_2 else "designated-sections"
        found = []
        for outer, content in as_object(self.document.get(key)).items():
            for inner, section in as_object(content).items():
                project, word = (outer, inner) if self.is_2 else (inner, outer)
                if word in _LEVELS:
                    found.append(SectionModel(project, _LEVELS[word], (key, outer, inner), as_object(section)))
        return tuple(found)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """What programs name: components, here or elsewhere."""
        return tuple(_references_2(self.document) if self.is_2 else _references_1(self.document))

    def has(self, section: str) -> bool:
        """Whether the document has a part of that name; what refers to one that is missing is not told one by one."""
        return section in self.document

    @property
    def criteria(self) -> Mapping[str, Any]:
        """As the document has them."""
        return as_object(self.scoring.get("criteria"))

    @cached_property
    def weights(self) -> dict[str, int]:
        """Of the criteria that have one, also where it is written as a text."""
        found = {key: as_object(content).get("weight", 0) for key, content in self.criteria.items()}
        whole = {key: _whole_number(weight) for key, weight in found.items()}
        return {key: weight for key, weight in whole.items() if weight is not None}

    @property
    def cutoff(self) -> int | None:
        """Also where it is written as a text."""
        return _whole_number(self.scoring.get("cutoff_score"))

    def score(self, key: str) -> int:
        """The weights of what a capability achieves."""
        achieved = dict.fromkeys(texts(self.capabilities[key].content.get("achievements")))
        return sum(self.weights.get(word, 0) for word in achieved)

    @property
    def highest_score(self) -> int:
        """What a capability can reach."""
        return sum(weight for weight in self.weights.values() if weight > 0)


def _whole_number(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    return value if type(value) is int else None


def _capability(key: str, content: Mapping[str, Any]) -> CapabilityModel:
    path: JsonPath = ("capabilities", key)
    tests = content.get("tests")
    found: tuple[Entry, ...] = ()
    if isinstance(tests, dict):
        found = tuple(_entry(key, name, path, as_object(details)) for name, details in tests.items())
    elif isinstance(tests, list):
        found = tuple(
            Entry(key, name, (*path, "tests", number), {}) for number, name in enumerate(tests) if isinstance(name, str)
        )
    return CapabilityModel(key, path, content, found, frozenset(texts(content.get("flagged"))))


def _entry(capability: str, name: str, path: JsonPath, details: Mapping[str, Any]) -> Entry:
    written = details.get("idempotent_id", details.get("idempotent-id"))
    written = written if isinstance(written, str) else None
    uuid = bare_uuid(written) if written else None
    return Entry(capability, name, (*path, "tests", name), details, written, uuid)


def _references_2(document: Mapping[str, Any]) -> Iterator[Reference]:
    for kind in ("platforms", "add-ons"):
        for program, content in as_object(document.get(kind)).items():
            for field in ("components", "required_platform_components", "optional_platform_components"):
                listed = as_object(content).get(field)
                for number, item in enumerate(listed if isinstance(listed, list) else ()):
                    name = text_of(as_object(item).get("name"))
                    if name is not None:
                        source = text_of(as_object(item).get("source"))
                        yield Reference(program, field, name, source, (kind, program, field, number))


def _references_1(document: Mapping[str, Any]) -> Iterator[Reference]:
    for word, listed in as_object(document.get("platform")).items():
        for number, name in enumerate(texts(listed)):
            yield Reference("platform", word, name, None, ("platform", word, number))


def modern_name(component: str) -> str:
    """What a component of the schemas 1.x is called since 2.0."""
    return _MODERN_NAMES.get(component, component)


def as_object(value: object) -> Mapping[str, Any]:
    """`value`, an empty object if it is none."""
    return value if isinstance(value, dict) else {}


def text_of(value: object) -> str | None:
    """`value`, if it is a text."""
    return value if isinstance(value, str) else None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
