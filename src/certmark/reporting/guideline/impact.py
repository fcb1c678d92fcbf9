"""Whom a draft would break, and by what, as blocks for a review, and as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from certmark.domain.advice import Action, Advice, Words
from certmark.domain.guidelines import Guideline
from certmark.domain.impacts import GuidelineImpact, Hindrance, RunImpact
from certmark.domain.phrases import counted
from certmark.domain.verdict_values import Standing
from certmark.reporting.blocks import Block, Cell, Cut, Heading, Item, ItemGroup, Sentence, Table, Tone
from certmark.reporting.documents import Document
from certmark.reporting.guideline.changes import side_of
from certmark.reporting.views import View

_FEW = 20


class ImpactView(View):
    """What a draft would change for clouds that were tested."""

    def __init__(
        self,
        impact: GuidelineImpact,
        before: Guideline,
        draft: Guideline,
        *,
        full: bool = False,
        words: Words = str,
    ) -> None:
        """`full` shows long lists whole; else `words` says how they are had."""
        self.title = f"What {draft.id} would change for clouds that pass or fail {before.id}"
        self.headline = _summary(impact, before, draft)
        self._impact = impact
        self._before = before
        self._draft = draft
        self._cut = Cut(None if full else _FEW, words(Advice(Action.SHOW_ALL)))

    def blocks(self) -> Iterator[Block]:
        """The summary, the counts by program, who would break and by what, and who would newly pass."""
        yield Sentence(self.headline, Tone.BAD if self._impact.breaking else Tone.GOOD)
        if self._impact.runs:
            yield _programs(self._impact)
        if self._impact.causes:
            yield Heading("By what clouds would break")
            rows = [
                (Cell(cause.capability), Cell(cause.test), Cell(str(cause.clouds)))
                for cause in self._cut.first(self._impact.causes)
            ]
            yield Table(("capability", "test", "clouds"), tuple(rows))
        if self._impact.breaking:
            yield Heading("Who would break")
            yield from self._groups(self._impact.breaking, Tone.BAD)
        if self._impact.newly_passing:
            yield Heading("Who would newly pass")
            yield from self._groups(self._impact.newly_passing, Tone.GOOD)

    def _groups(self, runs: Sequence[RunImpact], tone: Tone) -> Iterator[Block]:
        for run in runs:
            items = [Item(_words(hindrance)) for hindrance in run.hindrances] + [Item(one) for one in run.circumstances]
            verb = "would come to" if run.breaks else "comes to"
            now = run.after if run.breaks else run.before
            title = f"{run.run}, {run.program}: {verb} {now.value if now is not None else 'nothing'} by"
            yield ItemGroup(title if items else title.removesuffix(" by"), self._cut.items(items), tone)

    def document(self) -> Document:
        """`certmark-guideline-impact`."""
        body = {
            "before": side_of(self._before),
            "draft": side_of(self._draft),
            "breaking": len(self._impact.breaking),
            "newly_passing": len(self._impact.newly_passing),
            "causes": [cause._asdict() for cause in self._impact.causes],
            "runs": [_document(run) for run in self._impact.runs],
        }
        return Document("certmark-guideline-impact", 1, body)


def _summary(impact: GuidelineImpact, before: Guideline, draft: Guideline) -> str:
    looked = counted(len(impact.runs), "run")
    if not impact.runs:
        return f"No run was made for a program of {draft.id}: nothing is known of what it would change."
    broken, passing = len(impact.breaking), len(impact.newly_passing)
    return (
        f"Of {looked}, one for each cloud and program, {broken or 'none'} would break if {draft.id} came after "
        f"{before.id}, and {passing or 'none'} would newly pass."
    )


def _programs(impact: GuidelineImpact) -> Table:
    names = dict.fromkeys(run.program for run in impact.runs)
    rows = []
    for name in names:
        runs = [run for run in impact.runs if run.program == name]
        figures = (
            len(runs),
            sum(run.before is Standing.PASS for run in runs),
            sum(run.after is Standing.PASS for run in runs),
            sum(run.breaks for run in runs),
            sum(run.newly_passes for run in runs),
        )
        rows.append((Cell(name), *(Cell(str(figure)) for figure in figures)))
    return Table(("program", "clouds", "pass now", "would pass", "would break", "would newly pass"), tuple(rows))


def _words(hindrance: Hindrance) -> str:
    return f"{hindrance.capability}: {hindrance.test} ({hindrance.state.value})"


def _document(run: RunImpact) -> dict[str, Any]:
    return {
        "run": run.run,
        "cloud": run.cloud,
        "program": run.program,
        "before": None if run.before is None else run.before.value,
        "after": run.after.value,
        "breaks": run.breaks,
        "newly_passes": run.newly_passes,
        "hindrances": list(_hindrances(run.hindrances)),
        "circumstances": list(run.circumstances),
    }


def _hindrances(found: Iterable[Hindrance]) -> Iterator[dict[str, str]]:
    for one in found:
        yield {"capability": one.capability, "test": one.test, "state": one.state.value}
