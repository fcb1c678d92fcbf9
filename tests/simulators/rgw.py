"""Object storage by Ceph's RADOS gateway (RGW) instead of Swift, behind the Keystone of a simulated cloud.

What differs from Swift, as RGW's own code has it:

1. Its Swift API stands beneath a prefix (`/swift/v1`), with or without the account in the URL; the features stand
   beside it (`/swift/info`), and the root of the host is S3.
2. Who may use it is `rgw_keystone_accepted_roles`, compared letter by letter: usually an ordinary role of Keystone.
   Whoever has none of them is answered 401, not 403.
3. Errors are documents of its own (`Code`, `RequestId`, `HostId`); an account's quota may also be one of objects.
4. There are no account, container and object servers that could fail apart.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote

from simulators.openstack_cloud import PROJECT, TOKEN, OpenStackCloud, Reply, Request, Service

PREFIX: Final = "/swift"
INFO: Final = {
    "bulk_delete": {},
    "container_quotas": {},
    "swift": {
        "max_file_size": 5368709120, "container_listing_limit": 10000, "version": "19.2.3", "max_meta_name_length": 113,
        "policies": [{"default": True, "name": "default-placement"}], "max_object_name_size": 1024,
        "strict_cors_mode": True, "max_container_name_length": 255,
    },
    "tempurl": {"methods": ["GET", "HEAD", "PUT", "POST", "DELETE"], "allowed_digests": ["sha1", "sha256", "sha512"]},
    "slo": {"max_manifest_segments": 1000},
    "account_quotas": {},
    "staticweb": {},
    "tempauth": {"account_acls": True},
}  # fmt: skip
_STATUSES = {
    "AccessDenied": 401, "NoSuchBucket": 404, "NoSuchKey": 404, "BucketNotEmpty": 409, "MethodNotAllowed": 405,
    "QuotaExceeded": 413,
}  # fmt: skip


class RgwCloud(OpenStackCloud):
    """A cloud whose object storage is RGW: `roles` are the user's, `accepted_roles` those of ceph.conf."""

    def __init__(
        self,
        *,
        accepted_roles: tuple[str, ...] = ("member", "Member", "admin"),
        account_in_url: bool = False,
        services: tuple[Service, ...] | None = None,
        **more: Any,
    ) -> None:
        path = f"{PREFIX}/v1/AUTH_{PROJECT}" if account_in_url else f"{PREFIX}/v1"
        usual = (Service("identity", "keystone", "/v3"), Service("object-store", "swift", path))
        super().__init__(services=usual if services is None else services, **more)
        self.accepted_roles = accepted_roles
        self.account_in_url = account_in_url
        self.containers: dict[str, dict[str, bytes]] = {}
        self.quota_bytes: int | None = None
        """Of the account; None: none is set."""

    def sound(self, request: Request) -> Reply:
        """What the cloud answers to `request`: the gateway's paths are its own, the rest is Keystone's."""
        _, path = self.region_of(request.path)
        if path.rstrip("/") == f"{PREFIX}/info":
            return Reply(INFO)
        if path.startswith(f"{PREFIX}/v1"):
            return self._storage(request, path.removeprefix(f"{PREFIX}/v1"))
        answer = super().sound(request)
        return answer if answer.status != 404 else _s3_error("NoSuchBucket", 404)

    def _storage(self, request: Request, path: str) -> Reply:
        if request.headers.get("x-auth-token") != TOKEN or not set(self.roles_of(request)) & set(self.accepted_roles):
            return _error("AccessDenied")
        parts = [unquote(part) for part in path.strip("/").split("/", 2 if self.account_in_url else 1)]
        if self.account_in_url and parts.pop(0) != f"AUTH_{PROJECT}":
            return _error("AccessDenied")
        container, name = (*[part for part in parts if part], "", "")[:2]
        handler = self._object if name else self._container if container else self._account
        return handler(request, container, name)

    def roles_of(self, request: Request) -> tuple[str, ...]:
        """The roles that the token of `request` carries."""
        del request
        return self.roles

    def _account(self, request: Request, *_: str) -> Reply:
        sizes = {name: sum(map(len, objects.values())) for name, objects in self.containers.items()}
        headers = {
            "X-Timestamp": "1795907403.00000",
            "X-Account-Container-Count": str(len(sizes)),
            "X-Account-Object-Count": str(sum(map(len, self.containers.values()))),
            "X-Account-Bytes-Used": str(sum(sizes.values())),
            "X-Account-Bytes-Used-Actual": str(sum(-(-size // 4096) * 4096 for size in sizes.values())),
            "X-Trans-Id": "tx00000c0ffee-0069290b4b-1057-default",
        }
        if self.quota_bytes is not None:
            headers["X-Account-Meta-Quota-Bytes"] = str(self.quota_bytes)
        listing = [
            {"name": name, "count": len(self.containers[name]), "bytes": size} for name, size in sorted(sizes.items())
        ]
        return _listed(request, listing, headers)

    def _container(self, request: Request, container: str, _name: str) -> Reply:
        objects = self.containers.get(container)
        if request.method == "PUT":
            self.containers.setdefault(container, {})
            return Reply(b"", 201 if objects is None else 202)
        if objects is None:
            return _error("NoSuchBucket")
        if request.method == "DELETE":
            if objects:
                return _error("BucketNotEmpty")
            del self.containers[container]
            return Reply(b"", 204)
        headers = {"X-Container-Object-Count": str(len(objects)), "X-Storage-Policy": "default-placement"}
        listing = [{"name": name, "bytes": len(content)} for name, content in sorted(objects.items())]
        return _listed(request, listing, headers)

    def _object(self, request: Request, container: str, name: str) -> Reply:
        objects = self.containers.get(container)
        if objects is None:
            return _error("NoSuchBucket")
        if request.method == "PUT":
            objects[name] = request.body
            return Reply(b"", 201)
        if name not in objects:
            return _error("NoSuchKey")
        if request.method == "DELETE":
            del objects[name]
            return Reply(b"", 204)
        return Reply(objects[name], 200, {"Content-Type": "binary/octet-stream"})


def _listed(request: Request, listing: list[dict[str, Any]], headers: dict[str, str]) -> Reply:
    if request.method == "HEAD":
        return Reply(b"", 204, headers)
    marker = request.query.get("marker", "")
    return Reply([item for item in listing if item["name"] > marker], 200, headers)


def _error(code: str) -> Reply:
    told = {"Code": code, "RequestId": "tx00000c0ffee-0069290b4b-1057-default", "HostId": "1057-default-default"}
    return Reply(told, _STATUSES[code])


def _s3_error(code: str, status: int) -> Reply:
    text = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><HostId>1057-default</HostId></Error>'
    return Reply(text.encode(), status, {"Content-Type": "application/xml"})
