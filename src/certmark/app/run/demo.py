"""The work of `certmark demo`: a sandbox comes up, is tested as any cloud, and goes down again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from certmark.app.run.prepare import run_cloud
from certmark.app.run.requests import RunRequest
from certmark.app.sandbox import Teller
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.options.run import RunReportOptions
from certmark.cli.run.displays import listening, status_of
from certmark.runner.folders import find_run
from certmark.sandbox.clients import CLOUD
from certmark.sandbox.lifecycle import down, up, usual_folder

_PROFILE = "object-storage"


def demonstrate(args: argparse.Namespace, console: Console) -> int:
    """Do the whole job on a cloud of one's own."""
    sandbox = Path(args.folder) if args.folder else usual_folder(_PROFILE)
    teller = Teller(console)
    console.remark(f"bringing up a small OpenStack (Keystone and Swift) in {sandbox}")
    try:
        up(_PROFILE, sandbox, teller)
        os.environ["OS_CLIENT_CONFIG_FILE"] = str(sandbox / "clouds.yaml")
        request = RunRequest(
            os_cloud=CLOUD,
            accounts=sandbox / "accounts.yaml",
            guideline=args.guideline,
            program=args.program,
        )
        options = RunReportOptions(quiet=args.quiet)
        with listening(options, console) as listeners:
            status = int(status_of(run_cloud(request, listeners), options, console))
    except KeyboardInterrupt:
        console.refuse("interrupted; certmark demo begins again, certmark resume goes on with the run")
        status = int(Exit.INTERRUPTED)
    finally:
        _leave(args, sandbox, teller, console)
    if status != Exit.INTERRUPTED:
        _show(os.path.join(find_run(None), "report.html"), args, console)
    return status


def _leave(args: argparse.Namespace, sandbox: Path, teller: Teller, console: Console) -> None:
    if args.keep:
        console.remark(f"the cloud stays up; end it with certmark sandbox down --folder {sandbox}")
    elif sandbox.exists():
        down(sandbox, purge=False, on_event=teller)
        console.remark("the cloud is down; the next demo starts in seconds (certmark sandbox down --purge removes it)")


def _show(report: str, args: argparse.Namespace, console: Console) -> None:
    """Open the report where there is somebody to look at it."""
    if not os.path.exists(report):
        return
    console.remark(f"the report for people: {report}")
    if console.is_terminal and not args.no_open and (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        import webbrowser

        webbrowser.open(Path(report).as_uri())
