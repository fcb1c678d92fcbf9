"""Where a cloud of clouds.yaml is, without asking it anything."""

from __future__ import annotations

from typing import Any


def address_of(os_cloud: str, region: str | None) -> tuple[str, str]:
    """The address of its identity service and its region, as far as clouds.yaml tells; empty where it does not.

    What is wrong with the entry is not said here: whoever signs in says it.
    """
    import openstack.config

    named = {} if region is None else {"region_name": region}
    try:
        loader: Any = openstack.config.OpenStackConfig(app_name="certmark")
        found: Any = loader.get_one(cloud=os_cloud, **named)
    except Exception:  # noqa: BLE001 - the library raises families of its own, and what YAML raises
        return "", region or ""
    auth = found.config.get("auth") or {}
    return str(auth.get("auth_url") or "").rstrip("/"), str(found.config.get("region_name") or region or "")
