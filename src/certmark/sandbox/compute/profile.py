"""The compute profile: Keystone, Glance, Placement, Nova, Neutron and Cinder of OpenStack 2026.1.

The hypervisor, the network and the disks are stand-ins (data/sandbox/compute/plugins): servers, ports and volumes have
every state that the APIs know, and no guest ever runs, so that nothing can be logged in to by SSH.
MariaDB, RabbitMQ and memcached are the system's programs, started as processes of the sandbox.
"""

from __future__ import annotations

from certmark.sandbox.clients import write_accounts
from certmark.sandbox.compute.api import Cloud
from certmark.sandbox.compute.config import PORTS, write_configuration
from certmark.sandbox.compute.databases import prepare_databases
from certmark.sandbox.compute.seed import DEMO, PRIMARY, READERS, RESOURCES, fill_cloud, make_people, write_clients
from certmark.sandbox.compute.services import apis, demand_packages, identity, infrastructure, workers
from certmark.sandbox.identity import KeystoneAdmin
from certmark.sandbox.keystone import account_faults, prepare_keystone
from certmark.sandbox.profiles import Breakage, Profile, SandboxService, SetupStep
from certmark.sandbox.state import Sandbox

_API_PORTS = ("keystone", "glance", "placement", "neutron", "nova", "cinder")


def _parts() -> tuple[SetupStep | SandboxService, ...]:
    """In an order in which whatever a part needs stands before it."""
    cloud = ("glance", "neutron", "nova", "cinder", "people")
    return (
        SetupStep("configuration", "writing the configuration", write_configuration, always=True),
        SetupStep("databases", "preparing the databases", prepare_databases, ("configuration",)),
        *infrastructure(),
        SetupStep("administrator", "making the administrator", prepare_keystone, ("mariadb",)),
        identity(),
        SetupStep("people", "making catalogue and users", make_people, ("keystone", "administrator"), _API_PORTS),
        SetupStep("clients", "writing clouds.yaml and accounts.yaml", write_clients, ("people",), ("keystone",)),
        *apis(),
        *workers(),
        SetupStep("cloud", "making images, flavors and networks", fill_cloud, cloud),
    )


_MEMBERS = (DEMO, *PRIMARY)


def breakages() -> tuple[Breakage, ...]:
    """The faults of the profile; they have the names that the object storage profile gives to its own."""
    return (
        Breakage("quota", "no project may have a server", _forbid_servers, _allow_servers),
        *account_faults(
            role="member",
            members=_MEMBERS,
            account=PRIMARY[0],
            readers=READERS,
            omit_readers=lambda sandbox: write_accounts(sandbox, PRIMARY, RESOURCES),
            restore=_restore_people,
        ),
    )


def _forbid_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("PUT", "nova", f"/os-quota-sets/{project}", {"quota_set": {"instances": 0}})


def _allow_servers(sandbox: Sandbox) -> None:
    for project in _projects(sandbox):
        Cloud(sandbox).ask("DELETE", "nova", f"/os-quota-sets/{project}")


def _projects(sandbox: Sandbox) -> list[str]:
    identity = KeystoneAdmin(sandbox)
    return [found for person in _MEMBERS if (found := identity.project(person.project)) is not None]


def _restore_people(sandbox: Sandbox) -> None:
    make_people(sandbox)
    write_clients(sandbox)


PROFILE = Profile(
    name="compute",
    summary="Keystone, Glance, Placement, Nova (fake hypervisor), Neutron and Cinder; needs three Debian packages",
    lock="compute.txt",
    ports=PORTS,
    parts=_parts(),
    breakages=breakages(),
    requirements=demand_packages,
)
