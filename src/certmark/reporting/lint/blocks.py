"""Findings in words: every one in a line that editors can follow, or a summary where they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from certmark.authoring.lint.checks import LintReport
from certmark.domain.advice import Action, Advice, Words
from certmark.domain.findings import LintFinding, Rule, Severity
from certmark.domain.phrases import counted
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone

_MOST = 60
"""Findings that are listed without being asked for: what fits on two screens."""
_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.GAP, Severity.NOTE: Tone.QUIET}


def lint_blocks(report: LintReport, words: Words, *, full: bool) -> Iterator[Block]:
    """One line for each finding that weighs, then what they come to; the other way round if they are many."""
    if is_listed(report, full=full):
        yield from (Sentence(_line(finding, words), is_line=True) for finding in report.weighing)
        if full:
            decided = (finding for finding in report.findings if finding.accepted is not None)
            yield from (Sentence(_accepted_line(finding), is_line=True) for finding in decided)
        yield Sentence(headline(report, words))
    else:
        yield from _summary(report, words)


def page_blocks(report: LintReport, words: Words, *, full: bool) -> Iterator[Block]:
    """The same for a page: findings as a table for each file."""
    if not is_listed(report, full=full):
        yield from _summary(report, words)
        return
    yield Sentence(headline(report, words))
    files: dict[str, list[LintFinding]] = {}
    for finding in report.weighing:
        files.setdefault(finding.file, []).append(finding)
    for name, findings in files.items():
        yield Heading(name)
        yield Table(("place", "severity", "rule", "what"), tuple(map(_row, findings)))


def rule_lines(rules: Iterable[Rule], words: Words) -> Iterator[str]:
    """What rules mean, as lines of text."""
    for rule in rules:
        yield f"{rule.id} ({rule.severity.value}): {rule.title}."
        yield f"  {rule.why}"
        yield f"  source: {rule.source}"
        yield f"  example: {rule.example}"
        if rule.fix:
            yield f"  {words(Advice(Action.MEND))} {rule.fix}"
        yield ""


def is_listed(report: LintReport, *, full: bool) -> bool:
    """Whether findings are told one by one."""
    return full or len(report.weighing) <= _MOST


def headline(report: LintReport, words: Words) -> str:
    """What the findings come to, in one sentence."""
    weighing = report.weighing
    counts = Counter(finding.rule.severity for finding in weighing)
    known = sum(finding.known for finding in report.findings)
    accepted = sum(finding.accepted is not None for finding in report.findings)
    below = sum(finding.weighs for finding in report.findings) - len(weighing)
    fixes = sum(bool(finding.fix) for finding in weighing)
    parts = [counted(counts[level], level.value) for level in Severity if counts[level] or level is not Severity.NOTE]
    more = [
        f"{known} known" if known else "",
        f"{accepted} accepted" if accepted else "",
        f"{below} of less weight ({words(Advice(Action.SHOW_NOTES))})" if below else "",
        f"{fixes} of them can be mended [{words(Advice(Action.MEND))}]" if fixes else "",
    ]
    total = f"{', '.join(parts)} in {counted(len(report.files), 'file')}"
    return f"{'; '.join([total, *filter(None, more)])}."


def _line(finding: LintFinding, words: Words) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    hint = f" [{words(Advice(Action.MEND))}]" if finding.fix else ""
    return f"{place}: {finding.rule.severity.value} {finding.rule.id}: {finding.message}{hint}"


def _accepted_line(finding: LintFinding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    decision = finding.accepted
    why = f"{decision.reason} ({decision.by}, {decision.date})" if decision is not None else ""
    return f"{place}: accepted {finding.rule.id}: {finding.message}; {why}"


def _row(finding: LintFinding) -> tuple[Cell, ...]:
    severity = finding.rule.severity
    return (
        Cell(f"{finding.line}:{finding.column}"),
        Cell(severity.value, _TONES[severity]),
        Cell(finding.rule.id),
        Cell(finding.message),
    )


def _summary(report: LintReport, words: Words) -> Iterator[Block]:
    """How many of each rule and file."""
    yield Sentence(headline(report, words))
    counts = Counter(finding.rule for finding in report.weighing)
    where: dict[str, set[str]] = {}
    for finding in report.weighing:
        where.setdefault(finding.rule.id, set()).add(finding.file)
    rows = sorted(counts.items(), key=lambda item: (item[0].severity.rank, -item[1]))
    yield Heading("By rule")
    yield Table(
        ("rule", "severity", "times", "files", "what"),
        tuple(
            (
                Cell(rule.id, _TONES[rule.severity]),
                Cell(rule.severity.value),
                Cell(str(count)),
                Cell(str(len(where[rule.id]))),
                Cell(rule.title),
            )
            for rule, count in rows
        ),
    )
    yield Heading("By file")
    yield Table(("file", "errors", "warnings", "notes"), tuple(_file_rows(report.weighing)))
    yield Sentence("")
    yield Sentence(f"{words(Advice(Action.SHOW_FINDINGS))}.")


def _file_rows(findings: Sequence[LintFinding]) -> Iterable[tuple[Cell, ...]]:
    counts = Counter((finding.file, finding.rule.severity) for finding in findings)
    for name in dict.fromkeys(finding.file for finding in findings):
        yield (Cell(name), *(Cell(str(counts[name, level])) for level in Severity))
