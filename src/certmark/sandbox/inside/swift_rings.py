"""Build Swift's three rings: `swift_rings.py FOLDER HOST ACCOUNT_PORT CONTAINER_PORT OBJECT_PORT`.

One device, one replica. One process instead of nine calls of swift-ring-builder.
"""

import sys
from importlib import import_module
from pathlib import Path

_PART_POWER, _REPLICAS, _MIN_PART_HOURS = 8, 1, 1


def main(folder: str, host: str, ports: list[str]) -> None:
    """Write account.ring.gz, container.ring.gz and object.ring.gz."""
    builder_of = import_module("swift.common.ring").RingBuilder
    for name, port in zip(("account", "container", "object"), ports, strict=True):
        builder = builder_of(_PART_POWER, _REPLICAS, _MIN_PART_HOURS)
        place = {"ip": host, "port": int(port), "replication_ip": host, "replication_port": int(port)}
        builder.add_dev({"id": 0, "region": 1, "zone": 1, "device": "d1", "weight": 100.0, "meta": "", **place})
        builder.rebalance()
        builder.get_ring().save(str(Path(folder) / f"{name}.ring.gz"))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
