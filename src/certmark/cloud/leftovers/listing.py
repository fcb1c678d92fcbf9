"""One kind of things in one project, listed page by page, within bounds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from certmark.cloud.client import Client
from certmark.cloud.leftovers.kinds import ResourceKind
from certmark.cloud.replies import PAGES, Reply, Unanswered
from certmark.domain.leftovers import InventoryGap, Resource

MOST = 20_000
"""Things of one kind in one project (or, for an administrator, in all): more is no test's leftover."""
_SWIFT_PAGE = 10_000


class NotSeen(Exception):
    """The list could not be had."""

    def __init__(self, why: str, *, is_refused: bool = False) -> None:
        super().__init__(why)
        self.is_refused = is_refused

    def gap(self, kind: str, project: str) -> InventoryGap:
        """As an inventory has it."""
        return InventoryGap(kind, project, str(self), self.is_refused)


def list_kind(client: Client, kind: ResourceKind, *, wide: bool = False) -> list[Resource]:
    """Everything of `kind` in the project of `client` (`wide`: in all). Raises NotSeen."""
    try:
        return [
            one for entry in _entries(client, kind, wide=wide) if (one := _resource(entry, kind, client, wide=wide))
        ]
    except Unanswered as error:
        raise NotSeen(str(error)) from error


def _entries(client: Client, kind: ResourceKind, *, wide: bool) -> Iterator[Mapping[str, Any]]:
    """The entries of all pages."""
    path, headers = _request(client, kind, wide=wide)
    number = 0
    for page in client.pages(kind.service, path, kind.member, headers=headers):
        for entry in _members(page.reply, kind):
            number += 1
            if number > MOST:
                raise NotSeen(f"{kind.service} lists more than {MOST:,} of the kind {kind.name}; they were not counted")
            yield entry
        if page.is_last:
            return
    raise NotSeen(f"{kind.service} goes on with pages of {kind.name}s without an end")


def _request(client: Client, kind: ResourceKind, *, wide: bool) -> tuple[str, dict[str, str]]:
    path = client.path(kind.service, kind.path)
    headers = dict(kind.headers)
    if wide:
        headers |= kind.everywhere_headers
        if kind.everywhere:
            path += ("&" if "?" in path else "?") + kind.everywhere
    return path, headers


def _members(reply: Reply, kind: ResourceKind) -> list[Mapping[str, Any]]:
    """The things on a page; none where the service knows no such thing."""
    if reply.is_gone:
        return []
    if not reply.is_ok:
        raise NotSeen(f"{kind.service} answers {reply.status} ({reply.reason})", is_refused=reply.is_refused)
    found = reply.body.get(kind.member) if isinstance(reply.body, dict) else None
    if not isinstance(found, list):
        raise NotSeen(f"{kind.service} answers something that is no list of {kind.name}s")
    entries = [entry.get(kind.inner) if kind.inner and isinstance(entry, dict) else entry for entry in found]
    return [entry for entry in entries if isinstance(entry, dict)]


def _resource(entry: Mapping[str, Any], kind: ResourceKind, client: Client, *, wide: bool) -> Resource | None:
    ident = str(entry.get(kind.ident) or "").rstrip("/")
    if kind.ident.endswith("_ref"):
        ident = ident.rpartition("/")[2]
    owner = str(entry.get(kind.owner) or "") if kind.owner else ""
    if not ident or (kind.owner and not wide and owner and owner != client.project_id and not kind.is_global):
        return None
    if _comes_by_itself(entry, kind):
        return None
    if kind.name == "stack":
        ident = f"{entry.get(kind.title)}/{ident}"
    project = "" if kind.is_global and kind.name != "user" else owner or ("" if wide else client.project_id)
    user = client.user_id if kind.is_users else ""
    detail = str(entry.get(kind.detail) or "") if kind.detail else ""
    return Resource(
        kind.name, ident, str(entry.get(kind.title) or ""), project, user, time_of(entry.get(kind.created)), detail
    )


def _comes_by_itself(entry: Mapping[str, Any], kind: ResourceKind) -> bool:
    """Whether the service made it on its own, and removes it so."""
    match kind.name:
        case "port":
            return str(entry.get("device_owner") or "").startswith(("network:", "baremetal:"))
        case "security group":
            return entry.get("name") == "default"
        case "network":
            return bool(entry.get("router:external"))
        case _:
            return False


def time_of(told: object) -> dt.datetime | None:
    """A service's time; those without a zone mean UTC."""
    if not isinstance(told, str) or not told:
        return None
    try:
        found = dt.datetime.fromisoformat(told)
    except ValueError:
        return None
    return found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)


def containers(client: Client) -> list[Resource]:
    """The containers of the project's own account. Raises NotSeen."""
    return [_container(entry, client) for entry in _swift(client, "") if "name" in entry]


def objects(client: Client, container: str, most: int = MOST) -> list[Resource]:
    """The objects in a container of the project's account; NotSeen where there are more than `most`."""
    return [_object(entry, container, client) for entry in _swift(client, f"/{quote(container, safe='')}", most)]


def account_quotas(client: Client) -> list[Resource]:
    """The quota of the project's own account, where one is set. Raises NotSeen."""
    try:
        reply = client.ask("HEAD", "object-store")
    except Unanswered as error:
        raise NotSeen(str(error)) from error
    found = {
        word: reply.headers[header]
        for word, header in (
            ("bytes", "X-Account-Meta-Quota-Bytes"),
            ("bytes", "X-Account-Quota-Bytes"),
            ("objects", "X-Account-Quota-Count"),
        )
        if reply.is_ok and header in reply.headers
    }
    detail = ", ".join(f"{most} {word}" for word, most in found.items())
    return [Resource("account quota", client.project_id, "", client.project_id, detail=detail)] if found else []


def _swift(client: Client, path: str, most: int = MOST) -> Iterator[Mapping[str, Any]]:
    marker, number = "", 0
    try:
        for _ in range(PAGES):
            query = f"?format=json&limit={_SWIFT_PAGE}" + (f"&marker={quote(marker, safe='')}" if marker else "")
            reply = client.ask("GET", "object-store", path + query)
            if reply.is_gone or reply.status == 204:
                return
            if not reply.is_ok or not isinstance(reply.body, list):
                raise NotSeen(f"object-store answers {reply.status}", is_refused=reply.is_refused)
            entries = [entry for entry in reply.body if isinstance(entry, dict)]
            for entry in entries:
                number += 1
                if number > most:
                    raise NotSeen(f"object-store lists more than {most:,} entries; they were not counted")
                yield entry
            following = str(entries[-1].get("name") or "") if entries else ""
            if len(entries) < _SWIFT_PAGE or following <= marker:
                return
            marker = following
    except Unanswered as error:
        raise NotSeen(str(error)) from error


def _container(entry: Mapping[str, Any], client: Client) -> Resource:
    name = str(entry["name"])
    detail = f"{entry.get('count', '?')} objects"
    # Swift tells when a container was last changed, which is after its making: no proof that it is new.
    return Resource("container", name, name, client.project_id, detail=detail)


def _object(entry: Mapping[str, Any], container: str, client: Client) -> Resource:
    name = str(entry.get("name") or "")
    made = time_of(entry.get("last_modified"))
    return Resource(
        "object", f"{container}/{name}", container, client.project_id, "", made, f"{entry.get('bytes', '?')} bytes"
    )
