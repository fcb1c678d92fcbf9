"""A sandbox: brought up, broken on purpose, looked at, stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.sandbox.clients import ADMIN_CLOUD, CLOUD
from certmark.sandbox.errors import NotASandbox
from certmark.sandbox.events import Listener
from certmark.sandbox.faults import break_on_purpose, check_breakable, mend
from certmark.sandbox.lifecycle import Status, down, find_profile, is_running, profile_names, status, up, usual_folder
from certmark.sandbox.processes import tail
from certmark.sandbox.state import RECORD, Sandbox


@dataclass(frozen=True, kw_only=True)
class SandboxChoice:
    """Which sandbox is meant."""

    profile: str | None = None
    """None: that of the sandbox that there is, or the first one."""
    folder: str | None = None
    """None: the usual one of the profile."""

    def find(self) -> Path:
        """The folder of a sandbox that should be there. Raises InvalidRequest where several could be meant."""
        if self.folder is not None:
            return Path(self.folder).absolute()
        if self.profile is not None:
            return usual_folder(self.profile)
        there = [name for name in profile_names() if (usual_folder(name) / RECORD).exists()]
        if len(there) > 1:
            raise InvalidRequest("there are several sandboxes", Advice(Action.NAME_SANDBOX_PROFILE, ", ".join(there)))
        return usual_folder(there[0] if there else profile_names()[0])

    def place(self) -> tuple[str, Path]:
        """The profile and the folder of one that is to be brought up."""
        if self.folder is None:
            profile = self.profile or profile_names()[0]
            return profile, usual_folder(profile)
        folder = Path(self.folder).absolute()
        if self.profile is None and (folder / RECORD).exists():
            return Sandbox.open(folder).profile, folder
        return self.profile or profile_names()[0], folder


@dataclass(frozen=True, kw_only=True)
class UpRequest:
    """What is brought up, and what is broken in it then."""

    choice: SandboxChoice
    faults: Sequence[str] = ()
    """Services to stop, or faults of the profile."""
    mend: bool = False
    """Whether what was broken before is taken back."""


class ClientSettings(NamedTuple):
    """With what clients find a sandbox."""

    clouds_file: Path
    cloud: str
    """The entry in it."""


class LogTail(NamedTuple):
    """The end of what a service wrote."""

    service: str
    lines: tuple[str, ...]
    """As they came."""


def is_only_one(folder: Path) -> bool:
    """Whether no other sandbox lies at a usual place, so that nobody need say which one is meant."""
    there = {usual_folder(name) for name in profile_names() if (usual_folder(name) / RECORD).exists()}
    return there == {folder}


def bring_up(request: UpRequest, hear: Listener) -> Status:
    """Bring it up from wherever it is, mend it, break it; how it does then.

    Raises InvalidRequest for a fault that is not known, before anything is done, and SandboxError. Lets
    KeyboardInterrupt through after what this call started was stopped; the same call again goes on.
    """
    profile, folder = request.choice.place()
    if request.faults:
        check_breakable(find_profile(profile), request.faults)
    if request.mend and (folder / RECORD).exists():
        mend(folder, hear)
    up(profile, folder, hear)
    if request.faults:
        break_on_purpose(folder, request.faults, hear)
    return status(folder)


def take_down(choice: SandboxChoice, hear: Listener, *, purge: bool) -> Path:
    """Stop it, with `purge` remove it; where it is or was. Raises InvalidRequest or SandboxError."""
    folder = choice.find()
    down(folder, purge=purge, on_event=hear)
    return folder


def status_of(choice: SandboxChoice) -> Status:
    """How it does. Raises InvalidRequest or SandboxError."""
    return status(choice.find())


def settings_of(choice: SandboxChoice, *, admin: bool) -> ClientSettings:
    """The settings for clients, as a member user or as the admin. Raises InvalidRequest or NotASandbox."""
    folder = choice.find()
    if not (folder / "clouds.yaml").exists():
        raise NotASandbox(f"the sandbox in {folder} is not finished", Advice(Action.RESUME_SANDBOX))
    if not is_running(folder):
        raise NotASandbox(f"the sandbox in {folder} is down", Advice(Action.RESUME_SANDBOX))
    return ClientSettings(folder / "clouds.yaml", ADMIN_CLOUD if admin else CLOUD)


def logs_of(choice: SandboxChoice, services: Sequence[str], lines: int) -> list[LogTail]:
    """The last `lines` of each of the logs, by default of all. Raises InvalidRequest or SandboxError."""
    sandbox = Sandbox.open(choice.find())
    there = sorted(path.stem for path in sandbox.path("log").glob("*.log"))
    for name in services:
        if name not in there:
            raise InvalidRequest(f"there is no log of {name!r}; there are {', '.join(there)}")
    return [LogTail(name, tail(sandbox, name, lines)) for name in services or there]
