"""A guideline shown whole, or chosen capabilities with all their tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from certmark.domain.guidelines import Capability, Flag, Guideline, Level, RequiredTest
from certmark.domain.policies import policy_document
from certmark.domain.programs import GuidelinePart, flagged_in
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table
from certmark.reporting.documents import Document
from certmark.reporting.views import View


class GuidelineView(View):
    """A guideline, or a part of it."""

    def __init__(self, part: GuidelinePart, *, summary: bool = True, tests: bool = False) -> None:
        """`summary` tells what the guideline says of itself; `tests` all tests, else the flagged ones."""
        self.title = f"Guideline {part.guideline.id}"
        self._part = part
        self._summary = summary
        self._tests = tests

    def blocks(self) -> Iterable[Block]:
        """What it says of itself, then its capabilities or its flags."""
        if self._summary:
            yield from _summary(self._part)
        yield from (_details if self._tests else _flagged)(self._part)

    def document(self) -> Document:
        """`certmark-guideline-capabilities`: all tests of the part."""
        return Document("certmark-guideline-capabilities", 1, _document(self._part))


def _summary(part: GuidelinePart) -> Iterator[Block]:
    guideline = part.guideline
    yield Sentence(f"{guideline.id}{_of(part)}: {len(part.capabilities)} capabilities.")
    facts = {
        "title": guideline.title,
        "version": guideline.version,
        "from": guideline.source,
        "schema": guideline.schema,
        "status": guideline.status,
        "replaces": guideline.replaces,
        "releases": ", ".join(guideline.releases),
        "target approval": guideline.target_approval,
        "cut-off": None if guideline.cutoff is None else f"{guideline.cutoff} of {_weights(guideline)}",
        "policy": f"{guideline.policy.name}: {guideline.policy.description}",
        "programs": ", ".join(program.name for program in guideline.programs),
        "tests from": ", ".join(repository.url for repository in guideline.repositories),
        "sha256": guideline.sha256,
    }
    yield Table(("field", "value"), tuple((Cell(key), Cell(value)) for key, value in facts.items() if value))
    yield Heading("Capabilities")
    yield Table(("capability", "level", "tests", "flagged", "project", "what"), tuple(_rows(part)))


def _of(part: GuidelinePart) -> str:
    return f', "{part.program.name}"' if part.program is not None else ""


def _weights(guideline: Guideline) -> int:
    return sum(criterion.weight for criterion in guideline.criteria)


def _rows(part: GuidelinePart) -> Iterator[tuple[Cell, ...]]:
    for key, (level, capability) in part.capabilities.items():
        word = level.value if level is not None else "in no component"
        if capability is None:
            cells = (key, word, "-", "-", "-", "not defined in this document")
        else:
            what = capability.description or capability.name
            tests, flagged = str(len(capability.tests)), str(flagged_in(capability))
            cells = (key, word, tests, flagged, capability.project or "-", _brief(what))
        yield tuple(Cell(text) for text in cells)


_BRIEF = 100


def _brief(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _BRIEF else words[: _BRIEF - 1] + "…"


def _flagged(part: GuidelinePart) -> Iterator[Block]:
    flags: dict[str, dict[str, None]] = {}
    for _, capability in part.capabilities.values():
        for test in capability.tests if capability is not None else ():
            if test.flag is not None:
                flags.setdefault(_why(test.flag), {})[test.name] = None
    if flags:
        yield Heading("Flagged tests, which count for nobody")
    for reason, names in flags.items():
        yield ItemGroup(reason, tuple(Item(name) for name in names))


def _why(flag: Flag) -> str:
    why = " / ".join(part for part in (flag.reason, flag.action) if part) or "no reason given"
    return f"{why} ({flag.date})" if flag.date else why


def _details(part: GuidelinePart) -> Iterator[Block]:
    for key, (level, capability) in part.capabilities.items():
        word = level.value if level is not None else "in no component"
        yield Heading(f"{key}: {word}" + (f", {capability.project}" if capability and capability.project else ""))
        if capability is None:
            yield Sentence("It is not defined in this document.")
            continue
        for text in (capability.name if capability.name != key else "", capability.description):
            if text:
                yield Sentence(text)
        yield ItemGroup(
            f"{len(capability.tests)} tests", tuple(Item(test.name, _notes(test)) for test in capability.tests)
        )


def _notes(test: RequiredTest) -> tuple[str, ...]:
    notes = [f"id-{test.uuid}"] if test.uuid else [f"id {test.written_id}"] if test.written_id else []
    notes += [f"alias {alias}" for alias in test.aliases]
    if test.flag is not None:
        notes.append(f"flagged: {_why(test.flag)}")
    return tuple(notes)


def _document(part: GuidelinePart) -> dict[str, Any]:
    guideline = part.guideline
    return {
        "guideline": {
            "id": guideline.id,
            "schema": guideline.schema,
            "status": guideline.status,
            "replaces": guideline.replaces,
            "releases": list(guideline.releases),
            "target_approval": guideline.target_approval,
            "cutoff": guideline.cutoff,
            "policy": policy_document(guideline.policy),
            "sha256": guideline.sha256,
            "remarks": list(guideline.remarks),
        },
        "program": part.program and part.program.name,
        "programs": [program.name for program in guideline.programs],
        "capabilities": [_capability(key, *found) for key, found in part.capabilities.items()],
    }


def _capability(key: str, level: Level | None, capability: Capability | None) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": key, "level": level and level.value, "defined": capability is not None}
    if capability is not None:
        entry |= {
            "name": capability.name,
            "description": capability.description,
            "project": capability.project,
            "admin": capability.admin,
            "required_since": capability.required_since,
            "achievements": list(capability.achievements),
            "tests": [_test(test) for test in capability.tests],
        }
    return entry


def _test(test: RequiredTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "uuid": test.uuid,
        "written_id": test.written_id,
        "aliases": list(test.aliases),
        "flag": None if test.flag is None else flag_document(test.flag),
    }


def flag_document(flag: Flag) -> dict[str, str | None]:
    """What a flag says, for programs."""
    return {
        "reason": flag.reason,
        "code": flag.code,
        "action": flag.action,
        "date": flag.date,
        "spelling": flag.spelling,
    }
