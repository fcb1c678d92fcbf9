"""Process: what a guideline must say by itself: its releases, its month, its status, its scores."""

from __future__ import annotations

import re
from collections.abc import Iterator

from certmark.authoring.lint.broken_rules import BrokenRule
from certmark.authoring.lint.entries import check_flag_days, check_old_flags, of_admins
from certmark.authoring.lint.history import RevisionHistory
from certmark.authoring.lint.model import GuidelineModel, Placed, as_object, text_of
from certmark.authoring.lint.openstack import release_number
from certmark.domain.guidelines import Level
from certmark.domain.phrases import are, counted
from certmark.formats.errors import excerpt
from certmark.formats.guideline.fields import show

_FEWEST, _MOST = 3, 4
_TWO = 2
_MOST_TOLD = 10
_MONTH = re.compile(r"(\d{4})[.-](0[1-9]|1[0-2])(?:-\d{2})?\Z", re.ASCII)


def check(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """Releases, dates, status, scores."""
    if sheet.schema == "1.0":
        return
    yield from _of_releases(sheet, history)
    yield from _of_status(sheet, history)
    odd_weights = list(_of_weights(sheet, history))
    yield from odd_weights
    yield from _of_cutoff(sheet)
    if not odd_weights:  # by odd weights every score is odd
        yield from _of_scores(sheet, history.predecessor(sheet))
    yield from _of_required(sheet, history)
    yield from _of_advisory(sheet)
    yield from check_flag_days(sheet, history.around.today)
    yield from check_old_flags(sheet, history.predecessor(sheet))


def _of_releases(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    path = (*sheet.approval_path, "releases")
    count = len(sheet.releases)
    if sheet.releases and not _FEWEST <= count <= _MOST:
        yield BrokenRule(
            "process/releases-window", path, f"it covers {counted(count, 'release')}: {_release_names(sheet)}"
        )
    elif count == _MOST:
        message = "it covers four releases; D305 says three, the practice since 2016 is one more, the release to come"
        yield BrokenRule("process/fourth-release", path, message)
    numbers = [release_number(name) for name in sheet.releases]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers):
        unknown = [name for name, number in zip(sheet.releases, numbers, strict=True) if number is None]
        names = ", ".join(map(show, unknown[:_MOST_TOLD]))
        first = next(number for number, one in enumerate(numbers) if one is None)
        what = "a release" if len(unknown) == 1 else "releases"
        message = f"{names} {are(len(unknown))} not known here as {what} of OpenStack"
        yield BrokenRule("process/unknown-release", (*path, first), message)
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
    if sheet.is_3 and sheet.status == "approved" and not as_object(sheet.original.get("metadata")).get("approval"):
        yield BrokenRule("process/no-approval", path, "it is approved, and does not say by whom and when")
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


_NEARLY = 20
"""Weights that are so far from a hundred mean to be parts of it; others are a programme's own scale."""
_WHOLE = 100
"""What the weights of the working group's criteria add up to."""


def _of_weights(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    """A4: weights are parts of a hundred, and a guideline that had criteria keeps some."""
    path = (*sheet.scoring_path, "criteria")
    before = history.predecessor(sheet)
    if not sheet.criteria:
        if before is not None and before.criteria:
            message = f"it has no criteria of scoring; {before.id} has {len(before.criteria)}"
            yield BrokenRule("process/no-criteria", sheet.scoring_path if sheet.scoring else sheet.meta_path, message)
        return
    negative = [key for key, weight in sheet.weights.items() if weight < 0]
    for key in negative:
        yield BrokenRule("process/negative-weight", (*path, key, "weight"), f"the weight of {show(key)} is negative")
    total = sum(sheet.weights.values())
    was = sum(before.weights.values()) if before is not None and before.weights else total
    if total != _WHOLE and not negative and abs(was - _WHOLE) <= _NEARLY:
        old = before.weights if before is not None else {}
        changed = [key for key in sheet.weights if old.get(key, sheet.weights[key]) != sheet.weights[key]]
        place = (*path, changed[0], "weight") if len(changed) == 1 else path
        yield BrokenRule("process/weights-sum", place, f"the weights add up to {total}, and not to {_WHOLE}")


def _of_cutoff(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    path = (*sheet.scoring_path, "cutoff_score")
    said = sheet.scoring.get("cutoff_score")
    if said is None and sheet.weights and sheet.schema not in {"1.2", "1.3"}:
        yield BrokenRule("process/no-cutoff", sheet.scoring_path, "it has criteria and no cut-off")
    elif isinstance(said, str) and not sheet.is_2:
        message = f"the cut-off is the text {excerpt(said)}; it should be a number"
        yield BrokenRule("structure/text-for-number", path, message)
    if sheet.cutoff is not None and sheet.weights and not 0 <= sheet.cutoff <= sheet.highest_score:
        message = f"the cut-off is {sheet.cutoff}; a capability can reach {sheet.highest_score}"
        yield BrokenRule("process/unreachable-cutoff", path, message)


def _of_required(sheet: GuidelineModel, history: RevisionHistory) -> Iterator[BrokenRule]:
    chain = history.chain(sheet) if sheet.month is not None else [sheet]
    for placed in sheet.required:
        capability = sheet.capabilities[placed.subject]
        key, content = show(placed.subject), capability.content
        if content.get("admin") is True:
            yield BrokenRule(
                "process/admin-required", (*capability.path, "admin"), f"{key} is required and asks for an admin"
            )
        for test in capability.tests:
            if not capability.is_flagged(test):
                yield from of_admins(test.name, test.path, placed.subject)
        yield from _of_required_since(placed, sheet, chain)


def _of_scores(sheet: GuidelineModel, before: GuidelineModel | None) -> Iterator[BrokenRule]:
    """What capabilities score, held against their levels."""
    for placed in sheet.required:
        yield from _of_score(placed, sheet, before)
    for key, placed in sheet.levels.items():
        is_known = placed.level is Level.ADVISORY and key in sheet.capabilities
        if is_known and sheet.cutoff is not None and 0 < sheet.cutoff <= sheet.score(key):
            message = f"{show(key)} is advisory and scores {sheet.score(key)}; the cut-off is {sheet.cutoff}"
            yield BrokenRule("process/above-cutoff", sheet.capabilities[key].path, message)


def _of_score(placed: Placed, sheet: GuidelineModel, before: GuidelineModel | None) -> Iterator[BrokenRule]:
    """A4.2: what is required scores as much as the cut-off says."""
    cutoff, key = sheet.cutoff, placed.subject
    if cutoff is None or cutoff > sheet.highest_score or sheet.score(key) >= cutoff:
        return
    path = sheet.capabilities[key].path
    message = f"{show(key)} is required and scores {sheet.score(key)} of {sheet.highest_score}; the cut-off is {cutoff}"
    fell = before is not None and key in before.capabilities and before.score(key) >= cutoff
    same_scale = before is not None and before.weights == sheet.weights
    if before is not None and fell and same_scale:
        yield BrokenRule("process/score-fell", path, f"{message}, and in {before.id} it scored {before.score(key)}")
    else:
        yield BrokenRule("process/below-cutoff", path, message)


def _of_advisory(sheet: GuidelineModel) -> Iterator[BrokenRule]:
    """What advisory capabilities say of being required."""
    for key, placed in sheet.levels.items():
        if placed.level is not Level.ADVISORY or key not in sheet.capabilities:
            continue
        capability = sheet.capabilities[key]
        word = "required_since" if "required_since" in capability.content else "required-since"
        if capability.required_since is not None:
            message = f"{show(key)} is advisory and says required since {show(capability.required_since)}"
            yield BrokenRule("process/since-not-required", (*capability.path, word), message)


def _of_required_since(placed: Placed, sheet: GuidelineModel, chain: list[GuidelineModel]) -> Iterator[BrokenRule]:
    capability = sheet.capabilities[placed.subject]
    keys = [key for key in ("required_since", "required-since") if key in capability.content]
    if not keys:
        if sheet.schema not in {"1.2", "1.3"}:
            message = f"{show(placed.subject)} is required and does not say since when"
            yield BrokenRule("process/no-required-since", capability.path, message)
        return
    said = capability.required_since
    own = "{:04}.{:02}".format(*sheet.month) if sheet.month is not None else None
    if said is not None and own is not None and _MONTH.match(said) and said > own:
        message = f"{show(placed.subject)} says required since {show(said)}, which is after this guideline"
        yield BrokenRule("process/since-later", (*capability.path, keys[0]), message)
        return
    first = sheet
    for older in chain[1:]:
        if not _requires(older, placed.subject):
            break
        first = older
    month = "{:04}.{:02}".format(*(first.month or (0, 0)))
    if said is None or said == month or first.month is None or (first is chain[-1] and said < month):
        return  # where the chain ends, an earlier guideline may have required it
    message = f"{show(placed.subject)} says required since {show(said)}; the first to require it was {first.base}"
    yield BrokenRule("process/required-since", (*capability.path, keys[0]), message)


def _requires(sheet: GuidelineModel, key: str) -> bool:
    placed = sheet.levels.get(key)
    return (
        placed is not None and placed.level is Level.REQUIRED and key in as_object(sheet.document.get("capabilities"))
    )
