"""What a cloud's projects hold, what of it a run left there, and the removal of that.

Without --run or --since it lists what the projects hold (servers, volumes, networks, containers and
what Tempest's own clean-up passes over: backups, application credentials, stacks, zones, secrets …).
With one of them it lists what is there and was not; --delete removes it, after asking, and only what
the run's projects made after the run began, or what a list names that certmark wrote. Of all projects
it removes what --run's own log names, or the list: other people's runs name their things alike.

exit status: 0 nothing is left (or that was not asked), 1 something is left, 2 usage,
3 unreadable input, 4 a service did not answer and may hold something, 5 the cloud cannot be used
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from certmark.cli.console import Console
from certmark.cli.display import can_be_asked, is_agreed, show
from certmark.cli.errors import listener
from certmark.cli.exits import Exit, of_leftovers
from certmark.cli.options import option
from certmark.cli.options.cloud import CLOUD, CloudOptions
from certmark.cli.options.output import JsonOption
from certmark.domain.errors import InvalidRequest
from certmark.domain.leftovers import LeftoverState

if TYPE_CHECKING:
    from certmark.app.cloud.leftovers import LeftoversRequest, Look

_cloud, _since, _done = (partial(option, group=group) for group in (CLOUD, "since when", "what is done"))


@dataclass(frozen=True, kw_only=True)
class Options(CloudOptions, JsonOption):
    """The options of the verb."""

    accounts: Path | None = _cloud(
        "--accounts", type=Path, metavar="FILE", help="the projects of these users, not the connection's own"
    )
    all_projects: bool = _cloud("--all-projects", action="store_true", help="all projects, as an administrator")
    run: str | None = _since("--run", metavar="RUN", help="since this run began, in its own projects: its id or folder")
    since: str | None = _since(
        "--since",
        metavar="RECORD|TIME|ever",
        help="an inventory that --save wrote, a list of leftovers, a time (2026-11-22T10:00Z), or ever",
    )
    save: Path | None = _done("--save", type=Path, metavar="FILE", help="write the inventory, for --since later")
    delete: bool = _done("--delete", action="store_true", help="remove what is left; without it nothing is changed")
    yes: bool = _done("--yes", "-y", action="store_true", help="do not ask")
    any_name: bool = _done(
        "--any-name", action="store_true", help="also what is not named as the suite names things, in shared projects"
    )
    others_too: bool = _done(
        "--others-too",
        action="store_true",
        help="with --all-projects, also remove what other people's runs may have made",
    )

    def request(self) -> LeftoversRequest:
        """What is asked of the application. Raises InvalidRequest."""
        from certmark.app.cloud.leftovers import LeftoversRequest

        if self.run is not None and self.since is not None:
            raise InvalidRequest("--run and --since both say since when; keep one of them")
        if self.delete and self.run is None and self.since is None:
            raise InvalidRequest("--delete needs --run or --since, for it removes only what came after")
        if self.delete and not self.yes and not can_be_asked():
            raise InvalidRequest(
                "nobody can be asked here whether to remove things; look without --delete, then add --yes"
            )
        return LeftoversRequest(
            os_cloud=self.os_cloud,
            accounts=self.accounts,
            all_projects=self.all_projects,
            run=self.run,
            since=self.since,
            save=self.save,
            any_name=self.any_name,
            will_remove=self.delete,
            others_too=self.others_too,
        )


def run(options: Options, console: Console) -> Exit:
    """Look, show, and remove if that is wanted and agreed to."""
    request = options.request()
    options.prepare_sign_in()
    from certmark.app.cloud.leftovers import leftovers_of
    from certmark.reporting.cloud.leftovers import LeftoversView

    with leftovers_of(request, listener(console)) as look:
        view = LeftoversView(look.report)
        is_removal = options.delete and bool(look.report.removable)
        if not (options.json and is_removal):
            show(view, console, as_json=options.json)
        if not is_removal:
            return _status(look.state, look, console)
        count = len(look.report.removable)
        question = f"remove {'this thing' if count == 1 else f'these {count} things'}?"
        if not options.yes and not is_agreed(question, unseen=view if options.json else None):
            console.refuse("nothing was removed")
            return Exit.FAIL
        return _removed(look, options, console)


def _removed(look: Look, options: Options, console: Console) -> Exit:
    from certmark.app.cloud.leftovers import remove_leftovers, state_after
    from certmark.reporting.cloud.leftovers import RemovalView

    removal = remove_leftovers(look, listener(console))
    show(RemovalView(removal), console, as_json=options.json)
    return _status(state_after(look, removal), look, console)


def _status(state: LeftoverState, look: Look, console: Console) -> Exit:
    """The status, and a sentence where something may be there that nobody could see."""
    if state is LeftoverState.UNKNOWN:
        from certmark.app.cloud.leftovers import unseen_services

        services = ", ".join(unseen_services(look.report.now))
        console.refuse(f"what is there was not seen whole ({services}); do it again when these services answer")
    return of_leftovers(state)
