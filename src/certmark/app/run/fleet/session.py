"""One sitting of a fleet: its runs side by side, and a record that is up to date whatever ends it."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from certmark.app.files import write_file
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.cli.outputs import Output
from certmark.cli.run.fleet_argv import address_of_member, words_of
from certmark.domain.fleets import Fleet, MemberProgress, MemberStanding, whole
from certmark.formats.fleet_record import Earlier, FleetSummary, asked_of, write_json
from certmark.formats.run_folder import JOURNAL as NAME
from certmark.reporting.fleet.summary import outline, write_html, write_junit
from certmark.reporting.progress.fleet import FleetDisplay, fleet_display
from certmark.runner.fleet.folders import PAGE, RECORD, log_of, run_folder
from certmark.runner.fleet.jobs import FleetEvent, Job, MemberBegan, MemberEnded, MemberMessage, run_jobs
from certmark.runner.fleet.liveness import Liveness
from certmark.version import __version__

STATUS = {
    MemberProgress.PASS: Exit.OK,
    MemberProgress.FAIL: Exit.FAIL,
    MemberProgress.INCOMPLETE: Exit.INCOMPLETE,
    MemberProgress.NOT_TESTED: Exit.ENVIRONMENT,
    MemberProgress.INTERRUPTED: Exit.INTERRUPTED,
}
"""Of the whole; the precedence is `domain.fleets`' rule 4."""
_RAN = {Exit.OK: MemberProgress.PASS, Exit.FAIL: MemberProgress.FAIL, Exit.INCOMPLETE: MemberProgress.INCOMPLETE}
_CERTMARK = (sys.executable, "-m", "certmark")


class Session:
    """One sitting of a fleet: keeps its record up to date, whatever ends it."""

    def __init__(
        self,
        folder: str,
        known: Earlier,
        fleet: Fleet,
        standings: dict[str, MemberStanding],
        args: argparse.Namespace,
    ) -> None:
        self._folder = folder
        self._known = known
        self._fleet = fleet
        self._standings = standings
        self._args = args
        self._verdicts: dict[str, Mapping[str, Any]] = {}

    def take_up(self, console: Console) -> None:
        """What an earlier session knew; what was asked differently since begins anew."""
        for key, standing in self._standings.items():
            known = self._known.members.get(key)
            if known is None:
                continue
            if known.asked != asked_of(standing):
                console.remark(f"{key}: it is asked for something else than before, and begins anew")
                continue
            folder = known.folder if known.folder is not None and _has_journal(known.folder) else None
            progress = known.progress if known.progress.is_settled and folder else MemberProgress.WAITING
            reason = known.reason if progress.is_settled else ""
            self._standings[key] = standing._replace(
                progress=progress, reason=reason, program=known.program, counts=known.counts, seconds=known.seconds,
                folder=folder,
            )  # fmt: skip

    def run(self, console: Console) -> bool:
        """Run what is to be run; whether nobody stopped it."""
        today = dt.datetime.now(dt.UTC).date()
        for key, standing in self._standings.items():
            availability = standing.member.cloud.availability
            if standing.progress is MemberProgress.WAITING and not availability.holds_on(today):
                self._keep(key, progress=MemberProgress.NOT_AVAILABLE, reason=availability.sentence)
        jobs = [self._job(key) for key, one in self._standings.items() if one.progress is MemberProgress.WAITING]
        self._write()
        alive = Liveness(self._args.alive_timeout)
        with fleet_display(console, list(self._standings), events=self._args.events) as display:
            for standing in self._standings.values():
                if standing.progress is not MemberProgress.WAITING:
                    display.ended(standing)
            return run_jobs(jobs, self._args.clouds_at_once, alive, lambda event: self._hear(event, display))

    def _job(self, key: str) -> Job:
        standing = self._standings[key]
        address = address_of_member(standing.member)
        folder = standing.folder
        words: tuple[str, ...]
        if folder is not None:
            words = (*_CERTMARK, "resume", folder, "--events", "json")
        else:
            taken = [one.folder for one in self._standings.values() if one.folder is not None]
            folder = run_folder(self._folder, standing.member, taken)
            self._keep(key, folder=folder)
            words = (
                *_CERTMARK,
                "run",
                *words_of(standing.member, self._known.options),
                "--folder",
                folder,
                "--events",
                "json",
            )
        return Job(key, words, log_of(folder), f"{address.url} {address.region}".strip() or key, address.url)

    def _hear(self, event: FleetEvent, display: FleetDisplay) -> None:
        display.hear(event)
        match event:
            case MemberBegan():
                self._keep(event.key, progress=MemberProgress.RUNNING, reason="")
                self._write()
            case MemberMessage() if event.event["event"] == "verdict":
                self._verdicts[event.key] = event.event
            case MemberEnded():
                self._end(event)
                self._write()
                display.ended(self._standings[event.key])
            case _:
                pass

    def _end(self, event: MemberEnded) -> None:
        standing = self._standings[event.key]
        folder = standing.folder if standing.folder is not None and _has_journal(standing.folder) else None
        progress, reason = self._came_to(event, folder)
        seconds = standing.seconds + event.seconds
        self._keep(event.key, progress=progress, reason=reason, folder=folder, seconds=seconds)
        if progress.is_tested and folder is not None:
            program, counts, sentence = _reported(folder)
            self._keep(event.key, program=program, counts=counts, reason=sentence or reason)

    def _came_to(self, event: MemberEnded, folder: str | None) -> tuple[MemberProgress, str]:
        if event.silence is not None:
            return MemberProgress.NOT_ALIVE, event.silence
        if event.status is None and not event.said:
            return MemberProgress.WAITING, ""
        if event.key in self._verdicts and event.status in _RAN:
            progress = _RAN[Exit(event.status)]
            return progress, "" if progress is MemberProgress.PASS else event.said
        if event.status == Exit.INTERRUPTED:
            if folder is None:
                return MemberProgress.WAITING, ""
            return MemberProgress.INTERRUPTED, f"go on with: certmark resume {os.path.relpath(folder)}"
        return MemberProgress.NOT_TESTED, event.said or f"its run ended with {_how(event.status)}; see its log"

    def _keep(self, key: str, **changes: Any) -> None:
        self._standings[key] = self._standings[key]._replace(**changes)

    def _summary(self, *, ended: bool) -> FleetSummary:
        states = [standing.progress for standing in self._standings.values()]
        came_to = whole(states, ignore_dead=self._args.ignore_dead)
        return FleetSummary(
            self._known.id,
            self._fleet.name,
            self._known.source,
            self._known.began,
            now() if ended else None,
            came_to,
            STATUS[came_to],
            tuple(self._standings.values()),
            self._known.only,
            self._known.options,
        )

    def _write(self, *, ended: bool = False) -> None:
        summary = self._summary(ended=ended)
        write_file(os.path.join(self._folder, RECORD), write_json(summary, self._folder))

    def finish(self, outputs: Sequence[Output], console: Console, *, interrupted: bool) -> int:
        """Write and show what it came to."""
        summary = self._summary(ended=not interrupted)
        self._write(ended=not interrupted)
        write_file(os.path.join(self._folder, PAGE), write_html(summary, self._folder, evaluator=__version__))
        for output in outputs:
            if output.path is not None:
                where = os.path.dirname(os.path.abspath(output.path))
                write_file(output.path, render(output.form.value, summary, where))
                console.remark(f"wrote {output.path}")
            elif self._args.events != "json":
                show(output.form.value, summary, self._folder, console)
        if self._args.events == "json":
            last = {
                "event": "fleet-ended",
                "fleet": self._known.id,
                "standing": summary.whole.value,
                "folder": self._folder,
            }
            console.data(json.dumps(last) + "\n")
        if summary.whole is MemberProgress.INTERRUPTED:
            console.refuse(f"stopped; take up what is left with: certmark run --continue {self._reference()}")
            return Exit.INTERRUPTED
        console.remark(f"everything is in {self._folder}")
        return summary.exit_status

    def _reference(self) -> str:
        return self._known.id if os.path.basename(self._folder) == self._known.id else os.path.relpath(self._folder)


def render(form: str, summary: FleetSummary, folder: str) -> bytes:
    """The summary in a form, as it is to lie in `folder`."""
    match form:
        case "json":
            return write_json(summary, folder)
        case "html":
            return write_html(summary, folder, evaluator=__version__)
        case "junit":
            return write_junit(summary)
        case "markdown":
            from certmark.reporting.markdown import render_markdown

            return render_markdown(outline(summary)).encode()
        case _:
            from certmark.reporting.text import render_text

            return render_text(outline(summary)).encode()


def show(form: str, summary: FleetSummary, folder: str, console: Console) -> None:
    """The summary on standard output."""
    if form == "text":
        from certmark.cli.display import show_blocks

        show_blocks(outline(summary), console)
    else:
        console.data_bytes(render(form, summary, folder))


def _has_journal(folder: str) -> bool:
    return os.path.isfile(os.path.join(folder, NAME))


def _reported(folder: str) -> tuple[str, dict[str, int], str]:
    """The program and the counts that a run's report tells, and a sentence where the verdict is not pass."""
    try:
        with open(os.path.join(folder, "report.json"), "rb") as file:
            judgement = json.load(file)["judgement"]
        totals = {str(key): int(value) for key, value in judgement["totals"].items() if isinstance(value, int)}
        sentence = "" if judgement["standing"] == "pass" else str(judgement["sentence"]).partition("; ")[2]
        return str(judgement["program"]["name"]), totals, sentence
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return "", {}, ""


def _how(status: int | None) -> str:
    if status is not None and status < 0:
        return f"signal {-status}"
    return f"exit status {status}"


def now() -> str:
    """The time, for a record: UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
