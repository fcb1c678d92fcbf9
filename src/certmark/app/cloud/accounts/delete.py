"""Removal of accounts that were made: planned, their projects looked into, carried out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from certmark.app.cloud.accounts.make import record_of
from certmark.cloud.accounts.deleting import Content, Deletion, content_of, delete, present
from certmark.cloud.client import Client
from certmark.cloud.session import client_of, connect
from certmark.domain.accounts_needed import AccountsRecord, MadeAccounts
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.accounts_record import RecordFile
from certmark.runner.locks import cloud_changed


@dataclass(frozen=True, kw_only=True)
class DeleteRequest:
    """Which accounts are to go."""

    file: Path
    """What was made: the accounts, or their record."""
    os_cloud: str | None = None
    """An entry of clouds.yaml; None: as OS_* say."""


class PlannedDeletion(NamedTuple):
    """What would go, and the connection through which it goes."""

    things: tuple[MadeAccounts, ...]
    """Those of the record that the cloud has, the last made first."""
    record: RecordFile
    domain: str
    client: Client


@contextmanager
def planned_deletion(request: DeleteRequest) -> Iterator[PlannedDeletion]:
    """What would go; the connection is open as long as the context. Nothing is changed in the cloud.

    Raises InvalidRequest, InvalidAccountsRecord or CloudError.
    """
    record = _record(request.file)
    known = record.read()
    with connect(request.os_cloud) as connection:
        client = client_of(connection)
        cloud = f"{client.address.auth_url} {client.address.region}".strip()
        if known.cloud != cloud:
            raise InvalidRequest(f"{record.path} is of {known.cloud}, not of {cloud}", Advice(Action.NAME_CLOUD))
        things = tuple(present(client, known))
        if not things:
            _forget(record, known)
        yield PlannedDeletion(things, record, known.domain, client)


def look_into_projects(planned: PlannedDeletion, listen: Listener = ignore) -> Content:
    """What stands in the projects and goes with them; their users get new passwords for it.

    Who could not be let in is told. Raises CloudError; LockHeld while the cloud is tested.
    """
    with cloud_changed(planned.client.address.auth_url):
        content = content_of(planned.client, planned.things, planned.domain)
    for problem in content.problems:
        listen(Remark(problem, is_important=True))
    return content


def delete_accounts(planned: PlannedDeletion, content: Content) -> Deletion:
    """Remove `content`, then the accounts and, when all of them are gone, their file.

    Raises CloudError; LockHeld while the cloud is tested.
    """
    with cloud_changed(planned.client.address.auth_url):
        removed, kept = delete(planned.client, planned.record, planned.things, content, lambda _: None)
    _forget(planned.record, planned.record.read())
    return Deletion(removed, kept, content.inventory)


def _record(path: Path) -> RecordFile:
    """The record that a person names, by itself or by the file of accounts."""
    beside = RecordFile(str(record_of(path)))
    if beside.exists:
        return beside
    if not path.exists():
        raise InvalidRequest(f"there is no file {path} and no {beside.path}; name what make wrote")
    if path.suffix == ".record":
        return RecordFile(str(path))
    raise InvalidRequest(
        f"{path} has no record beside it ({beside.path}): who made these accounts is not known, and they stay"
    )


def _forget(record: RecordFile, known: AccountsRecord) -> None:
    """Passwords of users that are gone are of no use; the record stays."""
    if known.remaining and any(one.id is not None for one in known.remaining):
        return
    out = record.path.removesuffix(".record")
    for path in (out, f"{out}.part"):
        if path != record.path:
            Path(path).unlink(missing_ok=True)
