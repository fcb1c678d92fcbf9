"""Free ports on loopback, chosen once and recorded.

They lie below the kernel's range for outgoing connections (net.ipv4.ip_local_port_range): from that
range any program may be given one at any time, and a service that finds its port taken waits in silence.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection
from itertools import chain
from pathlib import Path
from typing import Self

from certmark.domain.remarks import Remark
from certmark.sandbox import processes
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.events import Listener
from certmark.sandbox.profiles import Profile
from certmark.sandbox.state import HOST, Sandbox

_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 1024
_CLAIM = "certmark-sandbox-port"
"""Begins the abstract names of claims: one for the whole machine."""


class Claims:
    """Ports that a start has chosen and on which nobody listens yet, kept from other starts on this machine.

    A claim is a socket with an abstract name (unix(7)): the kernel gives each name to one process at a time,
    whoever it belongs to, and takes it back when the process ends, however it ends.
    """

    def __init__(self) -> None:
        self._held: dict[int, socket.socket] = {}

    def take(self, port: int) -> bool:
        """Claim `port`; False where another start has it."""
        if port in self._held:
            return True
        claim = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            claim.bind(f"\0{_CLAIM}-{port}")
        except OSError:
            claim.close()
            return False
        self._held[port] = claim
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for claim in self._held.values():
            claim.close()
        self._held.clear()


def choose_ports(sandbox: Sandbox, profile: Profile, on_event: Listener, claims: Claims) -> bool:
    """Record a port for every name of the profile: the recorded one if it is still to be had, else the next free one.

    The port of a service that runs is left as it is. What is chosen is claimed in `claims`, which the caller
    keeps until the services listen. Gives whether a recorded one had to move.
    """
    moved = False
    running = [service for service in profile.services if processes.running_process(sandbox, service.name)]
    held = {name for service in running for name in service.ports}
    wanted = {name: sandbox.ports.get(name, preferred) for name, preferred in profile.ports.items()}
    chosen = {name: port for name, port in wanted.items() if name in held}
    for name, port in wanted.items():
        if name in held:
            continue
        # What another name wants is left to it, so that one move does not bring on the next.
        others = {*chosen.values(), *(number for other, number in wanted.items() if other != name)}
        chosen[name] = next_free(
            port, taken=others, limit=outgoing_from(), is_free=lambda port: can_listen(port) and claims.take(port)
        )
        if name in sandbox.ports and chosen[name] != port:
            on_event(Remark(f"port {port} is taken by another program; {name} moves to {chosen[name]}"))
            moved = True
    sandbox.record_ports(chosen)
    return moved


def next_free(first: int, *, taken: Collection[int], limit: int, is_free: Callable[[int], bool] | None = None) -> int:
    """The first port from `first` on, below `limit`, that is free and not in `taken`; after the limit from 1024 on."""
    free = is_free or can_listen
    start = first if _LOWEST <= first < limit else _LOWEST
    for port in chain(range(start, limit), range(_LOWEST, start)):
        if port not in taken and free(port):
            return port
    raise SandboxError(f"no port below {limit} is free; end a program that listens, and run it again")


def can_listen(port: int) -> bool:
    """Whether nobody listens on that port of loopback or of every address."""
    for host in (HOST, ""):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: connections that are only closing do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def outgoing_from(text: str | None = None) -> int:
    """The first port of the range for outgoing connections, from `text` or the kernel."""
    try:
        first = int((text if text is not None else _RANGE.read_text(encoding="ascii")).split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768  # Linux's default
    # A machine may hand out nearly everything; then there is no safe place and any port must do.
    return first if first > 2 * _LOWEST else 65_536
