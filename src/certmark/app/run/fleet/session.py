"""One session of a fleet: its runs side by side, and a record that is up to date whatever ends it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from certmark.app.files import write_file
from certmark.domain.fleets import FleetMember, MemberEnd, MemberProgress, MemberStanding, conclude, conclude_member
from certmark.domain.remarks import Listener, Remark
from certmark.formats.errors import FormatError
from certmark.formats.fleet_record import EarlierFleet, EarlierMember, FleetSummary, request_of, write_record
from certmark.formats.results.report.parsing import parse_report
from certmark.formats.run_folder import RunFolder
from certmark.reporting.fleet import FleetView
from certmark.reporting.views import Form, render
from certmark.runner.events import FleetBegan, FleetListener, MemberBegan, MemberMessage, MemberSettled
from certmark.runner.fleet.jobs import Job, JobEvent, MemberEnded, run_jobs
from certmark.runner.fleet.liveness import Address, Liveness, address_in
from certmark.runner.folders import FLEET_PAGE, FLEET_RECORD, member_folder, member_log


class MemberCommand(NamedTuple):
    """How the runs of a fleet are begun, each a process of its own that writes events as lines of JSON."""

    begin: Callable[[FleetMember, Mapping[str, tuple[str, ...]], Path], Sequence[str]]
    """The command that begins a member's run in a folder; what the member says stands over the shared options."""
    resume: Callable[[Path], Sequence[str]]
    """The command that goes on with the run in a folder."""
    statuses: Mapping[MemberProgress, int]
    """With which exit status a run, or the fleet, says what it came to."""

    def progress_of(self, status: int | None) -> MemberProgress | None:
        """What the exit status of a run says; None where it says nothing of the kind."""
        return next((progress for progress, known in self.statuses.items() if known == status), None)


class Session:
    """One session of a fleet: keeps its record up to date, whatever ends it."""

    def __init__(
        self,
        folder: Path,
        known: EarlierFleet,
        name: str,
        standings: Sequence[MemberStanding],
        command: MemberCommand,
        *,
        ignore_dead: bool,
    ) -> None:
        self._folder = folder
        self._known = known
        self._name = name
        self._standings = {standing.member.key: standing for standing in standings}
        self._command = command
        self._ignore_dead = ignore_dead
        self._with_verdict: set[str] = set()

    def take_up(self, listen: Listener) -> None:
        """What an earlier session knew; what is asked differently since begins anew, which is told."""
        for key, standing in self._standings.items():
            known = self._known.members.get(key)
            if known is None:
                continue
            if known.request == request_of(standing):
                self._standings[key] = _taken_up(standing, known)
            else:
                listen(Remark(f"{key}: it is asked for something else than before, and begins anew"))

    def run(self, at_once: int, alive_timeout: float, hear: FleetListener) -> bool:
        """Run what is to be run; whether nobody stopped it."""
        self._set_aside()
        jobs = [self._job(key) for key, one in self._standings.items() if one.progress is MemberProgress.WAITING]
        self._write(is_whole=False)
        hear(FleetBegan(tuple(self._standings)))
        for standing in self._standings.values():
            if standing.progress is not MemberProgress.WAITING:
                hear(MemberSettled(standing))
        return run_jobs(jobs, at_once, Liveness(alive_timeout), lambda event: self._hear(event, hear))

    def finish(self, *, is_whole: bool) -> FleetSummary:
        """Write record and page; the fleet as far as it came."""
        summary = self._write(is_whole=is_whole)
        write_file(self._folder / FLEET_PAGE, render(FleetView(summary, self._folder), Form.HTML))
        return summary

    def _set_aside(self) -> None:
        today = dt.datetime.now(dt.UTC).date()
        for key, standing in self._standings.items():
            availability = standing.member.cloud.availability
            if standing.progress is MemberProgress.WAITING and not availability.holds_on(today):
                self._keep(key, progress=MemberProgress.NOT_AVAILABLE, reason=availability.sentence)

    def _job(self, key: str) -> Job:
        standing = self._standings[key]
        address = _address_of(standing.member)
        if standing.folder is not None:
            folder = Path(standing.folder)
            words = self._command.resume(folder)
        else:
            taken = [one.folder for one in self._standings.values() if one.folder is not None]
            folder = member_folder(self._folder, standing.member, taken)
            self._keep(key, folder=str(folder))
            words = self._command.begin(standing.member, self._known.options, folder)
        return Job(key, tuple(words), member_log(folder), f"{address.url} {address.region}".strip() or key, address.url)

    def _hear(self, event: JobEvent, hear: FleetListener) -> None:
        match event:
            case MemberBegan():
                self._keep(event.key, progress=MemberProgress.RUNNING, reason="")
                self._write(is_whole=False)
            case MemberMessage() if event.event["event"] == "verdict":
                self._with_verdict.add(event.key)
            case MemberEnded():
                self._end(event)
                self._write(is_whole=False)
                hear(MemberSettled(self._standings[event.key]))
                return
            case _:
                pass
        hear(event)

    def _end(self, event: MemberEnded) -> None:
        standing = self._standings[event.key]
        folder = standing.folder if _has_begun(standing.folder) else None
        end = MemberEnd(
            silence=event.silence,
            status=event.status,
            progress=self._command.progress_of(event.status),
            has_verdict=event.key in self._with_verdict,
            folder=folder,
            last_words=event.last_words,
        )
        progress, reason = conclude_member(end)
        seconds = standing.seconds + event.seconds
        self._keep(event.key, progress=progress, reason=reason, folder=folder, seconds=seconds)
        if progress.is_tested and folder is not None:
            program, counts, sentence = _reported(RunFolder(Path(folder)))
            self._keep(event.key, program=program, counts=counts, reason=sentence or reason)

    def _keep(self, key: str, **changes: Any) -> None:
        self._standings[key] = self._standings[key]._replace(**changes)

    def _write(self, *, is_whole: bool) -> FleetSummary:
        """Bring the record up to date; `is_whole` says that the fleet is at its end."""
        standings = tuple(self._standings.values())
        progress = conclude((standing.progress for standing in standings), ignore_dead=self._ignore_dead)
        summary = FleetSummary(
            id=self._known.id,
            name=self._name,
            source=self._known.source,
            began=self._known.began,
            ended=now() if is_whole else None,
            whole=progress,
            exit_status=self._command.statuses[progress],
            standings=standings,
            only=self._known.only,
            options=self._known.options,
        )
        write_file(self._folder / FLEET_RECORD, write_record(summary, self._folder))
        return summary


def _taken_up(standing: MemberStanding, known: EarlierMember) -> MemberStanding:
    """What has a verdict keeps it; a run that has begun goes on."""
    folder = known.folder if _has_begun(known.folder) else None
    is_settled = known.progress.is_settled and folder is not None
    return standing._replace(
        progress=known.progress if is_settled else MemberProgress.WAITING,
        reason=known.reason if is_settled else "",
        program=known.program,
        counts=known.counts,
        seconds=known.seconds,
        folder=folder,
    )


def _has_begun(folder: str | None) -> bool:
    return folder is not None and RunFolder(Path(folder)).is_begun


def _address_of(member: FleetMember) -> Address:
    """Where its cloud is, as far as files on this machine tell."""
    conf = member.cloud.options.get("tempest-conf")
    if conf is not None:
        return address_in(conf)
    if member.cloud.os_cloud is None:
        return Address("")
    from certmark.cloud.session import address_of

    return Address(*address_of(member.cloud.os_cloud, member.region))


def _reported(folder: RunFolder) -> tuple[str, dict[str, int], str]:
    """The program and the counts that a run's report tells, and a sentence where the verdict is not pass."""
    try:
        judgement = parse_report(folder.report.read_bytes())["judgement"]
        totals = {str(key): int(value) for key, value in judgement["totals"].items() if isinstance(value, int)}
        sentence = "" if judgement["standing"] == "pass" else str(judgement["sentence"]).partition("; ")[2]
        return str(judgement["program"]["name"]), totals, sentence
    except (OSError, FormatError, KeyError, TypeError, AttributeError):
        return "", {}, ""


def now() -> str:
    """The time, for a record: UTC, to the second."""
    return dt.datetime.now(dt.UTC).replace(microsecond=0).isoformat()
