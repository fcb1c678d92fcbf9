"""The brief of a change of guidelines: one page for those who must act, as blocks and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.changes import REWORDINGS, ChangeKind, GuidelineChange, Topic
from certmark.domain.guideline_briefs import Audience, Duty, GuidelineBrief, leaving, required_now
from certmark.domain.phrases import count_of, counted
from certmark.reporting.blocks import Block, GroupLook, Heading, Item, ItemGroup, Sentence, Tone, and_more
from certmark.reporting.documents import Document
from certmark.reporting.guideline.changes import change_blocks, must_pass_entry, must_pass_table, side_of
from certmark.reporting.views import View

_FEW = 8
"""Names behind a duty that are shown without being asked for."""
_WHO = {Audience.BOARD: "Board", Audience.VENDORS: "Vendors", Audience.PTL: "Project leads"}
_TERMS = (
    *(ChangeKind.STATUS, ChangeKind.RELEASE_ADDED, ChangeKind.RELEASE_DROPPED, ChangeKind.CUTOFF, ChangeKind.WEIGHT),
    *(ChangeKind.PROGRAM_ADDED, ChangeKind.PROGRAM_REMOVED, ChangeKind.PROGRAM_RENAMED),
    *(ChangeKind.PROGRAM_COMPONENTS, ChangeKind.PROGRAM_HOST, ChangeKind.POLICY),
    *(ChangeKind.SECTION_ADDED, ChangeKind.SECTION_REMOVED, ChangeKind.SECTION_MOVED),
)
_FLAGS = (ChangeKind.FLAG_ADDED, ChangeKind.FLAG_REMOVED)


class BriefView(View):
    """A brief, for one audience or for all."""

    def __init__(self, brief: GuidelineBrief, audience: Audience | None = None, words: Words = str) -> None:
        """None: for everybody. `words` say how the whole is had."""
        whom = f", for {_WHO[audience].lower() if audience is not Audience.BOARD else 'the board'}" if audience else ""
        self.title = f"From {brief.before.id} to {brief.after.id}{whom}"
        self._brief = brief
        self._audience = audience
        self._words = words

    def blocks(self) -> Iterator[Block]:
        """What to do, what must be passed, then what came, went and counts again; the rest folded."""
        brief, audience = self._brief, self._audience
        by = f" by {brief.by}" if brief.by else "; the guideline names no day"
        yield Sentence(f"{self.title}: what is to be done{by}.")
        yield from self._duties()
        yield Heading("Tests to pass")
        yield from must_pass_table(brief.programs)
        if audience is not Audience.PTL:
            yield from self._capabilities()
        if audience is not Audience.VENDORS:
            yield from self._projects()
        yield from self._flags()
        if audience is not Audience.PTL:
            yield from self._group("Terms, programs and sections", brief.of(*_TERMS))
        yield from self._rest()

    def _shown(self) -> tuple[Duty, ...]:
        return tuple(duty for duty in self._brief.duties if self._audience in {None, duty.audience})

    def _duties(self) -> Iterator[Block]:
        for audience, who in _WHO.items():
            duties = [duty for duty in self._shown() if duty.audience is audience]
            if duties:
                yield ItemGroup(who, tuple(Item(duty.what, _few(duty.names)) for duty in duties), Tone.GAP)
        if not self._shown():
            yield Sentence("Nothing is to be done.", Tone.GOOD)

    def _capabilities(self) -> Iterator[Block]:
        changes = self._brief.changes
        for title, names in (("Required from now on", required_now(changes)), ("No longer required", leaving(changes))):
            if names:
                yield Heading(title)
                yield ItemGroup(
                    counted(len(names), "capability", "capabilities"),
                    tuple(Item(name, self._says(name)) for name in names),
                )

    def _says(self, key: str) -> tuple[str, ...]:
        brief = self._brief
        capability = brief.after.capabilities.get(key) or brief.before.capabilities.get(key)
        if capability is None:
            return ()
        words = " ".join(capability.description.split())
        tests = [test for test in capability.tests if test.flag is None]
        counts = f"{counted(len(tests), 'test')} to pass, {capability.project or 'no project'}"
        return (words[:160], counts) if words else (counts,)

    def _projects(self) -> Iterator[Block]:
        if self._audience is Audience.BOARD or not self._brief.projects:
            return
        yield Heading("By project")
        for one in self._brief.projects:
            items = tuple(Item(f"{change.kind.value}: {change.subject}", _ends(change)) for change in one.changes)
            yield ItemGroup(f"{one.project}: {len(items)}", items, look=GroupLook.FOLDED)

    def _flags(self) -> Iterator[Block]:
        brief = self._brief
        if brief.of(*_FLAGS):
            yield Heading("Flags")
        new = brief.of(ChangeKind.FLAG_ADDED)
        if new:
            yield ItemGroup(
                count_of(len(new), "test is flagged: it does not count", "tests are flagged: they do not count"),
                tuple(Item(change.subject, (change.after or "no reason is given",)) for change in new),
            )
        if brief.counts_again:
            again = count_of(len(brief.counts_again), "test counts again", "tests count again")
            yield ItemGroup(again, tuple(map(Item, brief.counts_again)), Tone.GAP)
        gone = [change.subject for change in brief.of(ChangeKind.FLAG_REMOVED)]
        others = [name for name in gone if name not in brief.counts_again]
        if others:
            yield ItemGroup(
                f"{counted(len(others), 'flag')} gone of tests that nobody must pass", tuple(map(Item, others))
            )

    def _group(self, title: str, changes: Sequence[GuidelineChange]) -> Iterator[Block]:
        if changes:
            yield Heading(title)
            yield from change_blocks(changes, full=False, words=self._words)

    def _rest(self) -> Iterator[Block]:
        """Wording, names and order: folded away."""
        worded = [change for change in self._brief.changes if change.kind in REWORDINGS]
        others = self._brief.of(*(kind for kind in ChangeKind if kind in _NAMES)) + tuple(
            change for change in self._brief.changes if change.topic is Topic.OTHER
        )
        for title, changes in (("of wording", worded), ("of names, or of other kinds", others)):
            if changes:
                items = tuple(Item(f"{change.kind.value}: {change.subject}", _ends(change)) for change in changes)
                yield ItemGroup(f"{counted(len(changes), 'change')} {title}", items, look=GroupLook.FOLDED)
        if worded or others:
            yield Sentence(self._words(Advice(Action.DIFF_GUIDELINES)), Tone.QUIET)

    def document(self) -> Document:
        """`certmark-guideline-brief`."""
        brief = self._brief
        body: dict[str, Any] = {
            "before": side_of(brief.before),
            "after": side_of(brief.after),
            "audience": self._audience and self._audience.value,
            "by": brief.by,
            "duties": [
                {"audience": duty.audience.value, "what": duty.what, "names": list(duty.names)}
                for duty in self._shown()
            ],
            "must_pass": [must_pass_entry(program) for program in brief.programs],
            "required_now": list(required_now(brief.changes)),
            "no_longer_required": list(leaving(brief.changes)),
            "flagged": [change.subject for change in brief.of(ChangeKind.FLAG_ADDED)],
            "counts_again": list(brief.counts_again),
            "projects": {one.project: len(one.changes) for one in brief.projects},
            "rewordings": sum(change.kind in REWORDINGS for change in brief.changes),
        }
        return Document("certmark-guideline-brief", 1, body)


_NAMES = frozenset(
    (
        *(ChangeKind.TEST_RENAMED, ChangeKind.TEST_MOVED, ChangeKind.TEST_ID, ChangeKind.ALIAS_ADDED),
        *(ChangeKind.ALIAS_REMOVED, ChangeKind.ACHIEVEMENTS, ChangeKind.SECTION_PART, ChangeKind.REPOSITORY),
    )
)


def _few(names: Sequence[str]) -> tuple[str, ...]:
    shown = tuple(names[:_FEW])
    return (*shown, and_more(len(names) - _FEW)) if len(names) > _FEW else shown


def _ends(change: GuidelineChange) -> tuple[str, ...]:
    ends = [" ".join(text.split())[:200] for text in (change.before, change.after)]
    told = " → ".join(ends) if all(ends) else ends[0] or ends[1]
    return tuple(filter(None, (told, ", ".join(change.places) and f"in {', '.join(change.places)}")))
