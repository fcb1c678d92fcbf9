from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from certmark.domain.remarks import Remark
from certmark.sandbox import ports
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.events import Event
from certmark.sandbox.ports import Claims, can_listen, choose_ports, next_free, outgoing_from
from certmark.sandbox.state import Sandbox
from support import tiny_sandbox

FIRST = 20_000 + os.getpid() % 4_000 * 3
"""A claim on a port is the whole machine's: no test beside these, and no sandbox, wants the same."""
PROFILE = tiny_sandbox.PROFILE._replace(ports={"keystone": FIRST, "swift": FIRST + 1})

NEXT = {
    "the preferred one": (15000, (), (), 15000),
    "the one after what is taken and what others listen on": (15000, (15000,), (15001,), 15002),
    "from the bottom when the top is reached": (1999, (1999,), (), 1024),
    "from the bottom when the wish is above the limit": (40000, (), (1024,), 1025),
    "never a privileged one": (80, (), (), 1024),
}


@pytest.mark.parametrize("case", NEXT)
def test_the_next_free_port_is(case: str) -> None:
    first, taken, listening, expected = NEXT[case]
    limit = 2000 if first in {1999, 40000} else 30000
    assert next_free(first, taken=taken, limit=limit, is_free=lambda port: port not in listening) == expected


def test_when_no_port_is_free_it_is_told() -> None:
    with pytest.raises(SandboxError, match="no port below 1030 is free"):
        next_free(1024, taken=(), limit=1030, is_free=lambda _: False)


RANGES = {"32768\t60999\n": 32768, "10000 65000": 10000, "1024 65535": 65536, "": 32768, "x y": 32768}


@pytest.mark.parametrize("text", RANGES)
def test_ports_stay_below_what_the_kernel_gives_to_outgoing_connections(text: str) -> None:
    assert outgoing_from(text) == RANGES[text]


@pytest.mark.enable_socket
def test_a_port_on_which_somebody_listens_is_not_free() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        assert not can_listen(server.getsockname()[1])


@pytest.fixture
def claims(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Claims]:
    """Claims under names of this test's own: other starts on this machine do not matter to it."""
    monkeypatch.setattr(ports, "outgoing_from", lambda: 32_768)
    monkeypatch.setattr(ports, "_CLAIM", f"test-{os.getpid()}-{tmp_path.name}")
    with Claims() as found:
        yield found


def test_ports_are_chosen_once_and_kept(sandbox: Sandbox, claims: Claims, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "can_listen", lambda port: port != FIRST)
    told: list[Event] = []
    assert not choose_ports(sandbox, PROFILE, told.append, claims)
    assert sandbox.ports == {"keystone": FIRST + 2, "swift": FIRST + 1}
    monkeypatch.setattr(ports, "can_listen", lambda _: True)
    assert not choose_ports(sandbox, PROFILE, told.append, claims)
    assert (sandbox.ports, told) == ({"keystone": FIRST + 2, "swift": FIRST + 1}, [])


def test_a_recorded_port_that_somebody_took_moves_alone_and_is_told(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, claims: Claims
) -> None:
    monkeypatch.setattr(ports, "can_listen", lambda port: port != FIRST)
    sandbox.record_ports({"keystone": FIRST, "swift": FIRST + 1})
    told: list[Event] = []
    assert choose_ports(sandbox, PROFILE, told.append, claims)
    assert sandbox.ports == {"keystone": FIRST + 2, "swift": FIRST + 1}
    assert told == [Remark(f"port {FIRST} is taken by another program; keystone moves to {FIRST + 2}")]


def test_two_starts_at_one_instant_choose_different_ports(
    sandbox: Sandbox, claims: Claims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "can_listen", lambda _: True)
    with Claims() as other:
        assert other.take(FIRST)
        choose_ports(sandbox, PROFILE, lambda _: None, claims)
        assert sandbox.ports == {"keystone": FIRST + 2, "swift": FIRST + 1}
    with Claims() as again:
        assert again.take(FIRST)
        assert again.take(FIRST)
