"""The identity of a cloud: where it is looked for, where it is kept, and what the cloud says of itself.

It is taken from the first of these that has one:

1. what the person gives;
2. `certmark: {identity: …}` in the cloud's entry of clouds.yaml;
3. the state folder, under the cloud's auth URL;
4. a new one, which is kept there.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import urlsplit

from certmark.cloud.errors import CloudError
from certmark.domain.advice import Action, Advice
from certmark.domain.subject_identities import (
    RANDOM_BYTES,
    InvalidSubjectIdentity,
    LegacyIds,
    SubjectIdentity,
    md5_of_host,
    mint,
    parse_cloud_identity,
)

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection

_NAME: Final = "clouds.json"
_LARGEST: Final = 4 << 20
_PORTS: Final = {"http": 80, "https": 443}


class IdentitySource(Enum):
    """Where an identity came from."""

    GIVEN = "given"
    CLOUDS_YAML = "clouds.yaml"
    KEPT = "kept"
    """From an earlier run on this machine."""
    MINTED = "minted"
    """Just now; nobody else knows it."""


class Facts(NamedTuple):
    """What an identity is looked up by, and what else is known of the cloud."""

    auth_url: str
    region: str | None
    own: Mapping[str, Any]
    """What stands under `certmark:` in the cloud's entry of clouds.yaml."""
    catalog_id: str | None = None

    @property
    def is_local(self) -> bool:
        """Whether it is on this machine only, such as a sandbox: nobody else will test it."""
        host = _host(self.auth_url)
        return host in {"localhost", "::1"} or host.startswith("127.")

    @property
    def legacy(self) -> LegacyIds:
        """The ids that RefStack's client would have given it."""
        return LegacyIds(self.catalog_id, md5_of_host(self.auth_url))


class Identified(NamedTuple):
    """A cloud whose identity is known."""

    identity: SubjectIdentity
    """With its region."""
    source: IdentitySource


def catalog_id(connection: Connection) -> str | None:
    """The id of the first identity service in the catalogue: what RefStack's client called `cpid`."""
    session: Any = connection.session
    for service in session.auth.get_access(session).service_catalog.catalog or ():
        if service.get("type") == "identity" and service.get("id"):
            return str(service["id"])
    return None


def identify(facts: Facts, given: str | None, home: Path) -> Identified:
    """The identity of the cloud that `facts` are of; `home` is the state folder.

    Raises CloudError where what stands somewhere is no identity, or that of another region.
    """
    if given is not None:
        return Identified(_parse(given, facts, "the identity that was given"), IdentitySource.GIVEN)
    written = facts.own.get("identity")
    if written is not None:
        return Identified(_parse(str(written), facts, "certmark: identity in clouds.yaml"), IdentitySource.CLOUDS_YAML)
    with _known_clouds(home) as clouds:
        place = _place(facts.auth_url)
        entry = clouds.get(place) or _by_other_scheme(clouds, facts)
        if isinstance(entry, dict) and isinstance(entry.get("identity"), str):
            identity = _parse(entry["identity"], facts, f"{_NAME} in the state folder")
            clouds[place] = {**entry, **_marks(facts)}
            return Identified(identity, IdentitySource.KEPT)
        minted = mint(secrets.token_bytes(RANDOM_BYTES))
        # What can be guessed back into an address stays in this file, which never leaves the machine.
        clouds[place] = {"identity": str(minted), "host_md5": facts.legacy.host_md5, **_marks(facts)}
    return Identified(minted.within(facts.region or None), IdentitySource.MINTED)


def _marks(facts: Facts) -> dict[str, str]:
    """What the same Keystone is known by under another scheme, where it stands at another port."""
    scheme = facts.auth_url.partition("://")[0].lower()
    return {"catalog_id": facts.catalog_id, "scheme": scheme} if facts.catalog_id else {}


def _by_other_scheme(clouds: Mapping[str, Any], facts: Facts) -> dict[str, Any] | None:
    """The cloud at the same host with a Keystone of the same id, if it was reached by the other of http and https."""
    host = _host(facts.auth_url)
    for place, entry in clouds.items():
        if not isinstance(entry, dict) or not facts.catalog_id or entry.get("catalog_id") != facts.catalog_id:
            continue
        if host and _host(f"//{place}") == host and entry.get("scheme") not in {None, _marks(facts)["scheme"]}:
            return entry
    return None


def _parse(text: str, facts: Facts, where: str) -> SubjectIdentity:
    try:
        return parse_cloud_identity(text).within(facts.region or None)
    except InvalidSubjectIdentity as error:
        raise CloudError(f"{where}: {error}") from error


def _host(auth_url: str) -> str:
    try:
        return urlsplit(auth_url).hostname or ""
    except ValueError:
        return ""


def _place(auth_url: str) -> str:
    """The address without what may differ between two ways of writing it: version, case, usual port, user."""
    try:
        parts = urlsplit(auth_url)
        host, port = (parts.hostname or auth_url).lower(), parts.port
    except ValueError:
        return auth_url
    shown = "" if port is None or port == _PORTS.get(parts.scheme) else f":{port}"
    path = parts.path.rstrip("/").removesuffix("/v3").removesuffix("/v2.0")
    return f"{host}{shown}{path}"


@contextlib.contextmanager
def _known_clouds(home: Path) -> Iterator[dict[str, Any]]:
    """The clouds that this machine knows, by address; written back whole where something was added."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(home / f"{_NAME}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = home / _NAME
        clouds = _read(path)
        before = json.dumps(clouds)
        yield clouds
        if json.dumps(clouds) != before:
            _write(path, clouds)
    finally:
        os.close(lock)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            clouds = json.loads(file.read(_LARGEST))["clouds"]
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CloudError(
            f"{path} is damaged, and the identities of your clouds stand in it", Advice(Action.NAME_CLOUD_IDENTITY)
        ) from error
    return clouds if isinstance(clouds, dict) else {}


def _write(path: Path, clouds: Mapping[str, Any]) -> None:
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump({"clouds": clouds}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
