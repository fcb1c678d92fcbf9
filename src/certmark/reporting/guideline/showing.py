"""`certmark guideline show`: a guideline whole, or chosen capabilities with all their tests."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from certmark.app.inputs.guidelines import program_of
from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.cli.guideline.common import levels_of, loaded
from certmark.domain.errors import InvalidRequest
from certmark.domain.guidelines import Capability, Flag, Guideline, Level, RequiredTest
from certmark.domain.policies import policy_document
from certmark.domain.programs import components_of, flagged_in
from certmark.formats.errors import excerpt
from certmark.reporting.blocks import Block, Cell, Group, Heading, Item, Sentence, Table


def show_guideline(args: argparse.Namespace, console: Console) -> None:
    """Show it whole, or the chosen capabilities."""
    guideline = loaded(args.guideline, console, remarks=not args.capability)
    view = _view(guideline, args.program, args.capability)
    if args.json:
        console.data(json.dumps(_document(view), indent=1))
    else:
        summary = () if args.capability else _summary(view)
        details = _details(view) if args.capability or args.full else _flagged(view)
        show_blocks([*summary, *details], console)


class _View(NamedTuple):
    """The part of a guideline that is shown."""

    guideline: Guideline
    program: str | None
    capabilities: dict[str, tuple[Level | None, Capability | None]]
    """By key; a capability that is placed and not defined is None, so is the level of an unplaced one."""


def _view(guideline: Guideline, program: str | None, keys: Iterable[str]) -> _View:
    chosen = None if program is None else program_of(guideline, program)
    levels = levels_of(guideline, guideline.components if chosen is None else components_of(chosen))
    order = [*levels, *(() if chosen is not None else (key for key in guideline.capabilities if key not in levels))]
    found = {key: (levels.get(key), guideline.capabilities.get(key)) for key in order}
    unknown = [key for key in keys if key not in found]
    if unknown:
        where = f'"{chosen.name}"' if chosen is not None else guideline.id
        raise InvalidRequest(f"there is no capability {excerpt(unknown[0])} in {where}")
    wanted = list(keys) or order
    return _View(guideline, chosen and chosen.name, {key: found[key] for key in wanted})


def _summary(view: _View) -> Iterator[Block]:
    guideline = view.guideline
    yield Sentence(f"{guideline.id}{_of(view)}: {len(view.capabilities)} capabilities.")
    facts = {
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
    yield Table(("capability", "level", "tests", "flagged", "project", "what"), tuple(_rows(view)))


def _of(view: _View) -> str:
    return f', "{view.program}"' if view.program is not None else ""


def _weights(guideline: Guideline) -> int:
    return sum(criterion.weight for criterion in guideline.criteria)


def _rows(view: _View) -> Iterator[tuple[Cell, ...]]:
    for key, (level, capability) in view.capabilities.items():
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


def _flagged(view: _View) -> Iterator[Block]:
    flags: dict[str, dict[str, None]] = {}
    for _, capability in view.capabilities.values():
        for test in capability.tests if capability is not None else ():
            if test.flag is not None:
                flags.setdefault(_why(test.flag), {})[test.name] = None
    if flags:
        yield Heading("Flagged tests, which count for nobody")
    for reason, names in flags.items():
        yield Group(reason, tuple(Item(name) for name in names))


def _why(flag: Flag) -> str:
    said = " / ".join(part for part in (flag.reason, flag.action) if part) or "no reason given"
    return f"{said} ({flag.date})" if flag.date else said


def _details(view: _View) -> Iterator[Block]:
    for key, (level, capability) in view.capabilities.items():
        word = level.value if level is not None else "in no component"
        yield Heading(f"{key}: {word}" + (f", {capability.project}" if capability and capability.project else ""))
        if capability is None:
            yield Sentence("It is not defined in this document.")
            continue
        for text in (capability.name if capability.name != key else "", capability.description):
            if text:
                yield Sentence(text)
        yield Group(f"{len(capability.tests)} tests", tuple(Item(test.name, _notes(test)) for test in capability.tests))


def _notes(test: RequiredTest) -> tuple[str, ...]:
    notes = [f"id-{test.uuid}"] if test.uuid else [f"id {test.written_id}"] if test.written_id else []
    notes += [f"alias {alias}" for alias in test.aliases]
    if test.flag is not None:
        notes.append(f"flagged: {_why(test.flag)}")
    return tuple(notes)


def _document(view: _View) -> dict[str, Any]:
    guideline = view.guideline
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
        "program": view.program,
        "programs": [program.name for program in guideline.programs],
        "capabilities": [_capability(key, *found) for key, found in view.capabilities.items()],
    }


def _capability(key: str, level: Level | None, capability: Capability | None) -> dict[str, Any]:
    told: dict[str, Any] = {"key": key, "level": level and level.value, "defined": capability is not None}
    if capability is not None:
        told |= {
            "name": capability.name,
            "description": capability.description,
            "project": capability.project,
            "admin": capability.admin,
            "required_since": capability.required_since,
            "achievements": list(capability.achievements),
            "tests": [_test(test) for test in capability.tests],
        }
    return told


def _test(test: RequiredTest) -> dict[str, Any]:
    return {
        "name": test.name,
        "uuid": test.uuid,
        "written_id": test.written_id,
        "aliases": list(test.aliases),
        "flag": None if test.flag is None else test.flag._asdict(),
    }
