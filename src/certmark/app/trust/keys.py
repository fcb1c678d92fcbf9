"""The work of `certmark key new`, `show` and `list`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from certmark.app.inputs.keys import agent_keys_or_none, kept_keys, keys_home, passphrase_from
from certmark.cli.console import Console
from certmark.cli.exits import Exit
from certmark.domain.errors import InvalidRequest
from certmark.trust.errors import InvalidKey
from certmark.trust.keys.files import is_open_to_others, load_private, load_public, new_key, private_document
from certmark.trust.keys.keys import Algorithm, PublicKey
from certmark.trust.keys.signatures import NAMESPACE


def make(args: argparse.Namespace, console: Console) -> Exit:
    """Make a key and say where it is."""
    path = args.out or os.path.join(keys_home(), f"certmark-{args.type}")
    for taken in (path, f"{path}.pub"):
        if os.path.lexists(taken):
            raise InvalidRequest(f"{taken} is there already; name another file with --out")
    if "\n" in args.comment or not args.comment.isprintable():
        raise InvalidRequest("a comment is one line of text")
    passphrase = None if args.no_passphrase else _new_passphrase(args)
    signer = new_key(Algorithm(args.type), args.comment)
    if args.out is None:
        os.makedirs(keys_home(), mode=0o700, exist_ok=True)
    _write(path, private_document(signer, passphrase), 0o600)
    _write(f"{path}.pub", f"{signer.public.line}\n".encode(), 0o644)
    console.data(f"{signer.keyid}\n{path}")
    console.remark("keep the private key to yourself; certmark key show prints what others need")
    return Exit.OK


def show(args: argparse.Namespace, console: Console) -> Exit:
    """Say everything about a key that others may know."""
    key, path = _wanted(args)
    if args.allowed_signer is not None:
        console.data(_allowed_line(key, args.allowed_signer))
        return Exit.OK
    described = _described(key, path)
    if args.json:
        console.data(json.dumps(described, indent=1))
    else:
        console.data("\n".join(f"{name:<9}  {value}" for name, value in described.items() if value is not None))
    return Exit.OK


def listing(console: Console, *, as_json: bool) -> Exit:
    """Say which keys are at hand."""
    found = [*_kept(console), *(_described(key, "ssh-agent") for key in agent_keys_or_none())]
    if as_json:
        console.data(json.dumps({"keys": found}, indent=1))
    elif found:
        console.data(
            "\n".join(
                f"{key['id']}  {key['type']:<10}  {key['where']}  {key['comment'] or ''}".rstrip() for key in found
            )
        )
    else:
        console.remark("there is no key yet; make one with certmark key new")
    return Exit.OK


def _kept(console: Console) -> list[dict[str, str | int | None]]:
    found = []
    for path in kept_keys():
        try:
            found.append(_described(load_public(f"{path}.pub"), path))
        except InvalidKey as error:
            console.refuse(str(error))
        if is_open_to_others(path):
            console.refuse(f"others on this machine can read the private key {path}; close it with chmod 600")
    return found


def _described(key: PublicKey, path: str | None) -> dict[str, str | int | None]:
    return {
        "id": key.id,
        "type": key.algorithm.value,
        "bits": key.bits,
        "comment": key.comment or None,
        "where": path,
        "public": key.line,
    }


def _allowed_line(key: PublicKey, principal: str) -> str:
    if not principal or '"' in principal or not principal.isprintable():
        raise InvalidRequest("a principal is a vendor's name or an address, without quotation marks")
    shown = f'"{principal}"' if " " in principal else principal
    return f'{shown} namespaces="{NAMESPACE}" {key.line}'


def _wanted(args: argparse.Namespace) -> tuple[PublicKey, str | None]:
    wanted = args.key
    if wanted is None:
        kept = kept_keys()
        if len(kept) != 1:
            raise InvalidRequest(f"there are {len(kept)} keys here; name one (certmark key list shows them)")
        wanted = kept[0]
    if wanted.startswith("SHA256:"):
        known = [(load_public(f"{path}.pub"), path) for path in kept_keys()]
        known += [(key, "ssh-agent") for key in agent_keys_or_none()]
        for key, place in known:
            if key.id == wanted:
                return key, place
        raise InvalidRequest(f"there is no key {wanted}, neither here nor in ssh-agent; see certmark key list")
    inside = os.path.join(keys_home(), wanted)
    path = inside if os.sep not in wanted and not os.path.exists(wanted) and os.path.exists(inside) else wanted
    return _public_of(path, args), path


def _public_of(path: str, args: argparse.Namespace) -> PublicKey:
    """From the .pub file beside it where there is one; a private key may be locked."""
    beside = f"{path}.pub"
    if os.path.isfile(beside):
        return load_public(beside)
    try:
        return load_public(path)
    except InvalidKey:
        with open(path, "rb") as file:
            is_private = b"PRIVATE KEY-----" in file.read(100)
        if not is_private:
            raise
    return load_private(path, passphrase_from(args.passphrase_fd, f"passphrase of {os.path.basename(path)}: ")).public


def _new_passphrase(args: argparse.Namespace) -> bytes:
    ask = passphrase_from(args.passphrase_fd, "passphrase of the new key: ")
    first = ask()
    if not first:
        raise InvalidRequest("a key is locked with a passphrase; give one, or say --no-passphrase")
    asked_on_terminal = args.passphrase_fd is None and not os.environ.get("CERTMARK_KEY_PASSPHRASE_FILE")
    if asked_on_terminal and sys.stdin.isatty() and passphrase_from(None, "the same again: ")() != first:
        raise InvalidRequest("the two passphrases differ; nothing was made")
    return first


def _write(path: str, content: bytes, mode: int) -> None:
    """A new file; never over another, never open to others for a moment."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with open(descriptor, "wb") as file:
        file.write(content)
