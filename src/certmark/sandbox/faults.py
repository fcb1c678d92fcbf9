"""Breaking a sandbox on purpose, to study what a run then says; and mending it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Remark
from certmark.sandbox import processes
from certmark.sandbox.events import Listener, ignore
from certmark.sandbox.lifecycle import attach, up
from certmark.sandbox.profiles import Profile


def breakable(profile: Profile) -> dict[str, str]:
    """What can be broken in a sandbox of that profile, by name, with what it then is."""
    stopped = {service.name: f"{service.text} is stopped" for service in profile.services}
    return {**stopped, **{breakage.name: breakage.text for breakage in profile.breakages}}


def check_breakable(profile: Profile, names: Iterable[str]) -> None:
    """Raise InvalidRequest for a name that cannot be broken in a sandbox of that profile."""
    known = breakable(profile)
    for name in names:
        if name not in known:
            raise InvalidRequest(f"{name!r} cannot be broken; there are {', '.join(known)}")


def break_on_purpose(folder: Path, names: Iterable[str], on_event: Listener = ignore) -> None:
    """Break these things; what is broken already stays so. Raises what `check_breakable` raises."""
    sandbox, profile = attach(folder)
    known = breakable(profile)
    wanted = [name for name in dict.fromkeys(names) if name not in sandbox.broken]
    check_breakable(profile, wanted)
    faults = {breakage.name: breakage for breakage in profile.breakages}
    # Services last: the other faults are made with their help.
    for name in sorted(wanted, key=lambda name: name not in faults):
        if name in faults:
            faults[name].do(sandbox)
        else:
            process = processes.recorded_process(sandbox, name)
            processes.stop(sandbox, [process] if process else [])
        sandbox.record_broken([*sandbox.broken, name])
        on_event(Remark(f"broken on purpose: {known[name]}"))


def mend(folder: Path, on_event: Listener = ignore) -> None:
    """Take everything back that was broken on purpose, and bring up what does not run."""
    sandbox, profile = attach(folder)
    faults = {breakage.name: breakage for breakage in profile.breakages}
    broken = sandbox.broken
    sandbox.record_broken(name for name in broken if name in faults)
    up(profile, folder, on_event)  # stopped services first: the other faults are taken back with their help
    for name in broken:
        if name in faults:
            faults[name].undo(sandbox)
        on_event(Remark(f"mended: {name}"))
    sandbox.record_broken(())
