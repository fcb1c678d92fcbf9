"""The key that a person means: a file, an id, one kept here, one in ssh-agent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.places import state_home
from certmark.trust.errors import AgentUnavailable
from certmark.trust.keys.agent import agent_keys, agent_signer
from certmark.trust.keys.files import is_open_to_others, load_private, load_public
from certmark.trust.keys.keys import PublicKey, Signer

AskPassphrase = Callable[[str], bytes | None]
"""Given what it opens, the passphrase; None where there is none to be had."""
AGENT = "ssh-agent"


class KnownKey(NamedTuple):
    """A key at hand."""

    key: PublicKey
    where: str
    """The file of its private half, or `ssh-agent`."""


def keys_home() -> Path:
    """The folder of the keys that are made here."""
    return Path(state_home(), "keys")


def kept_keys() -> tuple[Path, ...]:
    """The files of private keys there, in the order of their names."""
    return tuple(sorted(path.with_suffix("") for path in keys_home().glob("*.pub") if path.with_suffix("").exists()))


def known_keys() -> tuple[KnownKey, ...]:
    """The keys kept here, then those in ssh-agent. Raises InvalidKey or OSError."""
    kept = tuple(KnownKey(load_public(f"{path}.pub"), str(path)) for path in kept_keys())
    return (*kept, *agents_keys())


def agents_keys() -> tuple[KnownKey, ...]:
    """The keys in ssh-agent; none where there is no agent."""
    try:
        return tuple(KnownKey(key, AGENT) for key in agent_keys())
    except AgentUnavailable:
        return ()


def kept_file(wanted: str) -> Path:
    """The file that is meant by a path, or by the name of a key that is kept here."""
    inside = keys_home() / wanted
    return inside if "/" not in wanted and not Path(wanted).exists() and inside.exists() else Path(wanted)


def no_such_key(id_: str) -> InvalidRequest:
    """The refusal where a key is named by its id."""
    return InvalidRequest(f"there is no key {id_}, neither here nor in ssh-agent", Advice(Action.LIST_KEYS))


def signer_of(wanted: str | None, ask: AskPassphrase, listen: Listener) -> Signer:
    """The key to sign with: a file, a .pub file or an id whose key ssh-agent holds, or the only one at hand.

    Raises InvalidRequest, AgentUnavailable, InvalidKey or OSError.
    """
    if wanted is None:
        return _only_one(ask, listen)
    if wanted.startswith("SHA256:"):
        return _by_id(wanted, ask, listen)
    path = kept_file(wanted)
    if not path.exists():
        raise InvalidRequest(f"there is no key {wanted!r}", Advice(Action.NAME_KEY_FILE))
    return agent_signer(load_public(path)) if path.suffix == ".pub" else _of_file(path, ask, listen)


def _only_one(ask: AskPassphrase, listen: Listener) -> Signer:
    kept, held = kept_keys(), agents_keys()
    if len(kept) == 1:
        return _of_file(kept[0], ask, listen)
    if not kept and len(held) == 1:
        return agent_signer(held[0].key)
    if not kept and not held:
        raise InvalidRequest("there is no key to sign with", Advice(Action.MAKE_KEY))
    raise InvalidRequest(f"there are {len(kept) + len(held)} keys", Advice(Action.NAME_KEY))


def _by_id(wanted: str, ask: AskPassphrase, listen: Listener) -> Signer:
    found = next((known for known in known_keys() if known.key.id == wanted), None)
    if found is None:
        raise no_such_key(wanted)
    return agent_signer(found.key) if found.where == AGENT else _of_file(Path(found.where), ask, listen)


def _of_file(path: Path, ask: AskPassphrase, listen: Listener) -> Signer:
    signer = load_private(path, lambda: ask(path.name))
    warn_if_open(path, listen)
    return signer


def warn_if_open(path: Path, listen: Listener) -> None:
    """Tell of a private key that others may read."""
    if is_open_to_others(str(path)):
        sentence = f"others on this machine can read the private key {path}; close it with chmod 600"
        listen(Remark(sentence, is_important=True))
