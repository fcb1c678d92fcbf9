"""Guidelines, checked: what was asked for is written, what was found is the result."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence

from certmark.app.files import write_file
from certmark.authoring.lint.checks import LintOptions, LintReport, check
from certmark.domain.advice import Action, Advice
from certmark.domain.phrases import counted
from certmark.domain.remarks import Listener, Remark, ignore


def lint_guidelines(
    paths: Sequence[str], options: LintOptions, listen: Listener = ignore, *, dry_run: bool = False
) -> LintReport:
    """Check what `paths` name; write mended files and a new baseline where `options` ask for them.

    `dry_run` writes nothing. Raises what `check` raises, and what `write_file` raises.
    """
    today = options.today or dt.datetime.now(dt.UTC).date()
    report = check(paths, dataclasses.replace(options, today=today), listen)
    if dry_run or not report.files:
        return report
    if options.mend:
        for file in report.mended:
            write_file(file.path, file.content)
        count = sum(file.repairs for file in report.mended)
        listen(Remark(f"mended {count} in {counted(len(report.mended), 'file')}"))
    if options.new_baseline is not None and report.baseline is not None:
        write_file(options.new_baseline, report.baseline)
        listen(Remark(f"wrote {options.new_baseline}: {len(report.findings)} known findings"))
    for decided in report.decisions:
        write_file(decided.path, decided.content)
        listen(Remark(f"wrote {decided.path}"))
    if report.gone:
        what = f"{report.gone} entries of {options.baseline} are found no longer"
        listen(Remark(what, Advice(Action.WRITE_BASELINE)))
    return report
