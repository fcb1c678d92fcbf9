"""Keys to sign with: made, looked up, listed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from certmark.app.inputs.keys import (
    AskPassphrase,
    KnownKey,
    agents_keys,
    kept_file,
    kept_keys,
    keys_home,
    known_keys,
    no_such_key,
    warn_if_open,
)
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark
from certmark.trust.errors import InvalidKey
from certmark.trust.keys.files import load_private, load_public, new_key, private_document
from certmark.trust.keys.keys import Algorithm, PublicKey


@dataclass(frozen=True, kw_only=True)
class NewKeyRequest:
    """A key to be made."""

    algorithm: Algorithm
    path: str | None = None
    """None: named for its algorithm, in the folder of keys."""
    comment: str = ""
    passphrase: bytes | None = None
    """None: it is left open."""


def check_new_key(path: str | None, algorithm: Algorithm, comment: str) -> Path:
    """Where the key will lie; nothing is overwritten. Raises InvalidRequest."""
    place = keys_home() / f"certmark-{algorithm.value}" if path is None else Path(path)
    for taken in (str(place), f"{place}.pub"):
        if os.path.lexists(taken):
            raise InvalidRequest(f"{taken} is there already", Advice(Action.NAME_OTHER_FILE))
    if not comment.isprintable():
        raise InvalidRequest("a comment is one line of text")
    return place


def make_key(request: NewKeyRequest) -> KnownKey:
    """Make it, with its public half beside it. Raises InvalidRequest or OSError."""
    path = check_new_key(request.path, request.algorithm, request.comment)
    signer = new_key(request.algorithm, request.comment)
    if request.path is None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_new(path, private_document(signer, request.passphrase), 0o600)
    _write_new(Path(f"{path}.pub"), f"{signer.public.line}\n".encode(), 0o644)
    return KnownKey(signer.public, str(path))


def find_key(wanted: str | None, ask: AskPassphrase) -> KnownKey:
    """The key of that id, name or file; None: the only one kept here. Raises InvalidRequest, InvalidKey or OSError."""
    if wanted is None:
        kept = kept_keys()
        if len(kept) != 1:
            raise InvalidRequest(f"there are {len(kept)} keys here", Advice(Action.CHOOSE_KEY))
        return KnownKey(_public_of(kept[0], ask), str(kept[0]))
    if wanted.startswith("SHA256:"):
        found = next((known for known in known_keys() if known.key.id == wanted), None)
        if found is None:
            raise no_such_key(wanted)
        return found
    path = kept_file(wanted)
    return KnownKey(_public_of(path, ask), str(path))


def list_keys(listen: Listener) -> tuple[KnownKey, ...]:
    """The keys at hand; what is wrong with one is told. Raises OSError."""
    found = []
    for path in kept_keys():
        try:
            found.append(KnownKey(load_public(f"{path}.pub"), str(path)))
        except InvalidKey as error:
            listen(Remark(str(error), error.advice, is_important=True))
        warn_if_open(path, listen)
    return (*found, *agents_keys())


def _public_of(path: Path, ask: AskPassphrase) -> PublicKey:
    """From the .pub file beside it where there is one; a private key may be locked."""
    beside = Path(f"{path}.pub")
    if beside.is_file():
        return load_public(beside)
    try:
        return load_public(path)
    except InvalidKey:
        with path.open("rb") as file:
            is_private = b"PRIVATE KEY-----" in file.read(100)
        if not is_private:
            raise
    return load_private(path, lambda: ask(path.name)).public


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """A new file; never over another, never open to others for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
