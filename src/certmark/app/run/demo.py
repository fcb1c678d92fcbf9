"""A demonstration: a small cloud comes up on this machine, is tested as any other, and goes down again."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

from certmark.app.run.finish import FinishedRun, RunListeners, StoppedRun
from certmark.app.run.judging import asked_of
from certmark.app.run.prepare import run_cloud
from certmark.app.run.requests import RunRequest
from certmark.cloud.discovery.discover import services_of
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.sandbox.clients import CLOUD
from certmark.sandbox.events import Listener as SandboxListener
from certmark.sandbox.lifecycle import down, is_running, up, usual_folder

_PROFILE = "object-storage"
_SERVICES = frozenset({"identity", "object-store"})
"""What that cloud has."""


@dataclass(frozen=True, kw_only=True)
class DemoRequest:
    """What is shown."""

    guideline: str | None = None
    """A file, or the id of one that ships along; None: the default that ships along."""
    program: str = "object"
    """One that needs object storage only."""
    folder: str | None = None
    """Of the cloud; None: the usual one of a sandbox."""
    keep: bool = False
    """Whether the cloud stays up."""


def demonstrate(request: DemoRequest, hear: SandboxListener, listeners: RunListeners) -> StoppedRun | FinishedRun:
    """Do the whole job; `hear` is told of the cloud, `listeners` of the run.

    A program that needs more than this cloud has is refused before anything is done. Clients find the cloud
    by this process's environment from then on. Raises what `up` and `run_cloud` raise; whatever happens, the
    cloud goes down, unless it was up before.
    """
    folder = usual_folder(_PROFILE) if request.folder is None else Path(request.folder).absolute()
    run = RunRequest(
        os_cloud=CLOUD, accounts=folder / "accounts.yaml", guideline=request.guideline, program=request.program
    )
    _demand_object_storage(run)
    was_up = is_running(folder)
    if not was_up:
        listeners.remark(Remark(f"bringing up a small OpenStack (Keystone and Swift) in {folder}"))
    try:
        up(_PROFILE, folder, hear)
        os.environ["OS_CLIENT_CONFIG_FILE"] = str(folder / "clouds.yaml")
        return run_cloud(run, listeners)
    finally:
        _leave(folder, listeners.remark, hear, keep=request.keep or was_up)


def _demand_object_storage(run: RunRequest) -> None:
    """Raises InvalidRequest where the program asks for services that this cloud has not."""
    asked = asked_of(run)
    lacking = sorted(services_of(asked.names) - _SERVICES)
    if lacking:
        names = ", ".join(program.name for program in asked.guideline.programs if _fits(run, program.name))
        raise InvalidRequest(
            f'"{asked.program.name}" needs {", ".join(lacking)}, and this cloud has object storage only',
            Advice(Action.NAME_PROGRAM, names) if names else None,
        )


def _fits(run: RunRequest, program: str) -> bool:
    try:
        return services_of(asked_of(dataclasses.replace(run, program=program)).names) <= _SERVICES
    except InvalidRequest:  # it asks for no test
        return False


def _leave(folder: Path, listen: Listener, hear: SandboxListener, *, keep: bool) -> None:
    if keep:
        listen(Remark("the cloud stays up", Advice(Action.STOP_SANDBOX, str(folder))))
    elif folder.exists():
        down(folder, on_event=hear)
        again = "the cloud is down, and the next demonstration starts in seconds"
        listen(Remark(again, Advice(Action.REMOVE_SANDBOX, str(folder))))
