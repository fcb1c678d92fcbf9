"""What a fleet came to, for people: blocks of text, one page that loads nothing, and JUnit for CI systems."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable

from certmark.domain.fleets import GroupStanding, MemberProgress, MemberStanding, groups_of
from certmark.formats.fleet_record import FleetSummary, report_of
from certmark.reporting.blocks import Block, Cell, Heading, Sentence, Table, Tone
from certmark.reporting.plain import plain

TONES = {
    MemberProgress.PASS: Tone.GOOD,
    MemberProgress.FAIL: Tone.BAD,
    MemberProgress.NOT_TESTED: Tone.BAD,
    MemberProgress.NOT_ALIVE: Tone.BAD,
    MemberProgress.INCOMPLETE: Tone.GAP,
    MemberProgress.INTERRUPTED: Tone.GAP,
    MemberProgress.RUNNING: Tone.GAP,
    MemberProgress.WAITING: Tone.GAP,
    MemberProgress.NOT_AVAILABLE: Tone.QUIET,
}


_COLUMNS = ("cloud", "region", "program", "verdict", "passed", "failed", "missing", "took")


def outline(summary: FleetSummary, *, reports: bool = True) -> list[Block]:
    """The summary as blocks: a table of members, then groups, then what needs a sentence."""
    sentence = Sentence(headline(summary), TONES[summary.whole])
    columns = (*_COLUMNS, "report") if reports else _COLUMNS
    rows = tuple(_row(standing, reports=reports) for standing in summary.standings)
    blocks: list[Block] = [sentence, Table(columns, rows)]
    groups = groups_of(summary.standings)
    if groups:
        blocks += [Heading("Groups, by their worst"), Table(("group", "program", "verdict", "of"), _group_rows(groups))]
    told = [
        standing for standing in summary.standings if standing.reason and standing.progress is not MemberProgress.PASS
    ]
    if told:
        blocks.append(Heading("Why"))
        blocks += [
            Sentence(f"{one.member.key}: {one.progress.value}; {one.reason}", TONES[one.progress]) for one in told
        ]
    return blocks


def headline(summary: FleetSummary) -> str:
    """The whole in one sentence."""
    counted: dict[MemberProgress, int] = {}
    for standing in summary.standings:
        counted[standing.progress] = counted.get(standing.progress, 0) + 1
    parts = ", ".join(f"{counted[progress]} {progress.value}" for progress in MemberProgress if progress in counted)
    return f"Fleet {summary.name}: {summary.whole.value.upper()}; of {len(summary.standings)}: {parts}."


def _row(standing: MemberStanding, *, reports: bool) -> tuple[Cell, ...]:
    member, counts = standing.member, standing.counts
    cells = (
        Cell(member.cloud.name, TONES[standing.progress]),
        Cell(member.region or ""),
        Cell(member.program or standing.program),
        Cell(standing.progress.value, TONES[standing.progress]),
        Cell(standing.told),
        Cell(str(counts.get("failed", ""))),
        Cell(str(counts.get("missing", ""))),
        Cell(took(standing.seconds)),
    )
    return (*cells, Cell(_short(report_of(standing)))) if reports else cells


def _short(path: str) -> str:
    home = os.path.expanduser("~")
    return "~" + path[len(home) :] if path.startswith(home + os.sep) else path


def took(seconds: float) -> str:
    """`42 s`, `3 min 05`, `2 h 05`."""
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02}"
    return f"{whole // 60} min {whole % 60:02}" if whole >= 60 else f"{whole} s"


def _group_rows(groups: Iterable[GroupStanding]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            Cell(group.name, TONES[group.progress]),
            Cell(group.program),
            Cell(group.progress.value, TONES[group.progress]),
            Cell(", ".join(group.members)),
        )
        for group in groups
    )


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title><style>{style}
table {{ border-collapse: collapse; width: 100%; }} th, td {{ text-align: left; padding: .3rem .6rem .3rem 0; }}
th {{ color: var(--soft); font-weight: 600; }} tr + tr td {{ border-top: 1px solid var(--line); }}
.table {{ overflow-x: auto; }}
</style></head><body><main><h1>{title}</h1>
{sections}
</main><footer><p class="soft">Began {began}{ended}. Certmark {evaluator}.</p></footer></body></html>
"""


def write_html(summary: FleetSummary, folder: str, *, evaluator: str) -> bytes:
    """The summary as one page that loads nothing; it is to lie in `folder`, and links to the reports from there."""
    style_path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "templates", "report.css")
    with open(style_path, encoding="utf-8") as file:
        style = file.read()
    sections = [f'<section class="banner {TONES[summary.whole].value}"><p>{_told(headline(summary))}</p></section>']
    sections.append(_section("Clouds", _members_table(summary, folder)))
    groups = groups_of(summary.standings)
    if groups:
        rows = [[(_told(cell.text), cell.tone) for cell in row] for row in _group_rows(groups)]
        sections.append(_section("Groups, by their worst", _table(("group", "program", "verdict", "of"), rows)))
    page = _PAGE.format(
        title=_told(f"Fleet {summary.name}"),
        style=style,
        sections="\n".join(sections),
        began=_told(summary.began),
        ended=f", ended {_told(summary.ended)}" if summary.ended else "",
        evaluator=_told(evaluator),
    )
    return page.encode()


def _members_table(summary: FleetSummary, folder: str) -> str:
    rows = []
    for standing in summary.standings:
        row = [(_told(cell.text), cell.tone) for cell in _row(standing, reports=False)]
        rows.append([*row, (_told(standing.member.cloud.owner), None), (_why(standing, folder), None)])
    return _table((*_COLUMNS, "owner", "more"), rows)


def _why(standing: MemberStanding, folder: str) -> str:
    """A link to the report, or why there is none."""
    path = report_of(standing)
    link = f'<a href="{html.escape(_linked(path, folder))}">report</a>' if path else ""
    reason = "" if standing.progress is MemberProgress.PASS else _told(standing.reason)
    return " ".join(filter(None, (link, reason)))


def _linked(path: str, folder: str) -> str:
    from urllib.parse import quote

    return quote(os.path.relpath(path, folder))


def _section(title: str, content: str) -> str:
    return f'<section><h2>{_told(title)}</h2><div class="table">{content}</div></section>'


def _table(columns: Iterable[str], rows: Iterable[Iterable[tuple[str, Tone | None]]]) -> str:
    head = "".join(f'<th scope="col">{_told(column)}</th>' for column in columns)
    body = "\n".join("<tr>" + "".join(_cell(text, tone) for text, tone in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _cell(markup: str, tone: Tone | None) -> str:
    return f"<td>{markup}</td>" if tone is None else f'<td class="{tone.value}">{markup}</td>'


def _told(text: str) -> str:
    return html.escape(plain(text))


def write_junit(summary: FleetSummary) -> bytes:
    """The summary for CI systems: a case for each member."""
    import xml.etree.ElementTree as ET

    states = [standing.progress for standing in summary.standings]
    bad = {MemberProgress.FAIL}
    quiet = {MemberProgress.NOT_AVAILABLE}
    fine = {MemberProgress.PASS}
    suite = ET.Element(
        "testsuite",
        name=plain(f"fleet {summary.name}"),
        tests=str(len(states)),
        failures=str(sum(state in bad for state in states)),
        errors=str(sum(state not in bad | quiet | fine for state in states)),
        skipped=str(sum(state in quiet for state in states)),
    )
    for standing in summary.standings:
        case = ET.SubElement(
            suite, "testcase", classname=plain(standing.member.cloud.name), name=plain(standing.member.key),
            time=f"{standing.seconds:.1f}",
        )  # fmt: skip
        if standing.progress not in fine:
            word = "failure" if standing.progress in bad else "skipped" if standing.progress in quiet else "error"
            ET.SubElement(case, word, message=plain(f"{standing.progress.value}; {standing.reason}".rstrip("; ")))
    content: bytes = ET.tostring(suite, encoding="utf-8", xml_declaration=True)
    return content + b"\n"
