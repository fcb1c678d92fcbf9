"""The work of `certmark sandbox ...`: calls the sandbox and says what it tells."""

from __future__ import annotations

import argparse
import json
import shlex
import time
from pathlib import Path

from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.sandbox.clients import ADMIN_CLOUD, CLOUD
from certmark.sandbox.errors import NotASandbox
from certmark.sandbox.events import Event, Remark, StepBegan, StepEnded
from certmark.sandbox.faults import break_on_purpose, breakable, mend
from certmark.sandbox.lifecycle import ServiceStatus, Status, down, status, up, usual_folder
from certmark.sandbox.processes import tail
from certmark.sandbox.profiles import named, names
from certmark.sandbox.state import RECORD, Sandbox

_MIB = 1 << 20


class Teller:
    """Says the events of a sandbox, each with the time since the beginning."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self.told = False

    @property
    def seconds(self) -> float:
        """Since it began to tell."""
        return time.monotonic() - self._began

    def __call__(self, event: Event) -> None:
        """Say `event`, if it is worth a line."""
        match event:
            case StepBegan(text=text, service=False):
                self._say(text)
            case StepEnded(text=text, service=True):
                self._say(f"{text} is up")
            case Remark(text=text):
                self._say(text)
            case _:
                self.told = True

    def _say(self, sentence: str) -> None:
        self.told = True
        self._console.remark(f"[{self.seconds:6.1f} s] {sentence}")


def bring_up(args: argparse.Namespace, console: Console) -> Exit:
    """Bring it up, break or mend it, and say how to use it."""
    profile, folder = _to_bring_up(args)
    _know_breakages(profile, args.broken)
    teller = Teller(console)
    try:
        if args.mend and (folder / RECORD).exists():
            mend(folder, teller)
        up(profile, folder, teller)
        if args.broken:
            break_on_purpose(folder, args.broken, teller)
    except KeyboardInterrupt:
        console.refuse("interrupted; what this start had started is stopped; `certmark sandbox up` goes on from here")
        return Exit.INTERRUPTED
    _say_up(status(folder), teller, console)
    return Exit.OK


def take_down(args: argparse.Namespace, console: Console) -> Exit:
    """Stop it, and remove it if asked."""
    folder = _existing(args)
    down(folder, purge=args.purge, on_event=Teller(console))
    console.remark(
        f"the sandbox is down and {folder} is removed" if args.purge else f"the sandbox is down; {folder} stays"
    )
    return Exit.OK


def tell_status(args: argparse.Namespace, console: Console) -> Exit:
    """The services, and a sentence on the whole."""
    found = status(_existing(args))
    if args.json:
        console.data(json.dumps(_as_json(found), indent=1))
    else:
        console.data("\n".join(_status_lines(found)))
    return Exit.OK if found.is_up else Exit.ENVIRONMENT


def tell_environment(args: argparse.Namespace, console: Console) -> Exit:
    """Two settings for a shell."""
    folder = _existing(args)
    if not (folder / "clouds.yaml").exists():
        raise NotASandbox(f"the sandbox in {folder} is not finished; `certmark sandbox up` goes on with it")
    cloud = ADMIN_CLOUD if args.admin else CLOUD
    console.data(f"export OS_CLIENT_CONFIG_FILE={shlex.quote(str(folder / 'clouds.yaml'))} OS_CLOUD={cloud}")
    return Exit.OK


def tell_logs(args: argparse.Namespace, console: Console) -> Exit:
    """The ends of the logs that were asked for."""
    sandbox = Sandbox.open(_existing(args))
    there = sorted(path.stem for path in sandbox.path("log").glob("*.log"))
    for name in args.service:
        if name not in there:
            raise InvalidRequest(f"there is no log of {name!r}; there are {', '.join(there)}")
    wanted = args.service or there
    lines = args.lines if args.lines is not None else (40 if args.service else 5)
    for name in wanted:
        head = [f"==> {name}"] if len(wanted) > 1 else []
        # Foreign text: what does not print steers terminals.
        said = ("".join(sign if sign.isprintable() else " " for sign in line) for line in tail(sandbox, name, lines))
        console.data("\n".join([*head, *said]))
    return Exit.OK


def _to_bring_up(args: argparse.Namespace) -> tuple[str, Path]:
    if args.folder is None:
        profile = args.profile or names()[0]
        return profile, usual_folder(profile)
    folder = Path(args.folder).absolute()
    if args.profile is None and (folder / RECORD).exists():
        return Sandbox.open(folder).profile, folder
    return args.profile or names()[0], folder


def _existing(args: argparse.Namespace) -> Path:
    """The folder of the sandbox that is meant."""
    if args.folder is not None:
        return Path(args.folder).absolute()
    if args.profile is not None:
        return usual_folder(args.profile)
    there = [name for name in names() if (usual_folder(name) / RECORD).exists()]
    if len(there) > 1:
        raise InvalidRequest(f"there are several sandboxes; name one with --profile: {', '.join(there)}")
    return usual_folder(there[0] if there else names()[0])


def _know_breakages(profile: str, wanted: list[str]) -> None:
    known = breakable(named(profile)) if wanted else {}
    for name in wanted:
        if name not in known:
            raise InvalidRequest(f"--break {name}: there are {', '.join(known)}")


def _say_up(found: Status, teller: Teller, console: Console) -> None:
    took = f"after {teller.seconds:.0f} s" if teller.told else "already"
    console.remark(f"the sandbox is up {took}: {found.profile} in {found.folder}")
    if found.broken:
        console.remark(f"broken on purpose: {', '.join(found.broken)}; `certmark sandbox up --mend` takes it back")
    console.remark('clients find it after: eval "$(certmark sandbox env)"')


def _status_lines(found: Status) -> list[str]:
    width = max(len(service.name) for service in found.services)
    lines = [f"{service.name:<{width}}  {_state(service)}" for service in found.services]
    lines += [f"broken on purpose: {', '.join(found.broken)}"] * bool(found.broken)
    lines += [f"not done yet: {', '.join(found.unfinished)}"] * bool(found.unfinished)
    memory = sum(service.memory for service in found.services) // _MIB
    whole = f"up, {memory} MiB of memory" if found.is_up else "not up; `certmark sandbox up` mends that"
    return [*lines, f"The {found.profile} sandbox in {found.folder} is {whole}."]


def _state(service: ServiceStatus) -> str:
    if service.pid is None:
        return "stopped on purpose" if service.broken else "does not run"
    port = f", port {', '.join(map(str, service.ports))}" if service.ports else ""
    return f"{'answers' if service.answers else 'runs but does not answer'}, process {service.pid}{port}"


def _as_json(found: Status) -> dict[str, object]:
    services = [service._asdict() for service in found.services]
    return {**found._asdict(), "folder": str(found.folder), "is_up": found.is_up, "services": services}
