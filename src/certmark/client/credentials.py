"""Tokens that a person keeps, each for one server and sent to no other: in the keyring of the desktop, else in a file.

The file is `servers.json` in the folder of what a person decided, and nobody else may read it.
"""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from certmark.domain.errors import CannotProceed, InvalidRequest
from certmark.places import config_home

_SERVICE = "certmark"
_LARGEST = 1 << 20


def place_of(url: str) -> str:
    """What a server is called here: the address as far as it says which one. Raises InvalidRequest."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InvalidRequest(f"{url!r} is no address of a server") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InvalidRequest(f"{url!r} is no address of a server; one looks like https://certmark.example.org")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    own_port = "" if port in {None, {"https": 443, "http": 80}[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{own_port}{parts.path.rstrip('/')}"


def keep(url: str, token: str) -> str:
    """Keep a token for a server; where. Raises InvalidRequest or CannotProceed."""
    place, ring = place_of(url), _keyring()
    if ring is not None:
        try:
            ring.set_password(_SERVICE, place, token)
        except Exception:  # noqa: BLE001 - a desktop's keyring fails in as many ways as there are desktops
            ring = None
    _change(place, token if ring is None else None)
    return str(_file()) if ring is None else "the keyring"


def kept(url: str) -> str | None:
    """The token for this very server. Raises InvalidRequest or CannotProceed."""
    place = place_of(url)
    found = _read().get(place)
    if found is not None:
        return found
    ring = _keyring()
    try:
        return None if ring is None else ring.get_password(_SERVICE, place)
    except Exception:  # noqa: BLE001 - likewise
        return None


def forget(url: str) -> bool:
    """Keep none for this server any more; whether there was one. Raises InvalidRequest or CannotProceed."""
    place, ring, was_there = place_of(url), _keyring(), kept(url) is not None
    _change(place, None)
    if ring is not None:
        try:
            ring.delete_password(_SERVICE, place)
        except Exception:  # noqa: BLE001 - likewise; where there was none it fails as well
            return was_there
    return was_there


def _change(place: str, token: str | None) -> None:
    """Of several programs that change the file at once each has its change in it. Raises CannotProceed."""
    file = _file()
    if token is None and not file.exists():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.fdopen(os.open(file.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600), "wb")
    except OSError as error:
        raise CannotProceed(f"{file} cannot be written: {error.strerror}") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # until it is closed, however this ends
        others = {name: known for name, known in _read().items() if name != place}
        _write(others if token is None else {**others, place: token})


def _file() -> Path:
    return config_home() / "servers.json"


def _read() -> dict[str, str]:
    file = _file()
    try:
        with file.open("rb") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o077:
                raise CannotProceed(f"others may read {file}, in which your tokens stand; close it to them (chmod 600)")
            found = json.loads(stream.read(_LARGEST))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CannotProceed(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CannotProceed(f"{file} is damaged; remove it, and sign in again") from error
    tokens = found.get("tokens") if isinstance(found, dict) else None
    return {str(place): str(token) for place, token in tokens.items()} if isinstance(tokens, dict) else {}


def _write(tokens: dict[str, str]) -> None:
    file = _file()
    try:
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=".servers-")  # for the owner only, from the start
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"tokens": tokens}, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except OSError as error:
        raise CannotProceed(f"{file} cannot be written: {error.strerror}") from error


def _keyring() -> Any:
    """The desktop's, where the library is installed and has one that holds something."""
    try:
        import keyring
        from keyring.backends import fail

        found = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - not installed, or no desktop
        return None
    return None if isinstance(found, fail.Keyring) or found.priority <= 0 else found
