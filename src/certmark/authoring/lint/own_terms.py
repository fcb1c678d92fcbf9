"""Process: what a guideline must say by itself: its releases, its month, its status, its scores."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.history import RevisionHistory
from certmark.authoring.lint.model import GuidelineModel, Placed, as_object, text_of, texts
from certmark.domain.guidelines import Level
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import show

_LETTERS = (
    *("austin", "bexar", "cactus", "diablo", "essex", "folsom", "grizzly", "havana", "icehouse", "juno", "kilo"),
    *("liberty", "mitaka", "newton", "ocata", "pike", "queens", "rocky", "stein", "train", "ussuri", "victoria"),
    *("wallaby", "xena", "yoga", "zed"),
)
_NUMBERED = re.compile(r"(\d{4})\.([12])\Z", re.ASCII)
_FIRST_NUMBERED = 2023
_FEWEST, _MOST = 3, 4
_TWO = 2
_MOST_TOLD = 10
_MONTH = re.compile(r"(\d{4})[.-](\d{2})(?:-\d{2})?\Z", re.ASCII)


def check(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """Releases, dates, status, scores."""
    if sheet.schema == "1.0":
        return
    yield from _of_releases(sheet, history)
    yield from _of_status(sheet, history)
    yield from _of_cutoff(sheet)
    yield from _of_required(sheet, history)


def release_number(name: str) -> int | None:
    """The place of an OpenStack release among all, two a year; None for a name that is none."""
    word = name.lower()
    if word in _LETTERS:
        return _LETTERS.index(word)
    found = _NUMBERED.match(word)
    if found is None or int(found[1]) < _FIRST_NUMBERED:
        return None
    return len(_LETTERS) + (int(found[1]) - _FIRST_NUMBERED) * 2 + int(found[2]) - 1


def _of_releases(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    path = (*sheet.approval_path, "releases")
    count = len(sheet.releases)
    if sheet.releases and not _FEWEST <= count <= _MOST:
        yield BrokenRule("process/releases-window", path, f"it covers {count} releases: {_release_names(sheet)}")
    elif count == _MOST:
        message = "it covers four releases; D305 says three, the practice since 2016 is one more, the release to come"
        yield BrokenRule("process/fourth-release", path, message)
    numbers = [release_number(name) for name in sheet.releases]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers):
        unknown = [name for name, number in zip(sheet.releases, numbers, strict=True) if number is None]
        names = ", ".join(map(show, unknown[:_MOST_TOLD]))
        yield BrokenRule("process/unknown-release", path, f"{names} is no release of OpenStack that is known here")
    elif known != list(range(known[0], known[0] + len(known))) if known else False:
        yield BrokenRule(
            "process/releases-gap", path, f"its releases do not follow each other: {_release_names(sheet)}"
        )
    before = history.predecessor(sheet)
    old = [number for name in before.releases if (number := release_number(name)) is not None] if before else []
    if before is not None and known and old and (known[0] < old[0] or known[-1] < old[-1]):
        message = f"its releases ({_release_names(sheet)}) lie before those of {before.id} ({_release_names(before)})"
        yield BrokenRule("process/releases-backwards", path, message)


def _release_names(sheet: GuidelineModel) -> str:
    return ", ".join(map(show, sheet.releases[:_MOST_TOLD]))


def _of_status(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    path = (*sheet.approval_path, "status")
    target = _MONTH.match(text_of(sheet.approval.get("target_approval")) or "")
    if target is not None and sheet.month is not None and (int(target[1]), int(target[2])) != sheet.month:
        message = f"its target approval is {target[0]}, another month than that of its name"
        yield BrokenRule("process/approval-month", (*sheet.approval_path, "target_approval"), message)
    if sheet.is_next:
        yield from _of_next(sheet, history)
    elif sheet.status == "approved" and sheet.line is not None and sheet.month is not None:
        approved = [other for other in history.lines[sheet.line] if other.status == "approved"]
        if sheet in approved[:-_TWO]:
            names = ", ".join(show(other.base) for other in approved)
            message = f"{len(approved)} guidelines are approved ({names}); only the newest two may be"
            yield BrokenRule("process/approved-too-long", path, message)


def _of_next(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    if sheet.status is not None and sheet.status not in {"draft", "review"}:
        yield BrokenRule(
            "process/next-status", (*sheet.approval_path, "status"), f"a working copy says {show(sheet.status)}"
        )
    newest = history.newest(sheet)
    if newest is None or newest.month is None:
        return
    target = _MONTH.match(text_of(sheet.approval.get("target_approval")) or "")
    late = target is not None and (int(target[1]), int(target[2])) <= newest.month
    if late or (sheet.replaces is not None and sheet.replaces not in {newest.id, newest.base}):
        says = f"replaces {show(sheet.replaces)}" if sheet.replaces else f"is for {target[0] if target else 'no month'}"
        message = f"it {says}; the newest guideline of its line is {newest.base}"
        yield BrokenRule("process/next-is-stale", sheet.approval_path, message)


def _of_cutoff(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    path = (*sheet.scoring_path, "cutoff_score")
    said = sheet.scoring.get("cutoff_score")
    if said is None and sheet.weights and sheet.schema not in {"1.2", "1.3"}:
        yield BrokenRule("process/no-cutoff", sheet.scoring_path, "it has criteria and no cut-off")
    elif isinstance(said, str) and not sheet.is_2:
        message = f"the cut-off is the text {excerpt(said)}; it should be a number"
        yield BrokenRule("structure/text-for-number", path, message)


def _of_required(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    cutoff, total = sheet.cutoff, sum(sheet.weights.values())
    chain = history.chain(sheet) if sheet.month is not None else [sheet]
    for placed in sheet.required:
        capability = sheet.capabilities[placed.subject]
        key, content = show(placed.subject), capability.content
        if content.get("admin") is True:
            yield BrokenRule(
                "process/admin-required", (*capability.path, "admin"), f"{key} is required and asks for an admin"
            )
        for test in capability.tests:
            if ".admin." in test.name and not capability.is_flagged(test):
                message = f"{show(test.name)} lies among the tests that need an admin; {key} is required"
                yield BrokenRule("process/admin-test", test.path, message)
        achieved = texts(
            content.get("achievements", content.get("acheivements"))
        )  # the slip of all files since 2018.02
        marks = [sheet.weights.get(word, 0) for word in dict.fromkeys(achieved)]
        if cutoff is not None and sum(marks) < cutoff:
            message = f"{key} is required and scores {sum(marks)} of {total}; the cut-off is {cutoff}"
            yield BrokenRule("process/below-cutoff", capability.path, message)
        yield from _of_required_since(placed, sheet, chain)


def _of_required_since(placed: Placed, sheet: GuidelineModel, chain: list[GuidelineModel]) -> Iterator[BrokenRule]:
    capability = sheet.capabilities[placed.subject]
    keys = [key for key in ("required_since", "required-since") if key in capability.content]
    if not keys:
        if sheet.schema not in {"1.2", "1.3"}:
            message = f"{show(placed.subject)} is required and does not say since when"
            yield BrokenRule("process/no-required-since", capability.path, message)
        return
    first = sheet
    for older in chain[1:]:
        if not _requires(older, placed.subject):
            break
        first = older
    said, month = capability.required_since, "{:04}.{:02}".format(*(first.month or (0, 0)))
    if said is None or said == month or first.month is None or (first is chain[-1] and said < month):
        return  # where the chain ends, an earlier guideline may have required it
    message = f"{show(placed.subject)} says required since {show(said)}; the first to require it was {first.base}"
    yield BrokenRule("process/required-since", (*capability.path, keys[0]), message)


def _requires(sheet: GuidelineModel, key: str) -> bool:
    placed = sheet.levels.get(key)
    return (
        placed is not None and placed.level is Level.REQUIRED and key in as_object(sheet.document.get("capabilities"))
    )
