"""The work of `certmark guideline lint`: gather, check, mend, compare with the baseline, tell."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from certmark.app.files import write_file
from certmark.authoring.lint.baseline import compared, read_baseline, write_baseline
from certmark.authoring.lint.checking import Checked, LintInput, OpenedGuideline, lint, open_file
from certmark.authoring.lint.rules import RULES, chosen
from certmark.authoring.lint.sources import STANDARD_INPUT, GatheredSources, at_revision, gather, one
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.domain.findings import LintFinding, Rule, Severity
from certmark.formats.errors import excerpt
from certmark.version import __version__


def lint_guidelines(args: argparse.Namespace, console: Console) -> Exit:
    """Do all that was asked for; the exit status says what is left."""
    if not args.paths:
        raise InvalidRequest("name a guideline or a folder of them; see certmark guideline lint --help")
    if args.dry_run and not args.fix:
        raise InvalidRequest("--dry-run goes with --fix")
    rules = _rules(args.select, args.ignore)
    gathered = gather(args.paths)
    for sentence in gathered.refused:
        console.refuse(sentence)
    if not gathered.files:
        if not gathered.refused:
            console.refuse(f"there is no guideline in {', '.join(args.paths)}; name a file, or another folder")
        return Exit.UNREADABLE
    if gathered.passed_over:
        console.remark(f"passed over, for they are no guidelines: {len(gathered.passed_over)}")
    checked = _checked(args, gathered, rules)
    if args.fix:
        if args.dry_run:
            return _status_of_dry_run(checked, gathered, console)
        checked = _mended(args, checked, gathered, rules, console)
    told = _told(args, checked, gathered, console)
    _tell(args, told, gathered, console)
    return Exit.UNREADABLE if gathered.refused else Exit.FAIL if told.weighing else Exit.OK


class _Told(NamedTuple):
    """What is to be told."""

    findings: tuple[LintFinding, ...]
    """Of the chosen rules, known ones included."""
    severity: Severity

    @property
    def weighing(self) -> tuple[LintFinding, ...]:
        """Those that no baseline lists, at or above the severity."""
        return tuple(
            finding
            for finding in self.findings
            if not finding.known and finding.rule.severity.rank <= self.severity.rank
        )


def explain_rules(words: Sequence[str], console: Console) -> Exit:
    """What rules mean."""
    wanted = RULES if "all" in words else _words(words)
    console.data("\n".join(_explained(RULES[name]) for name in RULES if name in wanted))
    return Exit.OK


def _explained(rule: Rule) -> str:
    lines = [
        f"{rule.id} ({rule.severity.value}): {rule.title}.",
        f"  {rule.why}",
        f"  source: {rule.source}",
        f"  example: {rule.example}",
    ]
    return "\n".join([*lines, *([f"  --fix {rule.fix}"] if rule.fix else []), ""])


def _rules(select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    return (_words(select) if select else frozenset(RULES)) - _words(ignore)


def _words(words: Iterable[str]) -> frozenset[str]:
    try:
        return chosen(part for word in words for part in word.split(",") if part)
    except KeyError as error:
        groups = ", ".join(dict.fromkeys(rule.group for rule in RULES.values()))
        raise InvalidRequest(
            f"there is no rule {excerpt(str(error.args[0]))}; groups are {groups}, and --explain all lists the rules"
        ) from error


def _checked(args: argparse.Namespace, gathered: GatheredSources, rules: frozenset[str]) -> list[Checked]:
    predecessor = None if args.predecessor is None else one(args.predecessor)
    if predecessor is not None and predecessor.sheet is None:
        raise InvalidRequest(f"{args.predecessor} is no JSON; it cannot be compared with")
    revisions = {} if args.since is None else _revisions(gathered, args.since)
    found = lint(gathered.files, beside=gathered.beside, predecessor=predecessor, revisions=revisions)
    return [_of_rules(item, rules) for item in found]


def _revisions(gathered: GatheredSources, revision: str) -> dict[str, OpenedGuideline]:
    from certmark.authoring.revisions import NoGit, NoRevision

    if STANDARD_INPUT in gathered.paths.values():
        raise InvalidRequest("--since compares files with their revisions; standard input has none")
    try:
        return at_revision(gathered, revision)
    except NoRevision as error:
        raise InvalidRequest(str(error)) from error
    except NoGit as error:
        raise CannotProceed(str(error)) from error


def _of_rules(checked: Checked, rules: frozenset[str]) -> Checked:
    findings = tuple(finding for finding in checked.findings if finding.rule.id in rules)
    repairs = tuple(repair for repair in checked.repairs if repair.finding.rule.id in rules)
    return checked._replace(findings=findings, repairs=repairs)


def _status_of_dry_run(checked: list[Checked], gathered: GatheredSources, console: Console) -> Exit:
    from certmark.authoring.lint.fixes import difference

    changes = [difference(item) for item in checked if item.repairs]
    console.data("".join(changes))
    console.remark(f"{sum(len(item.repairs) for item in checked)} would be mended in {_files(len(changes))}")
    return Exit.UNREADABLE if gathered.refused else Exit.FAIL if changes else Exit.OK


def _mended(
    args: argparse.Namespace, checked: list[Checked], gathered: GatheredSources, rules: frozenset[str], console: Console
) -> list[Checked]:
    """The findings that are left after the repairs were written."""
    from certmark.authoring.lint.fixes import mended

    if STANDARD_INPUT in gathered.paths.values():
        raise InvalidRequest("--fix writes files; it cannot write to standard input")
    files: list[OpenedGuideline] = []
    for opened, item in zip(gathered.files, checked, strict=True):
        if item.repairs:
            content = mended(item, gathered.paths[item.name])
            write_file(gathered.paths[item.name], content)
            files.append(open_file(LintInput(item.name, content)))
        else:
            files.append(opened)
    count = sum(len(item.repairs) for item in checked)
    console.remark(f"mended {count} in {_files(sum(bool(item.repairs) for item in checked))}")
    return _checked(args, gathered._replace(files=tuple(files)), rules)


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _told(args: argparse.Namespace, checked: list[Checked], gathered: GatheredSources, console: Console) -> _Told:
    """Findings held against the baseline; a new one is written first."""
    findings = tuple(finding for item in checked for finding in item.findings)
    if args.write_baseline is not None:
        write_file(args.write_baseline, write_baseline(findings, _names(gathered, args.write_baseline)))
        console.remark(f"wrote {args.write_baseline}: {len(findings)} known findings")
    baseline = args.baseline or args.write_baseline
    if baseline is not None:
        with open(baseline, "rb") as file:
            known = read_baseline(file.read(_MAX_BASELINE), os.path.basename(baseline))
        result = compared(findings, known, _names(gathered, baseline))
        findings = result.findings
        if result.gone:
            console.remark(f"{result.gone} entries of {baseline} are found no longer; --write-baseline renews it")
    return _Told(findings, Severity(args.severity))


_MAX_BASELINE = 32 << 20


def _names(gathered: GatheredSources, baseline: str) -> dict[str, str]:
    """How a baseline calls the files: from its own folder, so that it does not matter where one stands."""
    folder = os.path.dirname(os.path.abspath(baseline))
    return {
        shown: shown if path == STANDARD_INPUT else os.path.relpath(path, folder).replace(os.sep, "/")
        for shown, path in gathered.paths.items()
    }


def _tell(args: argparse.Namespace, told: _Told, gathered: GatheredSources, console: Console) -> None:
    names = [item.name for item in gathered.files]
    if args.format == "text":
        from certmark.reporting.lint.text import tell

        if args.output is None:
            tell(told.findings, told.weighing, len(names), console, full=args.full)
            return
        from certmark.reporting.lint.text import listed

        content = listed(told.findings, told.weighing, len(names)).encode()
    else:
        from certmark.reporting.lint import render

        findings = told.weighing if args.format in {"junit", "github"} else told.findings
        content = render(args.format, findings, names, version=__version__)
    if args.output is None:
        console.data_bytes(content)
    else:
        write_file(args.output, content)
        console.remark(f"wrote {args.output}")
