"""The Debian packages that the compute profile needs and cannot install itself."""

from __future__ import annotations

import glob
import os
import shutil

from certmark.sandbox.errors import SandboxError

PACKAGES = {
    "mariadb-server": ("mariadbd", "mariadb-install-db"),
    "rabbitmq-server": ("rabbitmq-server", "epmd"),
    "memcached": ("memcached",),
}
"""The packages with the programs of theirs that the sandbox starts."""
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_RABBITMQ = "/usr/lib/rabbitmq/lib/rabbitmq_server-*/sbin/rabbitmq-server"


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
        return max(glob.glob(_RABBITMQ), default=None)
    return shutil.which(name, path=_PATH)


def _joined(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
