"""Findings as text: every one in a line that editors can follow, or a summary where they are many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from certmark.cli.console import Console
from certmark.cli.display import show_blocks
from certmark.domain.findings import LintFinding, Severity
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone
from certmark.reporting.plain import plain

_MOST = 60
"""Findings that are listed without being asked for: what fits on two screens."""
_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.GAP, Severity.NOTE: Tone.QUIET}


def tell(
    findings: Sequence[LintFinding], weighing: Sequence[LintFinding], files: int, console: Console, *, full: bool
) -> None:
    """Write them to standard output."""
    if full or len(weighing) <= _MOST:
        console.data(listed(findings, weighing, files))
    else:
        show_blocks(list(summary_blocks(findings, weighing, files)), console)


def listed(findings: Sequence[LintFinding], weighing: Sequence[LintFinding], files: int) -> str:
    """One line each, then what they come to."""
    return "".join(f"{_line(finding)}\n" for finding in weighing) + f"{_total(findings, weighing, files)}\n"


def _line(finding: LintFinding) -> str:
    place = f"{finding.file}:{finding.line}:{finding.column}"
    hint = " [--fix]" if finding.fix else ""
    return plain(f"{place}: {finding.rule.severity.value} {finding.rule.id}: {finding.message}{hint}")


def summary_blocks(findings: Sequence[LintFinding], weighing: Sequence[LintFinding], files: int) -> Iterable[Block]:
    """How many of each rule and file."""
    yield Sentence(_total(findings, weighing, files))
    counts = Counter(finding.rule for finding in weighing)
    where: dict[str, set[str]] = {}
    for finding in weighing:
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
    yield Table(("file", "errors", "warnings", "notes"), tuple(_file_rows(weighing)))
    yield Sentence("")
    yield Sentence("--full lists every finding, --select RULE those of one rule; --explain RULE says what it means.")


def _file_rows(weighing: Sequence[LintFinding]) -> Iterable[tuple[Cell, ...]]:
    counts = Counter((finding.file, finding.rule.severity) for finding in weighing)
    for name in dict.fromkeys(finding.file for finding in weighing):
        yield (Cell(name), *(Cell(str(counts[name, level])) for level in Severity))


def _total(findings: Sequence[LintFinding], weighing: Sequence[LintFinding], files: int) -> str:
    told = Counter(finding.rule.severity for finding in weighing)
    known = sum(finding.known for finding in findings)
    below = len(findings) - len(weighing) - known
    parts = [_count(told[level], level.value) for level in Severity if told[level] or level is not Severity.NOTE]
    more = [
        f"{known} known" if known else "",
        f"{below} of less weight (--severity note tells them)" if below else "",
        f"{mendable} of them --fix mends" if (mendable := sum(bool(finding.fix) for finding in weighing)) else "",
    ]
    said = "; ".join([f"{', '.join(parts)} in {_count(files, 'file')}", *(part for part in more if part)])
    return f"{said}."


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
