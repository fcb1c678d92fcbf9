"""Accounts that a run needs, planned and then made."""

from __future__ import annotations

import datetime as dt
import secrets
import string
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from certmark.app.cloud.accounts.needs import AccountsFor, users_asked_for
from certmark.cloud.accounts.making import AccountsPlan, Maker, Networks, NotAllowed, documents, domain_of, role_ids
from certmark.cloud.accounts_file import Account, read_accounts, write_secret
from certmark.cloud.client import Client
from certmark.cloud.discovery.discover import Discovered, discover
from certmark.cloud.session import client_of, connect
from certmark.domain.accounts_needed import UserDemand, needed
from certmark.domain.advice import Action, Advice
from certmark.domain.errors import InvalidRequest
from certmark.domain.remarks import Listener, Remark, ignore
from certmark.formats.accounts_record import RecordFile
from certmark.runner.locks import cloud_changed

_OTHER_FILE = Advice(Action.NAME_OTHER_ACCOUNTS)


@dataclass(frozen=True, kw_only=True)
class MakeRequest:
    """Which accounts are to be made, and where they are written."""

    wanted: AccountsFor
    workers: int
    """Classes at a time."""
    out: Path
    """The file of accounts; their record is beside it."""
    tag: str | None = None
    """In the names of everything that is made; None: that of the record, else four letters."""
    domain: str | None = None
    """Its name; None: the user's own."""
    admin: bool = True
    """Whether administrators are made where tests ask for them."""
    networks: bool | None = None
    """Whether each project gets a network; None: where tests need one and none is shared."""


class PlannedAccounts(NamedTuple):
    """A plan, and the connection through which it is carried out."""

    plan: AccountsPlan
    request: MakeRequest
    record: RecordFile
    client: Client
    refusal: NotAllowed | None
    """Why this user may not make accounts; None: nothing is known against it."""

    @property
    def domain(self) -> str:
        """Id of the user's own domain."""
        return self.client.domain_id


def record_of(out: Path) -> Path:
    """Where the record of a file of accounts is."""
    return Path(f"{out}.record")


@contextmanager
def planned_accounts(request: MakeRequest, listen: Listener = ignore) -> Iterator[PlannedAccounts]:
    """What would be made; the connection is open as long as the context. Nothing is changed.

    Raises InvalidRequest, CloudError, SuiteError or what reading a guideline raises.
    """
    _demand_place(request.out)
    record = RecordFile(str(record_of(request.out)))
    with connect(request.wanted.os_cloud) as connection:
        found = discover(connection, ())
        client = client_of(connection)
        roles, refusal = dict[str, str](), None
        try:
            roles = role_ids(client)
        except NotAllowed as error:
            refusal = error
        asked = users_asked_for(request.wanted, found, roles, listen)
        yield PlannedAccounts(_plan(request, asked, found, record), request, record, client, refusal)


def make_accounts(planned: PlannedAccounts, listen: Listener = ignore) -> NotAllowed | None:
    """Make what is not there yet, on record before each thing, and write the file; gives why this user may not.

    Raises InvalidRequest where the file or its record is of something else, LockHeld while the cloud is tested,
    CloudError where the cloud fails:
    what was made so far is on record then, and the same request goes on.
    """
    if planned.refusal is not None:
        return planned.refusal
    try:
        with cloud_changed(planned.client.address.auth_url):
            _make(planned, listen)
    except NotAllowed as error:
        return error
    return None


def _demand_place(out: Path) -> None:
    if out.exists() and not record_of(out).exists():
        raise InvalidRequest(f"{out} is there and was not made by this command", _OTHER_FILE)
    folder = out.absolute().parent
    if not folder.is_dir():
        raise InvalidRequest(f"there is no folder {folder}", _OTHER_FILE)


def _plan(request: MakeRequest, asked: UserDemand, found: Discovered, record: RecordFile) -> AccountsPlan:
    tag = request.tag or "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))
    if record.exists:
        known = record.read()
        if request.tag not in {None, known.tag}:
            raise InvalidRequest(f"{record.path} is of the tag {known.tag}", _OTHER_FILE)
        tag = known.tag
    options = {option.key: option.value for option in found.options}
    has_shared = bool(options.get("compute.fixed_network_name"))
    wants = asked.needs_networks and not has_shared if request.networks is None else request.networks
    networks = Networks(options.get("network.public_network_id") or None) if wants and found.has("network") else None
    wanted = needed(asked.users, request.workers, tag, asked.roles, admin=request.admin)
    return AccountsPlan(asked, wanted, request.workers, networks, tag)


def _make(planned: PlannedAccounts, listen: Listener) -> None:
    plan, client, record, out = planned.plan, planned.client, planned.record, planned.request.out
    domain, domain_name = domain_of(client, planned.request.domain)
    cloud = f"{client.address.auth_url} {client.address.region}".strip()
    if record.exists:
        _demand_same(cloud, record)
    else:
        record.begin(cloud, plan.tag, domain, dt.datetime.now(dt.UTC).replace(microsecond=0))
    draft = Path(f"{out}.part")
    accounts = _accounts(plan, domain_name, out, draft)
    passwords = {account.username: str(account.document["password"]) for account in accounts}
    made = []

    def tell(kind: str, name: str) -> None:
        made.append(name)
        listen(Remark(f"made the {kind} {name}"))

    Maker(client, record, tell).make(plan.wanted, passwords, plan.networks)
    if draft.exists():
        draft.replace(out)
    if not made:
        listen(Remark("everything was there already"))


def _demand_same(cloud: str, record: RecordFile) -> None:
    known = record.read()
    if known.cloud != cloud:
        raise InvalidRequest(f"{record.path} is of {known.cloud}, not of {cloud}", _OTHER_FILE)
    if any(one.is_removed for one in known.made):
        raise InvalidRequest(f"the accounts of {record.path} were deleted", _OTHER_FILE)


def _accounts(plan: AccountsPlan, domain: str, out: Path, draft: Path) -> tuple[Account, ...]:
    """The accounts as they are written, passwords and all, before anything is made."""
    for path in (draft, out):
        if path.exists():
            found = read_accounts(path)
            if {account.username for account in found} != {one.username for one in plan.wanted}:
                raise InvalidRequest(f"{path} is for other tests, or another number of classes", _OTHER_FILE)
            return found
    import yaml

    entries: list[dict[str, Any]] = documents(plan.wanted, domain, plan.networks)
    write_secret(draft, yaml.safe_dump(entries, sort_keys=False))
    return read_accounts(draft)
