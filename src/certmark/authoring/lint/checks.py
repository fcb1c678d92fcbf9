"""Check guidelines: the one entry of the linter, from paths to a report; and safe repairs.

Files are gathered, checked, mended where that is asked for and checked again, and held against a
baseline. Nothing is written: the report holds the contents of the files that would be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from certmark.authoring.edits.differences import unified_difference
from certmark.authoring.edits.splices import Splice, splice
from certmark.authoring.lint.acceptance import AcceptRequest, DecisionsFile, accept, accepted
from certmark.authoring.lint.baseline import compare, load_baseline, names_from, read_baseline, write_baseline
from certmark.authoring.lint.checking import (
    BYTE_ORDER_MARK,
    UNREADABLE,
    CheckedGuideline,
    LintInput,
    OpenedGuideline,
    Repair,
    lint,
    open_file,
)
from certmark.authoring.lint.history import SuiteNames, Surroundings
from certmark.authoring.lint.rules import choose
from certmark.authoring.lint.sources import GatheredSources, gather, open_predecessor, open_revisions
from certmark.domain.errors import InvalidRequest
from certmark.domain.findings import LintFinding, Severity
from certmark.domain.phrases import counted
from certmark.domain.remarks import Listener, Remark, ignore


@dataclass(frozen=True, kw_only=True)
class LintOptions:
    """How guidelines are checked."""

    select: Sequence[str] = ()
    """Rules and groups of rules (`ids,flags/no-code`); none: all."""
    ignore: Sequence[str] = ()
    """Rules and groups that are left out."""
    severity: Severity = Severity.WARNING
    """The least that weighs."""
    predecessor: str | None = None
    """A file with which each guideline is compared, whatever it says itself."""
    since: str | None = None
    """A revision of git with which each file is compared, too."""
    earlier: Mapping[str, bytes] | None = None
    """Earlier texts of files, by where the files are, with which these are compared, too."""
    mend: bool = False
    """Whether what is safe to mend is mended."""
    baseline: str | None = None
    """A file of findings that are known and do not weigh."""
    new_baseline: str | None = None
    """Where a baseline of all that is found will lie; what it lists is known then."""
    survey: str | None = None
    """A saved survey or a listing of a suite, in which each test is looked for."""
    accept: AcceptRequest | None = None
    """A finding that shall stay, by a decision on record."""
    today: date | None = None
    """The day on which it is checked; None: nothing is said of what lies in the future."""


class MendedFile(NamedTuple):
    """A file with its repairs done."""

    path: str
    content: bytes
    repairs: int
    """How many were done."""
    difference: str
    """As a unified diff."""


class LintReport(NamedTuple):
    """What was found, and what would be written."""

    files: tuple[str, ...]
    """The names of those that were checked; none of them could be read where it is empty."""
    findings: tuple[LintFinding, ...]
    """Of the chosen rules, known ones included; after the repairs where they are asked for."""
    severity: Severity
    """The least that weighs."""
    is_complete: bool
    """Whether everything that was named could be read."""
    mended: tuple[MendedFile, ...] = ()
    baseline: bytes | None = None
    """The new one, where one is asked for."""
    gone: int = 0
    """Entries of the baseline that are found no longer."""
    decisions: tuple[DecisionsFile, ...] = ()
    """The files of decisions with what is accepted anew."""

    @property
    def weighing(self) -> tuple[LintFinding, ...]:
        """Those that no baseline lists and nobody accepted, at or above the severity."""
        most = self.severity.rank
        return tuple(finding for finding in self.findings if finding.weighs and finding.rule.severity.rank <= most)


def check(paths: Sequence[str], options: LintOptions, listen: Listener = ignore) -> LintReport:
    """Check all guidelines that `paths` name: files, folders, shipped ids, `-`. What cannot be read is told.

    Raises InvalidRequest, FormatError, CannotProceed or OSError.
    """
    if not paths:
        raise InvalidRequest("name a guideline or a folder of them")
    rules = choose(options.select, options.ignore)
    sources = gather(paths)
    _tell(sources, paths, listen)
    if not sources.files:
        return LintReport((), (), options.severity, is_complete=False)
    checked = _checked(sources, options, rules)
    mended: tuple[MendedFile, ...] = ()
    if options.mend:
        mended = _mend(checked, sources)
        checked = _checked(_after(mended, sources), options, rules)
    decisions: tuple[DecisionsFile, ...] = ()
    if options.accept is not None:
        if options.today is None:
            raise InvalidRequest("a decision has a day")
        decisions = accept(checked, sources.paths, options.accept, options.today)
        listen(Remark(f"accepted: {counted(sum(one.added for one in decisions), 'finding')}"))
    report = LintReport((), (), options.severity, is_complete=not sources.refused, mended=mended, decisions=decisions)
    return _against_baseline(_with_findings(report, checked, sources, rules), options, sources.paths)


def _with_findings(
    report: LintReport, checked: Sequence[CheckedGuideline], sources: GatheredSources, rules: frozenset[str]
) -> LintReport:
    """The findings of all files, those on their decisions included."""
    findings: list[LintFinding] = []
    new = {one.path: one.content for one in report.decisions}
    for item in checked:
        decided, told = accepted(item, sources.paths[item.file.name], rules, new)
        findings += (*decided.findings, *told)
    names = dict.fromkeys((*(file.name for file in sources.files), *(finding.file for finding in findings)))
    return report._replace(files=tuple(names), findings=tuple(findings))


def _tell(sources: GatheredSources, paths: Sequence[str], listen: Listener) -> None:
    if not sources.files:
        what = f"there is no guideline in {', '.join(paths)}; name a file, or another folder"
        listen(Remark(what, is_important=True))
    elif sources.files and sources.passed_over:
        listen(Remark(f"passed over, for they are no guidelines: {len(sources.passed_over)}"))


def _checked(sources: GatheredSources, options: LintOptions, rules: frozenset[str]) -> list[CheckedGuideline]:
    """What the chosen rules find."""
    predecessor = None if options.predecessor is None else open_predecessor(options.predecessor)
    revisions = {} if options.since is None else open_revisions(sources, options.since)
    names = {path: name for name, path in sources.paths.items()}
    for path, content in (options.earlier or {}).items():
        revisions[names[path]] = open_file(LintInput(names[path], content))
    around = Surroundings(options.today, _suite(options.survey))
    found = lint(sources.files, beside=sources.beside, predecessor=predecessor, revisions=revisions, around=around)
    return [
        item._replace(
            findings=tuple(finding for finding in item.findings if finding.rule.id in {*rules, UNREADABLE}),
            repairs=tuple(repair for repair in item.repairs if repair.finding.rule.id in rules),
        )
        for item in found
    ]


def _suite(path: str | None) -> SuiteNames | None:
    if path is None:
        return None
    from certmark.formats.surveys import load_survey

    survey = load_survey(path)
    name = f"{survey.suite} {survey.version}".strip() or path
    return SuiteNames(name, (test.full_id for test in survey.tests))


def _mend(checked: Sequence[CheckedGuideline], sources: GatheredSources) -> tuple[MendedFile, ...]:
    if sources.has_standard_input:
        raise InvalidRequest("standard input cannot be mended; name a file")
    return tuple(
        MendedFile(sources.paths[item.file.name], mend(item), len(item.repairs), difference(item))
        for item in checked
        if item.repairs
    )


def _after(mended: Sequence[MendedFile], sources: GatheredSources) -> GatheredSources:
    """`sources` as they are once the mended files are written."""
    contents = {file.path: file.content for file in mended}

    def anew(file: OpenedGuideline) -> OpenedGuideline:
        content = contents.get(sources.paths[file.name])
        return file if content is None else open_file(LintInput(file.name, content))

    return sources._replace(files=tuple(map(anew, sources.files)))


def _against_baseline(report: LintReport, options: LintOptions, paths: Mapping[str, str]) -> LintReport:
    """`report` with what is known marked; a new baseline holds everything."""
    if options.new_baseline is not None:
        new = write_baseline(report.findings, names_from(options.new_baseline, paths))
        report = report._replace(baseline=new)
    if options.baseline is not None:
        known, place = load_baseline(options.baseline), options.baseline
    elif options.new_baseline is not None and report.baseline is not None:
        known, place = read_baseline(report.baseline, options.new_baseline), options.new_baseline
    else:
        return report
    comparison = compare(report.findings, known, names_from(place, paths))
    return report._replace(findings=comparison.findings, gone=comparison.gone)


def repair(text: str, repairs: Iterable[Repair]) -> str:
    """`text` with all of `repairs`; of two that touch the same characters the first in the text is done."""
    return splice(text, (Splice(one.start, one.end, one.new) for one in repairs))


def mend(checked: CheckedGuideline) -> bytes:
    """The file with all repairs done, that of a mark of byte order at its beginning included."""
    unmarked = any(one.finding.rule.id == "structure/byte-order-mark" for one in checked.repairs)
    mark = BYTE_ORDER_MARK if checked.file.has_mark and not unmarked else b""
    return mark + repair(checked.file.text, checked.repairs).encode()


def difference(checked: CheckedGuideline) -> str:
    """What the repairs would change, as a unified diff."""
    text = checked.file.text
    return unified_difference(checked.file.name, text, repair(text, checked.repairs))
