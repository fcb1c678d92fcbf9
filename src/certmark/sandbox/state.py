"""The folder of a sandbox and what is recorded in it.

    sandbox.json   profile, ports, finished steps, what was broken on purpose
    secrets.json   random passwords, mode 0600
    clouds.yaml, accounts.yaml   for clients, mode 0600
    conf/ data/ log/ run/        configuration, the cloud's data, logs, one record for each process

Every record is written whole or not at all, so a killed start leaves a state that `up` can go on from.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from certmark.domain.advice import Action, Advice
from certmark.sandbox.errors import NotASandbox, SandboxError

HOST = "127.0.0.1"
REGION = "RegionOne"
FORMAT = "certmark-sandbox-1"
RECORD = "sandbox.json"
_SECRETS = "secrets.json"
_FOLDERS = ("conf", "data", "log", "run")
_OTHER_FOLDER = Advice(Action.NAME_OTHER_FOLDER)
_CLEAR = Advice(Action.CLEAR_SANDBOX)


class Sandbox:
    """A sandbox: its folder, ports, secrets, and the steps that are done. What changes is written at once."""

    def __init__(self, folder: Path, record: dict[str, Any], passwords: dict[str, str]) -> None:
        self.folder = folder
        """Absolute."""
        self.environment: Path = folder / "no-environment"
        """The virtual environment of the services; `up` sets it before the first step."""
        self.cancelled = threading.Event()
        """Set as soon as the work is to end: on Ctrl-C, or when another step failed."""
        self._record = record
        self._passwords = passwords
        self._lock = threading.RLock()  # steps run side by side

    @classmethod
    def create(cls, folder: Path, profile: str) -> Sandbox:
        """The sandbox in `folder`, new or as it was left.

        Raises SandboxError where the folder holds something else or another profile.
        """
        folder = folder.absolute()
        if (folder / RECORD).exists():
            sandbox = cls.open(folder)
            if sandbox.profile != profile:
                raise SandboxError(
                    f"the sandbox in {folder} has the profile {sandbox.profile}, not {profile}", _OTHER_FOLDER
                )
            return sandbox
        if folder.exists() and (not folder.is_dir() or any(item.name != ".lock" for item in folder.iterdir())):
            raise NotASandbox(f"{folder} is not empty and is no sandbox", _OTHER_FOLDER)
        record = {"format": FORMAT, "profile": profile, "ports": {}, "done": {}, "broken": []}
        sandbox = cls(folder, record, {})
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sandbox._save()
        sandbox._make_folders()
        return sandbox

    @classmethod
    def open(cls, folder: Path) -> Sandbox:
        """The sandbox in `folder`; raises NotASandbox where there is none, SandboxError where its record is damaged."""
        folder = folder.absolute()
        if not (folder / RECORD).is_file():
            raise NotASandbox(f"{folder} is no sandbox", Advice(Action.MAKE_SANDBOX))
        record = _read(folder / RECORD)
        if record.get("format") != FORMAT:
            raise SandboxError(f"{folder / RECORD} is not of this version of Certmark", _CLEAR)
        passwords = _read(folder / _SECRETS) if (folder / _SECRETS).exists() else {}
        sandbox = cls(folder, record, passwords)
        sandbox._make_folders()
        return sandbox

    @property
    def profile(self) -> str:
        """The name of its profile."""
        return str(self._record["profile"])

    @property
    def python(self) -> Path:
        """The interpreter of the services' environment."""
        return self.environment / "bin" / "python"

    @property
    def auth_url(self) -> str:
        """Where Keystone answers; the profile must have a port `keystone`."""
        return f"http://{HOST}:{self.port('keystone')}/v3"

    def path(self, *parts: str) -> Path:
        """A path inside the folder, such as `path("conf", "keystone.conf")`."""
        return self.folder.joinpath(*parts)

    # ------------------------------------------------------------ ports and secrets

    @property
    def ports(self) -> Mapping[str, int]:
        """The recorded ports by name."""
        return dict(self._record["ports"])

    def port(self, name: str) -> int:
        """The recorded port of that name."""
        return int(self._record["ports"][name])

    def record_ports(self, ports: Mapping[str, int]) -> None:
        """Keep these ports."""
        self._record["ports"] = {**self._record["ports"], **ports}
        self._save()

    def secret(self, name: str) -> str:
        """The random password of that name, made at the first asking: 32 characters of 0-9a-f."""
        with self._lock:
            if name not in self._passwords:
                self._passwords[name] = secrets.token_hex(16)
                write_private(self.folder / _SECRETS, json.dumps(self._passwords, indent=1))
            return self._passwords[name]

    # ------------------------------------------------------------ progress

    def is_done(self, step: str, ports: Iterable[str] = ()) -> bool:
        """Whether the step was finished, with the same values of the `ports` that it depends on."""
        done = self._record["done"]
        return step in done and done[step] == {name: self.ports.get(name) for name in ports}

    def record_done(self, step: str, ports: Iterable[str] = ()) -> None:
        """Keep that the step is finished."""
        self._record["done"][step] = {name: self.ports.get(name) for name in ports}
        self._save()

    @property
    def broken(self) -> tuple[str, ...]:
        """What was broken on purpose and not mended."""
        return tuple(self._record["broken"])

    def record_broken(self, names: Iterable[str]) -> None:
        """Keep what is broken on purpose."""
        self._record["broken"] = sorted(set(names))
        self._save()

    def _save(self) -> None:
        with self._lock:
            write_private(self.folder / RECORD, json.dumps(self._record, indent=1))

    def _make_folders(self) -> None:
        for name in _FOLDERS:
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)


def write_private(path: Path, text: str) -> None:
    """Write a file for the owner's eyes only, whole or not at all; its folder is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise SandboxError(f"{path} is damaged", _CLEAR)
    return content
