"""Write what the lead of a project looks at in a guideline, as boxes for an issue or a review; Markdown by itself.

Its capabilities and flags; with --before, the guideline before it, what came, went and moved; with a suite
(--suite, installed as guideline coverage does it, or --list, a saved survey), what is open there, the conditions under
which tests are skipped, the accounts that they ask for, and candidates that no guideline tracks. With
--older-survey only conditions that were gained since are listed. GUIDELINE is a file, - or the id of a shipped one.

exit status: 0 written, 2 usage (no such project, too), 3 unreadable input, 5 the suite cannot be installed or read
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import write
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import option
from certmark.cli.options.guideline import guideline_argument
from certmark.cli.options.output import Output, PageOptions
from certmark.domain.errors import InvalidRequest
from certmark.reporting.views import Form

if TYPE_CHECKING:
    from certmark.app.guideline.checklists import ChecklistRequest

_SUITE = "the suite"


@dataclass(frozen=True, kw_only=True)
class Options(PageOptions):
    """The options of the verb."""

    guideline: str | None = guideline_argument()
    project: str = option("--project", required=True, metavar="NAME", help="as capabilities name it: nova, swift …")
    before: str | None = option("--before", metavar="GUIDELINE", help="the guideline before it: what changed since")
    suite: str | None = option(
        "--suite", metavar="NAME[==VERSION]", group=_SUITE, help="look at this suite, too: tempest, or a suite file"
    )
    wheels: str | None = option(
        "--wheels", metavar="DIRECTORY", group=_SUITE, help="install from this folder of wheels, without a network"
    )
    list: str | None = option(
        "--list", metavar="FILE", group=_SUITE, help="a saved survey or a listing, instead of a suite"
    )
    older_survey: str | None = option(
        "--older-survey", metavar="FILE", group=_SUITE, help="a saved survey: only what was added since is a matter"
    )

    def request(self) -> ChecklistRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.guideline.checklists import ChecklistRequest
        from certmark.app.inputs.suites import SuiteRequest

        if self.suite is not None and self.list is not None:
            raise InvalidRequest("--suite and --list both name the tests of today; leave one out")
        if self.older_survey is not None and self.suite is None and self.list is None:
            raise InvalidRequest("--older-survey is compared with a suite; name it with --suite or --list")
        name, _, version = (self.suite or "").partition("==")
        named = SuiteRequest(name=name, version=version or None, wheels=self.wheels) if name else None
        return ChecklistRequest(
            guideline=self.guideline,
            project=self.project,
            before=self.before,
            suite=self.list or named,
            older_survey=self.older_survey,
        )


def run(options: Options, console: Console) -> Exit:
    """Make it, and write it where it is asked for."""
    from certmark.app.guideline.checklists import checklist_of
    from certmark.reporting.guideline.checklist import ChecklistView

    outputs = options.outputs()
    if not options.format and not options.json:
        outputs = [Output(Form.MARKDOWN, None) if output == (Form.TEXT, None) else output for output in outputs]
    write(ChecklistView(checklist_of(options.request(), listener(console))), outputs, console)
    return Exit.OK
