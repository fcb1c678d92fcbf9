"""Remove the accounts that certmark cloud accounts make made, with what is left in their projects.

Nothing else is touched: a thing goes only if the record has it and the cloud shows it as the record
describes it. First it is listed, then asked.

exit status: 0 everything is gone, 1 something stays, 2 usage, 3 unreadable input,
5 the cloud cannot be used
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import can_be_asked, is_agreed, show, show_blocks
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.cloud import CloudOptions
from certmark.cli.options.output import JsonOption
from certmark.domain.errors import InvalidRequest

if TYPE_CHECKING:
    from certmark.reporting.cloud.accounts import DeletionPlanView


@dataclass(frozen=True, kw_only=True)
class Options(CloudOptions, JsonOption):
    """The options of the verb."""

    file: Path = argument(type=Path, metavar="FILE|RECORD", help="what make wrote: the accounts, or their record")
    dry_run: bool = option("--dry-run", "-n", action="store_true", help="show what would go, and remove nothing")
    yes: bool = option("--yes", "-y", action="store_true", help="do not ask")


def run(options: Options, console: Console) -> Exit:
    """Plan, list, ask, remove, in that order."""
    from certmark.app.cloud.accounts.delete import DeleteRequest, delete_accounts, look_into_projects, planned_deletion
    from certmark.reporting.cloud.accounts import DeletionPlanView, DeletionView, content_blocks

    options.prepare_sign_in()
    with planned_deletion(DeleteRequest(file=options.file, os_cloud=options.os_cloud)) as planned:
        plan = DeletionPlanView(planned.things)
        if not planned.things:
            console.remark("nothing of it is left")
            show(DeletionView(None), console, as_json=options.json)
            return Exit.OK
        if options.dry_run:
            # A look into the projects would change the users' passwords, and nothing is changed here.
            show(plan, console, as_json=options.json)
            return Exit.OK
        if not options.yes and not _is_agreed(plan, len(planned.things), options, console):
            console.refuse("nothing was removed")
            return Exit.FAIL
        content = look_into_projects(planned, listener(console))
        if not options.json:
            show_blocks(content_blocks(content), console)
        deletion = delete_accounts(planned, content)
    show(DeletionView(deletion), console, as_json=options.json)
    return Exit.OK if deletion.is_complete else Exit.FAIL


def _is_agreed(plan: DeletionPlanView, count: int, options: Options, console: Console) -> bool:
    if not can_be_asked():
        raise InvalidRequest("nobody can be asked here whether to remove accounts; look with --dry-run, then add --yes")
    if not options.json:
        show(plan, console)
    question = f"remove these {count} things, and what is in the projects?"
    return is_agreed(question, unseen=plan if options.json else None)
