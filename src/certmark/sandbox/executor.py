"""Works the parts of a profile off: side by side where nothing keeps them apart, and recorded as they end."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from certmark.domain.advice import Action, Advice
from certmark.sandbox import processes
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.events import Listener, StepBegan, StepEnded
from certmark.sandbox.profiles import Profile, SandboxService, SetupStep
from certmark.sandbox.state import Sandbox

_AT_ONCE = 6
_ASK_EVERY = 0.1


class Executor:
    """One `up`: what is to be done, under way, and done."""

    def __init__(self, sandbox: Sandbox, profile: Profile, on_event: Listener) -> None:
        self._sandbox = sandbox
        self._tell = on_event
        self._started: list[processes.Process] = []
        self._broken = set(sandbox.broken)
        self._open = [part for part in profile.parts if not self._is_done(part)]
        self._done = {part.name for part in profile.parts if part not in self._open}
        self._needs = all_needs(profile)
        self._under_way: dict[Future[float], SetupStep | SandboxService] = {}

    def do(self) -> None:
        """Do all of it. On an error or Ctrl-C what was begun is stopped; finished steps stay finished."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                self._do(pool)
            except BaseException:
                self._sandbox.cancelled.set()
                wait(self._under_way)
                processes.stop(self._sandbox, self._started)
                raise

    def _do(self, pool: ThreadPoolExecutor) -> None:
        while self._open or self._under_way:
            self._begin_what_can_begin(pool)
            if not self._under_way:
                names = ", ".join(part.name for part in self._open)
                raise LookupError(f"the profile's parts wait for each other: {names}")
            finished, _ = wait(self._under_way, timeout=1, return_when=FIRST_COMPLETED)
            for future in finished:
                self._end(self._under_way.pop(future), future.result())

    def _begin_what_can_begin(self, pool: ThreadPoolExecutor) -> None:
        for part in [part for part in self._open if self._done.issuperset(self._needs[part.name])]:
            if len(self._under_way) == _AT_ONCE:
                return
            self._open.remove(part)
            self._tell(StepBegan(part.name, part.text, isinstance(part, SandboxService)))
            self._under_way[pool.submit(self._timed, part)] = part

    def _end(self, part: SetupStep | SandboxService, seconds: float) -> None:
        if isinstance(part, SetupStep):
            self._sandbox.record_done(part.name, part.ports)
        self._done.add(part.name)
        self._tell(StepEnded(part.name, part.text, seconds, isinstance(part, SandboxService)))

    def _is_done(self, part: SetupStep | SandboxService) -> bool:
        if isinstance(part, SandboxService):
            # Broken on purpose: it stays down until it is mended, and nothing waits for it.
            return part.name in self._broken
        return not part.always and self._sandbox.is_done(part.name, part.ports)

    def _timed(self, part: SetupStep | SandboxService) -> float:
        began = time.monotonic()
        if isinstance(part, SetupStep):
            part.do(self._sandbox)
        else:
            self._serve(part)
        return time.monotonic() - began

    def _serve(self, service: SandboxService) -> None:
        """Start the service unless it runs, and wait until it answers."""
        process = processes.running_process(self._sandbox, service.name)
        if process is None:
            process = start_service(self._sandbox, service)
            self._started.append(process)
        wait_for(self._sandbox, service, process)


def all_needs(profile: Profile) -> dict[str, frozenset[str]]:
    """Every part with all that it needs, also through others; a part comes after what it needs in the table."""
    found: dict[str, frozenset[str]] = {}
    for part in profile.parts:
        found[part.name] = frozenset(part.needs).union(*(found[need] for need in part.needs))
    return found


def start_service(sandbox: Sandbox, service: SandboxService) -> processes.Process:
    """Start it; whatever is left of an earlier one under its name is ended first."""
    before = processes.recorded_process(sandbox, service.name)
    if before is not None:
        processes.stop(sandbox, [before])
    return processes.start(sandbox, service.name, service.command(sandbox), service.environ(sandbox))


def wait_for(sandbox: Sandbox, service: SandboxService, process: processes.Process) -> None:
    """Wait until the service answers; raises SandboxError where it ends, stays silent, or the work is cancelled."""
    deadline = time.monotonic() + service.patience
    while not service.answers(sandbox):
        if sandbox.cancelled.wait(_ASK_EVERY):
            raise SandboxError(f"the start of {service.name} was stopped")
        if not processes.is_running(process):
            raise _failure(sandbox, service, f"{service.name} ended while it started")
        if time.monotonic() > deadline:
            raise _failure(sandbox, service, f"{service.name} does not answer after {service.patience:.0f} s")


def _failure(sandbox: Sandbox, service: SandboxService, what: str) -> SandboxError:
    """What happened, with the last line of the service's log."""
    last = processes.tail(sandbox, service.name, 1)
    said = f": {last[0][:200]}" if last else ""
    return SandboxError(f"{what}{said}", Advice(Action.SHOW_SANDBOX_LOG, service.name))
