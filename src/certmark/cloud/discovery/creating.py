"""What a suite needs and a cloud has not: made when asked for, on record before it is made, removable by the record.

The record names every thing before the request that makes it goes out, and has its id once the
cloud has answered: a run that is cut off in between is found again by the name, which is unique.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from certmark.cloud.accounts_file import write_secret
from certmark.cloud.client import Client
from certmark.cloud.discovery.discover import Discovered
from certmark.cloud.discovery.images import Disk, disk_of
from certmark.cloud.discovery.options import Option, Origin
from certmark.cloud.errors import CloudError
from certmark.cloud.replies import Reply
from certmark.cloud.session import versioned_client_of
from certmark.cloud.timeouts import scaled

if TYPE_CHECKING:
    from certmark.cloud.connection import Connection

_SECONDS = 60.0
_UPLOAD_SECONDS = 1800.0
_LARGEST = 4 << 20
_FLAVORS = ({"ram": 128, "vcpus": 1, "disk": 1}, {"ram": 192, "vcpus": 1, "disk": 1})
_SWIFT_ADMIN = "ResellerAdmin"


class CreatedThing(NamedTuple):
    """One thing that was made."""

    service: str
    kind: str
    """`flavor`, `image` or `role`."""
    name: str
    id: str | None
    """None where the cloud's answer was not seen."""


class CreationRecord:
    """The file of what was made in one cloud; every change is on disk before the next request."""

    def __init__(self, path: Path, auth_url: str, region: str, made: list[CreatedThing] | None = None) -> None:
        self.path = path
        self.auth_url = auth_url
        self.region = region
        self.made: list[CreatedThing] = made or []

    @classmethod
    def read(cls, path: Path) -> CreationRecord:
        """The record in the file `path`. Raises CloudError."""
        try:
            with path.open("rb") as file:
                document = json.loads(file.read(_LARGEST))
            made = [CreatedThing(one["service"], one["kind"], one["name"], one["id"]) for one in document["made"]]
            return cls(path, str(document["auth-url"]), str(document["region"]), made)
        except OSError as error:
            raise CloudError(f"{path} cannot be read: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CloudError(f"{path} is not a record of things that discovery made") from error

    def write(self) -> None:
        """Put it on disk; an empty one goes away."""
        if not self.made:
            self.path.unlink(missing_ok=True)
            return
        document = {
            "auth-url": self.auth_url,
            "region": self.region,
            "made": [one._asdict() for one in self.made],
        }
        write_secret(self.path, json.dumps(document, indent=1) + "\n")

    def make(self, made: CreatedThing, ask: Callable[[], str]) -> str:
        """Make a thing: on record with its name, made, on record with its id, which is given."""
        self.made.append(made)
        self.write()
        number = len(self.made) - 1
        try:
            found = ask()
        except _Refused:
            del self.made[number]
            self.write()
            raise
        self.made[number] = made._replace(id=found)
        self.write()
        return found

    def options(self) -> tuple[Option, ...]:
        """The options that name what was made."""
        images = [made.id for made in self.made if made.kind == "image" and made.id is not None]
        source = f"made on request, see {self.path.name}"
        keys = ("image_ref", "image_ref_alt")
        return tuple(
            Option("compute", key, image, Origin.GIVEN, source) for key, image in zip(keys, images, strict=False)
        )


class _Refused(CloudError):
    """The cloud said no: nothing was made."""


def create_missing(connection: Connection, found: Discovered, image: str | None, record: CreationRecord) -> None:
    """Make the flavors, images and roles that `found` lacks, as far as this user may. Raises CloudError.

    `image` is a file or an http(s) URL; else a disk that starts and halts is generated.
    """
    told = {option.key: option.value for option in found.options}
    mark = f"certmark-{secrets.token_hex(4)}"
    client = versioned_client_of(connection)
    if found.has("compute"):
        _make_flavors(client, found, told, mark, record)
    if found.has("image") and ("compute.image_ref" not in told or image is not None):
        with disk_of(image) as disk:
            for number in (1, 2):
                _make_image(client, found, f"{mark}-{number}", disk, record)
    if found.has("object-store") and found.me.is_admin and "object-storage.reseller_admin_role" not in told:
        _make_role(client, record)


def _make_flavors(
    client: Client, found: Discovered, told: Mapping[str, str], mark: str, record: CreationRecord
) -> None:
    first, other = told.get("compute.flavor_ref"), told.get("compute.flavor_ref_alt")
    if first is not None and first != other:
        return
    if not found.me.is_admin:
        raise CloudError("two flavors are needed, and only an administrator may make them; ask the cloud's operator")
    for number, shape in enumerate(_FLAVORS[1 if first is not None else 0 :]):
        name = f"{mark}-{'small' if number else 'smallest'}"
        body = {"flavor": {"name": name, **shape}}
        record.make(
            CreatedThing("compute", "flavor", name, None),
            lambda body=body: str(_send(client, "compute", "POST", "flavors", json=body)["flavor"]["id"]),  # type: ignore[misc]
        )


def _make_image(client: Client, found: Discovered, name: str, disk: Disk, record: CreationRecord) -> None:
    visibility = "public" if found.me.is_admin else "community"
    body = {"name": name, "disk_format": disk.format, "container_format": "bare", "visibility": visibility}

    made = record.make(
        CreatedThing("image", "image", name, None),
        lambda: str(_send(client, "image", "POST", "images", json=body)["id"]),
    )
    disk.file.seek(0)
    _upload(client, made, disk.file)


def _make_role(client: Client, record: CreationRecord) -> None:
    body = {"role": {"name": _SWIFT_ADMIN}}
    record.make(
        CreatedThing("identity", "role", _SWIFT_ADMIN, None),
        lambda: str(_send(client, "identity", "POST", "roles", json=body)["role"]["id"]),
    )


def _upload(client: Client, image: str, file: IO[bytes]) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    path = f"images/{image}/file"
    _demand(client.ask("PUT", "image", path, data=file, headers=headers, seconds=_UPLOAD_SECONDS), "image", "PUT", path)


def remove_created(connection: Connection, record: CreationRecord, auth_url: str) -> Iterator[str]:
    """Remove what `record` names, the last one first; yields a sentence for each. Raises CloudError.

    A thing is removed if its id and its name are still those on record, and nothing else is.
    """
    if record.auth_url.rstrip("/") != auth_url.rstrip("/"):
        raise CloudError(
            f"{record.path.name} is of the cloud at {record.auth_url}, not of {auth_url}; name the cloud it is of"
        )
    client = versioned_client_of(connection)
    for made in reversed(list(record.made)):
        yield _remove(client, made)
        record.made.remove(made)
        record.write()


def _remove(client: Client, made: CreatedThing) -> str:
    path = _PATHS[made.kind]
    ident = _find(client, made, path)
    if ident is None:
        return f"{made.kind} {made.name} is gone already"
    _send(client, made.service, "DELETE", f"{path}/{ident}", missing_is_well=True)
    return f"{made.kind} {made.name} is removed"


_PATHS = {"flavor": "flavors", "image": "images", "role": "roles"}


def _find(client: Client, made: CreatedThing, path: str) -> str | None:
    """The id of the thing if it is still what was made."""
    if made.id is None:
        things = _send(client, made.service, "GET", f"{path}?name={quote(made.name, safe='')}")[path]
        return next((str(one["id"]) for one in things if one.get("name") == made.name), None)
    answer = _send(client, made.service, "GET", f"{path}/{made.id}", missing_is_well=True)
    if answer is None:
        return None
    thing = answer.get(made.kind, answer)
    if thing.get("name") != made.name:
        raise CloudError(f"{made.kind} {made.id} is now called {thing.get('name')!r}, not {made.name}; it is left")
    return made.id


def _send(
    client: Client, service: str, method: str, path: str, *, json: object = None, missing_is_well: bool = False
) -> Any:
    """The JSON that a service answers; None to what is not there with `missing_is_well`. Raises CloudError."""
    reply = client.ask(method, service, path, json=json, seconds=scaled(_SECONDS))
    if reply.status == 404 and missing_is_well:
        return None
    _demand(reply, service, method, path)
    if reply.body is None and method != "DELETE":
        raise CloudError(f"{service} answers something that is not JSON to {method} {path}")
    return reply.body


def _demand(reply: Reply, service: str, method: str, path: str) -> None:
    if reply.status >= 400:
        raise _Refused(f"{service} answers {reply.status} to {method} {path}: {reply.reason}")
