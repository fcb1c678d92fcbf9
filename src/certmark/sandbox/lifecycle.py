"""Bringing a sandbox up and down: works a profile off, goes on where an earlier `up` stopped."""

from __future__ import annotations

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.phrases import counted
from certmark.domain.remarks import Remark
from certmark.places import cache_home, state_home
from certmark.sandbox import object_storage, processes
from certmark.sandbox.compute import profile as compute
from certmark.sandbox.environment import environment, home_of, is_whole
from certmark.sandbox.errors import NotASandbox, SandboxError
from certmark.sandbox.events import Listener, StepBegan, StepEnded, ignore
from certmark.sandbox.executor import Executor, all_needs
from certmark.sandbox.ports import Claims, choose_ports
from certmark.sandbox.profiles import DATA, Profile, SandboxService
from certmark.sandbox.state import RECORD, Sandbox


class ServiceStatus(NamedTuple):
    """How one service of a sandbox does."""

    name: str
    pid: int | None
    """None where it does not run."""
    ports: tuple[int, ...]
    answers: bool
    memory: int
    """Bytes, resident."""
    broken: bool
    """Stopped on purpose."""


class Status(NamedTuple):
    """How a sandbox does."""

    profile: str
    folder: Path
    services: tuple[ServiceStatus, ...]
    unfinished: tuple[str, ...]
    """Steps that an `up` has still to do."""
    broken: tuple[str, ...]
    """What was broken on purpose and not mended."""

    @property
    def is_up(self) -> bool:
        """Whether everything is done and answers, apart from what was broken on purpose."""
        return not self.unfinished and all(service.answers or service.broken for service in self.services)


def usual_folder(profile: str) -> Path:
    """Where the sandbox of that profile lies if nobody names a folder."""
    return state_home() / "sandbox" / profile


def up(profile: Profile | str, folder: Path | None = None, on_event: Listener = ignore) -> Sandbox:
    """Bring the sandbox up, from nothing or from wherever an earlier `up` stopped; if it is up, do nothing.

    Raises SandboxError with one sentence where something is in the way, and lets KeyboardInterrupt
    through after what this call started was stopped. In both cases the same call again goes on.
    """
    profile = find_profile(profile) if isinstance(profile, str) else profile
    _has_proc()
    folder = (folder or usual_folder(profile.name)).absolute()
    if not (folder / RECORD).exists():
        profile.requirements()  # what is refused leaves nothing behind
    sandbox = Sandbox.create(folder, profile.name)
    with _lock(folder):
        sandbox = Sandbox.create(folder, profile.name)
        sandbox.environment = _environment_of(profile)
        if not _look(sandbox, profile).is_up:
            try:
                _bring_up(sandbox, profile, on_event)
            except OSError as error:  # a full disk, most of all
                what = error.strerror or error
                raise SandboxError(
                    f"the sandbox in {folder} cannot go on: {what}", Advice(Action.RESUME_SANDBOX)
                ) from error
    return sandbox


def attach(folder: Path) -> tuple[Sandbox, Profile]:
    """The sandbox in `folder` with its profile, up or not; raises NotASandbox where there is none."""
    sandbox = Sandbox.open(folder)
    profile = find_profile(sandbox.profile)
    sandbox.environment = _environment_of(profile)
    return sandbox, profile


def status(folder: Path) -> Status:
    """How the sandbox in `folder` does; every service is asked."""
    return _look(*attach(folder))


def is_running(folder: Path) -> bool:
    """Whether anything of a sandbox in `folder` runs; False where there is none."""
    if not (folder / RECORD).is_file():
        return False
    sandbox = Sandbox(folder.absolute(), {"profile": "", "ports": {}, "done": {}, "broken": []}, {})
    return any(processes.is_running(process) for process in processes.recorded_processes(sandbox))


def down(folder: Path, *, purge: bool = False, on_event: Listener = ignore) -> None:
    """Stop every process of the sandbox in `folder`; with `purge` the folder goes too.

    Raises NotASandbox where the folder is none; then nothing is touched.
    """
    folder = folder.absolute()
    if not (folder / RECORD).is_file():
        raise NotASandbox(f"{folder} is no sandbox, so nothing is stopped or removed")
    with _lock(folder):
        # Also a damaged record must not keep anybody from stopping and purging: processes are known without it.
        sandbox = Sandbox(folder, {"profile": "", "ports": {}, "done": {}, "broken": []}, {})
        _stop_all(sandbox, on_event)
        if purge:
            _purge(folder)


def _stop_all(sandbox: Sandbox, on_event: Listener) -> None:
    alive = [process for process in processes.recorded_processes(sandbox) if processes.is_running(process)]
    for layer in _stop_order(sandbox, alive):
        processes.stop(sandbox, layer)
    for process in processes.recorded_processes(sandbox):
        processes.stop(sandbox, [process])
    left = processes.kill_strays(sandbox)
    if left:
        on_event(_ended(left))


def _stop_order(sandbox: Sandbox, alive: list[processes.Process]) -> list[list[processes.Process]]:
    """Those that others need go last: first everything that nothing running needs, then the rest likewise."""
    try:
        needs = _needed_services(find_profile(Sandbox.open(sandbox.folder).profile))
    except SandboxError:
        return [alive]
    layers: list[list[processes.Process]] = []
    left = list(alive)
    while left:
        wanted = {need for process in left for need in needs.get(process.name, ())}
        layer = [process for process in left if process.name not in wanted] or left
        layers.append(layer)
        left = [process for process in left if process not in layer]
    return layers


def _needed_services(profile: Profile) -> dict[str, frozenset[str]]:
    """Every service with the services that it needs."""
    services = {service.name for service in profile.services}
    return {name: needs & services for name, needs in all_needs(profile).items() if name in services}


def _bring_up(sandbox: Sandbox, profile: Profile, on_event: Listener) -> None:
    profile.requirements()
    # What a killed start left half-way (a database being made, say) must not go on beside ours.
    _clear_remains(sandbox, profile, on_event)
    lock = DATA / profile.lock
    if not is_whole(lock, cache_home()):
        with _reported("environment", f"installing the packages of {profile.name}", on_event):
            environment(sandbox, lock, cache_home())
    with Claims() as claims:
        if choose_ports(sandbox, profile, on_event, claims):
            # What runs knows the old addresses.
            _stop_all(sandbox, on_event)
        Executor(sandbox, profile, on_event).do()


def _clear_remains(sandbox: Sandbox, profile: Profile, on_event: Listener) -> None:
    services = {service.name for service in profile.services}
    for process in processes.recorded_processes(sandbox):
        if process.name not in services:
            if processes.is_running(process):
                on_event(Remark(f"stopped {process.name}, which an interrupted start had left running"))
            processes.stop(sandbox, [process])
    left = processes.kill_strays(sandbox, processes.unrecorded_strays(sandbox))
    if left:
        on_event(_ended(left))


def _ended(number: int) -> Remark:
    return Remark(f"ended {counted(number, 'process', 'processes')} that no record knew")


def _look(sandbox: Sandbox, profile: Profile) -> Status:
    services = tuple(_service_status(sandbox, service) for service in profile.services)
    unfinished = tuple(step.name for step in profile.steps if not sandbox.is_done(step.name, step.ports))
    return Status(profile.name, sandbox.folder, services, unfinished, sandbox.broken)


def _service_status(sandbox: Sandbox, service: SandboxService) -> ServiceStatus:
    process = processes.running_process(sandbox, service.name)
    return ServiceStatus(
        service.name,
        process.pid if process else None,
        tuple(sandbox.ports[name] for name in service.ports if name in sandbox.ports),
        process is not None and service.answers(sandbox),
        processes.memory(process) if process else 0,
        service.name in sandbox.broken,
    )


def _environment_of(profile: Profile) -> Path:
    return home_of(DATA / profile.lock, cache_home()) / "environment"


def _has_proc() -> None:
    if not Path("/proc/self/stat").exists():
        raise SandboxError("the sandbox needs Linux: it knows its processes by /proc")


def _purge(folder: Path) -> None:
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise SandboxError(f"{error.filename} cannot be removed: {error.strerror}") from error


@contextmanager
def _lock(folder: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets go of it when the holder dies."""
    with (folder / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SandboxError(
                f"another process is at work on the sandbox in {folder}; wait for it, or end it with Ctrl-C"
            ) from None
        yield


@contextmanager
def _reported(name: str, text: str, on_event: Listener) -> Iterator[None]:
    """Tell when its content begins and how long it took."""
    began = time.monotonic()
    on_event(StepBegan(name, text))
    yield
    on_event(StepEnded(name, text, time.monotonic() - began))


PROFILES: dict[str, Profile] = {profile.name: profile for profile in (object_storage.PROFILE, compute.PROFILE)}
"""The first one is meant where nobody names one."""


def profile_names() -> tuple[str, ...]:
    """The names of the profiles there are."""
    return tuple(PROFILES)


def find_profile(name: str) -> Profile:
    """The profile of that name. Raises SandboxError."""
    if name not in PROFILES:
        raise SandboxError(f"there is no profile {name!r}; there are {', '.join(PROFILES)}")
    return PROFILES[name]
