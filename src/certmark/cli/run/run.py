"""Test a cloud and say whether it meets a program: the suite is installed, run, judged and put on record.

The run has a folder with everything in it: what was asked, raw results, report, evidence bundle.
Ctrl-C ends it after the running tests; certmark resume goes on, whatever stopped it. A cloud that is
away is waited for, ten minutes at the most; what an outage cost is a gap, and certmark rerun runs it again.
With several -p, one execution is judged by each program, and the worst verdict decides. A run of a part
(-k, --maxfail) says so in its report: what did not run leaves a gap.
With --submit its bundle is sent to a server at the end, with --live the server is told how far it is before that.
Each option may also come from the environment: CERTMARK_RUN_OS_CLOUD for --os-cloud, and so on; the command line wins.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable input, 4 incomplete or not applicable,
5 the cloud, the suite or this machine does not let the run begin or go on, 130 interrupted;
of many clouds the worst decides: 1 some fail, then 5 some could not be tested, 4 some incomplete, 0 all pass
"""

from __future__ import annotations

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.output import PEOPLE_FORMS
from certmark.cli.options.run import RunOptions

Options = RunOptions
VARIABLES = "CERTMARK_RUN_"
"""How variables of the environment begin that stand for its options."""


def run(options: Options, console: Console) -> Exit:
    """Test one cloud, or many."""
    if options.is_fleet:
        from certmark.cli.run.fleet import run_fleet

        return run_fleet(options, console)
    if options.dry_run or options.list_tests:
        return _plan(options, console)
    from certmark.app.run.prepare import run_cloud
    from certmark.cli.run.displays import listening, status_of

    with listening(options, console) as listeners:
        options.demand_one_cloud()
        submission = options.submission()
        options.prepare_sign_in()
        if submission is None:
            return status_of(run_cloud(options.request(), listeners), options, console)
        from certmark.app.run.submitting import run_and_submit
        from certmark.cli.transfers import transfer

        with transfer("sent", console) as progress:
            ended = run_and_submit(
                options.request(), submission, listeners, progress, is_live=options.live, is_sent=options.submit
            )
        if ended.submitted is not None:
            console.remark(f"the server has it as run {ended.submitted.id}")
        return status_of(ended.came_to, options, console)


def _plan(options: RunOptions, console: Console) -> Exit:
    """Say what would be run, and run nothing."""
    from certmark.app.run.planning import plan_run
    from certmark.cli.advice import SHOW_ALL
    from certmark.cli.display import write
    from certmark.cli.errors import listener
    from certmark.cli.examination import watching
    from certmark.reporting.planned_run import PlannedRunView

    options.demand_one_cloud()
    options.prepare_sign_in()
    outputs = options.outputs(PEOPLE_FORMS)
    with watching(console) as watch:
        planned = plan_run(options.request(), listener(console), watch)
    if options.list_tests:
        console.data("".join(f"{test}\n" for test in sorted(planned.selection.full_ids)))
    else:
        write(PlannedRunView(planned, full=options.full, hint=SHOW_ALL), outputs, console)
    return Exit.OK
