"""The processes of a compute sandbox: what is started, what it needs, and how it is known to work.

Three of them are programs of Debian packages, which the profile needs and cannot install itself.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from certmark.sandbox.compute.api import host_is_up
from certmark.sandbox.compute.config import stand_ins
from certmark.sandbox.errors import SandboxError
from certmark.sandbox.keystone import keystone_answers, keystone_environ, serve_keystone
from certmark.sandbox.profiles import SandboxService, answers_http, answers_tcp, wsgi
from certmark.sandbox.state import HOST, Sandbox

_PATIENCE = 240.0
"""Seconds; ten services that import half of OpenStack each share the machine while they start."""


def database_command(sandbox: Sandbox, folder: str) -> tuple[str, ...]:
    """MariaDB on the tables in `folder`; databases and account are made by the init file before it answers."""
    account = ("--user=root",) if os.geteuid() == 0 else ()
    return (
        program("mariadbd"), "--no-defaults", *account, f"--datadir={folder}",
        # Beneath the data: a path to a socket may have 107 bytes, and a sandbox's folder may be longer.
        "--socket=socket", "--pid-file=pid", f"--init-file={sandbox.path('conf', 'mariadb.sql')}",
        f"--bind-address={HOST}", f"--port={sandbox.port('mariadb')}", "--max-connections=600",
        "--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci",
        # Throw-away data: nothing here has to survive the power going.
        "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-log-file-size=48M",
        "--innodb-buffer-pool-size=256M", "--performance-schema=off", "--skip-log-bin", "--skip-name-resolve",
    )  # fmt: skip


def infrastructure() -> tuple[SandboxService, ...]:
    """Our own MariaDB, RabbitMQ and memcached, from the programs of the system's packages.

    Erlang's name server is our own too, so that nothing listens beyond loopback and nothing outlives the sandbox.
    """
    ready = ("configuration",)
    return (
        SandboxService("mariadb", "the database", _mariadb, _listens("mariadb"), ("databases",), ("mariadb",)),
        SandboxService("epmd", "the name server of RabbitMQ", _epmd, _listens("epmd"), ready, ("epmd",)),
        SandboxService(
            "rabbitmq", "the message queue", _rabbitmq, _listens("rabbitmq"), ("epmd",),
            ("rabbitmq", "rabbitmq-nodes"), _rabbitmq_environ, _PATIENCE,
        ),
        SandboxService("memcached", "the cache of tokens", _memcached, _listens("memcached"), ready, ("memcached",)),
    )  # fmt: skip


def identity() -> SandboxService:
    """Keystone, which everything else asks."""
    command = partial(serve_keystone, threads=8)
    listens = ("keystone",)
    return SandboxService(
        "keystone", "Keystone", command, keystone_answers, ("mariadb",), listens, keystone_environ, _PATIENCE
    )


def apis() -> tuple[SandboxService, ...]:
    """The APIs beside Keystone."""
    alone = ("mariadb", "memcached")
    with_queue = (*alone, "rabbitmq", "keystone")
    return (
        _api("neutron", "network", "neutron.wsgi.api", with_queue, _neutron_environ),
        _api("nova", "compute", "nova.wsgi.osapi_compute", with_queue, _place_of("OS_NOVA_CONFIG_DIR")),
        _api("cinder", "volume", "cinder.wsgi.api", with_queue, _stand_ins, "cinder.conf"),
        _api("placement", "placement", "placement.wsgi.api", alone, _place_of("OS_PLACEMENT_CONFIG_DIR")),
        _api("glance", "image", "glance.wsgi.api", alone, _place_of("OS_GLANCE_CONFIG_DIR")),
    )  # fmt: skip


def workers() -> tuple[SandboxService, ...]:
    """The processes that do what Nova's and Cinder's APIs were asked for."""
    # Nova's ask Placement while they start, as their own users, and end where it does not know them.
    cinder = ("mariadb", "rabbitmq", "people")
    nova = (*cinder, "placement")
    compute = partial(host_is_up, name="nova-compute")
    return (
        _worker("nova-conductor", "nova", nova),
        _worker("nova-scheduler", "nova", nova),
        SandboxService("nova-compute", "the fake hypervisor", _nova_compute, compute, nova, (), _stand_ins, _PATIENCE),
        _worker("cinder-volume", "cinder", cinder),
        _worker("cinder-scheduler", "cinder", cinder),
    )


def _api(
    name: str,
    text: str,
    module: str,
    needs: tuple[str, ...],
    environ: Callable[[Sandbox], dict[str, str]],
    config: str = "",
) -> SandboxService:
    """A WSGI module under uWSGI: one process, so that no cache has to be shared."""

    def command(sandbox: Sandbox) -> tuple[str, ...]:
        # Beneath the sandbox's folder, where every process starts: uWSGI takes a blank for the end of a word.
        arguments = f"--config-file conf/{config}" if config else ""
        return wsgi(sandbox, name, f"{module}:application", threads=8, pyargv=arguments)

    answers = lambda sandbox: answers_http(sandbox.port(name))  # noqa: E731 - one expression
    return SandboxService(name, f"the {text} API", command, answers, needs, (name,), environ, _PATIENCE)


def _worker(name: str, config: str, needs: tuple[str, ...]) -> SandboxService:
    def command(sandbox: Sandbox) -> Sequence[str]:
        return _program(sandbox, name), "--config-file", str(sandbox.path("conf", f"{config}.conf"))

    return SandboxService(name, name, command, partial(host_is_up, name=name), needs, (), _stand_ins, _PATIENCE)


def _nova_compute(sandbox: Sandbox) -> tuple[str, ...]:
    config = str(sandbox.path("conf", "nova.conf"))
    return (str(sandbox.python), "-m", "certmark_sandbox.nova_compute", "--config-file", config)


def _mariadb(sandbox: Sandbox) -> tuple[str, ...]:
    return database_command(sandbox, str(sandbox.path("data", "mariadb")))


def _epmd(sandbox: Sandbox) -> tuple[str, ...]:
    return (program("epmd"), "-port", str(sandbox.port("epmd")), "-address", HOST)


def _memcached(sandbox: Sandbox) -> tuple[str, ...]:
    account = ("-u", "root") if os.geteuid() == 0 else ()
    return (program("memcached"), *account, "-l", HOST, "-p", str(sandbox.port("memcached")), "-U", "0", "-m", "64")


def _rabbitmq(_: Sandbox) -> tuple[str, ...]:
    return (program("rabbitmq-server"),)


def _rabbitmq_environ(sandbox: Sandbox) -> dict[str, str]:
    home = str(sandbox.path("data", "rabbitmq"))
    return {
        "HOME": home,
        "ERL_EPMD_PORT": str(sandbox.port("epmd")),
        "ERL_EPMD_ADDRESS": HOST,
        "RABBITMQ_NODENAME": "certmark-sandbox@localhost",
        "RABBITMQ_CONFIG_FILE": str(sandbox.path("conf", "rabbitmq.conf")),
        "RABBITMQ_CONF_ENV_FILE": os.devnull,
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(sandbox.path("conf", "rabbitmq-plugins")),
        "RABBITMQ_MNESIA_BASE": f"{home}/mnesia",
        "RABBITMQ_LOG_BASE": home,
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_DIST_PORT": str(sandbox.port("rabbitmq-nodes")),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
    }


def _neutron_environ(sandbox: Sandbox) -> dict[str, str]:
    place = {"OS_NEUTRON_CONFIG_DIR": str(sandbox.path("conf")), "OS_NEUTRON_CONFIG_FILES": "neutron.conf"}
    return {**place, **_stand_ins(sandbox)}


def _stand_ins(sandbox: Sandbox) -> dict[str, str]:
    return {"PYTHONPATH": str(stand_ins(sandbox))}


def _place_of(variable: str) -> Callable[[Sandbox], dict[str, str]]:
    """The environment that tells a service where its configuration lies."""
    return lambda sandbox: {variable: str(sandbox.path("conf"))}


def _listens(port: str) -> Callable[[Sandbox], bool]:
    return lambda sandbox: answers_tcp(sandbox.port(port))


def _program(sandbox: Sandbox, name: str) -> str:
    return str(sandbox.environment / "bin" / name)


PACKAGES = {
    "mariadb-server": ("mariadbd", "mariadb-install-db"),
    "rabbitmq-server": ("rabbitmq-server", "epmd"),
    "memcached": ("memcached",),
}
"""The packages with the programs of theirs that the sandbox starts."""


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


_RABBITMQ = "usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"


def program(name: str) -> str:
    """The path of one of the programs of PACKAGES, or its bare name where it is not installed."""
    return _find_program(name) or name


def missing_packages() -> tuple[str, ...]:
    """The packages that lack a program."""
    return tuple(package for package, programs in PACKAGES.items() if not all(map(_find_program, programs)))


def demand_packages() -> None:
    """Raise SandboxError where a package is missing: which, and the command that installs it."""
    missing = missing_packages()
    if missing:
        sudo = "" if os.geteuid() == 0 else "sudo "
        kind = "package" if len(missing) == 1 else "packages"
        raise SandboxError(
            f"the compute profile needs the Debian {kind} {_joined(missing)}; "
            f"install with: {sudo}apt-get install --no-install-recommends {' '.join(missing)} "
            "(the daemons that Debian then starts are not used and may be switched off)"
        )


def _find_program(name: str) -> str | None:
    if name == "rabbitmq-server":
        # The one on the PATH insists on the system's account and the system's folders.
        return max(map(str, Path("/").glob(_RABBITMQ)), default=None)
    return shutil.which(name, path=_PATH)


def _joined(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
