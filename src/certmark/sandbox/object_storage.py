"""The profile `object-storage`: Keystone and Swift from packages of PyPI alone, without root."""

from __future__ import annotations

import getpass
import sqlite3
from collections.abc import Callable
from contextlib import closing

from certmark.sandbox.clients import write_accounts, write_clouds
from certmark.sandbox.identity import KeystoneAdmin, SandboxUser, ensure_people, log_in
from certmark.sandbox.keystone import (
    INSIDE,
    account_faults,
    endpoint,
    keystone_answers,
    keystone_environ,
    prepare_keystone,
    serve_keystone,
    write_keystone,
)
from certmark.sandbox.processes import run
from certmark.sandbox.profiles import Breakage, Profile, SandboxService, SetupStep, answers_http, write_config
from certmark.sandbox.state import HOST, Sandbox

_SWIFT_PORTS = ("swift-account", "swift-container", "swift-object")
_PORTS = {"keystone": 15000, "swift": 18080, "swift-object": 16200, "swift-container": 16201, "swift-account": 16202}
_HEADERS = (
    "Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires, X-Delete-At, "
    "X-Object-Manifest, X-Robots-Tag, X-Static-Large-Object"
)
_EXTRA = {
    "account": "",
    "container": "[container-updater]\ninterval = 15\naccount_suppression_time = 5\nconcurrency = 1",
    "object": f"allowed_headers = {_HEADERS}",
}

DEMO = SandboxUser("demo", "demo", ("member", "SwiftOperator"))
PRIMARY = tuple(SandboxUser(f"tempest{n}", f"tempest{n}", ("member", "SwiftOperator")) for n in range(1, 9))
# Tempest 47 refuses accounts among which no second user of a project has the role reader.
READERS = tuple(SandboxUser(f"tempest{n}-reader", f"tempest{n}", ("reader",)) for n in range(1, 9))
RESELLERS = tuple(
    SandboxUser(f"tempest-reseller{n}", f"tempest-reseller{n}", ("member", "ResellerAdmin")) for n in (1, 2)
)
SWIFT = SandboxUser("swift", "service", ("admin", "service"))
PEOPLE = (SWIFT, DEMO, SandboxUser("demo-reader", "demo", ("reader",)), *PRIMARY, *READERS, *RESELLERS)
ACCOUNTS = (*PRIMARY, *RESELLERS, *READERS)
_MEMBERS = (DEMO, *PRIMARY)


def _configure(sandbox: Sandbox) -> None:
    write_keystone(sandbox, f"sqlite:///{sandbox.path('data', 'keystone.db')}?timeout=30")
    user = getpass.getuser()
    hashes = {"HASH_PREFIX": sandbox.secret("swift hash prefix"), "HASH_SUFFIX": sandbox.secret("swift hash suffix")}
    write_config(sandbox, "swift.conf", "swift/swift.conf", hashes)
    proxy = {"USER": user, "SWIFT_PASSWORD": sandbox.secret(SWIFT.secret)}
    write_config(sandbox, "swift-proxy.conf", "swift/proxy-server.conf", proxy)
    for kind, extra in _EXTRA.items():
        values = {"KIND": kind, "USER": user, "BIND_PORT": sandbox.port(f"swift-{kind}"), "EXTRA": extra}
        write_config(sandbox, "swift-storage.conf", f"swift/{kind}-server.conf", values)


def _prepare_keystone(sandbox: Sandbox) -> None:
    database = sandbox.path("data", "keystone.db")
    for path in database.parent.glob("keystone.db*"):
        path.unlink()  # a migration that was killed cannot go on
    prepare_keystone(sandbox)
    # In SQLite's usual mode two requests at once lock each other out; with write-ahead logging readers never wait.
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("pragma journal_mode=wal")


def _build_rings(sandbox: Sandbox) -> None:
    for folder in ("swift/d1", "swift-recon"):
        sandbox.path("data", folder).mkdir(parents=True, exist_ok=True)
    ports = [str(sandbox.port(name)) for name in _SWIFT_PORTS]
    folder = str(sandbox.path("conf", "swift"))
    command = [str(sandbox.python), str(INSIDE / "swift_rings.py"), folder, HOST, *ports]
    run(sandbox, "swift-rings", command, _swift_environ(sandbox))


def _make_people(sandbox: Sandbox) -> None:
    identity = KeystoneAdmin(sandbox)
    # Bootstrap makes the public endpoint only and leaves one that has moved as it was.
    identity.ensure_service("keystone", "identity", sandbox.auth_url)
    identity.ensure_service("swift", "object-store", endpoint(sandbox, "swift", "/v1/AUTH_%(project_id)s"))
    ensure_people(identity, PEOPLE)


def _write_clients(sandbox: Sandbox) -> None:
    write_clouds(sandbox, DEMO)
    write_accounts(sandbox, ACCOUNTS)


def _swift_environ(sandbox: Sandbox) -> dict[str, str]:
    return {"SWIFT_DIR": str(sandbox.path("conf", "swift"))}


def _swift(server: str, config: str) -> Callable[[Sandbox], tuple[str, ...]]:
    def command(sandbox: Sandbox) -> tuple[str, ...]:
        place = str(sandbox.path("conf", "swift", f"{config}-server.conf"))
        return (str(sandbox.python), str(INSIDE / "swift_run.py"), server, place, "-v")

    return command


def _healthy(port: str) -> Callable[[Sandbox], bool]:
    return lambda sandbox: answers_http(sandbox.port(port), "/healthcheck", below=600)


def _storage(kind: str) -> SandboxService:
    name = f"swift-{kind}"
    command = _swift(f"swift-{kind}-server", kind)
    return SandboxService(
        name, f"the {kind} server of Swift", command, _healthy(name), ("rings",), (name,), _swift_environ
    )


# ---------------------------------------------------------------- what can be broken


def _set_quota(sandbox: Sandbox, value: str) -> None:
    """The account quota of everybody who stores objects; an empty one takes it away."""
    import http.client

    token, _ = log_in(sandbox, RESELLERS[0])
    identity = KeystoneAdmin(sandbox)
    for person in _MEMBERS:
        connection = http.client.HTTPConnection(HOST, sandbox.port("swift"), timeout=30)
        headers = {"X-Auth-Token": token, "X-Account-Meta-Quota-Bytes": value}
        with closing(connection):
            connection.request("POST", f"/v1/AUTH_{identity.project(person.project)}", headers=headers)
            connection.getresponse().read()


def _restore_people(sandbox: Sandbox) -> None:
    _make_people(sandbox)
    _write_clients(sandbox)


PROFILE = Profile(
    name="object-storage",
    summary="Keystone and Swift",
    lock="object-storage.txt",
    ports=_PORTS,
    parts=(
        SetupStep("configuration", "writing configuration and keys", _configure, always=True),
        SetupStep("keystone-database", "making Keystone's database", _prepare_keystone, ("configuration",)),
        SetupStep("rings", "building Swift's rings", _build_rings, ("configuration",), _SWIFT_PORTS),
        SandboxService(
            "keystone",
            "Keystone",
            # SQLite: with a second thread the first log-ins of two users collide and are answered with 500.
            lambda sandbox: serve_keystone(sandbox, threads=1),
            keystone_answers,
            ("keystone-database",),
            ("keystone",),
            keystone_environ,
        ),
        _storage("account"),
        _storage("container"),
        _storage("object"),
        SandboxService(
            "swift-updater",
            "the container updater of Swift",
            _swift("swift-container-updater", "container"),
            lambda _: True,
            ("rings",),
            (),
            _swift_environ,
        ),
        SandboxService(
            "swift-proxy",
            "the proxy server of Swift",
            _swift("swift-proxy-server", "proxy"),
            lambda sandbox: answers_http(sandbox.port("swift"), "/healthcheck"),
            ("rings",),
            ("swift",),
            _swift_environ,
        ),
        SetupStep(
            "people", "making users, roles and the catalogue", _make_people, ("keystone",), ("keystone", "swift")
        ),
        SetupStep("clients", "writing clouds.yaml and accounts.yaml", _write_clients, ("people",), ("keystone",)),
    ),
    breakages=(
        Breakage(
            "quota", "the quota of every account is 0 bytes", lambda s: _set_quota(s, "0"), lambda s: _set_quota(s, "")
        ),
        *account_faults(
            role="SwiftOperator",
            members=_MEMBERS,
            account=PRIMARY[0],
            readers=READERS,
            omit_readers=lambda sandbox: write_accounts(sandbox, (*PRIMARY, *RESELLERS)),
            restore=_restore_people,
        ),
    ),
)
