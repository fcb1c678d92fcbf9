"""The key that a person means, and its passphrase."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from certmark.cli.console import Console
from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.trust.errors import AgentUnavailable
from certmark.trust.keys.files import load_private, load_public
from certmark.trust.keys.keys import PublicKey, Signer

PASSPHRASE_FILE = "CERTMARK_KEY_PASSPHRASE_FILE"
_LONGEST = 4_096


def keys_home() -> str:
    """The folder of the keys that `certmark key new` makes."""
    from certmark.places import state_home

    return os.path.join(state_home(), "keys")


def kept_keys() -> list[str]:
    """The files of private keys there, in the order of their names."""
    try:
        names = sorted(os.listdir(keys_home()))
    except FileNotFoundError:
        return []
    return [os.path.join(keys_home(), name) for name in names if f"{name}.pub" in names]


def signer_of(wanted: str | None, descriptor: int | None, console: Console) -> Signer:
    """The key to sign with: a file, a .pub file or an id whose key ssh-agent holds, or the only one kept here.

    Raises InvalidRequest, CannotProceed, InvalidKey or OSError.
    """
    if wanted is None:
        return _only_one(descriptor, console)
    if wanted.startswith("SHA256:"):
        return _by_id(wanted, descriptor, console)
    if not os.path.exists(wanted):
        inside = os.path.join(keys_home(), wanted)
        if os.sep in wanted or not os.path.exists(inside):
            raise InvalidRequest(f"there is no key {wanted!r}; name a file, or see certmark key list")
        wanted = inside
    if wanted.endswith(".pub"):
        return _of_agent(load_public(wanted))
    return _of_file(wanted, descriptor, console)


def agent_keys_or_none() -> tuple[PublicKey, ...]:
    """The keys in ssh-agent; none where there is no agent."""
    from certmark.trust.keys.agent import agent_keys

    try:
        return agent_keys()
    except AgentUnavailable:
        return ()


def _only_one(descriptor: int | None, console: Console) -> Signer:
    kept = kept_keys()
    if len(kept) == 1:
        return _of_file(kept[0], descriptor, console)
    held = agent_keys_or_none()
    if not kept and len(held) == 1:
        return _of_agent(held[0])
    if not kept and not held:
        raise InvalidRequest("there is no key to sign with; name one with --key, or make one with certmark key new")
    raise InvalidRequest(f"there are {len(kept) + len(held)} keys; name one with --key (certmark key list shows them)")


def _by_id(wanted: str, descriptor: int | None, console: Console) -> Signer:
    for path in kept_keys():
        if load_public(f"{path}.pub").id == wanted:
            return _of_file(path, descriptor, console)
    for key in agent_keys_or_none():
        if key.id == wanted:
            return _of_agent(key)
    raise InvalidRequest(f"there is no key {wanted}, neither here nor in ssh-agent; see certmark key list")


def _of_agent(key: PublicKey) -> Signer:
    from certmark.trust.keys.agent import agent_signer

    try:
        return agent_signer(key)
    except AgentUnavailable as error:
        raise CannotProceed(str(error)) from error


def _of_file(path: str, descriptor: int | None, console: Console) -> Signer:
    from certmark.trust.keys.files import is_open_to_others

    signer = load_private(path, passphrase_from(descriptor, f"passphrase of {os.path.basename(path)}: "))
    if is_open_to_others(path):
        console.refuse(f"others on this machine can read the private key {path}; close it with chmod 600")
    return signer


def passphrase_from(descriptor: int | None, prompt: str) -> Callable[[], bytes | None]:
    """Asks for a passphrase when it is needed: a file descriptor, the file that the environment names, a terminal."""

    def ask() -> bytes | None:
        if descriptor is not None:
            try:
                with open(descriptor, "rb", closefd=False) as file:
                    return _first_line(file.read(_LONGEST))
            except OSError as error:
                raise InvalidRequest(f"no passphrase can be read from file descriptor {descriptor}") from error
        if os.environ.get(PASSPHRASE_FILE):
            with open(os.environ[PASSPHRASE_FILE], "rb") as file:
                return _first_line(file.read(_LONGEST))
        if not sys.stdin.isatty():
            return None
        import getpass

        return getpass.getpass(prompt).encode()

    return ask


def _first_line(content: bytes) -> bytes:
    return content.partition(b"\n")[0].rstrip(b"\r")
