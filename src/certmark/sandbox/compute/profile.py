"""The compute profile: Keystone, Glance, Placement, Nova, Neutron and Cinder of OpenStack 2026.1.

The hypervisor, the network and the disks are stand-ins (data/sandbox/compute/plugins): servers, ports and volumes have
every state that the APIs know, and no guest ever runs, so that nothing can be logged in to by SSH.
MariaDB, RabbitMQ and memcached are the system's programs, started as processes of the sandbox.
"""

from __future__ import annotations

from certmark.sandbox.compute.config import PORTS, write_configuration
from certmark.sandbox.compute.databases import prepare_databases
from certmark.sandbox.compute.faults import breakages
from certmark.sandbox.compute.packages import demand_packages
from certmark.sandbox.compute.seed import fill_cloud, make_people, write_clients
from certmark.sandbox.compute.services import apis, identity, infrastructure, workers
from certmark.sandbox.keystone import prepare_keystone
from certmark.sandbox.profiles import Profile, SandboxService, SetupStep

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


PROFILE = Profile(
    name="compute",
    summary="Keystone, Glance, Placement, Nova (fake hypervisor), Neutron and Cinder; needs three Debian packages",
    lock="compute.txt",
    ports=PORTS,
    parts=_parts(),
    breakages=breakages(),
    requirements=demand_packages,
)
