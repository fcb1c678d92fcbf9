"""Processes of a sandbox: started in sessions of their own, known by pid and start time, logs in files.

A pid alone says nothing: it may have been given to somebody else since. A process is ours only if
the kernel's start time (and boot) is the recorded one. Every process carries the sandbox's folder and
a random id of it in its environment, so that also a child that nobody recorded is found, and none of a
sandbox that has the same path in another container. Needs Linux's /proc.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from certmark.sandbox.errors import SandboxError
from certmark.sandbox.state import Sandbox, write_private

MARK = "CERTMARK_SANDBOX"
"""The environment variable that names the sandbox's folder in every process of it."""
_ID = "CERTMARK_SANDBOX_ID"
"""The one with its id, which no other sandbox has."""
_POLL = 0.05
_children: dict[int, subprocess.Popen[bytes]] = {}


class Process(NamedTuple):
    """A process that a sandbox started."""

    name: str
    pid: int
    """Also the number of its session and process group."""
    started: str
    """The boot's id and the start time in the kernel's ticks: no two processes share pid and this."""


def start(
    sandbox: Sandbox,
    name: str,
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    keep_open: Sequence[int] = (),
) -> Process:
    """Start `command` in a session of its own and record it; stdout and stderr go to the end of log/NAME.log.

    `environ` is added to a small clean environment; the process gets the files `keep_open`, too.
    Raises SandboxError where the program is not there.
    """
    with sandbox.path("log", f"{name}.log").open("ab") as log:
        try:
            child = subprocess.Popen(  # noqa: S603 - the profile's own commands
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**clean_environ(sandbox), **(environ or {})},
                cwd=sandbox.folder,
                start_new_session=True,
                umask=0o077,
                pass_fds=keep_open,
            )
        except OSError as error:
            raise SandboxError(f"{name} cannot be started: {command[0]}: {error.strerror}") from error
    _children[child.pid] = child
    process = Process(name, child.pid, start_time(child.pid) or "gone")
    write_private(_record(sandbox, name), json.dumps(process._asdict()))
    return process


def run(
    sandbox: Sandbox,
    name: str,
    command: Sequence[str],
    environ: Mapping[str, str] | None = None,
    *,
    keep_open: Sequence[int] = (),
) -> None:
    """Run `command` to its end, with its output in log/NAME.log.

    Raises SandboxError with the last line of the log where it fails, and where the work is cancelled.
    """
    process = start(sandbox, name, command, environ, keep_open=keep_open)
    child = _children[process.pid]
    try:
        while child.poll() is None:
            if sandbox.cancelled.wait(_POLL):
                raise SandboxError(f"{name} was stopped")
    finally:
        stop(sandbox, [process])
    if child.returncode:
        last = (tail(sandbox, name, 1) or ("it said nothing",))[-1]
        raise SandboxError(f"{name} failed with status {child.returncode}: {last} (log/{name}.log has the rest)")


def is_running(process: Process) -> bool:
    """Whether it still runs: the same pid with the same start time, and no zombie."""
    child = _children.get(process.pid)
    if child is not None and child.poll() is not None:
        return False
    return process.started == start_time(process.pid)


def recorded_process(sandbox: Sandbox, name: str) -> Process | None:
    """The process recorded under that name, running or not."""
    try:
        content = json.loads(_record(sandbox, name).read_text(encoding="utf-8"))
        return Process(str(content["name"]), int(content["pid"]), str(content["started"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def recorded_processes(sandbox: Sandbox) -> tuple[Process, ...]:
    """Every recorded process, running or not, by name."""
    names = sorted(path.stem for path in sandbox.path("run").glob("*.json"))
    return tuple(process for name in names if (process := recorded_process(sandbox, name)) is not None)


def running_process(sandbox: Sandbox, name: str) -> Process | None:
    """The process recorded under that name, if it runs."""
    process = recorded_process(sandbox, name)
    return process if process is not None and is_running(process) else None


def stop(sandbox: Sandbox, processes: Iterable[Process], patience: float = 10.0) -> None:
    """Stop them all at once and forget their records: SIGTERM to each group, SIGKILL after `patience` seconds."""
    wanted = list(processes)
    ours = [process for process in wanted if _group_is_ours(sandbox, process)]
    for process in ours:
        _signal(process, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(_group_lives(process) for process in ours) and time.monotonic() < deadline:
        time.sleep(_POLL)
    for process in ours:
        if _group_lives(process):
            _signal(process, signal.SIGKILL)
    while any(_group_lives(process) for process in ours) and time.monotonic() < deadline + 2:
        time.sleep(_POLL)
    for process in wanted:
        _reap(process.pid)
        _record(sandbox, process.name).unlink(missing_ok=True)


def strays(sandbox: Sandbox) -> tuple[int, ...]:
    """Processes that carry the sandbox's mark, recorded or not, except the one that asks."""
    mark = _mark(sandbox)
    return tuple(pid for pid in _pids() if pid != os.getpid() and mark <= set(_environ_of(pid)))


def unrecorded_strays(sandbox: Sandbox) -> tuple[int, ...]:
    """Strays that descend from no recorded process that runs: a start was killed before it could record them."""
    known = {process.pid for process in recorded_processes(sandbox) if is_running(process)}
    return tuple(pid for pid in strays(sandbox) if not known.intersection(_line_of(pid)))


def kill_strays(sandbox: Sandbox, found: Sequence[int] | None = None) -> int:
    """End these, by default everything that carries the sandbox's mark; gives how many there were."""
    found = strays(sandbox) if found is None else found
    for pid in found:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(start_time(pid) for pid in found) and time.monotonic() < deadline:
        time.sleep(_POLL)
    for pid in found:
        _reap(pid)
    return len(found)


def tail(sandbox: Sandbox, name: str, lines: int) -> tuple[str, ...]:
    """The last lines of log/NAME.log that are not empty; nothing where there is no log."""
    try:
        with sandbox.path("log", f"{name}.log").open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 65_536))
            text = log.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ()
    return tuple(line.rstrip() for line in text.splitlines() if line.strip())[-lines:]


def clean_environ(sandbox: Sandbox) -> dict[str, str]:
    """What every process of a sandbox gets: nothing of the person's own environment that could steer it."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "USER", "LOGNAME") if name in os.environ}
    path = [
        str(sandbox.environment / "bin"),
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ]
    return {
        **kept,
        "PATH": ":".join(path),
        "HOME": str(sandbox.path("data")),
        "TMPDIR": str(sandbox.path("data")),
        "no_proxy": "*",
        "NO_PROXY": "*",
        MARK: str(sandbox.folder),
        _ID: _id_of(sandbox, is_made=True),
    }


def start_time(pid: int) -> str | None:
    """When the process was started, unmistakably: the boot's id and the kernel's ticks; None for none or a zombie."""
    fields = _stat(pid)
    if fields is None or fields[0] in {"Z", "X"}:
        return None
    return f"{_boot()}/{fields[19]}"


def memory(process: Process) -> int:
    """Bytes of memory that its group holds (resident, shared pages counted each time)."""
    page = os.sysconf("SC_PAGE_SIZE")
    return sum(int(fields[21]) * page for _, fields in _members(process.pid))


def _group_is_ours(sandbox: Sandbox, process: Process) -> bool:
    """Whether the group may be signalled: its leader is the recorded one, or gone while marked members remain."""
    leader = start_time(process.pid)
    if leader is not None:
        return leader == process.started
    mark = _mark(sandbox)
    return any(mark <= set(_environ_of(pid)) for pid, _ in _members(process.pid))


def _group_lives(process: Process) -> bool:
    child = _children.get(process.pid)
    if child is not None:
        child.poll()
    return bool(_members(process.pid))


def _line_of(pid: int) -> set[int]:
    """The process, its ancestors, and the leader of its session."""
    fields = _stat(pid)
    leader = {int(fields[3])} if fields is not None else set[int]()
    line: set[int] = set()
    while fields is not None and pid not in line:
        line.add(pid)
        pid = int(fields[1])
        fields = _stat(pid)
    return line | leader


def _reap(pid: int) -> None:
    """Let the kernel forget a dead child of ours; one that lives in spite of all is kept in mind."""
    child = _children.get(pid)
    if child is not None:
        with suppress(subprocess.TimeoutExpired):
            child.wait(timeout=1)
            del _children[pid]


def _members(group: int) -> list[tuple[int, list[str]]]:
    found = [(pid, fields) for pid in _pids() if (fields := _stat(pid)) is not None]
    return [(pid, fields) for pid, fields in found if fields[2] == str(group) and fields[0] not in {"Z", "X"}]


def _signal(process: Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _pids() -> tuple[int, ...]:
    try:
        return tuple(int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    except FileNotFoundError:
        raise SandboxError("the sandbox needs Linux: it knows its processes by /proc") from None


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/PID/stat from the third (state) on; the second is a name that may hold anything."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return text.rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None


def _environ_of(pid: int) -> tuple[bytes, ...]:
    try:
        return tuple(Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ()


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return "one-boot"


def _record(sandbox: Sandbox, name: str) -> Path:
    return sandbox.path("run", f"{name}.json")


def _mark(sandbox: Sandbox) -> frozenset[bytes]:
    """What the environment of each process of the sandbox has."""
    return frozenset({os.fsencode(f"{MARK}={sandbox.folder}"), f"{_ID}={_id_of(sandbox)}".encode()})


def _id_of(sandbox: Sandbox, *, is_made: bool = False) -> str:
    """The id of the sandbox, in a file of its own: it is known also where its record is damaged."""
    path = sandbox.path("id")
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="ascii").strip()
    if not is_made:
        return "none"
    draft = path.with_name(f".id.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(secrets.token_hex(16), encoding="ascii")
    try:
        with suppress(FileExistsError):  # steps run side by side: the first id is the sandbox's
            path.hardlink_to(draft)
    finally:
        draft.unlink()
    return path.read_text(encoding="ascii").strip()
