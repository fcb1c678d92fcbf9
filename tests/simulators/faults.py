"""What makes a simulated cloud odd or hostile: each fault is small, and they can be put on top of each other.

A fault takes what was asked and what would have been answered, and says what is answered instead.
`on` and `off_sign_in` keep one to some paths; those that hit a share of the calls draw from a seed, so that a test
that fails fails again.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from email.utils import formatdate

from simulators.openstack_cloud import PASSWORD, TOKEN, Fault, Reply, Request

HANG = 600.0
"""Seconds: longer than any deadline; the server's end cuts it short."""


def on(pattern: str, fault: Fault) -> Fault:
    """`fault` for paths in which `pattern` is found."""
    return lambda asked, reply: fault(asked, reply) if re.search(pattern, asked.path) else reply


def off_sign_in(fault: Fault) -> Fault:
    """`fault` for everything but Keystone's own paths: the cloud lets people in first."""
    return on(r"^(?!/(v3(/auth/tokens)?/?)?$)", fault)


def says(status: int, body: object = None) -> Fault:
    """Every answer is this one."""
    told = {"error": {"code": status, "message": "as simulated"}} if body is None else body
    return lambda _asked, _reply: Reply(told, status)


def body(content: bytes) -> Fault:
    """The right status, other bytes."""
    return lambda _asked, reply: reply._replace(body=content)


def content_type(kind: str) -> Fault:
    """The right bytes under another name."""
    return lambda _asked, reply: reply.with_headers(Content_Type=kind)


def huge(size: int) -> Fault:
    """JSON of `size` bytes."""
    return body(b'{"flavors": [' + b"0," * (size // 2) + b"0]}")


def deep(levels: int = 200_000) -> Fault:
    """JSON nested deeper than any reader's stack."""
    return body(b"[" * levels + b"]" * levels)


def of_other_types() -> Fault:
    """The right keys, with values of other types."""
    return lambda _asked, reply: reply._replace(body=_twisted(reply.body))


def _twisted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _twisted(inner) if isinstance(inner, dict | list) else [inner] for key, inner in value.items()}
    if isinstance(value, list):
        return {"0": value}
    return value


def with_nulls() -> Fault:
    """Every text and number is null."""

    def twisted(value: object) -> object:
        if isinstance(value, dict):
            return {key: twisted(inner) for key, inner in value.items()}
        return [twisted(inner) for inner in value] if isinstance(value, list) else None

    return lambda _asked, reply: reply if isinstance(reply.body, bytes) else reply._replace(body=twisted(reply.body))


def redirect(to: str, status: int = 302) -> Fault:
    """Everything is elsewhere; the path stays."""
    return lambda asked, _reply: Reply(b"", status, {"Location": f"{to}{asked.path}"})


def round_and_round() -> Fault:
    """A redirect to itself."""
    return lambda asked, _reply: Reply(b"", 302, {"Location": asked.path})


def hangs() -> Fault:
    """It never answers."""
    return lambda _asked, reply: reply._replace(hold=HANG)


def trickles() -> Fault:
    """It answers a byte at a time, without end."""
    return lambda _asked, reply: reply._replace(trickle=True)


def drips() -> Fault:
    """Its headers have no end, and come a line at a time."""
    return lambda _asked, reply: reply._replace(drip=True)


def resets() -> Fault:
    """The connection is torn."""
    return lambda _asked, reply: reply._replace(reset=True)


def busy(seconds: str, times: int = 1 << 30) -> Fault:
    """429 with Retry-After, the first `times` for each path."""
    seen: dict[str, int] = {}

    def fault(asked: Request, reply: Reply) -> Reply:
        seen[asked.path] = seen.get(asked.path, 0) + 1
        if seen[asked.path] > times:
            return reply
        return Reply({"overLimit": {"code": 429, "message": "slow down"}}, 429, {"Retry-After": seconds})

    return fault


def share(of_calls: float, fault: Fault, *, seed: int) -> Fault:
    """`fault` for a share of the calls, drawn from `seed`."""
    draw = random.Random(seed)  # noqa: S311 - it must be foreseeable
    lock = threading.Lock()

    def sometimes(asked: Request, reply: Reply) -> Reply:
        with lock:
            hit = draw.random() < of_calls
        return fault(asked, reply) if hit else reply

    return sometimes


def by_path(of_paths: float, fault: Fault, *, seed: int) -> Fault:
    """`fault` for a share of the paths, always the same ones: policies do not change their mind."""
    return lambda asked, reply: (
        fault(asked, reply) if random.Random(f"{seed} {asked.path}").random() < of_paths else reply  # noqa: S311 - likewise
    )


def slow(seconds: float) -> Fault:
    """It answers late."""
    return lambda _asked, reply: reply._replace(hold=seconds)


def skewed(seconds: float) -> Fault:
    """The server's clock is wrong."""
    return lambda _asked, reply: reply.with_headers(Date=formatdate(time.time() + seconds, usegmt=True))


def pages_in_a_ring(key: str) -> Fault:
    """Each page leads to the first one."""

    def fault(asked: Request, reply: Reply) -> Reply:
        if not isinstance(reply.body, dict) or key not in reply.body:
            return reply
        link = f"{asked.path}?limit=1&marker=again"
        return reply._replace(
            status=200, body={**reply.body, "next": link, f"{key}_links": [{"rel": "next", "href": link}]}
        )

    return fault


def pages_without_end(key: str) -> Fault:
    """Each page leads to a new one."""
    count = iter(range(1 << 30))

    def fault(asked: Request, reply: Reply) -> Reply:
        things = reply.body.get(key, []) if isinstance(reply.body, dict) else []
        link = f"{asked.path}?marker={next(count)}"
        page = {key: things, "next": link, f"{key}_links": [{"rel": "next", "href": link}]}
        return reply._replace(status=200, body=page)

    return fault


def tells_secrets(status: int = 500) -> Fault:
    """Whatever secret it was sent stands in its answer: in the status line's reason, headers, body and links."""
    told = f"{PASSWORD} {TOKEN}"

    def fault(_asked: Request, reply: Reply) -> Reply:
        words = {"error": {"code": status, "message": told, "title": told}, "forbidden": {"message": told}}
        return Reply(words, status, {**reply.headers, "X-Debug": told, "Retry-After": told})

    return fault


def names_of_secrets() -> Fault:
    """Its things are called like the secrets."""

    def renamed(value: object) -> object:
        if isinstance(value, dict):
            return {
                key: TOKEN if key in {"name", "alias"} and isinstance(inner, str) else renamed(inner)
                for key, inner in value.items()
            }
        return [renamed(inner) for inner in value] if isinstance(value, list) else value

    return lambda _asked, reply: reply._replace(body=renamed(reply.body))


def names_that_steer_terminals() -> Fault:
    """Its things are called like escape sequences, line ends and options."""
    odd = json.dumps("\x1b[2J\r\n[DEFAULT]\nfake = 1 \u202e%(x)s $y {{z}}")[1:-1]

    def fault(_asked: Request, reply: Reply) -> Reply:
        if isinstance(reply.body, bytes):
            return reply
        text = json.dumps(reply.body)
        return reply._replace(body=re.sub(r'"name": "[^"]*"', lambda _: f'"name": "{odd}"', text).encode())

    return fault
