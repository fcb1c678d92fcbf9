"""What a sandbox profile is: ports, steps, services, and what can be broken in it.

A profile is a graph: a step or service begins as soon as everything that it `needs` is done or
answers, so independent ones run side by side. A step is done once, and again if one of its `ports`
changed; it must be able to begin anew after it was killed half-way. `lifecycle` works the graph off.
"""

from __future__ import annotations

import http.client
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from certmark.sandbox.state import HOST, Sandbox, write_private

DATA = Path(__file__).resolve().parent.parent / "data" / "sandbox"
TEMPLATES = Path(__file__).resolve().parent / "templates"


class SetupStep(NamedTuple):
    """Something that is done once: a file written, a database made, users created."""

    name: str
    text: str
    """What it does, for a person who waits."""
    do: Callable[[Sandbox], None]
    """Does it, from nothing or from a half-done state; raises SandboxError with one sentence."""
    needs: tuple[str, ...] = ()
    """Names of steps that must be done and services that must answer before."""
    ports: tuple[str, ...] = ()
    """Names of ports whose values it writes somewhere: it is done again when one of them moves."""
    always: bool = False
    """Done at every `up` that has something to start."""


class SandboxService(NamedTuple):
    """A process that goes on running."""

    name: str
    text: str
    command: Callable[[Sandbox], Sequence[str]]
    answers: Callable[[Sandbox], bool]
    """Whether it does its work; asked again and again while it starts, so it returns soon."""
    needs: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    """Names of the ports that it listens on."""
    environ: Callable[[Sandbox], Mapping[str, str]] = lambda _: {}
    patience: float = 90.0
    """Seconds until a start is given up."""


class Breakage(NamedTuple):
    """A fault that can be made on purpose and taken back, beside the stopping of any service."""

    name: str
    text: str
    do: Callable[[Sandbox], None]
    undo: Callable[[Sandbox], None]


class Profile(NamedTuple):
    """A kind of sandbox cloud."""

    name: str
    summary: str
    lock: str
    """The file in data/sandbox with the pinned packages of its environment."""
    ports: Mapping[str, int]
    """Names of ports with the number to try first; the next free one is taken."""
    parts: tuple[SetupStep | SandboxService, ...]
    """Each after everything that it needs."""
    breakages: tuple[Breakage, ...] = ()
    requirements: Callable[[], None] = lambda: None
    """Looks for what the machine must have; raises SandboxError saying what to install."""

    @property
    def services(self) -> tuple[SandboxService, ...]:
        """Its services, in the order of the table."""
        return tuple(part for part in self.parts if isinstance(part, SandboxService))

    @property
    def steps(self) -> tuple[SetupStep, ...]:
        """Its steps, in the order of the table."""
        return tuple(part for part in self.parts if isinstance(part, SetupStep))


def render(template: str, values: Mapping[str, object]) -> str:
    """The template of that file name in `templates` with each @NAME@ replaced; every name must have a value."""
    text = (TEMPLATES / template).read_text(encoding="utf-8")

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise LookupError(f"{template} asks for @{match[1]}@, which has no value")
        return str(values[match[1]])

    return re.sub(r"@([A-Z][A-Z0-9_]*)@", value, text)


def write_config(sandbox: Sandbox, template: str, target: str, values: Mapping[str, object]) -> None:
    """Render `template` into conf/TARGET with mode 0600; `common_values` are given along."""
    text = render(template, {**common_values(sandbox), **values})
    write_private(sandbox.path("conf", target), text)


def common_values(sandbox: Sandbox) -> dict[str, object]:
    """What every template may ask for: HOST, AUTH_URL, CONF, DATA, LOG, ENV and NAME_PORT for each port."""
    ports = {f"{name.upper().replace('-', '_')}_PORT": number for name, number in sandbox.ports.items()}
    folders = {name.upper(): sandbox.path(name) for name in ("conf", "data", "log", "run")}
    auth = {"AUTH_URL": sandbox.auth_url} if "keystone" in sandbox.ports else {}
    return {"HOST": HOST, "ENV": sandbox.environment, **folders, **ports, **auth}


def wsgi(
    sandbox: Sandbox, port: str, module: str, *, threads: int = 4, processes: int = 1, pyargv: str = ""
) -> tuple[str, ...]:
    """The command that serves a WSGI module with uWSGI (from the wheel of pyuwsgi) on the port of that name."""
    arguments = ("--pyargv", pyargv) if pyargv else ()
    return (
        str(sandbox.environment / "bin" / "uwsgi"),
        "--http-socket", f"{HOST}:{sandbox.port(port)}",
        "--module", module,
        "--virtualenv", str(sandbox.environment),
        "--master", "--die-on-term", "--lazy-apps", "--need-app", "--thunder-lock", "--enable-threads",
        "--processes", str(processes),
        "--threads", str(threads),
        "--buffer-size", "65535",
        # Uploads in chunks: with the usual limits Glance could not receive images of 1 MiB.
        "--http-chunked-input", "--chunked-input-limit", "104857600", "--chunked-input-timeout", "60",
        "--add-header", "Connection: close",
        *arguments,
    )  # fmt: skip


def answers_http(port: int, path: str = "/", *, below: int = 500) -> bool:
    """Whether something on that port of loopback answers GET with a status less than `below`, within 3 seconds."""
    connection = http.client.HTTPConnection(HOST, port, timeout=3)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < below
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers_tcp(port: int) -> bool:
    """Whether something listens on that port of loopback."""
    try:
        with socket.create_connection((HOST, port), timeout=3):
            return True
    except OSError:
        return False
