"""A report on scores as blocks: for a terminal, as text, in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certmark.authoring.scores import Proposed, ScoreReport
from certmark.domain.advice import Action, Advice, Words
from certmark.domain.score_comparisons import DisputedCapability, Overview, ScoreComparison, ScoreDifference
from certmark.domain.scoring import CriteriaSet, Decision, MovedCapability, Score, ScoreAssumption, ScorerMark, ScoreRow
from certmark.reporting.blocks import Block, Cell, Heading, Item, ItemGroup, Sentence, Table, Tone

_FEW = 30
"""So many rows are shown without being asked for."""
TONES = {
    Decision.IN: Tone.GOOD,
    Decision.OUT: Tone.BAD,
    Decision.OPEN: Tone.GAP,
    Decision.VETOED: Tone.BAD,
    Decision.NO_CUTOFF: Tone.QUIET,
}


def score_blocks(report: ScoreReport, words: Words, *, full: bool) -> list[Block]:
    """What there is to say, the most important first; `words` says how all of it is had."""
    more = words(Advice(Action.SHOW_ALL))
    blocks: list[Block] = [Sentence(f"{report.scoring.name}: {summary(report)}")]
    if report.contradictions:
        blocks.append(ItemGroup("contradictions", tuple(map(Item, report.contradictions)), Tone.BAD))
    if report.what_if is not None:
        blocks += _what_if(report.what_if, report.flips)
    if report.overview is not None:
        blocks += _overview(report.overview, more, full=full)
    for comparison in report.comparisons:
        blocks += _comparison(comparison, full=full)
    if report.proposals:
        blocks += _proposals(report.proposals, full=full)
    if full or len(report.scores) <= _FEW:
        blocks += [Heading("Capabilities"), Sentence(order_text(report.criteria), Tone.QUIET)]
        blocks.append(_table(report.scores, report.criteria))
    elif not (report.comparisons or report.proposals or report.what_if):
        blocks += _near(report, more)
    return blocks


def summary(report: ScoreReport) -> str:
    """One sentence."""
    criteria, counts = report.criteria, report.tally
    parts = [f"{count} {decision.value}" for decision, count in counts.decisions.items() if count]
    cutoff = f"cut-off {criteria.cutoff}" if criteria.cutoff is not None else "no cut-off"
    return f"{counts.rows} capabilities under {criteria.id} ({cutoff} of {criteria.total}): {', '.join(parts)}."


def marks_text(row: ScoreRow, criteria: CriteriaSet) -> str:
    """The marks in groups of three, in the order of the criteria."""
    signs = [row.mark(key).value for key in criteria.weights]
    return " ".join("".join(signs[at : at + 3]) for at in range(0, len(signs), 3))


def total_text(result: Score) -> str:
    """A total, or its bounds while marks are open."""
    return str(result.low) if result.is_settled else f"{result.low}-{result.high}"


def _table(scores: Iterable[tuple[ScoreRow, Score]], criteria: CriteriaSet) -> Table:
    rows = tuple(
        (
            Cell(row.capability),
            Cell(total_text(result)),
            Cell("" if result.margin is None else f"{result.margin:+d}"),
            Cell(result.decision.value, TONES[result.decision]),
            Cell(marks_text(row, criteria)),
        )
        for row, result in scores
    )
    return Table(("capability", "total", "margin", "decision", "marks"), rows)


def order_text(criteria: CriteriaSet) -> str:
    """In which order `marks_text` has the criteria."""
    keys = list(criteria.weights)
    groups = (", ".join(keys[at : at + 3]) for at in range(0, len(keys), 3))
    return f"Marks in the order {' | '.join(groups)}."


def _near(report: ScoreReport, more: str) -> list[Block]:
    scores = [(row, result) for row, result in report.scores if row.capability in report.tally.near]
    scores.sort(key=lambda pair: abs(pair[1].margin or 0))
    if not scores:
        return [Sentence(f"{more}.", Tone.QUIET)]
    note = f"One mark more or less decides on {len(scores)}; nearest to the cut-off first; {more}."
    order = Sentence(order_text(report.criteria), Tone.QUIET)
    return [Heading("Near the cut-off"), Sentence(note, Tone.QUIET), order, _table(scores[:_FEW], report.criteria)]


def _what_if(what_if: ScoreAssumption, found: tuple[MovedCapability, ...]) -> list[Block]:
    words = [f"{key}={weight}" for key, weight in what_if.weights.items()]
    words += [f"{name}.{key}={mark.value}" for (name, key), mark in what_if.marks.items()]
    words += [f"cutoff={what_if.cutoff}"] if what_if.cutoff is not None else []
    crossing = [flip for flip in found if flip.crosses]
    blocks: list[Block] = [
        Heading(f"What if {', '.join(words)}"),
        Sentence(f"{len(crossing)} change sides; {len(found)} have another total or margin."),
    ]
    if crossing:
        rows = tuple(
            (
                Cell(flip.capability),
                Cell(f"{total_text(flip.before)} {flip.before.decision.value}", TONES[flip.before.decision]),
                Cell(f"{total_text(flip.after)} {flip.after.decision.value}", TONES[flip.after.decision]),
            )
            for flip in crossing
        )
        blocks.append(Table(("capability", "now", "then"), rows))
    return blocks


def _comparison(comparison: ScoreComparison, *, full: bool) -> list[Block]:
    crossing = [difference for difference in comparison.differences if difference.crosses]
    blocks: list[Block] = [
        Heading(f"{comparison.first} and {comparison.second}"),
        Sentence(
            f"{comparison.both} capabilities in both, {comparison.equal} with the same marks; "
            f"{len(crossing)} change sides; {len(comparison.only_first)} only in {comparison.first}, "
            f"{len(comparison.only_second)} only in {comparison.second}."
        ),
    ]
    shown = comparison.differences if full else crossing
    if shown:
        blocks.append(Table(("capability", comparison.first, comparison.second, "criteria"),
                            tuple(map(_difference, shown))))  # fmt: skip
    if comparison.likely:
        pairs = tuple(Item(f"{mine} is perhaps {theirs}") for mine, theirs in comparison.likely)
        blocks.append(ItemGroup("names in another spelling", pairs, Tone.GAP))
    if full:
        blocks += _only(comparison)
    blocks.append(_agreement(comparison.agreement))
    return blocks


def _overview(overview: Overview, more: str, *, full: bool) -> Iterable[Block]:
    numbers = tuple(str(number) for number in range(1, len(overview.names) + 1))
    yield Heading("All of them")
    rows = zip(numbers, overview.names, overview.same, strict=True)
    yield Table(
        ("", "same marks", *numbers),
        tuple((Cell(number), Cell(name), *(Cell(share_text(pair)) for pair in same)) for number, name, same in rows),
    )
    count = len(overview.disputed)
    yield Sentence(f"{count} capabilit{'y is' if count == 1 else 'ies are'} in by some of them and not by others.")
    shown = overview.disputed if full else overview.disputed[:_FEW]
    if shown:
        yield Table(("capability", *numbers), tuple(_disputed(item) for item in shown))
    if len(shown) < count:
        yield Sentence(f"{count - len(shown)} more; {more}.", Tone.QUIET)


def _disputed(item: DisputedCapability) -> tuple[Cell, ...]:
    cells = (Cell("-", Tone.QUIET) if found is None else _total_cell(found) for found in item.scores)
    return (Cell(item.capability), *cells)


def _total_cell(found: Score) -> Cell:
    return Cell(f"{total_text(found)} {found.decision.value}", TONES[found.decision])


def share_text(pair: tuple[int, int]) -> str:
    """How many of the marks are the same: `45 %`; `-` where there is nothing to compare."""
    same, of = pair
    return f"{100 * same // of} %" if of else "-"


def _difference(difference: ScoreDifference) -> tuple[Cell, ...]:
    mine, theirs = difference.scores
    marks = ", ".join(f"{key} {first.value}/{second.value}" for key, first, second in difference.criteria)
    return (
        Cell(difference.capability),
        Cell(total_text(mine), TONES[mine.decision]),
        Cell(total_text(theirs), TONES[theirs.decision]),
        Cell(marks),
    )


def _only(comparison: ScoreComparison) -> Iterable[Block]:
    for name, found in ((comparison.first, comparison.only_first), (comparison.second, comparison.only_second)):
        if found:
            yield ItemGroup(f"only in {name}", tuple(map(Item, found)), Tone.QUIET)


def _agreement(agreement: Mapping[str, tuple[int, int]]) -> Block:
    if not any(of for _, of in agreement.values()):
        return Sentence("They have no capability in common.", Tone.QUIET)
    shares = ", ".join(f"{key} {same} of {of}" for key, (same, of) in agreement.items())
    return Sentence(f"Same mark: {shares}.", Tone.QUIET)


def _proposals(proposals: Iterable[Proposed], *, full: bool) -> list[Block]:
    found = list(proposals)
    other = [proposed for proposed in found if not proposed.agrees]
    same = len(found) - len(other)
    blocks: list[Block] = [
        Heading("Evidence"),
        Sentence(f"{len(found)} marks can be compared with evidence; it agrees with {same}. A hint needs a person."),
    ]
    rows = tuple(
        (
            Cell(proposed.proposal.capability),
            Cell(proposed.proposal.criterion),
            Cell(proposed.present.value),
            Cell(proposed.proposal.mark.value + (" hint" if proposed.proposal.is_hint else ""), _tone(proposed)),
            Cell(proposed.proposal.evidence),
        )
        for proposed in (found if full else other)
    )
    if rows:
        blocks.append(Table(("capability", "criterion", "now", "evidence says", "why"), rows))
    return blocks


def _tone(proposed: Proposed) -> Tone:
    if proposed.agrees:
        return Tone.GOOD
    return Tone.GAP if proposed.proposal.is_hint or proposed.proposal.mark is ScorerMark.OPEN else Tone.BAD
