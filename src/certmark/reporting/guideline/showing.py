"""A guideline shown whole, or chosen capabilities with all their tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from certmark.domain.guidelines import (
    Capability,
    CriterionMark,
    Flag,
    Guideline,
    GuidelineApproval,
    Level,
    Microversions,
    RequiredTest,
    WaiverRules,
)
from certmark.domain.phrases import counted
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
        "description": guideline.description,
        "version": guideline.version,
        "from": guideline.source,
        "schema": guideline.schema + (f", lifted from {guideline.lifted_from}" if guideline.lifted_from else ""),
        "status": guideline.status,
        "approved by": "; ".join(_approval(approval) for approval in guideline.approvals),
        "process": guideline.process,
        "replaces": guideline.replaces,
        "releases": ", ".join(guideline.releases),
        "target approval": guideline.target_approval,
        "cut-off": None if guideline.cutoff is None else f"{guideline.cutoff} of {_weights(guideline)}",
        "policy": ": ".join(text for text in (guideline.policy.name, guideline.policy.description) if text),
        "waivers": waiver_words(guideline.waiver_rules),
        "microversions": ", ".join(f"{service} {version}" for service, version in guideline.microversions),
        "programs": ", ".join(program.name for program in guideline.programs),
        "tests from": ", ".join(repository.url for repository in guideline.repositories),
        "accepted": counted(len(guideline.decisions), "finding") if guideline.decisions else None,
        "sha256": guideline.sha256,
    }
    yield Table(("field", "value"), tuple((Cell(key), Cell(value)) for key, value in facts.items() if value))
    yield Heading("Capabilities")
    yield Table(("capability", "level", "tests", "flagged", "project", "what"), tuple(_rows(part)))


def _approval(approval: GuidelineApproval) -> str:
    people = f" ({', '.join(approval.people)})" if approval.people else ""
    return f"{approval.authority}{people}, {approval.date}" + (f", {approval.reference}" if approval.reference else "")


def waiver_words(rules: WaiverRules) -> str:
    """What a guideline asks of waivers, in few words; empty where it asks nothing."""
    approvers = None if rules.approvers is None else f"{counted(rules.approvers, 'approver')} at least"
    days = None if rules.longest_days is None else f"{counted(rules.longest_days, 'day')} at most"
    return ", ".join(words for words in (approvers, days) if words)


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
        facts = tuple((Cell(name), Cell(value)) for name, value in _facts(part.guideline, capability).items() if value)
        if facts:
            yield Table(("field", "value"), facts)
        yield ItemGroup(
            f"{len(capability.tests)} tests", tuple(Item(test.name, _notes(test)) for test in capability.tests)
        )


def _facts(guideline: Guideline, capability: Capability) -> dict[str, str]:
    """What only format 3 says of a capability."""
    since = {since for one in guideline.components.values() for key, since in one.since if key == capability.key}
    marks = [mark for mark in capability.marks if mark.reason or mark.evidence or not mark.is_met]
    return {
        "operations": ", ".join(capability.operations),
        "microversions": microversion_words(capability.microversions),
        "credentials": capability.credentials.value if capability.credentials is not None else "",
        "at its level since": ", ".join(sorted(since)),
        **{f"mark: {mark.criterion}": _mark(mark) for mark in marks},
    }


def microversion_words(bounds: Microversions | None) -> str:
    """A range in few words; empty where there is none."""
    if bounds is None or bounds == (None, None):
        return ""
    if bounds.last is None:
        return f"from {bounds.first} on"
    return f"{bounds.first} to {bounds.last}" if bounds.first is not None else f"up to {bounds.last}"


def _mark(mark: CriterionMark) -> str:
    return "; ".join(part for part in ("met" if mark.is_met else "not met", mark.reason, *mark.evidence) if part)


def _notes(test: RequiredTest) -> tuple[str, ...]:
    notes = [f"id-{test.uuid}"] if test.uuid else [f"id {test.written_id}"] if test.written_id else []
    notes += [f"alias {alias}" for alias in test.aliases]
    if test.any_of is not None:
        notes.append(f"one of the group {test.any_of} is enough")
    if test.suite is not None and test.uuid is None:
        notes.append(f"of the suite {test.suite}")
    if test.credentials:
        notes.append(f"its class asks for {', '.join(test.credentials)}")
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
            "title": guideline.title,
            "description": guideline.description,
            "source": guideline.source,
            "lifted_from": guideline.lifted_from,
            "process": guideline.process,
            "approvals": [
                {"authority": one.authority, "by": list(one.people), "date": one.date, "reference": one.reference}
                for one in guideline.approvals
            ],
            "waivers": guideline.waiver_rules._asdict(),
            "microversions": dict(guideline.microversions),
            "decisions": [decision._asdict() for decision in guideline.decisions],
        },
        "program": part.program and part.program.name,
        "programs": [program.name for program in guideline.programs],
        "capabilities": [_capability(key, *found, guideline) for key, found in part.capabilities.items()],
    }


def _capability(key: str, level: Level | None, capability: Capability | None, guideline: Guideline) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": key, "level": level and level.value, "defined": capability is not None}
    if capability is not None:
        entry |= {
            "name": capability.name,
            "description": capability.description,
            "project": capability.project,
            "admin": capability.admin,
            "required_since": capability.required_since,
            "achievements": list(capability.achievements),
            "operations": list(capability.operations),
            "microversion": None
            if capability.microversions is None
            else {"min": capability.microversions.first, "max": capability.microversions.last},
            "credentials": capability.credentials and capability.credentials.value,
            "marks": [
                {"criterion": one.criterion, "met": one.is_met, "reason": one.reason, "evidence": list(one.evidence)}
                for one in capability.marks
            ],
            "since": {
                name: since
                for name, component in guideline.components.items()
                for subject, since in component.since
                if subject == key
            },
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
        "suite": test.suite,
        "any_of": test.any_of,
        "credentials": list(test.credentials),
        "required_since": test.required_since,
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
