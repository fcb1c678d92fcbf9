"""Test a cloud and say whether it meets a program: the suite is installed, run, judged and put on record.

The run has a folder with everything in it: what was asked, raw results, report, evidence bundle.
Ctrl-C ends it after the running tests; certmark resume goes on, whatever stopped it. A cloud that is
away is waited for, ten minutes at the most; what an outage cost is a gap, and certmark rerun runs it again.

exit status: 0 pass, 1 fail, 2 usage, 3 unreadable input, 4 incomplete or not applicable,
5 the cloud, the suite or this machine does not let the run begin or go on, 130 interrupted;
of many clouds the worst decides: 1 some fail, then 5 some could not be tested, 4 some incomplete, 0 all pass
"""

from __future__ import annotations

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.run import RunOptions

Options = RunOptions


def run(options: Options, console: Console) -> Exit:
    """Test one cloud, or many."""
    if options.is_fleet:
        from certmark.cli.run.fleet import run_fleet

        return run_fleet(options, console)
    from certmark.app.run.prepare import run_cloud
    from certmark.cli.run.displays import listening, status_of

    options.demand_one_cloud()
    with listening(options, console) as listeners:
        options.prepare_sign_in()
        return status_of(run_cloud(options.request(), listeners), options, console)
