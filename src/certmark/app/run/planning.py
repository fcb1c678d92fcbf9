"""A run that is only planned: what would be run, with whom, and how long it would take; nothing is begun."""

from __future__ import annotations

import tempfile
from pathlib import Path

from certmark.app.inputs.suites import installed_for
from certmark.app.run.configuration import configure
from certmark.app.run.judging import asked_of
from certmark.app.run.prepare import NewRun, capacity_and_workers, check_request, selected
from certmark.app.run.requests import RunRequest
from certmark.cloud.accounts_file import read_accounts
from certmark.domain.preflight import ExaminationListener, unwatched
from certmark.domain.remarks import Listener
from certmark.formats.run_folder import RunFolder
from certmark.places import cache_home
from certmark.runner.plan import plan_groups
from certmark.runner.planned import PlannedRun
from certmark.runner.suites import load_suite
from certmark.runner.timings import load_timings


def plan_run(request: RunRequest, listen: Listener, watch: ExaminationListener = unwatched) -> PlannedRun:
    """Sign in, configure, install the suite and choose its tests as a run does; what would stop it stops this.

    Nothing is left but the suite's environment. Raises what `prepare` raises.
    """
    check_request(request)
    asked = asked_of(request)
    suite = load_suite(request.suite)
    with tempfile.TemporaryDirectory(prefix="certmark-plan-") as place:
        folder = RunFolder(Path(place))
        configured = configure(request, suite, asked.names, folder.configuration, listen, watch, hold=lambda *_: None)
        installed = installed_for(suite, configured.version, request.wheels, asked.names, listen)
        new = NewRun("", folder, request, asked, configured, installed)
        selection = selected(new, listen)
        _, workers = capacity_and_workers(selection, new, listen)
        groups = plan_groups(selection.full_ids, load_timings(suite.name, cache_home()))
        users = len(read_accounts(folder.accounts)) if folder.accounts.is_file() else None
    return PlannedRun(
        guideline=asked.guideline.id,
        programs=tuple(program.name for program in (asked.program, *asked.also)),
        cloud=configured.cloud,
        suite=f"{suite.title} {installed.version}",
        selection=selection,
        groups=groups,
        workers=max(1, min(workers, len(groups))),
        users=users,
    )
